//! Taking a token back (RFC 7009). <https://docs.joinmastodon.org/methods/oauth/#revoke>

use actix_web::{
    HttpRequest,
    web::{Data, Json},
};
use kontor_actions::{App, oauth};
use kontor_http::{Params, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{error::OauthError, token::client};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    client_id: Option<String>,
    client_secret: Option<String>,
    token: String,
}

/// One that is unknown, or was revoked before, is no error.
pub(crate) async fn revoke(
    app: Data<App>,
    form: Result<Params<Form>, params::Error>,
    req: HttpRequest,
) -> Result<Json<Value>, OauthError> {
    let form = form?.into_inner();
    let application = client(&app, &req, form.client_id, form.client_secret).await?;
    oauth::revoke(&app, &application, &form.token).await?;
    Ok(Json(json!({})))
}
