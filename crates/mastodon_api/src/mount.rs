//! Mounts the table of routes. What is not in it answers 404, and a method that is not in it 405: always as JSON.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse, Resource, Route,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{CACHE_CONTROL, HeaderMap, HeaderValue, VARY},
    middleware::{Next, from_fn},
    web::{self, PathConfig, ServiceConfig},
};
use serde_json::json;

use crate::{
    Error, Result,
    not_yet::NOT_YET,
    routes::{table, taking},
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
            .push((entry.route)());
    }
    for (method, path) in NOT_YET {
        let Ok(method) = method.parse() else { continue };
        resources
            .entry(shape(path))
            .or_insert_with(|| (path, Vec::new()))
            .1
            .push(taking(method).to(not_yet));
    }
    let mut api = web::scope("/api");
    for (path, routes) in resources.into_values() {
        match path.strip_prefix("/api") {
            Some(path) => api = api.service(resource(path, routes)),
            None => {
                cfg.service(resource(path, routes).wrap(from_fn(private)));
            }
        }
    }
    // An id that is none names nothing.
    let paths = PathConfig::default().error_handler(|_, _| Error::not_found().into());
    cfg.service(
        api.app_data(paths)
            .default_service(web::to(unknown))
            .wrap(from_fn(private)),
    );
}

/// Sorts fixed names before placeholders, so that `accounts/lookup` is not an id. Placeholders of any name are the same.
fn shape(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "~" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn resource(path: &str, routes: Vec<Route>) -> Resource {
    // Clients add a slash at the end (Mastodon.py: `/api/v1/instance/`), and Mastodon does not mind.
    let resource = web::resource([path.to_owned(), format!("{path}/")])
        .default_service(web::to(no_such_method));
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
