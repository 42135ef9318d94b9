//! What is taken out of a community, and stands there again: its own posts, and those of other places that it shows.

use std::collections::{BTreeMap, HashMap, HashSet};

use kontor_domain::{
    audience::Viewer,
    community::LogAction,
    ids::{AccountId, PostId},
};
use kontor_store::{
    Tx, accounts, boosts, community_log, community_posts, pins,
    posts::{self, Stub},
};

use super::Hand;
use crate::{Error, Result, communities::is_ours, posts::Named};

impl Hand<'_> {
    /// A post of another place that this community of ours shows, or showed until it was taken away.
    fn guest(&self, tx: &mut Tx<'_>, named: &Named) -> Result<Option<Stub>> {
        let stub = named.stub(tx)?;
        let elsewhere = stub.community_id != Some(self.id()) && stub.reblog_of_id.is_none();
        Ok(Some(stub).filter(|_| elsewhere && is_ours(self.community)))
    }

    /// Only that it is shown here is ended: the post is not this community's. Other servers hear of the end of the boost.
    fn remove_guest(&self, tx: &mut Tx<'_>, post: &Stub) -> Result<()> {
        if let Some(boost) = boosts::of(tx, self.id(), post.id)? {
            crate::boosts::end(self.app, tx, &boost, self.app.now())?;
            self.noted(tx, LogAction::Removed, post)
        } else if community_log::is_removed(tx, self.id(), &post.uri)? {
            Ok(())
        } else {
            Err(Error::NotFound)
        }
    }

    fn restore_guest(&self, tx: &mut Tx<'_>, post: &Stub) -> Result<()> {
        if !community_log::is_removed(tx, self.id(), &post.uri)? {
            return Err(Error::NotFound);
        }
        let whole =
            posts::by_id(tx, Viewer::Account(self.id()), post.id)?.ok_or(Error::NotFound)?;
        let group = accounts::by_id(tx, self.id())?.ok_or(Error::NotFound)?;
        crate::boosts::by_group(self.app, tx, &group, &whole, None)?;
        self.noted(tx, LogAction::Restored, post)
    }

    /// A line about a post that nobody elsewhere is told of.
    fn noted(&self, tx: &mut Tx<'_>, action: LogAction, post: &Stub) -> Result<()> {
        let entry = self.line(tx, action, |entry| {
            entry.post_uri = Some(post.uri.clone());
            entry.account_id = Some(post.account_id);
        })?;
        self.warn(tx, &entry, Some(post))
    }

    pub(super) fn remove(&self, tx: &mut Tx<'_>, named: &Named) -> Result<()> {
        if let Some(guest) = self.guest(tx, named)? {
            return self.remove_guest(tx, &guest);
        }
        let post = self.post(tx, named)?;
        if self.take_away(tx, &[post.id])?.is_empty() {
            return Ok(());
        }
        self.told(tx, LogAction::Removed, Some(&post), None, None)
    }

    /// Those of these posts of the community that stood there, in their order.
    pub(super) fn take_away(&self, tx: &mut Tx<'_>, ids: &[PostId]) -> Result<Vec<Stub>> {
        let now = self.app.now();
        let removed = community_posts::set_removed(tx, ids, Some((now, &self.reason)))?;
        let gone: Vec<PostId> = removed.iter().map(|post| post.id).collect();
        if gone.is_empty() {
            return Ok(removed);
        }
        pins::delete_several(tx, self.id(), &gone)?;
        if is_ours(self.community) {
            for boost in boosts::of_several(tx, self.id(), &gone)? {
                crate::boosts::end(self.app, tx, &boost, now)?;
            }
        }
        Ok(in_order(ids, removed))
    }

    pub(super) fn restore(&self, tx: &mut Tx<'_>, named: &Named) -> Result<()> {
        if let Some(guest) = self.guest(tx, named)? {
            return self.restore_guest(tx, &guest);
        }
        let post = self.post(tx, named)?;
        if self.let_stand(tx, &[post.id])?.is_empty() {
            return Ok(());
        }
        self.told(tx, LogAction::Restored, Some(&post), None, None)
    }

    /// Those of these posts of the community that were removed, in their order.
    pub(super) fn let_stand(&self, tx: &mut Tx<'_>, ids: &[PostId]) -> Result<Vec<Stub>> {
        let restored = community_posts::set_removed(tx, ids, None)?;
        if is_ours(self.community) {
            self.show_again(tx, &restored)?;
        }
        Ok(in_order(ids, restored))
    }

    /// What begins a thread is shown by the community, if its author may read it.
    fn show_again(&self, tx: &mut Tx<'_>, restored: &[Stub]) -> Result<()> {
        let ids: Vec<PostId> = restored.iter().map(|post| post.id).collect();
        let titled: HashSet<PostId> = community_posts::of_posts(tx, &ids)?
            .into_iter()
            .filter(|row| row.title.is_some())
            .map(|row| row.post_id)
            .collect();
        let mut of_author: BTreeMap<AccountId, Vec<PostId>> = BTreeMap::new();
        for post in restored.iter().filter(|post| titled.contains(&post.id)) {
            of_author.entry(post.account_id).or_default().push(post.id);
        }
        if of_author.is_empty() {
            return Ok(());
        }
        let group = accounts::by_id(tx, self.id())?.ok_or(Error::NotFound)?;
        for (author, ids) in of_author {
            let mut threads = posts::visible(tx, Viewer::Account(author), &ids)?;
            threads.sort_unstable_by_key(|thread| thread.id);
            crate::boosts::by_group_again(self.app, tx, &group, &threads)?;
        }
        Ok(())
    }
}

/// As they were asked for.
fn in_order(ids: &[PostId], mut posts: Vec<Stub>) -> Vec<Stub> {
    let places: HashMap<PostId, usize> = ids.iter().copied().zip(0..).collect();
    posts.sort_unstable_by_key(|post| places.get(&post.id).copied());
    posts
}
