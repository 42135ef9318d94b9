//! One row for each inbox that an activity goes to: claimed, delivered, put off, given up.

use std::time::Duration;

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    dsl::{exists, not},
    expression::AsExpression,
    prelude::*,
    serialize::{self, ToSql},
    sql_types::SmallInt,
};
use kontor_domain::{
    ids::{AccountId, ActivityId, DeliveryId, PostId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    schema::{activities, deliveries, hosts},
};

/// What goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = SmallInt)]
pub enum Priority {
    /// To somebody who is addressed by name.
    Direct,
    /// One of many.
    FanOut,
}

impl Priority {
    const IN_ORDER: [Self; 2] = [Self::Direct, Self::FanOut];
}

impl<DB: Backend> ToSql<SmallInt, DB> for Priority
where
    i16: ToSql<SmallInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut serialize::Output<'b, '_, DB>) -> serialize::Result {
        match self {
            Self::Direct => 0_i16.to_sql(out),
            Self::FanOut => 1_i16.to_sql(out),
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
            other => Err(format!("deliveries.priority: {other} is neither 0 nor 1").into()),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
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
    let new = each!(tx, |c| {
        let mut new = 0;
        for rows in deliveries.chunks(CHUNK) {
            new += diesel::insert_into(deliveries::table)
                .values(rows)
                .on_conflict_do_nothing()
                .execute(c)?;
        }
        diesel::QueryResult::Ok(new)
    })?;
    if new > 0 {
        tx.notify(TOPIC, "");
    }
    Ok(new)
}

diesel::alias!(deliveries as ahead: Ahead);

/// Rows of one priority that wait, none behind another about the same object to the same host.
macro_rules! waiting {
    ($priority:expr, $busy:expr, $full_hosts:expr) => {
        deliveries::table
            .filter(deliveries::priority.eq($priority))
            .filter(deliveries::delivered_at.is_null())
            .filter(deliveries::failed_at.is_null())
            .filter(deliveries::id.ne_all($busy))
            .filter(deliveries::host.ne_all($full_hosts))
            .filter(not(exists(
                ahead
                    .filter(ahead.field(deliveries::host).eq(deliveries::host))
                    .filter(
                        ahead
                            .field(deliveries::object_uri)
                            .eq(deliveries::object_uri),
                    )
                    .filter(ahead.field(deliveries::delivered_at).is_null())
                    .filter(ahead.field(deliveries::failed_at).is_null())
                    .filter(ahead.field(deliveries::id).lt(deliveries::id)),
            )))
    };
}

/// Those that may be sent now, first things first. Priorities are asked for one after another, so that each question walks
/// an index from its beginning.
macro_rules! due {
    ($priority:expr, $now:expr, $busy:expr, $full_hosts:expr, $most:expr) => {
        waiting!($priority, $busy, $full_hosts)
            .filter(deliveries::next_attempt_at.le($now))
            .filter(deliveries::locked_until.is_null().or(deliveries::locked_until.le($now).assume_not_null()))
            // Few hosts are paused, and many rows may wait for them: looked up once, not for each row.
            .filter(deliveries::host.ne_all(
                hosts::table.filter(hosts::paused_until.gt($now).assume_not_null()).select(hosts::host),
            ))
            .order((deliveries::next_attempt_at.asc(), deliveries::id.asc()))
            .limit($most)
    };
}

/// Claims what may be sent, for processes that compete on PostgreSQL: a claim lapses with its lease. `busy` are those that
/// this process sends already, `full_hosts` take no more for now. On `SQLite` it is [`peek`].
pub fn claim(
    tx: &mut Tx<'_>,
    now: Time,
    busy: &[DeliveryId],
    full_hosts: &[String],
    most: i64,
    lease: Duration,
) -> Result<Vec<Delivery>> {
    let until = now + chrono::Duration::from_std(lease).unwrap_or(chrono::Duration::minutes(5));
    each!(
        tx,
        sqlite | _c | peek(tx, now, busy, full_hosts, most),
        postgres | c | {
            let mut claimed = Vec::new();
            for priority in Priority::IN_ORDER {
                let room = room(most, claimed.len());
                let ids: Vec<DeliveryId> = due!(priority, now, busy, full_hosts, room)
                    .select(deliveries::id)
                    .for_update()
                    .skip_locked()
                    .load(c)?;
                if ids.is_empty() {
                    continue;
                }
                let mut rows: Vec<Delivery> =
                    diesel::update(deliveries::table.filter(deliveries::id.eq_any(&ids)))
                        .set(deliveries::locked_until.eq(until))
                        .returning(Delivery::as_returning())
                        .get_results(c)?;
                rows.sort_by_key(|row| (row.next_attempt_at, row.id));
                claimed.append(&mut rows);
            }
            Ok(claimed)
        }
    )
}

/// What may be sent, without a claim: on `SQLite` one process serves, and what it remembers as `busy` is its claim.
pub fn peek(
    db: &mut Conn,
    now: Time,
    busy: &[DeliveryId],
    full_hosts: &[String],
    most: i64,
) -> Result<Vec<Delivery>> {
    each!(db, |c| {
        let mut found: Vec<Delivery> = Vec::new();
        for priority in Priority::IN_ORDER {
            let room = room(most, found.len());
            found.extend(
                due!(priority, now, busy, full_hosts, room)
                    .select(Delivery::as_select())
                    .load(c)?,
            );
        }
        Ok(found)
    })
}

fn room(most: i64, taken: usize) -> i64 {
    (most - i64::try_from(taken).unwrap_or(i64::MAX)).max(0)
}

/// When something may be sent next that is neither `busy` nor for one of the `full_hosts`. A row behind another is not
/// counted: it comes due when that one is done. A paused host's rows come due when its pause ends, a claimed row when its
/// claim lapses.
pub fn next_due(db: &mut Conn, busy: &[DeliveryId], full_hosts: &[String]) -> Result<Option<Time>> {
    each!(db, |c| {
        let mut times: Vec<Time> = Vec::new();
        for priority in Priority::IN_ORDER {
            times.extend(
                waiting!(priority, busy, full_hosts)
                    .filter(deliveries::locked_until.is_null())
                    .filter(not(exists(
                        hosts::table
                            .filter(hosts::host.eq(deliveries::host))
                            .filter(hosts::paused_until.gt(deliveries::next_attempt_at.nullable())),
                    )))
                    .order(deliveries::next_attempt_at.asc())
                    .select(deliveries::next_attempt_at)
                    .first::<Time>(c)
                    .optional()?,
            );
        }
        let unpaused: Option<Option<Time>> = hosts::table
            .filter(hosts::paused_until.is_not_null())
            .filter(hosts::host.ne_all(full_hosts))
            .filter(exists(
                deliveries::table
                    .filter(deliveries::host.eq(hosts::host))
                    .filter(deliveries::delivered_at.is_null())
                    .filter(deliveries::failed_at.is_null())
                    .filter(deliveries::locked_until.is_null())
                    .filter(deliveries::id.ne_all(busy))
                    .filter(
                        deliveries::next_attempt_at
                            .nullable()
                            .lt(hosts::paused_until),
                    ),
            ))
            .order(hosts::paused_until.asc())
            .select(hosts::paused_until)
            .first(c)
            .optional()?;
        times.extend(unpaused.flatten());
        let lapsing: Option<Option<Time>> = deliveries::table
            .filter(deliveries::delivered_at.is_null())
            .filter(deliveries::failed_at.is_null())
            .filter(deliveries::locked_until.is_not_null())
            .filter(deliveries::id.ne_all(busy))
            .filter(deliveries::host.ne_all(full_hosts))
            .order(deliveries::locked_until.asc())
            .select(deliveries::locked_until)
            .first(c)
            .optional()?;
        times.extend(lapsing.flatten());
        Ok(times.into_iter().min())
    })
}

/// Claimed and not sent after all: others may have them.
pub fn release(tx: &mut Tx<'_>, ids: &[DeliveryId]) -> Result<()> {
    each!(tx, |c| {
        diesel::update(deliveries::table.filter(deliveries::id.eq_any(ids)))
            .set(deliveries::locked_until.eq(None::<Time>))
            .execute(c)
    })?;
    Ok(())
}

/// What a delivery carries, and who signs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cargo {
    pub delivery_id: DeliveryId,
    pub account_id: AccountId,
    pub body: String,
}

/// The bodies of these deliveries, in no order.
pub fn bodies(db: &mut Conn, ids: &[DeliveryId]) -> Result<Vec<Cargo>> {
    let rows: Vec<(DeliveryId, AccountId, String)> = each!(db, |c| {
        deliveries::table
            .inner_join(activities::table)
            .filter(deliveries::id.eq_any(ids))
            .select((deliveries::id, activities::account_id, activities::body))
            .load(c)
    })?;
    Ok(rows
        .into_iter()
        .map(|(delivery_id, account_id, body)| Cargo {
            delivery_id,
            account_id,
            body,
        })
        .collect())
}

/// The row if it still waits.
macro_rules! still_waiting {
    ($id:expr) => {
        diesel::update(deliveries::table.find($id))
            .filter(deliveries::delivered_at.is_null())
            .filter(deliveries::failed_at.is_null())
    };
}

/// `false`: it was delivered or given up before.
pub fn delivered(tx: &mut Tx<'_>, id: DeliveryId, status: i32, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| {
        still_waiting!(id)
            .set((
                deliveries::attempts.eq(deliveries::attempts + 1),
                deliveries::delivered_at.eq(now),
                deliveries::locked_until.eq(None::<Time>),
                deliveries::last_status.eq(status),
                deliveries::last_error.eq(None::<String>),
            ))
            .execute(c)
    })?;
    tx.notify(TOPIC, "");
    Ok(rows == 1)
}

/// To be tried again. `status` is `None` when no answer came. `false`: it was delivered or given up before.
pub fn put_off(
    tx: &mut Tx<'_>,
    id: DeliveryId,
    next_attempt_at: Time,
    status: Option<i32>,
    why: &str,
) -> Result<bool> {
    let rows = each!(tx, |c| {
        still_waiting!(id)
            .set((
                deliveries::attempts.eq(deliveries::attempts + 1),
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
    tx.notify(TOPIC, "");
    Ok(rows == 1)
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
