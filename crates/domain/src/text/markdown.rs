//! Markdown (`CommonMark` and strikethrough) as HTML. HTML in the source is text like any other.

use super::{
    html::{Html, push_text},
    link,
    resolver::Resolver,
    sanitise,
    scan::{Found, Scan},
    segment::push_linked,
};
use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream,
};

/// Renders Markdown. Handles, hashtags and bare addresses are linked outside of code and of links; line ends stay, as people
/// expect of a post. What `resolver` does not know stays text.
pub fn render_markdown(source: &str, resolver: &Resolver) -> Html {
    let mut writer = Writer {
        out: String::new(),
        resolver,
        open: Vec::new(),
        verbatim: 0,
    };
    for event in events(source) {
        writer.write(event);
    }
    Html::new(sanitise::own(&writer.out))
}

/// Like [`super::scan`], for Markdown: nothing inside code or the text of a link counts, the targets of links do.
pub fn scan_markdown(source: &str) -> Found {
    let mut scan = Scan::default();
    let mut verbatim = 0_usize;
    for event in events(source) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                verbatim += 1;
                if link::is_web(&dest_url) {
                    scan.link(&dest_url);
                }
            }
            Event::Start(Tag::CodeBlock(_)) => verbatim += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => {
                verbatim = verbatim.saturating_sub(1);
            }
            Event::Text(text) if verbatim == 0 => scan.text(&text),
            _ => {}
        }
    }
    scan.finish()
}

/// The events of the parser with HTML turned into text, one event per run of text.
fn events(source: &str) -> impl Iterator<Item = Event<'_>> {
    let source = sanitise::bounded(source);
    let events =
        Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH).flat_map(|event| match event {
            Event::Html(html) => {
                let line = html.trim_end_matches(['\r', '\n']).to_owned();
                [
                    Some(Event::Text(CowStr::from(line))),
                    Some(Event::HardBreak),
                ]
            }
            Event::InlineHtml(html) => [Some(Event::Text(html)), None],
            Event::Start(Tag::HtmlBlock) => [Some(Event::Start(Tag::Paragraph)), None],
            Event::End(TagEnd::HtmlBlock) => [Some(Event::End(TagEnd::Paragraph)), None],
            event => [Some(event), None],
        });
    TextMergeStream::new(events.flatten())
}

const BREAK: &str = "<br />";

struct Writer<'a> {
    out: String,
    resolver: &'a Resolver,
    open: Vec<Open<'a>>,
    /// Depth inside links and code, where text is only text.
    verbatim: usize,
}

struct Open<'a> {
    close: &'static str,
    anchor: Option<Anchor<'a>>,
}

struct Anchor<'a> {
    target: CowStr<'a>,
    /// Where its start tag is in the output, and where its label begins.
    start: usize,
    label: usize,
}

impl<'a> Writer<'a> {
    fn write(&mut self, event: Event<'a>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.verbatim > 0 => push_text(&mut self.out, &text),
            Event::Text(text) => push_linked(&mut self.out, &text, self.resolver),
            Event::Code(code) => {
                self.out.push_str("<code>");
                push_text(&mut self.out, &code);
                self.out.push_str("</code>");
            }
            Event::SoftBreak | Event::HardBreak => self.out.push_str(BREAK),
            // Clients know no `hr` in a post.
            Event::Rule => self.out.push_str("<p>* * *</p>"),
            // HTML is text by now, and the rest belongs to extensions that are off.
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        match tag {
            Tag::Paragraph => self.element("<p>", "</p>"),
            Tag::Heading { level, .. } => {
                let (open, close) = heading(level);
                self.element(open, close);
            }
            Tag::BlockQuote(_) => self.element("<blockquote>", "</blockquote>"),
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.element("<pre><code>", "</code></pre>");
                self.verbatim += 1;
            }
            Tag::List(None) => self.element("<ul>", "</ul>"),
            Tag::List(Some(1)) => self.element("<ol>", "</ol>"),
            Tag::List(Some(start)) => self.element(&format!("<ol start=\"{start}\">"), "</ol>"),
            Tag::Item => self.element("<li>", "</li>"),
            Tag::Emphasis => self.element("<em>", "</em>"),
            Tag::Strong => self.element("<strong>", "</strong>"),
            Tag::Strikethrough => self.element("<del>", "</del>"),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.link(dest_url),
            _ => self.element("", ""),
        }
    }

    fn element(&mut self, open: &str, close: &'static str) {
        self.out.push_str(open);
        self.open.push(Open {
            close,
            anchor: None,
        });
    }

    /// A picture is a link to it: pictures in a post are attachments. Anything but a web address leaves its text alone.
    fn link(&mut self, target: CowStr<'a>) {
        if link::is_web(&target) && self.verbatim == 0 {
            let start = self.out.len();
            link::push_labelled_start(&mut self.out, &target);
            let label = self.out.len();
            self.open.push(Open {
                close: "</a>",
                anchor: Some(Anchor {
                    target,
                    start,
                    label,
                }),
            });
        } else {
            self.element("", "");
        }
        self.verbatim += 1;
    }

    fn end(&mut self, tag: TagEnd) {
        let Some(open) = self.open.pop() else { return };
        match tag {
            TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock => {
                self.verbatim = self.verbatim.saturating_sub(1);
            }
            TagEnd::Paragraph => {
                while self.out.ends_with(BREAK) {
                    self.out.truncate(self.out.len() - BREAK.len());
                }
            }
            _ => {}
        }
        if let Some(Anchor {
            target,
            start,
            label,
        }) = open.anchor
        {
            let label = self.out.get(label..).unwrap_or_default();
            // Without a label nobody could press it; `<https://…>` is shown like a bare address.
            if label.trim().is_empty() || super::plain::unescape(label) == *target {
                self.out.truncate(start);
                return link::push(&mut self.out, &target);
            }
        }
        self.out.push_str(open.close);
    }
}

fn heading(level: HeadingLevel) -> (&'static str, &'static str) {
    match level {
        HeadingLevel::H1 => ("<h1>", "</h1>"),
        HeadingLevel::H2 => ("<h2>", "</h2>"),
        HeadingLevel::H3 => ("<h3>", "</h3>"),
        HeadingLevel::H4 => ("<h4>", "</h4>"),
        HeadingLevel::H5 => ("<h5>", "</h5>"),
        HeadingLevel::H6 => ("<h6>", "</h6>"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::text::{Handle, MentionTarget};

    fn render(source: &str) -> String {
        let mut resolver = Resolver::new();
        let target = MentionTarget {
            url: "https://b.test/@alice".into(),
            username: "alice".into(),
            full_acct: "alice@b.test".into(),
        };
        resolver.add_mention(&Handle::parse("alice").unwrap(), target);
        resolver.add_hashtag("rust", "https://a.test/tags/rust".into());
        render_markdown(source, &resolver).into_string()
    }

    #[test]
    fn blocks() {
        assert_eq!(
            render("# One\n\n###### Six\n\na\nb  \nc"),
            "<h1>One</h1><h6>Six</h6><p>a<br>b<br>c</p>"
        );
        assert_eq!(
            render("- a\n- b\n\n3. c\n4. d"),
            "<ul><li>a</li><li>b</li></ul><ol start=\"3\"><li>c</li><li>d</li></ol>"
        );
        assert_eq!(
            render("> a\n>\n> b"),
            "<blockquote><p>a</p><p>b</p></blockquote>"
        );
        assert_eq!(
            render("```rust\nlet a = 1 < 2;\n@alice\n```"),
            "<pre><code>let a = 1 &lt; 2;\n@alice\n</code></pre>"
        );
        assert_eq!(render("a\n\n---\n\nb"), "<p>a</p><p>* * *</p><p>b</p>");
    }

    #[test]
    fn inline() {
        assert_eq!(
            render("*a* **b** ~~c~~ `d #rust`"),
            "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d #rust</code></p>"
        );
        assert_eq!(
            render("[a *b*](https://c.test/?x=1&y=2 \"t\")"),
            "<p><a href=\"https://c.test/?x=1&amp;y=2\" rel=\"nofollow noopener\" target=\"_blank\">a <em>b</em></a></p>"
        );
        assert_eq!(
            render("![alt](https://c.test/x.png)"),
            "<p><a href=\"https://c.test/x.png\" rel=\"nofollow noopener\" target=\"_blank\">alt</a></p>"
        );
        let short = "<p><a href=\"https://c.test/\" rel=\"nofollow noopener\" target=\"_blank\" translate=\"no\"><span class=\"invisible\">\
                     https://</span><span>c.test/</span><span class=\"invisible\"></span></a></p>";
        for source in [
            "<https://c.test/>",
            "https://c.test/",
            "[](https://c.test/)",
        ] {
            assert_eq!(render(source), short, "{source}");
        }
    }

    #[test]
    fn a_picture_in_a_link_is_its_text() {
        assert_eq!(
            render("[![alt](https://c.test/x.png)](https://d.test/)"),
            "<p><a href=\"https://d.test/\" rel=\"nofollow noopener\" target=\"_blank\">alt</a></p>"
        );
    }

    #[test]
    fn text_is_linked() {
        let html = render("**@alice** and #rust_ *#rust* [@alice](https://c.test)");
        assert_eq!(html.matches("class=\"u-url mention\"").count(), 1, "{html}");
        assert_eq!(
            html.matches("class=\"mention hashtag\"").count(),
            1,
            "{html}"
        );
        let html = render("!alice **!alice** [!alice](https://c.test) ![!alice](https://c.test)");
        assert!(!html.contains("u-url mention"), "no group is known: {html}");
        assert!(render("https://c.test/a_b_c*d*").contains("href=\"https://c.test/a_b_c"));
    }

    #[test]
    fn only_web_addresses_and_no_html() {
        for source in [
            "[a](javascript:alert(1))",
            "[a](data:text/html,x)",
            "[a](/x)",
            "[a](https://u:p@c.test)",
        ] {
            assert_eq!(render(source), "<p>a</p>", "{source}");
        }
        assert_eq!(render("<a@b.test>"), "<p>a@b.test</p>");
        assert_eq!(
            render("a <b onclick=x>c</b>"),
            "<p>a &lt;b onclick=x&gt;c&lt;/b&gt;</p>"
        );
        assert_eq!(
            render("<div>\n<script>x</script>\n</div>"),
            "<p>&lt;div&gt;<br>&lt;script&gt;x&lt;/script&gt;<br>&lt;/div&gt;</p>"
        );
    }

    #[test]
    fn scanning_sees_what_rendering_links() {
        let found = scan_markdown(
            "@alice `@bob #no`\n\n    @carol\n\n[@dave](https://c.test) **@eve** #rust\n\n```\nhttps://d.test\n```\n\n<b>@fred</b> https://e.test",
        );
        let names: Vec<_> = found.mentions.iter().map(Handle::to_string).collect();
        assert_eq!(names, ["alice", "eve", "fred"]);
        assert_eq!(found.hashtags, ["rust"]);
        assert_eq!(found.links, ["https://c.test", "https://e.test"]);
    }
}
