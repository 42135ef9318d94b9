//! What is known of the reachability of each peer.

use std::time::Duration;

use diesel::{prelude::*, upsert::excluded};
use kontor_domain::{peer::SignatureForm, time::Time};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    prepared::{Bind, Prepared},
    schema::hosts,
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = hosts, treat_none_as_default_value = false)]
pub struct Host {
    pub host: String,
    /// In a row: a success sets it back to 0.
    pub failures: i32,
    /// No delivery goes there before then.
    pub paused_until: Option<Time>,
    pub last_success_at: Option<Time>,
    pub last_failure_at: Option<Time>,
    pub last_error: Option<String>,
    /// Of the signature that it took last, where that is known.
    pub signature_form: Option<SignatureForm>,
    /// Nothing has reached it since then, though it was tried. `None`: it did not fail, or it answered that it wants time.
    pub failing_since: Option<Time>,
    /// Deliveries that it answered with an error of its own, without a success between.
    pub errors: i32,
}

impl Host {
    /// One of whom nothing is known.
    pub fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            failures: 0,
            paused_until: None,
            last_success_at: None,
            last_failure_at: None,
            last_error: None,
            signature_form: None,
            failing_since: None,
            errors: 0,
        }
    }

    pub fn failures_in_a_row(&self) -> u32 {
        u32::try_from(self.failures).unwrap_or(0)
    }

    /// Something reached the host, or it reached us.
    pub fn succeed(&mut self, now: Time) {
        let fresh = self.failures == 0
            && self.errors == 0
            && self.paused_until.is_none()
            && self
                .last_success_at
                .is_some_and(|at| now.signed_duration_since(at) < FRESH);
        if !fresh {
            self.failures = 0;
            self.paused_until = None;
            self.last_success_at = Some(now);
            self.last_error = None;
            self.failing_since = None;
            self.errors = 0;
        }
    }

    /// The host itself failed, not one inbox on it.
    pub fn fail(&mut self, now: Time, paused_until: Option<Time>, why: &str) {
        self.failures = self.failures.saturating_add(1);
        self.paused_until = paused_until;
        self.last_failure_at = Some(now);
        self.last_error = Some(why.to_owned());
        self.failing_since = self.failing_since.or(Some(now));
    }

    /// It asks for time, and so it lives.
    pub fn ask_for_time(&mut self, now: Time, until: Time, why: &str) {
        self.fail(now, Some(until), why);
        self.failing_since = None;
    }

    /// It answered another delivery with an error of its own: that may be about the delivery, or about the host. Returns how many
    /// there are of these.
    pub fn err(&mut self) -> u32 {
        self.errors = self.errors.saturating_add(1);
        u32::try_from(self.errors).unwrap_or(0)
    }
}

/// How old the time of the last success may grow: a busy peer's row is not written with every delivery.
const FRESH: chrono::Duration = chrono::Duration::minutes(1);

pub fn by_host(db: &mut Conn, host: &str) -> Result<Option<Host>> {
    each!(db, |c| Ok(hosts::table
        .find(host)
        .select(Host::as_select())
        .first(c)
        .optional()?))
}

pub fn by_hosts(db: &mut Conn, names: &[&str]) -> Result<Vec<Host>> {
    let names = vec![Bind::words(names)];
    each!(
        db,
        sqlite
            | c
            | Ok(Prepared::new(
                "SELECT * FROM hosts WHERE host IN (SELECT value FROM json_each(?))",
                names
            )
            .load(c)?),
        postgres | c | Ok(Prepared::new("SELECT * FROM hosts WHERE host = ANY(?)", names).load(c)?)
    )
}

/// Something reached the host, or it reached us: it is not paused any more.
pub fn succeeded(tx: &mut Tx<'_>, host: &str, now: Time) -> Result<()> {
    change(tx, host, |known| known.succeed(now))
}

/// The host itself failed, not one inbox on it.
pub fn failed(
    tx: &mut Tx<'_>,
    host: &str,
    now: Time,
    paused_until: Option<Time>,
    why: &str,
) -> Result<()> {
    change(tx, host, |known| known.fail(now, paused_until, why))
}

fn change(tx: &mut Tx<'_>, host: &str, change: impl FnOnce(&mut Host)) -> Result<()> {
    let known = by_host(tx, host)?;
    let mut new = known.clone().unwrap_or_else(|| Host::new(host));
    change(&mut new);
    if known.as_ref() == Some(&new) {
        return Ok(());
    }
    put(tx, &[new])
}

/// Writes hosts as they are now, whether or not they were known.
pub fn put(tx: &mut Tx<'_>, list: &[Host]) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(hosts::table)
            .values(list)
            .on_conflict(hosts::host)
            .do_update()
            .set((
                hosts::failures.eq(excluded(hosts::failures)),
                hosts::paused_until.eq(excluded(hosts::paused_until)),
                hosts::last_success_at.eq(excluded(hosts::last_success_at)),
                hosts::last_failure_at.eq(excluded(hosts::last_failure_at)),
                hosts::last_error.eq(excluded(hosts::last_error)),
                hosts::failing_since.eq(excluded(hosts::failing_since)),
                hosts::errors.eq(excluded(hosts::errors)),
            ))
            .execute(c)
    })?;
    Ok(())
}

/// Takes the one attempt that a failing host is asked by: its pause goes on for everybody else, until the attempt has ended or
/// `time` is over. `false`: another process has it.
pub(crate) fn probe(tx: &mut Tx<'_>, host: &str, now: Time, time: Duration) -> Result<bool> {
    let until = now + chrono::Duration::from_std(time).unwrap_or(chrono::Duration::minutes(5));
    let rows = each!(tx, |c| {
        diesel::update(hosts::table.find(host))
            .filter(
                hosts::paused_until
                    .is_null()
                    .or(hosts::paused_until.le(now).assume_not_null()),
            )
            .set(hosts::paused_until.eq(until))
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// Ends a pause, without a word about whether the host is well: one delivery will tell. `false`: there was none.
pub fn end_pause(tx: &mut Tx<'_>, host: &str) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::update(hosts::table.find(host))
            .filter(hosts::paused_until.is_not_null())
            .set(hosts::paused_until.eq(None::<Time>))
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// How many hosts failed last, and how many of them nothing is sent to now.
pub fn troubled(db: &mut Conn, now: Time) -> Result<(i64, i64)> {
    each!(db, |c| {
        let failing = hosts::table
            .filter(hosts::failures.gt(0))
            .count()
            .get_result(c)?;
        let paused = hosts::table
            .filter(hosts::paused_until.gt(now))
            .count()
            .get_result(c)?;
        Ok((failing, paused))
    })
}

/// Hosts that failed last, by name from `after` on.
pub fn failing(db: &mut Conn, after: &str, most: i64) -> Result<Vec<Host>> {
    each!(db, |c| {
        Ok(hosts::table
            .filter(hosts::failures.gt(0))
            .filter(hosts::host.gt(after))
            .order(hosts::host.asc())
            .limit(most)
            .select(Host::as_select())
            .load(c)?)
    })
}

/// Of these hosts, those that failed last.
pub fn failing_among(db: &mut Conn, names: &[String]) -> Result<Vec<Host>> {
    each!(db, |c| {
        Ok(hosts::table
            .filter(hosts::host.among(names))
            .filter(hosts::failures.gt(0))
            .select(Host::as_select())
            .load(c)?)
    })
}

/// Hosts that failed last, those that did so most often in a row first.
pub fn failing_most(db: &mut Conn, most: i64) -> Result<Vec<Host>> {
    each!(db, |c| {
        Ok(hosts::table
            .filter(hosts::failures.gt(0))
            .order((hosts::failures.desc(), hosts::host.asc()))
            .limit(most)
            .select(Host::as_select())
            .load(c)?)
    })
}

/// Which hosts are given up as dead.
#[derive(Debug, Clone, Copy)]
pub struct Dead {
    /// Nothing has reached them since before this.
    pub since: Time,
    /// And they were asked in vain after this: now and then it is tried anew.
    pub asked: Time,
}

/// Of these hosts, those that are dead.
pub fn dead_among(db: &mut Conn, names: &[String], dead: Dead) -> Result<Vec<String>> {
    each!(db, |c| {
        Ok(hosts::table
            .filter(hosts::host.among(names))
            .filter(hosts::failing_since.le(dead.since))
            .filter(hosts::last_failure_at.gt(dead.asked))
            .select(hosts::host)
            .load(c)?)
    })
}

/// Hosts that nothing is sent to now, the first to be tried again first.
pub fn paused(db: &mut Conn, now: Time) -> Result<Vec<Host>> {
    each!(db, |c| {
        Ok(hosts::table
            .filter(hosts::paused_until.gt(now))
            .order((hosts::paused_until.asc(), hosts::host.asc()))
            .select(Host::as_select())
            .load(c)?)
    })
}

/// The form of signature that the host took.
pub fn set_signature_form(tx: &mut Tx<'_>, host: &str, form: SignatureForm) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(hosts::table)
            .values((hosts::host.eq(host), hosts::signature_form.eq(form)))
            .on_conflict(hosts::host)
            .do_update()
            .set(hosts::signature_form.eq(form))
            .execute(c)
    })?;
    Ok(())
}

pub fn signature_form(db: &mut Conn, host: &str) -> Result<Option<SignatureForm>> {
    let found: Option<Option<SignatureForm>> = each!(db, |c| hosts::table
        .find(host)
        .select(hosts::signature_form)
        .first(c)
        .optional()?);
    Ok(found.flatten())
}
