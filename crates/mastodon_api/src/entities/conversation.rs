//! <https://docs.joinmastodon.org/entities/Conversation/>

use kontor_actions::conversations::ConversationView;
use kontor_domain::{audience::Viewer, site::Site};
use serde::Serialize;

use super::{Account, Status};

#[derive(Debug, Clone, Serialize)]
pub struct Conversation {
    pub id: String,
    pub unread: bool,
    pub accounts: Vec<Account>,
    pub last_status: Option<Status>,
}

impl Conversation {
    pub fn new(site: &Site, viewer: Viewer, view: &ConversationView) -> Self {
        Self {
            id: view.conversation.id.to_string(),
            unread: view.conversation.unread,
            accounts: view
                .accounts
                .iter()
                .map(|account| Account::new(site, account))
                .collect(),
            last_status: view
                .last
                .as_ref()
                .map(|post| Status::new(site, viewer, post)),
        }
    }
}
