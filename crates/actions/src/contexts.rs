//! The thread that a post is in, and asking for the answers that have not come here.

use std::collections::VecDeque;

use kontor_domain::{audience::Viewer, ids::PostId, page::Page, time::Time};
pub use kontor_store::contexts::Context;
use kontor_store::{
    Tx, contexts,
    posts::{self, Post},
};
use serde::{Deserialize, Serialize};

use crate::{App, Error, Result};

/// The queue in which answers are asked for; the federation runs it.
pub const QUEUE: &str = "backfill";

/// Whose answers are asked for, and how far that is below the post that somebody looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    pub post: PostId,
    pub depth: u32,
    /// `None`: nothing has been asked yet for the post that somebody looked at.
    #[serde(default)]
    pub rest: Option<Rest>,
}

/// What may still be fetched for the post that somebody looked at, in this step and all that follow from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    pub posts: usize,
    pub requests: u32,
    /// Posts whose own answers come after this one's, and how far below they are.
    pub below: VecDeque<(PostId, u32)>,
}

impl Ask {
    /// Somebody looks at it.
    pub fn first(post: PostId) -> Self {
        Self {
            post,
            depth: 0,
            rest: None,
        }
    }
}

/// Notes what a new post says of its thread. A thread that began here is ours, whatever those who answer in it say.
pub(crate) fn attach(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Post,
    context: Option<&String>,
    replies: Option<&String>,
) -> Result<()> {
    let of_parent = match post.in_reply_to_id {
        Some(parent) => contexts::of_post(tx, parent)?.and_then(|row| row.context_uri),
        None => None,
    };
    let own = of_parent
        .clone()
        .filter(|uri| app.site.owns_str(uri))
        .or_else(|| {
            (post.local && post.in_reply_to_id.is_none())
                .then(|| app.site.url(&format!("/contexts/{}", post.id)))
        });
    let context_uri = own
        .or_else(|| context.filter(|uri| !app.site.owns_str(uri)).cloned())
        .or(of_parent);
    Ok(contexts::insert(
        tx,
        &Context {
            post_id: post.id,
            context_uri,
            replies_uri: replies.filter(|uri| !app.site.owns_str(uri)).cloned(),
            checked_at: None,
        },
    )?)
}

/// Has the answers to a post of another server asked for, unless that was done a short while ago (`false`).
pub fn ask(app: &App, tx: &mut Tx<'_>, ask: &Ask, now: Time) -> Result<bool> {
    let pause = chrono::Duration::from_std(app.settings.limits.backfill_pause)
        .unwrap_or(chrono::Duration::minutes(15));
    if !contexts::take_turn(tx, ask.post, now - pause, now)? {
        return Ok(false);
    }
    let payload = serde_json::to_string(ask).map_err(|why| Error::Broken(why.to_string()))?;
    let lane = ask.post.to_string();
    app.enqueue(tx, QUEUE, Some(&lane), payload)?;
    Ok(true)
}

/// Goes on below, with the first post there that is due: one after another, so that all of them share what may be fetched.
pub fn go_on(app: &App, tx: &mut Tx<'_>, rest: &Rest, now: Time) -> Result<()> {
    let mut rest = rest.clone();
    while let Some((post, depth)) = rest.below.pop_front() {
        let next = Ask {
            post,
            depth,
            rest: Some(rest.clone()),
        };
        if rest.posts > 0 && rest.requests > 0 && ask(app, tx, &next, now)? {
            break;
        }
    }
    Ok(())
}

/// Somebody looks at a thread: what is missing of it is asked for, later.
pub(crate) async fn opened(app: &App, id: PostId) -> Result<()> {
    let now = app.now();
    let pause = chrono::Duration::from_std(app.settings.limits.backfill_pause)
        .unwrap_or(chrono::Duration::minutes(15));
    let due = app
        .store
        .read(move |db| {
            let row = contexts::of_post(db, id)?;
            Ok::<_, Error>(row.is_some_and(|row| {
                (row.replies_uri.is_some() || row.context_uri.is_some())
                    && row.checked_at.is_none_or(|at| at <= now - pause)
            }))
        })
        .await?;
    if !due {
        return Ok(());
    }
    let this = app.clone();
    app.store
        .write(move |tx| {
            let local = posts::stub(tx, id)?.is_none_or(|stub| stub.local);
            if local {
                return Ok(());
            }
            ask(&this, tx, &Ask::first(id), now).map(drop)
        })
        .await
}

/// Are answers to this post asked for at this moment?
pub async fn refreshing(app: &App, viewer: Viewer, id: PostId) -> Result<bool> {
    app.store
        .read(move |db| {
            let id = crate::posts::shown_id(db, viewer, id)?;
            Ok(kontor_store::jobs::waits(db, QUEUE, &id.to_string())?)
        })
        .await
}

/// A page of a thread that began here: the posts that everyone may read, oldest first, and how many there are.
pub async fn page(app: &App, root: PostId, page: Page) -> Result<(i64, Vec<(PostId, String)>)> {
    let uri = app.site.url(&format!("/contexts/{root}"));
    app.store
        .read(move |db| {
            let mut rows = contexts::open_posts(db, &uri, &page)?;
            rows.reverse();
            Ok((contexts::count_open(db, &uri)?, rows))
        })
        .await
}
