//! Host-meta (RFC 6415): where WebFinger is. Clients read it to find the server behind a domain.

use actix_web::{HttpResponse, http::header, web::Data};
use kontor_actions::App;
use serde_json::json;

use crate::webfinger::template;

/// `GET /.well-known/host-meta`
pub(crate) async fn xrd(app: Data<App>) -> HttpResponse {
    // A domain holds nothing that XML would read as its own.
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  \
         <Link rel=\"lrdd\" type=\"application/jrd+json\" template=\"{}\"/>\n\
         </XRD>\n",
        template(&app)
    );
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/xrd+xml; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(body)
}

/// `GET /.well-known/host-meta.json`
pub(crate) async fn jrd(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .json(json!({"links": [{"rel": "lrdd", "type": "application/jrd+json", "template": template(&app)}]}))
}
