//! From a code, or from an application's own secret, to a token. <https://docs.joinmastodon.org/methods/oauth/#token>

use actix_web::{
    HttpRequest,
    http::header::AUTHORIZATION,
    web::{Data, Json},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use kontor_actions::{
    App,
    oauth::{self, Application, Exchange},
};
use kontor_http::{Params, params};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::error::OauthError;
use crate::entities::Token;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    grant_type: String,
    client_id: Option<String>,
    client_secret: Option<String>,
    code: String,
    redirect_uri: String,
    code_verifier: Option<String>,
    scope: Option<String>,
}

pub(crate) async fn token(
    app: Data<App>,
    form: Result<Params<Form>, params::Error>,
    req: HttpRequest,
) -> Result<Json<Token>, OauthError> {
    let form = form?.into_inner();
    let issued = match form.grant_type.as_str() {
        "authorization_code" => {
            let application = client(&app, &req, form.client_id, form.client_secret).await?;
            let Form {
                code,
                redirect_uri,
                code_verifier,
                ..
            } = form;
            oauth::exchange(
                &app,
                &application,
                Exchange {
                    code,
                    redirect_uri,
                    code_verifier,
                },
            )
            .await?
        }
        "client_credentials" => {
            let application = client(&app, &req, form.client_id, form.client_secret).await?;
            oauth::client_credentials(&app, &application, form.scope.as_deref()).await?
        }
        "" => {
            return Err(OauthError::refused(
                "invalid_request",
                "Missing required parameter: grant_type.",
            ));
        }
        _ => {
            return Err(OauthError::refused(
                "unsupported_grant_type",
                "The authorization grant type is not supported by the authorization server.",
            ));
        }
    };
    Ok(Json(issued.into()))
}

/// By HTTP Basic (RFC 6749, 2.3.1), else by `client_id` and `client_secret` among the parameters.
pub(super) async fn client(
    app: &App,
    req: &HttpRequest,
    id: Option<String>,
    secret: Option<String>,
) -> Result<Application, OauthError> {
    let given = basic(req).or_else(|| Some((id?, secret?)));
    let (id, secret) = given.ok_or_else(OauthError::client)?;
    Ok(oauth::authenticated(app, &id, &secret).await?)
}

fn basic(req: &HttpRequest) -> Option<(String, String)> {
    let (scheme, credentials) = req
        .headers()
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .trim()
        .split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decode = |text: &str| {
        percent_decode_str(text)
            .decode_utf8()
            .ok()
            .map(std::borrow::Cow::into_owned)
    };
    Some((decode(id)?, decode(secret)?))
}
