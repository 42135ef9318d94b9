//! Quotes (FEP-044f): who may quote a post, and how a quote stands.

words!(
    QuoteState {
        /// The author of the quoted post has not said anything yet.
        Pending = "pending",
        Accepted = "accepted",
        Rejected = "rejected",
        /// It was allowed, and is no longer.
        Revoked = "revoked",
        /// The quoted post is gone.
        Deleted = "deleted",
    }
);

words!(
    /// A group of people that a policy names.
    QuotePolicy {
        Public = "public",
        Followers = "followers",
        Nobody = "nobody",
    }
);

/// Who may quote at once, and who may ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub automatic: QuotePolicy,
    pub manual: QuotePolicy,
}

impl Policy {
    pub const NOBODY: Self = Self {
        automatic: QuotePolicy::Nobody,
        manual: QuotePolicy::Nobody,
    };

    pub const fn automatic(automatic: QuotePolicy) -> Self {
        Self {
            automatic,
            manual: QuotePolicy::Nobody,
        }
    }
}
