//! Which post quotes which, and who may. Ids of posts leave here, their content never does: they are shown through a viewer.

use diesel::prelude::*;
use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId},
    page::Page,
    quote::{Policy, QuotePolicy, QuoteState},
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    audience::viewer_id,
    prepared::kept,
    schema::{posts, quote_policies, quotes, users},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = quotes, treat_none_as_default_value = false)]
pub struct Quote {
    pub post_id: PostId,
    pub quoted_uri: String,
    pub quoted_id: Option<PostId>,
    pub quoted_account_id: Option<AccountId>,
    pub state: QuoteState,
    pub request_uri: Option<String>,
    pub stamp_uri: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = quote_policies)]
struct PolicyRow {
    post_id: PostId,
    automatic: QuotePolicy,
    manual: QuotePolicy,
}

pub fn insert(tx: &mut Tx<'_>, quote: &Quote) -> Result<()> {
    each!(tx, |c| diesel::insert_into(quotes::table)
        .values(quote)
        .execute(c))?;
    Ok(())
}

/// A post quotes nothing any more.
pub fn delete(tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    each!(tx, |c| diesel::delete(quotes::table.find(post)).execute(c))?;
    Ok(())
}

/// What these posts quote.
pub fn of_posts(db: &mut Conn, ids: &[PostId]) -> Result<Vec<Quote>> {
    each!(db, |c| Ok(quotes::table
        .filter(quotes::post_id.among(ids))
        .select(Quote::as_select())
        .load(c)?))
}

pub fn of_post(db: &mut Conn, id: PostId) -> Result<Option<Quote>> {
    each!(db, |c| Ok(quotes::table
        .filter(quotes::post_id.eq(id))
        .select(Quote::as_select())
        .first(c)
        .optional()?))
}

pub fn by_request(db: &mut Conn, uri: &str) -> Result<Option<Quote>> {
    each!(db, |c| Ok(quotes::table
        .filter(quotes::request_uri.eq(uri))
        .select(Quote::as_select())
        .first(c)
        .optional()?))
}

pub fn by_stamp(db: &mut Conn, uri: &str) -> Result<Option<Quote>> {
    each!(db, |c| Ok(quotes::table
        .filter(quotes::stamp_uri.eq(uri))
        .select(Quote::as_select())
        .first(c)
        .optional()?))
}

pub fn set_state(
    tx: &mut Tx<'_>,
    post: PostId,
    state: QuoteState,
    stamp: Option<&str>,
) -> Result<()> {
    each!(tx, |c| diesel::update(quotes::table.find(post))
        .set((quotes::state.eq(state), quotes::stamp_uri.eq(stamp)))
        .execute(c))?;
    Ok(())
}

pub fn set_request(tx: &mut Tx<'_>, post: PostId, uri: &str) -> Result<()> {
    each!(tx, |c| diesel::update(quotes::table.find(post))
        .set(quotes::request_uri.eq(uri))
        .execute(c))?;
    Ok(())
}

/// Quotes of an address that was not known when they came.
pub fn waiting_for(db: &mut Conn, quoted_uri: &str) -> Result<Vec<Quote>> {
    each!(db, |c| Ok(quotes::table
        .filter(quotes::quoted_uri.eq(quoted_uri))
        .filter(quotes::quoted_id.is_null())
        .select(Quote::as_select())
        .load(c)?))
}

/// A quote finds the post that it quotes.
pub fn find_quoted(tx: &mut Tx<'_>, post: PostId, quoted: PostId, author: AccountId) -> Result<()> {
    each!(tx, |c| diesel::update(quotes::table.find(post))
        .set((
            quotes::quoted_id.eq(quoted),
            quotes::quoted_account_id.eq(author),
        ))
        .execute(c))?;
    Ok(())
}

/// The quoted post is gone: its quotes say so.
pub fn quoted_is_gone(tx: &mut Tx<'_>, quoted: PostId) -> Result<()> {
    each!(tx, |c| diesel::update(
        quotes::table.filter(quotes::quoted_id.eq(quoted))
    )
    .set(quotes::state.eq(QuoteState::Deleted))
    .execute(c))?;
    Ok(())
}

/// How often each of these posts is quoted, with leave, by posts that everyone may read.
pub fn counts(db: &mut Conn, ids: &[PostId]) -> Result<Vec<(PostId, i64)>> {
    let anyone = viewer_id(Viewer::Anyone);
    each!(db, |c| {
        let rows: Vec<(Option<PostId>, i64)> = quotes::table
            .inner_join(posts::table)
            .filter(quotes::quoted_id.among(ids))
            .filter(quotes::state.eq(QuoteState::Accepted))
            .filter(visible_to!(anyone))
            .group_by(quotes::quoted_id)
            .select((quotes::quoted_id, diesel::dsl::count_star()))
            .load(c)?;
        Ok(rows
            .into_iter()
            .filter_map(|(id, count)| Some((id?, count)))
            .collect())
    })
}

/// People here who quote a post with leave, each with the post that does.
pub fn by_people_here(db: &mut Conn, quoted: PostId) -> Result<Vec<(AccountId, PostId)>> {
    each!(db, |c| Ok(quotes::table
        .inner_join(posts::table)
        .inner_join(users::table.on(users::account_id.eq(posts::account_id)))
        .filter(quotes::quoted_id.eq(quoted))
        .filter(quotes::state.eq(QuoteState::Accepted))
        .select((posts::account_id, quotes::post_id))
        .load(c)?))
}

/// The posts that quote one with leave, as far as the viewer may read them, newest first.
pub fn page(db: &mut Conn, viewer: Viewer, quoted: PostId, page: &Page) -> Result<Vec<PostId>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| Ok(keyset!(
        quotes::table
            .inner_join(posts::table)
            .filter(quotes::quoted_id.eq(quoted))
            .filter(quotes::state.eq(QuoteState::Accepted))
            .filter(visible_to!(viewer))
            .select(quotes::post_id),
        quotes::post_id,
        page,
        c
    )))
}

/// The posts that wait for leave to quote one of `author`'s, as far as the author may read them, newest first.
pub fn waiting(db: &mut Conn, author: AccountId, page: &Page) -> Result<Vec<PostId>> {
    let viewer = viewer_id(Viewer::Account(author));
    each!(db, |c| Ok(keyset!(
        quotes::table
            .inner_join(posts::table)
            .filter(quotes::quoted_account_id.eq(author))
            .filter(quotes::state.eq(QuoteState::Pending))
            .filter(quotes::request_uri.is_not_null())
            .filter(visible_to!(viewer))
            .select(quotes::post_id),
        quotes::post_id,
        page,
        c
    )))
}

/// Says who may quote a post, in place of what was said before.
pub fn set_policy(tx: &mut Tx<'_>, post: PostId, policy: Policy) -> Result<()> {
    let row = PolicyRow {
        post_id: post,
        automatic: policy.automatic,
        manual: policy.manual,
    };
    each!(tx, |c| kept(
        diesel::insert_into(quote_policies::table)
            .values(&row)
            .on_conflict(quote_policies::post_id)
            .do_update()
            .set((
                quote_policies::automatic.eq(policy.automatic),
                quote_policies::manual.eq(policy.manual),
            ))
    )
    .execute(c))?;
    Ok(())
}

/// Who may quote these posts, where it is said.
pub fn policies(db: &mut Conn, ids: &[PostId]) -> Result<Vec<(PostId, Policy)>> {
    let rows: Vec<PolicyRow> = each!(db, |c| quote_policies::table
        .filter(quote_policies::post_id.among(ids))
        .select(PolicyRow::as_select())
        .load(c))?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let policy = Policy {
                automatic: row.automatic,
                manual: row.manual,
            };
            (row.post_id, policy)
        })
        .collect())
}
