//! How long a source is, for the limit on posts.

use super::segment::{Segment, segments};
use unicode_segmentation::UnicodeSegmentation;

/// What any address counts, however long.
pub const LINK_LENGTH: usize = 23;

/// Characters as a reader sees them (grapheme clusters), as Mastodon's clients count them before they send: an address is
/// [`LINK_LENGTH`], a mention is `@user` without its domain. Of `!group@domain` they know nothing, and count all of it.
pub fn count_characters(source: &str) -> usize {
    let mut links = 0;
    let mut rest = String::with_capacity(source.len());
    for segment in segments(source) {
        match segment {
            Segment::Text(text) => rest.push_str(text),
            Segment::Link(_) => {
                // A stand-in, so that marks behind the address are counted as in place.
                rest.push('x');
                links += 1;
            }
            Segment::Mention(handle, written) if handle.group => rest.push_str(written),
            Segment::Mention(handle, _) => {
                rest.push('@');
                rest.push_str(&handle.username);
            }
            Segment::Hashtag(name) => {
                rest.push('#');
                rest.push_str(name);
            }
        }
    }
    rest.graphemes(true).count() + links * (LINK_LENGTH - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_clients_count() {
        for (source, count) in [
            ("", 0),
            ("abc", 3),
            ("é e\u{301} 👨‍👩‍👧 🇩🇪", 7),
            ("a\nb", 3),
            ("https://a.test", 23),
            (
                "see https://a.test/a/very/long/path/indeed/that/goes/on.",
                28,
            ),
            ("@alice@b.test:4002 hi", 9),
            ("!garden@b.test hi", 17),
            ("#日本語", 4),
        ] {
            assert_eq!(count_characters(source), count, "{source}");
        }
    }
}
