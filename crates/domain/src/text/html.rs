//! HTML that this crate wrote itself, and the escaping it is made with. What peers send is the business of `sanitise`.

use std::fmt;

/// HTML rendered from a person's source: safe to send and to show as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    pub(super) fn new(html: String) -> Self {
        Self(html)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl AsRef<str> for Html {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Html> for String {
    fn from(html: Html) -> Self {
        html.0
    }
}

/// Appends text so that it is text again when parsed. The same characters are escaped as an HTML serialiser escapes, so that
/// sanitising our own output changes nothing.
pub(super) fn push_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            c if is_storable(c) => out.push(c),
            _ => {}
        }
    }
}

/// Appends text as the value of an attribute in double quotes.
pub(super) fn push_attribute(out: &mut String, value: &str) {
    for piece in value.split_inclusive('"') {
        match piece.strip_suffix('"') {
            Some(before) => {
                push_text(out, before);
                out.push_str("&quot;");
            }
            None => push_text(out, piece),
        }
    }
}

/// Control characters show nothing, are not allowed in HTML, and `PostgreSQL` refuses U+0000 in text.
pub(super) fn is_storable(c: char) -> bool {
    !c.is_control() || matches!(c, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped() {
        let mut out = String::new();
        push_text(&mut out, "a<b>&\"c\"\u{0}\u{a0}'");
        assert_eq!(out, "a&lt;b&gt;&amp;\"c\"&nbsp;'");
        let mut out = String::new();
        push_attribute(&mut out, "\"><script>\"x");
        assert_eq!(out, "&quot;&gt;&lt;script&gt;&quot;x");
    }
}
