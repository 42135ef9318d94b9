//! Verifying a received signature against the request, the key and the clock. Whose key it must be is the caller's question.

use super::base::Message;
use super::{Component, Parsed};
use crate::signature::{Error, Policy, PublicKey, Scheme, VerifyRequest, content_digest};
use chrono::{DateTime, Utc};

/// Checks, cheapest first: the algorithm, that enough is signed, the clock window, the body's digest, the signature.
///
/// Signed must be `@method`; the whole target, as `@target-uri` or as `@authority` (or `host`) with `@request-target` or
/// `@path` and `@query`; and `content-digest` if there is a body.
pub fn verify(
    parsed: &Parsed,
    scheme: Scheme,
    request: &VerifyRequest<'_>,
    key: &PublicKey,
    now: DateTime<Utc>,
    policy: &Policy,
) -> Result<(), Error> {
    // RFC 9421, section 3.2, step 6: a name that does not fit the key is refused, and the key alone says what is computed.
    if parsed
        .algorithm
        .is_some_and(|named| named != key.algorithm())
    {
        return Err(Error::KeyKind(key.algorithm()));
    }
    let authority = authority(request.host, scheme);
    let message = Message {
        method: request.method,
        scheme,
        authority: &authority,
        path_and_query: request.path_and_query,
        headers: request.headers,
    };
    check_coverage(parsed, &message, request.body)?;
    check_window(parsed, now, policy)?;
    if let Some(body) = request.body {
        let header = request
            .headers
            .text("content-digest")?
            .ok_or_else(|| Error::Missing("content-digest".to_owned()))?;
        content_digest::verify(&header, body)?;
    }
    key.verify(
        &message.base(&parsed.components, parsed.params())?,
        &parsed.signature,
    )
}

fn check_coverage(
    parsed: &Parsed,
    message: &Message<'_>,
    body: Option<&[u8]>,
) -> Result<(), Error> {
    let covers = |component| parsed.covers(&component);
    if !covers(Component::Method) {
        return Err(Error::Unsigned("@method"));
    }
    if !covers(Component::TargetUri) {
        if !covers(Component::Authority) && !parsed.covers_field("host") {
            return Err(Error::Unsigned("@target-uri"));
        }
        if !covers(Component::RequestTarget) {
            if !covers(Component::Path) {
                return Err(Error::Unsigned("@target-uri"));
            }
            if message.query().is_some() && !covers(Component::Query) {
                return Err(Error::Unsigned("@query"));
            }
        }
    }
    if body.is_some() && !parsed.covers_field("content-digest") {
        return Err(Error::Unsigned("content-digest"));
    }
    Ok(())
}

fn check_window(parsed: &Parsed, now: DateTime<Utc>, policy: &Policy) -> Result<(), Error> {
    let created = DateTime::from_timestamp(parsed.created, 0)
        .ok_or(Error::Malformed("`created` is out of range"))?;
    policy.check_signed_at(created, now)?;
    if let Some(expires) = parsed.expires {
        let expires = DateTime::from_timestamp(expires, 0)
            .ok_or(Error::Malformed("`expires` is out of range"))?;
        policy.check_expires(expires, now)?;
    }
    Ok(())
}

/// In lower case, without the scheme's own port (RFC 9421, section 2.2.3).
fn authority(host: &str, scheme: Scheme) -> String {
    let default = match scheme {
        Scheme::Http => ":80",
        Scheme::Https => ":443",
    };
    host.strip_suffix(default)
        .unwrap_or(host)
        .to_ascii_lowercase()
}

#[cfg(test)]
mod spec_vectors;
#[cfg(test)]
mod tests;
