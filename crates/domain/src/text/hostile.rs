//! Properties of the text functions on arbitrary and hostile input.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::text::tokens::{Token, tokens};
use proptest::prelude::*;

/// Pieces that parsers trip over, in any order, with arbitrary text between them.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<",
        ">",
        "\"",
        "'",
        "&",
        "&amp;",
        "&#106;",
        "&lt;script&gt;",
        "\n",
        "\n\n",
        " ",
        "\u{0}",
        "\u{a0}",
        "\u{202e}",
        "<script>",
        "</script>",
        "<b>",
        "</b>",
        "<p>",
        "</p>",
        "<a href=\"",
        "<a href=javascript:alert(1)>",
        "</a>",
        " onclick=x ",
        "<img src=x onerror=y>",
        "<!--",
        "-->",
        "<svg>",
        "<style>",
        "</style>",
        "<ul>",
        "<li>",
        "<pre>",
        "https://a.test/x",
        "http://",
        "javascript:",
        "[",
        "](",
        ")",
        "(",
        "![",
        "`",
        "```",
        "*",
        "_",
        "**",
        "~~",
        "# ",
        "> ",
        "- ",
        "1. ",
        "@alice",
        "@alice@b.test:4002",
        "!alice",
        "!garden@b.test",
        "#rust",
        "#日本語",
        "@",
        "#",
        "é",
        "👨‍👩‍👧",
        "\\",
    ]);
    prop::collection::vec(
        prop_oneof![4 => pieces.prop_map(str::to_owned), 1 => any::<String>()],
        0..24,
    )
    .prop_map(|pieces| pieces.concat())
}

fn resolver() -> Resolver {
    let mut resolver = Resolver::new();
    for handle in ["alice", "alice@b.test:4002", "!garden@b.test"] {
        let target = MentionTarget {
            url: format!("https://b.test/{handle}?a&\"b"),
            username: "alice".into(),
            full_acct: handle.into(),
        };
        resolver.add_mention(&Handle::parse(handle).unwrap(), target);
    }
    for tag in ["rust", "日本語"] {
        resolver.add_hashtag(tag, format!("https://a.test/tags/{tag}"));
    }
    resolver
}

/// Only known elements, only known attributes, only known schemes.
fn assert_harmless(html: &str) -> Result<(), TestCaseError> {
    for token in tokens(html) {
        match token {
            Token::Text(text) => prop_assert!(!text.contains('<')),
            Token::Close(name) => {
                prop_assert!(prune::KEPT.contains(&name.as_str()), "{name} in {html}");
            }
            Token::Open(name, attributes) => {
                prop_assert!(prune::KEPT.contains(&name.as_str()), "{name} in {html}");
                for (attribute, value) in attributes {
                    match attribute.as_str() {
                        "href" => prop_assert!(
                            ["http://", "https://", "mailto:"]
                                .iter()
                                .any(|s| value.to_ascii_lowercase().starts_with(s)),
                            "{value} in {html}"
                        ),
                        "class" | "rel" | "target" | "translate" | "start" | "value"
                        | "reversed" => {}
                        other => prop_assert!(false, "{other} in {html}"),
                    }
                }
            }
        }
    }
    prop_assert!(!html.contains('\u{0}'), "U+0000 in the output");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn rendered_plain_text_is_as_the_sanitiser_leaves_it(source in nasty()) {
        let html = render_plain(&source, &resolver()).into_string();
        assert_harmless(&html)?;
        prop_assert_eq!(sanitise::own(&html), html.replace("<br />", "<br>"));
    }

    #[test]
    fn rendered_markdown_is_harmless(source in nasty()) {
        let html = render_markdown(&source, &resolver()).into_string();
        assert_harmless(&html)?;
        assert_harmless(&sanitise(&html))?;
    }

    #[test]
    fn sanitised_html_is_harmless_and_stays_so(html in nasty()) {
        let once = sanitise(&html);
        assert_harmless(&once)?;
        assert_harmless(&sanitise(&once))?;
    }

    #[test]
    fn plain_text_survives_rendering(source in "[a-z<>&\"'@#. ]{0,40}") {
        let text = plain(render_plain(&source, &resolver()).as_str());
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(words(&text), words(&source));
    }

    #[test]
    fn segments_are_the_whole_text(source in nasty()) {
        let whole: String = segment::segments(&source).into_iter().map(|segment| match segment {
            segment::Segment::Text(text) | segment::Segment::Link(text) | segment::Segment::Mention(_, text) => text.to_owned(),
            segment::Segment::Hashtag(name) => format!("#{name}"),
        }).collect();
        prop_assert_eq!(whole, source);
    }

    #[test]
    fn what_is_found_is_valid(source in nasty()) {
        for found in [scan(&source), scan_markdown(&source)] {
            for handle in found.mentions {
                prop_assert_eq!(Handle::parse(&handle.to_string()), Ok(handle));
            }
            for name in found.hashtags {
                prop_assert!(hashtag::valid(&name));
                let folded = hashtag::fold(&name);
                prop_assert_eq!(hashtag::fold(&folded), folded);
            }
        }
        count_characters(&source);
    }

    #[test]
    fn excerpts_fit(text in nasty(), characters in 0..40_usize) {
        let short = excerpt(&text, characters);
        prop_assert!(count_graphemes(&short) <= characters);
        prop_assert!(!short.contains('\n'));
    }

    #[test]
    fn handles_and_languages_never_panic(text in any::<String>()) {
        if let Ok(handle) = Handle::parse(&text) {
            prop_assert_eq!(Handle::parse(&handle.key()).map(|h| h.key()), Ok(handle.key()));
        }
        if let Some(language) = language::normalise(&text) {
            prop_assert_eq!(language::normalise(&language), Some(language));
        }
    }
}

fn count_graphemes(text: &str) -> usize {
    unicode_segmentation::UnicodeSegmentation::graphemes(text, true).count()
}

#[test]
fn long_sources_are_quick() {
    let n = 20_000;
    for source in [
        ">".repeat(n),
        "[".repeat(n),
        "*a ".repeat(n),
        "`".repeat(n),
        "- ".repeat(n),
        "![".repeat(n),
        "<b ".repeat(n),
        "_a*".repeat(n),
        "@".repeat(n),
        "https://".repeat(n),
        "(https://u@".repeat(n),
        "> - ".repeat(n),
        "a\n> ".repeat(n),
    ] {
        let start = std::time::Instant::now();
        render_markdown(&source, &Resolver::new());
        render_plain(&source, &Resolver::new());
        scan_markdown(&source);
        count_characters(&source);
        let head: String = source.chars().take(20).collect();
        assert!(
            start.elapsed() < std::time::Duration::from_secs(10),
            "{head} took {:?}",
            start.elapsed()
        );
    }
}
