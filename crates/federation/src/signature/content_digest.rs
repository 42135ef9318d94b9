//! The `Content-Digest` header (RFC 9530): what RFC 9421 signs in the place of a body. The older `Digest` is in `digest`.

use super::{BASE64, Error, structured};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::Engine as _;
use sfv::{BareItem, ListEntry};

/// The value of a `Content-Digest` header for this body. One algorithm: the one that every peer reads.
pub fn sha256(body: &[u8]) -> String {
    format!("sha-256=:{}:", BASE64.encode(digest(&SHA256, body)))
}

/// The same hash in the spelling of `Content-Digest`, so that a body is hashed once for both forms of signature.
pub(super) fn from_digest(header: &str) -> Result<String, Error> {
    let hash = header
        .strip_prefix("SHA-256=")
        .filter(|hash| BASE64.decode(hash).is_ok_and(|bytes| bytes.len() == 32))
        .ok_or(Error::Malformed(
            "the digest of a request to be signed is not one SHA-256",
        ))?;
    Ok(format!("sha-256=:{hash}:"))
}

/// Checks a received `Content-Digest` header. Every SHA-256 and SHA-512 in it must match and one of them must be there;
/// other algorithms are passed over.
pub fn verify(header: &str, body: &[u8]) -> Result<(), Error> {
    let mut proven = false;
    // Each key stands there once, so the body is hashed at most twice.
    for (name, entry) in structured::dictionary(header)? {
        let algorithm = match name.as_str() {
            "sha-256" => &SHA256,
            "sha-512" => &SHA512,
            _ => continue,
        };
        let ListEntry::Item(item) = entry else {
            return Err(NO_BYTES);
        };
        let BareItem::ByteSequence(claimed) = item.bare_item else {
            return Err(NO_BYTES);
        };
        verify_slices_are_equal(digest(algorithm, body).as_ref(), &claimed)
            .map_err(|_| Error::BadDigest)?;
        proven = true;
    }
    if proven {
        Ok(())
    } else {
        Err(Error::Unsupported(
            "a `Content-Digest` without sha-256 or sha-512".to_owned(),
        ))
    }
}

const NO_BYTES: Error =
    Error::Malformed("the `Content-Digest` header has a hash that is no byte sequence");

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::signature::digest;
    use proptest::prelude::*;

    /// RFC 9530, appendix D: the body is followed by a line feed.
    const BODY: &[u8] = b"{\"hello\": \"world\"}\n";
    const SHA_256: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    /// RFC 9421, appendix B.2, where no line feed follows.
    const BODY_9421: &[u8] = b"{\"hello\": \"world\"}";
    const SHA_512: &str = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";

    #[test]
    fn computes_the_published_value() {
        assert_eq!(sha256(BODY), SHA_256);
        assert_eq!(from_digest(&digest::sha256(BODY)).unwrap(), SHA_256);
    }

    #[test]
    fn reads_every_shape_peers_send() {
        let both = format!("{}, {SHA_512}", sha256(BODY_9421));
        for header in [
            SHA_512,
            &both,
            &format!("unixsum=1234,  {SHA_512};x=1"),
            &format!("md5=:HUXZLQLMuI/KZ5KDcJPcOA==:,{both}"),
            &SHA_512.replace("==:", ":"),
        ] {
            assert_eq!(verify(header, BODY_9421), Ok(()), "{header}");
        }
    }

    #[test]
    fn every_supported_hash_must_match() {
        let other = sha256(b"another body");
        for header in [
            other.as_str(),
            SHA_256,
            "sha-256=::",
            &format!("{SHA_512}, {other}"),
            &format!("{other}, {SHA_512}"),
            &SHA_512.replacen("WZ", "WA", 1),
        ] {
            assert_eq!(verify(header, BODY_9421), Err(Error::BadDigest), "{header}");
        }
    }

    #[test]
    fn refuses_what_proves_nothing() {
        for header in ["", "md5=:HUXZLQLMuI/KZ5KDcJPcOA==:", "sha=:AAAA:"] {
            assert!(
                matches!(verify(header, BODY_9421), Err(Error::Unsupported(_))),
                "{header}"
            );
        }
        let long = format!("{SHA_512}{}", " ".repeat(20_000));
        let twice = format!("{SHA_512}, {SHA_512}");
        let bare = digest::sha256(BODY_9421);
        for header in [
            "nonsense,",
            "sha-256",
            "sha-256=1",
            "sha-256=\"AAAA\"",
            "sha-256=(:AAAA:)",
            "sha-256=:!:",
            &twice,
            &long,
            &bare,
        ] {
            assert!(
                matches!(verify(header, BODY_9421), Err(Error::Malformed(_))),
                "{header}"
            );
        }
    }

    #[test]
    fn only_one_sha_256_is_respelled() {
        for header in [
            "",
            "SHA-512=AAAA",
            "SHA-256=AAAA",
            "SHA-256=:,x=\"",
            "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=,SHA-512=A",
        ] {
            assert!(
                matches!(from_digest(header), Err(Error::Malformed(_))),
                "{header}"
            );
        }
    }

    proptest! {
        #[test]
        fn never_panics(header in ".{0,200}", body: Vec<u8>) {
            let _ = verify(&header, &body);
        }

        #[test]
        fn what_is_computed_is_read(body: Vec<u8>, other: Vec<u8>) {
            let header = sha256(&body);
            prop_assert_eq!(verify(&header, &body), Ok(()));
            prop_assert_eq!(verify(&header, &other).is_ok(), body == other);
            prop_assert_eq!(from_digest(&digest::sha256(&body)), Ok(header));
        }
    }
}
