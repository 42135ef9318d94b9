//! The emoji that people react with: one of Unicode's, or a custom one by name.

use unicode_segmentation::UnicodeSegmentation as _;

/// Longest name of a custom emoji.
const MAX_NAME: usize = 100;
/// Families joined of many have some forty bytes.
const MAX_BYTES: usize = 64;

/// Hearts are how some servers write a plain favourite.
pub fn is_heart(text: &str) -> bool {
    matches!(text, "\u{2764}" | "\u{2764}\u{fe0f}")
}

/// Is the text one emoji of Unicode, and nothing else? By its looks: one grapheme that begins with a picture, a flag, or a key.
pub fn is_emoji(text: &str) -> bool {
    if text.len() > MAX_BYTES || text.graphemes(true).count() != 1 {
        return false;
    }
    let Some(first) = text.chars().next() else {
        return false;
    };
    match first {
        '0'..='9' | '#' | '*' => text.ends_with('\u{20e3}'),
        '\u{a9}'
        | '\u{ae}'
        | '\u{203c}'
        | '\u{2049}'
        | '\u{2122}'
        | '\u{2139}'
        | '\u{2190}'..='\u{21ff}'
        | '\u{2300}'..='\u{23ff}'
        | '\u{24c2}'
        | '\u{25a0}'..='\u{27bf}'
        | '\u{2934}'..='\u{2935}'
        | '\u{2b00}'..='\u{2bff}'
        | '\u{3030}'
        | '\u{303d}'
        | '\u{3297}'
        | '\u{3299}'
        | '\u{1f000}'..='\u{1faff}' => true,
        _ => false,
    }
}

/// The name between the colons of a custom emoji, or the name itself.
pub fn shortcode(text: &str) -> Option<&str> {
    let name = text.trim();
    let name = name
        .strip_prefix(':')
        .and_then(|rest| rest.strip_suffix(':'))
        .unwrap_or(name);
    let fits = !name.is_empty()
        && name.len() <= MAX_NAME
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'.'));
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_is_one_emoji() {
        for emoji in [
            "😀",
            "❤️",
            "❤",
            "👍🏽",
            "👩‍👩‍👧",
            "🇩🇪",
            "3️⃣",
            "☕",
            "⭐",
            "™️",
            "🏴‍☠️",
        ] {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for other in [
            "", "a", "7", "😀😀", "😀 ", " ", ":cat:", "ä", "漢", "<b>", "\u{200d}",
        ] {
            assert!(!is_emoji(other), "{other:?}");
        }
    }

    #[test]
    fn names_have_no_room_for_anything_else() {
        assert_eq!(shortcode(":blob_cat:"), Some("blob_cat"));
        assert_eq!(shortcode("blob-cat"), Some("blob-cat"));
        for bad in ["", "::", ":a b:", "a@b", ":<b>:", "😀", ":a"] {
            assert_eq!(shortcode(bad), None, "{bad}");
        }
    }
}
