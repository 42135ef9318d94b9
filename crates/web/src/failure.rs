//! What goes wrong on a page: the status it has and the words that explain it. The page around them is made in `headers`.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use kontor_actions::Error;

pub type Answer = Result<HttpResponse, Failure>;

#[derive(Debug)]
pub enum Failure {
    Action(Error),
    /// Nobody is signed in; afterwards it goes on at this path.
    SignInFirst {
        next: String,
    },
    /// The form has not this visitor's token, or another site sent it.
    ForeignForm,
    /// The request as a whole cannot be read.
    Unreadable(StatusCode),
    /// Anything that needs words of its own.
    Explained {
        status: StatusCode,
        title: &'static str,
        text: String,
    },
    Template(askama::Error),
}

impl From<Error> for Failure {
    fn from(why: Error) -> Self {
        Self::Action(why)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action(why) => why.fmt(f),
            Self::Template(why) => write!(f, "a page cannot be rendered: {why}"),
            _ => f.write_str(&self.words().1),
        }
    }
}

impl std::error::Error for Failure {}

impl Failure {
    /// Headline and explanation.
    pub fn words(&self) -> (&'static str, String) {
        match self {
            Self::Action(Error::Unauthorized(why) | Error::Forbidden(why) | Error::TurnedAway { why, .. }) => {
                ("Not allowed", sentence(why))
            }
            Self::Action(why @ Error::Invalid { .. }) => ("This cannot be used", sentence(&why.to_string())),
            Self::Action(Error::Conflict(why)) => ("Something stands in the way", sentence(why)),
            Self::Action(Error::TooMany { retry_after }) => {
                let minutes = retry_after.as_secs().div_ceil(60).max(1);
                let unit = if minutes == 1 { "minute" } else { "minutes" };
                ("Too many tries", format!("Please wait {minutes} {unit} before the next try."))
            }
            Self::Action(Error::Remote(_)) => {
                ("The other server did not answer", "Its answer is needed for this page. Please try again later.".to_owned())
            }
            Self::ForeignForm => (
                "This form cannot be taken",
                "It is too old, it was sent from another address, or your browser keeps no cookies. \
                 Go back, load the page again and send it once more."
                    .to_owned(),
            ),
            Self::Explained { title, text, .. } => (title, text.clone()),
            _ => words(self.status_code()),
        }
    }
}

/// What every page says to a status.
pub fn words(status: StatusCode) -> (&'static str, String) {
    let (title, text) = match status.as_u16() {
        401 | 403 => ("Not allowed", "You may not see or do this."),
        404 => (
            "Nothing is here",
            "The address may be wrong, or what was here is gone or meant for other people.",
        ),
        405 => (
            "Not this way",
            "This address takes another kind of request.",
        ),
        408 => (
            "Too slow",
            "What you sent did not arrive in time. Please try again.",
        ),
        410 => (
            "This was deleted",
            "What was here was deleted and will not come back.",
        ),
        413 => ("Too large", "This is more than the server takes at once."),
        429 => ("Too many tries", "Please wait a while before the next try."),
        503 => (
            "Not now",
            "This server can store nothing at the moment. Please try again later.",
        ),
        500.. => (
            "Something broke here",
            "It was not your fault, and it has been written to the server's log.",
        ),
        _ => (
            "This cannot be understood",
            "The request is incomplete or holds something unexpected.",
        ),
    };
    (title, text.to_owned())
}

fn sentence(text: &str) -> String {
    let text = text.replace('_', " ");
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().collect::<String>())
        .unwrap_or_default();
    let rest = characters.as_str();
    let end = if rest.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{first}{rest}{end}")
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Action(why) => match why {
                Error::NotFound => StatusCode::NOT_FOUND,
                Error::Unauthorized(_) | Error::Forbidden(_) | Error::TurnedAway { .. } => {
                    StatusCode::FORBIDDEN
                }
                Error::Invalid { .. } => StatusCode::BAD_REQUEST,
                Error::Conflict(_) => StatusCode::CONFLICT,
                Error::Gone => StatusCode::GONE,
                Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
                Error::Remote(_) => StatusCode::BAD_GATEWAY,
                why if why.is_outage() => StatusCode::SERVICE_UNAVAILABLE,
                Error::Internal(_) | Error::Storage(_) | Error::Broken(_) => {
                    StatusCode::INTERNAL_SERVER_ERROR
                }
            },
            Self::SignInFirst { .. } => StatusCode::SEE_OTHER,
            Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::Unreadable(status) | Self::Explained { status, .. } => *status,
            Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Status and headers alone.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::SignInFirst { next } => {
                response.insert_header((header::LOCATION, crate::sessions::path(next)));
            }
            Self::Action(Error::TooMany { retry_after }) => {
                response.insert_header((header::RETRY_AFTER, retry_after.as_secs().max(1)));
            }
            _ => {}
        }
        response.finish()
    }
}
