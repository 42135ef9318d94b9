//! What people remember of others, each for themselves.

use diesel::prelude::*;
use kontor_domain::ids::AccountId;

use crate::among::IsAmong;
use crate::{Conn, Result, Tx, schema::account_notes};

/// An empty one is none.
pub fn set(tx: &mut Tx<'_>, account: AccountId, target: AccountId, comment: &str) -> Result<()> {
    each!(tx, |c| {
        if comment.is_empty() {
            return Ok(diesel::delete(account_notes::table.find((account, target)))
                .execute(c)
                .map(drop)?);
        }
        diesel::insert_into(account_notes::table)
            .values((
                account_notes::account_id.eq(account),
                account_notes::target_id.eq(target),
                account_notes::comment.eq(comment),
            ))
            .on_conflict((account_notes::account_id, account_notes::target_id))
            .do_update()
            .set(account_notes::comment.eq(comment))
            .execute(c)?;
        Ok(())
    })
}

pub fn among(
    db: &mut Conn,
    account: AccountId,
    targets: &[AccountId],
) -> Result<Vec<(AccountId, String)>> {
    each!(db, |c| Ok(account_notes::table
        .filter(account_notes::account_id.eq(account))
        .filter(account_notes::target_id.among(targets))
        .select((account_notes::target_id, account_notes::comment))
        .load(c)?))
}

/// What people remember of an account, by whose it is, after `after`.
pub fn of_target(
    db: &mut Conn,
    target: AccountId,
    after: AccountId,
    limit: i64,
) -> Result<Vec<(AccountId, String)>> {
    each!(db, |c| Ok(account_notes::table
        .filter(account_notes::target_id.eq(target))
        .filter(account_notes::account_id.gt(after))
        .order(account_notes::account_id.asc())
        .limit(limit)
        .select((account_notes::account_id, account_notes::comment))
        .load(c)?))
}
