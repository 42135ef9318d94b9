//! The durable record that something happened. It is written in the transaction of its cause; effects follow from it.

use serde::{Deserialize, Serialize};

use crate::{
    audience::Audience,
    ids::{AccountId, BlockId, FavouriteId, FollowId, PostId, ReactionId, ReportId},
};

/// What happened. Ids are enough where the row still stands when effects run; what vanishes with its cause is carried along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    PostCreated {
        post: PostId,
    },
    PostEdited {
        post: PostId,
    },
    PostDeleted(DeletedPost),
    FollowRequested {
        follow: FollowId,
    },
    /// The target accepted, by itself or because it is not locked.
    FollowAccepted {
        follow: FollowId,
    },
    FollowRejected(EndedFollow),
    FollowUndone(EndedFollow),
    AccountUpdated {
        account: AccountId,
    },
    PostBoosted {
        boost: PostId,
        post: PostId,
    },
    BoostUndone(EndedBoost),
    PostFavourited {
        favourite: FavouriteId,
        post: PostId,
    },
    FavouriteUndone(EndedFavourite),
    PostReacted {
        reaction: ReactionId,
        post: PostId,
    },
    ReactionUndone(EndedReaction),
    AccountBlocked {
        block: BlockId,
    },
    AccountUnblocked(EndedBlock),
    AccountReported {
        report: ReportId,
    },
    PostPinned {
        account: AccountId,
        post: PostId,
    },
    PostUnpinned {
        account: AccountId,
        post: PostId,
    },
}

/// A post that is gone, with what is needed to tell everyone who had it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedPost {
    pub post: PostId,
    pub uri: String,
    pub author: AccountId,
    pub audience: Audience,
    pub mentioned: Vec<AccountId>,
    pub in_reply_to_account: Option<AccountId>,
    /// Inboxes of those who boosted or favourited it: they had it too.
    #[serde(default)]
    pub reached: Vec<String>,
}

/// A follow that is gone, with what its Undo or Reject must name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedFollow {
    pub uri: String,
    pub follower: AccountId,
    pub target: AccountId,
}

/// A boost that is gone, with what its Undo must name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedBoost {
    pub boost: PostId,
    pub uri: String,
    pub account: AccountId,
    pub audience: Audience,
    pub post: PostId,
    pub post_uri: String,
    pub post_author: AccountId,
}

/// A favourite that is gone, with what its Undo must name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedFavourite {
    pub uri: String,
    pub account: AccountId,
    pub post: PostId,
    pub post_uri: String,
    pub post_author: AccountId,
}

/// A reaction that is gone, with what its Undo must name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedReaction {
    pub uri: String,
    pub account: AccountId,
    pub name: String,
    /// The picture of a custom emoji.
    pub url: Option<String>,
    pub post: PostId,
    pub post_uri: String,
    pub post_author: AccountId,
}

/// A block that is gone, with what its Undo must name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedBlock {
    pub uri: String,
    pub account: AccountId,
    pub target: AccountId,
}
