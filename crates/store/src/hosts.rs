//! What is known of the reachability of each peer.

use diesel::prelude::*;
use kontor_domain::time::Time;

use crate::{Conn, Result, Tx, schema::hosts};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = hosts)]
pub struct Host {
    pub host: String,
    /// In a row: a success sets it back to 0.
    pub failures: i32,
    /// No delivery goes there before then.
    pub paused_until: Option<Time>,
    pub last_success_at: Option<Time>,
    pub last_failure_at: Option<Time>,
    pub last_error: Option<String>,
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

/// Something reached the host, or it reached us: it is not paused any more.
pub fn succeeded(tx: &mut Tx<'_>, host: &str, now: Time) -> Result<()> {
    let fresh = by_host(tx, host)?.is_some_and(|known| {
        known.failures == 0
            && known.paused_until.is_none()
            && known
                .last_success_at
                .is_some_and(|at| now.signed_duration_since(at) < FRESH)
    });
    if fresh {
        return Ok(());
    }
    each!(tx, |c| {
        diesel::insert_into(hosts::table)
            .values((hosts::host.eq(host), hosts::last_success_at.eq(now)))
            .on_conflict(hosts::host)
            .do_update()
            .set((
                hosts::failures.eq(0),
                hosts::paused_until.eq(None::<Time>),
                hosts::last_success_at.eq(now),
                hosts::last_error.eq(None::<String>),
            ))
            .execute(c)
    })?;
    Ok(())
}

/// The host itself failed, not one inbox on it.
pub fn failed(
    tx: &mut Tx<'_>,
    host: &str,
    now: Time,
    paused_until: Option<Time>,
    why: &str,
) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(hosts::table)
            .values((
                hosts::host.eq(host),
                hosts::failures.eq(1),
                hosts::paused_until.eq(paused_until),
                hosts::last_failure_at.eq(now),
                hosts::last_error.eq(why),
            ))
            .on_conflict(hosts::host)
            .do_update()
            .set((
                hosts::failures.eq(hosts::failures + 1),
                hosts::paused_until.eq(paused_until),
                hosts::last_failure_at.eq(now),
                hosts::last_error.eq(why),
            ))
            .execute(c)
    })?;
    Ok(())
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
