//! Audiences by the names that clients know. <https://docs.joinmastodon.org/entities/Status/#visibility>

use kontor_domain::audience::Audience;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    Public,
    Unlisted,
    Private,
    Direct,
}

impl From<Audience> for Visibility {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Public => Self::Public,
            Audience::Unlisted => Self::Unlisted,
            // Clients know four; what they do not know is for few.
            Audience::Followers | Audience::Instance | Audience::Community => Self::Private,
            Audience::Direct => Self::Direct,
        }
    }
}

impl From<Visibility> for Audience {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Public => Self::Public,
            Visibility::Unlisted => Self::Unlisted,
            Visibility::Private => Self::Followers,
            Visibility::Direct => Self::Direct,
        }
    }
}
