//! <https://docs.joinmastodon.org/entities/Admin_Account/>

use kontor_actions::moderation::AccountView;
use kontor_domain::{site::Site, time::rfc3339, user::UserState};
use serde::Serialize;

use crate::entities::{Account, Never, Role};

#[derive(Debug, Clone, Serialize)]
pub struct AdminAccount {
    pub id: String,
    pub username: String,
    pub domain: Option<String>,
    pub created_at: String,
    pub email: Option<String>,
    /// Nobody's addresses on the network are kept.
    pub ip: Option<Never>,
    pub ips: [Never; 0],
    /// That of the pages, which have one.
    pub locale: Option<&'static str>,
    pub invite_request: Option<String>,
    pub role: Option<Role>,
    /// Where no mail is sent, addresses are taken as they are given.
    pub confirmed: Option<bool>,
    pub approved: Option<bool>,
    pub disabled: Option<bool>,
    /// The files of its posts are covered.
    pub sensitized: bool,
    pub silenced: bool,
    pub suspended: bool,
    pub account: Account,
    pub created_by_application_id: Option<Never>,
    pub invited_by_account_id: Option<String>,
}

impl AdminAccount {
    pub fn new(site: &Site, view: &AccountView) -> Self {
        let (account, user) = (&view.account, view.user.as_ref());
        Self {
            id: account.id.to_string(),
            username: account.username.clone(),
            domain: account.domain.clone(),
            created_at: rfc3339(account.created_at),
            email: user.and_then(|user| user.email.clone()),
            ip: None,
            ips: [],
            locale: user.map(|_| "en"),
            invite_request: user.and_then(|user| user.reason.clone()),
            role: user.map(|user| Role::from(user.role)),
            confirmed: user.map(|user| user.confirmed_at.is_some()),
            approved: user.map(|user| user.state != UserState::Pending),
            disabled: user.map(|user| user.state == UserState::Disabled),
            sensitized: account.sensitized,
            silenced: account.limited,
            suspended: account.suspended_at.is_some(),
            account: Account::new(site, account),
            created_by_application_id: None,
            invited_by_account_id: view.invited_by.map(|id| id.to_string()),
        }
    }
}
