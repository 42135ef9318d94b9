//! Posts that their authors show first.

use diesel::prelude::*;
use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PinId, PostId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    audience::viewer_id,
    schema::{pins, posts},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = pins)]
pub struct Pin {
    pub id: PinId,
    pub account_id: AccountId,
    pub post_id: PostId,
    pub created_at: Time,
}

/// `false`: it was pinned before.
pub fn insert_if_new(tx: &mut Tx<'_>, pin: &Pin) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(pins::table)
            .values(pin)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// `false`: it was not pinned.
pub fn delete(tx: &mut Tx<'_>, account: AccountId, post: PostId) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::delete(
            pins::table
                .filter(pins::account_id.eq(account))
                .filter(pins::post_id.eq(post)),
        )
        .execute(c)
    })?;
    Ok(rows == 1)
}

/// The same of several posts.
pub fn delete_several(tx: &mut Tx<'_>, account: AccountId, posts: &[PostId]) -> Result<()> {
    each!(tx, |c| {
        diesel::delete(
            pins::table
                .filter(pins::account_id.eq(account))
                .filter(pins::post_id.among(posts)),
        )
        .execute(c)
    })?;
    Ok(())
}

/// Every pin of an account, the newest first.
pub fn of_account(db: &mut Conn, account: AccountId) -> Result<Vec<Pin>> {
    each!(db, |c| Ok(pins::table
        .filter(pins::account_id.eq(account))
        .order(pins::id.desc())
        .select(Pin::as_select())
        .load(c)?))
}

/// A page of the pinned posts of an account that the viewer may read, the newest pin first.
pub fn visible(
    db: &mut Conn,
    viewer: Viewer,
    account: AccountId,
    page: &Page,
) -> Result<Vec<(i64, PostId)>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        Ok(keyset!(
            pins::table
                .inner_join(posts::table)
                .filter(pins::account_id.eq(account))
                .filter(visible_to!(viewer))
                .select((pins::id, pins::post_id)),
            pins::id,
            page,
            c
        ))
    })
}
