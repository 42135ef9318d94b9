//! The two signature algorithms spoken, each the only one for its kind of key. What they compute is in `keys`.

use super::Error;
use std::fmt;

/// Which of the two: an RSA key signs with the one, an Ed25519 key with the other, and neither key ever with anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    RsaV15Sha256,
    Ed25519,
}

impl Algorithm {
    /// Reads a name of the "HTTP Signature Algorithms" registry (RFC 9421, section 6.2.2).
    pub fn parse(name: &str) -> Result<Self, Error> {
        match name {
            "rsa-v1_5-sha256" => Ok(Self::RsaV15Sha256),
            "ed25519" => Ok(Self::Ed25519),
            _ => Err(Error::Unsupported(format!("signature algorithm `{name}`"))),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::RsaV15Sha256 => "rsa-v1_5-sha256",
            Self::Ed25519 => "ed25519",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
