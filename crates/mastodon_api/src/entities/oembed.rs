//! A post as others show it on their pages. <https://docs.joinmastodon.org/methods/oembed/>, <https://oembed.com>

use kontor_actions::posts::PostView;
use kontor_domain::{
    site::Site,
    text::{
        excerpt,
        framing::{linked, paragraph},
        plain,
    },
};
use serde::Serialize;

use super::account::acct;

/// How long it stays good elsewhere, in seconds.
const CACHE_AGE: u32 = 24 * 60 * 60;
const TITLE_CHARACTERS: usize = 100;

#[derive(Debug, Clone, Serialize)]
pub struct OEmbed {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub version: &'static str,
    pub title: String,
    pub author_name: String,
    pub author_url: String,
    pub provider_name: String,
    pub provider_url: String,
    pub cache_age: u32,
    /// Without a script or a frame: the text, and a link to the post.
    pub html: String,
    pub width: u32,
    pub height: Option<String>,
}

impl OEmbed {
    pub fn new(site: &Site, view: &PostView, width: u32) -> Self {
        let (post, account) = (&view.post, &view.account);
        let name = if account.display_name.is_empty() {
            acct(account)
        } else {
            account.display_name.clone()
        };
        // What is behind a warning stays behind it.
        let (text, body) = if post.spoiler_text.is_empty() {
            (plain(&post.content), post.content.clone())
        } else {
            (post.spoiler_text.clone(), paragraph(&post.spoiler_text))
        };
        let by = paragraph(&format!("{name} (@{}@{})", account.username, site.domain()));
        let link = linked(&post.url);
        Self {
            kind: "rich",
            version: "1.0",
            title: format!("{name}: {}", excerpt(&text, TITLE_CHARACTERS)),
            author_name: name,
            author_url: account.url.clone(),
            provider_name: site.domain().to_owned(),
            provider_url: site.url("/"),
            cache_age: CACHE_AGE,
            html: format!("<blockquote>{body}{by}{link}</blockquote>"),
            width,
            height: None,
        }
    }
}
