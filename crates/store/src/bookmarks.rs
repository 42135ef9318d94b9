//! What people keep for themselves. Nobody else is told.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, BookmarkId, PostId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    schema::{bookmarks, posts},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bookmarks)]
pub struct Bookmark {
    pub id: BookmarkId,
    pub account_id: AccountId,
    pub post_id: PostId,
    pub created_at: Time,
}

/// `false`: it was kept before.
pub fn insert_if_new(tx: &mut Tx<'_>, bookmark: &Bookmark) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(bookmarks::table)
            .values(bookmark)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn delete(tx: &mut Tx<'_>, account: AccountId, post: PostId) -> Result<()> {
    each!(tx, |c| {
        diesel::delete(
            bookmarks::table
                .filter(bookmarks::account_id.eq(account))
                .filter(bookmarks::post_id.eq(post)),
        )
        .execute(c)
    })?;
    Ok(())
}

/// A page of what an account has kept and may still read, newest first: the row that it is paged by, and the post.
pub fn by_account(db: &mut Conn, account: AccountId, page: &Page) -> Result<Vec<(i64, PostId)>> {
    each!(db, |c| {
        Ok(keyset!(
            bookmarks::table
                .inner_join(posts::table)
                .filter(bookmarks::account_id.eq(account))
                .filter(visible_to!(account))
                .select((bookmarks::id, bookmarks::post_id)),
            bookmarks::id,
            page,
            c
        ))
    })
}
