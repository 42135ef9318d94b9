//! Hashtags: what may be one, and when two spellings are the same. Counting and following them is elsewhere.

use icu_normalizer::ComposingNormalizerBorrowed;
use unicode_segmentation::UnicodeSegmentation;

/// Longer runs are no hashtags: nobody reads them, and an index entry has to hold the name.
pub const MAX_CHARACTERS: usize = 100;

/// The name under which spellings of one hashtag are equal: compatibility forms composed (NFKC), lower case.
pub fn fold(name: &str) -> String {
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let lower = nfkc.normalize(name).to_lowercase();
    nfkc.normalize(&lower).into_owned()
}

/// Whether `name`, without `#`, is a hashtag as a whole. For names that did not come out of a scan, such as a peer's tags.
pub fn valid(name: &str) -> bool {
    length(name) == Some(name.len())
}

/// The name of the hashtag at the start of `text`, which begins with `#`.
pub(super) fn read(text: &str) -> Option<&str> {
    let name = text.strip_prefix('#')?;
    name.get(..length(name)?)
}

/// Bytes of the name at the start of `text`: letters, digits and underscores of any script with their combining marks, and the
/// middle dots that Catalan and Japanese write inside words. At least one letter.
fn length(text: &str) -> Option<usize> {
    let (mut end, mut characters, mut letters) = (0, 0, false);
    for (at, cluster) in text.grapheme_indices(true) {
        let first = cluster.chars().next()?;
        let is_dot = matches!(first, '\u{b7}' | '\u{30fb}') && at > 0;
        if is_emoji(cluster) || !(is_dot || is_word(first)) {
            break;
        }
        // A cluster is not cut, but it may hold any number of marks.
        characters += cluster.chars().count();
        if characters > MAX_CHARACTERS {
            return None;
        }
        letters |= first.is_alphabetic();
        if !is_dot {
            end = at + cluster.len();
        }
    }
    letters.then_some(end)
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A digit with a variation selector or keycap is an emoji, not a digit.
fn is_emoji(cluster: &str) -> bool {
    cluster.contains(['\u{fe0f}', '\u{20e3}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script() {
        for name in [
            "rust",
            "Straße",
            "日本語",
            "हिन्दी",
            "ไทย",
            "한국어",
            "col·lecció",
            "a1",
            "1a",
            "_a",
            "ａｂ",
            "e\u{301}t",
        ] {
            assert!(valid(name), "{name}");
        }
        for name in [
            "",
            "1",
            "2024",
            "_",
            "a b",
            "a-b",
            "a.b",
            "·a",
            "a·",
            "🎉",
            "1\u{fe0f}\u{20e3}",
            "#a",
        ] {
            assert!(!valid(name), "{name}");
        }
        assert!(valid(&"a".repeat(MAX_CHARACTERS)));
        assert!(!valid(&"a".repeat(MAX_CHARACTERS + 1)));
    }

    #[test]
    fn a_name_ends_where_the_word_ends() {
        assert_eq!(read("#rust, and"), Some("rust"));
        assert_eq!(read("#C++"), Some("C"));
        assert_eq!(read("#日本語、"), Some("日本語"));
        assert_eq!(read("#a·"), Some("a"));
        assert_eq!(read("#fun🎉"), Some("fun"));
        assert_eq!(read("#12"), None);
    }

    #[test]
    fn spellings_are_one() {
        assert_eq!(fold("RUST"), "rust");
        assert_eq!(fold("Ｒｕｓｔ"), "rust");
        assert_eq!(fold("E\u{301}té"), fold("ÉTÉ"));
        assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
    }
}
