//! Custom emoji: pictures that stand for `:shortcode:` in a text.

use serde::{Deserialize, Serialize};

/// An emoji as it is kept beside a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emoji {
    pub shortcode: String,
    /// Of the picture.
    pub url: String,
}

/// The longest shortcode that is read.
const MAX_SHORTCODE: usize = 64;

/// Letters, digits and underscores, at least one of them.
pub fn is_shortcode(text: &str) -> bool {
    (1..=MAX_SHORTCODE).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// What a text names between colons, each once. `12:30:45` names nothing: an emoji stands apart from letters and digits.
pub fn shortcodes(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut before: Option<char> = None;
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once(':') {
        before = head.chars().next_back().or(before);
        let apart = before.is_none_or(|c| !c.is_alphanumeric());
        match tail.split_once(':') {
            Some((name, after)) if apart && is_shortcode(name) => {
                if !found.contains(&name) {
                    found.push(name);
                }
                // What follows at once may be the next one.
                (before, rest) = (None, after);
            }
            _ => (before, rest) = (Some(':'), tail),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_between_colons() {
        assert_eq!(shortcodes("a :cat: b :dog_2::cat:"), ["cat", "dog_2"]);
        assert_eq!(shortcodes("<p>:a:</p>"), ["a"]);
        assert!(shortcodes("at 12:30:45, x:cat:").is_empty());
        assert!(shortcodes("::").is_empty() && shortcodes(": a :").is_empty());
        assert!(shortcodes("https://a.test:443/x").is_empty());
    }
}
