//! Moving from one account to another: both say so, the followers who are here go along, and the old account stays as a sign.

mod carry;

use std::{sync::Arc, time::Duration};

use kontor_domain::{
    event::Event,
    ids::{AccountId, FollowId},
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{
    Tx,
    accounts::{self, Account},
    follows,
};

use crate::{
    App, Error, Result,
    follows::{Options, Wish},
    steps,
};

/// The queue in which followers wait to go along.
pub const QUEUE: &str = "moves";

/// An account moves no more often than this.
const COOLDOWN: chrono::Duration = chrono::Duration::days(30);
/// Followers that go along in one step.
const STEP: i64 = 50;
/// Other accounts that one may name as its own.
const ALIASES: usize = 32;

/// A name that an account goes by elsewhere, taken up or given back. Only who is named there can move here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Add,
    Remove,
}

/// Changes what `id`, who is here, says of its other accounts. Doing it again changes nothing.
pub async fn alias(app: &App, id: AccountId, change: Change, other: AccountId) -> Result<()> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let account = local(tx, id)?;
            let other = accounts::by_id(tx, other)?.ok_or(Error::NotFound)?;
            if other.id == account.id {
                return Err(Error::invalid("alias", "is the account itself"));
            }
            let mut aliases = aliases(&account);
            let known = aliases.contains(&other.uri);
            match change {
                Change::Add if known => return Ok(()),
                Change::Add if aliases.len() >= ALIASES => {
                    return Err(Error::invalid("alias", format!("is more than {ALIASES}")));
                }
                Change::Add => aliases.push(other.uri),
                Change::Remove if !known => return Ok(()),
                Change::Remove => aliases.retain(|alias| *alias != other.uri),
            }
            let text =
                serde_json::to_string(&aliases).map_err(|why| Error::Broken(why.to_string()))?;
            accounts::set_aliases(tx, account.id, &text, now)?;
            this.record(
                tx,
                &Event::AccountUpdated {
                    account: account.id,
                },
            )
        })
        .await
}

/// The addresses that an account says are its own too.
pub fn aliases(account: &Account) -> Vec<String> {
    serde_json::from_str(&account.also_known_as).unwrap_or_default()
}

/// An account of ours moves to another, which must name it.
pub async fn depart(app: &App, id: AccountId, to: AccountId) -> Result<()> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let account = local(tx, id)?;
            let target = accounts::by_id(tx, to)?.ok_or(Error::NotFound)?;
            if account.moved_to_uri.as_deref() == Some(target.uri.as_str()) {
                return Ok(());
            }
            may_move(&account, &target, now)?;
            accounts::set_moved(tx, account.id, Some(&target.uri), now)?;
            this.record(
                tx,
                &Event::AccountMoved {
                    account: account.id,
                },
            )?;
            enqueue(&this, tx, account.id, target.id)?;
            Ok(())
        })
        .await
}

/// The same of an account elsewhere, whose server says so; both documents have just been read.
pub async fn depart_remote(app: &App, id: AccountId, to: AccountId) -> Result<()> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let account = accounts::by_id(tx, id)?
                .filter(|account| !account.is_local())
                .ok_or(Error::NotFound)?;
            let target = accounts::by_id(tx, to)?.ok_or(Error::NotFound)?;
            may_move(&account, &target, now)?;
            accounts::set_moved(tx, account.id, Some(&target.uri), now)?;
            enqueue(&this, tx, account.id, target.id)?;
            Ok(())
        })
        .await
}

fn local(tx: &mut Tx<'_>, id: AccountId) -> Result<Account> {
    accounts::by_id(tx, id)?
        .filter(|account| account.is_local() && account.suspended_at.is_none())
        .ok_or(Error::NotFound)
}

fn may_move(account: &Account, target: &Account, now: kontor_domain::time::Time) -> Result<()> {
    if account.id == target.id {
        return Err(Error::invalid("target", "is the account itself"));
    }
    if !aliases(target).contains(&account.uri) {
        return Err(Error::invalid(
            "target",
            "does not name the account among its own (alsoKnownAs)",
        ));
    }
    if target.moved_to_uri.is_some() || target.suspended_at.is_some() {
        return Err(Error::invalid("target", "cannot be followed"));
    }
    if account.moved_at.is_some_and(|at| at + COOLDOWN > now) {
        return Err(Error::invalid(
            "account",
            format!("moved less than {} days ago", COOLDOWN.num_days()),
        ));
    }
    Ok(())
}

/// Who goes along, and where.
#[derive(Debug, Clone, Copy)]
struct Going {
    from: AccountId,
    to: AccountId,
    after: FollowId,
}

impl Going {
    fn write(self) -> String {
        format!("{} {} {}", self.from, self.to, self.after)
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        Some(Self {
            from: words.next()?.parse().ok()?,
            to: words.next()?.parse().ok()?,
            after: words.next()?.parse().ok()?,
        })
    }
}

fn enqueue(app: &App, tx: &mut Tx<'_>, from: AccountId, to: AccountId) -> Result<()> {
    put(
        app,
        tx,
        Going {
            from,
            to,
            after: FollowId(0),
        },
    )
}

fn put(app: &App, tx: &mut Tx<'_>, going: Going) -> Result<()> {
    let lane = going.from.to_string();
    app.enqueue(tx, QUEUE, Some(&lane), going.write())
}

/// What takes the followers along, beside a server that runs.
pub fn queue(app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Steps { app: app.clone() }),
        workers: 2,
        attempts: 20,
        timeout: Duration::from_secs(60),
        backoff: Backoff {
            first: Duration::from_secs(5),
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
        let Some(going) = Going::read(&job.payload) else {
            return Outcome::SetAside("the job does not say who goes where".to_owned());
        };
        match self.step(going).await {
            Ok(next) => {
                steps::finish_with(&self.app, job, move |app, tx| match next {
                    Some(next) => put(app, tx, next),
                    None => Ok(()),
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

impl Steps {
    /// Each follower by actions of their own, which do nothing when they are done again. Returns what is left.
    async fn step(&self, going: Going) -> Result<Option<Going>> {
        let app = &self.app;
        if going.after == FollowId(0) {
            carry::all(app, going.from, going.to).await?;
        }
        let rows: Vec<(FollowId, AccountId)> = app
            .store
            .read(move |db| {
                Ok::<_, Error>(follows::local_after(db, going.from, going.after, STEP)?)
            })
            .await?;
        for (_, follower) in &rows {
            self.take_along(*follower, going).await?;
        }
        let full = i64::try_from(rows.len()).is_ok_and(|count| count == STEP);
        let last = rows.last().filter(|_| full);
        Ok(last.map(|(row, _)| Going {
            after: *row,
            ..going
        }))
    }
}

impl Steps {
    /// One follower: the new follow is as the old one was, and stands in the same lists.
    async fn take_along(&self, follower: AccountId, going: Going) -> Result<()> {
        let app = &self.app;
        let old = crate::follows::between(app, follower, going.from).await?;
        let known = crate::follows::between(app, follower, going.to).await?;
        let lists = crate::lists::holding(app, follower, going.from).await?;
        // What somebody set of a follow that was there before stays.
        let old = old.filter(|_| known.is_none());
        let wish = Wish {
            follower,
            target: going.to,
            uri: None,
            options: Options {
                show_reblogs: old.as_ref().map(|follow| follow.show_reblogs),
                notify: old.as_ref().map(|follow| follow.notify),
                languages: old.map(|follow| follow.languages),
            },
        };
        match crate::follows::follow(app, wish).await {
            // Who is the new account cannot follow it, nor who blocks it; one that is gone meanwhile cannot be followed.
            Ok(_)
            | Err(
                Error::NotFound | Error::Invalid { .. } | Error::Conflict(_) | Error::Forbidden(_),
            ) => {}
            Err(why) => return Err(why),
        }
        for list in lists {
            match crate::lists::add(app, follower, list.id, vec![going.to]).await {
                // It is in the list already, or the follow did not come about.
                Ok(()) | Err(Error::NotFound | Error::Invalid { .. }) => {}
                Err(why) => return Err(why),
            }
        }
        crate::follows::unfollow(app, follower, going.from).await
    }
}
