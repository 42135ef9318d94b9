//! HTTP signatures: made, read and verified. No I/O and no clock here: keys are fetched, and `now` is known, elsewhere.
//!
//! The form spoken is draft-cavage-http-signatures-12 in the dialect of the fediverse (RSA PKCS#1 v1.5 with SHA-256). A
//! received signature is a [`Signature`], one variant per form; what follows from it is the same for every form.

#[cfg(test)]
mod cast;
pub mod cavage;
pub mod digest;
mod error;
mod headers;
mod key_id;
mod keys;
mod policy;
mod request;

pub use error::Error;
pub use headers::Headers;
pub use key_id::{KeyId, Owner, same_host};
pub use keys::{KeyPems, PrivateKey, PublicKey};
pub use policy::Policy;
pub use request::{SignRequest, VerifyRequest};

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, Utc};

/// Written with padding, read with or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A signature as received, by its form. Read, but not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    Cavage(cavage::Parsed),
}

impl Signature {
    /// Finds the signature of a request: the `Signature` header, or else `Authorization: Signature …`.
    pub fn from_headers(headers: &Headers<'_>) -> Result<Self, Error> {
        if headers.get("signature-input").is_some() {
            return Err(Error::Unsupported(
                "an RFC 9421 signature (`Signature-Input`)".to_owned(),
            ));
        }
        if let Some(header) = headers.text("signature")? {
            return cavage::parse(&header).map(Self::Cavage);
        }
        match headers.text("authorization")? {
            Some(header) if cavage::is_authorization(&header) => {
                cavage::parse(&header).map(Self::Cavage)
            }
            _ => Err(Error::Missing("signature".to_owned())),
        }
    }

    /// Whose key is needed to verify it.
    pub fn key_id(&self) -> Result<KeyId, Error> {
        match self {
            Self::Cavage(parsed) => KeyId::parse(&parsed.key_id),
        }
    }

    /// Everything there is to check about a signed request, its body included.
    pub fn verify(
        &self,
        request: &VerifyRequest<'_>,
        key: &PublicKey,
        now: DateTime<Utc>,
        policy: &Policy,
    ) -> Result<(), Error> {
        match self {
            Self::Cavage(parsed) => cavage::verify(parsed, request, key, now, policy),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const CAVAGE: &str =
        r#"keyId="https://a.example/ann#k",headers="(request-target) host date",signature="AAAA""#;

    fn read(fields: &[(&str, &str)]) -> Result<Signature, Error> {
        let headers = fields.iter().map(|(n, v)| (*n, v.as_bytes())).collect();
        Signature::from_headers(&headers)
    }

    #[test]
    fn found_in_either_header() {
        let authorization = format!("Signature {CAVAGE}");
        let one = read(&[("Signature", CAVAGE)]).unwrap();
        let other = read(&[("Authorization", &authorization)]).unwrap();
        assert_eq!(one, other);
        assert_eq!(
            one.key_id().unwrap().owner(),
            Owner::Actor("https://a.example/ann".parse().unwrap())
        );
    }

    #[test]
    fn a_bearer_token_is_no_signature() {
        let missing = Err(Error::Missing("signature".to_owned()));
        assert_eq!(read(&[]), missing);
        assert_eq!(read(&[("authorization", "Bearer x")]), missing);
    }

    #[test]
    fn other_forms_and_two_signatures_are_refused() {
        assert!(matches!(
            read(&[("signature-input", "sig1=()"), ("signature", "sig1=:AAAA:")]),
            Err(Error::Unsupported(_))
        ));
        assert!(matches!(
            read(&[("signature", CAVAGE), ("signature", CAVAGE)]),
            Err(Error::Malformed(_))
        ));
    }
}
