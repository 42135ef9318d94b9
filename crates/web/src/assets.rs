//! The style sheet and the mark. Both are in the binary, and their addresses change with what they hold.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag, Header, IfNoneMatch},
};

const STYLE: &str = include_str!("../assets/kontor.css");
const MARK: &str = include_str!("../assets/kontor.svg");

/// FNV-1a: tells one version from another, and protects nothing.
const fn version(text: &str) -> u64 {
    let mut rest = text.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    while let [first, tail @ ..] = rest {
        #[expect(
            clippy::as_conversions,
            reason = "`From` is not const, and a byte always fits"
        )]
        let byte = *first as u64;
        hash = (hash ^ byte).wrapping_mul(0x0100_0000_01b3);
        rest = tail;
    }
    hash
}

const STYLE_VERSION: u64 = version(STYLE);
const MARK_VERSION: u64 = version(MARK);

pub fn style_href() -> String {
    format!("/assets/kontor.css?v={STYLE_VERSION:016x}")
}

pub async fn style(req: HttpRequest) -> HttpResponse {
    asset(&req, STYLE, STYLE_VERSION, "text/css; charset=utf-8")
}

pub async fn mark(req: HttpRequest) -> HttpResponse {
    asset(&req, MARK, MARK_VERSION, "image/svg+xml")
}

fn asset(req: &HttpRequest, text: &'static str, version: u64, kind: &'static str) -> HttpResponse {
    let tag = EntityTag::new_strong(format!("{version:016x}"));
    // An address that names the version is good for ever; any other is asked for again.
    let cache = if req.query_string() == format!("v={version:016x}") {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=3600"
    };
    let known = match IfNoneMatch::parse(req) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, cache));
    if known {
        response.finish()
    } else {
        response.content_type(kind).body(text)
    }
}
