//! Making an account by an app. <https://docs.joinmastodon.org/methods/accounts/#create>

use actix_web::{
    HttpResponse, ResponseError,
    http::StatusCode,
    web::{Data, Json},
};
use kontor_actions::{
    App, Error as Action, oauth,
    registrations::{self, Registration},
};
use kontor_domain::text::language::normalise;
use kontor_http::{ClientAddress, Params};
use serde::Deserialize;
use serde_json::json;

use crate::{Error, caller::AnyCaller, entities::Token, scope};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    username: String,
    email: String,
    password: String,
    agreement: bool,
    locale: String,
    reason: Option<String>,
    invite_code: Option<String>,
}

pub(crate) async fn register(
    app: Data<App>,
    caller: AnyCaller<scope::WriteAccounts>,
    address: ClientAddress,
    form: Params<Form>,
) -> Result<Json<Token>, Refused> {
    let (None, Some(application)) = (&caller.person, &caller.application) else {
        return Err(Refused(Error::Action(Action::Forbidden(
            "This method requires an client credentials authentication",
        ))));
    };
    let form = form.into_inner();
    check(&form)?;
    let registration = Registration {
        username: form.username,
        email: Some(form.email),
        password: form.password,
        code: form.invite_code.filter(|code| !code.trim().is_empty()),
        reason: form.reason.filter(|reason| !reason.trim().is_empty()),
        address: address.network().to_string(),
    };
    let made = registrations::register(&app, registration).await?;
    let issued = oauth::registered(&app, application, made.account.id).await?;
    Ok(Json(issued.into()))
}

/// What a page would not let anybody send. The rest is said by the action.
fn check(form: &Form) -> Result<(), Error> {
    for (field, text) in [
        ("username", &form.username),
        ("email", &form.email),
        ("password", &form.password),
    ] {
        if text.trim().is_empty() {
            return Err(Error::invalid(field, "can't be blank"));
        }
    }
    if !form.agreement {
        return Err(Error::invalid("agreement", "must be accepted"));
    }
    // Pages and mail have one language here: the wish is checked and has nothing to change.
    if !form.locale.is_empty() && normalise(&form.locale).is_none() {
        return Err(Error::invalid("locale", "is not included in the list"));
    }
    Ok(())
}

/// What stood in the way, by field, as clients show it beside each.
#[derive(Debug)]
pub(crate) struct Refused(Error);

impl From<Error> for Refused {
    fn from(why: Error) -> Self {
        Self(why)
    }
}

impl From<Action> for Refused {
    fn from(why: Action) -> Self {
        Self(why.into())
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            // Somebody has the name, or the address: for a form that is no better than any other fault in it.
            Error::Action(Action::Conflict(why)) => write!(f, "Validation failed: {why}"),
            other => other.fmt(f),
        }
    }
}

impl Refused {
    fn detail(&self) -> Option<(&str, &str)> {
        match &self.0 {
            Error::Action(Action::Invalid { field, reason }) => Some((*field, reason)),
            Error::Action(Action::Conflict(why)) => why.split_once(' '),
            _ => None,
        }
    }
}

/// The words that clients translate.
fn code(reason: &str) -> &'static str {
    const CODES: [(&str, &str); 7] = [
        ("can't be blank", "ERR_BLANK"),
        ("has already been taken", "ERR_TAKEN"),
        ("is reserved", "ERR_RESERVED"),
        ("must be accepted", "ERR_ACCEPTED"),
        ("is too short", "ERR_TOO_SHORT"),
        ("is too long", "ERR_TOO_LONG"),
        ("is blocked", "ERR_BLOCKED"),
    ];
    CODES
        .iter()
        .find(|(words, _)| reason.starts_with(words))
        .map_or("ERR_INVALID", |(_, code)| code)
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        match self.detail() {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => self.0.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let Some((field, reason)) = self.detail() else {
            return self.0.error_response();
        };
        let detail = json!([{ "error": code(reason), "description": reason }]);
        HttpResponse::UnprocessableEntity().json(json!({
            "error": self.to_string(),
            "details": { field: detail },
        }))
    }
}
