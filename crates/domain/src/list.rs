//! Lists of accounts: a timeline beside home.

words!(
    /// Which answers of its members to others a list shows.
    RepliesPolicy {
        /// To those whom its owner follows.
        Followed = "followed",
        /// To its members.
        List = "list",
        None = "none",
    }
);
