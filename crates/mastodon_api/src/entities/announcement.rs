//! <https://docs.joinmastodon.org/entities/Announcement/>

use kontor_actions::{
    announcements::{AnnouncementView, Reacted},
    custom_emojis,
};
use kontor_domain::{site::Site, time::rfc3339};
use serde::Serialize;

use super::{
    CustomEmoji,
    status::{Hashtag, Mention},
};

#[derive(Debug, Clone, Serialize)]
pub struct Announcement {
    pub id: String,
    pub content: String,
    pub starts_at: Option<String>,
    pub ends_at: Option<String>,
    pub all_day: bool,
    pub published_at: String,
    pub updated_at: String,
    pub read: bool,
    pub mentions: Vec<Mention>,
    pub statuses: Vec<Linked>,
    pub tags: Vec<Hashtag>,
    pub emojis: Vec<CustomEmoji>,
    pub reactions: Vec<Reaction>,
}

/// A post that the text links to.
#[derive(Debug, Clone, Serialize)]
pub struct Linked {
    pub id: String,
    pub url: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Reaction {
    pub name: String,
    pub count: i64,
    pub me: bool,
    /// Of one of our own emoji.
    pub url: Option<String>,
    pub static_url: Option<String>,
}

impl Announcement {
    pub fn new(site: &Site, view: &AnnouncementView) -> Self {
        let row = &view.announcement;
        Self {
            id: row.id.to_string(),
            content: view.html.clone(),
            starts_at: row.starts_at.map(rfc3339),
            ends_at: row.ends_at.map(rfc3339),
            all_day: row.all_day,
            published_at: rfc3339(row.created_at),
            updated_at: rfc3339(row.updated_at),
            read: view.read,
            mentions: view.mentions.iter().map(Mention::from).collect(),
            statuses: view
                .posts
                .iter()
                .map(|(id, url)| Linked {
                    id: id.to_string(),
                    url: url.clone(),
                })
                .collect(),
            tags: view
                .tags
                .iter()
                .map(|name| Hashtag {
                    name: name.clone(),
                    url: site.tag(name),
                })
                .collect(),
            emojis: CustomEmoji::all(site, &view.emojis),
            reactions: view
                .reactions
                .iter()
                .map(|one| Reaction::new(site, view, one))
                .collect(),
        }
    }
}

impl Reaction {
    fn new(site: &Site, view: &AnnouncementView, one: &Reacted) -> Self {
        let mut ours = view.reaction_emojis.iter();
        let url = ours
            .find(|emoji| emoji.shortcode == one.name)
            .map(|emoji| custom_emojis::url(site, emoji));
        Self {
            name: one.name.clone(),
            count: one.count,
            me: one.own > 0,
            static_url: url.clone(),
            url,
        }
    }
}

/// How many there are now of one emoji, as the streams say it: to everybody alike, so not whether one is the reader's.
#[derive(Debug, Clone, Serialize)]
pub struct AnnouncementReaction {
    pub announcement_id: String,
    pub name: String,
    pub count: i64,
    pub url: Option<String>,
    pub static_url: Option<String>,
}

impl AnnouncementReaction {
    pub fn new(site: &Site, view: &AnnouncementView, one: &Reacted) -> Self {
        let Reaction {
            name,
            count,
            url,
            static_url,
            ..
        } = Reaction::new(site, view, one);
        Self {
            announcement_id: view.announcement.id.to_string(),
            name,
            count,
            url,
            static_url,
        }
    }
}
