//! <https://docs.joinmastodon.org/entities/Account/#MutedAccount>

use kontor_actions::mutes::Muted;
use kontor_domain::{site::Site, time::rfc3339};
use serde::Serialize;

use super::Account;

#[derive(Debug, Clone, Serialize)]
pub struct MutedAccount {
    #[serde(flatten)]
    pub account: Account,
    pub mute_expires_at: Option<String>,
}

impl MutedAccount {
    pub fn new(site: &Site, muted: &Muted) -> Self {
        Self {
            account: Account::new(site, &muted.account),
            mute_expires_at: muted.expires_at.map(rfc3339),
        }
    }
}
