//! Keys, RSA and Ed25519: read once, then cheap to clone and share. Where they are stored, cached or fetched is said elsewhere.

mod multikey;
mod pem;
mod pems;

pub use pems::KeyPems;

use super::{Algorithm, BASE64, Error};
use aws_lc_rs::hkdf;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{
    ED25519, Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, RsaPublicKeyComponents,
};
use pem::{Format, unarmor};
use rsa::pkcs8::{ObjectIdentifier, PrivateKeyInfo, SecretDocument, SubjectPublicKeyInfoRef};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// What aws-lc verifies (`RSA_PKCS1_2048_8192_SHA256`). Checked on reading, so that a short key is named as such and does
/// not look like a wrong signature.
const KEY_BITS: RangeInclusive<usize> = 2048..=8192;
/// RFC 8410, section 3.
const ED25519_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ED25519_LEN: usize = 32;

/// The private key of a local actor. `Debug` shows its kind and size only.
#[derive(Clone)]
pub struct PrivateKey(Arc<Pair>);

enum Pair {
    Rsa(KeyPair),
    Ed25519(Ed25519KeyPair),
}

impl PrivateKey {
    /// Reads a PKCS#8 PEM (`BEGIN PRIVATE KEY`).
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let (label, der) = SecretDocument::from_pem(pem)
            .map_err(|_| Error::BadKey("the private key is not PEM"))?;
        if label != "PRIVATE KEY" {
            return Err(Error::BadKey(
                "the private key is not PKCS#8 (`BEGIN PRIVATE KEY`)",
            ));
        }
        let info = PrivateKeyInfo::try_from(der.as_bytes())
            .map_err(|_| Error::BadKey("the private key is not PKCS#8"))?;
        let pair = match info.algorithm.oid {
            rsa::pkcs1::ALGORITHM_OID => KeyPair::from_pkcs8(der.as_bytes())
                .map(Pair::Rsa)
                .map_err(|_| Error::BadKey("not an RSA private key of 2048 to 8192 bits"))?,
            ED25519_OID => Ed25519KeyPair::from_pkcs8(der.as_bytes())
                .map(Pair::Ed25519)
                .map_err(|_| Error::BadKey("not an Ed25519 private key"))?,
            _ => {
                return Err(Error::BadKey(
                    "the private key is neither an RSA nor an Ed25519 key",
                ));
            }
        };
        Ok(Self(Arc::new(pair)))
    }

    /// The Ed25519 key of an actor, made from the one that it has (RFC 5869): nothing more has to be kept, and a new RSA key
    /// brings a new Ed25519 key with it.
    pub fn ed25519_beside(private_pem: &str) -> Result<Self, Error> {
        const FAILED: Error = Error::BadKey("no Ed25519 key can be made from the private key");
        let key = hkdf::Salt::new(hkdf::HKDF_SHA256, b"kontor actor key")
            .extract(private_pem.trim().as_bytes());
        let mut seed = [0; ED25519_LEN];
        key.expand(&[b"ed25519 1"], hkdf::HKDF_SHA256)
            .and_then(|made| made.fill(&mut seed))
            .map_err(|_| FAILED)?;
        Self::ed25519_from_seed(&seed)
    }

    /// RFC 8032, section 5.1.5.
    pub(crate) fn ed25519_from_seed(seed: &[u8]) -> Result<Self, Error> {
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map(|pair| Self(Arc::new(Pair::Ed25519(pair))))
            .map_err(|_| Error::BadKey("not the seed of an Ed25519 key"))
    }

    /// The only one this key signs with.
    pub fn algorithm(&self) -> Algorithm {
        match &*self.0 {
            Pair::Rsa(_) => Algorithm::RsaV15Sha256,
            Pair::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// With RSA about a millisecond of CPU: not for an async worker thread in bulk. With Ed25519 a fiftieth of it.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        const FAILED: Error = Error::BadKey("signing failed");
        match &*self.0 {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                // The random source is a formality of the signature: this padding is deterministic and aws-lc ignores it.
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )
                .map_err(|_| FAILED)?;
                Ok(signature)
            }
            Pair::Ed25519(pair) => {
                let signature = pair.try_sign(message).map_err(|_| FAILED)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    /// The other half of an Ed25519 key as a Multikey ([`PublicKey::to_multibase`]); `None` for an RSA key, which actors
    /// publish as PEM.
    pub fn public_multibase(&self) -> Option<String> {
        match &*self.0 {
            Pair::Rsa(_) => None,
            Pair::Ed25519(pair) => multikey::write(pair.public_key().as_ref()),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Pair::Rsa(pair) => write!(f, "PrivateKey(RSA, {} bits)", pair.public_modulus_len() * 8),
            Pair::Ed25519(_) => f.write_str("PrivateKey(Ed25519)"),
        }
    }
}

/// The public key of an actor, ready to verify with.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: Algorithm,
    key: Arc<ParsedPublicKey>,
}

impl PublicKey {
    /// Reads an SPKI (`BEGIN PUBLIC KEY`) PEM of an RSA key of 2048 to 8192 bits or of an Ed25519 key, or a PKCS#1
    /// (`BEGIN RSA PUBLIC KEY`) PEM.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let (format, der) = unarmor(pem)?;
        match format {
            Format::Pkcs1 => Self::from_pkcs1(&der),
            Format::Spki => {
                let info = SubjectPublicKeyInfoRef::try_from(der.as_slice())
                    .map_err(|_| Error::BadKey("the public key is not SPKI"))?;
                let key = info
                    .subject_public_key
                    .as_bytes()
                    .ok_or(Error::BadKey("the public key is not SPKI"))?;
                match info.algorithm.oid {
                    rsa::pkcs1::ALGORITHM_OID => Self::from_pkcs1(key),
                    ED25519_OID => Self::from_ed25519(key),
                    _ => Err(Error::BadKey(
                        "the public key is neither an RSA nor an Ed25519 key",
                    )),
                }
            }
        }
    }

    /// Reads the `publicKeyMultibase` of a Multikey (FEP-521a): an Ed25519 key in base58btc.
    pub fn from_multibase(text: &str) -> Result<Self, Error> {
        Self::from_ed25519(&multikey::read(text)?)
    }

    /// The `publicKeyMultibase` of an Ed25519 key; `None` for an RSA key, which actors publish as PEM.
    pub fn to_multibase(&self) -> Option<String> {
        match self.algorithm {
            Algorithm::RsaV15Sha256 => None,
            Algorithm::Ed25519 => multikey::write((*self.key).as_ref()),
        }
    }

    fn from_pkcs1(der: &[u8]) -> Result<Self, Error> {
        let key = rsa::pkcs1::RsaPublicKey::try_from(der)
            .map_err(|_| Error::BadKey("the public key is not PKCS#1"))?;
        let components = RsaPublicKeyComponents {
            n: key.modulus.as_bytes(),
            e: key.public_exponent.as_bytes(),
        };
        if !KEY_BITS.contains(&bits(components.n)) {
            return Err(Error::BadKey("the public key has not 2048 to 8192 bits"));
        }
        let key = components
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| Error::BadKey("the public key is not a valid RSA key"))?;
        Ok(Self {
            algorithm: Algorithm::RsaV15Sha256,
            key: Arc::new(key),
        })
    }

    fn from_ed25519(bytes: &[u8]) -> Result<Self, Error> {
        const INVALID: Error = Error::BadKey("the public key is not a valid Ed25519 key");
        // aws-lc would read an SPKI here too.
        if bytes.len() != ED25519_LEN {
            return Err(INVALID);
        }
        let key = ParsedPublicKey::new(&ED25519, bytes).map_err(|_| INVALID)?;
        Ok(Self {
            algorithm: Algorithm::Ed25519,
            key: Arc::new(key),
        })
    }

    /// The only one this key verifies. A signature that names another is not this key's, whatever its bytes.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// By the key's own algorithm.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.key
            .verify_sig(message, signature)
            .map_err(|_| Error::BadSignature)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.algorithm {
            Algorithm::RsaV15Sha256 => "PublicKey(RSA)",
            Algorithm::Ed25519 => "PublicKey(Ed25519)",
        })
    }
}

/// The bit length of a big-endian number without leading zero bytes.
fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| {
        let unused = usize::try_from(first.leading_zeros()).unwrap_or_default();
        (number.len() * 8).saturating_sub(unused)
    })
}

#[cfg(test)]
mod tests;
