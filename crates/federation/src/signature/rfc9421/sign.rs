//! Signing a request about to be sent. Made at the moment of sending and never stored: a signature ages.

use super::Component;
use super::base::Message;
use crate::signature::{
    BASE64, Error, Headers, PrivateKey, Scheme, SignRequest, content_digest, key_id,
};
use base64::Engine as _;

/// The headers to add to the request: `date`, `content-digest` and `content-type` as far as given, `signature-input` and
/// `signature`. Takes the same request as the other form, so that a host that refuses the one can be tried with the other.
///
/// Signed are `@method`, `@target-uri` and, with a body, `content-digest`: what Mastodon demands and no more. The parameters
/// are in the order in which lossy readers write them again.
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
    let scheme = Scheme::parse(request.url.scheme()).ok_or(Error::Malformed(
        "a request that is not for http or https cannot be signed",
    ))?;
    let authority = request.authority()?;
    let path_and_query = request.path_and_query();

    let mut headers = vec![("date", request.http_date())];
    let mut components = vec![Component::Method, Component::TargetUri];
    if let Some(digest) = request.digest {
        headers.push(("content-digest", content_digest::from_digest(digest)?));
        components.push(Component::Field("content-digest".to_owned()));
    }
    headers.extend(
        request
            .content_type
            .map(|kind| ("content-type", kind.to_owned())),
    );

    for (name, value) in more {
        headers.push((name, value.clone()));
        components.push(Component::Field((*name).to_owned()));
    }

    let names: Vec<String> = components.iter().map(|c| format!("\"{c}\"")).collect();
    let params = format!(
        r#"({});created={};alg="{}";keyid="{key_id}""#,
        names.join(" "),
        request.date.timestamp(),
        key.algorithm(),
    );
    let fields: Headers<'_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect();
    let message = Message {
        method: request.method,
        scheme,
        authority: &authority,
        path_and_query: &path_and_query,
        headers: &fields,
    };
    let signature = key.sign(&message.base(&components, &params)?)?;
    headers.push(("signature-input", format!("sig1={params}")));
    headers.push(("signature", format!("sig1=:{}:", BASE64.encode(signature))));
    Ok(headers)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::signature::cast::{self, Cast};
    use crate::signature::digest;
    use chrono::DateTime;
    use rsa::pkcs8::DecodePublicKey as _;
    use sha2::{Digest as _, Sha256};
    use url::Url;

    const KEY_ID: &str = "https://us.example/ann#main-key";

    fn signed(
        method: &str,
        url: &str,
        digest: Option<&str>,
        who: &Cast,
    ) -> Vec<(&'static str, String)> {
        let request = SignRequest {
            method,
            url: &Url::parse(url).unwrap(),
            date: DateTime::from_timestamp(1_388_957_500, 0).unwrap(),
            digest,
            content_type: digest.map(|_| "application/activity+json"),
        };
        sign(&request, KEY_ID, &who.private).unwrap()
    }

    fn value<'h>(headers: &'h [(&'static str, String)], name: &str) -> &'h str {
        &headers.iter().find(|(field, _)| *field == name).unwrap().1
    }

    fn signature(headers: &[(&'static str, String)]) -> Vec<u8> {
        let text = value(headers, "signature");
        BASE64
            .decode(
                text.strip_prefix("sig1=:")
                    .unwrap()
                    .strip_suffix(':')
                    .unwrap(),
            )
            .unwrap()
    }

    #[test]
    fn a_post_signs_the_digest_of_its_body() {
        let digest = digest::sha256(b"{}");
        let headers = signed(
            "POST",
            "https://b.example/users/bob/inbox",
            Some(&digest),
            cast::ann(),
        );
        let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            [
                "date",
                "content-digest",
                "content-type",
                "signature-input",
                "signature"
            ]
        );
        assert_eq!(value(&headers, "date"), "Sun, 05 Jan 2014 21:31:40 GMT");
        let params = r#"("@method" "@target-uri" "content-digest");created=1388957500;alg="rsa-v1_5-sha256";keyid="https://us.example/ann#main-key""#;
        assert_eq!(value(&headers, "signature-input"), format!("sig1={params}"));
        // The `rsa` crate on a base written out by hand.
        let base = format!(
            "\"@method\": POST\n\"@target-uri\": https://b.example/users/bob/inbox\n\
             \"content-digest\": sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:\n\"@signature-params\": {params}"
        );
        let key = rsa::RsaPublicKey::from_public_key_pem(&cast::ann().pems.public).unwrap();
        key.verify(
            cast::pkcs1v15_sha256(),
            &Sha256::digest(base),
            &signature(&headers),
        )
        .unwrap();
    }

    #[test]
    fn a_get_signs_query_and_port() {
        for (url, target) in [
            (
                "https://b.example/outbox?page=2&x=%20#part",
                "https://b.example/outbox?page=2&x=%20",
            ),
            ("http://localhost:4001/ann", "http://localhost:4001/ann"),
            ("https://b.example:443", "https://b.example/"),
            ("https://ann:pw@B.example/?", "https://b.example/?"),
        ] {
            let headers = signed("GET", url, None, cast::eda());
            let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, ["date", "signature-input", "signature"]);
            let params = r#"("@method" "@target-uri");created=1388957500;alg="ed25519";keyid="https://us.example/ann#main-key""#;
            let base = format!(
                "\"@method\": GET\n\"@target-uri\": {target}\n\"@signature-params\": {params}"
            );
            assert_eq!(
                cast::eda()
                    .public
                    .verify(base.as_bytes(), &signature(&headers)),
                Ok(()),
                "{url}"
            );
        }
    }

    #[test]
    fn refuses_what_cannot_be_written() {
        let refused = |url: &str, method: &str, key_id: &str, digest: Option<&str>| {
            let request = SignRequest {
                method,
                url: &Url::parse(url).unwrap(),
                date: DateTime::UNIX_EPOCH,
                digest,
                content_type: None,
            };
            matches!(
                sign(&request, key_id, &cast::eda().private),
                Err(Error::Malformed(_))
            )
        };
        assert!(!refused("https://b.example/", "GET", KEY_ID, None));
        for key_id in ["", "a\"b", "a b", "a\nb", "a\\", "é"] {
            assert!(
                refused("https://b.example/", "GET", key_id, None),
                "{key_id}"
            );
        }
        assert!(refused("mailto:ann@b.example", "GET", KEY_ID, None));
        assert!(refused("ftp://b.example/", "GET", KEY_ID, None));
        assert!(refused(
            "https://b.example/",
            "GET\n\"date\": 1",
            KEY_ID,
            None
        ));
        assert!(refused(
            "https://b.example/",
            "POST",
            KEY_ID,
            Some("SHA-512=AAAA")
        ));
    }
}
