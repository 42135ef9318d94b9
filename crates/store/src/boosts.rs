//! Boosts: posts without a text that show another post. What a post is, is in `posts`.

use diesel::{QueryableByName, dsl::count_star, prelude::*};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, PostId},
    page::Page,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    audience::viewer_id,
    prepared::{Bind, Prepared},
    schema::{accounts, favourites, posts, users},
};

/// What is known of a boost without a viewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boost {
    pub id: PostId,
    pub uri: String,
    pub account_id: AccountId,
    pub audience: Audience,
    /// What is boosted, and whose it is.
    pub post_id: PostId,
    pub post_author: AccountId,
}

type Row = (
    PostId,
    String,
    AccountId,
    Audience,
    Option<PostId>,
    Option<AccountId>,
);

macro_rules! columns {
    () => {
        (
            posts::id,
            posts::uri,
            posts::account_id,
            posts::audience,
            posts::reblog_of_id,
            posts::reblog_of_account_id,
        )
    };
}

impl Boost {
    fn of(row: Row) -> Option<Self> {
        let (id, uri, account_id, audience, post_id, post_author) = row;
        Some(Self {
            id,
            uri,
            account_id,
            audience,
            post_id: post_id?,
            post_author: post_author?,
        })
    }
}

pub fn by_id(db: &mut Conn, id: PostId) -> Result<Option<Boost>> {
    let row: Option<Row> = each!(db, |c| posts::table
        .find(id)
        .select(columns!())
        .first(c)
        .optional())?;
    Ok(row.and_then(Boost::of))
}

pub fn by_uri(db: &mut Conn, uri: &str) -> Result<Option<Boost>> {
    let row: Option<Row> = each!(db, |c| posts::table
        .filter(posts::uri.eq(uri))
        .select(columns!())
        .first(c)
        .optional())?;
    Ok(row.and_then(Boost::of))
}

/// The account's boost of the post.
pub fn of(db: &mut Conn, account: AccountId, post: PostId) -> Result<Option<Boost>> {
    let row: Option<Row> = each!(db, |c| posts::table
        .filter(posts::reblog_of_id.eq(post))
        .filter(posts::account_id.eq(account))
        .select(columns!())
        .first(c)
        .optional())?;
    Ok(row.and_then(Boost::of))
}

/// A row by the names of its columns.
#[derive(QueryableByName)]
#[diesel(table_name = posts)]
struct Columns {
    id: PostId,
    uri: String,
    account_id: AccountId,
    audience: Audience,
    reblog_of_id: Option<PostId>,
    reblog_of_account_id: Option<AccountId>,
}

/// The account's boosts of these posts, in no order. Each post is looked up by itself: an account may have boosted many more.
pub fn of_several(db: &mut Conn, account: AccountId, among: &[PostId]) -> Result<Vec<Boost>> {
    let text = |wanted: &str| {
        format!(
            "SELECT posts.id, posts.uri, posts.account_id, posts.audience, posts.reblog_of_id, posts.reblog_of_account_id \
             FROM {wanted} CROSS JOIN posts WHERE posts.reblog_of_id = wanted.value AND posts.account_id = ?"
        )
    };
    let binds = vec![
        Bind::numbers(among.iter().map(|id| id.0)),
        Bind::Big(account.0),
    ];
    let rows: Vec<Columns> = each!(
        db,
        sqlite | c | Prepared::new(text("json_each(?) AS wanted"), binds).load(c),
        postgres | c | Prepared::new(text("unnest(?) AS wanted (value)"), binds).load(c)
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Boost::of((
                row.id,
                row.uri,
                row.account_id,
                row.audience,
                row.reblog_of_id,
                row.reblog_of_account_id,
            ))
        })
        .collect())
}

/// Gives a boost another address.
pub fn rename(tx: &mut Tx<'_>, id: PostId, uri: &str) -> Result<()> {
    each!(tx, |c| diesel::update(posts::table.find(id))
        .filter(posts::reblog_of_id.is_not_null())
        .set((posts::uri.eq(uri), posts::url.eq(uri)))
        .execute(c))?;
    Ok(())
}

/// Who boosted a post, as far as the viewer may know, newest first.
pub fn of_post(
    db: &mut Conn,
    viewer: Viewer,
    post: PostId,
    page: &Page,
) -> Result<Vec<(i64, AccountId)>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        Ok(keyset!(
            posts::table
                .filter(posts::reblog_of_id.eq(post))
                .filter(visible_to!(viewer))
                .select((posts::id, posts::account_id)),
            posts::id,
            page,
            c
        ))
    })
}

/// People here who boosted a post.
pub fn by_people_here(db: &mut Conn, post: PostId) -> Result<Vec<AccountId>> {
    each!(db, |c| Ok(posts::table
        .inner_join(users::table.on(users::account_id.eq(posts::account_id)))
        .filter(posts::reblog_of_id.eq(post))
        .select(posts::account_id)
        .load(c)?))
}

pub fn count(tx: &mut Tx<'_>, post: PostId, by: i64) -> Result<()> {
    each!(tx, |c| {
        diesel::update(posts::table.find(post))
            .set(posts::reblogs_count.eq(posts::reblogs_count + by))
            .execute(c)
    })?;
    Ok(())
}

/// Each of these posts was boosted once more.
pub fn count_several(tx: &mut Tx<'_>, posts: &[PostId]) -> Result<()> {
    each!(tx, |c| {
        diesel::update(posts::table.filter(posts::id.among(posts)))
            .set(posts::reblogs_count.eq(posts::reblogs_count + 1))
            .execute(c)
    })?;
    Ok(())
}

/// Takes a post's boosts out of what their authors have counted: the rows go with the post.
pub fn uncount_of(tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    each!(tx, |c| {
        let boosters = posts::table
            .filter(posts::reblog_of_id.eq(post))
            .select(posts::account_id);
        diesel::update(accounts::table.filter(accounts::id.eq_any(boosters)))
            .set(accounts::statuses_count.eq(accounts::statuses_count - 1))
            .execute(c)
    })?;
    Ok(())
}

/// Takes an account out of what its boosts, and others' boosts of its posts, have counted: the rows go with the account.
pub fn uncount_by(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    each!(tx, |c| {
        let theirs: Vec<Option<PostId>> = posts::table
            .filter(posts::account_id.eq(account))
            .filter(posts::reblog_of_id.is_not_null())
            .select(posts::reblog_of_id)
            .load(c)?;
        let theirs: Vec<PostId> = theirs.into_iter().flatten().collect();
        for theirs in theirs.chunks(1000) {
            diesel::update(posts::table.filter(posts::id.among(theirs)))
                .set(posts::reblogs_count.eq(posts::reblogs_count - 1))
                .execute(c)?;
        }
        let boosters: Vec<(AccountId, i64)> = posts::table
            .filter(posts::reblog_of_account_id.eq(account))
            .filter(posts::account_id.ne(account))
            .group_by(posts::account_id)
            .select((posts::account_id, count_star()))
            .load(c)?;
        for (booster, boosts) in boosters {
            diesel::update(accounts::table.find(booster))
                .set(accounts::statuses_count.eq(accounts::statuses_count - boosts))
                .execute(c)?;
        }
        Ok(())
    })
}

/// The inboxes of those elsewhere who boosted or favourited a post: their servers have it.
pub fn reached(db: &mut Conn, post: PostId) -> Result<Vec<String>> {
    each!(db, |c| {
        let mut ids: Vec<AccountId> = posts::table
            .filter(posts::reblog_of_id.eq(post))
            .select(posts::account_id)
            .load(c)?;
        let others: Vec<AccountId> = favourites::table
            .filter(favourites::post_id.eq(post))
            .select(favourites::account_id)
            .load(c)?;
        ids.extend(others);
        let mut inboxes = Vec::new();
        for ids in ids.chunks(1000) {
            let rows: Vec<(String, Option<String>)> = accounts::table
                .filter(accounts::id.among(ids))
                .filter(accounts::domain.is_not_null())
                .filter(accounts::suspended_at.is_null())
                .select((accounts::inbox_url, accounts::shared_inbox_url))
                .distinct()
                .load(c)?;
            inboxes.extend(
                rows.into_iter()
                    .map(|(inbox, shared)| shared.unwrap_or(inbox)),
            );
        }
        inboxes.sort_unstable();
        inboxes.dedup();
        Ok(inboxes)
    })
}
