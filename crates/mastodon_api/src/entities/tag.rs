//! <https://docs.joinmastodon.org/entities/Tag/>

use kontor_domain::site::Site;
use serde::Serialize;

use super::Never;

#[derive(Debug, Clone, Serialize)]
pub struct Tag {
    /// A tag is named by its name.
    pub id: String,
    pub name: String,
    pub url: String,
    /// Uses are not counted by day.
    pub history: [Never; 0],
    pub following: bool,
    pub featuring: bool,
}

impl Tag {
    pub fn new(site: &Site, name: String) -> Self {
        Self {
            id: name.clone(),
            url: site.tag(&name),
            name,
            history: [],
            following: false,
            featuring: false,
        }
    }
}
