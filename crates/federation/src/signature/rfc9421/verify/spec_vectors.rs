//! What RFC 9421 itself publishes, as far as its components and algorithms are spoken here.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::signature::rfc9421::{Body, parse};
use crate::signature::{BASE64, Headers, PrivateKey, cast};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs8::{EncodePublicKey as _, LineEnding};

/// The request of appendix B.2.
const DIGEST: &str = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
const TARGET: &str = "/foo?param=Value&Pet=dog";
const FIELDS: [(&str, &str); 5] = [
    ("Host", "example.com"),
    ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
    ("Content-Type", "application/json"),
    ("Content-Digest", DIGEST),
    ("Content-Length", "18"),
];
const B26: &str = r#"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#;
const B26_SIGNATURE: &str =
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";

struct Vector<'a> {
    method: &'a str,
    authority: &'a str,
    target: &'a str,
    fields: &'a [(&'a str, &'a str)],
}

const B2: Vector<'_> = Vector {
    method: "POST",
    authority: "example.com",
    target: TARGET,
    fields: &FIELDS,
};

impl Vector<'_> {
    fn base(&self, parsed: &Parsed) -> Result<Vec<u8>, Error> {
        let headers: Headers<'_> = self
            .fields
            .iter()
            .map(|(n, v)| (*n, v.as_bytes()))
            .collect();
        let message = Message {
            method: self.method,
            scheme: Scheme::Https,
            authority: self.authority,
            path_and_query: self.target,
            headers: &headers,
        };
        message.base(&parsed.components, parsed.params())
    }

    fn text(&self, input: &str) -> String {
        let (label, _) = input.split_once('=').unwrap();
        let parsed = parse(input, &format!("{label}=:AAAA:"), Body::Digested).unwrap();
        String::from_utf8(self.base(&parsed).unwrap()).unwrap()
    }

    /// With all that is demanded of a peer, one second after it was signed.
    fn verify(&self, parsed: &Parsed, key: &PublicKey, body: Option<&[u8]>) -> Result<(), Error> {
        let headers: Headers<'_> = self
            .fields
            .iter()
            .map(|(n, v)| (*n, v.as_bytes()))
            .collect();
        let request = VerifyRequest {
            method: self.method,
            path_and_query: self.target,
            host: self.authority,
            headers: &headers,
            body,
        };
        let now = DateTime::from_timestamp(parsed.created + 1, 0).unwrap();
        verify(
            parsed,
            Scheme::Https,
            &request,
            key,
            now,
            &Policy::default(),
        )
    }
}

fn signed(input: &str, signature: &str) -> Parsed {
    let (label, _) = input.split_once('=').unwrap();
    parse(input, &format!("{label}=:{signature}:"), Body::Digested).unwrap()
}

fn ed25519() -> PublicKey {
    PublicKey::from_pem(cast::RFC9421_ED25519_PUBLIC).unwrap()
}

fn rsa() -> PublicKey {
    let modulus = URL_SAFE_NO_PAD.decode(cast::RFC9421_RSA_MODULUS).unwrap();
    let modulus = rsa::BigUint::from_bytes_be(&modulus);
    let key = rsa::RsaPublicKey::new(modulus, rsa::BigUint::from(65537_u32)).unwrap();
    PublicKey::from_pem(&key.to_public_key_pem(LineEnding::LF).unwrap()).unwrap()
}

/// B.2.1, B.2.3 and B.2.5 are signed with algorithms that are not spoken here; what is signed is the same for all.
#[test]
fn the_bases_of_appendix_b2() {
    let minimal =
        r#"sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd""#;
    assert_eq!(
        B2.text(minimal),
        r#""@signature-params": ();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd""#
    );
    let full = r#"sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss""#;
    assert_eq!(
        B2.text(full),
        format!(
            r#""date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@query": ?param=Value&Pet=dog
"@authority": example.com
"content-type": application/json
"content-digest": {DIGEST}
"content-length": 18
"@signature-params": {}"#,
            full.strip_prefix("sig-b23=").unwrap()
        )
    );
    let hmac = r#"sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#;
    assert_eq!(
        B2.text(hmac),
        r#""date": Tue, 20 Apr 2021 02:07:55 GMT
"@authority": example.com
"content-type": application/json
"@signature-params": ("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#
    );
    assert_eq!(
        B2.text(B26),
        r#""date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#
    );
}

#[test]
fn the_vectors_of_b22_and_b24_are_named_unsupported() {
    for (input, component) in [
        (
            r#"sig-b22=("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example""#,
            "@query-param",
        ),
        (
            r#"sig-b24=("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256""#,
            "@status",
        ),
    ] {
        let (label, _) = input.split_once('=').unwrap();
        let error = parse(input, &format!("{label}=:AAAA:"), Body::Digested).unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)));
        assert!(error.to_string().contains(component), "{error}");
    }
}

#[test]
fn b26_ed25519_is_verified_and_made() {
    let parsed = signed(B26, B26_SIGNATURE);
    let base = B2.base(&parsed).unwrap();
    assert_eq!(ed25519().verify(&base, &parsed.signature), Ok(()));
    let private = PrivateKey::from_pem(cast::RFC9421_ED25519_PRIVATE).unwrap();
    assert_eq!(BASE64.encode(private.sign(&base).unwrap()), B26_SIGNATURE);

    // It covers neither the query nor the body, so it is good only for a request without them.
    assert_eq!(
        B2.verify(&parsed, &ed25519(), None),
        Err(Error::Unsigned("@query"))
    );
    let shorter = Vector {
        target: "/foo",
        ..B2
    };
    assert_eq!(shorter.verify(&parsed, &ed25519(), None), Ok(()));
    assert_eq!(
        shorter.verify(&parsed, &ed25519(), Some(b"{\"hello\": \"world\"}")),
        Err(Error::Unsigned("content-digest"))
    );
}

/// The one `rsa-v1_5-sha256` signature of the RFC, which a proxy makes in section 4.3.
#[test]
fn the_proxy_of_section_4_3_is_verified() {
    let input = r#"proxy_sig=("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540"#;
    let parsed = signed(
        input,
        "S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==",
    );
    let forwarded = [
        &FIELDS[1..],
        &[("Forwarded", "for=192.0.2.123;host=example.com;proto=https")],
    ]
    .concat();
    let request = Vector {
        authority: "origin.host.internal.example",
        target: "/foo",
        fields: &forwarded,
        ..B2
    };
    let body = b"{\"hello\": \"world\"}";
    assert_eq!(request.verify(&parsed, &rsa(), Some(body)), Ok(()));
    assert_eq!(
        request.verify(&parsed, &rsa(), Some(b"{}")),
        Err(Error::BadDigest)
    );
    assert_eq!(
        B2.verify(&parsed, &rsa(), Some(body)),
        Err(Error::Unsigned("@query"))
    );
    assert_eq!(
        request.verify(&parsed, &ed25519(), Some(body)),
        Err(Error::KeyKind(ed25519().algorithm()))
    );
}

/// Appendix B.4: what may and what may not happen to a request on its way.
#[test]
fn the_transformations_of_appendix_b4() {
    let parsed = signed(
        r#"transform=("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519""#,
        "ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA==",
    );
    let original = Vector {
        method: "GET",
        authority: "example.org",
        target: "/demo?name1=Value1&Name2=value2",
        fields: &[("Accept", "application/json"), ("Accept", "*/*")],
    };
    let good = |vector: &Vector<'_>| {
        let base = vector.base(&parsed).unwrap();
        ed25519().verify(&base, &parsed.signature).is_ok()
    };
    assert!(good(&original));
    assert!(good(&Vector {
        target: "/demo?name1=Value1&Name2=value2&param=added",
        fields: &[
            ("Accept-Language", "en-US,en;q=0.5"),
            ("Accept", "application/json"),
            ("Accept", "*/*")
        ],
        ..original
    }));
    assert!(good(&Vector {
        fields: &[
            ("Referer", "https://developer.example.org/demo"),
            ("Accept", "application/json, */*")
        ],
        ..original
    }));
    assert!(!good(&Vector {
        method: "POST",
        authority: "example.com",
        ..original
    }));
    assert!(!good(&Vector {
        fields: &[("Accept", "*/*"), ("Accept", "application/json")],
        ..original
    }));
    // The query of all of them is unsigned, which the RFC leaves to the application: it is refused here.
    assert_eq!(
        original.verify(&parsed, &ed25519(), None),
        Err(Error::Unsigned("@query"))
    );
}
