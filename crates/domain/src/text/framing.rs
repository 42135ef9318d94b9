//! What is put around the text of a post: a title above it, a link below it, the line that stands for a quote.

use super::{
    html::{push_attribute, push_text},
    link,
};

/// A title as a heading.
pub fn title(text: &str) -> String {
    let mut out = String::from("<h2>");
    push_text(&mut out, text);
    out.push_str("</h2>");
    out
}

/// A paragraph of plain text; its lines are kept.
pub fn paragraph(text: &str) -> String {
    let mut out = String::from("<p>");
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            out.push_str("<br>");
        }
        push_text(&mut out, line);
    }
    out.push_str("</p>");
    out
}

/// A paragraph that is a link. What is no web address is left out.
pub fn linked(url: &str) -> String {
    if !link::is_web(url) {
        return String::new();
    }
    let mut out = String::from("<p>");
    link::push(&mut out, url);
    out.push_str("</p>");
    out
}

/// The paragraph that stands for a quote where nothing else shows it (FEP-044f).
pub fn quote_line(url: &str) -> String {
    let mut out = String::from("<p class=\"quote-inline\">RE: <a href=\"");
    push_attribute(&mut out, url);
    out.push_str("\">");
    push_text(&mut out, url);
    out.push_str("</a></p>");
    out
}

/// Takes that paragraph, or span, out of sanitised HTML: whoever shows the quote needs no words for it. Misskey and Akkoma end
/// their text with it, in a span after line breaks.
pub fn without_quote_line(html: &str) -> String {
    for (open, close) in [
        ("<p class=\"quote-inline\">", "</p>"),
        ("<span class=\"quote-inline\">", "</span>"),
    ] {
        if let Some((before, rest)) = html.split_once(open)
            && let Some((_, after)) = rest.split_once(close)
        {
            let kept = format!("{before}{after}");
            return if kept == "<p></p>" {
                String::new()
            } else {
                kept
            };
        }
    }
    html.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::sanitise;

    #[test]
    fn frames_are_html_that_stays_as_it_is() {
        assert_eq!(title("a < b"), "<h2>a &lt; b</h2>");
        assert_eq!(paragraph("a\nb"), "<p>a<br>b</p>");
        assert!(linked("https://a.test/x").contains("href=\"https://a.test/x\""));
        assert_eq!(linked("javascript:x"), "");
        let line = quote_line("https://a.test/\"x");
        assert!(sanitise(&line).contains("quote-inline"), "{line}");
    }

    #[test]
    fn the_line_that_stands_for_a_quote_goes() {
        let url = "https://a.test/1";
        let whole = format!("{}<p>so</p>", quote_line(url));
        assert_eq!(without_quote_line(&whole), "<p>so</p>");
        let cleaned = sanitise(&whole);
        assert_eq!(without_quote_line(&cleaned), "<p>so</p>");
        let span = "<p>so<span class=\"quote-inline\"><br><br>RE: <a href=\"x\">x</a></span></p>";
        assert_eq!(without_quote_line(span), "<p>so</p>");
        assert_eq!(without_quote_line("<p>RE: x</p>"), "<p>RE: x</p>");
    }
}
