//! Sign-ins on the pages. Only a hash of the cookie is kept.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, SessionId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    schema::{half_sign_ins, sessions},
};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    pub id: SessionId,
    pub token_hash: String,
    pub account_id: AccountId,
    pub user_agent: String,
    pub created_at: Time,
    pub last_seen_at: Time,
    pub expires_at: Time,
}

pub fn insert(tx: &mut Tx<'_>, session: &Session) -> Result<()> {
    each!(tx, |c| diesel::insert_into(sessions::table)
        .values(session)
        .execute(c))?;
    Ok(())
}

pub fn live(db: &mut Conn, hash: &str, now: Time) -> Result<Option<Session>> {
    each!(db, |c| {
        Ok(sessions::table
            .filter(sessions::token_hash.eq(hash))
            .filter(sessions::expires_at.gt(now))
            .select(Session::as_select())
            .first(c)
            .optional()?)
    })
}

pub fn seen(tx: &mut Tx<'_>, id: SessionId, now: Time) -> Result<()> {
    each!(tx, |c| diesel::update(sessions::table.find(id))
        .set(sessions::last_seen_at.eq(now))
        .execute(c))?;
    Ok(())
}

pub fn end(tx: &mut Tx<'_>, hash: &str) -> Result<()> {
    each!(tx, |c| diesel::delete(
        sessions::table.filter(sessions::token_hash.eq(hash))
    )
    .execute(c))?;
    Ok(())
}

/// Ends all of somebody's, and what was begun of one. Returns how many.
pub fn end_all(tx: &mut Tx<'_>, account: AccountId) -> Result<usize> {
    each!(tx, |c| {
        diesel::delete(half_sign_ins::table.filter(half_sign_ins::account_id.eq(account)))
            .execute(c)?;
        Ok(diesel::delete(sessions::table.filter(sessions::account_id.eq(account))).execute(c)?)
    })
}

/// Ends all of somebody's but one. Returns how many.
pub fn end_others(tx: &mut Tx<'_>, account: AccountId, but: SessionId) -> Result<usize> {
    let rows = each!(tx, |c| diesel::delete(sessions::table)
        .filter(sessions::account_id.eq(account))
        .filter(sessions::id.ne(but))
        .execute(c))?;
    Ok(rows)
}
