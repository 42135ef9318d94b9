//! Randomness, and what is kept of a secret.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// Where randomness comes from.
#[derive(Debug, Clone, Default)]
pub struct Entropy(());

impl Entropy {
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| Error::Broken("the machine gives no randomness".to_owned()))?;
        Ok(bytes)
    }

    /// 256 random bits as text for a URL, a header or a cookie.
    pub fn token(&self) -> Result<String> {
        Ok(URL_SAFE_NO_PAD.encode(self.bytes::<32>()?))
    }
}

/// What is kept of a token: it has 256 random bits, so a plain hash cannot be turned back.
pub fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

/// RFC 7636, section 4.6: does the verifier fit an S256 challenge?
pub(crate) fn pkce_fits(verifier: &str, challenge: &str) -> bool {
    constant_time_eq(
        hash(verifier).as_bytes(),
        challenge.trim_end_matches('=').as_bytes(),
    )
}

pub fn constant_time_eq(one: &[u8], other: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_fits() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(pkce_fits(
            verifier,
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        ));
        assert!(!pkce_fits(
            verifier,
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN"
        ));
    }

    #[test]
    fn tokens_do_not_repeat() {
        let entropy = Entropy::default();
        assert_ne!(entropy.token().unwrap(), entropy.token().unwrap());
    }
}
