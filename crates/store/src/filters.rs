//! What people want to be warned of: filters, with the words and the posts that they catch.

use diesel::prelude::*;
use kontor_domain::{
    filter::FilterAction,
    ids::{AccountId, FilterId, FilterKeywordId, FilterPostId, PostId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{filter_keywords, filter_posts, filters},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = filters)]
pub struct Filter {
    pub id: FilterId,
    pub account_id: AccountId,
    pub title: String,
    /// JSON list of `domain::filter::FilterContext`.
    pub contexts: String,
    pub action: FilterAction,
    /// `None`: until it is deleted.
    pub expires_at: Option<Time>,
    pub created_at: Time,
}

/// What may change of a filter; `None`: it stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, AsChangeset)]
#[diesel(table_name = filters)]
pub struct Change {
    pub title: Option<String>,
    pub contexts: Option<String>,
    pub action: Option<FilterAction>,
    pub expires_at: Option<Option<Time>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = filter_keywords)]
pub struct Keyword {
    pub id: FilterKeywordId,
    pub filter_id: FilterId,
    pub keyword: String,
    pub whole_word: bool,
}

/// A post that a filter catches by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = filter_posts)]
pub struct FilterPost {
    pub id: FilterPostId,
    pub filter_id: FilterId,
    pub post_id: PostId,
}

pub fn insert(tx: &mut Tx<'_>, filter: &Filter) -> Result<()> {
    each!(tx, |c| diesel::insert_into(filters::table)
        .values(filter)
        .execute(c))?;
    Ok(())
}

pub fn change(tx: &mut Tx<'_>, id: FilterId, change: &Change) -> Result<()> {
    if *change == Change::default() {
        return Ok(());
    }
    each!(tx, |c| diesel::update(filters::table.find(id))
        .set(change)
        .execute(c))?;
    Ok(())
}

pub fn delete(tx: &mut Tx<'_>, id: FilterId) -> Result<()> {
    each!(tx, |c| diesel::delete(filters::table.find(id)).execute(c))?;
    Ok(())
}

/// Somebody's own filter.
pub fn of(db: &mut Conn, owner: AccountId, id: FilterId) -> Result<Option<Filter>> {
    each!(db, |c| Ok(filters::table
        .find(id)
        .filter(filters::account_id.eq(owner))
        .select(Filter::as_select())
        .first(c)
        .optional()?))
}

/// Every filter of a person, in the order in which they were made.
pub fn by_account(db: &mut Conn, owner: AccountId) -> Result<Vec<Filter>> {
    each!(db, |c| Ok(filters::table
        .filter(filters::account_id.eq(owner))
        .order(filters::id.asc())
        .select(Filter::as_select())
        .load(c)?))
}

/// The keywords of these filters, in the order in which they were made.
pub fn keywords(db: &mut Conn, ids: &[FilterId]) -> Result<Vec<Keyword>> {
    each!(db, |c| Ok(filter_keywords::table
        .filter(filter_keywords::filter_id.among(ids))
        .order(filter_keywords::id.asc())
        .select(Keyword::as_select())
        .load(c)?))
}

/// The posts that these filters catch by themselves. Says nothing of what is in them.
pub fn posts(db: &mut Conn, ids: &[FilterId]) -> Result<Vec<FilterPost>> {
    each!(db, |c| Ok(filter_posts::table
        .filter(filter_posts::filter_id.among(ids))
        .order(filter_posts::id.asc())
        .select(FilterPost::as_select())
        .load(c)?))
}

/// Those of these posts that one of these filters catches by itself.
pub fn posts_among(db: &mut Conn, ids: &[FilterId], among: &[PostId]) -> Result<Vec<FilterPost>> {
    each!(db, |c| Ok(filter_posts::table
        .filter(filter_posts::filter_id.among(ids))
        .filter(filter_posts::post_id.among(among))
        .order(filter_posts::id.asc())
        .select(FilterPost::as_select())
        .load(c)?))
}

/// A keyword of somebody's own, with its filter.
pub fn keyword_of(
    db: &mut Conn,
    owner: AccountId,
    id: FilterKeywordId,
) -> Result<Option<(Filter, Keyword)>> {
    each!(db, |c| Ok(filters::table
        .inner_join(filter_keywords::table)
        .filter(filter_keywords::id.eq(id))
        .filter(filters::account_id.eq(owner))
        .select((Filter::as_select(), Keyword::as_select()))
        .first(c)
        .optional()?))
}

pub fn insert_keyword(tx: &mut Tx<'_>, keyword: &Keyword) -> Result<()> {
    each!(tx, |c| diesel::insert_into(filter_keywords::table)
        .values(keyword)
        .execute(c))?;
    Ok(())
}

/// Replaces what a keyword says.
pub fn set_keyword(tx: &mut Tx<'_>, keyword: &Keyword) -> Result<()> {
    each!(tx, |c| diesel::update(
        filter_keywords::table.find(keyword.id)
    )
    .set((
        filter_keywords::keyword.eq(&keyword.keyword),
        filter_keywords::whole_word.eq(keyword.whole_word),
    ))
    .execute(c))?;
    Ok(())
}

pub fn delete_keyword(tx: &mut Tx<'_>, id: FilterKeywordId) -> Result<()> {
    each!(tx, |c| diesel::delete(filter_keywords::table.find(id))
        .execute(c))?;
    Ok(())
}

/// `false`: the filter catches it already.
pub fn insert_post(tx: &mut Tx<'_>, row: FilterPost) -> Result<bool> {
    let rows = each!(tx, |c| diesel::insert_into(filter_posts::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

pub fn post_of(db: &mut Conn, owner: AccountId, id: FilterPostId) -> Result<Option<FilterPost>> {
    each!(db, |c| Ok(filter_posts::table
        .inner_join(filters::table)
        .filter(filter_posts::id.eq(id))
        .filter(filters::account_id.eq(owner))
        .select(FilterPost::as_select())
        .first(c)
        .optional()?))
}

pub fn delete_post(tx: &mut Tx<'_>, id: FilterPostId) -> Result<()> {
    each!(tx, |c| diesel::delete(filter_posts::table.find(id))
        .execute(c))?;
    Ok(())
}
