//! <https://docs.joinmastodon.org/entities/WebPushSubscription/>

use std::collections::BTreeMap;

use kontor_actions::pushes::{self, Subscription};
use kontor_domain::notification::{NotificationKind, PushPolicy};
use serde::Serialize;

/// What Mastodon has alerts for.
const ALERTS: [NotificationKind; 12] = [
    NotificationKind::Mention,
    NotificationKind::Quote,
    NotificationKind::Status,
    NotificationKind::Reblog,
    NotificationKind::Follow,
    NotificationKind::FollowRequest,
    NotificationKind::Favourite,
    NotificationKind::Poll,
    NotificationKind::Update,
    NotificationKind::QuotedUpdate,
    NotificationKind::AdminSignUp,
    NotificationKind::AdminReport,
];

#[derive(Debug, Clone, Serialize)]
pub struct WebPushSubscription {
    pub id: String,
    pub endpoint: String,
    pub standard: bool,
    pub alerts: BTreeMap<&'static str, bool>,
    pub policy: PushPolicy,
    pub server_key: String,
}

impl WebPushSubscription {
    pub fn new(row: &Subscription, server_key: String) -> Self {
        let on = pushes::alerts(row);
        Self {
            id: row.id.to_string(),
            endpoint: row.endpoint.clone(),
            standard: row.standard,
            alerts: ALERTS
                .into_iter()
                .map(|kind| (kind.as_str(), on.contains(&kind)))
                .collect(),
            policy: row.policy,
            server_key,
        }
    }
}
