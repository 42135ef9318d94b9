//! Work for later, kept as rows: claimed, finished, put off, set aside.

use std::time::Duration;

use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use kontor_domain::{ids::JobId, time::Time};

use crate::{Conn, Result, Tx, schema::jobs};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = jobs)]
pub struct Job {
    pub id: JobId,
    pub queue: String,
    /// Jobs of one lane run one after another, in the order of their ids.
    pub lane: Option<String>,
    pub payload: String,
    pub attempts: i32,
    pub run_at: Time,
    pub locked_until: Option<Time>,
    pub last_error: Option<String>,
    pub failed_at: Option<Time>,
    pub created_at: Time,
}

/// What a process listens for to wake its runners.
pub const TOPIC: &str = "jobs";

pub fn insert(tx: &mut Tx<'_>, job: &Job) -> Result<()> {
    each!(tx, |c| diesel::insert_into(jobs::table)
        .values(job)
        .execute(c))?;
    tx.notify(TOPIC, job.queue.as_str());
    Ok(())
}

diesel::alias!(jobs as ahead: Ahead);

/// Jobs of a queue that wait, none behind another of its lane. `busy` are those that this process runs already.
macro_rules! waiting {
    ($queue:expr, $busy:expr) => {
        jobs::table
            .filter(jobs::queue.eq($queue))
            .filter(jobs::failed_at.is_null())
            .filter(jobs::id.ne_all($busy))
            .filter(not(exists(
                ahead
                    .filter(ahead.field(jobs::queue).eq(jobs::queue))
                    .filter(ahead.field(jobs::lane).eq(jobs::lane))
                    .filter(ahead.field(jobs::failed_at).is_null())
                    .filter(ahead.field(jobs::id).lt(jobs::id)),
            )))
    };
}

macro_rules! due {
    ($queue:expr, $now:expr, $busy:expr, $most:expr) => {
        waiting!($queue, $busy)
            .filter(jobs::run_at.le($now))
            .filter(
                jobs::locked_until
                    .is_null()
                    .or(jobs::locked_until.le($now).assume_not_null()),
            )
            .order((jobs::run_at.asc(), jobs::id.asc()))
            .limit($most)
    };
}

/// Claims due jobs, for processes that compete on PostgreSQL: a claim lapses with its lease. On `SQLite` it is [`peek`].
pub fn claim(
    tx: &mut Tx<'_>,
    queue: &str,
    now: Time,
    busy: &[JobId],
    most: i64,
    lease: Duration,
) -> Result<Vec<Job>> {
    let until = now + chrono::Duration::from_std(lease).unwrap_or(chrono::Duration::minutes(5));
    each!(
        tx,
        sqlite | _c | peek(tx, queue, now, busy, most),
        postgres | c | {
            let ids: Vec<JobId> = due!(queue, now, busy, most)
                .select(jobs::id)
                .for_update()
                .skip_locked()
                .load(c)?;
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let mut claimed: Vec<Job> = diesel::update(jobs::table.filter(jobs::id.eq_any(&ids)))
                .set(jobs::locked_until.eq(until))
                .returning(Job::as_returning())
                .get_results(c)?;
            claimed.sort_by_key(|job| (job.run_at, job.id));
            Ok(claimed)
        }
    )
}

/// Keeps the claims of a process that lives and is still at work. What ended in the meantime is left alone. On `SQLite` there
/// are no claims.
pub fn renew(tx: &mut Tx<'_>, ids: &[JobId], now: Time, lease: Duration) -> Result<()> {
    let until = now + chrono::Duration::from_std(lease).unwrap_or(chrono::Duration::minutes(5));
    each!(
        tx,
        sqlite | _c | Ok(()),
        postgres | c | {
            diesel::update(jobs::table.filter(jobs::id.eq_any(ids)))
                .filter(jobs::locked_until.is_not_null())
                .set(jobs::locked_until.eq(until))
                .execute(c)?;
            Ok(())
        }
    )
}

/// What is due, without a claim: on `SQLite` one process serves, and what it remembers as `busy` is its claim.
pub fn peek(db: &mut Conn, queue: &str, now: Time, busy: &[JobId], most: i64) -> Result<Vec<Job>> {
    each!(db, |c| Ok(due!(queue, now, busy, most)
        .select(Job::as_select())
        .load(c)?))
}

/// When the next job of the queue comes due. One behind another of its lane is not counted: it comes due when that one is
/// done. A claimed one comes due when its claim lapses.
pub fn next_due(db: &mut Conn, queue: &str, busy: &[JobId]) -> Result<Option<Time>> {
    each!(db, |c| {
        let free: Option<Time> = waiting!(queue, busy)
            .filter(jobs::locked_until.is_null())
            .order((jobs::run_at.asc(), jobs::id.asc()))
            .select(jobs::run_at)
            .first(c)
            .optional()?;
        let lapsing: Option<Option<Time>> = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::failed_at.is_null())
            .filter(jobs::locked_until.is_not_null())
            .filter(jobs::id.ne_all(busy))
            .order(jobs::locked_until.asc())
            .select(jobs::locked_until)
            .first(c)
            .optional()?;
        Ok(free.into_iter().chain(lapsing.flatten()).min())
    })
}

/// `false`: somebody else finished it, after a lapsed lease. Whoever sees `false` must undo what it did.
pub fn finish(tx: &mut Tx<'_>, id: JobId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(jobs::table.find(id)).execute(c))?;
    tx.notify(TOPIC, "");
    Ok(rows == 1)
}

pub fn put_off(tx: &mut Tx<'_>, id: JobId, run_at: Time, why: &str) -> Result<()> {
    each!(tx, |c| {
        diesel::update(jobs::table.find(id))
            .set((
                jobs::attempts.eq(jobs::attempts + 1),
                jobs::run_at.eq(run_at),
                jobs::locked_until.eq(None::<Time>),
                jobs::last_error.eq(why),
            ))
            .execute(c)
    })?;
    Ok(())
}

/// Not tried again by itself; kept with its reason.
pub fn set_aside(tx: &mut Tx<'_>, id: JobId, now: Time, why: &str) -> Result<()> {
    each!(tx, |c| {
        diesel::update(jobs::table.find(id))
            .set((
                jobs::attempts.eq(jobs::attempts + 1),
                jobs::failed_at.eq(now),
                jobs::locked_until.eq(None::<Time>),
                jobs::last_error.eq(why),
            ))
            .execute(c)
    })?;
    tx.notify(TOPIC, "");
    Ok(())
}

/// Waiting and set aside.
pub fn depth(db: &mut Conn, queue: &str) -> Result<(i64, i64)> {
    each!(db, |c| {
        let waiting = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::failed_at.is_null())
            .count()
            .get_result(c)?;
        let failed = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::failed_at.is_not_null())
            .count()
            .get_result(c)?;
        Ok((waiting, failed))
    })
}
