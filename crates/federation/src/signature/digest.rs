//! The `Digest` header (RFC 3230): the hash that ties a body to its signature. `Content-Digest` is in `content_digest`.

use super::{BASE64, Error};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Algorithm, SHA256, SHA512, digest};
use base64::Engine as _;

/// Far above any honest header: two hashes need about 150 bytes.
const MAX_HEADER: usize = 2048;

/// The value of a `Digest` header for this body. One algorithm only: some peers compare every listed hash with SHA-256.
pub fn sha256(body: &[u8]) -> String {
    format!("SHA-256={}", BASE64.encode(digest(&SHA256, body)))
}

/// Checks a received `Digest` header. Every SHA-256 and SHA-512 in it must match and one of them must be there; other
/// algorithms are passed over.
pub fn verify(header: &str, body: &[u8]) -> Result<(), Error> {
    if header.len() > MAX_HEADER {
        return Err(Error::Malformed("the `Digest` header is too long"));
    }
    let mut seen: Vec<&'static Algorithm> = Vec::new();
    for element in header.split(',').map(str::trim).filter(|e| !e.is_empty()) {
        let (name, value) = element.split_once('=').ok_or(Error::Malformed(
            "the `Digest` header has an entry without `=`",
        ))?;
        let Some(algorithm) = supported(name.trim()) else {
            continue;
        };
        // Also keeps a long header from costing more than two passes over the body.
        if seen.contains(&algorithm) {
            return Err(Error::Malformed("the `Digest` header repeats an algorithm"));
        }
        seen.push(algorithm);
        let claimed = BASE64
            .decode(value.trim())
            .map_err(|_| Error::Malformed("the `Digest` header is not base64"))?;
        verify_slices_are_equal(digest(algorithm, body).as_ref(), &claimed)
            .map_err(|_| Error::BadDigest)?;
    }
    if seen.is_empty() {
        return Err(Error::Unsupported(
            "a `Digest` without SHA-256 or SHA-512".to_owned(),
        ));
    }
    Ok(())
}

fn supported(name: &str) -> Option<&'static Algorithm> {
    if name.eq_ignore_ascii_case("sha-256") {
        Some(&SHA256)
    } else if name.eq_ignore_ascii_case("sha-512") {
        Some(&SHA512)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const BODY: &[u8] = b"{\"hello\": \"world\"}";
    /// From draft-cavage-http-signatures-12, appendix C.
    const SHA_256: &str = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=";
    /// From RFC 9421, appendix B.2, which hashes the same body.
    const SHA_512: &str =
        "WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==";

    #[test]
    fn computes_the_published_value() {
        assert_eq!(sha256(BODY), format!("SHA-256={SHA_256}"));
        assert_eq!(verify(&sha256(BODY), BODY), Ok(()));
    }

    #[test]
    fn reads_every_shape_peers_send() {
        for header in [
            format!("sha-256={SHA_256}"),
            format!(" SHA-256 = {SHA_256} "),
            format!("SHA-512={SHA_512}"),
            format!("SHA-256={SHA_256},SHA-512={SHA_512}"),
            format!("unixsum=30637, sha-512={SHA_512},, Sha-256={SHA_256}"),
            format!("SHA-256={}", SHA_256.trim_end_matches('=')),
        ] {
            assert_eq!(verify(&header, BODY), Ok(()), "{header}");
        }
    }

    #[test]
    fn every_supported_hash_must_match() {
        let other = sha256(b"another body");
        assert_eq!(verify(&other, BODY), Err(Error::BadDigest));
        assert_eq!(
            verify(&format!("SHA-512={SHA_512},{other}"), BODY),
            Err(Error::BadDigest)
        );
        assert_eq!(
            verify(&format!("SHA-256={SHA_256}"), b"tampered"),
            Err(Error::BadDigest)
        );
        assert_eq!(verify("SHA-256=", BODY), Err(Error::BadDigest));
    }

    #[test]
    fn refuses_what_proves_nothing() {
        assert!(matches!(verify("", BODY), Err(Error::Unsupported(_))));
        assert!(matches!(
            verify("MD5=HUXZLQLMuI/KZ5KDcJPcOA==", BODY),
            Err(Error::Unsupported(_))
        ));
        assert!(matches!(verify("nonsense", BODY), Err(Error::Malformed(_))));
        assert!(matches!(
            verify("SHA-256=!", BODY),
            Err(Error::Malformed(_))
        ));
        let twice = format!("SHA-256={SHA_256},sha-256={SHA_256}");
        assert!(matches!(verify(&twice, BODY), Err(Error::Malformed(_))));
        let long = format!("SHA-256={SHA_256}{}", ",x=y".repeat(600));
        assert!(matches!(verify(&long, BODY), Err(Error::Malformed(_))));
    }

    proptest! {
        #[test]
        fn never_panics(header in ".{0,200}", body: Vec<u8>) {
            let _ = verify(&header, &body);
        }

        #[test]
        fn agrees_with_sha2(body: Vec<u8>) {
            use sha2::{Digest as _, Sha256};
            prop_assert_eq!(sha256(&body), format!("SHA-256={}", BASE64.encode(Sha256::digest(&body))));
        }
    }
}
