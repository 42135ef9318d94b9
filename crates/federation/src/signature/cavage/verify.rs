//! Verifying a received signature against the request, the key and the clock. Whose key it must be is the caller's question.

use super::Parsed;
use super::signing_string::{CREATED, EXPIRES, REQUEST_TARGET, request_target, signing_string};
use crate::signature::{Algorithm, Error, Policy, PublicKey, VerifyRequest, digest};
use chrono::{DateTime, Utc};

/// Checks, cheapest first: the algorithm, that enough is signed, the clock window, the body's digest, the signature.
///
/// Signed must be `(request-target)`, `host`, `date` or `(created)`, and `digest` if there is a body.
pub fn verify(
    parsed: &Parsed,
    request: &VerifyRequest<'_>,
    key: &PublicKey,
    now: DateTime<Utc>,
    policy: &Policy,
) -> Result<(), Error> {
    check_algorithm(parsed, key)?;
    check_coverage(parsed, request)?;
    check_window(parsed, request, now, policy)?;
    if let Some(body) = request.body {
        let header = request
            .headers
            .text("digest")?
            .ok_or_else(|| Error::Missing("digest".to_owned()))?;
        digest::verify(&header, body)?;
    }
    check_signature(parsed, request, key)
}

fn check_algorithm(parsed: &Parsed, key: &PublicKey) -> Result<(), Error> {
    let is = |name: &str| {
        let algorithm = parsed.algorithm.as_deref();
        algorithm.is_some_and(|given| given.eq_ignore_ascii_case(name))
    };
    if let Some(algorithm) = &parsed.algorithm
        && !is("rsa-sha256")
        && !is("hs2019")
    {
        return Err(Error::Unsupported(format!(
            "signature algorithm `{algorithm}`"
        )));
    }
    if is("rsa-sha256") && key.algorithm() != Algorithm::RsaV15Sha256 {
        return Err(Error::KeyKind(key.algorithm()));
    }
    // draft-cavage-12, section 2.3, items 2 and 3.
    if !is("hs2019") && (covers(parsed, CREATED) || covers(parsed, EXPIRES)) {
        return Err(Error::Malformed(
            "`(created)` and `(expires)` can be signed with `algorithm=\"hs2019\"` only",
        ));
    }
    Ok(())
}

fn check_coverage(parsed: &Parsed, request: &VerifyRequest<'_>) -> Result<(), Error> {
    for name in [REQUEST_TARGET, "host"] {
        if !covers(parsed, name) {
            return Err(Error::Unsigned(name));
        }
    }
    if !covers(parsed, "date") && !covers(parsed, CREATED) {
        return Err(Error::Unsigned("date"));
    }
    if request.body.is_some() && !covers(parsed, "digest") {
        return Err(Error::Unsigned("digest"));
    }
    Ok(())
}

fn check_window(
    parsed: &Parsed,
    request: &VerifyRequest<'_>,
    now: DateTime<Utc>,
    policy: &Policy,
) -> Result<(), Error> {
    if covers(parsed, "date") {
        let date = request
            .headers
            .text("date")?
            .ok_or_else(|| Error::Missing("date".to_owned()))?;
        let date = httpdate::parse_http_date(&date)
            .map_err(|_| Error::Malformed("the `Date` header is not an HTTP date"))?;
        policy.check_signed_at(date.into(), now)?;
    }
    if covers(parsed, CREATED) {
        let created = parsed
            .created
            .ok_or_else(|| Error::Missing("created".to_owned()))?;
        let created = DateTime::from_timestamp(created, 0)
            .ok_or(Error::Malformed("`created` is out of range"))?;
        policy.check_signed_at(created, now)?;
    }
    // Honoured even if it is not signed: it can only make the signature weaker.
    if let Some(expires) = parsed.expires {
        let expires = DateTime::from_timestamp(expires, 0)
            .ok_or(Error::Malformed("`expires` is out of range"))?;
        policy.check_expires(expires, now)?;
    }
    Ok(())
}

fn check_signature(
    parsed: &Parsed,
    request: &VerifyRequest<'_>,
    key: &PublicKey,
) -> Result<(), Error> {
    let full = request.path_and_query;
    // Older peers sign the path without its query.
    let bare = full.split_once('?').map(|(path, _)| path);
    for path in [Some(full), bare].into_iter().flatten() {
        let message = message(parsed, request, path)?;
        if key.verify(&message, &parsed.signature).is_ok() {
            return Ok(());
        }
    }
    Err(Error::BadSignature)
}

fn message(parsed: &Parsed, request: &VerifyRequest<'_>, path: &str) -> Result<Vec<u8>, Error> {
    let seconds = |time: Option<i64>| time.map(|seconds| seconds.to_string().into_bytes());
    signing_string(
        parsed.headers.iter().map(String::as_str),
        |name| match name {
            REQUEST_TARGET => Some(request_target(request.method, path)),
            CREATED => seconds(parsed.created),
            EXPIRES => seconds(parsed.expires),
            "host" => Some(request.host.as_bytes().to_vec()),
            _ => request.headers.get(name),
        },
    )
}

fn covers(parsed: &Parsed, name: &str) -> bool {
    parsed.headers.iter().any(|covered| covered == name)
}

#[cfg(test)]
mod spec_vectors;
#[cfg(test)]
mod tests;
