//! Whom a community's Announce goes to: looked up by a job, so that neither the request nor the transaction that an activity comes in
//! with waits for the number of its members. It is decided here, and nowhere else, which form a member's server gets.

use std::sync::Arc;

use kontor_actions::{App, Error, Result, steps};
use kontor_domain::{
    ids::{AccountId, ActivityId, PostId},
    time::Time,
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Place, Queue};
use kontor_store::{Ids, Tx, activities, communities, deliveries::Priority, jobs, posts};
use serde::{Deserialize, Serialize};

use super::{
    passing::members,
    votes::{Held, Vote},
};
use crate::{
    objects::loose::id_of,
    outgoing::{self, Outgoing, Recipients},
};

pub(super) const QUEUE: &str = "relays";

/// In which of two forms something is told, and so to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    /// What was done, inside an Announce: to servers that understand it.
    #[default]
    Activity,
    /// A boost, or its end: to the other servers.
    Boost,
    /// A boost of what is told in no other form: to all of them.
    Alone,
}

/// Which of them it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It goes at once, or behind what waits that is about the same.
    Now,
    /// A word that cannot wait, as a moderator's: what is in front of it goes at once too.
    Word,
    /// The end of what it is about: what waits is nothing to anybody any more.
    End,
    /// A new post of this account: with others that are too many for a minute it waits.
    Post(AccountId),
    /// A change of one: it takes the place of an older one that waits.
    Edit(AccountId),
}

/// What goes out of a community.
pub(super) struct Going {
    pub(super) outgoing: Outgoing,
    pub(super) form: Form,
    /// The boost that shows a thread. What is told of the two goes by what was known of a server when that was made, so that each gets
    /// one of both, whatever is learnt between.
    pub(super) shown: Option<PostId>,
    pub(super) turn: Turn,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Relay {
    pub(super) activity: ActivityId,
    community: AccountId,
    /// Inboxes beside those of its members' servers.
    direct: Vec<String>,
    #[serde(default)]
    form: Form,
    #[serde(default)]
    shown: Option<PostId>,
    #[serde(default)]
    edit: bool,
    /// It may have waited for its turn: whether it still goes is asked when it does.
    #[serde(default)]
    waited: bool,
    /// One that waited: the same is asked of it.
    #[serde(default)]
    pub(super) vote: Option<Vote>,
}

impl Relay {
    fn payload(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|why| Error::Broken(why.to_string()))
    }
}

/// Keeps the activity, and has it sent. What is about one thing goes out in the order in which it came in.
pub(super) fn enqueue(
    app: &App,
    tx: &mut Tx<'_>,
    community: AccountId,
    going: Going,
) -> Result<()> {
    let Going {
        mut outgoing,
        form,
        shown,
        turn,
    } = going;
    let now = app.now();
    match turn {
        Turn::Word => jobs::hasten(tx, QUEUE, &outgoing.order, now)?,
        Turn::End => forget(tx, &outgoing.order, now)?,
        Turn::Now | Turn::Post(_) | Turn::Edit(_) => {}
    }
    let answered = outgoing.body.pointer("/object/object/inReplyTo");
    let answered = answered.and_then(id_of).map(ToOwned::to_owned);
    let direct = std::mem::take(&mut outgoing.to).into_inboxes();
    let lane = outgoing.order.clone();
    let activity = outgoing::keep(app, tx, outgoing)?;
    let relay = Relay {
        activity,
        community,
        direct,
        form,
        shown,
        edit: matches!(turn, Turn::Edit(_)),
        waited: matches!(turn, Turn::Post(_) | Turn::Edit(_)),
        vote: None,
    };
    let waiting = match (&answered, turn) {
        (_, Turn::Edit(_)) => jobs::to_come(tx, QUEUE, &lane, now)?,
        // An answer is nothing to those who have not heard of what it answers.
        (Some(answered), Turn::Post(_)) => jobs::to_come(tx, QUEUE, answered, now)?,
        _ => Vec::new(),
    };
    if relay.edit && supersedes(tx, &waiting, &relay, now)? {
        return Ok(());
    }
    let by = match turn {
        Turn::Now | Turn::Word | Turn::End => None,
        Turn::Post(by) | Turn::Edit(by) => Some(by),
    };
    let due = by.map(|by| next(app, tx, (community, by), now));
    // It cannot go before what waits in front of it.
    let behind = waiting.iter().map(|job| job.run_at).max();
    let due = behind.into_iter().chain(due).max().unwrap_or(now);
    write(app, tx, (lane.as_str(), by), &relay, due)
}

/// When another of this account goes. A transaction that is not kept takes no turn.
fn next(app: &App, tx: &mut Tx<'_>, (community, by): (AccountId, AccountId), now: Time) -> Time {
    let due = app.turns.next(community, by, now).unwrap_or(now);
    let app = app.clone();
    tx.if_lost(move || app.turns.give_back(community, by, (due, now)));
    due
}

/// Whose words these are in which community, among the jobs of this queue. Votes have a share of their own: they are many, and no ban hurries
/// them.
fn share(community: AccountId, by: AccountId, votes: bool) -> String {
    let kind = if votes { " votes" } else { "" };
    format!("{community} {by}{kind}")
}

/// An account is banned from a community: what waits of theirs was taken in before, and goes out before that is told.
pub(super) fn hasten(
    app: &App,
    tx: &mut Tx<'_>,
    community: AccountId,
    account: AccountId,
) -> Result<()> {
    let now = app.now();
    Ok(jobs::hasten_of(
        tx,
        QUEUE,
        &share(community, account, false),
        now,
    )?)
}

/// Keeps a vote, and has it sent when its time comes. A moderator's word about its post does not hurry it.
pub(super) fn hold(
    app: &App,
    tx: &mut Tx<'_>,
    community: AccountId,
    mut outgoing: Outgoing,
    held: Held,
) -> Result<()> {
    let now = app.now();
    let Held {
        by,
        lane,
        due,
        vote,
    } = held;
    // It is nothing to those who have not heard of what it is about, or of what was said before.
    let mut ahead = jobs::to_come(tx, QUEUE, &outgoing.order, now)?;
    ahead.extend(jobs::to_come(tx, QUEUE, &lane, now)?);
    let due = ahead.iter().map(|job| job.run_at).fold(due, Time::max);
    let direct = std::mem::take(&mut outgoing.to).into_inboxes();
    let relay = Relay {
        activity: outgoing::keep(app, tx, outgoing)?,
        community,
        direct,
        form: Form::Activity,
        shown: None,
        edit: false,
        waited: true,
        vote: Some(vote),
    };
    write(app, tx, (lane.as_str(), Some(by)), &relay, due)
}

fn write(
    app: &App,
    tx: &mut Tx<'_>,
    (lane, by): (&str, Option<AccountId>),
    relay: &Relay,
    due: Time,
) -> Result<()> {
    let share = by.map(|by| share(relay.community, by, relay.vote.is_some()));
    let place = Place {
        queue: QUEUE,
        lane: Some(lane),
        share: share.as_deref(),
    };
    app.enqueue_for_at(tx, place, relay.payload()?, due)
}

/// Of changes that wait only the newest goes.
fn supersedes(tx: &mut Tx<'_>, waiting: &[Job], relay: &Relay, now: Time) -> Result<bool> {
    for job in waiting {
        let Ok(older) = serde_json::from_str::<Relay>(&job.payload) else {
            continue;
        };
        if !older.edit || older.community != relay.community {
            continue;
        }
        let mut newer = relay.clone();
        newer.direct.extend(older.direct);
        if jobs::replace(tx, job.id, &newer.payload()?, now)? {
            activities::delete(tx, older.activity)?;
            return Ok(true);
        }
    }
    Ok(false)
}

fn forget(tx: &mut Tx<'_>, lane: &str, now: Time) -> Result<()> {
    for job in jobs::to_come(tx, QUEUE, lane, now)? {
        let Ok(relay) = serde_json::from_str::<Relay>(&job.payload) else {
            continue;
        };
        // The end of a boost is still to be heard of by those who know nothing else.
        if relay.form == Form::Activity {
            activities::delete(tx, relay.activity)?;
            jobs::finish(tx, job.id)?;
        }
    }
    Ok(())
}

pub(crate) fn queue(app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Relays { app: app.clone() }),
        workers: 4,
        attempts: 12,
        timeout: std::time::Duration::from_secs(60),
        backoff: Backoff {
            first: std::time::Duration::from_secs(1),
            most: std::time::Duration::from_secs(60 * 60),
        },
    }
}

struct Relays {
    app: App,
}

#[async_trait::async_trait]
impl Handler for Relays {
    async fn run(&self, job: &Job) -> Outcome {
        let relay: Relay = match serde_json::from_str(&job.payload) {
            Ok(relay) => relay,
            Err(why) => return Outcome::SetAside(why.to_string()),
        };
        let (community, form) = (relay.community, relay.form);
        let at = relay
            .shown
            .and_then(|boost| Ids::made(boost.0))
            .unwrap_or_else(|| self.app.now());
        // Members are many: they are read where nobody waits to write.
        let to = self
            .app
            .store
            .read(move |db| members(db, community, form, at))
            .await;
        match to {
            Ok(to) => {
                steps::finish_with(&self.app, job, move |app, tx| {
                    send(app, tx, &relay, to.clone())
                })
                .await
            }
            Err(why) => Outcome::Later {
                after: None,
                why: why.to_string(),
            },
        }
    }
}

fn send(app: &App, tx: &mut Tx<'_>, relay: &Relay, mut to: Recipients) -> Result<()> {
    let Some(activity) = activities::by_id(tx, relay.activity)? else {
        return Ok(());
    };
    let wanted = match &relay.vote {
        Some(vote) => vote.is_wanted(tx, &activity.object_uri)?,
        None if relay.waited => is_still_wanted(app, tx, relay.community, activity.post_id)?,
        None => true,
    };
    if !wanted {
        return Ok(activities::delete(tx, activity.id)?);
    }
    for inbox in &relay.direct {
        to.add_inbox(inbox.clone(), Priority::Direct);
    }
    if !outgoing::send(app, tx, activity.id, &activity.object_uri, &to)? {
        // Nobody elsewhere reads it in this form.
        activities::delete(tx, activity.id)?;
    }
    Ok(())
}

/// What was taken in before its author was banned goes, unless the ban took it away. The post may be gone.
fn is_still_wanted(
    app: &App,
    tx: &mut Tx<'_>,
    community: AccountId,
    post: Option<PostId>,
) -> Result<bool> {
    let Some(post) = post else { return Ok(false) };
    match posts::stub(tx, post)? {
        Some(stub) if stub.removed_at.is_none() => Ok(true),
        Some(stub) => {
            let ban = communities::banned(tx, community, stub.account_id, app.now())?;
            Ok(ban.is_none())
        }
        None => Ok(false),
    }
}
