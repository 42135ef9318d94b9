//! What people see as it happens: who holds a connection open, what they listen to, and what they are handed. A door says it in its
//! own words. The rows are the truth: a notice wakes, and what is shown is loaded as a timeline loads it.

mod announcements;
mod hub;
mod notices;
mod readers;

use std::sync::{Arc, OnceLock};

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, AnnouncementId, ListId, PostId, TokenId},
};
pub use kontor_store::timelines::{Origin, Part};

pub use hub::{Connection, End, Hub};
pub(crate) use notices::NEWS_FOR;
pub use notices::watch;

use crate::{
    App, Error, Result,
    announcements::{AnnouncementView, Reacted},
    conversations::ConversationView,
    notifications::NotificationView,
    posts::PostView,
};

/// What can be listened to. What is not public is the listener's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Home, and what one is told of.
    User,
    Notifications,
    Public(Part),
    /// Folded, and of which origin.
    Hashtag(String, Origin),
    List(ListId),
    /// Conversations.
    Direct,
}

/// What happened.
#[derive(Debug)]
pub enum What {
    Posted(Box<PostView>, Viewer),
    Edited(Box<PostView>, Viewer),
    Deleted(PostId),
    Notified(Box<NotificationView>),
    Conversed(Box<ConversationView>, Viewer),
    FiltersChanged,
    NotificationsMerged,
    /// As somebody sees it who has neither read nor answered it.
    Announced(Box<AnnouncementView>),
    /// How many there are now of one emoji under an announcement.
    AnnouncementAnswered(Box<AnnouncementView>, Reacted),
    AnnouncementGone(AnnouncementId),
}

/// Made once for all who see the same.
#[derive(Debug)]
pub struct News {
    pub what: What,
    plain: OnceLock<Arc<str>>,
    framed: OnceLock<Arc<str>>,
}

/// The two ways in which a door says news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Plain,
    /// Within something else.
    Framed,
}

impl News {
    fn new(what: What) -> Arc<Self> {
        Arc::new(Self {
            what,
            plain: OnceLock::new(),
            framed: OnceLock::new(),
        })
    }

    /// As a door says it: the first who asks says it for all.
    pub fn said(&self, form: Form, say: impl FnOnce(&What) -> String) -> Arc<str> {
        let said = match form {
            Form::Plain => &self.plain,
            Form::Framed => &self.framed,
        };
        said.get_or_init(|| say(&self.what).into()).clone()
    }
}

/// News, and the stream that they come by.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub stream: Stream,
    pub news: Arc<News>,
}

/// Who opens a connection.
#[derive(Debug, Clone)]
pub struct Listener {
    pub account: AccountId,
    pub token: TokenId,
    /// May they hear what they are told of?
    pub notifications: bool,
    /// Where they come from; connections are counted by it.
    pub address: String,
}

/// Opens a connection that ends when its token does.
pub async fn open(app: &App, listener: Listener) -> Result<Connection> {
    let token = listener.token;
    let connection = app.streams.connect(listener)?;
    // A token that was revoked since it was looked at, and before anybody listened for it.
    let good = app
        .store
        .read(move |db| kontor_store::streams::good(db, &[token]))
        .await?;
    if good.contains(&token) {
        Ok(connection)
    } else {
        Err(Error::Unauthorized("The access token was revoked"))
    }
}

/// Begins to listen. A list is its owner's alone.
pub async fn listen(app: &App, connection: &Connection, stream: Stream) -> Result<()> {
    if let Stream::List(list) = stream {
        let owner = connection.account();
        app.store
            .read(move |db| kontor_store::lists::of(db, owner, list)?.ok_or(Error::NotFound))
            .await?;
    }
    connection.listen(stream)
}
