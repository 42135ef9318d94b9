//! Acting on a new post in the transaction that takes it in: of somebody whose key is at hand, if nothing before it waits and
//! nobody has to be asked for it. Everything else is stored first, and acted on by `inbox_job`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use kontor_actions::{
    App, Error, Result,
    accounts::Account,
    posts::{self, Arrival, Beside, Created},
};
use kontor_domain::{account::AccountKind, ids::InboxId};
use kontor_store::{
    Tx,
    inbox::{self, Received},
    jobs,
};

use crate::{
    Federation,
    activities::Activity,
    forwarding::{self, Plan},
    groups,
    inbox::reached_us,
    inbox_job::{DONE, Lane, QUEUE},
    keys::Known,
    objects::note::IncomingNote,
    posts::{Author, Missing, known, readers},
    refresh,
    signature::{Signature, VerifyRequest},
};

/// What is longer is worked through on another thread than those that answer.
const MOST_BYTES: usize = 32 * 1024;

/// How many activities of each host are acted on at once, just now.
#[derive(Debug, Default)]
pub(crate) struct AtOnce(Mutex<HashMap<String, usize>>);

struct Place<'a> {
    all: &'a AtOnce,
    host: &'a str,
}

impl AtOnce {
    /// `None`: there are `most` already.
    fn enter<'a>(&'a self, host: &'a str, most: usize) -> Option<Place<'a>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let here = all.get(host).copied().unwrap_or_default();
        if here >= most {
            return None;
        }
        all.insert(host.to_owned(), here + 1);
        Some(Place { all: self, host })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = all.get_mut(self.host) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                all.remove(self.host);
            }
        }
    }
}

/// An activity as it came.
pub(crate) struct Arrived<'a> {
    pub(crate) activity: &'a Activity,
    pub(crate) host: &'a str,
    pub(crate) delivery: &'a VerifyRequest<'a>,
    pub(crate) body: &'a Bytes,
}

/// Whose post was kept. `None`: nothing was done, and the activity is to be looked at anew.
pub(crate) async fn take(
    app: &App,
    federation: &Federation,
    arrived: &Arrived<'_>,
) -> Option<Arc<Known>> {
    let Arrived {
        activity,
        host,
        delivery,
        body,
    } = *arrived;
    if activity.kind != "Create" || !activity.object.is_object() || body.len() > MOST_BYTES {
        return None;
    }
    let _place = federation
        .at_once
        .enter(host, federation.settings.inbox_at_once)?;
    let author = federation
        .key_at_hand(app, delivery)
        .filter(|author| author.uri == activity.actor)?;
    let note = IncomingNote::read(activity.object.clone()).ok()?;
    let ours = note.check().ok()?.author == author.uri && !note.is_vote();
    if !ours || note.quoted().is_some() {
        return None;
    }
    let people = readers(&note, &author.followers_url);
    let mentioned = if people.is_empty() {
        Vec::new()
    } else {
        known(app, &people).await.ok()?
    };
    let inside = groups::plan(app, activity).await.ok()?;
    if may_appeal(app, &note, &author.followers_url, &mentioned)
        || is_without_place(&note, inside.as_ref())
    {
        return None;
    }
    let is_known =
        |uri: &&str| app.site.owns_str(uri) || mentioned.iter().any(|account| account.uri == **uri);
    if !people.iter().all(is_known) {
        return None;
    }
    let plan = forwarding::plan(app, &activity.rest, &activity.object)
        .await
        .ok()?;
    let fingerprint = Signature::from_headers(delivery.headers)
        .ok()?
        .fingerprint();
    if !federation.replays.is_first(&fingerprint) {
        return None;
    }
    let mentioned = mentioned.iter().map(|account| account.id).collect();
    let by = Author {
        uri: &author.uri,
        followers: &author.followers_url,
        following: &author.following_url,
        domain: author.domain.as_deref(),
    };
    let new = federation.ready(app, &note, by, mentioned, None);
    let beside = Arc::new(Taken {
        received: Received {
            id: InboxId(app.id()),
            activity_uri: activity.id.clone(),
            actor_uri: activity.actor.clone(),
            host: host.to_owned(),
            body: String::from_utf8_lossy(body).into_owned(),
            received_at: app.now(),
            done_at: None,
            outcome: None,
        },
        lane: Lane::of(activity),
        missing: federation.missing(app, &note, 1),
        federation: federation.clone(),
        author: author.clone(),
        plan,
        inside,
    });
    let made = posts::create_with(app, author.account, new, Arrival::Delivered, beside).await;
    if let Ok(Created::New(_)) = made {
        return Some(author);
    }
    // Its turn comes, or its refusal, with a reason.
    federation.replays.forget(&fingerprint);
    None
}

/// Is it a message to a community of ours alone?
fn may_appeal(app: &App, note: &IncomingNote, followers: &str, mentioned: &[Account]) -> bool {
    let to_group = mentioned
        .iter()
        .any(|account| account.is_local() && account.kind == AccountKind::Group);
    let owns = |uri: &str| app.site.owns_str(uri);
    to_group && groups::only_reader(note, followers, owns).is_some()
}

/// An answer in a community of ours is brought what it answers first.
fn is_without_place(note: &IncomingNote, inside: Option<&groups::Plan>) -> bool {
    note.in_reply_to.is_some() && inside.is_some_and(groups::Plan::is_by_words)
}

/// What is looked at and written with the post.
struct Taken {
    received: Received,
    lane: Lane,
    missing: Missing,
    federation: Federation,
    author: Arc<Known>,
    plan: Option<Plan>,
    inside: Option<groups::Plan>,
}

impl Beside for Taken {
    /// What came before fails here, and goes the usual way.
    fn is_news(&self) -> bool {
        true
    }

    fn before(&self, app: &App, tx: &mut Tx<'_>, author: &Account) -> Result<()> {
        if !self.author.is_of(author) || author.suspended_at.is_some() {
            return Err(Error::Conflict("The account has changed".to_owned()));
        }
        let lane = self.lane.name(tx)?;
        if jobs::waits(tx, QUEUE, &lane)? {
            return Err(Error::Conflict("Something before it waits".to_owned()));
        }
        if refresh::is_due(app, &self.federation.settings, author) {
            refresh::enqueue(app, tx, author)?;
        }
        match &self.inside {
            Some(plan) => groups::introduce(app, tx, plan, &self.received.host),
            None => Ok(()),
        }
    }

    fn after(&self, app: &App, tx: &mut Tx<'_>) -> Result<()> {
        let now = app.now();
        let done = Received {
            body: String::new(),
            done_at: Some(now),
            outcome: Some(DONE.to_owned()),
            ..self.received.clone()
        };
        if !inbox::insert_if_new(tx, &done)? {
            return Err(Error::Conflict("It came before".to_owned()));
        }
        reached_us(tx, &done.host, now)?;
        if let Some(plan) = &self.plan {
            forwarding::apply(app, tx, &self.received, plan)?;
        }
        if let Some(plan) = &self.inside {
            groups::relay(app, tx, &self.received, plan, groups::Came::Now)?;
        }
        self.missing.ask(app, tx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_of_a_host_and_no_more() {
        let all = AtOnce::default();
        let one = all.enter("a.test", 2);
        let two = all.enter("a.test", 2);
        assert!(one.is_some() && two.is_some());
        assert!(all.enter("a.test", 2).is_none());
        assert!(all.enter("b.test", 2).is_some());
        drop(one);
        assert!(all.enter("a.test", 2).is_some());
        drop(two);
        assert!(all.enter("a.test", 0).is_none());
        assert!(all.0.lock().unwrap().is_empty());
    }
}
