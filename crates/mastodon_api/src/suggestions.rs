//! Whom somebody may want to follow. <https://docs.joinmastodon.org/methods/suggestions/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, suggestions};
use kontor_domain::ids::AccountId;
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Result,
    caller::Caller,
    entities::{Account, Suggestion},
    paging::limit,
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    limit: Option<i64>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadSuggestions>,
    form: Params<Form>,
) -> Result<Json<Vec<Suggestion>>> {
    let found = suggestions::list(&app, caller.id(), limit(form.limit, 40)).await?;
    let shown = found
        .iter()
        .map(|(account, sources)| Suggestion::new(&app.site, account, sources));
    Ok(Json(shown.collect()))
}

/// The accounts alone, as older clients want them.
pub(crate) async fn v1(
    app: Data<App>,
    caller: Caller<scope::ReadSuggestions>,
    form: Params<Form>,
) -> Result<Json<Vec<Account>>> {
    let found = suggestions::list(&app, caller.id(), limit(form.limit, 40)).await?;
    let shown = found
        .iter()
        .map(|(account, _)| Account::new(&app.site, account));
    Ok(Json(shown.collect()))
}

pub(crate) async fn dismiss(
    app: Data<App>,
    caller: Caller<scope::ReadSuggestions>,
    id: Path<AccountId>,
) -> Result<Json<Value>> {
    suggestions::dismiss(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}
