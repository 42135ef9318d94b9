//! What moderators elsewhere do in one word to a post and all that answers it, or to all that somebody posted. What changes is changed at
//! once, and has a line each; the word itself is what others are told.

use std::{collections::BTreeMap, sync::Arc};

use kontor_domain::{
    community::LogAction,
    ids::{AccountId, PostId},
    time::Time,
};
use kontor_store::{
    Tx,
    community_log::{self, LogEntry},
    community_posts::{self, Stand},
    posts::Stub,
};

use super::{Deed, Hand, Source, What, run};
use crate::{
    App, Result,
    communities::{appeals, log},
    posts::Beside,
    warnings,
};

/// As [`act_with`](super::act_with), of more than is named: with a post what is below it is removed, or brought back; with a ban the
/// removals end of what they posted who was banned.
pub async fn act_widely(
    app: &App,
    deed: Deed,
    source: Source,
    beside: Arc<dyn Beside>,
) -> Result<()> {
    run(app, deed, source, beside, more).await
}

fn more(hand: &Hand<'_>, tx: &mut Tx<'_>) -> Result<()> {
    let (id, most) = (hand.id(), hand.app.settings.limits.communities.purged);
    match &hand.deed.what {
        What::Remove(post) => {
            let post = post.stub(tx)?.id;
            let below = community_posts::branch(tx, id, post, most)?;
            hand.remove_all(tx, &below)
        }
        What::Restore(post) => {
            let post = post.stub(tx)?.id;
            let below = community_posts::branch(tx, id, post, most)?;
            hand.restore_all(tx, &below)
        }
        What::Unban(account) => {
            let theirs = community_posts::by_author(tx, id, *account, Stand::Removed, most)?;
            hand.restore_all(tx, &theirs)
        }
        _ => Ok(()),
    }
}

impl Hand<'_> {
    /// Posts that are in this community.
    fn remove_all(&self, tx: &mut Tx<'_>, ids: &[PostId]) -> Result<()> {
        let removed = self.take_away(tx, ids)?;
        self.lines(tx, LogAction::Removed, &removed)?;
        self.warn_authors(tx, &removed)
    }

    /// Everybody here who wrote some of it hears of that once.
    fn warn_authors(&self, tx: &mut Tx<'_>, removed: &[Stub]) -> Result<()> {
        let mut told: BTreeMap<AccountId, Vec<PostId>> = BTreeMap::new();
        for post in removed {
            told.entry(post.account_id).or_default().push(post.id);
        }
        told.remove(&self.deed.by);
        let said = ("posts of yours were removed.", self.reason.as_str());
        warnings::of_community(self.app, tx, self.id(), said, told)
    }

    pub(super) fn restore_all(&self, tx: &mut Tx<'_>, ids: &[PostId]) -> Result<()> {
        let restored = self.let_stand(tx, ids)?;
        self.lines(tx, LogAction::Restored, &restored)?;
        if self.source == Source::Group {
            appeals::all_undone(tx, self.id(), &restored)?;
        }
        Ok(())
    }

    /// A line about each post, each of which is told.
    fn lines(&self, tx: &mut Tx<'_>, action: LogAction, posts: &[Stub]) -> Result<()> {
        let entries = self.written(tx, action, posts, self.app.now())?;
        for (entry, post) in entries.iter().zip(posts) {
            self.tell(tx, entry, Some(post), false)?;
        }
        Ok(())
    }

    /// A line about each post.
    pub(super) fn written(
        &self,
        tx: &mut Tx<'_>,
        action: LogAction,
        posts: &[Stub],
        at: Time,
    ) -> Result<Vec<LogEntry>> {
        let entries: Vec<LogEntry> = posts
            .iter()
            .map(|post| {
                log::line(self.app, self.who, action, |entry| {
                    entry.reason.clone_from(&self.reason);
                    entry.post_uri = Some(post.uri.clone());
                    entry.account_id = Some(post.account_id);
                    entry.created_at = at;
                })
            })
            .collect();
        community_log::insert_many(tx, &entries)?;
        Ok(entries)
    }
}
