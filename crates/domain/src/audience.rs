//! Who may read a post: the one rule. `store` holds the same rule as an SQL fragment; a property test holds the two equal.

use crate::ids::AccountId;

words!(
    /// The ladder of audiences. On the client API `Followers` is spelled `private`.
    Audience {
        /// Anyone, and shown in public timelines.
        Public = "public",
        /// Anyone who has the address; kept out of public timelines.
        Unlisted = "unlisted",
        /// Whoever has an account here; it never leaves this server.
        Instance = "instance",
        /// The members of the community that it belongs to.
        Community = "community",
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

    /// Is an answer with this audience counted where it stands? Then whoever reads what it answers reads it too.
    pub const fn counts_answers(self) -> bool {
        self.is_open() || self.is_closed_circle()
    }

    /// Is it for those who belong somewhere, whoever is mentioned?
    pub const fn is_closed_circle(self) -> bool {
        matches!(self, Self::Instance | Self::Community)
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
    /// The community that it belongs to.
    pub community: Option<AccountId>,
    /// Its community's moderators took it away.
    pub removed: bool,
}

/// What the rule needs to know of whoever looks and has an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a tie of its own")]
pub struct Ties {
    /// An accepted follower of the author.
    pub follows_author: bool,
    /// Has blocked the author.
    pub blocks: bool,
    /// The author has blocked whoever looks.
    pub blocked: bool,
    /// Has an account here.
    pub local: bool,
    /// An accepted follower of the community.
    pub member: bool,
    /// Owns the community, or is one of its moderators.
    pub moderator: bool,
}

/// May `viewer` read the post? A boost may be read by those who may read both it and what it boosts. What a community's moderators
/// took away is read by its author and by them.
pub fn may_see(viewer: Viewer, post: &Readability<'_>, ties: &Ties) -> bool {
    if post.author_suspended || ties.blocks || ties.blocked {
        return false;
    }
    let own = viewer == Viewer::Account(post.author);
    if post.removed && !own && !ties.moderator {
        return false;
    }
    if post.audience.is_open() {
        return true;
    }
    let Viewer::Account(viewer) = viewer else {
        return false;
    };
    own || match post.audience {
        Audience::Public | Audience::Unlisted => true,
        Audience::Instance => ties.local,
        // The community itself stands for a server that members of it are at.
        Audience::Community => ties.member || ties.moderator || post.community == Some(viewer),
        Audience::Followers => ties.follows_author || post.mentioned.contains(&viewer),
        Audience::Direct => post.mentioned.contains(&viewer),
    }
}

/// May `viewer` look at the post when they ask for it by its name? Nobody hides what they post in a community from those who look after
/// it by a block; it comes to them by no other way, and they do nothing with it but moderate.
pub fn may_look(viewer: Viewer, post: &Readability<'_>, ties: &Ties) -> bool {
    let blocked = ties.blocked && !ties.moderator;
    may_see(viewer, post, &Ties { blocked, ..*ties })
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
                    let possible = (asked.is_open() || asked == Audience::Followers)
                        && (post.is_open() || (author && post == Audience::Followers));
                    assert_eq!(boost.is_some(), possible, "{post} as {asked}, {author}");
                }
            }
        }
    }
}
