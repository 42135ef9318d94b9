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

fn make(seed: u64) -> Cast {
    let pems = KeyPems::generate(&mut ChaCha20Rng::seed_from_u64(seed)).unwrap();
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
