//! Accounts that are taken out of sight, brought back, or deleted for good. What is deleted goes in steps, and its name and address
//! never come back.

use std::{sync::Arc, time::Duration};

use kontor_domain::{
    account::AccountKind, event::Event, follow::FollowState, ids::AccountId, peer::SuspendedBy,
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{
    Tx,
    accounts::{self, Account, Counter},
    follows, home, posts, tombstones,
};

use crate::{App, Error, Result, steps};

/// The queue in which deleted accounts wait to be erased.
pub const QUEUE: &str = "departures";

/// Posts, and follows, that go in one transaction.
const STEP: i64 = 100;

/// Out of everybody's sight, here and, for an account of ours, elsewhere. It can be brought back. Doing it again changes nothing.
pub async fn suspend(app: &App, id: AccountId) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| suspend_in(&this, tx, id))
        .await
        .map(drop)
}

/// `false`: it was before.
pub(crate) fn suspend_in(app: &App, tx: &mut Tx<'_>, id: AccountId) -> Result<bool> {
    let account = person(tx, id)?;
    let changed = accounts::suspend(tx, id, SuspendedBy::Operator, app.now())?;
    if changed && account.is_local() {
        app.record(tx, &Event::AccountSuspended { account: id })?;
    }
    Ok(changed)
}

/// Back in sight, if a person of this instance had suspended it.
pub async fn unsuspend(app: &App, id: AccountId) -> Result<()> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let account = person(tx, id)?;
            if tombstones::deleted_at(tx, &account.uri)?.is_some() {
                return Err(Error::invalid("account", "is deleted"));
            }
            if !accounts::unsuspend(tx, id, SuspendedBy::Operator, now)? {
                return Ok(());
            }
            if account.is_local() {
                return this.record(tx, &Event::AccountSuspended { account: id });
            }
            // A rule about its domain may hide it still.
            let account = person(tx, id)?;
            crate::peers::settle(tx, &account)
        })
        .await
}

/// Deletes an account of ours: every server that may know it is told, and everything of it goes.
pub async fn delete(app: &App, id: AccountId) -> Result<()> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let account = person(tx, id)?;
            if !account.is_local() {
                return Err(Error::NotFound);
            }
            if tombstones::deleted_at(tx, &account.uri)?.is_some() {
                return Ok(());
            }
            accounts::suspend(tx, id, SuspendedBy::Operator, now)?;
            tombstones::insert(tx, &account.uri, now)?;
            crate::communities::vacate(&this, tx, id, None)?;
            this.record(tx, &Event::AccountDeleted { account: id })?;
            enqueue(&this, tx, id)
        })
        .await
}

fn person(tx: &mut Tx<'_>, id: AccountId) -> Result<Account> {
    accounts::by_id(tx, id)?
        .filter(|account| !(account.is_local() && account.kind == AccountKind::Application))
        .ok_or(Error::NotFound)
}

fn enqueue(app: &App, tx: &mut Tx<'_>, id: AccountId) -> Result<()> {
    let text = id.to_string();
    app.enqueue(tx, QUEUE, Some(&text), text.clone())
}

/// What erases, beside a server that runs.
pub fn queue(app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Steps { app: app.clone() }),
        workers: 1,
        attempts: 100,
        timeout: Duration::from_secs(60),
        backoff: Backoff {
            first: Duration::from_secs(1),
            most: Duration::from_secs(10 * 60),
        },
    }
}

struct Steps {
    app: App,
}

#[async_trait::async_trait]
impl Handler for Steps {
    async fn run(&self, job: &Job) -> Outcome {
        let Ok(account) = job.payload.parse::<AccountId>() else {
            return Outcome::SetAside("the job names no account".to_owned());
        };
        steps::finish_with(&self.app, job, move |app, tx| {
            if step(app, tx, account)? {
                Ok(())
            } else {
                enqueue(app, tx, account)
            }
        })
        .await
    }
}

/// Erases a part. `true`: nothing is left.
fn step(app: &App, tx: &mut Tx<'_>, id: AccountId) -> Result<bool> {
    let Some(account) = accounts::by_id(tx, id)? else {
        return Ok(true);
    };
    let now = app.now();
    let some = posts::remains_of(tx, id, STEP)?;
    for post in &some {
        crate::posts::erase(app, tx, post, crate::posts::Files::Go, now)?;
    }
    if !some.is_empty() {
        return Ok(false);
    }
    let ends = follows::some_touching(tx, id, STEP)?;
    for follow in &ends {
        if follows::delete(tx, follow.id)? && follow.state == FollowState::Accepted {
            accounts::count(tx, follow.target_id, Counter::Followers, -1)?;
            accounts::count(tx, follow.follower_id, Counter::Following, -1)?;
        }
        home::forget(tx, follow.follower_id, follow.target_id)?;
    }
    if !ends.is_empty() {
        return Ok(false);
    }
    // What is left is the name, which nobody else may take, and the keys, for what is still to be said.
    kontor_store::notifications::delete_whatever_of(tx, id)?;
    kontor_store::polls::forget_voter(tx, id)?;
    kontor_store::favourites::uncount_by(tx, id)?;
    accounts::forget_deeds(tx, id)?;
    kontor_store::users::delete(tx, id)?;
    let pictures = [&account.avatar_url, &account.header_url]
        .into_iter()
        .filter_map(|url| crate::accounts::picture_file(app, url.as_ref()));
    crate::uploads::remove(app, tx, &pictures.collect::<Vec<_>>())?;
    accounts::empty(tx, &account, now)?;
    Ok(true)
}
