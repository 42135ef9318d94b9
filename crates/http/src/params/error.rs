//! What is wrong with the parameters of a request. Answers as JSON; a door that answers otherwise takes the `Result`.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It cannot be read at all.
    Malformed,
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// A body of a type that is not read here.
    Unsupported,
    /// It was read, and holds what cannot be used.
    Invalid,
    /// Empty where a word or a number is needed: taken as absent.
    Blank,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub problem: Problem,
    /// From the outside in: `fields_attributes`, `0`, `name`. Empty when it is about the whole.
    pub path: Vec<String>,
    pub reason: String,
}

impl Error {
    pub(crate) fn new(problem: Problem, reason: impl Into<String>) -> Self {
        Self {
            problem,
            path: Vec::new(),
            reason: reason.into(),
        }
    }

    /// The same error, one level further out.
    pub(crate) fn within(mut self, name: impl Into<String>) -> Self {
        self.path.insert(0, name.into());
        self
    }

    /// As a form spells it: `fields_attributes[0][name]`.
    pub fn field(&self) -> String {
        let mut parts = self.path.iter();
        let mut field = parts.next().cloned().unwrap_or_default();
        for part in parts {
            field.push('[');
            field.push_str(part);
            field.push(']');
        }
        field
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.problem, self.path.is_empty()) {
            (Problem::Invalid | Problem::Blank, false) => {
                write!(f, "Validation failed: {} {}", self.field(), self.reason)
            }
            (_, false) => write!(f, "{} {}", self.field(), self.reason),
            (_, true) => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<M: fmt::Display>(why: M) -> Self {
        Self::new(Problem::Invalid, why.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Problem::Invalid, "can't be blank").within(field)
    }

    fn invalid_value(unexpected: serde::de::Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        Self::new(Problem::Invalid, format!("can't be {unexpected}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(
            Problem::Invalid,
            format!("is `{variant}`, which is none of {}", expected.join(", ")),
        )
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self.problem {
            Problem::Malformed => StatusCode::BAD_REQUEST,
            Problem::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Problem::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Problem::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Problem::Invalid | Problem::Blank => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .json(serde_json::json!({ "error": self.to_string() }))
    }
}
