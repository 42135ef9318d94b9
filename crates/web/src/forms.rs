//! Forms that people send: only from our own pages, only with the token that this browser was given.

use std::{future::Future, pin::Pin};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{StatusCode, header},
    rt::time::timeout,
    web,
};
use kontor_actions::App;
use kontor_http::Settings;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{failure::Failure, visit::Visit};

/// More than any form of ours.
pub const MOST_BYTES: usize = 64 * 1024;

/// A checked form, and who sent it.
#[derive(Debug)]
pub struct Sent<T> {
    pub visit: Visit,
    pub form: T,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    form_token: String,
}

/// A form that holds nothing but its token.
#[derive(Debug, Deserialize)]
pub struct Nothing {}

impl<T: DeserializeOwned> FromRequest for Sent<T> {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let body = web::Bytes::from_request(&req, payload);
        Box::pin(async move {
            let visit = Visit::of(&req).await?;
            if !from_here(&req, &visit.app) {
                return Err(Failure::ForeignForm);
            }
            if req.content_type() != "application/x-www-form-urlencoded" {
                return Err(Failure::Unreadable(StatusCode::BAD_REQUEST));
            }
            let body = timeout(Settings::of(&req).body_timeout, body)
                .await
                .map_err(|_| Failure::Unreadable(StatusCode::REQUEST_TIMEOUT))?
                .map_err(|why| Failure::Unreadable(why.as_response_error().status_code()))?;
            let text = std::str::from_utf8(&body)
                .map_err(|_| Failure::Unreadable(StatusCode::BAD_REQUEST))?;
            let token: Token = read(text)?;
            if !visit.gave(&token.form_token) {
                return Err(Failure::ForeignForm);
            }
            Ok(Self {
                visit,
                form: read(text)?,
            })
        })
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    let form = web::Query::<T>::from_query(text)
        .map_err(|_| Failure::Unreadable(StatusCode::BAD_REQUEST))?;
    Ok(form.into_inner())
}

/// Browsers say where a form was sent from: by Fetch Metadata, or by Origin alone where the connection is not secure. A client
/// that says neither is no browser that another site could misuse.
fn from_here(req: &HttpRequest, app: &App) -> bool {
    let text = |name: header::HeaderName| {
        req.headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or("?"))
    };
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    text(header::ORIGIN).is_none_or(|origin| origin.eq_ignore_ascii_case(&app.site.base()))
}
