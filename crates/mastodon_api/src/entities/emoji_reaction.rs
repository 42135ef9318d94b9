//! <https://docs.pleroma.social/backend/development/API/differences_in_mastoapi_responses/#statuses>

use kontor_actions::posts::Reacted;
use kontor_domain::audience::Viewer;
use serde::Serialize;

use super::Account;

#[derive(Debug, Clone, Serialize)]
pub struct EmojiReaction {
    pub name: String,
    /// The picture of a custom emoji.
    pub url: Option<String>,
    pub count: usize,
    pub me: bool,
    pub account_ids: Vec<String>,
    /// Where the reactions themselves are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<Account>>,
}

impl EmojiReaction {
    pub fn new(viewer: Viewer, reacted: &Reacted) -> Self {
        Self {
            name: reacted.name.clone(),
            url: reacted.url.clone(),
            count: reacted.by.len(),
            me: viewer
                .account()
                .is_some_and(|viewer| reacted.by.contains(&viewer)),
            account_ids: reacted.by.iter().map(ToString::to_string).collect(),
            accounts: None,
        }
    }
}

/// What Pleroma's clients read besides.
#[derive(Debug, Clone, Serialize)]
pub struct Pleroma {
    pub emoji_reactions: Vec<EmojiReaction>,
}
