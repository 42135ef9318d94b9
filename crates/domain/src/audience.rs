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

    /// The audience of a boost of a post of this audience; `asked` may make it narrower. `None`: such a post is not boosted,
    /// for its author chose its readers. Only the author boosts a followers-only post, for the same followers.
    pub fn of_boost(self, asked: Self, author: bool) -> Option<Self> {
        match (self, asked) {
            (Self::Public, Self::Public) => Some(Self::Public),
            (Self::Public | Self::Unlisted, Self::Public | Self::Unlisted) => Some(Self::Unlisted),
            (Self::Public | Self::Unlisted, Self::Followers) => Some(Self::Followers),
            (Self::Followers, Self::Public | Self::Unlisted | Self::Followers) if author => {
                Some(Self::Followers)
            }
            _ => None,
        }
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

/// May `viewer` read the post? `follows_author` answers whether the viewer is an accepted follower of the author, `blocked`
/// whether one of the two blocks the other. A boost may be read by those who may read both it and what it boosts.
pub fn may_see(
    viewer: Viewer,
    post: &Readability<'_>,
    follows_author: impl FnOnce(AccountId) -> bool,
    blocked: impl FnOnce(AccountId) -> bool,
) -> bool {
    if post.author_suspended || viewer.account().is_some_and(blocked) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// How many readers each has, as a number to compare.
    fn breadth(audience: Audience) -> usize {
        let at = Audience::ALL.iter().position(|one| *one == audience);
        Audience::ALL.len() - at.unwrap()
    }

    #[test]
    fn a_boost_has_no_more_readers_than_its_post() {
        for post in Audience::ALL.iter().copied() {
            for asked in Audience::ALL.iter().copied() {
                for author in [true, false] {
                    let boost = post.of_boost(asked, author);
                    if let Some(boost) = boost {
                        assert!(
                            breadth(boost) <= breadth(post) && breadth(boost) <= breadth(asked)
                        );
                    }
                    let possible = asked != Audience::Direct
                        && (post.is_open() || (author && post == Audience::Followers));
                    assert_eq!(boost.is_some(), possible, "{post} as {asked}, {author}");
                }
            }
        }
    }
}
