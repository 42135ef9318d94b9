//! Work for later, kept as rows: claimed, finished, put off, set aside.

use std::time::Duration;

use diesel::{
    QueryableByName,
    dsl::{count_star, exists, not},
    prelude::*,
    sql_types,
};
use kontor_domain::{ids::JobId, page::Page, time::Time};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    prepared::{Bind, Prepared, kept},
    schema::jobs,
};

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

diesel::alias!(jobs as ahead: Ahead);

/// Jobs of a queue that wait, none behind another of its lane.
macro_rules! waiting {
    ($queue:expr) => {
        jobs::table
            .filter(jobs::queue.eq($queue))
            .filter(jobs::failed_at.is_null())
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
    ($queue:expr, $now:expr, $most:expr) => {
        waiting!($queue)
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

/// As many more as this process runs already are read, and those passed over: a list in the statement would make it another one
/// each time, to be prepared anew.
fn beyond(most: i64, busy: &[JobId]) -> i64 {
    most.saturating_add(i64::try_from(busy.len()).unwrap_or(i64::MAX))
}

fn pass_over(mut found: Vec<Job>, busy: &[JobId], most: i64) -> Vec<Job> {
    found.retain(|job| !busy.contains(&job.id));
    found.truncate(usize::try_from(most).unwrap_or(0));
    found
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
            let ids: Vec<JobId> = due!(queue, now, most)
                .filter(jobs::id.ne_all(busy))
                .select(jobs::id)
                .for_update()
                .skip_locked()
                .load(c)?;
            lease_out(c, &ids, until)
        }
    )
}

/// These jobs, which nobody else has, in the order in which they came due.
fn lease_out(c: &mut PgConnection, ids: &[JobId], until: Time) -> Result<Vec<Job>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut claimed: Vec<Job> = kept(
        diesel::update(jobs::table.filter(jobs::id.among(ids)))
            .set(jobs::locked_until.eq(until))
            .returning(Job::as_returning()),
    )
    .get_results(c)?;
    claimed.sort_by_key(|job| (job.run_at, job.id));
    Ok(claimed)
}

/// Shares that one claim looks at: of most nothing may be free to run just now.
const SHARES: i64 = 256;

/// The shares of a queue that have something due, those after `after` first and then from the beginning: the order of turns.
fn shares(db: &mut Conn, queue: &str, now: Time, after: &str) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
        share: Option<String>,
    }
    // One step of the index for each share, however many jobs it has.
    let sql = "WITH RECURSIVE turns(share) AS ( \
         SELECT (SELECT share FROM jobs WHERE queue = ? AND share > ? AND run_at <= ? AND failed_at IS NULL ORDER BY share LIMIT 1) \
         UNION ALL \
         SELECT (SELECT share FROM jobs WHERE queue = ? AND share > turns.share AND run_at <= ? AND failed_at IS NULL ORDER BY share LIMIT 1) \
         FROM turns WHERE turns.share IS NOT NULL) \
         SELECT share FROM turns LIMIT ?";
    let mut found: Vec<String> = Vec::new();
    for from in [after, ""] {
        let word = |word: &str| Bind::Word(word.to_owned());
        let binds = vec![
            word(queue),
            word(from),
            Bind::Time(now),
            word(queue),
            Bind::Time(now),
            Bind::Big(SHARES),
        ];
        let rows: Vec<Row> = each!(db, |c| Prepared::new(sql, binds).load(c)?);
        for share in rows.into_iter().filter_map(|row| row.share) {
            if !found.contains(&share) {
                found.push(share);
            }
        }
        if after.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// What was claimed of a queue whose jobs have shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fair {
    pub jobs: Vec<Job>,
    /// The share that was the last to be looked at.
    pub after: String,
    /// A share may have more to give.
    pub more: bool,
}

/// Of each share in its turn as many as of every other, while there is room: what `take` gives of one.
fn in_turn(
    shares: Vec<String>,
    after: &str,
    most: i64,
    mut take: impl FnMut(&str, i64) -> Result<Vec<Job>>,
) -> Result<Fair> {
    let count = i64::try_from(shares.len()).unwrap_or(i64::MAX).max(1);
    let each = (most / count).max(1);
    let mut fair = Fair {
        jobs: Vec::new(),
        after: after.to_owned(),
        more: count >= SHARES,
    };
    for share in shares {
        let room = most - i64::try_from(fair.jobs.len()).unwrap_or(i64::MAX);
        if room <= 0 {
            fair.more = true;
            break;
        }
        let asked = each.min(room);
        let mut taken = take(&share, asked)?;
        fair.more |= i64::try_from(taken.len()).is_ok_and(|taken| taken >= asked);
        fair.jobs.append(&mut taken);
        fair.after = share;
    }
    Ok(fair)
}

/// The same as [`peek`], fairly. Begins after the share `after`.
pub fn peek_fair(
    db: &mut Conn,
    queue: &str,
    now: Time,
    busy: &[JobId],
    most: i64,
    after: &str,
) -> Result<Fair> {
    let found = shares(db, queue, now, after)?;
    each!(db, |c| in_turn(found, after, most, |share, room| {
        let found = due!(queue, now, beyond(room, busy))
            .filter(jobs::share.eq(share))
            .select(Job::as_select())
            .load(c)?;
        Ok(pass_over(found, busy, room))
    }))
}

/// The same as [`claim`], fairly. Begins after the share `after`.
pub fn claim_fair(
    tx: &mut Tx<'_>,
    queue: &str,
    now: Time,
    busy: &[JobId],
    most: i64,
    lease: Duration,
    after: &str,
) -> Result<Fair> {
    let until = now + chrono::Duration::from_std(lease).unwrap_or(chrono::Duration::minutes(5));
    let found = shares(tx, queue, now, after)?;
    each!(
        tx,
        sqlite | _c | peek_fair(tx, queue, now, busy, most, after),
        postgres
            | c
            | in_turn(found, after, most, |share, room| {
                let ids: Vec<JobId> = due!(queue, now, room)
                    .filter(jobs::id.ne_all(busy))
                    .filter(jobs::share.eq(share))
                    .select(jobs::id)
                    .for_update()
                    .skip_locked()
                    .load(c)?;
                lease_out(c, &ids, until)
            })
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
            diesel::update(jobs::table.filter(jobs::id.among(ids)))
                .filter(jobs::locked_until.is_not_null())
                .set(jobs::locked_until.eq(until))
                .execute(c)?;
            Ok(())
        }
    )
}

/// What is due, without a claim: on `SQLite` one process serves, and what it remembers as `busy` is its claim.
pub fn peek(db: &mut Conn, queue: &str, now: Time, busy: &[JobId], most: i64) -> Result<Vec<Job>> {
    let found = each!(db, |c| due!(queue, now, beyond(most, busy))
        .select(Job::as_select())
        .load(c)?);
    Ok(pass_over(found, busy, most))
}

/// When the next job of the queue comes due. One behind another of its lane is not counted: it comes due when that one is
/// done. A claimed one comes due when its claim lapses.
pub fn next_due(db: &mut Conn, queue: &str, busy: &[JobId]) -> Result<Option<Time>> {
    let free: Vec<(JobId, Time)> = each!(db, |c| waiting!(queue)
        .filter(jobs::locked_until.is_null())
        .order((jobs::run_at.asc(), jobs::id.asc()))
        .limit(beyond(1, busy))
        .select((jobs::id, jobs::run_at))
        .load(c)?);
    let free = free
        .into_iter()
        .find(|(id, _)| !busy.contains(id))
        .map(|(_, at)| at);
    each!(
        db,
        sqlite | _c | Ok(free),
        postgres | c | {
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
        }
    )
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

/// What waits in a lane for its time does not any longer.
pub fn hasten(tx: &mut Tx<'_>, queue: &str, lane: &str, now: Time) -> Result<()> {
    each!(tx, |c| {
        diesel::update(jobs::table)
            .filter(jobs::queue.eq(queue))
            .filter(jobs::lane.eq(lane))
            .filter(jobs::failed_at.is_null())
            .filter(jobs::locked_until.is_null())
            .filter(jobs::run_at.gt(now))
            .set(jobs::run_at.eq(now))
            .execute(c)
    })?;
    tx.notify(TOPIC, queue);
    Ok(())
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

/// Not tried again by itself; kept with its reason.
pub fn set_aside(tx: &mut Tx<'_>, id: JobId, now: Time, why: &str) -> Result<()> {
    let queue: Option<String> = each!(tx, |c| {
        diesel::update(jobs::table.find(id))
            .set((
                jobs::attempts.eq(jobs::attempts + 1),
                jobs::failed_at.eq(now),
                jobs::locked_until.eq(None::<Time>),
                jobs::last_error.eq(why),
            ))
            .returning(jobs::queue)
            .get_result(c)
            .optional()
    })?;
    if let Some(queue) = queue {
        tx.notify(TOPIC, queue);
    }
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

/// How many jobs of a share wait, counted up to `most`.
pub fn waiting_of(db: &mut Conn, queue: &str, share: &str, most: i64) -> Result<i64> {
    each!(db, |c| {
        let ids: Vec<JobId> = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::share.eq(share))
            .filter(jobs::failed_at.is_null())
            .select(jobs::id)
            .limit(most)
            .load(c)?;
        Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX))
    })
}

/// Jobs that were set aside, newest first, of one share or of all.
pub fn set_aside_of(
    db: &mut Conn,
    queue: &str,
    share: Option<&str>,
    page: &Page,
) -> Result<Vec<Job>> {
    each!(db, |c| {
        let mut query = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::failed_at.is_not_null())
            .filter(jobs::id.lt(JobId(page.max_id.unwrap_or(i64::MAX))))
            .order(jobs::id.desc())
            .limit(page.limit)
            .select(Job::as_select())
            .into_boxed();
        if let Some(share) = share {
            query = query.filter(jobs::share.eq(share));
        }
        Ok(query.load(c)?)
    })
}

/// Jobs that were set aside are tried again from the beginning. Returns how many.
pub fn retry(tx: &mut Tx<'_>, ids: &[JobId], now: Time) -> Result<usize> {
    let rows = each!(tx, |c| {
        diesel::update(jobs::table.filter(jobs::id.among(ids)))
            .filter(jobs::failed_at.is_not_null())
            .set((
                jobs::failed_at.eq(None::<Time>),
                jobs::attempts.eq(0),
                jobs::run_at.eq(now),
                jobs::locked_until.eq(None::<Time>),
            ))
            .execute(c)
    })?;
    tx.notify(TOPIC, "");
    Ok(rows)
}

/// Shares of a queue with more than `most` jobs that were set aside.
pub fn crowded(db: &mut Conn, queue: &str, most: i64) -> Result<Vec<String>> {
    each!(db, |c| {
        let found: Vec<Option<String>> = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::failed_at.is_not_null())
            .filter(jobs::share.is_not_null())
            .group_by(jobs::share)
            .having(count_star().gt(most))
            .select(jobs::share)
            .load(c)?;
        Ok(found.into_iter().flatten().collect())
    })
}

/// Which of the jobs that were set aside, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aside {
    /// Set aside before a moment.
    Before(Time),
    Of(String),
}

/// How many jobs of a share were set aside.
pub fn aside_of(db: &mut Conn, queue: &str, share: &str) -> Result<i64> {
    each!(db, |c| Ok(jobs::table
        .filter(jobs::queue.eq(queue))
        .filter(jobs::share.eq(share))
        .filter(jobs::failed_at.is_not_null())
        .count()
        .get_result(c)?))
}

/// Takes jobs away that were set aside, so many at most, and returns them.
pub fn take_aside(tx: &mut Tx<'_>, queue: &str, which: &Aside, most: i64) -> Result<Vec<Job>> {
    each!(tx, |c| {
        let aside = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::failed_at.is_not_null())
            .order(jobs::failed_at.asc())
            .limit(most)
            .select(Job::as_select());
        let found: Vec<Job> = match which {
            Aside::Before(at) => aside.filter(jobs::failed_at.lt(*at)).load(c)?,
            Aside::Of(share) => aside.filter(jobs::share.eq(share)).load(c)?,
        };
        let ids: Vec<JobId> = found.iter().map(|job| job.id).collect();
        diesel::delete(jobs::table.filter(jobs::id.among(&ids)))
            .filter(jobs::failed_at.is_not_null())
            .execute(c)?;
        Ok(found)
    })
}

/// How a queue stands. What waits and what was set aside is counted up to a bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    pub waiting: i64,
    pub set_aside: i64,
    /// When the first of those that wait came due, or will.
    pub first_due: Option<Time>,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = sql_types::BigInt)]
    waiting: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    set_aside: i64,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Timestamp>)]
    first_due: Option<Time>,
}

/// Never reads more than `most` entries of an index for a number.
pub fn standing(db: &mut Conn, queue: &str, most: i64) -> Result<Standing> {
    let sql = "SELECT \
         (SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE queue = ? AND failed_at IS NULL LIMIT ?) counted) AS waiting, \
         (SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE queue = ? AND failed_at IS NOT NULL LIMIT ?) counted) AS set_aside, \
         (SELECT run_at FROM jobs WHERE queue = ? AND failed_at IS NULL ORDER BY run_at, id LIMIT 1) AS first_due";
    let word = || Bind::Word(queue.to_owned());
    let binds = vec![word(), Bind::Big(most), word(), Bind::Big(most), word()];
    let row: Counted = each!(db, |c| Prepared::new(sql, binds).get_result(c)?);
    Ok(Standing {
        waiting: row.waiting,
        set_aside: row.set_aside,
        first_due: row.first_due,
    })
}
