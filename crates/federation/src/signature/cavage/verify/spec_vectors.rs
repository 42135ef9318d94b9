//! The published test values: draft-cavage-http-signatures-12, appendix C. Their key has 1024 bits, which our own verifier
//! refuses, so the signing string is ours and the check of the signature is the `rsa` crate's.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::signature::cavage::parse;
use crate::signature::{Headers, cast};
use rsa::pkcs8::DecodePublicKey as _;
use sha2::{Digest as _, Sha256};

const BASIC: &str = r#"Signature keyId="Test",algorithm="rsa-sha256",headers="(request-target) host date",signature="qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0=""#;
/// As the draft's version 10 lists its headers; version 12 prints the same signature with two more names, which is a mistake.
const ALL_HEADERS: &str = r#"Signature keyId="Test",algorithm="rsa-sha256",headers="(request-target) host date content-type digest content-length",signature="vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEUHFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s1dE=""#;
const BODY: &[u8] = br#"{"hello": "world"}"#;

fn headers() -> Headers<'static> {
    [
        ("Host", b"example.com".as_slice()),
        ("Date", b"Sun, 05 Jan 2014 21:31:40 GMT"),
        ("Content-Type", b"application/json"),
        (
            "Digest",
            b"SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
        ),
        ("Content-Length", b"18"),
    ]
    .into_iter()
    .collect()
}

fn signed(header: &str) -> String {
    let parsed = parse(header).unwrap();
    assert_eq!(parsed.key_id, "Test");
    let headers = headers();
    let request = VerifyRequest {
        method: "POST",
        path_and_query: "/foo?param=value&pet=dog",
        host: "example.com",
        headers: &headers,
        body: Some(BODY),
    };
    let message = message(&parsed, &request, request.path_and_query).unwrap();
    let key = rsa::RsaPublicKey::from_public_key_pem(cast::SPEC_PUBLIC_1024).unwrap();
    key.verify(
        cast::pkcs1v15_sha256(),
        &Sha256::digest(&message),
        &parsed.signature,
    )
    .unwrap();
    String::from_utf8(message).unwrap()
}

#[test]
fn basic_test() {
    assert_eq!(
        signed(BASIC),
        "(request-target): post /foo?param=value&pet=dog\nhost: example.com\ndate: Sun, 05 Jan 2014 21:31:40 GMT"
    );
}

#[test]
fn all_headers_test() {
    assert_eq!(
        signed(ALL_HEADERS),
        "(request-target): post /foo?param=value&pet=dog\nhost: example.com\ndate: Sun, 05 Jan 2014 21:31:40 GMT\n\
         content-type: application/json\ndigest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\ncontent-length: 18"
    );
}
