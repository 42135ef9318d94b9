//! Looking for accounts alone. <https://docs.joinmastodon.org/methods/accounts/#search>

use actix_web::web::{Data, Json};
use kontor_actions::{App, search as action};
use kontor_http::Params;
use serde::Deserialize;

use super::shown;
use crate::{Result, caller::Caller, entities::Account, paging::limit, scope};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    q: String,
    limit: Option<i64>,
    offset: i64,
    resolve: bool,
    following: bool,
}

pub(crate) async fn search(
    app: Data<App>,
    caller: Caller<scope::ReadAccounts>,
    form: Params<Form>,
) -> Result<Json<Vec<Account>>> {
    let query = action::Query {
        text: form.q.clone(),
        kind: Some(action::Kind::Accounts),
        resolve: form.resolve,
        following: form.following,
        limit: limit(form.limit, 40),
        offset: form.offset.max(0),
        ..action::Query::default()
    };
    let found = action::search(&app, caller.viewer(), query).await?.accounts;
    Ok(Json(shown(&app, &found).await?))
}
