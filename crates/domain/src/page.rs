//! Keyset paging: which ids a page holds, never how many rows to skip.

/// Bounds of a page, each exclusive, as Mastodon's parameters of the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub max_id: Option<i64>,
    /// The newest page above this id.
    pub since_id: Option<i64>,
    /// The page immediately above this id; still answered newest first.
    pub min_id: Option<i64>,
    pub limit: i64,
}

impl Page {
    pub const fn first(limit: i64) -> Self {
        Self {
            max_id: None,
            since_id: None,
            min_id: None,
            limit,
        }
    }

    pub const fn below(id: i64, limit: i64) -> Self {
        Self {
            max_id: Some(id),
            since_id: None,
            min_id: None,
            limit,
        }
    }

    /// The greatest of the lower bounds.
    pub fn floor(&self) -> Option<i64> {
        self.since_id.max(self.min_id)
    }

    /// Rows are read from the floor upward and turned round afterwards.
    pub const fn upward(&self) -> bool {
        self.min_id.is_some()
    }
}
