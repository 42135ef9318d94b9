//! Who favourited which post.

use diesel::prelude::*;
use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, FavouriteId, PostId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    audience::viewer_id,
    schema::{favourites, posts},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = favourites)]
pub struct Favourite {
    pub id: FavouriteId,
    pub uri: String,
    pub account_id: AccountId,
    pub post_id: PostId,
    pub created_at: Time,
}

/// `false`: the account has favourited the post before, or the id is taken.
pub fn insert_if_new(tx: &mut Tx<'_>, favourite: &Favourite) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(favourites::table)
            .values(favourite)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    if rows == 1 {
        count(tx, favourite.post_id, 1)?;
    }
    Ok(rows == 1)
}

/// `false`: it was gone.
pub fn delete(tx: &mut Tx<'_>, favourite: &Favourite) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(favourites::table.find(favourite.id))
        .execute(c))?;
    if rows == 1 {
        count(tx, favourite.post_id, -1)?;
    }
    Ok(rows == 1)
}

fn count(tx: &mut Tx<'_>, post: PostId, by: i64) -> Result<()> {
    each!(tx, |c| {
        diesel::update(posts::table.find(post))
            .set(posts::favourites_count.eq(posts::favourites_count + by))
            .execute(c)
    })?;
    Ok(())
}

/// Takes an account's favourites out of the counters: the rows go with the account.
pub fn uncount_by(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    each!(tx, |c| {
        let theirs = favourites::table
            .filter(favourites::account_id.eq(account))
            .select(favourites::post_id);
        diesel::update(posts::table.filter(posts::id.eq_any(theirs)))
            .set(posts::favourites_count.eq(posts::favourites_count - 1))
            .execute(c)
    })?;
    Ok(())
}

pub fn by_id(db: &mut Conn, id: FavouriteId) -> Result<Option<Favourite>> {
    each!(db, |c| Ok(favourites::table
        .find(id)
        .select(Favourite::as_select())
        .first(c)
        .optional()?))
}

pub fn by_uri(db: &mut Conn, uri: &str) -> Result<Option<Favourite>> {
    each!(db, |c| Ok(favourites::table
        .filter(favourites::uri.eq(uri))
        .select(Favourite::as_select())
        .first(c)
        .optional()?))
}

pub fn of(db: &mut Conn, account: AccountId, post: PostId) -> Result<Option<Favourite>> {
    each!(db, |c| Ok(favourites::table
        .filter(favourites::account_id.eq(account))
        .filter(favourites::post_id.eq(post))
        .select(Favourite::as_select())
        .first(c)
        .optional()?))
}

/// A page of an account's favourites that it may still read, newest first: the row that it is paged by, and the post.
pub fn by_account(db: &mut Conn, account: AccountId, page: &Page) -> Result<Vec<(i64, PostId)>> {
    each!(db, |c| {
        Ok(keyset!(
            favourites::table
                .inner_join(posts::table)
                .filter(favourites::account_id.eq(account))
                .filter(visible_to!(account))
                .select((favourites::id, favourites::post_id)),
            favourites::id,
            page,
            c
        ))
    })
}

/// Who favourited a post that the viewer may read, newest first. Whoever blocks the viewer, or is blocked, is left out.
pub fn of_post(
    db: &mut Conn,
    viewer: Viewer,
    post: PostId,
    page: &Page,
) -> Result<Vec<(i64, AccountId)>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        Ok(keyset!(
            favourites::table
                .inner_join(posts::table)
                .filter(favourites::post_id.eq(post))
                .filter(visible_to!(viewer))
                .filter(not_blocked!(viewer, favourites::account_id))
                .select((favourites::id, favourites::account_id)),
            favourites::id,
            page,
            c
        ))
    })
}
