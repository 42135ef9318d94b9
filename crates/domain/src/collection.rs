//! Collections: accounts that somebody recommends to others, and whom an account lets do so (FEP-7aa9).

use serde::{Deserialize, Serialize};

words!(
    /// How an account stands to a collection.
    ItemState {
        /// Its server has been asked for its leave.
        Pending = "pending",
        /// It is in it, with its consent.
        Accepted = "accepted",
        /// It does not want to be in it, and is not asked again.
        Rejected = "rejected",
        /// It has left, and is not put back.
        Revoked = "revoked",
    }
);

/// Those whom a policy names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Curators {
    pub public: bool,
    pub followers: bool,
    /// Whom the account follows.
    pub following: bool,
    /// Accounts one by one, by address.
    pub accounts: Vec<String>,
}

impl Curators {
    pub fn is_nobody(&self) -> bool {
        *self == Self::default()
    }
}

/// Who may put an account into a collection without more ado, and who may ask. It promises nothing: each is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FeaturePolicy {
    pub automatic: Curators,
    pub manual: Curators,
}
