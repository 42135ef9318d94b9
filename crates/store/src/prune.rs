//! Removes what is past its time. Tombstones and invitations that somebody used stay for good; jobs that
//! were set aside go by `actions::inbox` and `actions::queues`.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, ActivityId, ListId, TIME_SHIFT},
    time::{self, Time},
};

use crate::{
    Result, Store, Tx,
    among::IsAmong,
    home, list_entries,
    schema::{
        access_grants, activities, deliveries, half_sign_ins, idempotency_keys, inbox, invites,
        mail_links, mutes, sessions,
    },
    tag_days, visits,
};

/// How many rows go in one transaction: the writes of others wait behind it.
const BATCH: i64 = 500;
/// How many home timelines are looked at in one transaction.
const HOMES: i64 = 50;

const DAY: chrono::Duration = chrono::Duration::days(1);

/// How many rows went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// With those that were only begun.
    pub sessions: usize,
    pub grants: usize,
    pub invites: usize,
    pub idempotency_keys: usize,
    pub received: usize,
    pub deliveries: usize,
    pub activities: usize,
    pub home_entries: usize,
    pub list_entries: usize,
    pub mail_links: usize,
    pub mutes: usize,
    pub tag_days: usize,
    pub visits: usize,
}

/// May run beside everything else, and in several processes at once.
pub async fn prune(store: &Store, now: Time) -> Result<Pruned> {
    Ok(Pruned {
        sessions: all(store, now, expired_sessions).await?
            + all(store, now, begun_sign_ins).await?,
        grants: all(store, now, old_grants).await?,
        invites: all(store, now, unused_invites).await?,
        idempotency_keys: all(store, now, old_idempotency_keys).await?,
        received: all(store, now, old_received).await?,
        deliveries: all(store, now, delivered).await? + all(store, now, given_up).await?,
        activities: all(store, now, sent_activities).await?,
        home_entries: homes(store).await?,
        list_entries: lists(store).await?,
        mail_links: all(store, now, old_mail_links).await?,
        mutes: all(store, now, ended_mutes).await?,
        tag_days: all(store, now, old_tag_days).await?,
        visits: all(store, now, old_visits).await?,
    })
}

async fn all(
    store: &Store,
    now: Time,
    step: fn(&mut Tx<'_>, Time) -> Result<usize>,
) -> Result<usize> {
    let mut gone = 0;
    loop {
        let rows = store
            .write(move |tx| {
                tx.allow_scans()?;
                step(tx, now)
            })
            .await?;
        gone += rows;
        if i64::try_from(rows).is_ok_and(|rows| rows < BATCH) {
            return Ok(gone);
        }
    }
}

/// Deletes the rows that a query selects, as many as a batch holds.
macro_rules! delete_some {
    ($tx:expr, $table:ident, $which:expr) => {
        each!($tx, |c| {
            let ids: Vec<i64> = $which.select($table::id).limit(BATCH).load(c)?;
            Ok(diesel::delete($table::table.filter($table::id.among(&ids))).execute(c)?)
        })
    };
}

fn expired_sessions(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    delete_some!(
        tx,
        sessions,
        sessions::table.filter(sessions::expires_at.le(now))
    )
}

fn begun_sign_ins(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    delete_some!(
        tx,
        half_sign_ins,
        half_sign_ins::table.filter(half_sign_ins::expires_at.le(now))
    )
}

/// A code that was exchanged stays for a day after it expired: whoever presents it again has stolen it, and its token goes
/// (RFC 6749, section 4.1.2).
fn old_grants(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    delete_some!(
        tx,
        access_grants,
        access_grants::table.filter(access_grants::expires_at.le(now - DAY))
    )
}

fn unused_invites(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    delete_some!(
        tx,
        invites,
        invites::table
            .filter(invites::expires_at.le(now - DAY * 30))
            .filter(invites::uses.eq(0))
    )
}

fn old_idempotency_keys(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    each!(tx, |c| {
        let old: Vec<(AccountId, String)> = idempotency_keys::table
            .filter(idempotency_keys::created_at.lt(now - DAY))
            .limit(BATCH)
            .select((idempotency_keys::account_id, idempotency_keys::key))
            .load(c)?;
        let mut gone = 0;
        for (account, key) in &old {
            gone += diesel::delete(idempotency_keys::table.find((*account, key)))
                .filter(idempotency_keys::created_at.lt(now - DAY))
                .execute(c)?;
        }
        Ok(gone)
    })
}

fn old_received(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    delete_some!(
        tx,
        inbox,
        inbox::table.filter(inbox::done_at.lt(now - DAY * 30))
    )
}

fn delivered(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    delete_some!(
        tx,
        deliveries,
        deliveries::table.filter(deliveries::delivered_at.lt(now - DAY * 7))
    )
}

fn given_up(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    delete_some!(
        tx,
        deliveries,
        deliveries::table.filter(deliveries::failed_at.lt(now - DAY * 30))
    )
}

/// Activities that have no delivery left. An id tells when it was made, so the young ones need no look.
fn sent_activities(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    let oldest = ActivityId(time::millis(now - DAY * 7).max(0) << TIME_SHIFT);
    delete_some!(
        tx,
        activities,
        activities::table
            .filter(activities::id.lt(oldest))
            .filter(diesel::dsl::not(diesel::dsl::exists(
                deliveries::table.filter(deliveries::activity_id.eq(activities::id))
            )))
    )
}

async fn homes(store: &Store) -> Result<usize> {
    let mut gone = 0;
    let mut after = AccountId(0);
    loop {
        let owners = store.read(move |db| home::owners(db, after, HOMES)).await?;
        let Some(last) = owners.last().copied() else {
            return Ok(gone);
        };
        gone += store.write(move |tx| home::trim(tx, &owners)).await?;
        after = last;
    }
}

async fn lists(store: &Store) -> Result<usize> {
    let mut gone = 0;
    let mut after = ListId(0);
    loop {
        let some = store
            .read(move |db| list_entries::lists_after(db, after, HOMES))
            .await?;
        let Some(last) = some.last().copied() else {
            return Ok(gone);
        };
        gone += store.write(move |tx| list_entries::trim(tx, &some)).await?;
        after = last;
    }
}

fn old_mail_links(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    delete_some!(
        tx,
        mail_links,
        mail_links::table.filter(mail_links::expires_at.le(now))
    )
}

fn ended_mutes(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    delete_some!(tx, mutes, mutes::table.filter(mutes::expires_at.le(now)))
}

/// A day more than is shown: another process may be a little behind.
fn old_visits(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    visits::forget(tx, visits::week(now) - visits::SHOWN, BATCH)
}

fn old_tag_days(tx: &mut Tx<'_>, now: Time) -> Result<usize> {
    tag_days::forget(tx, tag_days::day_at(now) - tag_days::SHOWN, BATCH)
}
