//! Which remote accounts have had their latest posts fetched.

use diesel::prelude::*;
use kontor_domain::{ids::AccountId, time::Time};

use crate::{Conn, Result, Tx, schema::first_sights};

/// `false`: it has been seen before.
pub fn insert_if_new(tx: &mut Tx<'_>, account: AccountId, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| diesel::insert_into(first_sights::table)
        .values((
            first_sights::account_id.eq(account),
            first_sights::seen_at.eq(now)
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

/// Somebody here was let in. `false`: somebody was before, or it was never seen.
pub fn enter(tx: &mut Tx<'_>, account: AccountId, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(first_sights::table.find(account))
        .filter(first_sights::inside_at.is_null())
        .set(first_sights::inside_at.eq(now))
        .execute(c))?;
    Ok(rows == 1)
}

/// When somebody here was first let in.
pub fn inside_at(db: &mut Conn, account: AccountId) -> Result<Option<Time>> {
    each!(db, |c| Ok(first_sights::table
        .find(account)
        .select(first_sights::inside_at)
        .first(c)
        .optional()?
        .flatten()))
}
