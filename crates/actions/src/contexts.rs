//! The thread that a post is in, and asking for the answers that have not come here.

use std::collections::{HashMap, HashSet, VecDeque};

use kontor_domain::{audience::Viewer, ids::PostId, page::Page, site::authority_of, time::Time};
pub use kontor_store::contexts::Context;
use kontor_store::{
    Conn, Tx, contexts,
    posts::{self, Post},
    threads, tombstones,
};
use serde::{Deserialize, Serialize};

use crate::{App, Error, Result, posts::Parts};

/// The queue in which answers are asked for that somebody waits for; the federation runs it.
pub const QUEUE: &str = "backfill";

/// The same where nobody waits.
pub const ARRIVALS: &str = "arrivals";

/// Why answers are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Somebody looks at the post.
    #[default]
    Opened,
    /// It came a while ago.
    Came,
}

impl Cause {
    const fn queue(self) -> &'static str {
        match self {
            Self::Opened => QUEUE,
            Self::Came => ARRIVALS,
        }
    }
}

/// Whose answers are asked for, and how far that is below the post that somebody looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    pub post: PostId,
    pub depth: u32,
    /// `None`: nothing has been asked yet for the post that somebody looked at.
    #[serde(default)]
    pub rest: Option<Rest>,
    #[serde(default)]
    pub cause: Cause,
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
    pub fn first(post: PostId, cause: Cause) -> Self {
        Self {
            post,
            depth: 0,
            rest: None,
            cause,
        }
    }
}

/// Notes what a new post says of its thread. A thread that began here is ours, whatever those who answer in it say.
pub(crate) fn attach(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Post,
    parts: &Parts,
    now: Time,
) -> Result<()> {
    let elsewhere = |uri: &&String| !app.site.owns_str(uri);
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
        .or_else(|| parts.context.as_ref().filter(elsewhere).cloned())
        .or(of_parent);
    let replies_uri = parts.replies.as_ref().filter(elsewhere).cloned();
    let listed = replies_uri.is_some() || context_uri.as_ref().is_some_and(|uri| elsewhere(&uri));
    let ask_at = if parts.ask_for_answers && listed && post.audience.is_open() {
        due(app, post, now)
    } else {
        None
    };
    Ok(contexts::insert(
        tx,
        &Context {
            post_id: post.id,
            context_uri,
            replies_uri,
            checked_at: None,
            ask_at,
        },
    )?)
}

/// When a post is old enough to have answers that nobody brought here: now, if it came late.
fn due(app: &App, post: &Post, now: Time) -> Option<Time> {
    let delay = app.settings.limits.backfill_delay;
    let age = chrono::Duration::from_std(delay).ok()?;
    let at = post.created_at.checked_add_signed(age)?;
    (!delay.is_zero()).then(|| at.max(now))
}

/// Has the answers to a post, and what is missing above it, asked for, unless that was done a short while ago (`false`).
pub fn ask(app: &App, tx: &mut Tx<'_>, ask: &Ask, now: Time) -> Result<bool> {
    if !contexts::take_turn(tx, ask.post, now - pause(app), now)? {
        return Ok(false);
    }
    let payload = serde_json::to_string(ask).map_err(|why| Error::Broken(why.to_string()))?;
    let lane = ask.post.to_string();
    app.enqueue(tx, ask.cause.queue(), Some(&lane), payload)?;
    Ok(true)
}

/// Posts that are looked at in one transaction.
const STEP: i64 = 200;

/// Has the answers asked for to posts that came and are old enough by now: of one thread once, of one server's posts no more than its
/// share, and none while too many such jobs wait. What is beyond that is asked for when somebody opens it. Returns how many.
pub async fn ask_due(app: &App) -> Result<usize> {
    let (now, most) = (app.now(), app.settings.limits.backfill_arrivals_waiting);
    let mut asked = Asked::default();
    loop {
        let (this, before) = (app.clone(), asked.clone());
        let step = app.store.take(move |tx| {
            let mut asked = before.clone();
            let waiting = kontor_store::jobs::standing(tx, ARRIVALS, most)?.waiting;
            asked.room = most - waiting;
            let rows = contexts::take_due(tx, now, STEP)?;
            let threads = rows.iter().filter_map(|row| thread(&this, row));
            let threads: Vec<String> = threads.cloned().collect();
            let known = contexts::asked_among(tx, &threads, now - pause(&this))?;
            asked.threads.extend(known);
            for row in &rows {
                asked.ask(&this, tx, row, now)?;
            }
            Ok::<_, Error>((rows.len(), asked))
        });
        let (taken, after) = step.await?;
        asked = after;
        if i64::try_from(taken).is_ok_and(|taken| taken < STEP) {
            return Ok(asked.posts);
        }
    }
}

/// Who was asked, at one look at what is due.
#[derive(Debug, Clone, Default)]
struct Asked {
    posts: usize,
    /// Jobs that may be added to those that wait.
    room: i64,
    of_host: HashMap<String, usize>,
    /// Now, or a short while ago.
    threads: HashSet<String>,
}

/// The thread of another server that a post is in.
fn thread<'a>(app: &App, row: &'a Context) -> Option<&'a String> {
    let thread = row.context_uri.as_ref();
    thread.filter(|uri| !app.site.owns_str(uri))
}

impl Asked {
    fn ask(&mut self, app: &App, tx: &mut Tx<'_>, row: &Context, now: Time) -> Result<()> {
        let most = app.settings.limits.backfill_arrivals_per_host;
        let thread = thread(app, row);
        let hosts: HashSet<String> = row
            .replies_uri
            .iter()
            .chain(thread)
            .filter_map(|uri| authority_of(uri))
            .collect();
        let of_host = |host: &String| self.of_host.get(host).copied().unwrap_or_default();
        if self.room <= 0 || hosts.is_empty() || hosts.iter().any(|host| of_host(host) >= most) {
            return Ok(());
        }
        if let Some(uri) = thread
            && !self.threads.insert(uri.clone())
        {
            return Ok(());
        }
        if ask(app, tx, &Ask::first(row.post_id, Cause::Came), now)? {
            self.posts += 1;
            self.room -= 1;
            for host in hosts {
                *self.of_host.entry(host).or_default() += 1;
            }
        }
        Ok(())
    }
}

fn pause(app: &App) -> chrono::Duration {
    chrono::Duration::from_std(app.settings.limits.backfill_pause)
        .unwrap_or(chrono::Duration::minutes(15))
}

/// Goes on below, with the first post there that is due: one after another, so that all of them share what may be fetched.
pub fn go_on(app: &App, tx: &mut Tx<'_>, cause: Cause, rest: &Rest, now: Time) -> Result<()> {
    let mut rest = rest.clone();
    while let Some((post, depth)) = rest.below.pop_front() {
        let next = Ask {
            post,
            depth,
            rest: Some(rest.clone()),
            cause,
        };
        if rest.posts > 0 && rest.requests > 0 && ask(app, tx, &next, now)? {
            break;
        }
    }
    Ok(())
}

/// Somebody looks at a thread: what is missing of it, above or below, is asked for, later.
pub(crate) async fn opened(app: &App, id: PostId) -> Result<()> {
    let now = app.now();
    let pause = pause(app);
    let this = app.clone();
    let due = app
        .store
        .read(move |db| {
            let Some(row) = contexts::of_post(db, id)? else {
                return Ok(false);
            };
            if row.checked_at.is_some_and(|at| at > now - pause) {
                return Ok(false);
            }
            let listed = row.replies_uri.is_some() || row.context_uri.is_some();
            let local = posts::stub(db, id)?.is_none_or(|stub| stub.local);
            Ok::<_, Error>((listed && !local) || missing_above(&this, db, id)?.is_some())
        })
        .await?;
    if !due {
        return Ok(());
    }
    let this = app.clone();
    app.store
        .write(move |tx| ask(&this, tx, &Ask::first(id, Cause::Opened), now).map(drop))
        .await
}

/// What a thread goes on with above, if it is elsewhere and not known to be deleted.
pub fn missing_above(app: &App, db: &mut Conn, post: PostId) -> Result<Option<String>> {
    let above = threads::missing_above(db, post)?;
    match above.filter(|uri| !app.site.owns_str(uri)) {
        Some(uri) if tombstones::deleted_at(db, &uri)?.is_none() => Ok(Some(uri)),
        _ => Ok(None),
    }
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
