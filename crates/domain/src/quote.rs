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

    /// What an author says: who may at once, and who may with the author's word. Whoever speaks of the second alone lets
    /// nobody at once.
    pub fn said(automatic: Option<QuotePolicy>, manual: Option<QuotePolicy>) -> Option<Self> {
        (automatic.is_some() || manual.is_some()).then(|| Self {
            automatic: automatic.unwrap_or(QuotePolicy::Nobody),
            manual: manual.unwrap_or(QuotePolicy::Nobody),
        })
    }

    pub const fn automatic(automatic: QuotePolicy) -> Self {
        Self {
            automatic,
            manual: QuotePolicy::Nobody,
        }
    }
}
