//! Addresses that were deleted. What is here never comes back, unless its author says so. Where nobody here knew what was deleted, that is one account's
//! word, and holds for what this account says only.

use diesel::prelude::*;
use kontor_domain::{ids::AccountId, time::Time};

use crate::{Conn, Result, Tx, among::IsAmong, schema::tombstones};

/// Stands for nobody: it is known to be so.
const KNOWN: AccountId = AccountId(0);

/// What was here, and was deleted by those who may.
pub fn insert(tx: &mut Tx<'_>, uri: &str, now: Time) -> Result<()> {
    insert_said(tx, uri, KNOWN, now)
}

/// What was not here, and was deleted as `by` says.
pub fn insert_said(tx: &mut Tx<'_>, uri: &str, by: AccountId, now: Time) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(tombstones::table)
            .values((
                tombstones::uri.eq(uri),
                tombstones::deleted_at.eq(now),
                tombstones::said_by.eq(by),
            ))
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(())
}

/// What was there may come back, as its author says. `false`: it was not deleted.
pub fn lift(tx: &mut Tx<'_>, uri: &str, by: AccountId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(
        tombstones::table
            .filter(tombstones::uri.eq(uri))
            .filter(tombstones::said_by.eq(KNOWN).or(tombstones::said_by.eq(by)))
    )
    .execute(c))?;
    Ok(rows > 0)
}

/// Those of these addresses that were deleted, as far as that is known and not only said.
pub fn among(db: &mut Conn, uris: &[&str]) -> Result<Vec<String>> {
    each!(db, |c| Ok(tombstones::table
        .filter(tombstones::uri.among(uris))
        .filter(tombstones::said_by.eq(KNOWN))
        .select(tombstones::uri)
        .load(c)?))
}

/// When it was deleted, as far as that is known and not only said.
pub fn deleted_at(db: &mut Conn, uri: &str) -> Result<Option<Time>> {
    deleted_at_for(db, uri, KNOWN)
}

/// The same for something by this author, whose own word counts too.
pub fn deleted_at_for(db: &mut Conn, uri: &str, author: AccountId) -> Result<Option<Time>> {
    each!(db, |c| Ok(tombstones::table
        .filter(tombstones::uri.eq(uri))
        .filter(
            tombstones::said_by
                .eq(KNOWN)
                .or(tombstones::said_by.eq(author))
        )
        .order(tombstones::deleted_at.asc())
        .select(tombstones::deleted_at)
        .first(c)
        .optional()?))
}
