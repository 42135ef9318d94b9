//! The durable record that something happened. It is written in the transaction of its cause; effects follow from it.

use serde::{Deserialize, Serialize};

use crate::{
    audience::Audience,
    community::{Access, LogAction, Posting},
    ids::{
        AccountId, AnnouncementId, BlockId, CollectionId, CollectionItemId, FavouriteId, FollowId,
        LogEntryId, PostId, ReactionId, ReportId, VoteId,
    },
    time::Time,
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
        /// `None` in an event of an older version.
        #[serde(default)]
        between: Option<Ends>,
    },
    /// The target accepted, by itself or because it is not locked.
    FollowAccepted {
        follow: FollowId,
        #[serde(default)]
        between: Option<Ends>,
    },
    FollowRejected(EndedFollow),
    FollowUndone(EndedFollow),
    AccountUpdated {
        account: AccountId,
    },
    /// An account of ours is out of sight, or in sight again.
    AccountSuspended {
        account: AccountId,
    },
    /// Somebody here voted in a poll of another server.
    PollVoted {
        vote: VoteId,
    },
    /// There are new votes in a poll of ours.
    PollTallied {
        post: PostId,
    },
    PollEnded {
        post: PostId,
    },
    /// Somebody asks for leave to quote a post: to be sent to its author, or told to one of ours.
    QuoteRequested {
        post: PostId,
    },
    /// The author of a post of ours says anew who may quote it.
    PolicyChanged {
        post: PostId,
    },
    /// A post was given leave to quote another.
    QuoteAccepted {
        post: PostId,
    },
    /// Somebody here says, or their policy does, whether a post of theirs may be quoted.
    QuoteAnswered(AnsweredQuote),
    /// Somebody here takes back the leave to quote a post of theirs.
    QuoteRevoked(RevokedQuote),
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
    /// Somebody here keeps away from a server, and more of the follows between the two are to end.
    DomainBlocked {
        account: AccountId,
        domain: String,
    },
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
    /// A local account lives on as another.
    AccountMoved {
        account: AccountId,
    },
    /// Somebody here who looks after a community did something there.
    CommunityModerated(Moderated),
    /// A moderator elsewhere did it in a community of ours: its members' servers are told after what was done here before.
    CommunityDeedCame(CameDeed),
    /// Somebody here who looks after a community elsewhere wants its settings changed.
    CommunityEditAsked(AskedEdit),
    /// Somebody here who looks after a community elsewhere lets somebody in, or turns them away.
    CommunityRequestAnswered(AnsweredRequest),
    /// Whom something concerns that was done in a community of ours asks for another look: its moderators elsewhere are told.
    CommunityAppealed {
        entry: LogEntryId,
    },
    /// That was answered: of a community of ours its moderators elsewhere are told, and one elsewhere is asked to decide so.
    CommunityAppealAnswered(AnsweredAppeal),
    /// Somebody was put into a collection, with their leave: into one of ours, or somebody here into any.
    CollectionItemAdded {
        collection: CollectionId,
        item: CollectionItemId,
    },
    /// Somebody is no longer in a collection of ours.
    CollectionItemRemoved(RemovedItem),
    CollectionCreated {
        collection: CollectionId,
    },
    /// Its owner says something else of a collection: of ours, or somebody elsewhere of one that people here are in.
    CollectionUpdated(ChangedCollection),
    /// One of ours.
    CollectionDeleted(DeletedCollection),
    /// Somebody elsewhere is asked for leave to be put into a collection of ours.
    FeatureRequested {
        collection: CollectionId,
        item: CollectionItemId,
    },
    /// Somebody here says, or their settings do, whether they may be put into a collection elsewhere.
    FeatureAnswered(AnsweredFeature),
    /// Somebody here leaves a collection elsewhere.
    FeatureRevoked(RevokedFeature),
    /// The operators tell everybody here something.
    AnnouncementPublished {
        announcement: AnnouncementId,
    },
    AnnouncementDeleted {
        announcement: AnnouncementId,
    },
    /// A local account is being erased; its row and its keys stay.
    AccountDeleted {
        account: AccountId,
    },
}

/// What was done in a community, as its log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderated {
    pub community: AccountId,
    pub by: AccountId,
    pub action: LogAction,
    pub account: Option<AccountId>,
    pub post: Option<PostId>,
    pub post_uri: Option<String>,
    pub reason: String,
    pub until: Option<Time>,
    /// What the account had posted there was taken away as well.
    pub purge: bool,
}

/// Of a community elsewhere; `None`: it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedEdit {
    pub community: AccountId,
    pub by: AccountId,
    pub title: Option<String>,
    /// Markdown.
    pub description: Option<String>,
    /// Do moderators alone begin threads? That is all that servers of other kinds have a word for.
    pub moderators_post: Option<bool>,
    // An event of an older version has none of these.
    #[serde(default)]
    pub posting: Option<Posting>,
    #[serde(default)]
    pub access: Option<Access>,
    #[serde(default)]
    pub purpose: Option<String>,
    #[serde(default)]
    pub rules: Option<String>,
    /// Codes.
    #[serde(default)]
    pub languages: Option<Vec<String>>,
    #[serde(default)]
    pub archived: Option<bool>,
}

impl AskedEdit {
    /// That nothing is to change.
    pub const fn nothing(community: AccountId, by: AccountId) -> Self {
        Self {
            community,
            by,
            title: None,
            description: None,
            moderators_post: None,
            posting: None,
            access: None,
            purpose: None,
            rules: None,
            languages: None,
            archived: None,
        }
    }
}

/// What its server is asked to do with a wish to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredRequest {
    pub community: AccountId,
    pub by: AccountId,
    pub follower: AccountId,
    pub accepted: bool,
}

/// The answer to an appeal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredAppeal {
    pub entry: LogEntryId,
    pub community: AccountId,
    /// Who answered; of a community of ours it says so itself.
    pub by: AccountId,
    /// Who appealed, and is answered in another way.
    pub concerned: Option<AccountId>,
    /// By which it is known between servers.
    pub appeal: String,
    pub upheld: bool,
    pub text: String,
}

/// What a moderator elsewhere did in a community of ours, to be passed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameDeed {
    pub community: AccountId,
    pub by: Option<AccountId>,
    /// Whom or what it is about.
    pub account: Option<AccountId>,
    pub post: Option<PostId>,
    /// The activity, word for word.
    pub activity: String,
    /// What is said of this goes out in the order in which it came in.
    pub order: String,
    /// Inboxes beside those of the members' servers.
    pub to: Vec<String>,
}

/// The answer to a request, with what it must name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredQuote {
    pub request: String,
    /// `None`: no.
    pub stamp: Option<String>,
    pub quoted: PostId,
    /// Of the quoted post.
    pub author: AccountId,
    pub post: PostId,
    pub quoting_uri: String,
    /// Of the post that quotes.
    pub quoting_author: AccountId,
}

/// A quote that is allowed no longer, with what its Delete must name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedQuote {
    pub stamp: String,
    pub post: PostId,
    /// Of the quoted post.
    pub author: AccountId,
    /// Of the post that quotes.
    pub quoting_author: AccountId,
}

/// What is left of an item in a collection of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedItem {
    pub collection: CollectionId,
    pub item: CollectionItemId,
    pub account: AccountId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedCollection {
    pub collection: CollectionId,
    /// Was it listed, of those of its owner's that others come upon?
    pub was_discoverable: bool,
}

/// A collection that is gone, with what is needed to tell everyone who had it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedCollection {
    pub collection: CollectionId,
    pub owner: AccountId,
    pub was_discoverable: bool,
    /// Who was in it.
    pub accounts: Vec<AccountId>,
}

/// The answer to a request, with what it must name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredFeature {
    pub request: String,
    /// `None`: no.
    pub stamp: Option<String>,
    /// Whom it is about, and who answers.
    pub account: AccountId,
    pub collection: CollectionId,
    pub collection_uri: String,
    /// Of the collection.
    pub owner: AccountId,
}

/// A leave that is taken back, with what its Delete must name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedFeature {
    pub stamp: String,
    pub account: AccountId,
    pub collection: CollectionId,
    pub collection_uri: String,
    /// Of the collection.
    pub owner: AccountId,
}

/// A post that is gone, with what is needed to tell everyone who had it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedPost {
    pub post: PostId,
    pub uri: String,
    pub author: AccountId,
    pub audience: Audience,
    pub mentioned: Vec<AccountId>,
    /// Whom only an earlier version mentioned.
    #[serde(default)]
    pub formerly_mentioned: Vec<AccountId>,
    pub in_reply_to_account: Option<AccountId>,
    /// Inboxes of those who boosted or favourited it: they had it too.
    #[serde(default)]
    pub reached: Vec<String>,
    /// The community that it belonged to.
    #[serde(default)]
    pub community: Option<AccountId>,
}

/// The two ends of a follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    pub follower: AccountId,
    pub target: AccountId,
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
