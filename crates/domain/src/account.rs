//! What an account is: a person, a bot, a group or an instance, hosted here or elsewhere.

use serde::{Deserialize, Serialize};

words!(
    /// The `ActivityStreams` actor types.
    AccountKind {
        Person = "Person",
        Service = "Service",
        Group = "Group",
        Organization = "Organization",
        Application = "Application",
    }
);

impl AccountKind {
    /// Mastodon's `bot` flag.
    pub const fn is_bot(self) -> bool {
        matches!(self, Self::Service | Self::Application)
    }
}

/// One row of the table on a profile: schema.org's `PropertyValue`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    /// HTML for display.
    pub value: String,
    /// When a `rel="me"` link back was last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<chrono::NaiveDateTime>,
}
