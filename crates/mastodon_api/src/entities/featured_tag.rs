//! <https://docs.joinmastodon.org/entities/FeaturedTag/>

use kontor_actions::tags::Featured;
use kontor_domain::{site::Site, time::date};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct FeaturedTag {
    pub id: String,
    pub name: String,
    pub url: String,
    /// A number, as a text.
    pub statuses_count: String,
    pub last_status_at: Option<String>,
}

impl FeaturedTag {
    pub fn new(site: &Site, one: Featured) -> Self {
        Self {
            id: one.id.to_string(),
            url: site.tag(&one.name),
            name: one.name,
            statuses_count: one.posts.to_string(),
            last_status_at: one.last_at.map(date),
        }
    }

    pub fn all(site: &Site, all: Vec<Featured>) -> Vec<Self> {
        all.into_iter().map(|one| Self::new(site, one)).collect()
    }
}
