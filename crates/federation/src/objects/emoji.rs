//! Custom emoji on the wire, both ways (FEP-9098).

use activitypub_federation::protocol::helpers::deserialize_skip_error;
use kontor_actions::{
    App,
    custom_emojis::{self, CustomEmoji, RemoteEmoji},
};
use kontor_domain::{
    emoji::is_shortcode,
    time::{self, rfc3339_seconds},
};
use serde::{Deserialize, Serialize};

use super::loose::{self, Link};

/// Emoji of one object that are read.
const MAX_EMOJIS: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type")]
pub struct Emoji {
    pub id: String,
    /// `:shortcode:`
    pub name: String,
    pub updated: String,
    pub icon: Icon,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "Image")]
pub struct Icon {
    #[serde(rename = "mediaType")]
    pub media_type: &'static str,
    pub url: String,
}

/// One of ours.
pub fn outgoing(app: &App, emoji: &CustomEmoji) -> Emoji {
    let file = emoji.file.as_deref().unwrap_or_default();
    Emoji {
        id: app.site.url(&format!("/emojis/{}", emoji.id)),
        name: format!(":{}:", emoji.shortcode),
        updated: rfc3339_seconds(emoji.updated_at),
        icon: Icon {
            media_type: match file.rsplit_once('.').map(|(_, ending)| ending) {
                Some("gif") => "image/gif",
                Some("jpg") => "image/jpeg",
                _ => "image/png",
            },
            url: custom_emojis::url(&app.site, emoji),
        },
    }
}

/// A tag of a peer's object, which may be an emoji.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct IncomingEmoji {
    #[serde(rename = "type", deserialize_with = "loose::words")]
    kind: Vec<String>,
    /// May be null (Akkoma).
    #[serde(deserialize_with = "loose::id")]
    id: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::links")]
    icon: Vec<Link>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    updated: Option<String>,
}

/// The emoji among the tags of an object.
pub fn incoming(tags: &[IncomingEmoji]) -> Vec<RemoteEmoji> {
    let mut found: Vec<RemoteEmoji> = Vec::new();
    for tag in tags {
        let name = tag.name.as_deref().unwrap_or_default();
        let name = name.strip_prefix(':').unwrap_or(name);
        let name = name.strip_suffix(':').unwrap_or(name);
        let url = super::attachment::picture(&tag.icon);
        let new = found.iter().all(|known| known.shortcode != name);
        if let Some(url) = url
            && tag.kind.iter().any(|kind| kind == "Emoji")
            && is_shortcode(name)
            && new
            && found.len() < MAX_EMOJIS
        {
            found.push(RemoteEmoji {
                shortcode: name.to_owned(),
                uri: tag.id.clone(),
                url,
                updated: tag.updated.as_deref().and_then(time::parse),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn emoji_with_and_without_an_id() {
        let tags: Vec<IncomingEmoji> = serde_json::from_value(json!([
            {"type": "Emoji", "id": null, "name": ":cat:", "icon": {"type": "Image", "url": "https://a.test/cat.png"}, "updated": "2026-01-01T00:00:00Z"},
            {"type": "Emoji", "id": "https://a.test/e/2", "name": "dog", "icon": {"type": "Image", "url": "https://a.test/dog.png"}},
            {"type": "Emoji", "name": ":cat:", "icon": {"url": "https://a.test/other.png"}},
            {"type": "Emoji", "name": ":<b>:", "icon": {"url": "https://a.test/b.png"}},
            {"type": "Mention", "name": "@x", "href": "https://a.test/x"},
            {"type": "Emoji", "name": ":none:"}
        ]))
        .unwrap();
        let names: Vec<_> = incoming(&tags)
            .into_iter()
            .map(|emoji| (emoji.shortcode, emoji.url))
            .collect();
        let pair = |name: &str, url: &str| (name.to_owned(), url.to_owned());
        assert_eq!(
            names,
            [
                pair("cat", "https://a.test/cat.png"),
                pair("dog", "https://a.test/dog.png")
            ]
        );
    }
}
