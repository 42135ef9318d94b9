//! The activities that are spoken: one file each, how it is taken and how it is said. What goes where is in `outgoing`.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use kontor_actions::{App, accounts::Account, posts::Beside};
use kontor_domain::{ids::AccountId, peer::SuspendedBy};
use kontor_store::Tx;
use serde_json::Value;

use crate::{
    Federation,
    fetch::{Budget, Failure},
    groups::Came,
    inbox_job::{DONE, End},
    objects::{
        Unfit,
        loose::{id_of, web_address},
    },
};

#[cfg(test)]
mod table_test;
mod undelete;
pub(crate) mod vote;

/// An activity as it came in: who says it, what, of what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Activity {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) actor: String,
    /// An address or an object; null if there is none. Of several, the first.
    pub(crate) object: Value,
    /// Of several objects, the others.
    pub(crate) others: Vec<Value>,
    /// For what has one: an address or an object.
    pub(crate) target: Option<Value>,
    /// Everything else that it says.
    pub(crate) rest: Value,
}

impl Activity {
    /// The three without which it cannot be acted on must be there, and be addresses.
    pub(crate) fn read(mut value: Value) -> Result<Self, Unfit> {
        let mut object = value.get_mut("object").map(Value::take).unwrap_or_default();
        let mut others = Vec::new();
        if let Value::Array(many) = object {
            let mut many = many.into_iter();
            object = many.next().unwrap_or_default();
            others = many.collect();
        }
        let target = value.get("target").cloned();
        let kind = value
            .get("type")
            .and_then(word)
            .ok_or_else(|| Unfit::new("type", "is missing"))?
            .to_owned();
        Ok(Self {
            id: address(&value, "id")?,
            kind,
            actor: address(&value, "actor")?,
            object,
            others,
            target,
            rest: value,
        })
    }

    pub(crate) fn object_id(&self) -> Option<&str> {
        id_of(&self.object)
    }

    /// The type of an embedded object.
    pub(crate) fn object_kind(&self) -> Option<&str> {
        self.object.get("type").and_then(word)
    }

    /// May this account say it? Whoever is suspended says nothing; but one that its own server suspended may say that it is back.
    pub(crate) fn may_be_said_by(&self, account: &Account) -> bool {
        account.suspended_at.is_none()
            || (account.suspended_by == Some(SuspendedBy::Origin)
                && self.is_of_its_actor()
                && matches!(self.kind.as_str(), "Update" | "Delete"))
    }

    /// Does the actor speak of itself?
    pub(crate) fn is_of_its_actor(&self) -> bool {
        self.object_id() == Some(&self.actor)
    }
}

/// A word, or the first of several: JSON-LD allows both.
fn word(value: &Value) -> Option<&str> {
    match value {
        Value::Array(words) => words.first()?.as_str(),
        word => word.as_str(),
    }
}

fn address(value: &Value, field: &'static str) -> Result<String, Unfit> {
    let property = value.get(field).unwrap_or(&Value::Null);
    let first = match property {
        Value::Array(many) => many.first().unwrap_or(&Value::Null),
        one => one,
    };
    let id = id_of(first).ok_or_else(|| Unfit::new(field, "is missing"))?;
    web_address(id).ok_or_else(|| Unfit::new(field, "is not a web address"))?;
    Ok(id.to_owned())
}

/// Why an activity was not acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing is wrong with it, and there is nothing to do.
    Ignored(String),
    /// It must not be done.
    Refused(String),
    /// The same, by the rules of a community of ours that it was written for.
    TurnedAway { community: AccountId, why: String },
    /// It cannot be done now.
    Later(String),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ignored(why) => write!(f, "ignored: {why}"),
            Self::Refused(why) | Self::TurnedAway { why, .. } => write!(f, "refused: {why}"),
            Self::Later(why) => write!(f, "later: {why}"),
        }
    }
}

impl From<Failure> for Ending {
    fn from(why: Failure) -> Self {
        if why.is_transient() {
            Self::Later(why.to_string())
        } else {
            Self::Refused(why.to_string())
        }
    }
}

impl From<Unfit> for Ending {
    fn from(why: Unfit) -> Self {
        Self::Refused(why.to_string())
    }
}

impl From<kontor_actions::Error> for Ending {
    fn from(why: kontor_actions::Error) -> Self {
        use kontor_actions::Error;
        match why {
            Error::Internal(_)
            | Error::Storage(_)
            | Error::Broken(_)
            | Error::Remote(_)
            | Error::TooMany { .. } => Self::Later(why.to_string()),
            Error::Gone => Self::Ignored("it was deleted before".to_owned()),
            Error::TurnedAway { community, why } => Self::TurnedAway {
                community,
                why: why.to_owned(),
            },
            Error::NotFound
            | Error::Unauthorized(_)
            | Error::Forbidden(_)
            | Error::Invalid { .. }
            | Error::Conflict(_) => Self::Refused(why.to_string()),
        }
    }
}

/// `Ok`: done.
pub(crate) type Received = Result<(), Ending>;

fn ignored<T>(why: impl Into<String>) -> Result<T, Ending> {
    Err(Ending::Ignored(why.into()))
}

fn refused<T>(why: impl Into<String>) -> Result<T, Ending> {
    Err(Ending::Refused(why.into()))
}

/// A post by its address, without a look at who may read it: its content is not told.
pub(crate) async fn known(
    app: &App,
    uri: &str,
) -> kontor_actions::Result<Option<kontor_store::posts::Stub>> {
    let uri = uri.to_owned();
    app.store
        .read(move |db| Ok(kontor_store::posts::stub_by_uri(db, &uri)?))
        .await
}

/// What an activity is acted on with.
pub(crate) struct Context<'a> {
    pub(crate) app: &'a App,
    pub(crate) federation: &'a Federation,
    /// Whose signature it bore.
    pub(crate) actor: Account,
    pub(crate) budget: Budget,
    /// What ends the activity. Whoever writes it with the deed itself says so by [`Context::ended`].
    pub(crate) end: Option<Arc<End>>,
    pub(crate) has_ended: AtomicBool,
}

impl Context<'_> {
    pub(crate) fn ended(&self) {
        self.has_ended.store(self.end.is_some(), Ordering::Relaxed);
    }

    /// Ends the activity in the transaction of what it leads to, for an action that says whether it did anything.
    pub(crate) fn closing(&self) -> Arc<dyn Beside> {
        Arc::new(Closing(self.end.clone(), Came::Now))
    }

    /// The same for a vote that takes the place of the opposite one.
    pub(crate) fn closing_turned(&self) -> Arc<dyn Beside> {
        Arc::new(Closing(self.end.clone(), Came::Turned))
    }

    /// The same for what a moderator may do.
    pub(crate) fn closing_moderated(&self) -> Arc<dyn Beside> {
        Arc::new(Closing(self.end.clone(), Came::Moderated))
    }
}

struct Closing(Option<Arc<End>>, Came);

impl Beside for Closing {
    fn after(&self, app: &App, tx: &mut Tx<'_>) -> kontor_actions::Result<()> {
        self.0
            .as_ref()
            .map_or(Ok(()), |end| end.write(app, tx, DONE, self.1))
    }
}

/// One activity: its type, and the objects with which it is taken and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub name: &'static str,
    pub received: &'static str,
    pub sent: &'static str,
}

/// The list of activities: type, file, objects in, objects out. FEDERATION.md holds the same table.
macro_rules! activities {
    ($($name:literal => $file:ident, in $received:literal, out $sent:literal;)+) => {
        $(pub(crate) mod $file;)+

        pub const TABLE: &[Row] = &[$(Row { name: $name, received: $received, sent: $sent }),+];

        /// Acts on an activity whose signature is good and whose actor signed it.
        pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
            match activity.kind.as_str() {
                $($name => $file::receive(context, activity).await,)+
                other => ignored(format!("type {}", other.chars().take(40).collect::<String>())),
            }
        }
    };
}

activities! {
    "Follow" => follow, in "actor", out "actor";
    "Accept" => accept, in "Follow, QuoteRequest, FeatureRequest; in a community: Appeal", out "Follow, QuoteRequest, FeatureRequest; in a community: Appeal";
    "Reject" => reject, in "Follow, QuoteRequest, FeatureRequest; in a community: Appeal; of a community: Create, Update", out "Follow, QuoteRequest, FeatureRequest; in a community: Appeal; of a community: Create, Update";
    "Undo" => undo, in "Follow, Announce, Like, EmojiReact, Dislike, Block, Delete; in a community: Delete, Lock, Block", out "Follow, Announce, Like, Block; in a community: Delete, Lock, Block";
    "Create" => create, in "Note, Question, Article, Page, Video, Event, Audio, Image, vote", out "Note, Question, Page, vote";
    "Update" => update, in "Note, Question, Article, Page, Video, Event, Audio, Image, actor, FeaturedCollection; of a community: Group", out "Note, Question, Page, actor, FeaturedCollection; of a community: Group";
    "Delete" => delete, in "Note, Tombstone, QuoteAuthorization, FeatureAuthorization, FeaturedCollection, actor; in a community: removal", out "Tombstone, QuoteAuthorization, FeatureAuthorization, actor; in a community: removal";
    "Move" => moved, in "actor", out "actor";
    "QuoteRequest" => quote_request, in "Note", out "Note";
    "FeatureRequest" => feature_request, in "actor", out "actor";
    "Announce" => announce, in "Note; of a Group: Create, Update, Delete, Like, EmojiReact, Dislike, Undo, Lock, Block, Add, Remove, Flag", out "Note; of a Group: Create, Update, Delete, Like, EmojiReact, Dislike, Undo, Lock, Block, Add, Remove";
    "Like" => like, in "Note", out "Note";
    "EmojiReact" => emoji_react, in "Note", out "";
    "Dislike" => dislike, in "Note", out "";
    "Block" => block, in "actor; of a community: member", out "actor; of a community: member";
    "Lock" => lock, in "thread of a community", out "thread of a community";
    "Flag" => flag, in "actor, Note", out "actor, Note";
    "Appeal" => appeal, in "of a community: Delete, Lock, Block", out "of a community: Delete, Lock, Block";
    "Add" => add, in "Note, FeaturedCollection, FeaturedItem; in a community: moderator, Note", out "Note, FeaturedCollection, FeaturedItem; in a community: moderator, Note";
    "Remove" => remove, in "Note, FeaturedCollection, FeaturedItem; in a community: moderator, Note", out "Note, FeaturedCollection, FeaturedItem; in a community: moderator, Note";
}
