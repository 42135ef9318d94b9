//! What of foreign HTML reaches the parser: tags and attributes that can stay, few enough and flat enough.
//!
//! Safety is `sanitise`'s. This is about cost: a parser follows the HTML standard, by which a few unclosed `<b x=…>` are opened
//! again in every later block, so that time and memory grow with the square of the input.

use super::{
    html::is_storable,
    tokens::{Attributes, Token, tokens},
};

/// Elements that stay, as in Mastodon's sanitiser.
pub(super) const KEPT: [&str; 26] = [
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "rp",
    "rt",
    "ruby",
    "s",
    "span",
    "strong",
    "u",
    "ul",
];

/// Elements that part words, so that a space takes their place.
const BLOCKS: [&str; 27] = [
    "address",
    "article",
    "aside",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "hr",
    "main",
    "nav",
    "option",
    "section",
    "summary",
    "table",
    "td",
    "th",
    "tr",
    "img",
];

const ATTRIBUTES: [&str; 8] = [
    "class",
    "href",
    "rel",
    "reversed",
    "start",
    "target",
    "translate",
    "value",
];

/// Elements that need no end tag: the next of their kind ends them, so that they do not pile up.
const SELF_ENDING: [&str; 5] = ["br", "li", "p", "rp", "rt"];

/// Elements inside each other; no post that people wrote comes near.
const MAX_DEPTH: usize = 64;

/// The sum, over all tags, of the elements open at it: no fewer than the nodes a parser can be made to build.
const MAX_COST: usize = 100_000;

/// Character references in one text node.
const MAX_REFERENCES: usize = 256;

/// The same text with only such tags as can stay. Where there are too many, further tags are left out and their text stays.
pub(super) fn prune(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut open: Vec<String> = Vec::new();
    let mut cost = 0;
    let mut run = 0;
    for token in tokens(html) {
        let affordable = cost < MAX_COST;
        match token {
            Token::Text("<") => push_text(&mut out, "&lt;", &mut run),
            Token::Text(text) => push_text(&mut out, text, &mut run),
            Token::Open(name, attributes) if KEPT.contains(&name.as_str()) => {
                if affordable && open.len() < MAX_DEPTH {
                    push_tag(&mut out, &name, &attributes);
                    cost += open.len() + 1;
                    if !SELF_ENDING.contains(&name.as_str()) {
                        open.push(name);
                    }
                }
            }
            Token::Close(name) if KEPT.contains(&name.as_str()) => {
                if open.last() == Some(&name) {
                    open.pop();
                } else if !affordable
                    || !(SELF_ENDING.contains(&name.as_str()) || open.contains(&name))
                {
                    continue;
                }
                cost += open.len() + 1;
                out.push_str("</");
                out.push_str(&name);
                out.push('>');
            }
            Token::Open(name, _) | Token::Close(name) => {
                if BLOCKS.contains(&name.as_str()) {
                    out.push(' ');
                }
            }
        }
    }
    out
}

/// Appends text as it is, with an empty comment after every so many character references. The parser adds to a text node at each
/// reference in time that grows with the node; a comment ends the node, and the sanitiser drops it.
fn push_text(out: &mut String, text: &str, run: &mut usize) {
    for c in text.chars().filter(|c| is_storable(*c)) {
        if c == '&' {
            *run += 1;
            if run.is_multiple_of(MAX_REFERENCES) {
                out.push_str("<!---->");
            }
        }
        out.push(c);
    }
}

fn push_tag(out: &mut String, name: &str, attributes: &Attributes<'_>) {
    out.push('<');
    out.push_str(name);
    let mut written: Vec<&str> = Vec::new();
    for (attribute, value) in attributes {
        if ATTRIBUTES.contains(&attribute.as_str()) && !written.contains(&attribute.as_str()) {
            push_attribute(out, attribute, value);
            written.push(attribute);
        }
    }
    // The sanitiser can fill an attribute in, but not add one and keep what was there.
    if name == "a" && !written.contains(&"rel") {
        push_attribute(out, "rel", "");
    }
    out.push('>');
}

/// `value` holds character references already.
fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for c in value.chars().filter(|c| is_storable(*c)) {
        match c {
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_stay() {
        assert_eq!(
            prune("<p ID=x onclick=y CLASS=z>a<img src=x>b</p><div>c</div>"),
            "<p class=\"z\">a b</p> c "
        );
        assert_eq!(
            prune("<a href='\"x'>a</a>"),
            "<a href=\"&quot;x\" rel=\"\">a</a>"
        );
        assert_eq!(
            prune("<a rel=me rel=x>a</a></b></p>"),
            "<a rel=\"me\">a</a></p>"
        );
        assert_eq!(prune("a < b\u{0}"), "a &lt; b");
    }

    #[test]
    fn depth_and_number_are_bounded() {
        assert_eq!(prune(&"<b>".repeat(1000)).matches("<b>").count(), MAX_DEPTH);
        let many = prune(&format!(
            "{}{}",
            "<b>".repeat(60),
            "<i>x</i>".repeat(20_000)
        ));
        assert!(many.matches("<i>").count() < MAX_COST / 60);
        assert_eq!(many.matches('x').count(), 20_000);
        let flat = prune(&"<p>a <b>x</b><br>".repeat(10_000));
        assert_eq!(
            flat.matches("<b>").count(),
            10_000,
            "ordinary text is not cut"
        );
    }
}
