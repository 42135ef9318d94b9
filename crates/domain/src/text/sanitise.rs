//! What stays of HTML that others wrote. Every fragment that is stored or shown has passed here or was written by this crate.

use super::prune::{KEPT, prune};
use ammonia::{Builder, UrlRelative};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

/// More than any post; articles of long form are about a tenth.
const MAX_BYTES: usize = 256 * 1024;

/// Web addresses, and mail, which opens a window and sends nothing. Mastodon lets more through (`xmpp`, `magnet`, `gemini`, …);
/// each of them makes the browser start another program on a reader's machine with data of a stranger.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// Classes that clients give a meaning to. Any other could borrow the look of our own pages.
const CLASSES: [&str; 7] = [
    "mention",
    "hashtag",
    "u-url",
    "h-card",
    "ellipsis",
    "invisible",
    "quote-inline",
];

static PEERS: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = base();
    builder
        .set_tag_attribute_value("a", "target", "_blank")
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            ("a", "rel") => Some(foreign_rel(value).into()),
            ("a", "target") => Some(value.into()),
            _ => attribute_kept(attribute, value),
        });
    builder
});

static OWN: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = base();
    builder
        .add_tag_attributes("a", ["target"])
        .attribute_filter(|_, attribute, value| match attribute {
            "rel" | "target" => (!value.is_empty()).then(|| value.into()),
            _ => attribute_kept(attribute, value),
        });
    builder
});

/// The part of `html` that is safe to show on our pages and to hand to clients, closed where it was left open. Text is kept,
/// whatever element held it, but for scripts and styles.
pub fn sanitise(html: &str) -> String {
    PEERS.clean(&prune(bounded(html))).to_string()
}

/// The same for what this crate rendered: its links are as they should be and stay so.
pub(super) fn own(html: &str) -> String {
    OWN.clean(&prune(html)).to_string()
}

/// As much as is read of a text of unknown length.
pub(super) fn bounded(text: &str) -> &str {
    if text.len() <= MAX_BYTES {
        return text;
    }
    // A character is at most four bytes.
    (MAX_BYTES - 3..=MAX_BYTES)
        .rev()
        .find_map(|end| text.get(..end))
        .unwrap_or_default()
}

fn base() -> Builder<'static> {
    let attributes = HashMap::from([
        ("a", HashSet::from(["href", "class", "rel", "translate"])),
        ("span", HashSet::from(["class", "translate"])),
        ("p", HashSet::from(["class"])),
        ("ol", HashSet::from(["start", "reversed"])),
        ("li", HashSet::from(["value"])),
    ]);
    let mut builder = Builder::default();
    builder
        .tags(HashSet::from(KEPT))
        .generic_attributes(HashSet::new())
        .tag_attributes(attributes)
        .url_schemes(HashSet::from(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .link_rel(None);
    builder
}

fn attribute_kept<'v>(attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    match attribute {
        "class" => {
            let classes: Vec<_> = value
                .split_ascii_whitespace()
                .filter(|class| CLASSES.contains(class))
                .collect();
            (!classes.is_empty()).then(|| classes.join(" ").into())
        }
        "translate" => (value == "no").then(|| value.into()),
        "start" | "value" => value
            .parse::<i32>()
            .ok()
            .map(|number| number.to_string().into()),
        "reversed" => Some("".into()),
        "href" => Some(address(value)),
        _ => None,
    }
}

/// Without what browsers pass over in an address: what is around it, and ends of lines in it.
fn address(value: &str) -> Cow<'_, str> {
    let value = value.trim_matches(|character| character <= ' ');
    let ends = ['\t', '\n', '\r'];
    if value.contains(ends) {
        return value.replace(ends, "").into();
    }
    value.into()
}

/// `tag` and `me` say what a link is; the rest is ours to say.
fn foreign_rel(value: &str) -> String {
    let mut rel = "nofollow noopener".to_owned();
    for kept in ["tag", "me"] {
        if value
            .split_ascii_whitespace()
            .any(|token| token.eq_ignore_ascii_case(kept))
        {
            rel.push(' ');
            rel.push_str(kept);
        }
    }
    rel
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn addresses_are_written_as_they_are_read() {
        for odd in [
            "\nhttps://a.test/x",
            " https://a.test/\tx\r\n ",
            "ht\ntps://a.test/x",
        ] {
            let shown = sanitise(&format!("<a href=\"{odd}\">a</a>"));
            assert!(shown.contains("href=\"https://a.test/x\""), "{shown}");
            assert_eq!(sanitise(&shown), shown);
        }
        assert!(!sanitise("<a href=\"java\nscript:alert(1)\">a</a>").contains("script"));
    }

    #[test]
    fn structure_stays_and_the_rest_leaves_its_text() {
        for html in [
            "<p>a<br>b</p>",
            "<ol start=\"3\" reversed=\"\"><li value=\"4\">a</li></ol>",
            "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
            "<h2>a</h2><pre><code>b</code></pre><blockquote><p>c</p></blockquote>",
            "<p class=\"quote-inline\">RE</p>",
            "<span class=\"h-card\" translate=\"no\">a</span>",
        ] {
            assert_eq!(sanitise(html), html);
        }
        assert_eq!(
            sanitise("<div><h7>a</h7><table><tr><td>b</td></tr></table></div>").trim(),
            "a   b"
        );
        assert_eq!(
            sanitise("<p class=\"x modal\" style=\"y\" id=z dir=rtl>a</p>"),
            "<p>a</p>"
        );
        assert_eq!(
            sanitise("<span class='mention evil' translate=yes>a"),
            "<span class=\"mention\">a</span>"
        );
        assert_eq!(
            sanitise("<ol start=x><li value=1e9>a"),
            "<ol><li>a</li></ol>"
        );
    }

    #[test]
    fn links() {
        for (html, clean) in [
            (
                "<a href=\"https://a.test\">x</a>",
                "<a href=\"https://a.test\" rel=\"nofollow noopener\" target=\"_blank\">x</a>",
            ),
            (
                "<a href='http://a.test' rel='opener TAG' target=_top>x</a>",
                "<a href=\"http://a.test\" rel=\"nofollow noopener tag\" target=\"_blank\">x</a>",
            ),
            (
                "<a href='mailto:a@b.test' rel=me>x</a>",
                "<a href=\"mailto:a@b.test\" rel=\"nofollow noopener me\" target=\"_blank\">x</a>",
            ),
        ] {
            assert_eq!(sanitise(html), clean);
        }
        for href in [
            "javascript:alert(1)",
            "JaVa\nScript:alert(1)",
            "&#106;avascript:x",
            "data:text/html,x",
            "/relative",
            "//a.test",
            "vbscript:x",
            "xmpp:a@b",
        ] {
            let clean = sanitise(&format!("<a href=\"{href}\">x</a>"));
            assert_eq!(
                clean, "<a rel=\"nofollow noopener\" target=\"_blank\">x</a>",
                "{href}"
            );
        }
    }

    #[test]
    fn what_mastodon_sends() {
        let mention = "<p><span class=\"h-card\" translate=\"no\"><a href=\"https://b.test/@alice\" class=\"u-url mention\">@<span>alice</span></a></span> \
                       <a href=\"https://a.test/tags/x\" class=\"mention hashtag\" rel=\"tag\">#<span>x</span></a></p>";
        assert_eq!(
            sanitise(mention),
            "<p><span class=\"h-card\" translate=\"no\"><a href=\"https://b.test/@alice\" class=\"u-url mention\" rel=\"nofollow noopener\" \
             target=\"_blank\">@<span>alice</span></a></span> <a href=\"https://a.test/tags/x\" class=\"mention hashtag\" \
             rel=\"nofollow noopener tag\" target=\"_blank\">#<span>x</span></a></p>"
        );
    }

    #[test]
    fn nothing_runs() {
        for html in [
            "<script>alert(1)</script>",
            "<SCRIPT SRC=//x></SCRIPT>",
            "<img src=x onerror=alert(1)>",
            "<svg><script>alert(1)</script></svg>",
            "<svg><style><a title=\"</style><img src onerror=alert(1)>\"></svg>",
            "<math><mi><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "<iframe srcdoc='<script>x</script>'></iframe>",
            "<p onclick=x><b onmouseover='y'>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<form><input onfocus=x autofocus>",
            "<<script>script>alert(1)<</script>/script>",
        ] {
            let clean = sanitise(html).to_ascii_lowercase();
            for bad in [
                "<script",
                "<img",
                "<svg",
                "<iframe",
                "<style",
                "onclick=",
                "onmouseover=",
                "<input",
                "<math",
            ] {
                assert!(!clean.contains(bad), "{html} -> {clean}");
            }
        }
    }

    #[test]
    fn pathological_input_is_quick() {
        let n = 100_000;
        for html in [
            "<b>".repeat(n),
            "<blockquote>".repeat(n),
            "<div>".repeat(n) + "x" + &"</div>".repeat(n),
            "</b>".repeat(n),
            "<p>".repeat(n),
            "<!--".repeat(n),
            "<a ".repeat(n),
            "<style>".repeat(n),
            "&".repeat(n),
            "a&amp;b".repeat(n),
            "a\r\n".repeat(n),
            "<".repeat(n),
            format!("<a {}>x</a>", "rel ".repeat(n)),
            (0..n).fold("<a ".to_owned(), |html, i| html + &format!("a{i} ")) + ">x",
            "<b>".repeat(60) + &"<p>x</p>".repeat(n),
            (0..n).fold(String::new(), |html, i| {
                html + &format!("<b class={i}><object></b></object>")
            }),
            "<blockquote><b></blockquote>".repeat(n),
            "<a><p></a>".repeat(n),
            "<table><b>".repeat(n),
            "<ul><li>".repeat(n),
            "<b><p></b>".repeat(n),
        ] {
            let start = Instant::now();
            let clean = sanitise(&html);
            let head: String = html.chars().take(40).collect();
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "{head} took {:?}",
                start.elapsed()
            );
            assert!(
                clean.len() < 8 * MAX_BYTES,
                "{head} grew to {}",
                clean.len()
            );
        }
    }
}
