//! <https://docs.joinmastodon.org/entities/FamiliarFollowers/>

use kontor_actions::accounts::Account as Row;
use kontor_domain::{ids::AccountId, site::Site};
use serde::Serialize;

use super::Account;

#[derive(Debug, Clone, Serialize)]
pub struct FamiliarFollowers {
    pub id: String,
    pub accounts: Vec<Account>,
}

impl FamiliarFollowers {
    pub fn new(site: &Site, id: AccountId, followers: &[Row]) -> Self {
        Self {
            id: id.to_string(),
            accounts: Account::all(site, followers),
        }
    }
}
