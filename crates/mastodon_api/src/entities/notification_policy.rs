//! <https://docs.joinmastodon.org/entities/NotificationPolicy/>, `V1_NotificationPolicy`, `NotificationRequest`

use kontor_actions::notification_requests::{PolicyView, RequestView};
use kontor_domain::{audience::Viewer, notification::PolicyAction, site::Site, time::rfc3339};
use serde::Serialize;

use super::{Account, Status};

#[derive(Debug, Clone, Serialize)]
pub struct NotificationPolicy {
    pub for_not_following: PolicyAction,
    pub for_not_followers: PolicyAction,
    pub for_new_accounts: PolicyAction,
    pub for_private_mentions: PolicyAction,
    pub for_limited_accounts: PolicyAction,
    pub for_bots: PolicyAction,
    pub summary: PolicySummary,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct PolicySummary {
    pub pending_requests_count: i64,
    pub pending_notifications_count: i64,
}

/// The same as yes and no.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the shape is Mastodon's")]
pub struct V1NotificationPolicy {
    pub filter_not_following: bool,
    pub filter_not_followers: bool,
    pub filter_new_accounts: bool,
    pub filter_private_mentions: bool,
    pub summary: PolicySummary,
}

impl From<PolicyView> for PolicySummary {
    fn from(view: PolicyView) -> Self {
        Self {
            pending_requests_count: view.requests,
            pending_notifications_count: view.notifications,
        }
    }
}

impl From<PolicyView> for NotificationPolicy {
    fn from(view: PolicyView) -> Self {
        let policy = view.policy;
        Self {
            for_not_following: policy.for_not_following,
            for_not_followers: policy.for_not_followers,
            for_new_accounts: policy.for_new_accounts,
            for_private_mentions: policy.for_private_mentions,
            for_limited_accounts: policy.for_limited_accounts,
            for_bots: policy.for_bots,
            summary: view.into(),
        }
    }
}

impl From<PolicyView> for V1NotificationPolicy {
    fn from(view: PolicyView) -> Self {
        let (policy, filters) = (view.policy, |action| action != PolicyAction::Accept);
        Self {
            filter_not_following: filters(policy.for_not_following),
            filter_not_followers: filters(policy.for_not_followers),
            filter_new_accounts: filters(policy.for_new_accounts),
            filter_private_mentions: filters(policy.for_private_mentions),
            summary: view.into(),
        }
    }
}

/// Somebody whose notifications are held back.
#[derive(Debug, Clone, Serialize)]
pub struct NotificationRequest {
    pub id: String,
    pub created_at: String,
    pub updated_at: String,
    /// A number, as a text.
    pub notifications_count: String,
    pub account: Account,
    pub last_status: Option<Status>,
}

impl NotificationRequest {
    pub fn new(site: &Site, viewer: Viewer, view: &RequestView) -> Self {
        Self {
            id: view.request.id.to_string(),
            created_at: rfc3339(view.request.created_at),
            updated_at: rfc3339(view.request.updated_at),
            notifications_count: view.notifications.to_string(),
            account: Account::new(site, &view.account),
            last_status: view
                .last
                .as_ref()
                .map(|post| Status::new(site, viewer, post)),
        }
    }
}
