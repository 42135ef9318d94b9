//! Hashtags: how much they are used, following them, showing them on a profile.
//! <https://docs.joinmastodon.org/methods/tags/>, <https://docs.joinmastodon.org/methods/followed_tags/>,
//! <https://docs.joinmastodon.org/methods/featured_tags/>, <https://docs.joinmastodon.org/methods/accounts/#featured_tags>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, accounts, tags};
use kontor_domain::ids::{AccountId, FeaturedTagId};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Result,
    caller::{Caller, MaybeCaller},
    entities::{FeaturedTag, Tag},
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn show(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadFollows>,
    name: Path<String>,
) -> Result<Json<Tag>> {
    let view = tags::get(&app, caller.person(), &name).await?;
    Ok(Json(Tag::new(&app.site, view)))
}

pub(crate) async fn follow(
    app: Data<App>,
    caller: Caller<scope::WriteFollows>,
    name: Path<String>,
) -> Result<Json<Tag>> {
    let view = tags::follow(&app, caller.id(), &name).await?;
    Ok(Json(Tag::new(&app.site, view)))
}

pub(crate) async fn unfollow(
    app: Data<App>,
    caller: Caller<scope::WriteFollows>,
    name: Path<String>,
) -> Result<Json<Tag>> {
    let view = tags::unfollow(&app, caller.id(), &name).await?;
    Ok(Json(Tag::new(&app.site, view)))
}

pub(crate) async fn followed(
    app: Data<App>,
    caller: Caller<scope::ReadFollows>,
    paging: Paging<100>,
) -> Result<Paged<Tag>> {
    let (rows, views) = tags::followed(&app, caller.id(), paging.page).await?;
    Ok(paging.rows(rows, Tag::all(&app.site, views)))
}

pub(crate) async fn feature(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    name: Path<String>,
) -> Result<Json<Tag>> {
    tags::feature(&app, caller.id(), &name).await?;
    let view = tags::get(&app, Some(caller.id()), &name).await?;
    Ok(Json(Tag::new(&app.site, view)))
}

pub(crate) async fn unfeature(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    name: Path<String>,
) -> Result<Json<Tag>> {
    tags::unfeature_named(&app, caller.id(), &name).await?;
    let view = tags::get(&app, Some(caller.id()), &name).await?;
    Ok(Json(Tag::new(&app.site, view)))
}

pub(crate) async fn featured_of(
    app: Data<App>,
    _caller: MaybeCaller<scope::ReadAccounts>,
    id: Path<AccountId>,
) -> Result<Json<Vec<FeaturedTag>>> {
    accounts::get(&app, *id).await?;
    let found = tags::featured(&app, *id).await?;
    Ok(Json(FeaturedTag::all(&app.site, found)))
}

pub(crate) async fn featured(
    app: Data<App>,
    caller: Caller<scope::ReadAccounts>,
) -> Result<Json<Vec<FeaturedTag>>> {
    let found = tags::featured(&app, caller.id()).await?;
    Ok(Json(FeaturedTag::all(&app.site, found)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    name: String,
}

pub(crate) async fn create_featured(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    form: Params<Form>,
) -> Result<Json<FeaturedTag>> {
    let one = tags::feature(&app, caller.id(), &form.name).await?;
    Ok(Json(FeaturedTag::new(&app.site, one)))
}

pub(crate) async fn delete_featured(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    id: Path<FeaturedTagId>,
) -> Result<Json<Value>> {
    tags::unfeature(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn suggestions(
    app: Data<App>,
    caller: Caller<scope::ReadAccounts>,
) -> Result<Json<Vec<Tag>>> {
    let views = tags::suggestions(&app, caller.id()).await?;
    Ok(Json(Tag::all(&app.site, views)))
}
