//! Which jobs are due, and whose they are while they run: claims on PostgreSQL, for processes that compete, and none on `SQLite`.

use std::time::Duration;

use diesel::{
    QueryableByName,
    dsl::{exists, not},
    prelude::*,
    sql_types,
};
use kontor_domain::{ids::JobId, time::Time};

use super::Job;
use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    prepared::{Bind, Prepared},
    schema::jobs,
};

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
    let mut claimed: Vec<Job> = diesel::update(jobs::table.filter(jobs::id.among(ids)))
        .set(jobs::locked_until.eq(until))
        .returning(Job::as_returning())
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
