//! Posts as they are shown: with what they boost, how the viewer stands to them, and the reactions to them.

use std::collections::{HashMap, HashSet};

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId},
    time::Time,
};
use kontor_store::{
    Conn, muted_threads, reactions,
    standings::{self, Deed},
    timelines::Seen,
};

use super::{PostView, Wanted, parts};
use crate::{Result, filters::Sieve, kept::Kept};

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
    load_from(db, None, viewer, ids, now)
}

/// The same in a read, with what is kept in memory of these posts.
pub(crate) fn load_kept(
    db: &mut Conn,
    kept: &Kept,
    viewer: Viewer,
    ids: &[PostId],
    now: Time,
) -> Result<Vec<PostView>> {
    load_from(db, Some(kept), viewer, ids, now)
}

/// For both: `None` is what a transaction has that writes.
pub(crate) fn load_from(
    db: &mut Conn,
    kept: Option<&Kept>,
    viewer: Viewer,
    ids: &[PostId],
    now: Time,
) -> Result<Vec<PostView>> {
    load_wanted(db, kept, (viewer, now), (Wanted::Ids(ids), ids))
}

/// Of what the same read found with its version.
pub(crate) fn load_seen(
    db: &mut Conn,
    kept: &Kept,
    viewer: Viewer,
    seen: &[Seen],
    now: Time,
) -> Result<Vec<PostView>> {
    let ids: Vec<PostId> = seen.iter().map(|(id, _)| *id).collect();
    load_wanted(db, Some(kept), (viewer, now), (Wanted::Seen(seen), &ids))
}

fn load_wanted(
    db: &mut Conn,
    kept: Option<&Kept>,
    (viewer, now): (Viewer, Time),
    (wanted, ids): (Wanted<'_>, &[PostId]),
) -> Result<Vec<PostView>> {
    let mut found = super::own(db, kept, (viewer, now), wanted)?;
    let hanging = Hanging::load(db, viewer, &found, now)?;
    for view in found.values_mut() {
        hanging.hang(view);
    }
    show_quoted(&mut found);
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

/// Puts into each post what it quotes, which itself shows no further.
fn show_quoted(found: &mut HashMap<PostId, PostView>) {
    // Two posts of a page may quote the same, which may stand on it by itself too.
    let quoted: HashMap<PostId, PostView> = found
        .values()
        .filter_map(|view| parts::quoted(&view.parts.quote.as_ref()?.quote))
        .filter_map(|id| Some((id, found.get(&id)?.clone())))
        .collect();
    for view in found.values_mut() {
        if let Some(quote) = &mut view.parts.quote {
            let shown = parts::quoted(&quote.quote).and_then(|id| quoted.get(&id));
            quote.quoted = shown.cloned().map(Box::new);
        }
    }
}

#[derive(Default)]
struct Hanging {
    /// What the viewer did, and what is pinned.
    done: HashSet<(Deed, PostId)>,
    muted: Vec<PostId>,
    /// The filters of the reader.
    sieve: Option<(AccountId, Sieve)>,
    reactions: HashMap<PostId, Vec<Reacted>>,
}

impl Hanging {
    fn load(
        db: &mut Conn,
        viewer: Viewer,
        found: &HashMap<PostId, PostView>,
        now: Time,
    ) -> Result<Self> {
        let mut hanging = Self::default();
        let ids: Vec<PostId> = found.keys().copied().collect();
        let ids = ids.as_slice();
        if ids.is_empty() {
            return Ok(hanging);
        }
        if let Viewer::Account(account) = viewer {
            let standings = standings::of(db, account, ids)?;
            hanging.done = standings.done.into_iter().collect();
            if standings.filters {
                hanging.sieve = Some((account, Sieve::load(db, account, now, ids)?));
            }
            if standings.mutes {
                hanging.muted = muted_threads::among(db, account, ids)?;
            }
        }
        let reacted = found.values().filter(|view| view.reacted);
        let reacted: Vec<PostId> = reacted.map(|view| view.post.id).collect();
        if reacted.is_empty() {
            return Ok(hanging);
        }
        for reaction in reactions::of_posts(db, viewer, &reacted)? {
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
            favourited: self.done.contains(&(Deed::Favourite, id)),
            boosted: self.done.contains(&(Deed::Boost, id)),
            bookmarked: self.done.contains(&(Deed::Bookmark, id)),
            pinned: self.done.contains(&(Deed::Pin, id)),
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
