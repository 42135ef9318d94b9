//! RSA keys: read once from PEM, then cheap to clone and share. Where they are stored, cached or fetched is said elsewhere.

use super::{BASE64, Error};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use rsa::pkcs8::{
    EncodePrivateKey as _, EncodePublicKey as _, LineEnding, SecretDocument,
    SubjectPublicKeyInfoRef,
};
use rsa::rand_core::CryptoRngCore;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// What aws-lc verifies (`RSA_PKCS1_2048_8192_SHA256`). Checked on reading, so that a short key is named as such and does
/// not look like a wrong signature.
const KEY_BITS: RangeInclusive<usize> = 2048..=8192;
const GENERATED_BITS: usize = 2048;
/// An 8192-bit key is about 1500 characters.
const MAX_PEM: usize = 8192;

/// The private key of a local actor. `Debug` shows its size only.
#[derive(Clone)]
pub struct PrivateKey(Arc<KeyPair>);

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
        KeyPair::from_pkcs8(der.as_bytes())
            .map(|pair| Self(Arc::new(pair)))
            .map_err(|_| Error::BadKey("not an RSA private key of 2048 to 8192 bits"))
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256. About a millisecond of CPU: not for an async worker thread in bulk.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        // The random source is a formality of the signature: this padding is deterministic and aws-lc ignores it.
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(|_| Error::BadKey("signing failed"))?;
        Ok(signature)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PrivateKey(RSA, {} bits)",
            self.0.public_modulus_len() * 8
        )
    }
}

/// The public key of an actor, ready to verify with.
#[derive(Clone)]
pub struct PublicKey(Arc<ParsedPublicKey>);

impl PublicKey {
    /// Reads an SPKI (`BEGIN PUBLIC KEY`) or PKCS#1 (`BEGIN RSA PUBLIC KEY`) PEM of 2048 to 8192 bits.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let (format, der) = unarmor(pem)?;
        match format {
            Format::Pkcs1 => Self::from_pkcs1(&der),
            Format::Spki => {
                let info = SubjectPublicKeyInfoRef::try_from(der.as_slice())
                    .map_err(|_| Error::BadKey("the public key is not SPKI"))?;
                if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
                    return Err(Error::BadKey("the public key is not an RSA key"));
                }
                let key = info
                    .subject_public_key
                    .as_bytes()
                    .ok_or(Error::BadKey("the public key is not SPKI"))?;
                Self::from_pkcs1(key)
            }
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
        components
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map(|key| Self(Arc::new(key)))
            .map_err(|_| Error::BadKey("the public key is not a valid RSA key"))
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.0
            .verify_sig(message, signature)
            .map_err(|_| Error::BadSignature)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(RSA)")
    }
}

/// A new key pair as text to be stored. No `Debug`, so that it cannot be logged by accident.
pub struct KeyPems {
    /// PKCS#8.
    pub private: String,
    /// SPKI, as actor documents publish it.
    pub public: String,
}

impl KeyPems {
    /// Makes an RSA-2048 key pair, the size every peer reads. Takes hundreds of milliseconds of CPU.
    pub fn generate<R: CryptoRngCore + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        let key = rsa::RsaPrivateKey::new(rng, GENERATED_BITS)
            .map_err(|_| Error::BadKey("generating a key failed"))?;
        let private = key
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| Error::BadKey("writing the private key failed"))?;
        let public = key
            .to_public_key()
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| Error::BadKey("writing the public key failed"))?;
        Ok(Self {
            private: private.to_string(),
            public,
        })
    }
}

enum Format {
    Spki,
    Pkcs1,
}

/// PEM to DER. Lenient about line lengths and line ends, which peers write in many ways and a strict reader refuses.
fn unarmor(pem: &str) -> Result<(Format, Vec<u8>), Error> {
    const BROKEN: Error = Error::BadKey("the public key is not PEM");
    if pem.len() > MAX_PEM {
        return Err(Error::BadKey("the public key is too long"));
    }
    let (_, rest) = pem.split_once("-----BEGIN ").ok_or(BROKEN)?;
    let (label, rest) = rest.split_once("-----").ok_or(BROKEN)?;
    let format = match label {
        "PUBLIC KEY" => Format::Spki,
        "RSA PUBLIC KEY" => Format::Pkcs1,
        _ => {
            return Err(Error::BadKey(
                "the public key is neither `BEGIN PUBLIC KEY` nor `BEGIN RSA PUBLIC KEY`",
            ));
        }
    };
    let (base64, end) = rest.split_once("-----END ").ok_or(BROKEN)?;
    if end
        .split_once("-----")
        .is_none_or(|(name, _)| name != label)
    {
        return Err(BROKEN);
    }
    let base64: String = base64.split_ascii_whitespace().collect();
    let der = BASE64.decode(base64).map_err(|_| BROKEN)?;
    Ok((format, der))
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
