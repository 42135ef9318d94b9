//! Which remote accounts have had their latest posts fetched.

use diesel::prelude::*;
use kontor_domain::{ids::AccountId, time::Time};

use crate::{Result, Tx, schema::first_sights};

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
