//! <https://docs.joinmastodon.org/entities/AccountWarning/>

use std::sync::Arc;

use kontor_actions::{
    KeptAccount,
    warnings::{self, Warning},
};
use kontor_domain::{notification::WarningAction, site::Site, time::rfc3339};
use serde::Serialize;

use super::{Never, ShownAccount};

#[derive(Debug, Clone, Serialize)]
pub struct AccountWarning {
    pub id: String,
    pub action: WarningAction,
    pub text: String,
    /// The posts that it is about, if it is about some.
    pub status_ids: Option<Vec<String>>,
    pub target_account: ShownAccount,
    /// There is none against what operators do.
    pub appeal: Option<Never>,
    pub created_at: String,
}

impl AccountWarning {
    pub fn new(site: &Site, row: &Warning, account: &Arc<KeptAccount>) -> Self {
        let posts = warnings::posts(row);
        let posts: Vec<String> = posts.iter().map(ToString::to_string).collect();
        Self {
            id: row.id.to_string(),
            action: row.action,
            text: row.text.clone(),
            status_ids: (!posts.is_empty()).then_some(posts),
            target_account: ShownAccount::new(site, account, None),
            appeal: None,
            created_at: rfc3339(row.created_at),
        }
    }
}
