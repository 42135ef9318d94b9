//! <https://docs.joinmastodon.org/entities/Marker/>

use kontor_actions::markers;
use kontor_domain::time::rfc3339;
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Marker {
    pub last_read_id: String,
    pub version: i64,
    pub updated_at: String,
}

impl From<markers::Marker> for Marker {
    fn from(row: markers::Marker) -> Self {
        Self {
            last_read_id: row.last_read_id,
            version: row.version,
            updated_at: rfc3339(row.updated_at),
        }
    }
}
