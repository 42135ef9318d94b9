//! <https://docs.joinmastodon.org/entities/Search/>

use serde::Serialize;

use super::{Account, Never, Status, Tag};

#[derive(Debug, Clone, Serialize)]
pub struct Search {
    pub accounts: Vec<Account>,
    pub statuses: Vec<Status>,
    pub hashtags: Vec<Tag>,
    pub collections: [Never; 0],
}
