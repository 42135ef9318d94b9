//! <https://docs.joinmastodon.org/entities/WebPushSubscription/>

use std::collections::BTreeMap;

use kontor_actions::pushes::{self, Subscription};
use kontor_domain::notification::{NotificationKind, PushPolicy};
use serde::Serialize;

/// What Mastodon has alerts for. Those that stand for what nobody is told of here are never on.
const ALERTS: [&str; 12] = [
    "mention",
    "quote",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quoted_update",
    "admin.sign_up",
    "admin.report",
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
                .map(|name| {
                    let kind = name.parse::<NotificationKind>();
                    (name, kind.is_ok_and(|kind| on.contains(&kind)))
                })
                .collect(),
            policy: row.policy,
            server_key,
        }
    }
}
