//! Work for later, kept as rows: written, waiting in its lane, finished, put off. Which are due is in `claims`, what failed in `aside`,
//! and how many there are in `standing`.

mod aside;
mod claims;
mod standing;

pub use aside::{Aside, aside_of, crowded, retry, set_aside, set_aside_of, take_aside};
pub use claims::{Fair, claim, claim_fair, next_due, peek, peek_fair, renew};
use diesel::prelude::*;
use kontor_domain::{ids::JobId, time::Time};
pub use standing::{Standing, depth, standing, waiting_of};

use crate::{Conn, Result, Tx, prepared::kept, schema::jobs};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = jobs, treat_none_as_default_value = false)]
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
    /// Jobs of one share take turns with those of others.
    pub share: Option<String>,
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

/// Rows that one statement writes.
const AT_ONCE: usize = 100;

/// Several of one queue.
pub fn insert_several(tx: &mut Tx<'_>, queue: &str, several: &[Job]) -> Result<()> {
    match several {
        [] => return Ok(()),
        // A statement that stays prepared.
        [one] => return insert(tx, one),
        _ => {}
    }
    for some in several.chunks(AT_ONCE) {
        each!(tx, |c| diesel::insert_into(jobs::table)
            .values(some)
            .execute(c))?;
    }
    tx.notify(TOPIC, queue);
    Ok(())
}

/// `false`: somebody else finished it, after a lapsed lease. Whoever sees `false` must undo what it did. Who runs the queue hears
/// of it if something may wait behind it.
pub fn finish(tx: &mut Tx<'_>, id: JobId) -> Result<bool> {
    let removed: Option<(String, Option<String>)> = each!(tx, |c| {
        diesel::delete(jobs::table.find(id))
            .returning((jobs::queue, jobs::lane))
            .get_result(c)
            .optional()
    })?;
    let Some((queue, lane)) = removed else {
        return Ok(false);
    };
    let Some(lane) = lane else { return Ok(true) };
    // On PostgreSQL another one may be written meanwhile that this transaction does not see.
    let postgres = each!(tx, sqlite | _c | false, postgres | _c | true);
    if postgres || waits(tx, &queue, &lane)? {
        tx.notify(TOPIC, queue);
    }
    Ok(true)
}

/// Does anything wait in a lane?
pub fn waits(db: &mut Conn, queue: &str, lane: &str) -> Result<bool> {
    each!(db, |c| {
        let first: Option<JobId> = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::lane.eq(lane))
            .filter(jobs::failed_at.is_null())
            .select(jobs::id)
            .first(c)
            .optional()?;
        Ok(first.is_some())
    })
}

/// What waits in a lane, with what runs, in its order: so many of it at most.
pub fn payloads_in(db: &mut Conn, queue: &str, lane: &str, most: i64) -> Result<Vec<String>> {
    each!(db, |c| Ok(jobs::table
        .filter(jobs::queue.eq(queue))
        .filter(jobs::lane.eq(lane))
        .filter(jobs::failed_at.is_null())
        .order(jobs::id.asc())
        .limit(most)
        .select(jobs::payload)
        .load(c)?))
}

/// How many wait in a lane, with one that runs.
pub fn count_in_lane(db: &mut Conn, queue: &str, lane: &str) -> Result<i64> {
    each!(db, |c| Ok(jobs::table
        .filter(jobs::queue.eq(queue))
        .filter(jobs::lane.eq(lane))
        .filter(jobs::failed_at.is_null())
        .count()
        .get_result(c)?))
}

/// More than wait in one lane in earnest.
const TO_COME: i64 = 100;

/// Jobs of a lane that are not due yet and that nobody has, in their order.
pub fn to_come(db: &mut Conn, queue: &str, lane: &str, now: Time) -> Result<Vec<Job>> {
    each!(db, |c| Ok(jobs::table
        .filter(jobs::queue.eq(queue))
        .filter(jobs::lane.eq(lane))
        .filter(jobs::failed_at.is_null())
        .filter(jobs::locked_until.is_null())
        .filter(jobs::run_at.gt(now))
        .order(jobs::id.asc())
        .limit(TO_COME)
        .select(Job::as_select())
        .load(c)?))
}

/// Gives a job that is not due yet another payload. `false`: it is, or somebody has it.
pub fn replace(tx: &mut Tx<'_>, id: JobId, payload: &str, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::update(jobs::table.find(id))
            .filter(jobs::failed_at.is_null())
            .filter(jobs::locked_until.is_null())
            .filter(jobs::run_at.gt(now))
            .set(jobs::payload.eq(payload))
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// Has what waits for its time run now, of those of a queue with this value in a column.
macro_rules! hasten {
    ($tx:expr, $queue:expr, $column:ident, $value:expr, $now:expr) => {{
        each!($tx, |c| {
            diesel::update(jobs::table)
                .filter(jobs::queue.eq($queue))
                .filter(jobs::$column.eq($value))
                .filter(jobs::failed_at.is_null())
                .filter(jobs::locked_until.is_null())
                .filter(jobs::run_at.gt($now))
                .set(jobs::run_at.eq($now))
                .execute(c)
        })?;
        $tx.notify(TOPIC, $queue);
        Ok(())
    }};
}

/// What waits in a lane for its time does not any longer.
pub fn hasten(tx: &mut Tx<'_>, queue: &str, lane: &str, now: Time) -> Result<()> {
    hasten!(tx, queue, lane, lane, now)
}

/// The same of what waits of a share.
pub fn hasten_of(tx: &mut Tx<'_>, queue: &str, share: &str, now: Time) -> Result<()> {
    hasten!(tx, queue, share, share, now)
}

pub fn put_off(tx: &mut Tx<'_>, id: JobId, run_at: Time, why: &str) -> Result<()> {
    each!(tx, |c| {
        kept(diesel::update(jobs::table.find(id)).set((
            jobs::attempts.eq(jobs::attempts + 1),
            jobs::run_at.eq(run_at),
            jobs::locked_until.eq(None::<Time>),
            jobs::last_error.eq(why),
        )))
        .execute(c)
    })?;
    Ok(())
}
