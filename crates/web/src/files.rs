//! Files of posts, for whoever knows their names. They are shown and never run: nothing in them is a page of ours.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web::Path,
};
use kontor_actions::{Error, uploads};

use crate::{failure::Answer, visit::app};

/// A name belongs to one file for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub async fn file(req: HttpRequest, name: Path<String>) -> Answer {
    let name = name.into_inner();
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("png") => "image/png",
        Some("jpg") => "image/jpeg",
        Some("gif") => "image/gif",
        _ => return Err(Error::NotFound.into()),
    };
    let bytes = uploads::file(&app(&req)?, name).await?;
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER)))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox"),
        ))
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ))
        .body(bytes))
}
