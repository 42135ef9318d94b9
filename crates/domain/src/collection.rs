//! Collections: accounts that somebody recommends to others.

words!(
    /// How an account stands to a collection.
    ItemState {
        /// It is in it, with its consent.
        Accepted = "accepted",
        /// It has left, and is not put back.
        Revoked = "revoked",
    }
);
