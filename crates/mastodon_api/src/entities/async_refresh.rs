//! <https://docs.joinmastodon.org/entities/AsyncRefresh/>

use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct AsyncRefresh {
    pub id: String,
    pub status: &'static str,
    /// Nobody counts what a refresh brings.
    pub result_count: Option<u64>,
}
