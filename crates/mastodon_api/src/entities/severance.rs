//! <https://docs.joinmastodon.org/entities/RelationshipSeveranceEvent/>

use kontor_actions::severances::Severance;
use kontor_domain::{notification::SeveranceKind, time::rfc3339};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct RelationshipSeveranceEvent {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: SeveranceKind,
    /// Is the list of what ended there no more? There is none: how many it was is kept.
    pub purged: bool,
    pub target_name: String,
    pub followers_count: i64,
    pub following_count: i64,
    pub created_at: String,
}

impl RelationshipSeveranceEvent {
    pub fn new(row: &Severance) -> Self {
        Self {
            id: row.id.to_string(),
            kind: row.kind,
            purged: true,
            target_name: row.target_name.clone(),
            followers_count: row.followers_count,
            following_count: row.following_count,
            created_at: rfc3339(row.created_at),
        }
    }
}
