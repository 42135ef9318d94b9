//! <https://docs.joinmastodon.org/methods/grouped_notifications/#GroupedNotificationsResults>, `NotificationGroup`,
//! `PartialAccountWithAvatar`

use std::sync::Arc;

use kontor_actions::{
    KeptAccount,
    accounts::Account as Row,
    notification_groups::{self, Group, Groups},
};
use kontor_domain::{
    audience::Viewer, ids::AccountId, notification::NotificationKind, site::Site, time::rfc3339,
};
use serde::{Serialize, Serializer};

use super::{
    Account, AccountWarning, Entity, Never, RelationshipSeveranceEvent, Report, ShownAccount,
    Status,
    account::acct,
    written::{self, list, write_members},
};

#[derive(Debug, Clone)]
pub struct GroupedNotifications {
    pub accounts: Vec<ShownAccount>,
    /// Absent where all accounts are whole.
    pub partial_accounts: Option<Vec<PartialAccount>>,
    pub statuses: Vec<Status>,
    pub notification_groups: Vec<NotificationGroup>,
}

#[derive(Debug, Clone, Serialize)]
pub struct NotificationGroup {
    pub group_key: String,
    pub notifications_count: i64,
    #[serde(rename = "type")]
    pub kind: NotificationKind,
    /// A number, here alone.
    pub most_recent_notification_id: i64,
    pub page_min_id: String,
    pub page_max_id: String,
    pub latest_page_notification_at: String,
    pub sample_account_ids: Vec<String>,
    pub status_id: Option<String>,
    pub report: Option<Report>,
    pub event: Option<RelationshipSeveranceEvent>,
    pub moderation_warning: Option<AccountWarning>,
    pub fallback: Option<Never>,
}

/// As much of an account as its picture needs.
#[derive(Debug, Clone, Serialize)]
pub struct PartialAccount {
    pub id: String,
    pub acct: String,
    pub locked: bool,
    pub bot: bool,
    pub url: String,
    pub avatar: String,
    pub avatar_static: String,
    pub avatar_description: String,
}

/// Which accounts are shown whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expand {
    All,
    /// The first of each group.
    First,
}

impl NotificationGroup {
    fn new(site: &Site, found: &Groups, group: &Group, grouped: &[NotificationKind]) -> Self {
        let head = &group.head;
        let about = &found.about;
        let event = head.severance_id.and_then(|id| about.severances.get(&id));
        let report = head.report_id.and_then(|id| about.reports.get(&id));
        let warning = head.warning_id.and_then(|id| about.warnings.get(&id));
        let key = if grouped.contains(&head.kind) {
            notification_groups::name(head)
        } else {
            notification_groups::alone(head.id)
        };
        Self {
            group_key: key,
            notifications_count: group.count,
            kind: head.kind,
            most_recent_notification_id: head.id.0,
            page_min_id: group.oldest.to_string(),
            page_max_id: head.id.to_string(),
            latest_page_notification_at: rfc3339(head.created_at),
            sample_account_ids: group.from.iter().map(AccountId::to_string).collect(),
            status_id: head.post_id.map(|id| id.to_string()),
            report: report.map(|view| Report::new(site, view)),
            event: event.map(RelationshipSeveranceEvent::new),
            moderation_warning: warning.and_then(|row| {
                let whose = found.accounts.iter().find(|one| one.id == row.account_id)?;
                Some(AccountWarning::new(site, row, whose))
            }),
            fallback: None,
        }
    }
}

impl PartialAccount {
    fn new(site: &Site, row: &Row) -> Self {
        let whole = Account::new(site, row);
        Self {
            id: whole.id,
            acct: acct(row),
            locked: whole.locked,
            bot: whole.bot,
            url: whole.url,
            avatar: whole.avatar,
            avatar_static: whole.avatar_static,
            avatar_description: whole.avatar_description,
        }
    }
}

impl GroupedNotifications {
    pub fn new(
        site: &Site,
        viewer: Viewer,
        found: &Groups,
        grouped: &[NotificationKind],
        expand: Expand,
    ) -> Self {
        let first = |row: &Row| {
            found
                .groups
                .iter()
                .any(|group| group.from.first() == Some(&row.id))
        };
        let (whole, partial): (Vec<&Arc<KeptAccount>>, Vec<&Arc<KeptAccount>>) = found
            .accounts
            .iter()
            .partition(|row| expand == Expand::All || first(row));
        Self {
            accounts: whole
                .into_iter()
                .map(|row| ShownAccount::new(site, row, None))
                .collect(),
            partial_accounts: (expand == Expand::First).then(|| {
                partial
                    .into_iter()
                    .map(|row| PartialAccount::new(site, row))
                    .collect()
            }),
            statuses: Status::all(site, viewer, &found.posts),
            notification_groups: found
                .groups
                .iter()
                .map(|group| NotificationGroup::new(site, found, group, grouped))
                .collect(),
        }
    }
}

impl Entity for GroupedNotifications {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        out.extend_from_slice(b"{\"accounts\":");
        list(out, &self.accounts)?;
        out.extend_from_slice(b",\"statuses\":");
        list(out, &self.statuses)?;
        if self.partial_accounts.is_some() {
            write_members!(out, self: partial_accounts);
        }
        write_members!(out, self: notification_groups);
        out.push(b'}');
        Ok(())
    }
}

impl Serialize for GroupedNotifications {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        written::serialize(self, serializer)
    }
}
