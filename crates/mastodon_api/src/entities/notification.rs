//! <https://docs.joinmastodon.org/entities/Notification/>

use kontor_actions::{notification_groups::name, notifications::NotificationView};
use kontor_domain::{
    audience::Viewer, ids::NotificationId, notification::NotificationKind, site::Site,
    time::rfc3339,
};
use serde::{Serialize, Serializer};

use super::{
    AccountWarning, Collection, Entity, Never, RelationshipSeveranceEvent, Report, ShownAccount,
    Status,
    written::{self, maybe, write_members},
};

#[derive(Debug, Clone)]
pub struct Notification {
    id: NotificationId,
    kind: NotificationKind,
    created_at: String,
    group_key: String,
    account: ShownAccount,
    status: Option<Status>,
    about: About,
}

/// What only some kinds have.
#[derive(Debug, Clone)]
struct About {
    report: Option<Report>,
    event: Option<RelationshipSeveranceEvent>,
    moderation_warning: Option<AccountWarning>,
    collection: Option<Collection>,
    fallback: Option<Never>,
    /// Of an emoji reaction, as Pleroma has it.
    emoji: Option<String>,
    emoji_url: Option<String>,
}

impl Notification {
    pub fn new(site: &Site, view: &NotificationView) -> Self {
        let row = &view.notification;
        let viewer = Viewer::Account(row.account_id);
        Self {
            id: row.id,
            kind: row.kind,
            created_at: rfc3339(row.created_at),
            group_key: name(row),
            account: ShownAccount::new(site, &view.account, None),
            status: view
                .post
                .as_ref()
                .map(|post| Status::new(site, viewer, post)),
            about: About {
                report: view.report.as_ref().map(|view| Report::new(site, view)),
                event: view.severance.as_ref().map(RelationshipSeveranceEvent::new),
                moderation_warning: view
                    .warning
                    .as_ref()
                    .map(|row| AccountWarning::new(site, row, &view.account)),
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
        out.extend_from_slice(b"{\"id\":\"");
        serde_json::to_writer(&mut *out, &self.id.0)?;
        out.extend_from_slice(b"\",\"type\":");
        serde_json::to_writer(&mut *out, &self.kind)?;
        write_members!(out, self: created_at, group_key);
        out.extend_from_slice(b",\"account\":");
        self.account.write(out)?;
        out.extend_from_slice(b",\"status\":");
        maybe(out, self.status.as_ref())?;
        let about = &self.about;
        write_members!(out, about: report, event, moderation_warning, collection, fallback);
        if about.emoji.is_some() {
            write_members!(out, about: emoji);
        }
        if about.emoji_url.is_some() {
            write_members!(out, about: emoji_url);
        }
        out.push(b'}');
        Ok(())
    }
}

impl Serialize for Notification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        written::serialize(self, serializer)
    }
}
