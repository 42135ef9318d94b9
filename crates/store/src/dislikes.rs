//! Votes down, as threaded forums send them.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, DislikeId, PostId},
    time::Time,
};

use crate::{Conn, Result, Tx, schema::dislikes};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = dislikes)]
pub struct Dislike {
    pub id: DislikeId,
    pub uri: String,
    pub account_id: AccountId,
    pub post_id: PostId,
    pub created_at: Time,
}

/// `false`: the account has voted so before, or the id is taken.
pub fn insert_if_new(tx: &mut Tx<'_>, dislike: &Dislike) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(dislikes::table)
            .values(dislike)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// `false`: there was none.
pub fn delete(tx: &mut Tx<'_>, account: AccountId, post: PostId) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::delete(
            dislikes::table
                .filter(dislikes::account_id.eq(account))
                .filter(dislikes::post_id.eq(post)),
        )
        .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn by_uri(db: &mut Conn, uri: &str) -> Result<Option<Dislike>> {
    each!(db, |c| Ok(dislikes::table
        .filter(dislikes::uri.eq(uri))
        .select(Dislike::as_select())
        .first(c)
        .optional()?))
}

/// How many voted a post down.
pub fn count(db: &mut Conn, post: PostId) -> Result<i64> {
    each!(db, |c| Ok(dislikes::table
        .filter(dislikes::post_id.eq(post))
        .count()
        .get_result(c)?))
}
