//! One row for each inbox that an activity goes to: claimed, delivered, put off, given up.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    dsl::{count, count_star, min},
    expression::AsExpression,
    prelude::*,
    serialize::{self, ToSql},
    sql_types::{BigInt, Nullable, SmallInt, Text, Timestamp},
};
use kontor_domain::{
    ids::{ActivityId, DeliveryId, PostId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    lanes::Wake,
    prepared::{Bind, Prepared},
    schema::{activities, deliveries},
};

/// What goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = SmallInt)]
pub enum Priority {
    /// To somebody who is addressed by name.
    Direct,
    /// One of many.
    FanOut,
    /// To every server that may know somebody: that can wait for all of the others.
    Everywhere,
}

impl Priority {
    pub(crate) const IN_ORDER: [Self; 3] = [Self::Direct, Self::FanOut, Self::Everywhere];
}

impl<DB: Backend> ToSql<SmallInt, DB> for Priority
where
    i16: ToSql<SmallInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut serialize::Output<'b, '_, DB>) -> serialize::Result {
        match self {
            Self::Direct => 0_i16.to_sql(out),
            Self::FanOut => 1_i16.to_sql(out),
            Self::Everywhere => 2_i16.to_sql(out),
        }
    }
}

impl<DB: Backend> FromSql<SmallInt, DB> for Priority
where
    i16: FromSql<SmallInt, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        match i16::from_sql(value)? {
            0 => Ok(Self::Direct),
            1 => Ok(Self::FanOut),
            2 => Ok(Self::Everywhere),
            other => Err(format!("deliveries.priority: {other} is none of 0, 1 and 2").into()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = deliveries)]
pub struct Delivery {
    pub id: DeliveryId,
    pub activity_id: ActivityId,
    /// The peer, with its port where it has one of its own.
    pub host: String,
    pub inbox_url: String,
    pub object_uri: String,
    pub priority: Priority,
    pub attempts: i32,
    pub next_attempt_at: Time,
    /// PostgreSQL: claimed by a process until then.
    pub locked_until: Option<Time>,
    /// The HTTP status of the last answer.
    pub last_status: Option<i32>,
    pub last_error: Option<String>,
    pub created_at: Time,
    pub delivered_at: Option<Time>,
    /// Given up for good.
    pub failed_at: Option<Time>,
    /// Of the attempts, those that were refused.
    pub refusals: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
pub struct NewDelivery {
    pub id: DeliveryId,
    pub activity_id: ActivityId,
    pub host: String,
    pub inbox_url: String,
    pub object_uri: String,
    pub priority: Priority,
    pub next_attempt_at: Time,
    pub created_at: Time,
}

/// What a process listens for to wake its senders.
pub const TOPIC: &str = "deliveries";

/// PostgreSQL takes 65,535 values in a statement, `SQLite` 32,766.
const CHUNK: usize = 1000;

/// Returns how many are new: an inbox gets an activity once.
pub fn insert_many(tx: &mut Tx<'_>, deliveries: &[NewDelivery]) -> Result<usize> {
    let new = each!(
        tx,
        sqlite | c | {
            // One statement for each length would be prepared anew each time; one for each row is not.
            let mut new = 0;
            for row in deliveries {
                new += diesel::insert_into(deliveries::table)
                    .values(row)
                    .on_conflict_do_nothing()
                    .execute(c)?;
            }
            diesel::QueryResult::Ok(new)
        },
        postgres | c | {
            let mut new = 0;
            for rows in deliveries.chunks(CHUNK) {
                new += diesel::insert_into(deliveries::table)
                    .values(rows)
                    .on_conflict_do_nothing()
                    .execute(c)?;
            }
            diesel::QueryResult::Ok(new)
        }
    )?;
    if new > 0 {
        let activities: BTreeSet<ActivityId> =
            deliveries.iter().map(|row| row.activity_id).collect();
        for id in activities {
            Wake::Activity(id).tell(tx);
        }
    }
    Ok(new)
}

/// The row if it still waits.
macro_rules! still_waiting {
    ($id:expr) => {
        diesel::update(deliveries::table.find($id))
            .filter(deliveries::delivered_at.is_null())
            .filter(deliveries::failed_at.is_null())
    };
}

/// How an attempt ended, for its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Delivered {
        status: i32,
    },
    /// To be tried again. `status` is `None` when no answer came.
    Again {
        at: Time,
        status: Option<i32>,
        why: String,
    },
    /// The same of one that was refused.
    Refused {
        at: Time,
        status: i32,
        why: String,
    },
    /// Given up for good.
    Failed {
        status: Option<i32>,
        why: String,
    },
}

/// Writes the ends of many attempts; those that were delivered alike by one statement. A row that has ended keeps its end.
pub fn settle(tx: &mut Tx<'_>, ends: &[(DeliveryId, End)], now: Time) -> Result<()> {
    let mut alike: BTreeMap<i32, Vec<DeliveryId>> = BTreeMap::new();
    for (id, end) in ends {
        match end {
            End::Delivered { status } => alike.entry(*status).or_default().push(*id),
            End::Again { at, status, why } => drop(put_off(tx, *id, *at, *status, why)?),
            End::Refused { at, status, why } => drop(refused(tx, *id, *at, *status, why)?),
            End::Failed { status, why } => drop(fail(tx, *id, *status, why, now)?),
        }
    }
    for (status, ids) in alike {
        delivered(tx, &ids, status, now)?;
    }
    Ok(())
}

/// Returns how many of them had not been delivered or given up before.
pub fn delivered(tx: &mut Tx<'_>, ids: &[DeliveryId], status: i32, now: Time) -> Result<usize> {
    const SET: &str = "UPDATE deliveries SET attempts = attempts + 1, delivered_at = ?, locked_until = NULL, \
         last_status = ?, last_error = NULL WHERE delivered_at IS NULL AND failed_at IS NULL AND id";
    let binds = vec![
        Bind::Time(now),
        Bind::Int(status),
        Bind::numbers(ids.iter().map(|id| id.0)),
    ];
    each!(
        tx,
        sqlite
            | c
            | Ok(
                Prepared::new(format!("{SET} IN (SELECT value FROM json_each(?))"), binds)
                    .execute(c)?
            ),
        postgres | c | Ok(Prepared::new(format!("{SET} = ANY(?)"), binds).execute(c)?)
    )
}

/// To be tried again. `status` is `None` when no answer came. `false`: it was delivered or given up before.
pub fn put_off(
    tx: &mut Tx<'_>,
    id: DeliveryId,
    next_attempt_at: Time,
    status: Option<i32>,
    why: &str,
) -> Result<bool> {
    try_again(tx, id, (next_attempt_at, 0), status, why)
}

/// The same of one that was refused.
fn refused(
    tx: &mut Tx<'_>,
    id: DeliveryId,
    next_attempt_at: Time,
    status: i32,
    why: &str,
) -> Result<bool> {
    try_again(tx, id, (next_attempt_at, 1), Some(status), why)
}

fn try_again(
    tx: &mut Tx<'_>,
    id: DeliveryId,
    (next_attempt_at, refusals): (Time, i32),
    status: Option<i32>,
    why: &str,
) -> Result<bool> {
    let rows = each!(tx, |c| {
        still_waiting!(id)
            .set((
                deliveries::attempts.eq(deliveries::attempts + 1),
                deliveries::refusals.eq(deliveries::refusals + refusals),
                deliveries::next_attempt_at.eq(next_attempt_at),
                deliveries::locked_until.eq(None::<Time>),
                deliveries::last_status.eq(status),
                deliveries::last_error.eq(why),
            ))
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// Given up for good; kept with its reason. What waited behind it may go. `false`: it was delivered or given up before.
pub fn fail(
    tx: &mut Tx<'_>,
    id: DeliveryId,
    status: Option<i32>,
    why: &str,
    now: Time,
) -> Result<bool> {
    let rows = each!(tx, |c| {
        still_waiting!(id)
            .set((
                deliveries::attempts.eq(deliveries::attempts + 1),
                deliveries::failed_at.eq(now),
                deliveries::locked_until.eq(None::<Time>),
                deliveries::last_status.eq(status),
                deliveries::last_error.eq(why),
            ))
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// Gives up what has waited since before a moment, so many at most, whether it was tried or its host is left alone. What is being
/// sent just now (`busy`, or claimed by another process) is left to its end. Returns how many.
pub fn give_up_older(
    tx: &mut Tx<'_>,
    before: Time,
    now: Time,
    busy: &[DeliveryId],
    most: i64,
) -> Result<usize> {
    let seen = most.saturating_add(i64::try_from(busy.len()).unwrap_or(i64::MAX));
    each!(tx, |c| {
        let mut ids: Vec<DeliveryId> = deliveries::table
            .filter(deliveries::created_at.le(before))
            .filter(deliveries::delivered_at.is_null())
            .filter(deliveries::failed_at.is_null())
            .filter(
                deliveries::locked_until
                    .is_null()
                    .or(deliveries::locked_until.le(now).assume_not_null()),
            )
            .order((deliveries::created_at.asc(), deliveries::id.asc()))
            .limit(seen)
            .select(deliveries::id)
            .load(c)?;
        ids.retain(|id| !busy.contains(id));
        ids.truncate(usize::try_from(most).unwrap_or(0));
        let mut rows = 0;
        for ids in ids.chunks(CHUNK) {
            rows += diesel::update(deliveries::table.filter(deliveries::id.among(ids)))
                .filter(deliveries::delivered_at.is_null())
                .filter(deliveries::failed_at.is_null())
                // Another process may have claimed one since.
                .filter(
                    deliveries::locked_until
                        .is_null()
                        .or(deliveries::locked_until.le(now).assume_not_null()),
                )
                .set((
                    deliveries::failed_at.eq(now),
                    deliveries::locked_until.eq(None::<Time>),
                    deliveries::last_error.eq(coalesce(deliveries::last_error, NEVER_TRIED)),
                ))
                .execute(c)?;
        }
        Ok(rows)
    })
}

/// Why it was given up, if nothing else is known.
const NEVER_TRIED: &str = "it was not delivered in time";

diesel::define_sql_function! {
    /// The first that is not NULL.
    fn coalesce(known: Nullable<Text>, otherwise: Text) -> Nullable<Text>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub waiting: i64,
    pub failed: i64,
}

pub fn counts(db: &mut Conn) -> Result<Counts> {
    each!(db, |c| {
        let waiting = deliveries::table
            .filter(deliveries::delivered_at.is_null())
            .filter(deliveries::failed_at.is_null())
            .count()
            .get_result(c)?;
        let failed = deliveries::table
            .filter(deliveries::failed_at.is_not_null())
            .count()
            .get_result(c)?;
        Ok(Counts { waiting, failed })
    })
}

/// Where a post went and how that stands, oldest first.
pub fn of_post(db: &mut Conn, post: PostId) -> Result<Vec<Delivery>> {
    each!(db, |c| {
        Ok(deliveries::table
            .inner_join(activities::table)
            .filter(activities::post_id.eq(post))
            .order(deliveries::id.asc())
            .select(Delivery::as_select())
            .load(c)?)
    })
}

/// The peers that a post went to or is to go to, by name from `after` on.
pub fn hosts_of_post(db: &mut Conn, post: PostId, after: &str, most: i64) -> Result<Vec<String>> {
    each!(db, |c| {
        Ok(deliveries::table
            .inner_join(activities::table)
            .filter(activities::post_id.eq(post))
            .filter(deliveries::host.gt(after))
            .order(deliveries::host.asc())
            .select(deliveries::host)
            .distinct()
            .limit(most)
            .load(c)?)
    })
}

/// Where a post went on these peers and how that stands, oldest first.
pub fn of_post_at(db: &mut Conn, post: PostId, hosts: &[String]) -> Result<Vec<Delivery>> {
    each!(db, |c| {
        Ok(deliveries::table
            .inner_join(activities::table)
            .filter(activities::post_id.eq(post))
            .filter(deliveries::host.among(hosts))
            .order(deliveries::id.asc())
            .select(Delivery::as_select())
            .load(c)?)
    })
}

/// How the deliveries of a post stand: all of them, those delivered, those given up.
pub fn counts_of_post(db: &mut Conn, post: PostId) -> Result<(i64, i64, i64)> {
    each!(db, |c| {
        Ok(deliveries::table
            .inner_join(activities::table)
            .filter(activities::post_id.eq(post))
            .select((
                count_star(),
                count(deliveries::delivered_at),
                count(deliveries::failed_at),
            ))
            .first(c)?)
    })
}

/// How much waits at these peers, and since when.
pub fn waiting_at(db: &mut Conn, hosts: &[String]) -> Result<Vec<(String, i64, Option<Time>)>> {
    each!(db, |c| {
        Ok(deliveries::table
            .filter(deliveries::host.among(hosts))
            .filter(deliveries::delivered_at.is_null())
            .filter(deliveries::failed_at.is_null())
            .group_by(deliveries::host)
            .select((deliveries::host, count_star(), min(deliveries::created_at)))
            .load(c)?)
    })
}

/// How much waits altogether, counted up to `most`, and since when.
pub fn backlog(db: &mut Conn, most: i64) -> Result<(i64, Option<Time>)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        waiting: i64,
        #[diesel(sql_type = Nullable<Timestamp>)]
        oldest: Option<Time>,
    }
    let sql = "SELECT \
         (SELECT COUNT(*) FROM (SELECT 1 FROM deliveries WHERE delivered_at IS NULL AND failed_at IS NULL LIMIT ?) counted) AS waiting, \
         (SELECT created_at FROM deliveries WHERE delivered_at IS NULL AND failed_at IS NULL ORDER BY created_at, id LIMIT 1) AS oldest";
    let binds = vec![Bind::Big(most)];
    let row: Row = each!(db, |c| Prepared::new(sql, binds).get_result(c)?);
    Ok((row.waiting, row.oldest))
}

/// What waits for a peer comes due now, `most` rows of it. Returns how many; again until there are none.
pub fn hurry(tx: &mut Tx<'_>, host: &str, now: Time, most: i64) -> Result<usize> {
    each!(tx, |c| {
        let mut ids: Vec<DeliveryId> = Vec::new();
        for priority in Priority::IN_ORDER {
            let found: Vec<DeliveryId> = deliveries::table
                .filter(deliveries::host.eq(host))
                .filter(deliveries::priority.eq(priority))
                .filter(deliveries::delivered_at.is_null())
                .filter(deliveries::failed_at.is_null())
                .filter(deliveries::next_attempt_at.gt(now))
                .order(deliveries::next_attempt_at.asc())
                .limit(most)
                .select(deliveries::id)
                .load(c)?;
            ids.extend(found);
        }
        Ok(
            diesel::update(deliveries::table.filter(deliveries::id.among(&ids)))
                .set(deliveries::next_attempt_at.eq(now))
                .execute(c)?,
        )
    })
}
