//! Bare links in text: where one ends, and the markup it gets. Links that Markdown labels only use the check.

use super::html::{push_attribute, push_text};
use url::Url;

/// Browsers and other servers go no further either.
const MAX_BYTES: usize = 4096;
/// As much of an address as is shown, after the scheme.
const SHOWN: usize = 30;

/// What stands where an address begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read<'a> {
    Link(&'a str),
    /// Something like an address that is none. It is text as a whole, so that no part of it is read again.
    Text(&'a str),
}

/// Reads the `http` or `https` address at the start of `text`.
pub(super) fn read(text: &str) -> Option<Read<'_>> {
    let start = scheme_length(text)?;
    let mut end = start;
    let mut open = Vec::new();
    for (at, c) in text.get(start..)?.char_indices() {
        // A bracket that was not opened inside the address belongs to the sentence around it.
        let closes_outer = match c {
            '(' | '[' => {
                open.push(if c == '(' { ')' } else { ']' });
                false
            }
            ')' | ']' => open.pop() != Some(c),
            _ => false,
        };
        if closes_outer || ends(c) || end > MAX_BYTES {
            break;
        }
        end = start + at + c.len_utf8();
    }
    let run = text.get(..end)?;
    let address = run.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '…', '(', '[']);
    let is_link = end <= MAX_BYTES && is_web(address);
    Some(if is_link {
        Read::Link(address)
    } else {
        Read::Text(run)
    })
}

/// An absolute web address that names a host and carries no user name: `https://bank.test@evil.test` is made to deceive.
pub(super) fn is_web(address: &str) -> bool {
    let Some(rest) = scheme_length(address).and_then(|start| address.get(start..)) else {
        return false;
    };
    rest.starts_with(|c: char| c.is_alphanumeric() || c == '[')
        && Url::parse(address).is_ok_and(|url| {
            url.has_host() && url.username().is_empty() && url.password().is_none()
        })
}

/// The address as a link that shows its beginning; what is hidden is still there to be copied.
pub(super) fn push(out: &mut String, address: &str) {
    let mut start = scheme_length(address).unwrap_or_default();
    if address
        .get(start..)
        .is_some_and(|rest| rest.starts_with("www."))
    {
        start += 4;
    }
    let (scheme, rest) = address.split_at_checked(start).unwrap_or(("", address));
    let cut = rest.char_indices().nth(SHOWN).map(|(at, _)| at);
    let (shown, hidden) = cut
        .and_then(|at| rest.split_at_checked(at))
        .unwrap_or((rest, ""));
    push_start(out, address);
    out.push_str("<span class=\"invisible\">");
    push_text(out, scheme);
    out.push_str(if cut.is_some() {
        "</span><span class=\"ellipsis\">"
    } else {
        "</span><span>"
    });
    push_text(out, shown);
    out.push_str("</span><span class=\"invisible\">");
    push_text(out, hidden);
    out.push_str("</span></a>");
}

fn push_start(out: &mut String, address: &str) {
    out.push_str("<a href=\"");
    push_attribute(out, address);
    out.push_str("\" rel=\"nofollow noopener\" target=\"_blank\" translate=\"no\">");
}

/// The start tag of a link whose text the author wrote.
pub(super) fn push_labelled_start(out: &mut String, address: &str) {
    out.push_str("<a href=\"");
    push_attribute(out, address);
    out.push_str("\" rel=\"nofollow noopener\" target=\"_blank\">");
}

fn scheme_length(text: &str) -> Option<usize> {
    ["https://", "http://"]
        .into_iter()
        .find(|scheme| {
            text.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        })
        .map(str::len)
}

/// Characters that no address holds as they are (RFC 3986, appendix C), quotation marks, the punctuation of scripts without
/// spaces, and marks that would show the address in another order than it is.
fn ends(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '<' | '>' | '"' | '`' | '\\' | '^' | '{' | '}' | '|' | '«' | '»' | '“' | '”' | '„'
        )
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || matches!(c, '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}')
        || matches!(c, '\u{ff5b}'..='\u{ff65}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_before_the_sentence_goes_on() {
        for (text, link) in [
            ("https://a.test", "https://a.test"),
            ("https://a.test.", "https://a.test"),
            (
                "https://a.test/x?y=1&z=2#f, and",
                "https://a.test/x?y=1&z=2#f",
            ),
            (
                "https://a.test/wiki/Foo_(bar)",
                "https://a.test/wiki/Foo_(bar)",
            ),
            (
                "https://a.test/wiki/Foo_(bar)).",
                "https://a.test/wiki/Foo_(bar)",
            ),
            ("https://a.test/x)", "https://a.test/x"),
            ("https://a.test/x (see", "https://a.test/x"),
            ("https://a.test/x(", "https://a.test/x"),
            ("http://[::1]:4000/x]", "http://[::1]:4000/x"),
            ("HTTPS://A.test/@alice", "HTTPS://A.test/@alice"),
            ("https://a.test/を見て。次", "https://a.test/を見て"),
            ("https://müller.de/ä!", "https://müller.de/ä"),
            ("https://a.test/x\u{202e}txt", "https://a.test/x"),
            ("https://a.test/\"onclick", "https://a.test/"),
            ("http://intranet/x", "http://intranet/x"),
        ] {
            assert_eq!(read(text), Some(Read::Link(link)), "{text}");
        }
        for text in [
            "https://",
            "https:///x",
            "https://.",
            "https://u@a.test/",
            "https://u:p@a.test/",
        ] {
            assert_eq!(read(text), Some(Read::Text(text)), "{text}");
        }
        for text in ["http:a", "ftp://a.test", "javascript://a", "a"] {
            assert_eq!(read(text), None, "{text}");
        }
        let long = format!("https://a.test/{}", "x".repeat(5000));
        assert!(matches!(read(&long), Some(Read::Text(text)) if text.len() > MAX_BYTES));
    }

    #[test]
    fn long_addresses_are_shortened_for_the_eye_only() {
        let mut out = String::new();
        push(
            &mut out,
            "https://www.example.org/a/rather/long/path?with=a&query",
        );
        assert_eq!(
            out,
            "<a href=\"https://www.example.org/a/rather/long/path?with=a&amp;query\" rel=\"nofollow noopener\" target=\"_blank\" \
             translate=\"no\"><span class=\"invisible\">https://www.</span><span class=\"ellipsis\">example.org/a/rather/long/path\
             </span><span class=\"invisible\">?with=a&amp;query</span></a>"
        );
    }
}
