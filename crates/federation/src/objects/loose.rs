//! Properties as peers write them: one value or many, an address or the object at it, a link, or something else altogether.
//! What cannot be used is passed over; whether what remains is enough is decided by who reads it.

use std::collections::HashSet;

use kontor_domain::{site::same_authority, text::plain};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

/// Values of one property that are looked at; the others are passed over. A post may name many, and whoever of them is here
/// must not be missed.
const MAX_VALUES: usize = 10_000;

/// Longest address that is kept. Browsers and peers go to about this.
const MAX_ADDRESS: usize = 2048;

/// The values of a property: none for null, those of an array, or the one.
fn values(value: Value) -> impl Iterator<Item = Value> {
    let (many, one) = match value {
        Value::Array(values) => (values, None),
        Value::Null => (Vec::new(), None),
        one => (Vec::new(), Some(one)),
    };
    many.into_iter().take(MAX_VALUES).chain(one)
}

/// An address, or the `id` (of a Link: the `href`) of the object that stands in its place.
pub fn id_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(id) => Some(id),
        Value::Object(object) => object.get("id").or_else(|| object.get("href"))?.as_str(),
        _ => None,
    }
}

/// For `to`, `cc`, `attributedTo`, `alsoKnownAs`, …
pub fn ids<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    let mut seen = HashSet::new();
    Ok(values(Value::deserialize(input)?)
        .filter_map(|value| id_of(&value).map(ToOwned::to_owned))
        .filter(|id| seen.insert(id.clone()))
        .collect())
}

/// For what there should be one of: the first.
pub fn id<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(values(Value::deserialize(input)?).find_map(|value| id_of(&value).map(ToOwned::to_owned)))
}

/// For `type`: JSON-LD allows several, and the prefix of the namespace.
pub fn words<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    Ok(values(Value::deserialize(input)?)
        .filter_map(|value| match value {
            Value::String(word) => Some(match word.strip_prefix("as:") {
                Some(bare) => bare.to_owned(),
                None => word,
            }),
            _ => None,
        })
        .collect())
}

/// For `tag`, `attachment`, `publicKey`: those values that have the shape.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(input: D) -> Result<Vec<T>, D::Error> {
    Ok(values(Value::deserialize(input)?)
        .filter_map(|value| serde_json::from_value(value).ok())
        .collect())
}

/// A place on the web: an address, a Link, or an Image or other object with a `url` of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub href: String,
    pub media_type: Option<String>,
    /// What can be seen there, as most servers say it of a picture.
    pub name: Option<String>,
}

/// For `url`, `icon`, `image`.
pub fn links<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Link>, D::Error> {
    Ok(values(Value::deserialize(input)?)
        .flat_map(|value| link(value, 2))
        .collect())
}

/// `depth`: an Image has a `url`, which may be a Link, and there it ends.
fn link(value: Value, depth: u8) -> Vec<Link> {
    match value {
        Value::String(href) => vec![Link {
            href,
            media_type: None,
            name: None,
        }],
        Value::Object(mut object) => {
            let text = |key: &str| object.get(key)?.as_str().map(ToOwned::to_owned);
            let media_type = text("mediaType");
            let name = text("name").or_else(|| text("summary"));
            if let Some(Value::String(href)) = object.remove("href") {
                return vec![Link {
                    href,
                    media_type,
                    name,
                }];
            }
            let Some(inner) = object.remove("url").filter(|_| depth > 0) else {
                return Vec::new();
            };
            let mut found: Vec<Link> = values(inner)
                .flat_map(|value| link(value, depth - 1))
                .collect();
            for link in &mut found {
                link.media_type = link.media_type.take().or_else(|| media_type.clone());
                link.name = link.name.take().or_else(|| name.clone());
            }
            found
        }
        _ => Vec::new(),
    }
}

/// The first place of a page for people that is on the same server as `id` (a page elsewhere would let one server speak
/// for another).
pub fn page_of(links: &[Link], id: &str) -> Option<String> {
    let good = |link: &&Link| web_address(&link.href).is_some() && same_authority(&link.href, id);
    links
        .iter()
        .filter(good)
        .find(|link| link.media_type.as_deref() == Some("text/html"))
        .or_else(|| links.iter().find(good))
        .map(|link| link.href.clone())
}

/// `None` for what is no plain `http` or `https` address. The text is kept as it came, because ids are compared as text.
pub fn web_address(text: &str) -> Option<Url> {
    if text.len() > MAX_ADDRESS || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let plain = url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none();
    (plain && matches!(url.scheme(), "http" | "https")).then_some(url)
}

/// One line of plain text: what would break it is left out, and it ends after so many characters.
pub fn line(text: &str, characters: usize) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect();
    line.trim().chars().take(characters).collect()
}

/// One line of what may be HTML.
pub fn line_of_html(html: &str, characters: usize) -> String {
    line(&plain(html), characters)
}

/// HTML as it is stored. What is longer is cut before it is cleaned, so that no tag stays open.
pub fn html(html: &str, bytes: usize) -> String {
    let end = (0..=bytes.min(html.len()))
        .rev()
        .find(|at| html.is_char_boundary(*at))
        .unwrap_or(0);
    kontor_domain::text::sanitise(html.get(..end).unwrap_or_default()).replace('\0', "")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_or_many_addresses_or_objects() {
        for (value, expected) in [
            (json!("https://a.test/1"), vec!["https://a.test/1"]),
            (
                json!({"id": "https://a.test/1", "type": "Person"}),
                vec!["https://a.test/1"],
            ),
            (
                json!(["https://a.test/1", {"href": "https://a.test/2"}, "https://a.test/1", 7, null]),
                vec!["https://a.test/1", "https://a.test/2"],
            ),
            (json!(null), vec![]),
            (json!(7), vec![]),
        ] {
            assert_eq!(ids(&value).unwrap(), expected, "{value}");
            assert_eq!(
                id(&value).unwrap().as_deref(),
                expected.first().copied(),
                "{value}"
            );
        }
        let many: Vec<String> = (0..2 * MAX_VALUES)
            .map(|n| format!("https://a.test/{n}"))
            .collect();
        assert_eq!(ids(&json!(many)).unwrap().len(), MAX_VALUES);
    }

    #[test]
    fn links_in_every_form() {
        let link = |href: &str| Link {
            href: href.to_owned(),
            media_type: None,
            name: None,
        };
        let png = |href: &str| Link {
            href: href.to_owned(),
            media_type: Some("image/png".to_owned()),
            name: None,
        };
        for (value, expected) in [
            (json!("https://a.test/1"), vec![link("https://a.test/1")]),
            (
                json!({"type": "Image", "mediaType": "image/png", "url": "https://a.test/1"}),
                vec![png("https://a.test/1")],
            ),
            (
                json!([{"type": "Image", "url": {"type": "Link", "href": "https://a.test/1", "mediaType": "image/png"}}]),
                vec![png("https://a.test/1")],
            ),
            (
                json!({"url": {"url": {"url": {"url": "https://a.test/1"}}}}),
                vec![],
            ),
            (json!({"type": "Image"}), vec![]),
            (json!(null), vec![]),
        ] {
            assert_eq!(links(&value).unwrap(), expected, "{value}");
        }
    }

    #[test]
    fn a_page_is_on_the_server_that_names_it() {
        let found = links(&json!([
            "https://b.test/a",
            "https://a.test/feed",
            {"type": "Link", "mediaType": "text/html", "href": "https://a.test/page"}
        ]))
        .unwrap();
        assert_eq!(
            page_of(&found, "https://a.test/1").as_deref(),
            Some("https://a.test/page")
        );
        assert_eq!(
            page_of(&found, "https://b.test/1").as_deref(),
            Some("https://b.test/a")
        );
        assert_eq!(page_of(&found, "https://c.test/1"), None);
    }

    #[test]
    fn addresses_are_plain() {
        for good in ["https://a.test", "http://a.test:4000/x?y#z"] {
            assert!(web_address(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "a.test",
            "ftp://a.test/",
            "https://u:p@a.test/",
            "https://a.test/\u{0}",
            "https://a.test/ x",
            "mailto:a@b",
        ] {
            assert!(web_address(bad).is_none(), "{bad}");
        }
        assert!(web_address(&format!("https://a.test/{}", "x".repeat(MAX_ADDRESS))).is_none());
    }

    #[test]
    fn text_is_bounded() {
        assert_eq!(line(" a\n\u{0}b\u{7}c ", 3), "a b");
        assert_eq!(line_of_html("<p>AT&amp;T <b>now</b></p>", 50), "AT&T now");
        assert_eq!(html("<p>äöü</p>", 6), "<p>ä</p>");
        assert_eq!(html("<p>a</p><script>x</script>", 1000), "<p>a</p>");
    }
}
