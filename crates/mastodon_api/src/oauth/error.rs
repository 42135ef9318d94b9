//! Errors of the token endpoint (RFC 6749, section 5.2): a code that programs read and a description for people.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header::WWW_AUTHENTICATE},
};
use kontor_actions::Error as Action;
use kontor_http::params;
use serde_json::json;

use crate::Error;

#[derive(Debug)]
pub(crate) enum OauthError {
    Refused {
        code: &'static str,
        status: StatusCode,
        description: String,
    },
    /// Nothing of OAuth: told as everywhere else.
    Other(Error),
}

impl OauthError {
    pub(super) fn refused(code: &'static str, description: impl Into<String>) -> Self {
        Self::Refused {
            code,
            status: StatusCode::BAD_REQUEST,
            description: description.into(),
        }
    }

    /// The client did not say, or not prove, who it is.
    pub(super) fn client() -> Self {
        Self::Refused {
            code: "invalid_client",
            status: StatusCode::UNAUTHORIZED,
            description: "Client authentication failed due to unknown client, no client authentication included, or \
                          unsupported authentication method."
                .to_owned(),
        }
    }
}

impl From<Action> for OauthError {
    fn from(why: Action) -> Self {
        match why {
            Action::Unauthorized(_) => Self::client(),
            Action::Forbidden(why) => Self::Refused {
                code: "unauthorized_client",
                status: StatusCode::FORBIDDEN,
                description: why.to_owned(),
            },
            Action::Invalid {
                field: "code",
                reason,
            } => Self::refused("invalid_grant", reason),
            Action::Invalid {
                field: "scope",
                reason,
            } => Self::refused(
                "invalid_scope",
                format!("The requested scope is invalid: it {reason}"),
            ),
            Action::Invalid { field, reason } => {
                Self::refused("invalid_request", format!("{field} {reason}"))
            }
            other => Self::Other(other.into()),
        }
    }
}

impl From<params::Error> for OauthError {
    fn from(why: params::Error) -> Self {
        Self::Refused {
            code: "invalid_request",
            status: why.status_code(),
            description: why.to_string(),
        }
    }
}

impl std::fmt::Display for OauthError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused { description, .. } => f.write_str(description),
            Self::Other(why) => why.fmt(f),
        }
    }
}

impl ResponseError for OauthError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Refused { status, .. } => *status,
            Self::Other(why) => why.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Refused {
                code,
                status,
                description,
            } => {
                let mut response = HttpResponse::build(*status);
                if *status == StatusCode::UNAUTHORIZED {
                    response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"Kontor\""));
                }
                response.json(json!({ "error": code, "error_description": description }))
            }
            Self::Other(why) => why.error_response(),
        }
    }
}
