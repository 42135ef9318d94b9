//! Plain text as HTML: empty lines part paragraphs, other line ends stay.

use super::{html::Html, resolver::Resolver, segment::push_linked};

/// Renders plain text. What `resolver` does not know stays text.
pub fn render_plain(source: &str, resolver: &Resolver) -> Html {
    let mut out = String::new();
    let mut in_paragraph = false;
    for line in source.lines() {
        if line.trim().is_empty() {
            if in_paragraph {
                out.push_str("</p>");
            }
            in_paragraph = false;
            continue;
        }
        out.push_str(if in_paragraph { "<br />" } else { "<p>" });
        in_paragraph = true;
        push_linked(&mut out, line.trim_end(), resolver);
    }
    if in_paragraph {
        out.push_str("</p>");
    }
    Html::new(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::text::{Handle, MentionTarget};

    fn resolver() -> Resolver {
        let mut resolver = Resolver::new();
        resolver.add_mention(
            &Handle::parse("alice@b.test").unwrap(),
            MentionTarget {
                url: "https://b.test/@alice".into(),
                username: "alice".into(),
                full_acct: "alice@b.test".into(),
            },
        );
        resolver.add_hashtag("rust", "https://a.test/tags/rust".into());
        resolver
    }

    fn render(source: &str) -> String {
        render_plain(source, &resolver()).into_string()
    }

    #[test]
    fn lines_and_paragraphs() {
        assert_eq!(render("a\nb\r\n\r\n \n\nc\n"), "<p>a<br />b</p><p>c</p>");
        assert_eq!(render(" \n\n"), "");
    }

    #[test]
    fn what_is_known_is_linked_and_the_rest_is_text() {
        assert_eq!(
            render("(@Alice@b.test) @bob"),
            "<p>(<span class=\"h-card\" translate=\"no\"><a href=\"https://b.test/@alice\" class=\"u-url mention\">@<span>alice</span>\
             </a></span>) @bob</p>"
        );
        assert_eq!(
            render("#Rust #other"),
            "<p><a href=\"https://a.test/tags/rust\" class=\"mention hashtag\" rel=\"tag\">#<span>Rust</span></a> #other</p>"
        );
        assert_eq!(
            render("see http://c.test."),
            "<p>see <a href=\"http://c.test\" rel=\"nofollow noopener\" target=\"_blank\" translate=\"no\"><span class=\"invisible\">\
             http://</span><span>c.test</span><span class=\"invisible\"></span></a>.</p>"
        );
    }

    #[test]
    fn namesakes_are_told_apart() {
        let mut resolver = resolver();
        resolver.add_mention(
            &Handle::parse("alice").unwrap(),
            MentionTarget {
                url: "https://a.test/@alice".into(),
                username: "alice".into(),
                full_acct: "alice@a.test".into(),
            },
        );
        let html = render_plain("@alice @alice@b.test", &resolver).into_string();
        assert!(
            html.contains("<span>alice@a.test</span>")
                && html.contains("<span>alice@b.test</span>"),
            "{html}"
        );
    }

    #[test]
    fn a_group_is_told_from_a_person_of_its_name() {
        let mut resolver = Resolver::new();
        for (handle, url) in [
            ("@garden@b.test", "https://b.test/u/garden"),
            ("!garden@b.test", "https://b.test/c/garden"),
        ] {
            resolver.add_mention(
                &Handle::parse(handle).unwrap(),
                MentionTarget {
                    url: url.into(),
                    username: "garden".into(),
                    full_acct: "garden@b.test".into(),
                },
            );
        }
        let html = render_plain("!garden@b.test @garden@b.test !garden", &resolver).into_string();
        assert_eq!(
            html,
            "<p><span class=\"h-card\" translate=\"no\"><a href=\"https://b.test/c/garden\" class=\"u-url mention\">!<span>garden</span>\
             </a></span> <span class=\"h-card\" translate=\"no\"><a href=\"https://b.test/u/garden\" class=\"u-url mention\">@<span>garden\
             </span></a></span> !garden</p>"
        );
    }

    #[test]
    fn hostile_source_stays_text() {
        assert_eq!(
            render("<script>x</script> & \"y\""),
            "<p>&lt;script&gt;x&lt;/script&gt; &amp; \"y\"</p>"
        );
        let html = render("https://c.test/\"onmouseover=alert(1)");
        assert!(
            html.ends_with("\"onmouseover=alert(1)</p>")
                && html.contains("href=\"https://c.test/\" rel"),
            "{html}"
        );
    }
}
