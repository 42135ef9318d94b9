//! New key pairs, made from randomness that is given and written as text to be stored.

use super::{Ed25519KeyPair, Error};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::signature::KeyPair as _;
use rsa::pkcs8::{
    Document, EncodePrivateKey as _, EncodePublicKey as _, LineEnding, SecretDocument,
};
use rsa::rand_core::CryptoRngCore;

const GENERATED_BITS: usize = 2048;
const UNWRITTEN_PRIVATE: Error = Error::BadKey("writing the private key failed");
const UNWRITTEN_PUBLIC: Error = Error::BadKey("writing the public key failed");

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
            .map_err(|_| UNWRITTEN_PRIVATE)?;
        let public = key
            .to_public_key()
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| UNWRITTEN_PUBLIC)?;
        Ok(Self {
            private: private.to_string(),
            public,
        })
    }

    /// Makes an Ed25519 key pair, for the peers that read one. Takes microseconds.
    pub fn generate_ed25519<R: CryptoRngCore + ?Sized>(rng: &mut R) -> Result<Self, Error> {
        let mut seed = [0; 32];
        rng.try_fill_bytes(&mut seed)
            .map_err(|_| Error::BadKey("there is no randomness for a key"))?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|_| Error::BadKey("generating a key failed"))?;
        // The first version of PKCS#8: the second, with the public key in it, is not read everywhere.
        let der = pair.to_pkcs8v1().map_err(|_| UNWRITTEN_PRIVATE)?;
        let private = SecretDocument::try_from(der.as_ref())
            .and_then(|document| document.to_pem("PRIVATE KEY", LineEnding::LF))
            .map_err(|_| UNWRITTEN_PRIVATE)?;
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| UNWRITTEN_PUBLIC)?;
        let public = Document::try_from(der.as_ref())
            .and_then(|document| document.to_pem("PUBLIC KEY", LineEnding::LF))
            .map_err(|_| UNWRITTEN_PUBLIC)?;
        Ok(Self {
            private: private.to_string(),
            public,
        })
    }
}
