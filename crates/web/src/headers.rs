//! What goes with every answer: headers that keep a page to itself, and a page of our own where an answer is only a status.

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
};
use askama::Template;
use kontor_http::Refused;

use crate::{
    failure::{Failure, words},
    frame::{Frame, Room},
    pages::PRIVATE,
    visit::{Visit, app},
};

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    frame: Frame,
    status: u16,
    title: &'static str,
    text: String,
}

/// Wraps every page.
pub async fn dress(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let refused = req.extensions().contains::<Refused>();
    let answer = if refused {
        req.into_response(HttpResponse::TooManyRequests().finish())
    } else {
        next.call(req).await?.map_into_boxed_body()
    };
    let (req, mut response) = answer.into_parts();
    if is_bare(&response) {
        response = explain(&req, response).await;
    }
    secure(&req, response.headers_mut());
    Ok(ServiceResponse::new(req, response))
}

fn is_bare(response: &HttpResponse) -> bool {
    let failed = response.status().is_client_error() || response.status().is_server_error();
    failed
        && (response.error().is_some()
            || matches!(response.body().size(), BodySize::None | BodySize::Sized(0)))
}

async fn explain(req: &HttpRequest, response: HttpResponse) -> HttpResponse {
    let status = response.status();
    let failure = response.error().and_then(|why| why.as_error::<Failure>());
    if let Some(Failure::Action(kontor_actions::Error::Remote(why))) = failure {
        tracing::info!(reason = %why, "another server did not do its part");
    } else if status.is_server_error() {
        let why: &dyn std::error::Error = match failure {
            Some(why) => why,
            None => &std::io::Error::other(status.to_string()),
        };
        tracing::error!(error = why, "a page failed");
    }
    let (title, text) = failure.map_or_else(|| words(status), Failure::words);
    let html = match Visit::of(req).await {
        Ok(visit) => page(&visit, status, title, &text),
        // What hinders the page hinders its frame: words alone are better than nothing.
        Err(_) => None,
    };
    let mut response = response.set_body(BoxBody::new(
        html.clone().unwrap_or_else(|| format!("{title}. {text}\n")),
    ));
    let kind = if html.is_some() {
        "text/html; charset=utf-8"
    } else {
        "text/plain; charset=utf-8"
    };
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(PRIVATE));
    response
}

fn page(visit: &Visit, status: StatusCode, title: &'static str, text: &str) -> Option<String> {
    let frame = visit.frame(title, Room::None);
    FailurePage {
        frame,
        status: status.as_u16(),
        title,
        text: text.to_owned(),
    }
    .render()
    .ok()
}

fn secure(req: &HttpRequest, headers: &mut HeaderMap) {
    let plain = app(req).is_ok_and(|app| app.site.scheme() == "http");
    let policy = policy(plain, "'self'");
    // No Cross-Origin-Opener-Policy: web clients open the consent page in a window of their own and wait for it.
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY)
        && let Ok(policy) = HeaderValue::from_str(&policy)
    {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Nothing but our own style sheet and scripts, and pictures, which come from the servers of their accounts. `plain`: over http
/// pictures may come over http too. `forms`: where forms, and redirects after them, may go.
pub fn policy(plain: bool, forms: &str) -> String {
    let pictures = if plain {
        "'self' https: http: data:"
    } else {
        "'self' https: data:"
    };
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src {pictures}; form-action {forms}; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}
