//! What goes wrong, as Mastodon's clients expect to be told: a status and `{"error": …}`.

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use kontor_actions::Error as Action;
use serde_json::json;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug)]
pub enum Error {
    Action(Action),
    /// The token has no person behind it, and this needs one.
    NoPerson,
    /// The token was not given what this needs.
    Scope,
    /// What was asked for is no stream, or a message none that is known.
    Bad {
        field: &'static str,
        reason: &'static str,
    },
    /// This is reached by a WebSocket alone.
    UpgradeRequired,
}

impl Error {
    /// What is known of the API and not offered here, asked for by this parameter.
    pub(crate) fn unsupported(field: &'static str) -> Self {
        Self::invalid(field, "is not supported by this server yet")
    }

    pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Action(Action::invalid(field, reason))
    }

    pub(crate) const fn bad(field: &'static str, reason: &'static str) -> Self {
        Self::Bad { field, reason }
    }

    pub(crate) const fn not_found() -> Self {
        Self::Action(Action::NotFound)
    }

    pub(crate) const fn unauthorized() -> Self {
        Self::Action(Action::Unauthorized("The access token is invalid"))
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoPerson => f.write_str("This method requires an authenticated user"),
            Self::Scope => f.write_str("This action is outside the authorized scopes"),
            Self::Bad { field, reason } => write!(f, "{field} {reason}"),
            Self::UpgradeRequired => f.write_str("This address is for WebSockets"),
            Self::Action(Action::Invalid { field, reason }) => {
                write!(f, "Validation failed: {field} {reason}")
            }
            Self::Action(why) if why.is_outage() => {
                f.write_str("This server can store nothing at the moment, please try again later")
            }
            // What broke is for the log.
            Self::Action(Action::Internal(_) | Action::Storage(_) | Action::Broken(_)) => {
                f.write_str("Something went wrong on this server")
            }
            Self::Action(Action::Remote(_)) => f.write_str("Remote data could not be fetched"),
            Self::Action(Action::TooMany { .. }) => f.write_str("Too many requests"),
            Self::Action(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<Action> for Error {
    fn from(why: Action) -> Self {
        Self::Action(why)
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoPerson | Self::Action(Action::Invalid { .. }) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Scope | Self::Action(Action::Forbidden(_) | Action::TurnedAway { .. }) => {
                StatusCode::FORBIDDEN
            }
            Self::Bad { .. } => StatusCode::BAD_REQUEST,
            Self::UpgradeRequired => StatusCode::UPGRADE_REQUIRED,
            Self::Action(why) => match why {
                Action::NotFound => StatusCode::NOT_FOUND,
                Action::Unauthorized(_) => StatusCode::UNAUTHORIZED,
                Action::Conflict(_) => StatusCode::CONFLICT,
                Action::Gone => StatusCode::GONE,
                Action::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
                Action::Remote(_) => StatusCode::SERVICE_UNAVAILABLE,
                why if why.is_outage() => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Action(Action::Unauthorized(why)) => {
                // RFC 6750, section 3.
                let challenge = format!(
                    "Bearer realm=\"Kontor\", error=\"invalid_token\", error_description=\"{why}\""
                );
                response.insert_header((WWW_AUTHENTICATE, challenge));
            }
            Self::Action(Action::TooMany { retry_after }) => {
                response.insert_header((RETRY_AFTER, retry_after.as_secs()));
            }
            Self::Action(why @ (Action::Internal(_) | Action::Storage(_) | Action::Broken(_))) => {
                log(why);
            }
            Self::Action(Action::Remote(why)) => {
                tracing::info!(reason = %why, "another server did not do its part");
            }
            _ => {}
        }
        response.json(json!({ "error": self.to_string() }))
    }
}

/// The one place where a failure of ours is written down, with what led to it.
fn log(why: &Action) {
    let mut chain = why.to_string();
    let mut source = std::error::Error::source(why);
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(error = %chain, "a request failed");
}
