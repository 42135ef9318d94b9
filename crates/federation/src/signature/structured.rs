//! Structured fields (RFC 8941), as far as signatures need them: dictionaries, bounded and without repeated keys.

use super::Error;
use sfv::visitor::{DictionaryVisitor, EntryVisitor};
use sfv::{Dictionary, KeyRef, Parser, Version};
use std::convert::Infallible;
use std::fmt;

/// Room for a few signatures of 8192-bit keys with long key ids.
const MAX_HEADER: usize = 16 * 1024;
/// Honest requests carry one signature, or one more of each proxy.
const MAX_KEYS: usize = 8;

/// Reads a dictionary field. Where RFC 8941 lets the last of two equal keys win, both are refused: what stands twice in a
/// request may have been put there by two people.
pub(super) fn dictionary(header: &str) -> Result<Dictionary, Error> {
    if header.len() > MAX_HEADER {
        return Err(Error::Malformed("a structured header is too long"));
    }
    let mut refused = None;
    Parser::new(header)
        .with_version(Version::Rfc8941)
        .parse_dictionary_with_visitor(Strict {
            read: Dictionary::new(),
            refused: &mut refused,
        })
        .map_err(|_| refused.unwrap_or(Error::Malformed("a header is not a structured dictionary")))
}

struct Strict<'a> {
    read: Dictionary,
    refused: &'a mut Option<Error>,
}

/// Ends the reading; the reason is in `refused`.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

impl<'de> DictionaryVisitor<'de> for Strict<'_> {
    type Out = Dictionary;
    type Error = Refused;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Refused> {
        let reason = if self.read.contains_key(key) {
            "a structured header repeats a key"
        } else if self.read.len() >= MAX_KEYS {
            "a structured header has too many keys"
        } else {
            return DictionaryVisitor::entry(&mut self.read, key)
                .map_err(|never: Infallible| match never {});
        };
        *self.refused = Some(Error::Malformed(reason));
        Err(Refused)
    }

    fn finish(self) -> Result<Dictionary, Refused> {
        Ok(self.read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_the_order_of_the_keys() {
        let read = dictionary("b=:AAAA:, a=(\"x\" \"y\");z=1 ,c").unwrap();
        let keys: Vec<_> = read.keys().map(|key| key.as_str().to_owned()).collect();
        assert_eq!(keys, ["b", "a", "c"]);
        assert_eq!(dictionary("").unwrap().len(), 0);
    }

    #[test]
    fn refuses_with_its_reason() {
        let many: Vec<String> = (0..=MAX_KEYS).map(|n| format!("k{n}=1")).collect();
        for (header, says) in [
            ("a=1, b=2, a=1", "repeats"),
            (many.join(",").as_str(), "too many"),
            (&"x".repeat(MAX_HEADER + 1), "too long"),
            ("a=1,", "not a structured dictionary"),
            ("A=1", "not a structured dictionary"),
            ("a=:A:", "not a structured dictionary"),
            ("a=\"é\"", "not a structured dictionary"),
            ("a=@12", "not a structured dictionary"),
            (
                "keyId=\"k\",signature=\"AA==\"",
                "not a structured dictionary",
            ),
        ] {
            let error = dictionary(header).unwrap_err();
            assert!(matches!(error, Error::Malformed(_)));
            assert!(error.to_string().contains(says), "{header}: {error}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(header in ".{0,200}", pieces in prop::collection::vec(
            prop::sample::select(vec!["a", "b", "=", "(", ")", "\"", "\\", ";", ":", "AAAA", ",", " ", "1", "?1", "-", "*", "é"]),
            0..40,
        )) {
            let _ = dictionary(&header);
            let _ = dictionary(&pieces.concat());
        }
    }
}
