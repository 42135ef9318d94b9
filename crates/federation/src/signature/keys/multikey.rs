//! The `publicKeyMultibase` of a Multikey (FEP-521a): `z` and base58btc of the multicodec of Ed25519 and the key.

use crate::signature::{Error, base58};

/// The multicodec `ed25519-pub`, 0xed as a varint.
const ED25519: [u8; 2] = [0xed, 0x01];

/// The 32 bytes of the key.
pub(super) fn read(text: &str) -> Result<[u8; 32], Error> {
    let digits = text
        .strip_prefix('z')
        .ok_or(Error::BadKey("the Multikey is not base58btc (`z…`)"))?;
    let bytes = base58::decode(digits).ok_or(Error::BadKey(
        "the Multikey is not an Ed25519 key in base58btc",
    ))?;
    bytes
        .strip_prefix(&ED25519)
        .and_then(|key| key.try_into().ok())
        .ok_or(Error::BadKey("the Multikey is not an Ed25519 key"))
}

/// `None` unless there are 32 bytes.
pub(super) fn write(key: &[u8]) -> Option<String> {
    let key: [u8; 32] = key.try_into().ok()?;
    Some(format!(
        "z{}",
        base58::encode(&[&ED25519[..], &key].concat())
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    /// The Multikey example of FEP-521a.
    const PUBLISHED: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
    /// The same key as its proposer writes it in base64url, which is another multibase, without the letter before it.
    const PUBLISHED_BASE64URL: &str = "7QGwDY2Tjn93PVFWWq02piP1NE9_XRlg-c8-jhJiDqKBDw";

    #[test]
    fn reads_and_writes_a_published_key() {
        let key = read(PUBLISHED).unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(PUBLISHED_BASE64URL).unwrap();
        assert_eq!([&ED25519[..], &key].concat(), bytes);
        assert_eq!(write(&key).unwrap(), PUBLISHED);
        assert_eq!(write(&[0; 31]), None);
    }

    #[test]
    fn refuses_what_is_no_ed25519_key() {
        let shorter = &PUBLISHED[..PUBLISHED.len() - 1];
        let longer = format!("{PUBLISHED}1");
        let padded = PUBLISHED.replacen('z', "z1", 1);
        let long = "z".repeat(100_000);
        for text in [
            "",
            "z",
            "z1",
            "m7QE",
            &PUBLISHED[1..],
            shorter,
            &longer,
            &padded,
            &long,
            "z6Mk0",
            "z6MkI",
            "zé",
            // A P-256 key (did:key specification).
            "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
        ] {
            assert!(matches!(read(text), Err(Error::BadKey(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(key: [u8; 32]) {
            prop_assert_eq!(read(&write(&key).unwrap()).unwrap(), key);
        }

        #[test]
        fn one_spelling_for_each_key(digits in "[1-9A-HJ-NP-Za-km-z]{46,48}", any in ".{0,60}") {
            let _ = read(&any);
            let text = format!("z{digits}");
            if let Ok(key) = read(&text) {
                prop_assert_eq!(write(&key).unwrap(), text);
            }
        }
    }
}
