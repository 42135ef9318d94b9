//! The waiting deliveries host by host: who has something to be sent, what of it may go now, and when the next may. What waits
//! for a host that is left alone is never looked at, however much it is. The rows themselves are in `deliveries`.

use std::{collections::BTreeMap, time::Duration};

use diesel::{
    QueryableByName,
    dsl::min,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text, Timestamp},
};
use kontor_domain::{
    ids::{ActivityId, DeliveryId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    deliveries::{Delivery, Priority, TOPIC},
    hosts::{self, Host},
    prepared::{Bind, Prepared},
    schema::deliveries,
};

/// What a sender is woken for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wake {
    /// An activity is to be sent.
    Activity(ActivityId),
    /// A host is to be asked again at once.
    Host(String),
    /// Something that only a look at everything can tell.
    Everything,
}

impl Wake {
    pub fn tell(self, tx: &mut Tx<'_>) {
        let payload = match self {
            Self::Activity(id) => format!("activity {id}"),
            Self::Host(name) => format!("host {name}"),
            Self::Everything => String::new(),
        };
        tx.notify(TOPIC, payload);
    }

    pub fn read(payload: &str) -> Self {
        match payload.split_once(' ') {
            Some(("activity", id)) => id.parse().map_or(Self::Everything, Self::Activity),
            Some(("host", name)) => Self::Host(name.to_owned()),
            _ => Self::Everything,
        }
    }
}

/// What a sender has room for at one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub host: String,
    /// How many more.
    pub room: usize,
    /// How many of its deliveries are under way in this process.
    pub busy: usize,
}

/// How it is claimed.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub now: Time,
    /// PostgreSQL: a claim lapses after this, unless it is renewed.
    pub lease: Duration,
    /// A host that failed so often in a row is asked by one delivery alone, of all processes.
    pub failing_from: u32,
    /// PostgreSQL: so long nobody else asks such a host.
    pub probe: Duration,
}

/// What a sender may send, and what it should know of those whom it asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// Those addressed by name first.
    pub rows: Vec<Delivery>,
    /// What is known of the hosts; the others never failed and never answered.
    pub hosts: Vec<Host>,
    /// When the next may go to a host that had less than there was room for.
    pub later: Vec<Next>,
}

/// A lane that may be taken from.
struct Open {
    room: usize,
    busy: usize,
    probe: bool,
}

type Lanes = BTreeMap<String, Open>;

/// Claims what may be sent, for processes that compete on PostgreSQL: a claim lapses with its lease. On `SQLite` it is [`peek`].
pub fn claim(
    tx: &mut Tx<'_>,
    terms: &Terms,
    wishes: &[Wish],
    busy: &[DeliveryId],
) -> Result<Round> {
    if matches!(tx.raw(), Conn::Sqlite(_)) {
        return peek(tx, terms, wishes, busy);
    }
    let (hosts, mut lanes) = open(tx, terms, wishes)?;
    let mut ids: Vec<DeliveryId> = Vec::new();
    for priority in Priority::IN_ORDER {
        for (room, names) in by_size(&lanes, |lane| lane.room) {
            for (id, host) in locked(tx, terms.now, priority, room, &names)? {
                let Some(lane) = lanes.get_mut(&host).filter(|lane| lane.room > 0) else {
                    continue;
                };
                if busy.contains(&id)
                    || (lane.probe && !hosts::probe(tx, &host, terms.now, terms.probe)?)
                {
                    continue;
                }
                lane.room -= 1;
                ids.push(id);
            }
        }
    }
    let later = later(tx, terms.now, &short(&lanes))?;
    let rows = hold(tx, terms, &ids)?;
    Ok(Round { rows, hosts, later })
}

/// What may be sent, without a claim: on `SQLite` one process serves, and what it remembers as `busy` is its claim.
pub fn peek(db: &mut Conn, terms: &Terms, wishes: &[Wish], busy: &[DeliveryId]) -> Result<Round> {
    let (hosts, mut lanes) = open(db, terms, wishes)?;
    let mut rows: Vec<Delivery> = Vec::new();
    for priority in Priority::IN_ORDER {
        for (most, names) in by_size(&lanes, |lane| lane.room + lane.busy) {
            for row in due(db, terms.now, priority, most, &names)? {
                let Some(lane) = lanes.get_mut(&row.host).filter(|lane| lane.room > 0) else {
                    continue;
                };
                if !busy.contains(&row.id) {
                    lane.room -= 1;
                    rows.push(row);
                }
            }
        }
    }
    let later = later(db, terms.now, &short(&lanes))?;
    Ok(Round { rows, hosts, later })
}

/// The lanes that may be taken from: a paused host is none, and one that is failing has room for one alone.
fn open(db: &mut Conn, terms: &Terms, wishes: &[Wish]) -> Result<(Vec<Host>, Lanes)> {
    let names: Vec<&str> = wishes.iter().map(|wish| wish.host.as_str()).collect();
    let known = hosts::by_hosts(db, &names)?;
    let mut lanes = Lanes::new();
    for Wish { host, room, busy } in wishes {
        let state = known.iter().find(|known| known.host == *host);
        if state.is_some_and(|host| host.paused_until.is_some_and(|until| until > terms.now)) {
            continue;
        }
        let probe = state.is_some_and(|host| host.failures_in_a_row() >= terms.failing_from);
        let room = if probe {
            1_usize.saturating_sub(*busy).min(*room)
        } else {
            *room
        };
        if room > 0 {
            lanes.insert(
                host.clone(),
                Open {
                    room,
                    busy: *busy,
                    probe,
                },
            );
        }
    }
    Ok((known, lanes))
}

/// The open lanes in groups, so that one statement asks for all that are to give the same number of rows.
fn by_size(lanes: &Lanes, size: impl Fn(&Open) -> usize) -> BTreeMap<usize, Vec<String>> {
    let mut groups: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (host, lane) in lanes.iter().filter(|(_, lane)| lane.room > 0) {
        groups.entry(size(lane)).or_default().push(host.clone());
    }
    groups
}

fn short(lanes: &Lanes) -> Vec<String> {
    lanes
        .iter()
        .filter(|(_, lane)| lane.room > 0)
        .map(|(host, _)| host.clone())
        .collect()
}

/// Rows of a lane that a sender may have: the first about each object, none that another process has claimed. The lane is the
/// table `lane` around it. Values: priority, now, now, how many.
const DUE_OF_LANE: &str = "SELECT waiting.id FROM deliveries waiting \
     WHERE waiting.host = lane.host AND waiting.priority = ? \
       AND waiting.delivered_at IS NULL AND waiting.failed_at IS NULL \
       AND waiting.next_attempt_at <= ? \
       AND (waiting.locked_until IS NULL OR waiting.locked_until <= ?) \
       AND NOT EXISTS (SELECT 1 FROM deliveries ahead \
         WHERE ahead.host = waiting.host AND ahead.object_uri = waiting.object_uri \
           AND ahead.delivered_at IS NULL AND ahead.failed_at IS NULL AND ahead.id < waiting.id) \
     ORDER BY waiting.next_attempt_at, waiting.id LIMIT ?";

/// Hosts as the table `lane`: the first value.
const LANE_OF_JSON: &str = "WITH lane (host) AS (SELECT value FROM json_each(?))";
const LANE_OF_ARRAY: &str = "WITH lane (host) AS (SELECT unnest(?))";

/// The values of a statement with lanes and [`DUE_OF_LANE`].
fn binds(now: Time, priority: Priority, most: usize, names: &[String]) -> Vec<Bind> {
    vec![
        Bind::words(names),
        Bind::Priority(priority),
        Bind::Time(now),
        Bind::Time(now),
        Bind::Big(i64::try_from(most).unwrap_or(i64::MAX)),
    ]
}

fn due(
    db: &mut Conn,
    now: Time,
    priority: Priority,
    most: usize,
    names: &[String],
) -> Result<Vec<Delivery>> {
    const IN_ORDER: &str = "ORDER BY d.next_attempt_at, d.id";
    let binds = binds(now, priority, most, names);
    each!(
        db,
        sqlite
            | c
            | Ok(Prepared::new(
                format!(
                    "{LANE_OF_JSON} SELECT d.* FROM lane CROSS JOIN deliveries d WHERE d.id IN ({DUE_OF_LANE}) {IN_ORDER}"
                ),
                binds
            )
            .load(c)?),
        postgres
            | c
            | Ok(Prepared::new(
                format!(
                    "{LANE_OF_ARRAY} SELECT d.* FROM lane CROSS JOIN LATERAL ({DUE_OF_LANE}) found \
                     JOIN deliveries d ON d.id = found.id {IN_ORDER}"
                ),
                binds
            )
            .load(c)?)
    )
}

/// The same on PostgreSQL, where rows that another process is about to claim are passed over.
fn locked(
    tx: &mut Tx<'_>,
    now: Time,
    priority: Priority,
    most: usize,
    names: &[String],
) -> Result<Vec<(DeliveryId, String)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: DeliveryId,
        #[diesel(sql_type = Text)]
        host: String,
    }
    let text = format!(
        "{LANE_OF_ARRAY} SELECT found.id, lane.host FROM lane CROSS JOIN LATERAL ({DUE_OF_LANE} FOR UPDATE OF waiting SKIP LOCKED) found"
    );
    let binds = binds(now, priority, most, names);
    let rows: Vec<Row> = each!(
        tx,
        sqlite | _c | Vec::new(),
        postgres | c | Prepared::new(text, binds).load(c)?
    );
    Ok(rows.into_iter().map(|row| (row.id, row.host)).collect())
}

fn hold(tx: &mut Tx<'_>, terms: &Terms, ids: &[DeliveryId]) -> Result<Vec<Delivery>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let until = after(terms.now, terms.lease);
    each!(tx, |c| {
        let mut rows: Vec<Delivery> =
            diesel::update(deliveries::table.filter(deliveries::id.among(ids)))
                .set(deliveries::locked_until.eq(until))
                .returning(Delivery::as_returning())
                .get_results(c)?;
        rows.sort_by_key(|row| (row.priority, row.next_attempt_at, row.id));
        Ok(rows)
    })
}

/// When the next row of a lane comes due by itself, as a column for each priority.
fn next_of_lane(condition: &str) -> String {
    let next = |priority| {
        format!(
            "(SELECT waiting.next_attempt_at FROM deliveries waiting \
              WHERE waiting.host = lane.host AND waiting.priority = {priority} \
                AND waiting.delivered_at IS NULL AND waiting.failed_at IS NULL {condition} \
              ORDER BY waiting.next_attempt_at LIMIT 1)"
        )
    };
    format!(
        "lane.host AS host, {} AS direct, {} AS fan_out, {} AS everywhere",
        next(0),
        next(1),
        next(2)
    )
}

/// When something comes due for a host next, and the best priority of what waits there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Next {
    pub host: String,
    pub at: Time,
    pub priority: Priority,
}

#[derive(QueryableByName)]
struct Columns {
    #[diesel(sql_type = Text)]
    host: String,
    #[diesel(sql_type = Nullable<Timestamp>)]
    direct: Option<Time>,
    #[diesel(sql_type = Nullable<Timestamp>)]
    fan_out: Option<Time>,
    #[diesel(sql_type = Nullable<Timestamp>)]
    everywhere: Option<Time>,
}

impl Columns {
    fn next(self) -> Option<Next> {
        let each = [self.direct, self.fan_out, self.everywhere];
        let (priority, _) = Priority::IN_ORDER
            .into_iter()
            .zip(each)
            .find(|(_, at)| at.is_some())?;
        Some(Next {
            at: each.into_iter().flatten().min()?,
            priority,
            host: self.host,
        })
    }
}

/// When something comes due next for these hosts. What is due and may not go is behind something, and comes up when that ends.
fn later(db: &mut Conn, now: Time, names: &[String]) -> Result<Vec<Next>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let text = |lane| {
        format!(
            "{lane} SELECT {} FROM lane",
            next_of_lane("AND waiting.next_attempt_at > ?")
        )
    };
    let each = Priority::IN_ORDER.map(|_| Bind::Time(now));
    let binds: Vec<Bind> = std::iter::once(Bind::words(names)).chain(each).collect();
    let rows: Vec<Columns> = each!(
        db,
        sqlite | c | Prepared::new(text(LANE_OF_JSON), binds).load(c)?,
        postgres | c | Prepared::new(text(LANE_OF_ARRAY), binds).load(c)?
    );
    Ok(rows.into_iter().filter_map(Columns::next).collect())
}

/// Hosts that something waits for, by name from `after` on, and when the first of it comes due. Steps from host to host: the
/// number of rows does not count.
pub fn waiting(db: &mut Conn, after: &str, most: i64) -> Result<Vec<Next>> {
    let first = "SELECT min(next.host) FROM deliveries next \
                 WHERE next.delivered_at IS NULL AND next.failed_at IS NULL AND next.host >";
    let text = format!(
        "WITH RECURSIVE lane (host) AS ({first} $1 \
           UNION ALL SELECT ({first} lane.host) FROM lane WHERE lane.host IS NOT NULL) \
         SELECT {} FROM lane WHERE lane.host IS NOT NULL LIMIT $2",
        next_of_lane("")
    );
    let rows: Vec<Columns> = each!(db, |c| {
        sql_query(text)
            .bind::<Text, _>(after)
            .bind::<BigInt, _>(most)
            .load(c)?
    });
    Ok(rows.into_iter().filter_map(Columns::next).collect())
}

/// The hosts that these activities are still to go to, and the best priority that they have there.
pub fn of_activities(db: &mut Conn, ids: &[ActivityId]) -> Result<Vec<(String, Priority)>> {
    let rows: Vec<(String, Option<Priority>)> = each!(db, |c| {
        deliveries::table
            .filter(deliveries::activity_id.among(ids))
            .filter(deliveries::delivered_at.is_null())
            .filter(deliveries::failed_at.is_null())
            .group_by(deliveries::host)
            .select((deliveries::host, min(deliveries::priority)))
            .load(c)?
    });
    Ok(rows
        .into_iter()
        .filter_map(|(host, priority)| Some((host, priority?)))
        .collect())
}

/// The hosts of what was written since a moment and nobody has tried or claimed, and the best priority that they have there: who wrote it may
/// have ended before a word of it.
pub fn unheard(db: &mut Conn, since: Time) -> Result<BTreeMap<String, Priority>> {
    let rows: Vec<(String, Priority)> = each!(db, |c| {
        deliveries::table
            .filter(deliveries::created_at.ge(since))
            .filter(deliveries::delivered_at.is_null())
            .filter(deliveries::failed_at.is_null())
            .filter(deliveries::locked_until.is_null())
            .filter(deliveries::attempts.eq(0))
            .order((deliveries::created_at.asc(), deliveries::id.asc()))
            .limit(UNHEARD)
            .select((deliveries::host, deliveries::priority))
            .load(c)?
    });
    let mut hosts = BTreeMap::new();
    for (host, priority) in rows {
        let best = hosts.entry(host).or_insert(priority);
        *best = priority.min(*best);
    }
    Ok(hosts)
}

/// Of more, the oldest: what is left is found by the look at all that waits.
const UNHEARD: i64 = 1000;

/// Hosts with claims that lapsed: whoever had made them is gone.
pub fn lapsed(db: &mut Conn, now: Time) -> Result<Vec<String>> {
    let mut hosts: Vec<String> = each!(db, |c| {
        deliveries::table
            .filter(deliveries::locked_until.le(now))
            .filter(deliveries::delivered_at.is_null())
            .filter(deliveries::failed_at.is_null())
            .order(deliveries::locked_until.asc())
            .select(deliveries::host)
            .limit(LAPSED)
            .load(c)?
    });
    hosts.sort_unstable();
    hosts.dedup();
    Ok(hosts)
}

/// A process that dies leaves about as many as it had requests under way.
const LAPSED: i64 = 1000;

/// Keeps the claims of a process that lives and still sends. What ended in the meantime is left alone.
pub fn renew(tx: &mut Tx<'_>, ids: &[DeliveryId], now: Time, lease: Duration) -> Result<()> {
    let until = after(now, lease);
    each!(tx, |c| {
        diesel::update(deliveries::table.filter(deliveries::id.among(ids)))
            .filter(deliveries::locked_until.is_not_null())
            .set(deliveries::locked_until.eq(until))
            .execute(c)
    })?;
    Ok(())
}

fn after(now: Time, time: Duration) -> Time {
    now + chrono::Duration::from_std(time).unwrap_or(chrono::Duration::minutes(5))
}
