//! Posts that are to appear later. Each is its author's alone until then.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, ScheduledPostId},
    page::Page,
    time::Time,
};

use crate::{Conn, Result, Tx, schema::scheduled_posts};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = scheduled_posts)]
pub struct ScheduledPost {
    pub id: ScheduledPostId,
    pub account_id: AccountId,
    pub scheduled_at: Time,
    /// JSON: what the author wrote and chose.
    pub draft: String,
    pub idempotency_key: Option<String>,
    pub created_at: Time,
}

pub fn insert(tx: &mut Tx<'_>, post: &ScheduledPost) -> Result<()> {
    each!(tx, |c| diesel::insert_into(scheduled_posts::table)
        .values(post)
        .execute(c))?;
    Ok(())
}

/// Whoever's it is.
pub fn by_id(db: &mut Conn, id: ScheduledPostId) -> Result<Option<ScheduledPost>> {
    each!(db, |c| Ok(scheduled_posts::table
        .find(id)
        .select(ScheduledPost::as_select())
        .first(c)
        .optional()?))
}

pub fn by_key(db: &mut Conn, owner: AccountId, key: &str) -> Result<Option<ScheduledPost>> {
    each!(db, |c| Ok(scheduled_posts::table
        .filter(scheduled_posts::account_id.eq(owner))
        .filter(scheduled_posts::idempotency_key.eq(key))
        .select(ScheduledPost::as_select())
        .first(c)
        .optional()?))
}

/// A key that is out of date can be used for another one.
pub fn forget_key(tx: &mut Tx<'_>, id: ScheduledPostId) -> Result<()> {
    each!(tx, |c| diesel::update(scheduled_posts::table.find(id))
        .set(scheduled_posts::idempotency_key.eq(None::<String>))
        .execute(c))?;
    Ok(())
}

/// A page of an account's, the latest written first.
pub fn by_account(db: &mut Conn, owner: AccountId, page: &Page) -> Result<Vec<ScheduledPost>> {
    each!(db, |c| {
        Ok(keyset!(
            scheduled_posts::table
                .filter(scheduled_posts::account_id.eq(owner))
                .select(ScheduledPost::as_select()),
            scheduled_posts::id,
            page,
            c
        ))
    })
}

/// How many an account has, without one of them.
pub fn count(db: &mut Conn, owner: AccountId, but: ScheduledPostId) -> Result<i64> {
    each!(db, |c| Ok(scheduled_posts::table
        .filter(scheduled_posts::account_id.eq(owner))
        .filter(scheduled_posts::id.ne(but))
        .count()
        .get_result(c)?))
}

/// How many of these are to appear from one moment to another.
pub fn count_between(
    db: &mut Conn,
    owner: AccountId,
    but: ScheduledPostId,
    from: Time,
    until: Time,
) -> Result<i64> {
    each!(db, |c| Ok(scheduled_posts::table
        .filter(scheduled_posts::account_id.eq(owner))
        .filter(scheduled_posts::id.ne(but))
        .filter(scheduled_posts::scheduled_at.ge(from))
        .filter(scheduled_posts::scheduled_at.lt(until))
        .count()
        .get_result(c)?))
}

pub fn put_off(tx: &mut Tx<'_>, id: ScheduledPostId, to: Time) -> Result<()> {
    each!(tx, |c| diesel::update(scheduled_posts::table.find(id))
        .set(scheduled_posts::scheduled_at.eq(to))
        .execute(c))?;
    Ok(())
}

/// `false`: it was gone.
pub fn delete(tx: &mut Tx<'_>, id: ScheduledPostId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(scheduled_posts::table.find(id))
        .execute(c))?;
    Ok(rows == 1)
}
