//! How the protocol's addresses say no: RFC 9457, as FEP-c180 wants it.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use kontor_actions::Error;
use serde_json::json;

/// A status and the reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) detail: String,
    /// Seconds.
    retry_after: Option<u64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// It may be asked again after so many seconds.
    pub(crate) fn after(self, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// What is absent and what is not for this reader answer the same.
    pub(crate) fn not_found() -> Self {
        Error::NotFound.into()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status, self.detail)
    }
}

impl From<Error> for Problem {
    fn from(why: Error) -> Self {
        let status = match &why {
            Error::NotFound => {
                return Self::new(
                    StatusCode::NOT_FOUND,
                    "there is nothing here, or not for you",
                );
            }
            Error::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) | Error::TurnedAway { .. } => StatusCode::FORBIDDEN,
            Error::Invalid { .. } => StatusCode::BAD_REQUEST,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Gone => StatusCode::GONE,
            Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Remote(_) => StatusCode::BAD_GATEWAY,
            Error::Internal(_) | Error::Storage(_) | Error::Broken(_) => {
                // Said here and to nobody outside.
                tracing::error!(error = %why, "a request of another server failed");
                return if why.is_outage() {
                    Self::new(
                        StatusCode::SERVICE_UNAVAILABLE,
                        "what is stored here cannot be reached now; try again later",
                    )
                } else {
                    Self::new(
                        StatusCode::INTERNAL_SERVER_ERROR,
                        "something here is broken",
                    )
                };
            }
        };
        let retry_after = match &why {
            Error::TooMany { retry_after } => Some(retry_after.as_secs().max(1)),
            _ => None,
        };
        Self {
            status,
            detail: why.to_string(),
            retry_after,
        }
    }
}

impl From<&Problem> for HttpResponse {
    fn from(problem: &Problem) -> Self {
        let title = problem.status.canonical_reason().unwrap_or("Error");
        let body = json!({
            "type": "about:blank",
            "title": title,
            "status": problem.status.as_u16(),
            "detail": problem.detail,
        });
        let mut response = HttpResponse::build(problem.status);
        if let Some(seconds) = problem.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        // Another reader, or another moment, may get another answer.
        response.insert_header((header::CACHE_CONTROL, "private, no-store"));
        response
            .content_type("application/problem+json")
            .body(body.to_string())
    }
}

impl From<Problem> for HttpResponse {
    fn from(problem: Problem) -> Self {
        Self::from(&problem)
    }
}

/// For handlers that end with `?`.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn status(why: Error) -> u16 {
        Problem::from(why).status.as_u16()
    }

    #[test]
    fn each_error_has_its_status() {
        assert_eq!(status(Error::NotFound), 404);
        assert_eq!(status(Error::Gone), 410);
        assert_eq!(status(Error::invalid("actor", "is missing")), 400);
        assert_eq!(status(Error::Forbidden("no")), 403);
        assert_eq!(status(Error::Remote("away".to_owned())), 502);
        assert_eq!(status(Error::Storage("away".to_owned())), 503);
    }

    #[test]
    fn what_is_broken_here_is_not_told() {
        let problem = Problem::from(Error::Broken("the key of account 7".to_owned()));
        assert_eq!(
            (problem.status.as_u16(), problem.detail.as_str()),
            (500, "something here is broken")
        );
    }

    #[test]
    fn when_to_come_again_is_told() {
        let response = HttpResponse::from(Problem::from(Error::TooMany {
            retry_after: Duration::from_secs(90),
        }));
        assert_eq!(response.headers().get("retry-after").unwrap(), "90");
        assert_eq!(
            response.headers().get("content-type").unwrap(),
            "application/problem+json"
        );
    }
}
