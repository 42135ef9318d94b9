//! <https://docs.joinmastodon.org/entities/PreviewCard/>

use kontor_actions::{cards::Card, trends::LinkView};
use kontor_domain::{site::Site, time};
use serde::Serialize;

use super::{Never, tag::History};

#[derive(Debug, Clone, Serialize)]
pub struct PreviewCard {
    pub url: String,
    pub title: String,
    pub description: String,
    pub language: Option<String>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub author_name: String,
    pub author_url: String,
    pub authors: Vec<CardAuthor>,
    pub provider_name: String,
    pub provider_url: String,
    /// Nothing of another site runs inside an app here.
    pub html: &'static str,
    pub embed_url: &'static str,
    pub width: i32,
    pub height: i32,
    pub image: Option<String>,
    pub image_description: String,
    pub blurhash: Option<String>,
    pub published_at: Option<String>,
    pub missing_attribution: Option<Never>,
}

#[derive(Debug, Clone, Serialize)]
pub struct CardAuthor {
    pub name: String,
    pub url: String,
    /// Whom a page names as an account has to say so as well, and cannot here yet.
    pub account: Option<Never>,
}

impl PreviewCard {
    pub fn new(site: &Site, card: &Card) -> Self {
        let authors = if card.author_name.is_empty() && card.author_url.is_empty() {
            Vec::new()
        } else {
            vec![CardAuthor {
                name: card.author_name.clone(),
                url: card.author_url.clone(),
                account: None,
            }]
        };
        Self {
            url: card.url.clone(),
            title: card.title.clone(),
            description: card.description.clone(),
            language: card.language.clone(),
            kind: "link",
            author_name: card.author_name.clone(),
            author_url: card.author_url.clone(),
            authors,
            provider_name: card.provider_name.clone(),
            provider_url: card.provider_url.clone(),
            html: "",
            embed_url: "",
            width: card.image_width.unwrap_or(0),
            height: card.image_height.unwrap_or(0),
            image: card.image_file.as_ref().map(|file| site.file(file)),
            image_description: card.image_description.clone(),
            blurhash: card.blurhash.clone(),
            published_at: card.published_at.map(time::rfc3339),
            missing_attribution: None,
        }
    }
}

/// A page that many linked to lately.
#[derive(Debug, Clone, Serialize)]
pub struct TrendingLink {
    #[serde(flatten)]
    pub card: PreviewCard,
    /// The last seven days, today first.
    pub history: Vec<History>,
}

impl TrendingLink {
    pub fn all(site: &Site, views: Vec<LinkView>) -> Vec<Self> {
        views
            .into_iter()
            .map(|view| Self {
                card: PreviewCard::new(site, &view.card),
                history: view.history.into_iter().map(History::from).collect(),
            })
            .collect()
    }
}
