//! A signed request is accepted; the same request with any one thing changed is not.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::signature::cast::{self, Cast};
use crate::signature::rfc9421::sign;
use crate::signature::{Algorithm, BASE64, Headers, SignRequest, Signature, digest};
use base64::Engine as _;
use proptest::prelude::*;
use rsa::pkcs8::DecodePrivateKey as _;
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use url::Url;

const KEY_ID: &str = "https://a.example/ann#main-key";
const BODY: &[u8] = br#"{"type":"Follow"}"#;
const SENT: i64 = 1_700_000_000;

/// A request as the receiver sees it, open to tampering.
#[derive(Clone)]
struct Received {
    method: String,
    scheme: Scheme,
    host: String,
    path: String,
    fields: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    now: i64,
}

impl Received {
    fn unsigned(method: &str, url: &str) -> Self {
        let url = Url::parse(url).unwrap();
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        let query = url
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let body = (method == "POST").then(|| BODY.to_vec());
        let fields = body
            .iter()
            .map(|body| ("Content-Digest".to_owned(), content_digest::sha256(body)));
        Self {
            method: method.to_owned(),
            scheme: Scheme::parse(url.scheme()).unwrap(),
            host: format!("{}{port}", url.host_str().unwrap()),
            path: format!("{}{query}", url.path()),
            fields: fields.collect(),
            body,
            now: SENT + 10,
        }
    }

    fn signed(method: &str, url: &str, who: &Cast) -> Self {
        let mut received = Self::unsigned(method, url);
        let digest = received.body.as_deref().map(digest::sha256);
        let request = SignRequest {
            method,
            url: &Url::parse(url).unwrap(),
            date: DateTime::from_timestamp(SENT, 0).unwrap(),
            digest: digest.as_deref(),
            content_type: digest.as_deref().map(|_| "application/activity+json"),
        };
        let headers = sign(&request, KEY_ID, &who.private).unwrap();
        received.fields = headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        received
    }

    /// Signed by a peer that chooses what it covers.
    fn covering(method: &str, path: &str, covered: &str, params: &str) -> Self {
        let mut received = Self::unsigned(method, &format!("https://b.example{path}"));
        let input = format!("({covered}){params};keyid=\"{KEY_ID}\"");
        let values = |name: &str| match name {
            "@method" => method.to_owned(),
            "@target-uri" => format!("https://b.example{path}"),
            "@authority" | "host" => "b.example".to_owned(),
            "@scheme" => "https".to_owned(),
            "@request-target" => path.to_owned(),
            "@path" => path.split('?').next().unwrap().to_owned(),
            "@query" => format!(
                "?{}",
                path.split_once('?')
                    .map(|(_, query)| query)
                    .unwrap_or_default()
            ),
            "content-digest" => content_digest::sha256(BODY),
            _ => unreachable!("{name}"),
        };
        let names = covered
            .split_whitespace()
            .map(|name| name.trim_matches('"'));
        let mut lines: Vec<String> = names
            .map(|name| format!("\"{name}\": {}", values(name)))
            .collect();
        lines.push(format!("\"@signature-params\": {input}"));
        let base = lines.join("\n");
        let signature = BASE64.encode(cast::eda().private.sign(base.as_bytes()).unwrap());
        received
            .fields
            .push(("Signature-Input".to_owned(), format!("sig={input}")));
        received
            .fields
            .push(("Signature".to_owned(), format!("sig=:{signature}:")));
        received
    }

    fn field(&mut self, name: &str) -> &mut String {
        let found = self
            .fields
            .iter_mut()
            .find(|(field, _)| field.eq_ignore_ascii_case(name));
        &mut found.unwrap().1
    }

    fn verify(&self, key: &PublicKey) -> Result<(), Error> {
        let headers: Headers<'_> = self
            .fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_bytes()))
            .collect();
        let request = VerifyRequest {
            method: &self.method,
            path_and_query: &self.path,
            host: &self.host,
            headers: &headers,
            body: self.body.as_deref(),
        };
        let now = DateTime::from_timestamp(self.now, 0).unwrap();
        Signature::from_headers(&headers)?.verify_over(
            self.scheme,
            &request,
            key,
            now,
            &Policy::default(),
        )
    }
}

#[test]
fn round_trips_with_both_kinds_of_key() {
    for who in [cast::ann(), cast::eda()] {
        for (method, url) in [
            ("POST", "https://b.example/inbox"),
            ("POST", "https://b.example/users/bob/inbox?x=1"),
            ("GET", "https://b.example/users/bob?page=true&x=%20"),
            ("GET", "https://b.example"),
            ("GET", "http://b.localhost:4001/?"),
            ("POST", "http://b.localhost:4001/inbox"),
        ] {
            let received = Received::signed(method, url, who);
            assert_eq!(received.verify(&who.public), Ok(()), "{method} {url}");
        }
    }
}

#[test]
fn https_is_what_verify_takes_for_granted() {
    let received = Received::signed("GET", "https://b.example/bob", cast::eda());
    let headers: Headers<'_> = received
        .fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_bytes()))
        .collect();
    let request = VerifyRequest {
        method: "GET",
        path_and_query: "/bob",
        host: "b.example",
        headers: &headers,
        body: None,
    };
    let now = DateTime::from_timestamp(SENT, 0).unwrap();
    let signature = Signature::from_headers(&headers).unwrap();
    assert_eq!(
        signature.verify(&request, &cast::eda().public, now, &Policy::default()),
        Ok(())
    );
    assert_eq!(signature.key_name(), KEY_ID);
}

#[test]
fn the_host_is_ours_however_it_is_written() {
    let mut received = Received::signed("GET", "https://b.example/bob", cast::eda());
    received
        .fields
        .push(("Host".to_owned(), "proxy.internal:8080".to_owned()));
    for host in ["b.example", "B.Example", "b.example:443"] {
        received.host = host.to_owned();
        assert_eq!(received.verify(&cast::eda().public), Ok(()), "{host}");
    }
    for host in [
        "b.example:80",
        "b.example:8443",
        "c.example",
        "b.example.",
        "",
    ] {
        received.host = host.to_owned();
        assert_eq!(
            received.verify(&cast::eda().public),
            Err(Error::BadSignature),
            "{host}"
        );
    }
}

#[test]
fn any_change_of_the_request_breaks_it() {
    type Change = fn(&mut Received);
    let changes: [(&str, Change); 7] = [
        ("method", |r| r.method = "PUT".to_owned()),
        ("method's case", |r| r.method = "post".to_owned()),
        ("scheme", |r| r.scheme = Scheme::Http),
        ("host", |r| r.host = "c.example".to_owned()),
        ("path", |r| r.path = "/outbox?x=1".to_owned()),
        ("query", |r| r.path = "/inbox?x=2".to_owned()),
        ("no query", |r| r.path = "/inbox".to_owned()),
    ];
    for who in [cast::ann(), cast::eda()] {
        let received = Received::signed("POST", "https://b.example/inbox?x=1", who);
        assert_eq!(received.verify(&who.public), Ok(()));
        for (what, change) in changes {
            let mut other = received.clone();
            change(&mut other);
            assert_eq!(
                other.verify(&who.public),
                Err(Error::BadSignature),
                "{what}"
            );
        }
        assert!(received.verify(&cast::bob().public).is_err());
    }
}

#[test]
fn any_change_of_the_signature_breaks_it() {
    let named = format!(";alg=\"{}\"", Algorithm::Ed25519);
    for (field, from, to) in [
        ("signature", "sig1=:", "sig1=:A"),
        (
            "signature-input",
            "created=1700000000",
            "created=1700000001",
        ),
        ("signature-input", "#main-key", "#other"),
        ("signature-input", named.as_str(), ""),
        ("signature-input", ";keyid", ";nonce=\"1\";keyid"),
        ("signature-input", ";keyid", ";unknown;keyid"),
        ("signature-input", ";keyid", ";expires=1700000300;keyid"),
        (
            "signature-input",
            "\"@method\" \"@target-uri\"",
            "\"@target-uri\" \"@method\"",
        ),
        ("signature-input", "\"@method\"", "\"@method\" \"@path\""),
        ("signature-input", "\"@method\"", "\"@method\" \"date\""),
    ] {
        let mut changed = Received::signed("POST", "https://b.example/inbox?x=1", cast::eda());
        let value = changed.field(field);
        assert!(value.contains(from), "{value}");
        *value = value.replacen(from, to, 1);
        if field == "signature" {
            *value = value.replace("==:", "=:");
        }
        assert_eq!(
            changed.verify(&cast::eda().public),
            Err(Error::BadSignature),
            "{from} -> {to}"
        );
    }
}

#[test]
fn the_body_is_that_of_the_digest_and_the_digest_is_signed() {
    let received = Received::signed("POST", "https://b.example/inbox", cast::eda());
    let key = &cast::eda().public;
    let other = Received {
        body: Some(b"{}".to_vec()),
        ..received.clone()
    };
    assert_eq!(other.verify(key), Err(Error::BadDigest));
    let mut both = other.clone();
    *both.field("content-digest") = content_digest::sha256(b"{}");
    assert_eq!(both.verify(key), Err(Error::BadSignature));
    // A second field of that name is part of the value: it does not hide the first.
    let mut second = other.clone();
    second
        .fields
        .push(("content-digest".to_owned(), content_digest::sha256(b"{}")));
    assert!(matches!(second.verify(key), Err(Error::Malformed(_))));
    let mut absent = received.clone();
    absent.fields.retain(|(name, _)| name != "content-digest");
    assert_eq!(
        absent.verify(key),
        Err(Error::Missing("content-digest".to_owned()))
    );
    let get = Received {
        method: "GET".to_owned(),
        ..Received::signed("GET", "https://b.example/inbox", cast::eda())
    };
    let with_body = Received {
        body: Some(Vec::new()),
        ..get
    };
    assert_eq!(
        with_body.verify(key),
        Err(Error::Unsigned("content-digest"))
    );
}

/// What a peer that covers these components gets for its request.
fn covered(method: &str, path: &str, components: &str) -> Result<(), Error> {
    let received = Received::covering(method, path, components, &format!(";created={SENT}"));
    received.verify(&cast::eda().public)
}

#[test]
fn enough_can_be_covered_in_many_ways() {
    for (method, path, components) in [
        ("GET", "/bob", r#""@method" "@target-uri""#),
        ("GET", "/bob?x", r#""@target-uri" "@method" "@scheme""#),
        (
            "GET",
            "/bob?x",
            r#""@method" "@authority" "@request-target""#,
        ),
        (
            "GET",
            "/bob?x",
            r#""@method" "@authority" "@path" "@query""#,
        ),
        ("GET", "/bob", r#""@method" "@authority" "@path""#),
        ("GET", "/bob", r#""@method" "host" "@path" "@query""#),
        (
            "POST",
            "/bob",
            r#""content-digest" "@method" "@target-uri""#,
        ),
    ] {
        let verified = covered(method, path, components);
        assert_eq!(verified, Ok(()), "{method} {path} {components}");
    }
}

#[test]
fn what_is_not_covered_is_named() {
    for (method, path, components, lacks) in [
        ("GET", "/bob", "", "@method"),
        ("GET", "/bob", r#""@target-uri""#, "@method"),
        ("GET", "/bob", r#""@method""#, "@target-uri"),
        ("GET", "/bob", r#""@method" "@path""#, "@target-uri"),
        (
            "GET",
            "/bob",
            r#""@method" "@request-target""#,
            "@target-uri",
        ),
        (
            "GET",
            "/bob",
            r#""@method" "@authority" "@query""#,
            "@target-uri",
        ),
        (
            "GET",
            "/bob?x",
            r#""@method" "@authority" "@path""#,
            "@query",
        ),
        (
            "GET",
            "/bob?",
            r#""@method" "@authority" "@path""#,
            "@query",
        ),
        (
            "POST",
            "/bob",
            r#""@method" "@target-uri""#,
            "content-digest",
        ),
    ] {
        let refused = covered(method, path, components);
        let unsigned = Err(Error::Unsigned(lacks));
        assert_eq!(refused, unsigned, "{method} {path} {components}");
    }
}

#[test]
fn the_clock_window() {
    let covered = r#""@method" "@target-uri""#;
    let refused = |params: &str, now: i64| {
        let received = Received::covering("GET", "/bob", covered, params);
        Received { now, ..received }
            .verify(&cast::eda().public)
            .err()
    };
    let second = Duration::from_secs(1);
    let created = format!(";created={SENT}");
    assert_eq!(refused(&created, SENT + 3600), None);
    assert_eq!(refused(&created, SENT + 3601), Some(Error::Stale(second)));
    assert_eq!(refused(&created, SENT - 3600), None);
    assert_eq!(refused(&created, SENT - 3601), Some(Error::Early(second)));
    let expires = format!("{created};expires={}", SENT - 3000);
    assert_eq!(refused(&expires, SENT + 600), None);
    assert_eq!(refused(&expires, SENT + 601), Some(Error::Stale(second)));
    let later = format!("{created};expires={}", SENT + 99_999);
    assert_eq!(refused(&later, SENT + 3601), Some(Error::Stale(second)));
    for odd in [
        ";created=999999999999999",
        ";created=-999999999999999",
        &format!("{created};expires=-999999999999999"),
    ] {
        assert!(
            matches!(
                refused(odd, SENT),
                Some(Error::Malformed(_) | Error::Stale(_) | Error::Early(_))
            ),
            "{odd}"
        );
    }
    assert_eq!(
        refused("", SENT),
        Some(Error::Missing("created".to_owned()))
    );
}

#[test]
fn no_key_is_used_with_the_algorithm_of_another() {
    let (ann, eda) = (cast::ann(), cast::eda());
    let by_ann = Received::signed("GET", "https://b.example/bob", ann);
    let by_eda = Received::signed("GET", "https://b.example/bob", eda);
    assert_eq!(
        by_ann.verify(&eda.public),
        Err(Error::KeyKind(Algorithm::Ed25519))
    );
    assert_eq!(
        by_eda.verify(&ann.public),
        Err(Error::KeyKind(Algorithm::RsaV15Sha256))
    );
    assert!(by_eda.verify(&ann.public).unwrap_err().may_be_old_key());
    // Without `alg` the key decides, and the bytes are not its signature.
    let unnamed = Received::covering(
        "GET",
        "/bob",
        r#""@method" "@target-uri""#,
        &format!(";created={SENT}"),
    );
    assert_eq!(unnamed.verify(&eda.public), Ok(()));
    assert_eq!(unnamed.verify(&ann.public), Err(Error::BadSignature));
    for name in [
        "rsa-pss-sha512",
        "hmac-sha256",
        "ecdsa-p256-sha256",
        "none",
        "",
    ] {
        let params = format!(";created={SENT};alg=\"{name}\"");
        let received = Received::covering("GET", "/bob", r#""@method" "@target-uri""#, &params);
        assert!(
            matches!(received.verify(&eda.public), Err(Error::Unsupported(_))),
            "{name}"
        );
    }
}

#[test]
fn a_base_written_by_hand_and_signed_by_the_rsa_crate_is_accepted() {
    let params = format!(
        r#"("@method" "@authority" "@request-target" "content-digest");created={SENT};expires={};keyid="{KEY_ID}";alg="rsa-v1_5-sha256""#,
        SENT + 300
    );
    let base = format!(
        "\"@method\": POST\n\"@authority\": b.example\n\"@request-target\": /inbox?x\n\
         \"content-digest\": {}\n\"@signature-params\": {params}",
        content_digest::sha256(BODY)
    );
    let key = rsa::RsaPrivateKey::from_pkcs8_pem(&cast::ann().pems.private).unwrap();
    let signature = key
        .sign(cast::pkcs1v15_sha256(), &Sha256::digest(base))
        .unwrap();
    let mut received = Received::unsigned("POST", "https://b.example/inbox?x");
    received
        .fields
        .push(("Signature-Input".to_owned(), format!("their-sig={params}")));
    received.fields.push((
        "Signature".to_owned(),
        format!("their-sig=:{}:", BASE64.encode(signature)),
    ));
    assert_eq!(received.verify(&cast::ann().public), Ok(()));
    received.path = "/inbox?y".to_owned();
    assert_eq!(
        received.verify(&cast::ann().public),
        Err(Error::BadSignature)
    );
}

/// A signature that a proxy puts behind the sender's changes nothing; one put before it is judged in its stead.
#[test]
fn of_several_signatures_one_is_verified() {
    let mut received = Received::signed("POST", "https://b.example/inbox", cast::eda());
    received.fields.push((
        "signature-input".to_owned(),
        r#"proxy=("@method" "@target-uri" "content-digest");created=1;keyid="https://evil.example/k""#.to_owned(),
    ));
    received
        .fields
        .push(("signature".to_owned(), "proxy=:AAAA:".to_owned()));
    assert_eq!(received.verify(&cast::eda().public), Ok(()));
    received.fields.reverse();
    assert!(received.verify(&cast::eda().public).is_err());
    received
        .fields
        .push(("signature".to_owned(), "proxy=:BBBB:".to_owned()));
    assert!(matches!(
        received.verify(&cast::eda().public),
        Err(Error::Malformed(_))
    ));
}

proptest! {
    #[test]
    fn never_panics(
        method in ".{0,8}", path in ".{0,40}", host in ".{0,20}",
        input in "[ -~]{0,80}", value: Vec<u8>, now in -99_999_999_999i64..99_999_999_999, body: Option<Vec<u8>>,
    ) {
        let mut received = Received::signed("POST", "https://b.example/inbox", cast::eda());
        received.field("signature-input").push_str(&input);
        let received = Received { method, host, path, body, now, ..received };
        prop_assert!(received.verify(&cast::eda().public).is_err());
        let headers: Headers<'_> = [("x", value.as_slice()), ("content-digest", value.as_slice())].into_iter().collect();
        let message = Message {
            method: &received.method, scheme: Scheme::Http, authority: &received.host, path_and_query: &received.path, headers: &headers,
        };
        let _ = message.base(&[Component::Field("x".to_owned()), Component::Query, Component::TargetUri], "()");
    }

    #[test]
    fn a_flipped_bit_is_found(at in 0usize..64, bit in 0u8..8) {
        let mut received = Received::signed("GET", "https://b.example/bob", cast::eda());
        let text = received.field("signature").clone();
        let mut bytes = BASE64.decode(text.strip_prefix("sig1=:").unwrap().strip_suffix(':').unwrap()).unwrap();
        bytes[at] ^= 1 << bit;
        *received.field("signature") = format!("sig1=:{}:", BASE64.encode(bytes));
        prop_assert_eq!(received.verify(&cast::eda().public), Err(Error::BadSignature));
    }
}
