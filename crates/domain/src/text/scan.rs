//! Who and what a source names, so that it can be looked up before rendering.

use super::{
    handle::Handle,
    hashtag,
    segment::{Segment, segments},
};
use std::collections::HashSet;

/// What a source names, each once, in order of appearance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub mentions: Vec<Handle>,
    /// Without `#`, as first written; unique by [`hashtag::fold`].
    pub hashtags: Vec<String>,
    /// `http` and `https` addresses as written.
    pub links: Vec<String>,
}

/// Reads plain text. Nothing inside an address counts, and a mail address is no mention.
pub fn scan(source: &str) -> Found {
    let mut scan = Scan::default();
    scan.text(source);
    scan.finish()
}

/// A scan under way, over one run of text after the other.
#[derive(Default)]
pub(super) struct Scan {
    found: Found,
    seen: HashSet<String>,
}

impl Scan {
    pub(super) fn text(&mut self, text: &str) {
        for segment in segments(text) {
            match segment {
                Segment::Text(_) => {}
                Segment::Link(address) => self.link(address),
                Segment::Mention(handle, _) => {
                    if self.seen.insert(format!("@{}", handle.key())) {
                        self.found.mentions.push(handle);
                    }
                }
                Segment::Hashtag(name) => {
                    if self.seen.insert(format!("#{}", hashtag::fold(name))) {
                        self.found.hashtags.push(name.to_owned());
                    }
                }
            }
        }
    }

    pub(super) fn link(&mut self, address: &str) {
        if self.seen.insert(address.to_owned()) {
            self.found.links.push(address.to_owned());
        }
    }

    pub(super) fn finish(self) -> Found {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentions(source: &str) -> Vec<String> {
        scan(source)
            .mentions
            .iter()
            .map(Handle::to_string)
            .collect()
    }

    #[test]
    fn mentions_in_sentences() {
        for (source, found) in [
            ("@alice hi", vec!["alice"]),
            ("hi (@alice@b.test), [@bob].", vec!["alice@b.test", "bob"]),
            (".@alice: @alice's @Alice", vec!["alice"]),
            ("@alice@b.test. Then", vec!["alice@b.test"]),
            ("@alice@b.test:4002: yes", vec!["alice@b.test:4002"]),
            ("@alice@b.test:5 things", vec!["alice@b.test"]),
            ("@alice@localhost:4000!", vec!["alice@localhost:4000"]),
            ("@a.b-c@b.test", vec!["a.b-c@b.test"]),
            ("@alice@b.testさん @bob님", vec!["alice@b.test", "bob"]),
            ("„@alice“ «@bob»", vec!["alice", "bob"]),
            ("@alice@müller.de", vec!["alice@xn--mller-kva.de"]),
            ("@andré @_x_ @", vec!["_x_"]),
            ("bob@b.test mailto:bob@b.test é@b.test", vec![]),
            ("https://b.test/@alice b.test/@alice ?q=@alice", vec![]),
            ("@alice@b..test", vec![]),
            (
                "!garden (!garden@b.test): hi",
                vec!["!garden", "!garden@b.test"],
            ),
            ("@garden !garden @Garden !Garden", vec!["garden", "!garden"]),
            (
                "!garden's !a.b-c@b.test:4002.",
                vec!["!garden", "!a.b-c@b.test:4002"],
            ),
            (
                "oh!garden wow!!garden #!sh [!note] b.test/!garden a=!b !",
                vec![],
            ),
            ("!gardené !", vec![]),
        ] {
            assert_eq!(mentions(source), found, "{source}");
        }
    }

    #[test]
    fn hashtags_once_by_their_folded_name() {
        let found = scan(
            "#Rust #rust (#日本語)。#été, #2024 a#b &#x27; ##c b.test/#d https://b.test/#e\n#f",
        );
        assert_eq!(found.hashtags, ["Rust", "日本語", "été", "f"]);
        assert_eq!(found.links, ["https://b.test/#e"]);
    }

    #[test]
    fn links_once() {
        let found =
            scan("(https://a.test/x) https://a.test/x, http://b.test xhttps://c.test ftp://d.test");
        assert_eq!(found.links, ["https://a.test/x", "http://b.test"]);
    }
}
