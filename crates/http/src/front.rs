//! What every request passes first: it gets a name and a span, is counted, and its answer gets the headers that all share.

use std::time::Instant;

use actix_web::{
    HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, Uri,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use kontor_actions::App;
use tracing::Instrument;

use crate::{
    ClientAddress, Limiter, RequestId, Settings, cors,
    limiter::{Costly, Standing},
    security, token,
};

/// Pages among what is limited: a person at a browser is to read why.
const CONSENT: &str = "/oauth/authorize";

/// Where a slash at the end of an address means nothing.
const SLASH_OR_NONE: [&str; 3] = ["/api/", "/oauth/", "/.well-known/"];

/// Marks a request that came too often and is for the door of the pages to refuse, in its own words and with status 429. Found
/// in the request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct Refused;

/// For `actix_web::middleware::from_fn`.
pub async fn front(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    without_slash(&mut req);
    let id = RequestId::new(req.app_data::<Data<App>>().map(|app| &***app));
    req.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", id = %id.0, method = %req.method());
    let open = cors::open(path(&req));
    async move {
        let mut res = answer(req, next).await?;
        let headers = res.headers_mut();
        if open {
            cors::allow(headers);
        }
        security::harden(headers);
        if let Ok(id) = HeaderValue::from_str(&id.0) {
            headers.insert(HeaderName::from_static("x-request-id"), id);
        }
        Ok(res)
    }
    .instrument(span)
    .await
}

async fn answer(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if cors::open(path(&req)) && cors::is_preflight(&req) {
        let mut res = HttpResponse::NoContent().finish();
        cors::answer_preflight(res.headers_mut());
        return Ok(req.into_response(res));
    }
    let standing = count(&req);
    if let Some(standing) = standing.filter(|standing| standing.refused) {
        if path(&req).starts_with(CONSENT) {
            req.extensions_mut().insert(Refused);
        } else {
            let mut res = HttpResponse::TooManyRequests()
                .json(serde_json::json!({ "error": "Too many requests" }));
            standing.write(res.headers_mut());
            return Ok(req.into_response(res));
        }
    }
    let started = Instant::now();
    // Nothing may hold on to the request here: the router writes in it. Doors answer their own errors.
    let mut res = next.call(req).await?.map_into_boxed_body();
    if let Some(standing) = standing {
        standing.write(res.headers_mut());
    }
    if tracing::enabled!(tracing::Level::DEBUG) {
        // The pattern, not the path: a path may hold the code of an invitation. To find it, all routes are tried again.
        let route = res.request().match_pattern().unwrap_or_default();
        tracing::debug!(route, status = res.status().as_u16(), elapsed = ?started.elapsed(), "answered");
    }
    Ok(res)
}

/// Clients add a slash at the end (Mastodon.py: `/api/v1/instance/`), and Mastodon does not mind.
fn without_slash(req: &mut ServiceRequest) {
    let uri = req.uri();
    let Some(path) = uri.path().strip_suffix('/') else {
        return;
    };
    if !SLASH_OR_NONE.iter().any(|start| path.starts_with(start)) {
        return;
    }
    let query = uri.query().map(|query| format!("?{query}"));
    let path = format!("{path}{}", query.unwrap_or_default());
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = path.parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        req.match_info_mut().get_mut().update(&uri);
        req.head_mut().uri = uri;
    }
}

/// The path as the router sees it, with what was percent-encoded for no reason decoded: `/%61pi/` is `/api/`.
fn path(req: &ServiceRequest) -> &str {
    req.match_info().as_str()
}

/// The client API and OAuth are limited. Pages limit sign-ins, and peers must not be kept from delivering.
fn count(req: &ServiceRequest) -> Option<Standing> {
    let path = path(req);
    if !path.starts_with("/api/") && !path.starts_with("/oauth/") {
        return None;
    }
    let limiter = req.app_data::<Data<Limiter>>()?;
    let app = req.app_data::<Data<App>>()?;
    let settings = req.app_data::<Data<Settings>>()?;
    let address = ClientAddress::find(req.peer_addr(), req.headers(), settings);
    limiter.take(
        token(req.headers(), req.query_string()).as_deref(),
        address,
        costly(req.method(), path),
        app.now(),
    )
}

/// As Mastodon has it: a file that comes, a post that goes, a boost that goes.
fn costly(method: &Method, path: &str) -> Option<Costly> {
    if *method == Method::POST && matches!(path, "/api/v1/media" | "/api/v2/media") {
        return Some(Costly::Upload);
    }
    let status = path.strip_prefix("/api/v1/statuses/")?;
    let taken_back = match status.split_once('/') {
        None => *method == Method::DELETE,
        Some((_, verb)) => *method == Method::POST && verb == "unreblog",
    };
    taken_back.then_some(Costly::Deletion)
}
