//! <https://docs.joinmastodon.org/entities/Tag/>

use kontor_actions::tags::{Day, TagView};
use kontor_domain::{site::Site, time::millis};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Tag {
    /// A tag is named by its name.
    pub id: String,
    pub name: String,
    pub url: String,
    /// The last seven days, today first.
    pub history: Vec<History>,
    /// `null`: nobody is signed in.
    pub following: Option<bool>,
    pub featuring: Option<bool>,
}

/// Numbers are texts here.
#[derive(Debug, Clone, Serialize)]
pub struct History {
    /// When the day began, in seconds since the Unix epoch.
    pub day: String,
    pub accounts: String,
    pub uses: String,
}

impl Tag {
    pub fn new(site: &Site, view: TagView) -> Self {
        Self {
            id: view.name.clone(),
            url: site.tag(&view.name),
            name: view.name,
            history: view.history.into_iter().map(History::from).collect(),
            following: view.yours.map(|yours| yours.following),
            featuring: view.yours.map(|yours| yours.featuring),
        }
    }

    pub fn all(site: &Site, views: Vec<TagView>) -> Vec<Self> {
        views
            .into_iter()
            .map(|view| Self::new(site, view))
            .collect()
    }
}

impl From<Day> for History {
    fn from(day: Day) -> Self {
        Self {
            day: (millis(day.begins) / 1000).to_string(),
            accounts: day.accounts.to_string(),
            uses: day.uses.to_string(),
        }
    }
}
