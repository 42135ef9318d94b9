//! Confirming one's mail address. <https://docs.joinmastodon.org/methods/emails/>

use actix_web::web::{Data, Json};
use kontor_actions::{App, confirmations};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Result, caller::Newcomer};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    email: Option<String>,
}

/// An application can act for somebody new only if they registered by it: no other has a token yet.
pub(crate) async fn send_again(
    app: Data<App>,
    caller: Newcomer,
    form: Params<Form>,
) -> Result<Json<Value>> {
    confirmations::send_again(&app, caller.id(), form.into_inner().email).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn check(caller: Newcomer) -> Json<bool> {
    Json(caller.user.confirmed_at.is_some())
}
