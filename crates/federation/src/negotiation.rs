//! What a request asks for, ActivityPub or a page, and how an answer in ActivityPub is labelled.

use actix_web::{
    HttpRequest, HttpResponse,
    guard::GuardContext,
    http::{
        StatusCode,
        header::{self, ETag, EntityTag, Header as _, HeaderMap, IfNoneMatch},
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    objects::{ACTIVITY_JSON, NAMESPACE},
    problem::Problem,
};

/// For the addresses that pages and documents share.
pub(crate) fn guard(context: &GuardContext<'_>) -> bool {
    wants_activity_json(context.head().headers())
}

/// Is one of the two media types of ActivityPub asked for, and no less than HTML? `*/*` and `application/json` ask for neither:
/// they come from browsers and tools.
pub(crate) fn wants_activity_json(headers: &HeaderMap) -> bool {
    let (mut activity, mut html) = (0, 0);
    for range in headers
        .get_all(header::ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| split(text, ','))
    {
        let mut parts = split(range, ';');
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let parameters: Vec<(String, &str)> = parts
            .filter_map(|parameter| parameter.split_once('='))
            .map(|(name, value)| {
                (
                    name.trim().to_ascii_lowercase(),
                    value.trim().trim_matches('"'),
                )
            })
            .collect();
        let parameter = |wanted: &str| {
            parameters
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| *value)
        };
        let weight = parameter("q").map_or(1000, thousandths);
        match essence.as_str() {
            "application/activity+json" => activity = activity.max(weight),
            "application/ld+json"
                if parameter("profile")
                    .is_none_or(|list| list.split(' ').any(|one| one == NAMESPACE)) =>
            {
                activity = activity.max(weight);
            }
            "text/html" | "application/xhtml+xml" => html = html.max(weight),
            _ => {}
        }
    }
    activity > 0 && activity >= html
}

/// RFC 9110, 12.4.2: `0` to `1` with three digits after the point. What is none counts as nothing said.
fn thousandths(weight: &str) -> u16 {
    let (whole, digits) = weight.split_once('.').unwrap_or((weight, ""));
    let fraction = if digits.len() <= 3 {
        format!("{digits:0<3}").parse().ok()
    } else {
        None
    };
    match (whole, fraction) {
        ("0", Some(thousandths)) => thousandths,
        _ => 1000,
    }
}

/// Splits at a sign that stands outside quotes.
fn split(text: &str, sign: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == sign && !quoted
    })
}

/// Who may keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Anyone, for some minutes: it is the same for everyone.
    Anyone,
    /// Nobody: it was for this reader.
    Nobody,
}

impl Keep {
    const fn cache_control(self) -> &'static str {
        match self {
            Self::Anyone => "public, max-age=120",
            Self::Nobody => "private, no-store",
        }
    }
}

/// A document in ActivityPub, or 304 where the reader has it already.
pub(crate) fn answer<T: Serialize>(
    request: &HttpRequest,
    body: &T,
    keep: Keep,
) -> Result<HttpResponse, Problem> {
    let bytes = bytes(body)?;
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(&bytes).get(..12).unwrap_or_default());
    let tag = EntityTag::new_strong(hash);
    let known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut response = HttpResponse::build(if known {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    });
    response
        .insert_header((header::VARY, "Accept, Signature"))
        .insert_header((header::CACHE_CONTROL, keep.cache_control()));
    response.insert_header(ETag(tag));
    if known {
        return Ok(response.finish());
    }
    Ok(response
        .insert_header((header::CONTENT_TYPE, ACTIVITY_JSON))
        .body(bytes))
}

/// A document that says that something is gone.
pub(crate) fn gone<T: Serialize>(body: &T) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Gone()
        .insert_header((header::VARY, "Accept, Signature"))
        .insert_header((header::CACHE_CONTROL, Keep::Anyone.cache_control()))
        .insert_header((header::CONTENT_TYPE, ACTIVITY_JSON))
        .body(bytes(body)?))
}

/// The page of what a document is about.
pub(crate) fn redirect(to: &str) -> HttpResponse {
    HttpResponse::Found()
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::LOCATION, to))
        .finish()
}

fn bytes<T: Serialize>(body: &T) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|why| kontor_actions::Error::Broken(why.to_string()).into())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn wants(accept: &str) -> bool {
        wants_activity_json(
            TestRequest::default()
                .insert_header((header::ACCEPT, accept))
                .to_http_request()
                .headers(),
        )
    }

    #[test]
    fn activity_json_is_asked_for_by_name() {
        for yes in [
            "application/activity+json",
            "Application/Activity+JSON; charset=utf-8",
            r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#,
            r#"application/ld+json;q=0.9;profile="https://www.w3.org/ns/activitystreams", */*;q=0.1"#,
            r#"application/ld+json; charset=utf-8 ; profile="https://example.test/x https://www.w3.org/ns/activitystreams""#,
            r#"application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams", text/html;q=0.1"#,
            "text/html, application/activity+json",
            "application/ld+json",
        ] {
            assert!(wants(yes), "{yes}");
        }
        for no in [
            "",
            "*/*",
            "application/*",
            "application/json",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "application/activity+json;q=0",
            "application/activity+json;q=0.000",
            "text/html, application/activity+json;q=0.9",
            r#"application/ld+json; profile="https://example.test/other""#,
            r#"text/html; x=", application/activity+json""#,
        ] {
            assert!(!wants(no), "{no}");
        }
        assert!(!wants_activity_json(
            TestRequest::default().to_http_request().headers()
        ));
    }

    #[test]
    fn an_answer_that_is_known_is_not_sent_again() {
        let first = answer(
            &TestRequest::default().to_http_request(),
            &"x",
            Keep::Anyone,
        )
        .unwrap();
        assert_eq!(first.status(), 200);
        let tag = first.headers().get(header::ETAG).unwrap().clone();
        let again = TestRequest::default()
            .insert_header((header::IF_NONE_MATCH, tag.clone()))
            .to_http_request();
        assert_eq!(answer(&again, &"x", Keep::Anyone).unwrap().status(), 304);
        assert_eq!(answer(&again, &"y", Keep::Anyone).unwrap().status(), 200);
    }
}
