//! HTML as text, for notifications, search, titles and feeds.

use super::{
    sanitise::sanitise,
    tokens::{Token, tokens},
};
use unicode_segmentation::UnicodeSegmentation;

/// The text of a fragment: `<br>` and items of a list start a line, paragraphs and their like have an empty line between them.
pub fn plain(html: &str) -> String {
    plain_of_clean(&sanitise(html))
}

/// The same of what is sanitised already.
pub fn plain_of_clean(clean: &str) -> String {
    let mut text = Text::default();
    for token in tokens(clean) {
        match token {
            Token::Text(words) => text.push(&unescape(words)),
            Token::Open(name, _) => text.boundary(&name, true),
            Token::Close(name) => text.boundary(&name, false),
        }
    }
    text.out.trim_end().to_owned()
}

/// The beginning of a text on one line: at most `characters` of them, ending in `…` where more follows.
pub fn excerpt(text: &str, characters: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.graphemes(true).nth(characters).is_none() {
        return line;
    }
    let Some(kept) = characters.checked_sub(1) else {
        return String::new();
    };
    let cut = line
        .grapheme_indices(true)
        .nth(kept)
        .map_or(0, |(at, _)| at);
    let (start, rest) = line.split_at_checked(cut).unwrap_or_default();
    // Between words, unless that would lose much.
    let word = start
        .rfind(' ')
        .filter(|at| !rest.starts_with(' ') && *at * 2 > cut);
    let start = word.and_then(|at| start.get(..at)).unwrap_or(start);
    format!("{}…", start.trim_end())
}

/// Undoes the escaping that our own output and the sanitiser's have, and no other.
pub(super) fn unescape(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = [
            ("amp;", "&"),
            ("lt;", "<"),
            ("gt;", ">"),
            ("quot;", "\""),
            ("nbsp;", "\u{a0}"),
        ];
        let found = known
            .iter()
            .find_map(|(name, sign)| after.strip_prefix(name).map(|after| (*sign, after)));
        let (sign, after) = found.unwrap_or(("&", after));
        out.push_str(sign);
        rest = after;
    }
    out.push_str(rest);
    out
}

#[derive(Default)]
struct Text {
    out: String,
    /// Line ends that are due before the next word.
    lines: usize,
    space: bool,
    verbatim: usize,
}

impl Text {
    fn push(&mut self, text: &str) {
        if self.verbatim > 0 {
            self.flush();
            self.out.push_str(text);
            return;
        }
        for c in text.chars() {
            // As HTML has it: a no-break space is a character.
            if c.is_ascii_whitespace() {
                self.space = true;
            } else {
                self.flush();
                self.out.push(c);
            }
        }
    }

    fn flush(&mut self) {
        if self.out.is_empty() {
            self.lines = 0;
        } else if self.lines > 0 {
            self.out.extend(std::iter::repeat_n('\n', self.lines));
        } else if self.space {
            self.out.push(' ');
        }
        self.lines = 0;
        self.space = false;
    }

    fn boundary(&mut self, element: &str, opens: bool) {
        let lines = match element {
            "br" if opens => self.lines + 1,
            "p" | "blockquote" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "pre" => 2,
            "li" => 1,
            _ => 0,
        };
        self.lines = self.lines.max(lines);
        if element == "pre" {
            self.verbatim = if opens {
                self.verbatim + 1
            } else {
                self.verbatim.saturating_sub(1)
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_fragments() {
        for (html, text) in [
            (
                "<p>a<br />b</p><p>c &amp; d &lt;e&gt; &eacute;</p>",
                "a\nb\n\nc & d <e> é",
            ),
            ("<p>a\n  b</p>\n", "a b"),
            ("<ul><li>a</li><li>b</li></ul><p>c</p>", "a\nb\n\nc"),
            ("<pre><code>a\n  b\n</code></pre><p>c</p>", "a\n  b\n\n\nc"),
            (
                "<p><span class=\"h-card\"><a href=\"https://b.test/@a\">@<span>a</span></a></span> hi</p>",
                "@a hi",
            ),
            (
                "<a href=\"https://c.test/x\"><span class=\"invisible\">https://</span><span>c.test/x</span></a>",
                "https://c.test/x",
            ),
            ("a<script>b</script><style>c</style>", "a"),
            ("&amp;lt;", "&lt;"),
            ("<br><br>a<br><br>b<br>", "a\n\nb"),
            ("", ""),
        ] {
            assert_eq!(plain(html), text, "{html}");
        }
    }

    #[test]
    fn excerpts() {
        assert_eq!(excerpt("a\n\nb  c", 10), "a b c");
        assert_eq!(excerpt("one two three", 13), "one two three");
        assert_eq!(excerpt("one two three", 12), "one two…");
        assert_eq!(excerpt("one two three", 8), "one two…");
        assert_eq!(excerpt("abcdefghij", 5), "abcd…");
        assert_eq!(excerpt("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 2), "👨‍👩‍👧…");
        assert_eq!(excerpt("ab", 1), "…");
        assert_eq!(excerpt("ab", 0), "");
        assert_eq!(excerpt("", 0), "");
    }
}
