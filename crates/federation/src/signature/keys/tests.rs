//! Keys against the `rsa` crate as a second opinion, and the shapes in which peers publish them.
#![allow(clippy::unwrap_used)]

use super::pem::MAX_PEM;
use super::*;
use crate::signature::cast::{self, Cast};
use base64::Engine as _;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rsa::pkcs1::EncodeRsaPublicKey as _;
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, LineEnding};
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
    let eda = cast::eda();
    assert_eq!(format!("{:?}", eda.private), "PrivateKey(Ed25519)");
    assert_eq!(format!("{:?}", eda.public), "PublicKey(Ed25519)");
}

#[test]
fn ed25519_keys_sign_and_verify() {
    let eda = cast::eda();
    assert_eq!(eda.private.algorithm(), Algorithm::Ed25519);
    assert_eq!(eda.public.algorithm(), Algorithm::Ed25519);
    let signature = eda.private.sign(b"message").unwrap();
    assert_eq!(signature.len(), 64);
    assert_eq!(eda.public.verify(b"message", &signature), Ok(()));
    assert_eq!(
        eda.public.verify(b"massage", &signature),
        Err(Error::BadSignature)
    );
    for length in [0, 63, 65] {
        let mut other = signature.clone();
        other.resize(length, 0);
        assert_eq!(
            eda.public.verify(b"message", &other),
            Err(Error::BadSignature)
        );
    }
    let by_ann = cast::ann().private.sign(b"message").unwrap();
    assert_eq!(
        eda.public.verify(b"message", &by_ann),
        Err(Error::BadSignature)
    );
    assert_eq!(
        cast::ann().public.verify(b"message", &signature),
        Err(Error::BadSignature)
    );
}

/// S and S + L are the same number to the curve (RFC 8032, section 8.4): the second must not pass for another signature.
#[test]
fn an_ed25519_signature_has_one_spelling() {
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut signature = cast::eda().private.sign(b"message").unwrap();
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        carry += u16::from(*byte) + u16::from(add);
        *byte = u8::try_from(carry % 256).unwrap();
        carry /= 256;
    }
    assert_eq!(carry, 0);
    assert_eq!(
        cast::eda().public.verify(b"message", &signature),
        Err(Error::BadSignature)
    );
}

/// RFC 9421, appendix B.1.4, in every form it can come in.
#[test]
fn reads_published_ed25519_keys() {
    let private = PrivateKey::from_pem(cast::RFC9421_ED25519_PRIVATE).unwrap();
    let public = PublicKey::from_pem(cast::RFC9421_ED25519_PUBLIC).unwrap();
    let signature = private.sign(b"m").unwrap();
    assert_eq!(public.verify(b"m", &signature), Ok(()));
    let multibase = public.to_multibase().unwrap();
    assert!(multibase.starts_with("z6Mk"), "{multibase}");
    assert_eq!(private.public_multibase().unwrap(), multibase);
    let again = PublicKey::from_multibase(&multibase).unwrap();
    assert_eq!(again.verify(b"m", &signature), Ok(()));
    assert_eq!(again.algorithm(), Algorithm::Ed25519);
    let one_line = cast::RFC9421_ED25519_PUBLIC.replace('\n', "");
    assert!(PublicKey::from_pem(&one_line).is_ok());
}

#[test]
fn rsa_keys_are_no_multikeys_here() {
    assert_eq!(cast::ann().public.to_multibase(), None);
    assert_eq!(cast::ann().private.public_multibase(), None);
    assert!(matches!(
        PublicKey::from_multibase(&cast::ann().pems.public),
        Err(Error::BadKey(_))
    ));
}

#[test]
fn ed25519_keys_are_made_from_the_randomness_given() {
    let generate = |seed| KeyPems::generate_ed25519(&mut ChaCha20Rng::seed_from_u64(seed)).unwrap();
    let (one, same, other) = (generate(1), generate(1), generate(2));
    assert_eq!(one.private, same.private);
    assert_eq!(one.public, same.public);
    assert_ne!(one.public, other.public);
    assert!(one.private.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(one.public.starts_with("-----BEGIN PUBLIC KEY-----\n"));
    // 48 bytes: the first version of PKCS#8, as OpenSSL writes it.
    assert_eq!(one.private.lines().nth(1).unwrap().len(), 64);
    let private = PrivateKey::from_pem(&one.private).unwrap();
    let public = PublicKey::from_pem(&one.public).unwrap();
    assert_eq!(public.verify(b"m", &private.sign(b"m").unwrap()), Ok(()));
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".{0,300}", der: Vec<u8>) {
        let _ = PublicKey::from_pem(&text);
        let _ = PublicKey::from_multibase(&text);
        let _ = PrivateKey::from_pem(&text);
        let body = BASE64.encode(&der);
        for label in ["PUBLIC KEY", "RSA PUBLIC KEY"] {
            let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
            prop_assert!(PublicKey::from_pem(&pem).is_err());
        }
    }
}
