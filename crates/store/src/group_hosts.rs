//! Servers that understand what groups pass on (FEP-1b12), and servers that were asked whether they do.

use diesel::prelude::*;
use kontor_domain::time::Time;

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{asked_hosts, group_hosts},
};

/// In one statement.
const SOME: usize = 1000;

/// The server understands it. `false`: that was known.
pub fn learn(tx: &mut Tx<'_>, host: &str, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(group_hosts::table)
            .values((group_hosts::host.eq(host), group_hosts::since.eq(now)))
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn knows(db: &mut Conn, host: &str) -> Result<bool> {
    Ok(!among(db, &[host.to_owned()])?.is_empty())
}

/// Those of these servers that do, in no order.
pub fn among(db: &mut Conn, hosts: &[String]) -> Result<Vec<String>> {
    let mut known = Vec::new();
    for some in hosts.chunks(SOME) {
        let mut found: Vec<String> = each!(db, |c| group_hosts::table
            .filter(group_hosts::host.among(some))
            .select(group_hosts::host)
            .load(c))?;
        known.append(&mut found);
    }
    Ok(known)
}

/// Those of these servers that were known to understand it at a certain time, in no order.
pub fn among_at(db: &mut Conn, hosts: &[String], at: Time) -> Result<Vec<String>> {
    let mut known = Vec::new();
    for some in hosts.chunks(SOME) {
        let mut found: Vec<String> = each!(db, |c| group_hosts::table
            .filter(group_hosts::host.among(some))
            .filter(group_hosts::since.le(at))
            .select(group_hosts::host)
            .load(c))?;
        known.append(&mut found);
    }
    Ok(known)
}

/// May it be asked now? If so, it counts as asked. `before`: whoever was asked later is not asked again.
pub fn ask(tx: &mut Tx<'_>, host: &str, now: Time, before: Time) -> Result<bool> {
    let rows = each!(tx, |c| {
        let new = diesel::insert_into(asked_hosts::table)
            .values((asked_hosts::host.eq(host), asked_hosts::asked_at.eq(now)))
            .on_conflict_do_nothing()
            .execute(c)?;
        if new == 1 {
            Ok(new)
        } else {
            diesel::update(asked_hosts::table.find(host))
                .filter(asked_hosts::asked_at.lt(before))
                .set(asked_hosts::asked_at.eq(now))
                .execute(c)
        }
    })?;
    Ok(rows == 1)
}
