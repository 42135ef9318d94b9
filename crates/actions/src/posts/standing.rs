//! Posts as they are shown: with what they boost, how the viewer stands to them, and the reactions to them.

use std::collections::HashMap;

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId},
    time::Time,
};
use kontor_store::{Conn, bookmarks, boosts, favourites, muted_threads, pins, reactions};

use super::{PostView, parts::Depth};
use crate::{Result, filters::Sieve};

/// What the viewer has done with a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub struct Standing {
    pub favourited: bool,
    pub boosted: bool,
    pub bookmarked: bool,
    /// Pinned by its author.
    pub pinned: bool,
    /// The viewer wants to hear no more of its thread.
    pub muted: bool,
}

/// One emoji, and who answered with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reacted {
    pub name: String,
    /// The picture of a custom emoji.
    pub url: Option<String>,
    pub by: Vec<AccountId>,
}

/// Loads what hangs on these posts: one query a relation, however many there are. Posts that the viewer may not read are
/// left out; the order is that of `ids`.
pub fn load(db: &mut Conn, viewer: Viewer, ids: &[PostId], now: Time) -> Result<Vec<PostView>> {
    load_to(db, (viewer, now), ids, Depth::Whole)
}

pub(super) fn load_to(
    db: &mut Conn,
    (viewer, now): (Viewer, Time),
    ids: &[PostId],
    depth: Depth,
) -> Result<Vec<PostView>> {
    let mut found = super::own(db, (viewer, now), ids, depth)?;
    let all: Vec<PostId> = found.keys().copied().collect();
    let hanging = Hanging::load(db, viewer, &all, now)?;
    for view in found.values_mut() {
        hanging.hang(view);
    }
    // Two boosts on a page may show the same post, which may stand on it by itself too.
    let boosted: HashMap<PostId, PostView> = found
        .values()
        .filter_map(|view| view.post.reblog_of_id)
        .filter_map(|id| Some((id, found.get(&id)?.clone())))
        .collect();
    let whole = |mut view: PostView| {
        if let Some(id) = view.post.reblog_of_id {
            view.boosted = Some(Box::new(boosted.get(&id)?.clone()));
        }
        Some(view)
    };
    Ok(ids
        .iter()
        .filter_map(|id| whole(found.remove(id)?))
        .collect())
}

#[derive(Default)]
struct Hanging {
    favourited: Vec<PostId>,
    boosted: Vec<PostId>,
    bookmarked: Vec<PostId>,
    pinned: Vec<PostId>,
    muted: Vec<PostId>,
    /// The filters of the reader.
    sieve: Option<(AccountId, Sieve)>,
    reactions: HashMap<PostId, Vec<Reacted>>,
}

impl Hanging {
    fn load(db: &mut Conn, viewer: Viewer, ids: &[PostId], now: Time) -> Result<Self> {
        let mut hanging = Self::default();
        if ids.is_empty() {
            return Ok(hanging);
        }
        if let Viewer::Account(account) = viewer {
            hanging.favourited = favourites::among(db, account, ids)?;
            hanging.boosted = boosts::among(db, account, ids)?;
            hanging.bookmarked = bookmarks::among(db, account, ids)?;
            hanging.pinned = pins::among(db, ids)?;
            hanging.sieve = Some((account, Sieve::load(db, account, now, ids)?));
            hanging.muted = muted_threads::among(db, account, ids)?;
        }
        for reaction in reactions::of_posts(db, viewer, ids)? {
            let of_post = hanging.reactions.entry(reaction.post_id).or_default();
            match of_post.iter_mut().find(|one| one.name == reaction.name) {
                Some(one) => one.by.push(reaction.account_id),
                None => of_post.push(Reacted {
                    name: reaction.name,
                    url: reaction.url,
                    by: vec![reaction.account_id],
                }),
            }
        }
        Ok(hanging)
    }

    fn hang(&self, view: &mut PostView) {
        let id = view.post.id;
        view.standing = Standing {
            favourited: self.favourited.contains(&id),
            boosted: self.boosted.contains(&id),
            bookmarked: self.bookmarked.contains(&id),
            pinned: self.pinned.contains(&id),
            muted: self.muted.contains(&id),
        };
        // Nobody is warned of what they said themselves.
        view.caught = match &self.sieve {
            Some((reader, sieve)) if *reader != view.post.account_id => sieve.catch(view),
            _ => Vec::new(),
        };
        view.reactions = self.reactions.get(&id).cloned().unwrap_or_default();
    }
}
