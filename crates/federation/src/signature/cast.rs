//! Keys that the tests of this module share, made once per run from fixed seeds. Nothing of it is in the product.
#![allow(clippy::unwrap_used)]

use super::keys::{KeyPems, PrivateKey, PublicKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use std::sync::LazyLock;

pub const ANN_SEED: u64 = 1;

pub struct Cast {
    pub pems: KeyPems,
    pub private: PrivateKey,
    pub public: PublicKey,
}

pub fn ann() -> &'static Cast {
    static ANN: LazyLock<Cast> = LazyLock::new(|| make(ANN_SEED));
    &ANN
}

pub fn bob() -> &'static Cast {
    static BOB: LazyLock<Cast> = LazyLock::new(|| make(2));
    &BOB
}

/// The one with an Ed25519 key.
pub fn eda() -> &'static Cast {
    static EDA: LazyLock<Cast> = LazyLock::new(|| {
        read(KeyPems::generate_ed25519(&mut ChaCha20Rng::seed_from_u64(3)).unwrap())
    });
    &EDA
}

fn make(seed: u64) -> Cast {
    read(KeyPems::generate(&mut ChaCha20Rng::seed_from_u64(seed)).unwrap())
}

fn read(pems: KeyPems) -> Cast {
    let private = PrivateKey::from_pem(&pems.private).unwrap();
    let public = PublicKey::from_pem(&pems.public).unwrap();
    Cast {
        pems,
        private,
        public,
    }
}

/// The padding written out (RFC 8017, section 9.2, note 1), so that the second opinion shares nothing with aws-lc.
pub fn pkcs1v15_sha256() -> rsa::Pkcs1v15Sign {
    let prefix = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x20,
    ];
    rsa::Pkcs1v15Sign {
        hash_len: Some(32),
        prefix: Box::new(prefix),
    }
}

/// The public key of draft-cavage-http-signatures-12, appendix C.
pub const SPEC_PUBLIC_1024: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C3
6rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6
Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJw
oYi+1hqp1fIekaxsyQIDAQAB
-----END PUBLIC KEY-----
";

/// The key `test-key-ed25519` of RFC 9421, appendix B.1.4.
pub const RFC9421_ED25519_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
";
pub const RFC9421_ED25519_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
";
/// The modulus of `test-key-rsa` of RFC 9421, appendix B.1.1, in base64url; its exponent is 65537.
pub const RFC9421_RSA_MODULUS: &str = "hAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrwWEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFqMGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd_QBwVW9OwNFhekro3RtlinV0a75jfZgkne_YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0PuKxI4T-HIaFpv8-rdV6eUgOrB2xeI1dSFFn_nnv5OoZJEIB-VmuKn3DCUcCZSFlQPSXSfBDiUGhwOw76WuSSsf1D4b_vLoJ10w";
