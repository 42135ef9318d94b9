//! How the protocol's addresses say no: RFC 9457, as FEP-c180 wants it.

use actix_web::{HttpResponse, http::StatusCode};
use serde_json::json;

/// A status and the reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }
}

impl From<Problem> for HttpResponse {
    fn from(problem: Problem) -> Self {
        let title = problem.status.canonical_reason().unwrap_or("Error");
        let body = json!({
            "type": "about:blank",
            "title": title,
            "status": problem.status.as_u16(),
            "detail": problem.detail,
        });
        HttpResponse::build(problem.status).content_type("application/problem+json").body(body.to_string())
    }
}
