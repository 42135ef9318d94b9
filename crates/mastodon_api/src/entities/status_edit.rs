//! Versions of a post, and the text that it was written as.
//! <https://docs.joinmastodon.org/entities/StatusEdit/>, <https://docs.joinmastodon.org/entities/StatusSource/>

use kontor_actions::posts::{Post, PostView, Revision};
use kontor_domain::{site::Site, time::rfc3339};
use serde::Serialize;

use super::{Account, Never};

#[derive(Debug, Clone, Serialize)]
pub struct StatusEdit {
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub created_at: String,
    pub account: Account,
    pub media_attachments: [Never; 0],
    pub emojis: [Never; 0],
    pub poll: Option<Never>,
    pub quote: Option<Never>,
}

impl StatusEdit {
    pub fn new(site: &Site, view: &PostView, revision: Revision) -> Self {
        Self {
            content: revision.content,
            spoiler_text: revision.spoiler_text,
            sensitive: revision.sensitive,
            created_at: rfc3339(revision.created_at),
            account: Account::new(site, &view.account),
            media_attachments: [],
            emojis: [],
            poll: None,
            quote: None,
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct StatusSource {
    pub id: String,
    pub text: String,
    pub spoiler_text: String,
    /// Not of Mastodon: other servers that take Markdown say so by this name.
    pub content_type: String,
}

impl From<Post> for StatusSource {
    fn from(post: Post) -> Self {
        Self {
            id: post.id.to_string(),
            text: post.text,
            spoiler_text: post.spoiler_text,
            content_type: post.content_type,
        }
    }
}
