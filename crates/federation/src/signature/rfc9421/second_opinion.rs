//! The same requests seen by `web-bot-auth`, an implementation of RFC 9421 with its own Ed25519: it verifies what is signed
//! here, and what it signs is verified here. It has no RSA; what it says of the signature base holds for both algorithms.
#![allow(clippy::unwrap_used)]

use super::{Body, parse, sign, verify};
use crate::signature::cast;
use crate::signature::{
    BASE64, Error, Headers, Policy, Scheme, SignRequest, VerifyRequest, content_digest, digest,
};
use base64::Engine as _;
use chrono::DateTime;
use indexmap::IndexMap;
use proptest::prelude::*;
use std::time::Duration;
use url::Url;
use web_bot_auth::components::{
    CoveredComponent, DerivedComponent, HTTPField, HTTPFieldParametersSet,
};
use web_bot_auth::keyring::{Algorithm, KeyRing};
use web_bot_auth::message_signatures::{
    MessageSigner, MessageVerifier, SignedMessage, UnsignedMessage,
};

const KEY_ID: &str = "https://a.example/ann#main-key";

/// The last 32 bytes: the key itself, both in SPKI and in the first version of PKCS#8.
fn raw(pem: &str) -> Vec<u8> {
    let body: String = pem
        .lines()
        .filter(|line| !line.starts_with("---"))
        .collect();
    let der = BASE64.decode(body).unwrap();
    der[der.len() - 32..].to_vec()
}

/// A request in whose derived components nothing of this module has a part.
#[derive(Clone)]
struct Request {
    method: String,
    authority: String,
    path: String,
    query: Option<String>,
    fields: Vec<(String, String)>,
}

impl Request {
    fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

impl SignedMessage for Request {
    fn lookup_component(&self, name: &CoveredComponent) -> Vec<String> {
        let value = match name {
            CoveredComponent::HTTP(HTTPField { name, .. }) => {
                let of_name = self.fields.iter().filter(|(field, _)| field == name);
                return of_name.map(|(_, value)| value.clone()).collect();
            }
            CoveredComponent::Derived(DerivedComponent::Method { .. }) => self.method.clone(),
            CoveredComponent::Derived(DerivedComponent::TargetUri { .. }) => {
                format!("https://{}{}", self.authority, self.target())
            }
            CoveredComponent::Derived(_) => return Vec::new(),
        };
        vec![value]
    }
}

fn they_accept(request: &Request) -> bool {
    let mut ring = KeyRing::default();
    assert!(ring.import_raw(
        KEY_ID.to_owned(),
        Algorithm::Ed25519,
        raw(&cast::eda().pems.public)
    ));
    MessageVerifier::parse(request, |_| true)
        .is_ok_and(|verifier| verifier.verify(&ring, None).is_ok())
}

/// Signed here.
fn ours(method: &str, path: &str, query: Option<&str>, body: Option<&[u8]>) -> Request {
    let query_part = query.map(|query| format!("?{query}")).unwrap_or_default();
    let digest = body.map(digest::sha256);
    let request = SignRequest {
        method,
        url: &Url::parse(&format!("https://b.example:8443{path}{query_part}")).unwrap(),
        date: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        digest: digest.as_deref(),
        content_type: None,
    };
    let headers = sign(&request, KEY_ID, &cast::eda().private).unwrap();
    Request {
        method: method.to_owned(),
        authority: "b.example:8443".to_owned(),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        fields: headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}

#[test]
fn what_is_signed_here_is_verified_there() {
    for request in [
        ours("GET", "/bob", None, None),
        ours("GET", "/bob", Some("page=1&x=%20"), None),
        ours("POST", "/inbox", None, Some(b"{}")),
        ours("POST", "/inbox", Some(""), Some(b"")),
    ] {
        assert!(they_accept(&request));
        assert!(!they_accept(&Request {
            method: "PUT".to_owned(),
            ..request.clone()
        }));
        assert!(!they_accept(&Request {
            path: "/other".to_owned(),
            ..request.clone()
        }));
        assert!(!they_accept(&Request {
            query: Some("other".to_owned()),
            ..request.clone()
        }));
        assert!(!they_accept(&Request {
            authority: "b.example".to_owned(),
            ..request
        }));
    }
}

/// Signed there.
struct Theirs {
    covered: IndexMap<CoveredComponent, String>,
    made: Option<(String, String)>,
}

impl UnsignedMessage for Theirs {
    fn fetch_components_to_cover(&self) -> IndexMap<CoveredComponent, String> {
        self.covered.clone()
    }

    fn register_header_contents(&mut self, signature_input: String, signature_header: String) {
        self.made = Some((signature_input, signature_header));
    }
}

fn we_accept(
    authority: &str,
    path: &str,
    query: &str,
    body: &[u8],
    key_id: &str,
    nonce: &str,
) -> Result<(), Error> {
    let digest = content_digest::sha256(body);
    let derived = |component, value: &str| (CoveredComponent::Derived(component), value.to_owned());
    let field = HTTPField {
        name: "content-digest".to_owned(),
        parameters: HTTPFieldParametersSet(Vec::new()),
    };
    let mut theirs = Theirs {
        covered: IndexMap::from([
            derived(DerivedComponent::Method { req: false }, "POST"),
            derived(DerivedComponent::Authority { req: false }, authority),
            (CoveredComponent::HTTP(field), digest.clone()),
            derived(DerivedComponent::Path { req: false }, path),
            derived(DerivedComponent::Query { req: false }, &format!("?{query}")),
            derived(DerivedComponent::Scheme { req: false }, "https"),
        ]),
        made: None,
    };
    let signer = MessageSigner {
        keyid: key_id.to_owned(),
        nonce: nonce.to_owned(),
        tag: "a \"tag\"".to_owned(),
    };
    let seed = raw(&cast::eda().pems.private);
    signer
        .generate_signature_headers_content(
            &mut theirs,
            Duration::from_secs(60),
            Algorithm::Ed25519,
            &seed,
        )
        .unwrap();
    let (input, signature) = theirs.made.unwrap();
    let parsed = parse(
        &format!("x={input}"),
        &format!("x={signature}"),
        Body::Digested,
    )?;
    assert_eq!(parsed.key_id, key_id);
    let headers: Headers<'_> = [("content-digest", digest.as_bytes())]
        .into_iter()
        .collect();
    let request = VerifyRequest {
        method: "POST",
        path_and_query: &format!("{path}?{query}"),
        host: "b.example:8443",
        headers: &headers,
        body: Some(body),
    };
    let now = DateTime::from_timestamp(parsed.created, 0).unwrap();
    verify(
        &parsed,
        Scheme::Https,
        &request,
        &cast::eda().public,
        now,
        &Policy::default(),
    )
}

#[test]
fn what_is_signed_there_is_verified_here() {
    assert_eq!(
        we_accept("b.example:8443", "/inbox", "x=1", b"{}", KEY_ID, "n"),
        Ok(())
    );
    assert_eq!(
        we_accept("b.example", "/inbox", "x=1", b"{}", KEY_ID, "n"),
        Err(Error::BadSignature)
    );
}

proptest! {
    #[test]
    fn they_agree_on_any_request(
        path in "(/[a-z0-9._~%-]{1,8}){1,4}", query in "[a-z0-9=&%+-]{0,20}", body: Vec<u8>,
        key in "[a-z]{1,8}", nonce in "[ -~]{0,16}",
    ) {
        let path = Url::parse(&format!("https://b.example{path}")).unwrap().path().to_owned();
        prop_assert!(they_accept(&ours("POST", &path, Some(&query), Some(&body))));
        let key_id = format!("https://a.example/{key}#k");
        prop_assert_eq!(we_accept("b.example:8443", &path, &query, &body, &key_id, &nonce), Ok(()));
    }
}
