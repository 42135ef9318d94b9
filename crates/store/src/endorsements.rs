//! Whom people show on their profiles.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, EndorsementId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{accounts, endorsements},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = endorsements)]
pub struct Endorsement {
    pub id: EndorsementId,
    pub account_id: AccountId,
    pub target_id: AccountId,
    pub created_at: Time,
}

/// `false`: it was there before.
pub fn insert_if_new(tx: &mut Tx<'_>, endorsement: &Endorsement) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(endorsements::table)
            .values(endorsement)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// `false`: it was not there.
pub fn delete(tx: &mut Tx<'_>, account: AccountId, target: AccountId) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::delete(
            endorsements::table
                .filter(endorsements::account_id.eq(account))
                .filter(endorsements::target_id.eq(target)),
        )
        .execute(c)
    })?;
    Ok(rows == 1)
}

/// Whom of `targets` the account shows.
pub fn among(db: &mut Conn, account: AccountId, targets: &[AccountId]) -> Result<Vec<AccountId>> {
    each!(db, |c| Ok(endorsements::table
        .filter(endorsements::account_id.eq(account))
        .filter(endorsements::target_id.among(targets))
        .select(endorsements::target_id)
        .load(c)?))
}

pub fn count(db: &mut Conn, account: AccountId) -> Result<i64> {
    each!(db, |c| Ok(endorsements::table
        .filter(endorsements::account_id.eq(account))
        .count()
        .get_result(c)?))
}

/// Whom the account shows, the newest first, paged by the row. Those who are suspended are shown by nobody.
pub fn page(db: &mut Conn, account: AccountId, page: &Page) -> Result<Vec<(i64, AccountId)>> {
    each!(db, |c| {
        Ok(keyset!(
            endorsements::table
                .inner_join(accounts::table.on(accounts::id.eq(endorsements::target_id)))
                .filter(endorsements::account_id.eq(account))
                .filter(accounts::suspended_at.is_null())
                .select((endorsements::id, endorsements::target_id)),
            endorsements::id,
            page,
            c
        ))
    })
}
