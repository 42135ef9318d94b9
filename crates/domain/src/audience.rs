//! Who may read a post: the one rule. `store` holds the same rule as an SQL fragment; a property test holds the two equal.

use crate::ids::AccountId;

words!(
    /// The ladder of audiences. On the client API `Followers` is spelled `private`.
    Audience {
        /// Anyone, and shown in public timelines.
        Public = "public",
        /// Anyone who has the address; kept out of public timelines.
        Unlisted = "unlisted",
        /// The author's accepted followers, and whoever is mentioned.
        Followers = "followers",
        /// Whoever is mentioned.
        Direct = "direct",
    }
);

impl Audience {
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Public | Self::Unlisted)
    }
}

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    Anyone,
    /// A local account that signed in, or a remote one that signed its request.
    Account(AccountId),
}

impl Viewer {
    pub const fn account(self) -> Option<AccountId> {
        match self {
            Self::Anyone => None,
            Self::Account(id) => Some(id),
        }
    }
}

/// What the rule needs to know of a post.
#[derive(Debug, Clone)]
pub struct Readability<'a> {
    pub audience: Audience,
    pub author: AccountId,
    pub author_suspended: bool,
    pub mentioned: &'a [AccountId],
}

/// May `viewer` read the post? `follows_author` answers whether the viewer is an accepted follower of the author.
pub fn may_see(
    viewer: Viewer,
    post: &Readability<'_>,
    follows_author: impl FnOnce(AccountId) -> bool,
) -> bool {
    if post.author_suspended {
        return false;
    }
    if post.audience.is_open() {
        return true;
    }
    let Viewer::Account(viewer) = viewer else {
        return false;
    };
    viewer == post.author
        || post.mentioned.contains(&viewer)
        || (post.audience == Audience::Followers && follows_author(viewer))
}
