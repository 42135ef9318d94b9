//! Whom people do not want to see. What follows for timelines is in `aversions`.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, MuteId},
    page::Page,
    time::Time,
};

use crate::among::IsAmong;
use crate::{Conn, Result, Tx, schema::mutes};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mutes)]
pub struct Mute {
    pub id: MuteId,
    pub account_id: AccountId,
    pub target_id: AccountId,
    pub hide_notifications: bool,
    /// `None`: until it is ended.
    pub expires_at: Option<Time>,
    pub created_at: Time,
}

/// A condition: has the mute not ended?
macro_rules! stands {
    ($now:expr) => {
        mutes::expires_at
            .is_null()
            .or(mutes::expires_at.gt($now).assume_not_null())
    };
}

/// Of a mute that is there already, all but its id and its beginning changes.
pub fn set(tx: &mut Tx<'_>, mute: &Mute) -> Result<()> {
    each!(tx, |c| diesel::insert_into(mutes::table)
        .values(mute)
        .on_conflict((mutes::account_id, mutes::target_id))
        .do_update()
        .set((
            mutes::hide_notifications.eq(mute.hide_notifications),
            mutes::expires_at.eq(mute.expires_at),
        ))
        .execute(c))?;
    Ok(())
}

/// `false`: there was none.
pub fn delete(tx: &mut Tx<'_>, account: AccountId, target: AccountId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(
        mutes::table
            .filter(mutes::account_id.eq(account))
            .filter(mutes::target_id.eq(target))
    )
    .execute(c))?;
    Ok(rows == 1)
}

/// Of `others`, those whom `account` mutes at this time.
pub fn among(
    db: &mut Conn,
    account: AccountId,
    others: &[AccountId],
    now: Time,
) -> Result<Vec<Mute>> {
    each!(db, |c| Ok(mutes::table
        .filter(mutes::account_id.eq(account))
        .filter(mutes::target_id.among(others))
        .filter(stands!(now))
        .select(Mute::as_select())
        .load(c)?))
}

/// Of `people`, those who want to be told of nothing that `target` does.
pub fn hiding(
    db: &mut Conn,
    people: &[AccountId],
    target: AccountId,
    now: Time,
) -> Result<Vec<AccountId>> {
    each!(db, |c| Ok(mutes::table
        .filter(mutes::account_id.among(people))
        .filter(mutes::target_id.eq(target))
        .filter(mutes::hide_notifications.eq(true))
        .filter(stands!(now))
        .select(mutes::account_id)
        .load(c)?))
}

/// A page of the mutes of an account that have not ended, newest first.
pub fn by_account(db: &mut Conn, account: AccountId, now: Time, page: &Page) -> Result<Vec<Mute>> {
    each!(db, |c| {
        Ok(keyset!(
            mutes::table
                .filter(mutes::account_id.eq(account))
                .filter(stands!(now))
                .select(Mute::as_select()),
            mutes::id,
            page,
            c
        ))
    })
}

/// Those by which people here keep an account out of their sight, the oldest first, after `after`.
pub fn of_target(
    db: &mut Conn,
    target: AccountId,
    now: Time,
    after: MuteId,
    limit: i64,
) -> Result<Vec<Mute>> {
    each!(db, |c| {
        Ok(mutes::table
            .filter(mutes::target_id.eq(target))
            .filter(mutes::id.gt(after))
            .filter(
                mutes::expires_at
                    .is_null()
                    .or(mutes::expires_at.gt(now).assume_not_null()),
            )
            .order(mutes::id.asc())
            .limit(limit)
            .select(Mute::as_select())
            .load(c)?)
    })
}
