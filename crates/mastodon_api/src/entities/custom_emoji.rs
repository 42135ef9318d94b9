//! <https://docs.joinmastodon.org/entities/CustomEmoji/>

use kontor_actions::custom_emojis::{self, CustomEmoji as Row};
use kontor_domain::{emoji::Emoji, site::Site};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct CustomEmoji {
    pub shortcode: String,
    pub url: String,
    pub static_url: String,
    pub visible_in_picker: bool,
    pub category: Option<String>,
}

impl CustomEmoji {
    pub fn new(site: &Site, row: &Row) -> Self {
        let url = custom_emojis::url(site, row);
        Self {
            shortcode: row.shortcode.clone(),
            static_url: url.clone(),
            url,
            visible_in_picker: row.domain.is_empty(),
            category: None,
        }
    }

    pub fn all(site: &Site, rows: &[Row]) -> Vec<Self> {
        rows.iter().map(|row| Self::new(site, row)).collect()
    }
}

/// As it is kept beside a profile.
impl From<Emoji> for CustomEmoji {
    fn from(kept: Emoji) -> Self {
        Self {
            shortcode: kept.shortcode,
            static_url: kept.url.clone(),
            url: kept.url,
            visible_in_picker: false,
            category: None,
        }
    }
}
