//! <https://docs.joinmastodon.org/entities/Notification/>

use kontor_actions::{notification_groups::name, notifications::NotificationView};
use kontor_domain::{audience::Viewer, notification::NotificationKind, site::Site, time::rfc3339};
use serde::{Serialize, Serializer};

use super::{
    Collection, Entity, Never, RelationshipSeveranceEvent, Report, ShownAccount, Status,
    written::{self, begin, join, maybe},
};

#[derive(Debug, Clone)]
pub struct Notification {
    head: Head,
    account: ShownAccount,
    status: Option<Status>,
    rest: Rest,
}

#[derive(Debug, Clone, Serialize)]
struct Head {
    id: String,
    #[serde(rename = "type")]
    kind: NotificationKind,
    created_at: String,
    group_key: String,
}

#[derive(Debug, Clone, Serialize)]
struct Rest {
    report: Option<Report>,
    event: Option<RelationshipSeveranceEvent>,
    moderation_warning: Option<Never>,
    collection: Option<Collection>,
    fallback: Option<Never>,
    /// Of an emoji reaction, as Pleroma has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji_url: Option<String>,
}

impl Notification {
    pub fn new(site: &Site, view: &NotificationView) -> Self {
        let row = &view.notification;
        let viewer = Viewer::Account(row.account_id);
        Self {
            head: Head {
                id: row.id.to_string(),
                kind: row.kind,
                created_at: rfc3339(row.created_at),
                group_key: name(row),
            },
            account: ShownAccount::new(site, &view.account, None),
            status: view
                .post
                .as_ref()
                .map(|post| Status::new(site, viewer, post)),
            rest: Rest {
                report: view.report.as_ref().map(|view| Report::new(site, view)),
                event: view.severance.as_ref().map(RelationshipSeveranceEvent::new),
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
            },
        }
    }
}

impl Entity for Notification {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        begin(out, &self.head)?;
        out.extend_from_slice(b",\"account\":");
        self.account.write(out)?;
        out.extend_from_slice(b",\"status\":");
        maybe(out, self.status.as_ref())?;
        join(out, &self.rest)
    }
}

impl Serialize for Notification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        written::serialize(self, serializer)
    }
}
