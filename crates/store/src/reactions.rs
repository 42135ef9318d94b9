//! Emoji with which people answer a post.

use diesel::prelude::*;
use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId, ReactionId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    audience::viewer_id,
    schema::{accounts, reactions},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = reactions)]
pub struct Reaction {
    pub id: ReactionId,
    pub uri: String,
    pub account_id: AccountId,
    pub post_id: PostId,
    /// An emoji, or `name@host` of a custom one.
    pub name: String,
    /// The picture of a custom emoji.
    pub url: Option<String>,
    pub created_at: Time,
}

/// Those with a picture, by their ids, those after `after`: their pictures.
pub fn pictures_after(
    db: &mut Conn,
    after: ReactionId,
    most: i64,
) -> Result<Vec<(ReactionId, String)>> {
    let found: Vec<(ReactionId, Option<String>)> = each!(db, |c| reactions::table
        .filter(reactions::id.gt(after))
        .filter(reactions::url.is_not_null())
        .order(reactions::id.asc())
        .limit(most)
        .select((reactions::id, reactions::url))
        .load(c))?;
    Ok(found
        .into_iter()
        .filter_map(|(id, url)| Some((id, url?)))
        .collect())
}

/// They are shown by their names from now on.
pub fn forget_pictures(tx: &mut Tx<'_>, ids: &[ReactionId]) -> Result<()> {
    each!(tx, |c| diesel::update(
        reactions::table.filter(reactions::id.among(ids))
    )
    .set(reactions::url.eq(None::<String>))
    .execute(c))?;
    Ok(())
}

/// `false`: the account has reacted so before, or the id is taken.
pub fn insert_if_new(tx: &mut Tx<'_>, reaction: &Reaction) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(reactions::table)
            .values(reaction)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// `false`: it was gone.
pub fn delete(tx: &mut Tx<'_>, id: ReactionId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(reactions::table.find(id)).execute(c))?;
    Ok(rows == 1)
}

pub fn by_id(db: &mut Conn, id: ReactionId) -> Result<Option<Reaction>> {
    each!(db, |c| Ok(reactions::table
        .find(id)
        .select(Reaction::as_select())
        .first(c)
        .optional()?))
}

pub fn by_ids(db: &mut Conn, ids: &[ReactionId]) -> Result<Vec<Reaction>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    each!(db, |c| Ok(reactions::table
        .filter(reactions::id.among(ids))
        .select(Reaction::as_select())
        .load(c)?))
}

pub fn by_uri(db: &mut Conn, uri: &str) -> Result<Option<Reaction>> {
    each!(db, |c| Ok(reactions::table
        .filter(reactions::uri.eq(uri))
        .select(Reaction::as_select())
        .first(c)
        .optional()?))
}

pub fn of(db: &mut Conn, account: AccountId, post: PostId, name: &str) -> Result<Option<Reaction>> {
    each!(db, |c| Ok(reactions::table
        .filter(reactions::account_id.eq(account))
        .filter(reactions::post_id.eq(post))
        .filter(reactions::name.eq(name))
        .select(Reaction::as_select())
        .first(c)
        .optional()?))
}

/// How many different emoji an account has answered a post with.
pub fn count_of(db: &mut Conn, account: AccountId, post: PostId) -> Result<i64> {
    each!(db, |c| Ok(reactions::table
        .filter(reactions::account_id.eq(account))
        .filter(reactions::post_id.eq(post))
        .count()
        .get_result(c)?))
}

/// The reactions to these posts, oldest first. The posts themselves must have been read by the viewer; whoever is suspended,
/// blocks the viewer or is blocked is left out.
pub fn of_posts(db: &mut Conn, viewer: Viewer, posts: &[PostId]) -> Result<Vec<Reaction>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| Ok(reactions::table
        .inner_join(accounts::table)
        .filter(reactions::post_id.among(posts))
        .filter(accounts::suspended_at.is_null())
        .filter(not_blocked!(viewer, reactions::account_id))
        .order(reactions::id.asc())
        .select(Reaction::as_select())
        .load(c)?))
}
