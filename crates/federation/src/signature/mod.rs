//! HTTP signatures: made, read and verified. No I/O and no clock here: keys are fetched, and `now` is known, elsewhere.
//!
//! Two forms are spoken: draft-cavage-http-signatures-12 in the dialect of the fediverse, and RFC 9421. A received signature is
//! a [`Signature`], one variant per form; what follows from it is the same for every form.

mod algorithm;
pub(crate) mod base58;
#[cfg(test)]
pub(crate) mod cast;
pub mod cavage;
pub mod content_digest;
pub mod digest;
mod error;
mod headers;
mod key_id;
mod keys;
mod policy;
mod request;
pub mod rfc9421;
mod structured;

pub use algorithm::Algorithm;
pub use error::Error;
pub use headers::Headers;
pub use key_id::{KeyId, Owner, same_host};
pub use keys::{KeyPems, PrivateKey, PublicKey};
pub use policy::Policy;
pub use request::{Scheme, SignRequest, VerifyRequest};

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

/// Written with padding, read with or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A signature as received, by its form. Read, but not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    Cavage(cavage::Parsed),
    Rfc9421(rfc9421::Parsed),
}

impl Signature {
    /// Finds the signature of a request. With a `Signature-Input` it is one of RFC 9421, good or bad: there is no falling back
    /// to the older form, which covers less. Without, it is in the `Signature` header, or else in `Authorization: Signature …`.
    pub fn from_headers(headers: &Headers<'_>) -> Result<Self, Error> {
        if let Some(input) = headers.text("signature-input")? {
            let signature = headers.text("signature")?.ok_or(Error::Malformed(
                "there is a `Signature-Input` header but no `Signature`",
            ))?;
            let body = match headers.get("content-digest") {
                Some(_) => rfc9421::Body::Digested,
                None => rfc9421::Body::Undigested,
            };
            return rfc9421::parse(&input, &signature, body).map(Self::Rfc9421);
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
        KeyId::parse(self.key_name())
    }

    /// The key id to the letter, as the owner's document must spell it.
    pub fn key_name(&self) -> &str {
        match self {
            Self::Cavage(parsed) => &parsed.key_id,
            Self::Rfc9421(parsed) => &parsed.key_id,
        }
    }

    /// Is the header among what was signed? Its value is then as good as the signature.
    pub fn covers(&self, header: &str) -> bool {
        match self {
            Self::Cavage(parsed) => parsed
                .headers
                .iter()
                .any(|name| name.eq_ignore_ascii_case(header)),
            Self::Rfc9421(parsed) => parsed
                .components
                .contains(&rfc9421::Component::Field(header.to_ascii_lowercase())),
        }
    }

    /// Everything there is to check about a signed request, its body included, on an instance that is reached over https.
    pub fn verify(
        &self,
        request: &VerifyRequest<'_>,
        key: &PublicKey,
        now: DateTime<Utc>,
        policy: &Policy,
    ) -> Result<(), Error> {
        self.verify_over(Scheme::Https, request, key, now, policy)
    }

    /// The same on an instance that is reached over `scheme`, which RFC 9421 signs.
    pub fn verify_over(
        &self,
        scheme: Scheme,
        request: &VerifyRequest<'_>,
        key: &PublicKey,
        now: DateTime<Utc>,
        policy: &Policy,
    ) -> Result<(), Error> {
        match self {
            Self::Cavage(parsed) => cavage::verify(parsed, request, key, now, policy),
            Self::Rfc9421(parsed) => rfc9421::verify(parsed, scheme, request, key, now, policy),
        }
    }

    /// What a verified signature is recognised by when it comes again. Nobody but the owner of the key can make a second
    /// signature of the same request: neither algorithm has another spelling for one. The owner who signs the same request
    /// twice within a second makes the same signature, so this is for requests that change something.
    pub fn fingerprint(&self) -> [u8; 32] {
        let signature = match self {
            Self::Cavage(parsed) => &parsed.signature,
            Self::Rfc9421(parsed) => &parsed.signature,
        };
        Sha256::digest(signature).into()
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

    const INPUT: &str = r#"sig1=("@method" "@path");created=1;keyid="https://b.example/bob#k""#;

    #[test]
    fn an_rfc_9421_signature_comes_first_and_never_second() {
        let both = [
            ("Signature-Input", INPUT),
            ("Signature", "sig1=:AAAA:"),
            ("Authorization", &format!("Signature {CAVAGE}")),
        ];
        let signature = read(&both).unwrap();
        assert!(matches!(signature, Signature::Rfc9421(_)));
        assert_eq!(signature.key_name(), "https://b.example/bob#k");
        for bad in [
            &[("signature-input", INPUT)][..],
            &[("signature-input", INPUT), ("signature", CAVAGE)],
            &[("signature-input", ""), ("signature", CAVAGE)],
            &[
                ("signature-input", INPUT),
                ("signature-input", INPUT),
                ("signature", "sig1=:AAAA:"),
            ],
        ] {
            assert!(matches!(read(bad), Err(Error::Malformed(_))), "{bad:?}");
        }
    }

    #[test]
    fn two_headers_of_one_request_are_one_dictionary() {
        let other = r#"sig2=("@method");created=1;keyid="proxy""#;
        let fields = [
            ("signature-input", other),
            ("signature-input", INPUT),
            ("signature", "sig1=:AAAA:"),
            ("signature", "sig2=:BBBB:"),
        ];
        assert_eq!(read(&fields).unwrap().key_name(), "https://b.example/bob#k");
    }

    #[test]
    fn the_digest_says_which_of_two_signatures_is_meant() {
        let two = format!(
            r#"{INPUT}, sig2=("@method" "@path" "content-digest");created=1;keyid="https://c.example/k""#
        );
        let signed = [
            ("signature-input", two.as_str()),
            ("signature", "sig1=:AAAA:, sig2=:BBBB:"),
        ];
        assert_eq!(read(&signed).unwrap().key_name(), "https://b.example/bob#k");
        let posted = [&signed[..], &[("content-digest", "sha-256=:AAAA:")]].concat();
        assert_eq!(read(&posted).unwrap().key_name(), "https://c.example/k");
    }

    #[test]
    fn two_cavage_signatures_are_refused() {
        assert!(matches!(
            read(&[("signature", CAVAGE), ("signature", CAVAGE)]),
            Err(Error::Malformed(_))
        ));
    }

    #[test]
    fn a_fingerprint_is_that_of_the_bytes_however_they_are_spelled() {
        let cavage = read(&[("signature", CAVAGE)]).unwrap();
        let more = CAVAGE.replace("\"AAAA\"", "\"AAAA\",other=\"x\"");
        let longer = CAVAGE.replace("\"AAAA\"", "\"AAAB\"");
        assert_eq!(
            cavage.fingerprint(),
            read(&[("signature", &more)]).unwrap().fingerprint()
        );
        assert_ne!(
            cavage.fingerprint(),
            read(&[("signature", &longer)]).unwrap().fingerprint()
        );
        let rfc = |signature| {
            read(&[("signature-input", INPUT), ("signature", signature)])
                .unwrap()
                .fingerprint()
        };
        assert_eq!(rfc("sig1=:AA==:"), rfc("sig1=:AA:"));
        assert_ne!(rfc("sig1=:AA==:"), rfc("sig1=:AB8=:"));
    }
}
