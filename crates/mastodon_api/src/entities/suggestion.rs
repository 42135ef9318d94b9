//! <https://docs.joinmastodon.org/entities/Suggestion/>

use kontor_actions::{accounts::Account as Row, suggestions::Source};
use kontor_domain::site::Site;
use serde::Serialize;

use super::Account;

#[derive(Debug, Clone, Serialize)]
pub struct Suggestion {
    pub account: Account,
    /// The first of `sources` in its older words.
    pub source: &'static str,
    pub sources: Vec<&'static str>,
}

impl Suggestion {
    pub fn new(site: &Site, account: &Row, sources: &[Source]) -> Self {
        Self {
            account: Account::new(site, account),
            source: match sources.first() {
                Some(Source::Featured) => "staff",
                _ => "global",
            },
            sources: sources.iter().map(|source| word(*source)).collect(),
        }
    }
}

const fn word(source: Source) -> &'static str {
    match source {
        Source::Featured => "featured",
        Source::FriendsOfFriends => "friends_of_friends",
    }
}
