//! Signing a request about to be sent. Made at the moment of sending and never stored: a signature ages.

use super::signing_string::{REQUEST_TARGET, request_target, signing_string};
use crate::signature::{Algorithm, BASE64, Error, PrivateKey, SignRequest, key_id};
use base64::Engine as _;

/// The headers to add to the request: `date`, `digest` and `content-type` as far as given, and `signature`. `host` is signed
/// too but not among them, because every client sends it from the URL.
///
/// A GET signs `(request-target) host date`, a POST `(request-target) host date digest content-type`: with an RSA key, and so
/// `algorithm` `rsa-sha256`, that is the one set of choices every known peer accepts.
pub fn sign(
    request: &SignRequest<'_>,
    key_id: &str,
    key: &PrivateKey,
) -> Result<Vec<(&'static str, String)>, Error> {
    sign_with(request, &[], key_id, key)
}

/// The same with more headers, which are signed too.
pub fn sign_with(
    request: &SignRequest<'_>,
    more: &[(&'static str, String)],
    key_id: &str,
    key: &PrivateKey,
) -> Result<Vec<(&'static str, String)>, Error> {
    key_id::check_writable(key_id)?;
    let host = request.authority()?;
    let target = request_target(request.method, &request.path_and_query());

    let mut headers = vec![("date", request.http_date())];
    headers.extend(request.digest.map(|digest| ("digest", digest.to_owned())));
    headers.extend(
        request
            .content_type
            .map(|kind| ("content-type", kind.to_owned())),
    );

    headers.extend(more.iter().cloned());

    let names: Vec<&str> = [REQUEST_TARGET, "host"]
        .into_iter()
        .chain(headers.iter().map(|(name, _)| *name))
        .collect();
    let message = signing_string(names.iter().copied(), |name| match name {
        REQUEST_TARGET => Some(target.clone()),
        "host" => Some(host.as_bytes().to_vec()),
        _ => headers
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| value.as_bytes().to_vec()),
    })?;
    let algorithm = match key.algorithm() {
        Algorithm::RsaV15Sha256 => "rsa-sha256",
        // draft-cavage-12, appendix E.2: left to the key, because older readers know no name for it.
        Algorithm::Ed25519 => "hs2019",
    };
    let signature = format!(
        r#"keyId="{key_id}",algorithm="{algorithm}",headers="{}",signature="{}""#,
        names.join(" "),
        BASE64.encode(key.sign(&message)?),
    );
    headers.push(("signature", signature));
    Ok(headers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::signature::cast;
    use crate::signature::cavage::{Parsed, parse};
    use crate::signature::digest;
    use chrono::{DateTime, Utc};
    use rsa::pkcs8::DecodePublicKey as _;
    use sha2::{Digest as _, Sha256};
    use url::Url;

    const KEY_ID: &str = "https://us.example/ann#main-key";

    fn date() -> DateTime<Utc> {
        DateTime::from_timestamp(1_388_957_500, 0).unwrap()
    }

    fn value<'h>(headers: &'h [(&'static str, String)], name: &str) -> &'h str {
        &headers.iter().find(|(field, _)| *field == name).unwrap().1
    }

    /// Checks with the `rsa` crate that `message` is what was signed.
    fn assert_signs(parsed: &Parsed, message: &str) {
        let key = rsa::RsaPublicKey::from_public_key_pem(&cast::ann().pems.public).unwrap();
        key.verify(
            cast::pkcs1v15_sha256(),
            &Sha256::digest(message),
            &parsed.signature,
        )
        .unwrap();
    }

    #[test]
    fn a_post_signs_digest_and_content_type() {
        let url = Url::parse("https://b.example/users/bob/inbox").unwrap();
        let body_digest = digest::sha256(b"{}");
        let request = SignRequest {
            method: "POST",
            url: &url,
            date: date(),
            digest: Some(&body_digest),
            content_type: Some("application/activity+json"),
        };
        let headers = sign(&request, KEY_ID, &cast::ann().private).unwrap();
        let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["date", "digest", "content-type", "signature"]);
        assert_eq!(value(&headers, "date"), "Sun, 05 Jan 2014 21:31:40 GMT");
        let signature = value(&headers, "signature");
        assert!(signature.starts_with(
            r#"keyId="https://us.example/ann#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature=""#
        ));
        assert_signs(
            &parse(signature).unwrap(),
            "(request-target): post /users/bob/inbox\nhost: b.example\ndate: Sun, 05 Jan 2014 21:31:40 GMT\n\
             digest: SHA-256=RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=\ncontent-type: application/activity+json",
        );
    }

    #[test]
    fn a_get_signs_query_and_port() {
        for (url, target, host) in [
            (
                "https://b.example/outbox?page=2&x=%20#part",
                "/outbox?page=2&x=%20",
                "b.example",
            ),
            ("http://localhost:4001/ann", "/ann", "localhost:4001"),
            ("https://b.example:443", "/", "b.example"),
            ("https://[::1]:8443/?", "/?", "[::1]:8443"),
        ] {
            let parsed_url = Url::parse(url).unwrap();
            let request = SignRequest {
                method: "GET",
                url: &parsed_url,
                date: date(),
                digest: None,
                content_type: None,
            };
            let headers = sign(&request, KEY_ID, &cast::ann().private).unwrap();
            let parsed = parse(value(&headers, "signature")).unwrap();
            assert_eq!(parsed.headers, ["(request-target)", "host", "date"]);
            assert_signs(
                &parsed,
                &format!(
                    "(request-target): get {target}\nhost: {host}\ndate: Sun, 05 Jan 2014 21:31:40 GMT"
                ),
            );
        }
    }

    #[test]
    fn refuses_what_cannot_be_written() {
        let url = Url::parse("https://b.example/").unwrap();
        let no_host = Url::parse("mailto:ann@b.example").unwrap();
        let request = SignRequest {
            method: "GET",
            url: &url,
            date: date(),
            digest: None,
            content_type: None,
        };
        let key = &cast::ann().private;
        for key_id in ["", "a\"b", "a b", "a\nb", "a\\"] {
            assert!(matches!(
                sign(&request, key_id, key),
                Err(Error::Malformed(_))
            ));
        }
        let nowhere = SignRequest {
            url: &no_host,
            ..request
        };
        assert!(matches!(
            sign(&nowhere, KEY_ID, key),
            Err(Error::Malformed(_))
        ));
        let forged = SignRequest {
            content_type: Some("a\nhost: c"),
            ..request
        };
        assert!(matches!(
            sign(&forged, KEY_ID, key),
            Err(Error::Malformed(_))
        ));
    }
    #[test]
    fn an_ed25519_key_leaves_the_algorithm_to_the_key() {
        let url = Url::parse("https://b.example/ann").unwrap();
        let request = SignRequest {
            method: "GET",
            url: &url,
            date: date(),
            digest: None,
            content_type: None,
        };
        let headers = sign(&request, KEY_ID, &cast::eda().private).unwrap();
        let parsed = parse(value(&headers, "signature")).unwrap();
        assert_eq!(parsed.algorithm.as_deref(), Some("hs2019"));
        let message =
            b"(request-target): get /ann\nhost: b.example\ndate: Sun, 05 Jan 2014 21:31:40 GMT";
        assert_eq!(
            cast::eda().public.verify(message, &parsed.signature),
            Ok(())
        );
    }
}
