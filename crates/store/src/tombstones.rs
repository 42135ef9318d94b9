//! Addresses that were deleted. What is here never comes back.

use diesel::prelude::*;
use kontor_domain::time::Time;

use crate::{Conn, Result, Tx, schema::tombstones};

pub fn insert(tx: &mut Tx<'_>, uri: &str, now: Time) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(tombstones::table)
            .values((tombstones::uri.eq(uri), tombstones::deleted_at.eq(now)))
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(())
}

/// Those of these addresses that were deleted.
pub fn among(db: &mut Conn, uris: &[&str]) -> Result<Vec<String>> {
    each!(db, |c| Ok(tombstones::table
        .filter(tombstones::uri.eq_any(uris))
        .select(tombstones::uri)
        .load(c)?))
}

pub fn deleted_at(db: &mut Conn, uri: &str) -> Result<Option<Time>> {
    each!(db, |c| Ok(tombstones::table
        .find(uri)
        .select(tombstones::deleted_at)
        .first(c)
        .optional()?))
}
