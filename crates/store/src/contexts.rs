//! The thread that a post is in (FEP-7888), and where its server lists the answers to it.

use diesel::prelude::*;
use kontor_domain::{audience::Viewer, ids::PostId, page::Page, time::Time};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    audience::viewer_id,
    schema::{contexts, posts},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = contexts, treat_none_as_default_value = false)]
pub struct Context {
    pub post_id: PostId,
    pub context_uri: Option<String>,
    pub replies_uri: Option<String>,
    /// When the answers were last asked for.
    pub checked_at: Option<Time>,
    /// When they are to be asked for, though nobody looks; `None`: not, or not again.
    pub ask_at: Option<Time>,
}

pub fn insert(tx: &mut Tx<'_>, context: &Context) -> Result<()> {
    each!(tx, |c| diesel::insert_into(contexts::table)
        .values(context)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

pub fn of_posts(db: &mut Conn, ids: &[PostId]) -> Result<Vec<Context>> {
    each!(db, |c| Ok(contexts::table
        .filter(contexts::post_id.among(ids))
        .select(Context::as_select())
        .load(c)?))
}

pub fn of_post(db: &mut Conn, id: PostId) -> Result<Option<Context>> {
    each!(db, |c| Ok(contexts::table
        .find(id)
        .select(Context::as_select())
        .first(c)
        .optional()?))
}

/// Takes the turn to ask for the answers to a post. `false`: somebody asked after `since`, or there is nobody to ask.
pub fn take_turn(tx: &mut Tx<'_>, id: PostId, since: Time, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(
        contexts::table.find(id).filter(
            contexts::checked_at
                .is_null()
                .or(contexts::checked_at.le(since).assume_not_null())
        )
    )
    .set(contexts::checked_at.eq(now))
    .execute(c))?;
    Ok(rows == 1)
}

/// Takes posts whose answers are due to be asked for, those that have waited longest first: whoever takes them asks, or lets it be.
pub fn take_due(tx: &mut Tx<'_>, now: Time, most: i64) -> Result<Vec<Context>> {
    let ids: Vec<PostId> = each!(
        tx,
        sqlite
            | c
            | contexts::table
                .filter(contexts::ask_at.le(now))
                .order(contexts::ask_at.asc())
                .limit(most)
                .select(contexts::post_id)
                .load(c)?,
        postgres
            | c
            | contexts::table
                .filter(contexts::ask_at.le(now))
                .order(contexts::ask_at.asc())
                .limit(most)
                .select(contexts::post_id)
                .for_update()
                .skip_locked()
                .load(c)?,
    );
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = of_posts(tx, &ids)?;
    rows.sort_by_key(|row| (row.ask_at, row.post_id));
    each!(tx, |c| diesel::update(
        contexts::table.filter(contexts::post_id.among(&ids))
    )
    .set(contexts::ask_at.eq(None::<Time>))
    .execute(c))?;
    Ok(rows)
}

/// Of these threads, those in which the answers to any post have been asked for after `since`.
pub fn asked_among(db: &mut Conn, uris: &[String], since: Time) -> Result<Vec<String>> {
    each!(db, |c| Ok(contexts::table
        .filter(contexts::context_uri.assume_not_null().among(uris))
        .filter(contexts::checked_at.gt(since))
        .select(contexts::context_uri.assume_not_null())
        .distinct()
        .load(c)?))
}

/// The posts of a thread that everyone may read, with their addresses.
pub fn open_posts(db: &mut Conn, uri: &str, page: &Page) -> Result<Vec<(PostId, String)>> {
    let anyone = viewer_id(Viewer::Anyone);
    each!(db, |c| Ok(keyset!(
        contexts::table
            .inner_join(posts::table)
            .filter(contexts::context_uri.eq(uri))
            .filter(visible_to!(anyone))
            .select((contexts::post_id, posts::uri)),
        contexts::post_id,
        page,
        c
    )))
}

pub fn count_open(db: &mut Conn, uri: &str) -> Result<i64> {
    let anyone = viewer_id(Viewer::Anyone);
    each!(db, |c| Ok(contexts::table
        .inner_join(posts::table)
        .filter(contexts::context_uri.eq(uri))
        .filter(visible_to!(anyone))
        .count()
        .get_result(c)?))
}
