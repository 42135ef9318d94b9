//! Accounts: one's own and others'. Following is in `follows`.

mod credentials;
mod lookup;
mod search;
mod statuses;

pub(crate) use credentials::{update_credentials, verify_credentials};
pub(crate) use lookup::{by_ids, lookup, show};
pub(crate) use search::search;
pub(crate) use statuses::statuses;
