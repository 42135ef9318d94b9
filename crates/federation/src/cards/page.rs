//! What a page says of itself for those who link to it: Open Graph, its cousins, JSON-LD, and the plain title. Fetching is elsewhere.

use std::cell::{Cell, RefCell};

use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::RawKind,
    },
};
use kontor_actions::cards::Found;
use kontor_domain::{text::language, time};
use serde_json::Value;
use url::Url;

/// What a card says, and where its picture is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Page {
    pub(crate) found: Found,
    pub(crate) image: Option<Url>,
}

/// Pieces of JSON-LD, and what a `meta` says, that are looked at.
const MOST: usize = 200;
const LONGEST: usize = 2000;

/// Bytes as text: by what the answer says, what the page says, or as UTF-8.
pub(crate) fn decode(body: &[u8], content_type: &str) -> String {
    let label = content_type
        .split(';')
        .skip(1)
        .find_map(|part| part.trim().strip_prefix("charset="))
        .map(|label| label.trim_matches('"').as_bytes().to_vec())
        .or_else(|| said_inside(body));
    let encoding = label
        .and_then(|label| encoding_rs::Encoding::for_label(&label))
        .unwrap_or(encoding_rs::UTF_8);
    encoding.decode(body).0.into_owned()
}

/// `charset=` within the first kilobyte, in either form of `meta`.
fn said_inside(body: &[u8]) -> Option<Vec<u8>> {
    let head = body.get(..1024).unwrap_or(body).to_ascii_lowercase();
    let at = head.windows(8).position(|some| some == b"charset=")? + 8;
    let label = head
        .get(at..)?
        .iter()
        .skip_while(|byte| **byte == b'"' || **byte == b'\'');
    Some(
        label
            .copied()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_:".contains(byte))
            .collect(),
    )
}

/// Reads a page that was found at `at`.
pub(crate) fn read(html: &str, at: &Url) -> Page {
    let head = collect(html);
    let article = head.articles.iter().find_map(|text| article(text));
    let article = article.unwrap_or_default();
    let meta = |names: &[&str]| {
        names.iter().find_map(|wanted| {
            let (_, said) = head.metas.iter().find(|(name, _)| name == wanted)?;
            line(said)
        })
    };
    let first = |said: Option<String>, names: &[&str]| said.or_else(|| meta(names));
    let image = first(
        article.image,
        &[
            "og:image:secure_url",
            "og:image",
            "og:image:url",
            "twitter:image",
            "twitter:image:src",
        ],
    );
    let title = article
        .headline
        .or_else(|| meta(&["og:title", "twitter:title"]))
        .or_else(|| line(&head.title))
        .unwrap_or_default();
    let address = |text: Option<String>| {
        text.and_then(|text| at.join(&text).ok())
            .filter(|url| matches!(url.scheme(), "http" | "https"))
    };
    let language = article
        .language
        .or_else(|| meta(&["og:locale"]))
        .or_else(|| line(&head.language))
        .and_then(|code| language::normalise(&code.replace('_', "-")));
    Page {
        found: Found {
            title,
            description: first(
                article.description,
                &["og:description", "twitter:description", "description"],
            )
            .unwrap_or_default(),
            language,
            author_name: first(
                article.author,
                &[
                    "og:author",
                    "og:author:username",
                    "author",
                    "article:author:name",
                ],
            )
            .unwrap_or_default(),
            author_url: address(article.author_url)
                .map(String::from)
                .unwrap_or_default(),
            provider_name: first(article.publisher, &["og:site_name"]).unwrap_or_default(),
            provider_url: address(article.publisher_url)
                .map(String::from)
                .unwrap_or_default(),
            published_at: first(article.published, &["article:published_time"])
                .and_then(|text| time::parse(&text)),
            image_description: meta(&["og:image:alt", "twitter:image:alt"]).unwrap_or_default(),
            picture: None,
        },
        image: address(image),
    }
}

/// Does a page that was found at `at` say of one of these that it is its author's?
pub(crate) fn leads_to(html: &str, at: &Url, own: &[Url]) -> bool {
    let plain = |url: &Url| {
        let mut url = url.clone();
        url.set_fragment(None);
        url.as_str().trim_end_matches('/').to_ascii_lowercase()
    };
    let own: Vec<String> = own.iter().map(plain).collect();
    collect(html)
        .authors
        .iter()
        .filter_map(|address| at.join(address.trim()).ok())
        .any(|url| own.contains(&plain(&url)))
}

/// One line of text, and not too much of it.
fn line(text: &str) -> Option<String> {
    let line = kontor_domain::text::excerpt(&text.replace('\0', ""), LONGEST);
    Some(line).filter(|line| !line.is_empty())
}

/// What JSON-LD says of an article.
#[derive(Debug, Default)]
struct Article {
    headline: Option<String>,
    description: Option<String>,
    image: Option<String>,
    author: Option<String>,
    author_url: Option<String>,
    publisher: Option<String>,
    publisher_url: Option<String>,
    published: Option<String>,
    language: Option<String>,
}

/// `None`: it is about something else, or cannot be read.
fn article(text: &str) -> Option<Article> {
    let value: Value = serde_json::from_str(text.trim()).ok()?;
    let about = match &value {
        Value::Array(list) => list.iter().collect::<Vec<_>>(),
        Value::Object(map) => match map.get("@graph") {
            Some(Value::Array(list)) => list.iter().collect(),
            _ => vec![&value],
        },
        _ => return None,
    };
    let about = about.into_iter().take(MOST).find(|value| {
        let kinds = match value.get("@type") {
            Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(kind)) => vec![kind.as_str()],
            _ => Vec::new(),
        };
        kinds.iter().any(|kind| {
            matches!(
                *kind,
                "Article"
                    | "NewsArticle"
                    | "BlogPosting"
                    | "WebPage"
                    | "Report"
                    | "TechArticle"
                    | "ScholarlyArticle"
            )
        })
    })?;
    let author = one(about.get("author"));
    let publisher = one(about.get("publisher"));
    Some(Article {
        headline: text_of(about.get("headline")),
        description: text_of(about.get("description")),
        image: one(about.get("image"))
            .and_then(|image| text_of(image.get("url")).or_else(|| text_of(Some(image)))),
        author: author
            .and_then(|author| text_of(author.get("name")).or_else(|| text_of(Some(author)))),
        author_url: author.and_then(|author| text_of(author.get("url"))),
        publisher: publisher.and_then(|publisher| text_of(publisher.get("name"))),
        publisher_url: publisher.and_then(|publisher| text_of(publisher.get("url"))),
        published: text_of(about.get("datePublished")),
        language: text_of(about.get("inLanguage")),
    })
}

fn one(value: Option<&Value>) -> Option<&Value> {
    match value? {
        Value::Array(list) => list.first(),
        value => Some(value),
    }
}

fn text_of(value: Option<&Value>) -> Option<String> {
    line(&unescaped(value?.as_str()?))
}

/// Many write the texts of JSON-LD as if they were HTML.
fn unescaped(text: &str) -> String {
    if text.contains('&') || text.contains('<') {
        kontor_domain::text::plain(text)
    } else {
        text.to_owned()
    }
}

#[derive(Debug, Default)]
struct Head {
    title: String,
    language: String,
    metas: Vec<(String, String)>,
    articles: Vec<String>,
    /// Where links with `rel="me"` lead.
    authors: Vec<String>,
}

fn collect(html: &str) -> Head {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    // The sink never asks it to stop.
    let _whole = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.head.into_inner()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Inside {
    #[default]
    Nothing,
    Title,
    Article,
    Other,
}

#[derive(Default)]
struct Sink {
    head: RefCell<Head>,
    inside: Cell<Inside>,
}

impl Sink {
    fn open(&self, tag: &Tag) -> TokenSinkResult<()> {
        let value = |name: &str| {
            tag.attrs
                .iter()
                .find(|attribute| &*attribute.name.local == name)
                .map(|attribute| attribute.value.to_string())
        };
        let mut head = self.head.borrow_mut();
        match &*tag.name {
            "html" => head.language = value("lang").unwrap_or_default(),
            "meta" if head.metas.len() < MOST => {
                let name = value("property").or_else(|| value("name"));
                if let (Some(name), Some(content)) = (name, value("content")) {
                    head.metas.push((name.trim().to_ascii_lowercase(), content));
                }
            }
            "a" | "link" if head.authors.len() < MOST => {
                let rel = value("rel").unwrap_or_default();
                let mut words = rel.split_ascii_whitespace();
                if words.any(|word| word.eq_ignore_ascii_case("me")) {
                    head.authors.extend(value("href"));
                }
            }
            // That of a picture is another.
            "title" if head.title.is_empty() => {
                self.inside.set(Inside::Title);
                return TokenSinkResult::RawData(RawKind::Rcdata);
            }
            "script" => {
                let kind = value("type").unwrap_or_default();
                let wanted = kind.trim().eq_ignore_ascii_case("application/ld+json")
                    && head.articles.len() < MOST;
                if wanted {
                    head.articles.push(String::new());
                }
                self.inside.set(if wanted {
                    Inside::Article
                } else {
                    Inside::Other
                });
                return TokenSinkResult::RawData(RawKind::ScriptData);
            }
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                self.inside.set(Inside::Other);
                return TokenSinkResult::RawData(RawKind::Rawtext);
            }
            "textarea" => {
                self.inside.set(Inside::Other);
                return TokenSinkResult::RawData(RawKind::Rcdata);
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return self.open(&tag),
            Token::TagToken(_) => self.inside.set(Inside::Nothing),
            Token::CharacterTokens(text) => {
                let mut head = self.head.borrow_mut();
                match self.inside.get() {
                    Inside::Title => head.title.push_str(&text),
                    Inside::Article => {
                        if let Some(article) = head.articles.last_mut() {
                            article.push_str(&text);
                        }
                    }
                    Inside::Nothing | Inside::Other => {}
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Url {
        Url::parse("https://news.test/a/b").unwrap()
    }

    #[test]
    fn open_graph_comes_before_the_plain_title() {
        let page = read(
            "<!doctype html><html lang=de><head><meta charset=utf-8><title>Plain &amp; simple</title>\
             <meta property='og:title' content='Open &quot;Graph&quot;'><meta name=description content='Plain words'>\
             <meta property=og:description content=' Two\n lines '><meta property=og:image content='/p.png'>\
             <meta property='og:image:alt' content='a lighthouse'><meta property=og:site_name content=News>\
             <meta property=article:published_time content='2026-01-31T12:00:00+01:00'>\
             <meta name=author content='Ada Example'></head><body><svg><title>no</title></svg></body>",
            &at(),
        );
        assert_eq!(page.found.title, "Open \"Graph\"");
        assert_eq!(page.found.description, "Two lines");
        assert_eq!(page.found.provider_name, "News");
        assert_eq!(page.found.author_name, "Ada Example");
        assert_eq!(page.found.image_description, "a lighthouse");
        assert_eq!(page.found.language.as_deref(), Some("de"));
        assert_eq!(page.found.published_at, time::parse("2026-01-31T11:00:00Z"));
        assert_eq!(page.image.unwrap().as_str(), "https://news.test/p.png");
        let plain = read("<title>Plain &amp; simple</title><p>x", &at());
        assert_eq!(
            (plain.found.title.as_str(), plain.image),
            ("Plain & simple", None)
        );
    }

    #[test]
    fn an_article_says_who_wrote_it() {
        let page = read(
            "<script type=\"application/ld+json\">{\"@graph\": [{\"@type\": \"Organization\", \"name\": \"x\"}, {\"@type\": [\"NewsArticle\"], \
               \"headline\": \"Tom &amp; Jerry\", \"author\": [{\"@type\": \"Person\", \"name\": \"Ada\", \"url\": \"/ada\"}], \
               \"publisher\": {\"name\": \"The News\", \"url\": \"https://news.test/\"}, \"image\": [\"https://cdn.test/i.png\"], \
               \"datePublished\": \"2026-01-31T12:00:00Z\", \"inLanguage\": \"en-GB\"}]}</script>\
             <script>var a = '<meta property=og:title content=no>'</script><title>no</title>",
            &at(),
        );
        assert_eq!(page.found.title, "Tom & Jerry");
        assert_eq!(page.found.author_name, "Ada");
        assert_eq!(page.found.author_url, "https://news.test/ada");
        assert_eq!(page.found.provider_name, "The News");
        assert_eq!(page.found.published_at, time::parse("2026-01-31T12:00:00Z"));
        assert_eq!(page.image.unwrap().as_str(), "https://cdn.test/i.png");
    }

    #[test]
    fn a_page_leads_to_whom_it_names_as_its_author() {
        let own: Vec<Url> = ["https://here.test/@ann", "https://here.test/users/1"]
            .iter()
            .map(|url| Url::parse(url).unwrap())
            .collect();
        for (html, leads) in [
            ("<a rel=me href='https://here.test/@ann'>me</a>", true),
            (
                "<link rel='nofollow ME' href=https://here.test/@Ann/>",
                true,
            ),
            (
                "<a href='https://here.test/users/1#x' rel=\"me\">me</a>",
                true,
            ),
            (
                "<a rel=me>me</a><a rel=me href=' //here.test/@ann '>me</a>",
                true,
            ),
            ("<a href='https://here.test/@ann'>she</a>", false),
            ("<a rel=met href='https://here.test/@ann'>she</a>", false),
            ("<a rel=me href='https://here.test/@anna'>me</a>", false),
            ("<a rel=me href='https://there.test/@ann'>me</a>", false),
            ("<a rel=me href='/@ann'>me</a>", false),
            ("<!-- <a rel=me href='https://here.test/@ann'> -->", false),
            (
                "<script>'<a rel=me href=https://here.test/@ann>'</script>",
                false,
            ),
            (
                "<textarea><a rel=me href=https://here.test/@ann></textarea>",
                false,
            ),
        ] {
            assert_eq!(leads_to(html, &at(), &own), leads, "{html}");
        }
        let many = "<a rel=me href=/x></a>".repeat(10_000);
        let late = format!("{many}<a rel=me href=https://here.test/@ann></a>");
        assert!(!leads_to(&late, &at(), &own), "not without end");
    }

    #[test]
    fn nonsense_says_nothing_and_does_no_harm() {
        for html in [
            "",
            "<",
            "<title",
            "<title>never ends",
            "<script type='application/ld+json'>{\"@type\":",
            "<script type='application/ld+json'>[[[[1]]]]</script>",
            "<meta property=og:image content='javascript:alert(1)'>",
            "<meta property=og:image content='data:image/png;base64,AAAA'>",
            "\0\0<meta>",
        ] {
            let page = read(html, &at());
            assert_eq!(page.image, None, "{html}");
        }
        let long = format!("<title>{}</title>", "word ".repeat(10_000));
        assert!(read(&long, &at()).found.title.chars().count() <= LONGEST);
    }

    #[test]
    fn other_encodings_are_read() {
        let latin = b"<meta charset=\"iso-8859-1\"><title>Z\xfcrich</title>";
        assert!(decode(latin, "text/html").contains("Zürich"));
        assert!(decode(b"Z\xfcrich", "text/html; charset=windows-1252").contains("Zürich"));
        assert!(decode("日本".as_bytes(), "text/html").contains("日本"));
    }
}
