//! <https://docs.joinmastodon.org/entities/Notification/>

use kontor_actions::{notification_groups::name, notifications::NotificationView};
use kontor_domain::{audience::Viewer, notification::NotificationKind, site::Site, time::rfc3339};
use serde::Serialize;

use super::{Collection, Never, ShownAccount, Status};

#[derive(Debug, Clone, Serialize)]
pub struct Notification {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: NotificationKind,
    pub created_at: String,
    pub group_key: String,
    pub account: ShownAccount,
    pub status: Option<Status>,
    pub report: Option<Never>,
    pub event: Option<Never>,
    pub moderation_warning: Option<Never>,
    pub collection: Option<Collection>,
    pub fallback: Option<Never>,
    /// Of an emoji reaction, as Pleroma has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emoji_url: Option<String>,
}

impl Notification {
    pub fn new(site: &Site, view: &NotificationView) -> Self {
        let row = &view.notification;
        let viewer = Viewer::Account(row.account_id);
        Self {
            id: row.id.to_string(),
            kind: row.kind,
            created_at: rfc3339(row.created_at),
            group_key: name(row),
            account: ShownAccount::new(site, &view.account, None),
            status: view
                .post
                .as_ref()
                .map(|post| Status::new(site, viewer, post)),
            report: None,
            event: None,
            moderation_warning: None,
            collection: view
                .collection
                .as_ref()
                .map(|view| Collection::new(site, view)),
            fallback: None,
            emoji: view.reaction.as_ref().map(|reaction| reaction.name.clone()),
            emoji_url: view
                .reaction
                .as_ref()
                .and_then(|reaction| reaction.url.clone()),
        }
    }
}
