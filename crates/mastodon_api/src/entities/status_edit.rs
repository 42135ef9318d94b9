//! Versions of a post, and the text that it was written as.
//! <https://docs.joinmastodon.org/entities/StatusEdit/>, <https://docs.joinmastodon.org/entities/StatusSource/>

use std::collections::HashSet;

use kontor_actions::{
    attachments::Attachment,
    posts::{Post, PostView, Revision},
};
use kontor_domain::{audience::Viewer, ids::AttachmentId, site::Site, time::rfc3339};
use serde::Serialize;

use super::{Account, CustomEmoji, MediaAttachment, Never};

#[derive(Debug, Clone, Serialize)]
pub struct StatusEdit {
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub created_at: String,
    pub account: Account,
    pub media_attachments: Vec<MediaAttachment>,
    pub emojis: Vec<CustomEmoji>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<PollEdit>,
    pub quote: Option<Never>,
}

#[derive(Debug, Clone, Serialize)]
pub struct PollEdit {
    pub options: Vec<Choice>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    pub title: String,
}

impl StatusEdit {
    pub fn new(site: &Site, viewer: Viewer, view: &PostView, revision: Revision) -> Self {
        // We wrote both texts ourselves.
        let files: Vec<Attachment> =
            serde_json::from_str(&revision.attachments).unwrap_or_default();
        let shown = (viewer, view.parts.closed);
        let carried: HashSet<AttachmentId> =
            view.parts.attachments.iter().map(|file| file.id).collect();
        Self {
            content: revision.content,
            spoiler_text: revision.spoiler_text,
            sensitive: revision.sensitive,
            created_at: rfc3339(revision.created_at),
            account: Account::new(site, &view.account),
            media_attachments: files
                .iter()
                .map(|file| {
                    if carried.contains(&file.id) {
                        MediaAttachment::new(site, shown, file)
                    } else {
                        MediaAttachment::former(site, shown, file)
                    }
                })
                .collect(),
            emojis: CustomEmoji::all(site, &view.parts.emojis),
            poll: revision.poll_options.map(|titles| {
                let titles: Vec<String> = serde_json::from_str(&titles).unwrap_or_default();
                PollEdit {
                    options: titles.into_iter().map(|title| Choice { title }).collect(),
                }
            }),
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

impl From<&Post> for StatusSource {
    fn from(post: &Post) -> Self {
        Self {
            id: post.id.to_string(),
            text: post.text.clone(),
            spoiler_text: post.spoiler_text.clone(),
            content_type: post.content_type.clone(),
        }
    }
}
