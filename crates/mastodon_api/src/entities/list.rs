//! <https://docs.joinmastodon.org/entities/List/>

use kontor_actions::lists;
use kontor_domain::list::RepliesPolicy;
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct List {
    pub id: String,
    pub title: String,
    pub replies_policy: RepliesPolicy,
    pub exclusive: bool,
}

impl From<lists::List> for List {
    fn from(row: lists::List) -> Self {
        Self {
            id: row.id.to_string(),
            title: row.title,
            replies_policy: row.replies_policy,
            exclusive: row.exclusive,
        }
    }
}
