//! What is kept of the collections of other servers: of `[limits]`.

use std::time::Duration;

use super::sections::Limits;

impl Limits {
    /// These, and otherwise what holds where nothing is said.
    pub(super) fn of_collections_elsewhere(&self) -> kontor_actions::Limits {
        kontor_actions::Limits {
            remote_collections: self.remote_collections,
            remote_collection_accounts: self.remote_collection_accounts,
            remote_collection_patience: Duration::from_secs(
                self.remote_collection_patience_seconds,
            ),
            ..kontor_actions::Limits::default()
        }
    }
}
