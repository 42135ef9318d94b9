//! Lists of accounts and their timelines. <https://docs.joinmastodon.org/methods/lists/>,
//! <https://docs.joinmastodon.org/methods/timelines/#list>, <https://docs.joinmastodon.org/methods/accounts/#lists>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App, accounts,
    lists::{self, Change, NewList},
};
use kontor_domain::{
    ids::{AccountId, ListId},
    list::RepliesPolicy,
};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Result,
    caller::Caller,
    entities::{Account, List, Status},
    follows::listed,
    ids::ids,
    paging::{Paged, Paging},
    scope,
    timelines::shown,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    title: Option<String>,
    replies_policy: Option<RepliesPolicy>,
    exclusive: Option<bool>,
}

pub(crate) async fn all(
    app: Data<App>,
    caller: Caller<scope::ReadLists>,
) -> Result<Json<Vec<List>>> {
    let found = lists::all(&app, caller.id()).await?;
    Ok(Json(found.into_iter().map(List::from).collect()))
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::WriteLists>,
    form: Params<Form>,
) -> Result<Json<List>> {
    let form = form.into_inner();
    let new = NewList {
        title: form.title.unwrap_or_default(),
        replies_policy: form.replies_policy.unwrap_or(RepliesPolicy::List),
        exclusive: form.exclusive.unwrap_or(false),
    };
    let list = lists::create(&app, caller.id(), new).await?;
    Ok(Json(list.into()))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::ReadLists>,
    id: Path<ListId>,
) -> Result<Json<List>> {
    Ok(Json(lists::get(&app, caller.id(), *id).await?.into()))
}

pub(crate) async fn change(
    app: Data<App>,
    caller: Caller<scope::WriteLists>,
    id: Path<ListId>,
    form: Params<Form>,
) -> Result<Json<List>> {
    let form = form.into_inner();
    let change = Change {
        title: form.title,
        replies_policy: form.replies_policy,
        exclusive: form.exclusive,
    };
    let list = lists::change(&app, caller.id(), *id, change).await?;
    Ok(Json(list.into()))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::WriteLists>,
    id: Path<ListId>,
) -> Result<Json<Value>> {
    lists::delete(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}

/// A limit of 0 asks for all of them.
pub(crate) async fn members(
    app: Data<App>,
    caller: Caller<scope::ReadLists>,
    id: Path<ListId>,
    mut paging: Paging<40>,
) -> Result<Paged<Account>> {
    if paging.page.limit == 0 {
        paging.page.limit = i64::MAX;
    }
    let rows = lists::members(&app, caller.id(), *id, paging.page).await?;
    Ok(listed(&app, &paging, &rows))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Members {
    account_ids: Vec<String>,
}

pub(crate) async fn add(
    app: Data<App>,
    caller: Caller<scope::WriteLists>,
    id: Path<ListId>,
    form: Params<Members>,
) -> Result<Json<Value>> {
    lists::add(&app, caller.id(), *id, ids(&form.account_ids)).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn remove(
    app: Data<App>,
    caller: Caller<scope::WriteLists>,
    id: Path<ListId>,
    form: Params<Members>,
) -> Result<Json<Value>> {
    lists::remove(&app, caller.id(), *id, ids(&form.account_ids)).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn holding(
    app: Data<App>,
    caller: Caller<scope::ReadLists>,
    id: Path<AccountId>,
) -> Result<Json<Vec<List>>> {
    accounts::get(&app, *id).await?;
    let found = lists::holding(&app, caller.id(), *id).await?;
    Ok(Json(found.into_iter().map(List::from).collect()))
}

pub(crate) async fn timeline(
    app: Data<App>,
    caller: Caller<scope::ReadLists>,
    id: Path<ListId>,
    paging: Paging<20>,
) -> Result<Paged<Status>> {
    let views = lists::timeline(&app, caller.id(), *id, paging.page).await?;
    Ok(shown(&app, caller.viewer(), &paging, &views))
}
