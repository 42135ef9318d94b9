//! The part of `[limits]` that says how often a caller may ask.

use super::sections::Limits;

impl Limits {
    pub(crate) fn rates(&self) -> kontor_http::Rates {
        kontor_http::Rates {
            requests: self.requests_per_5_minutes,
            of_account: self.requests_of_account_per_5_minutes,
            uploads: self.uploads_per_30_minutes,
            deletions: self.deletions_per_30_minutes,
        }
    }
}
