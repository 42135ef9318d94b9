//! Mounts the table of routes. What is not in it answers 404, and a method that is not in it 405: always as JSON.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse, Resource, Route, Scope,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, VARY},
    middleware::{DefaultHeaders, Next, from_fn},
    web::{self, PathConfig, ServiceConfig},
};
use serde_json::json;

use crate::{
    Error, Result, deprecated,
    not_yet::NOT_YET,
    routes::{Entry, table, taking},
};

/// Expects `Data<kontor_actions::App>`, `Data<kontor_http::Settings>` and `Data<kontor_http::Limiter>`, and to be behind
/// [`kontor_http::front`].
pub fn configure(cfg: &mut ServiceConfig) {
    let mut resources: BTreeMap<String, (&'static str, Vec<Route>)> = BTreeMap::new();
    for entry in table() {
        resources
            .entry(shape(entry.path))
            .or_insert_with(|| (entry.path, Vec::new()))
            .1
            .push(route(&entry));
    }
    for (method, path) in NOT_YET {
        let Ok(method) = method.parse() else { continue };
        resources
            .entry(shape(path))
            .or_insert_with(|| (path, Vec::new()))
            .1
            .push(taking(method).to(not_yet));
    }
    let mut areas: BTreeMap<&str, Scope> = BTreeMap::new();
    let mut elsewhere = Vec::new();
    for (path, routes) in resources.into_values() {
        let Some(below) = path.strip_prefix("/api") else {
            cfg.service(resource(path, routes).wrap(from_fn(private)));
            continue;
        };
        match area(below) {
            Some((area, rest)) => {
                let scope = areas
                    .remove(area)
                    .unwrap_or_else(|| web::scope(area).default_service(web::to(unknown)));
                areas.insert(area, scope.service(resource(rest, routes)));
            }
            None => elsewhere.push(resource(below, routes)),
        }
    }
    let api = areas.into_values().fold(web::scope("/api"), Scope::service);
    let api = elsewhere.into_iter().fold(api, Scope::service);
    // An id that is none names nothing.
    let paths = PathConfig::default().error_handler(|_, _| Error::not_found().into());
    cfg.service(
        api.app_data(paths)
            .default_service(web::to(unknown))
            .wrap(from_fn(private)),
    );
}

/// What is deprecated says since when, whatever else it answers (RFC 9745).
fn route(entry: &Entry) -> Route {
    let route = (entry.route)();
    match deprecated::since(entry.method.as_str(), entry.path) {
        Some(since) => route.wrap(DefaultHeaders::new().add(("Deprecation", format!("@{since}")))),
        None => route,
    }
}

/// Sorts fixed names before placeholders, so that `accounts/lookup` is not an id. Placeholders of any name are the same.
fn shape(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "~" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// What an operation is about, such as `/v1/accounts`, and the rest of its address. One pattern after the other is tried on each
/// request, those without placeholders by a mere comparison: so the area is found first, then the operation in it.
fn area(path: &'static str) -> Option<(&'static str, &'static str)> {
    let parts = if path.starts_with("/kontor/") { 3 } else { 2 };
    let end = path.match_indices('/').nth(parts);
    let (area, rest) = path.split_at(end.map_or(path.len(), |(at, _)| at));
    (!area.contains('{')).then_some((area, rest))
}

fn resource(path: &str, routes: Vec<Route>) -> Resource {
    let resource = web::resource(path).default_service(web::to(no_such_method));
    routes.into_iter().fold(resource, Resource::route)
}

async fn unknown() -> Result<HttpResponse> {
    Err(Error::not_found())
}

async fn not_yet() -> HttpResponse {
    HttpResponse::NotFound().json(json!({ "error": "This server does not offer this yet" }))
}

async fn no_such_method() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .json(json!({ "error": "This address does not take this method" }))
}

/// Answers differ by token: no cache, shared or of a service worker, may show one person's to another.
async fn private(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut res = next.call(req).await?;
    let headers: &mut HeaderMap = res.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(VARY, HeaderValue::from_static("Authorization, Origin"));
    Ok(res)
}
