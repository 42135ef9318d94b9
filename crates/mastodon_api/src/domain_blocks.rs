//! Servers that a person keeps away from. <https://docs.joinmastodon.org/methods/domain_blocks/>

use actix_web::web::{Data, Json};
use kontor_actions::{App, domain_blocks};
use kontor_http::Params;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Result,
    caller::Caller,
    paging::{Paged, Paging},
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    domain: String,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadBlocks>,
    paging: Paging<100>,
) -> Result<Paged<String>> {
    let rows = domain_blocks::page(&app, caller.id(), paging.page).await?;
    let (rows, domains): (Vec<i64>, Vec<String>) = rows.into_iter().unzip();
    Ok(paging.rows(rows, domains))
}

pub(crate) async fn block(
    app: Data<App>,
    caller: Caller<scope::WriteBlocks>,
    form: Params<Form>,
) -> Result<Json<Value>> {
    domain_blocks::block(&app, caller.id(), &form.domain).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn unblock(
    app: Data<App>,
    caller: Caller<scope::WriteBlocks>,
    form: Params<Form>,
) -> Result<Json<Value>> {
    domain_blocks::unblock(&app, caller.id(), &form.domain).await?;
    Ok(Json(json!({})))
}

#[derive(Debug, Serialize)]
pub(crate) struct Preview {
    following_count: i64,
    followers_count: i64,
}

pub(crate) async fn preview(
    app: Data<App>,
    caller: Caller<scope::ReadBlocks>,
    form: Params<Form>,
) -> Result<Json<Preview>> {
    let found = domain_blocks::preview(&app, caller.id(), &form.domain).await?;
    Ok(Json(Preview {
        following_count: found.following,
        followers_count: found.followers,
    }))
}
