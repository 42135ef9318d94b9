//! Keys against the `rsa` crate as a second opinion, and the shapes of PEM that peers publish.
#![allow(clippy::unwrap_used)]

use super::pem::MAX_PEM;
use super::*;
use crate::signature::cast::{self, Cast};
use base64::Engine as _;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rsa::pkcs1::EncodeRsaPublicKey as _;
use rsa::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, LineEnding,
};
use sha2::{Digest as _, Sha256};

#[test]
fn signs_what_rsa_verifies_and_the_reverse() {
    let Cast {
        pems,
        private,
        public,
        ..
    } = cast::ann();
    let message = b"(request-target): post /inbox";
    let hash = Sha256::digest(message);

    let ours = private.sign(message).unwrap();
    let their_public = rsa::RsaPublicKey::from_public_key_pem(&pems.public).unwrap();
    their_public
        .verify(cast::pkcs1v15_sha256(), &hash, &ours)
        .unwrap();

    let their_private = rsa::RsaPrivateKey::from_pkcs8_pem(&pems.private).unwrap();
    let theirs = their_private.sign(cast::pkcs1v15_sha256(), &hash).unwrap();
    assert_eq!(public.verify(message, &theirs), Ok(()));
    assert_eq!(ours, theirs);
}

#[test]
fn another_message_or_signature_or_key_fails() {
    let ann = cast::ann();
    let signature = ann.private.sign(b"message").unwrap();
    assert_eq!(ann.public.verify(b"message", &signature), Ok(()));
    assert_eq!(
        ann.public.verify(b"massage", &signature),
        Err(Error::BadSignature)
    );
    assert_eq!(
        cast::bob().public.verify(b"message", &signature),
        Err(Error::BadSignature)
    );
    assert_eq!(ann.public.verify(b"message", b""), Err(Error::BadSignature));
    for at in [0, 100, signature.len() - 1] {
        let mut flipped = signature.clone();
        *flipped.get_mut(at).unwrap() ^= 1;
        assert_eq!(
            ann.public.verify(b"message", &flipped),
            Err(Error::BadSignature)
        );
    }
}

#[test]
fn reads_every_shape_of_public_pem() {
    let ann = cast::ann();
    let signature = ann.private.sign(b"m").unwrap();
    let spki = &ann.pems.public;
    let pkcs1 = rsa::RsaPublicKey::from_public_key_pem(spki)
        .unwrap()
        .to_pkcs1_pem(LineEnding::CRLF)
        .unwrap();
    let body: String = spki
        .lines()
        .filter(|line| !line.starts_with("---"))
        .collect();
    for pem in [
        spki.clone(),
        pkcs1,
        spki.replace('\n', "\r\n"),
        format!("\n  {}  \n\n", spki.trim()),
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----"),
        format!("-----BEGIN PUBLIC KEY-----{body}-----END PUBLIC KEY-----"),
    ] {
        let key = PublicKey::from_pem(&pem).unwrap();
        assert_eq!(key.verify(b"m", &signature), Ok(()), "{pem}");
    }
}

#[test]
fn refuses_what_is_no_usable_public_key() {
    let ann = cast::ann();
    // RFC 9421, appendix B.1.3.
    let p256 = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf\nw0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==\n-----END PUBLIC KEY-----";
    let short = cast::RFC9421_ED25519_PUBLIC.replace("MCowBQYDK2VwAyEA", "MCkwBQYDK2VwAyAA");
    let short = short.replace("c5D0bs=", "c5D0Q==");
    let cases = [
        ("", "not PEM"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA", "not PEM"),
        (
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----",
            "not PEM",
        ),
        (
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
            "not SPKI",
        ),
        (
            "-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----",
            "not PKCS#1",
        ),
        (p256, "neither an RSA nor an Ed25519"),
        (&short, "not"),
        (cast::SPEC_PUBLIC_1024, "2048 to 8192"),
        (&ann.pems.private, "neither"),
        (&"x".repeat(MAX_PEM + 1), "too long"),
    ];
    for (pem, says) in cases {
        let error = PublicKey::from_pem(pem).unwrap_err();
        assert!(matches!(error, Error::BadKey(_)), "{error}");
        assert!(error.to_string().contains(says), "{pem}: {error}");
    }
}

#[test]
fn refuses_what_is_no_private_key() {
    let ann = cast::ann();
    for pem in ["", "nonsense", ann.pems.public.as_str()] {
        assert!(matches!(PrivateKey::from_pem(pem), Err(Error::BadKey(_))));
    }
    let short = rsa::RsaPrivateKey::new(&mut ChaCha20Rng::seed_from_u64(7), 1024)
        .unwrap()
        .to_pkcs8_pem(LineEnding::LF)
        .unwrap();
    assert!(matches!(
        PrivateKey::from_pem(&short),
        Err(Error::BadKey(_))
    ));
}

#[test]
fn one_seed_makes_one_key_and_another_another() {
    let ann = cast::ann();
    let again = KeyPems::generate(&mut ChaCha20Rng::seed_from_u64(cast::ANN_SEED)).unwrap();
    assert_eq!(again.private, ann.pems.private);
    assert_ne!(cast::bob().pems.public, ann.pems.public);
    assert!(
        ann.pems
            .private
            .starts_with("-----BEGIN PRIVATE KEY-----\n")
    );
    assert!(ann.pems.public.starts_with("-----BEGIN PUBLIC KEY-----\n"));
}

#[test]
fn debug_shows_no_key() {
    let ann = cast::ann();
    assert_eq!(format!("{:?}", ann.private), "PrivateKey(RSA, 2048 bits)");
    assert_eq!(format!("{:?}", ann.public), "PublicKey(RSA)");
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".{0,300}", der: Vec<u8>) {
        let _ = PublicKey::from_pem(&text);
        let body = BASE64.encode(&der);
        for label in ["PUBLIC KEY", "RSA PUBLIC KEY"] {
            let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
            prop_assert!(PublicKey::from_pem(&pem).is_err());
        }
    }
}
