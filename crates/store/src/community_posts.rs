//! What posts are in their communities: titles of threads, locks, removals.

use diesel::{
    QueryableByName,
    prelude::*,
    sql_types::{BigInt, Integer},
};
use kontor_domain::{
    audience::Audience,
    ids::{AccountId, PostId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    posts::Stub,
    prepared::{Bind, Prepared, kept},
    schema::{community_posts, posts},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = community_posts, treat_none_as_default_value = false)]
pub struct CommunityPost {
    pub post_id: PostId,
    /// Of a post that begins a thread.
    pub title: Option<String>,
    /// Was the title given, or made of the text?
    pub titled: bool,
    pub locked_at: Option<Time>,
    pub removed_reason: Option<String>,
}

/// Keeps what is new; a title that is given again replaces the one before.
pub fn keep(tx: &mut Tx<'_>, row: &CommunityPost) -> Result<()> {
    each!(tx, |c| {
        kept(
            diesel::insert_into(community_posts::table)
                .values(row)
                .on_conflict(community_posts::post_id)
                .do_update()
                .set((
                    community_posts::title.eq(&row.title),
                    community_posts::titled.eq(row.titled),
                )),
        )
        .execute(c)
    })?;
    Ok(())
}

pub fn of_post(db: &mut Conn, post: PostId) -> Result<Option<CommunityPost>> {
    Ok(of_posts(db, &[post])?.pop())
}

/// In no order.
pub fn of_posts(db: &mut Conn, ids: &[PostId]) -> Result<Vec<CommunityPost>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    each!(db, |c| Ok(community_posts::table
        .filter(community_posts::post_id.among(ids))
        .select(CommunityPost::as_select())
        .load(c)?))
}

/// The post belongs to the community from here on, which has not had it before. `false`: it belongs to one.
pub fn claim(tx: &mut Tx<'_>, post: PostId, community: AccountId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(posts::table.find(post))
        .filter(posts::community_id.is_null())
        .set(posts::community_id.eq(community))
        .execute(c))?;
    Ok(rows == 1)
}

/// `false`: it was so already.
pub fn set_locked(tx: &mut Tx<'_>, post: PostId, at: Option<Time>) -> Result<bool> {
    let rows = each!(tx, |c| match at {
        Some(at) => diesel::update(community_posts::table.find(post))
            .filter(community_posts::locked_at.is_null())
            .set(community_posts::locked_at.eq(at))
            .execute(c),
        None => diesel::update(community_posts::table.find(post))
            .filter(community_posts::locked_at.is_not_null())
            .set(community_posts::locked_at.eq(None::<Time>))
            .execute(c),
    })?;
    Ok(rows == 1)
}

/// Takes posts away, or lets them stand again: those of them that were not so already, in no order.
pub fn set_removed(
    tx: &mut Tx<'_>,
    ids: &[PostId],
    removed: Option<(Time, &str)>,
) -> Result<Vec<Stub>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let at = removed.map(|(at, _)| at);
    let changed: Vec<Stub> = each!(tx, |c| match at {
        Some(at) => diesel::update(posts::table.filter(posts::id.among(ids)))
            .filter(posts::removed_at.is_null())
            .set(posts::removed_at.eq(at))
            .returning(Stub::as_returning())
            .get_results(c),
        None => diesel::update(posts::table.filter(posts::id.among(ids)))
            .filter(posts::removed_at.is_not_null())
            .set(posts::removed_at.eq(None::<Time>))
            .returning(Stub::as_returning())
            .get_results(c),
    })?;
    if changed.is_empty() {
        // Why they were removed stays what everybody was told.
        return Ok(changed);
    }
    let ids: Vec<PostId> = changed.iter().map(|post| post.id).collect();
    recount(tx, &ids, if at.is_some() { -1 } else { 1 })?;
    // Their boosts go and come with them.
    each!(tx, |c| diesel::update(
        posts::table.filter(posts::reblog_of_id.assume_not_null().among(&ids))
    )
    .set(posts::removed_at.eq(at))
    .execute(c))?;
    let reason = removed.map(|(_, reason)| reason);
    each!(tx, |c| diesel::update(
        community_posts::table.filter(community_posts::post_id.among(&ids))
    )
    .set(community_posts::removed_reason.eq(reason))
    .execute(c))?;
    Ok(changed)
}

/// What they answer counts them while they stand.
fn recount(tx: &mut Tx<'_>, ids: &[PostId], by: i64) -> Result<()> {
    let text = |among: &str| {
        format!(
            "UPDATE posts SET replies_count = posts.replies_count + ? * answered.answers \
             FROM (SELECT in_reply_to_id AS id, COUNT(*) AS answers FROM posts \
               WHERE id {among} AND in_reply_to_id IS NOT NULL AND audience {among} GROUP BY in_reply_to_id) AS answered \
             WHERE posts.id = answered.id"
        )
    };
    let counted: Vec<&str> = Audience::ALL
        .iter()
        .filter(|audience| audience.counts_answers())
        .map(|audience| audience.as_str())
        .collect();
    let binds = vec![
        Bind::Big(by),
        Bind::numbers(ids.iter().map(|id| id.0)),
        Bind::words(&counted),
    ];
    each!(
        tx,
        sqlite | c | Prepared::new(text("IN (SELECT value FROM json_each(?))"), binds).execute(c),
        postgres | c | Prepared::new(text("= ANY(?)"), binds).execute(c)
    )?;
    Ok(())
}

/// Whether a post stands in its community, or was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    Stands,
    Removed,
}

/// The posts of somebody in a community that stand there, or that were taken away, the newest first.
pub fn by_author(
    db: &mut Conn,
    community: AccountId,
    author: AccountId,
    which: Stand,
    most: i64,
) -> Result<Vec<PostId>> {
    each!(db, |c| Ok(posts::table
        .filter(posts::community_id.eq(community))
        .filter(posts::account_id.eq(author))
        .filter(posts::reblog_of_id.is_null())
        .filter(posts::removed_at.is_null().eq(which == Stand::Stands))
        .order(posts::id.desc())
        .limit(most)
        .select(posts::id)
        .load(c)?))
}

/// The post that a thread began with, if it is here: of an answer, and of what begins one.
pub fn root_of(db: &mut Conn, post: PostId) -> Result<Option<PostId>> {
    let thread: Option<Option<PostId>> = each!(db, |c| posts::table
        .find(post)
        .select(posts::thread_id)
        .first(c)
        .optional())?;
    Ok(thread.map(|thread| thread.unwrap_or(post)))
}

/// So far up a thread it is asked whether it is locked; its root is asked in any case.
const DEEP: i64 = 1000;

/// Is the thread of this post locked, at its root, at this very post, or at one between them?
pub fn is_locked(db: &mut Conn, post: PostId) -> Result<bool> {
    let Some(root) = root_of(db, post)? else {
        return Ok(false);
    };
    let mut line = crate::threads::ancestors(db, post, DEEP)?;
    line.extend([root, post]);
    let rows = of_posts(db, &line)?;
    Ok(rows.iter().any(|row| row.locked_at.is_some()))
}

/// One below another, and how far.
#[derive(QueryableByName)]
struct Below {
    #[diesel(sql_type = BigInt)]
    id: PostId,
    #[diesel(sql_type = Integer)]
    depth: i32,
}

/// What waits is ordered, as in `threads::descendants`. The conditions are asked of what is walked on from, and not of what is looked up:
/// with more of them there, and with statistics, `SQLite` reads all posts first, to know which need not be looked up.
const BY_QUEUE: &str = "WITH RECURSIVE below (id, community, depth) AS ( \
      SELECT id, community_id, 1 FROM posts WHERE in_reply_to_id = ? \
      UNION ALL \
      SELECT posts.id, posts.community_id, below.depth + 1 FROM below, posts \
        WHERE posts.in_reply_to_id = below.id AND below.community = ? AND below.id <> ? ORDER BY 3, 1 LIMIT ?) \
    SELECT id, depth FROM below WHERE community = ? AND id <> ? LIMIT ?";

/// The same in rounds. No index gives the order of a sum: what answers is looked up by what it answers.
const BY_ROUNDS: &str = "WITH RECURSIVE below (id, depth) AS ( \
      SELECT top.id, 1 FROM (SELECT posts.id FROM posts \
        WHERE posts.in_reply_to_id = ? AND posts.community_id = ? AND posts.id <> ? ORDER BY posts.id + 0 LIMIT ?) AS top \
      UNION ALL \
      SELECT next.id, below.depth + 1 FROM below CROSS JOIN LATERAL (SELECT posts.id FROM posts \
        WHERE posts.in_reply_to_id = below.id AND posts.community_id = ? AND posts.id <> ? ORDER BY posts.id + 0 LIMIT ?) AS next) \
    SELECT id, depth FROM below LIMIT ?";

/// For each that is wanted.
const LOOKED_AT: i64 = 20;

/// What answers a post in its community, and what answers that, whether it stands or not: the nearest first, so many at most. A ring of
/// answers can only close through the post itself, which is where it is cut.
pub fn branch(db: &mut Conn, community: AccountId, post: PostId, most: i64) -> Result<Vec<PostId>> {
    let inside = || Bind::Big(community.0);
    let top = || Bind::Big(post.0);
    // With answers that are in no community, which anybody can give.
    let looked = || Bind::Big(most.saturating_mul(LOOKED_AT));
    let most = || Bind::Big(most);
    let by_queue = vec![top(), inside(), top(), looked(), inside(), top(), most()];
    let by_rounds = vec![
        top(),
        inside(),
        top(),
        most(),
        inside(),
        top(),
        most(),
        most(),
    ];
    let mut found: Vec<Below> = each!(
        db,
        sqlite | c | Prepared::new(BY_QUEUE, by_queue).load(c),
        postgres | c | Prepared::new(BY_ROUNDS, by_rounds).load(c)
    )?;
    found.sort_unstable_by_key(|below| (below.depth, below.id));
    Ok(found.into_iter().map(|below| below.id).collect())
}
