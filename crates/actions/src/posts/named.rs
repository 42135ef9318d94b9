//! The post that somebody acts on, named by its id here or by its address. Who may not read it cannot act on it, and what is
//! done to a boost is done to what it boosts.

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId},
};
use kontor_store::{
    Conn,
    posts::{self, Post, Stub},
};

use crate::{Error, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Id(PostId),
    Uri(String),
}

impl From<PostId> for Named {
    fn from(id: PostId) -> Self {
        Self::Id(id)
    }
}

impl Named {
    /// The post, if `by` may read it.
    pub(crate) fn readable(&self, db: &mut Conn, by: AccountId) -> Result<Post> {
        let viewer = Viewer::Account(by);
        let found = match self {
            Self::Id(id) => posts::by_id(db, viewer, *id)?,
            Self::Uri(uri) => posts::by_uri(db, viewer, uri)?,
        };
        let found = found.ok_or(Error::NotFound)?;
        match found.reblog_of_id {
            Some(boosted) => posts::by_id(db, viewer, boosted)?.ok_or(Error::NotFound),
            None => Ok(found),
        }
    }

    /// The post whoever may read it: what one has done to it can always be undone.
    pub(crate) fn stub(&self, db: &mut Conn) -> Result<Stub> {
        let found = match self {
            Self::Id(id) => posts::stub(db, *id)?,
            Self::Uri(uri) => posts::stub_by_uri(db, uri)?,
        };
        let found = found.ok_or(Error::NotFound)?;
        match found.reblog_of_id {
            Some(boosted) => posts::stub(db, boosted)?.ok_or(Error::NotFound),
            None => Ok(found),
        }
    }
}
