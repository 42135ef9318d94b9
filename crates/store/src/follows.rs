//! Who follows whom, asked for and accepted.

use diesel::prelude::*;
use kontor_domain::{
    follow::FollowState,
    ids::{AccountId, FollowId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    patterns::{ESCAPE, starting_with},
    schema::{accounts, follows, users},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = follows)]
pub struct Follow {
    pub id: FollowId,
    pub uri: String,
    pub follower_id: AccountId,
    pub target_id: AccountId,
    pub state: FollowState,
    pub show_reblogs: bool,
    pub notify: bool,
    /// JSON list.
    pub languages: String,
    pub created_at: Time,
}

/// What a follower may set of a follow.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = follows)]
pub struct Options {
    pub show_reblogs: Option<bool>,
    pub notify: Option<bool>,
    pub languages: Option<String>,
}

pub fn by_id(db: &mut Conn, id: FollowId) -> Result<Option<Follow>> {
    each!(db, |c| Ok(follows::table
        .find(id)
        .select(Follow::as_select())
        .first(c)
        .optional()?))
}

pub fn by_uri(db: &mut Conn, uri: &str) -> Result<Option<Follow>> {
    each!(db, |c| Ok(follows::table
        .filter(follows::uri.eq(uri))
        .select(Follow::as_select())
        .first(c)
        .optional()?))
}

pub fn between(db: &mut Conn, follower: AccountId, target: AccountId) -> Result<Option<Follow>> {
    each!(db, |c| {
        Ok(follows::table
            .filter(follows::follower_id.eq(follower))
            .filter(follows::target_id.eq(target))
            .select(Follow::as_select())
            .first(c)
            .optional()?)
    })
}

/// The follows from `one` to any of `others`, and from any of them to `one`: two queries.
pub fn around(
    db: &mut Conn,
    one: AccountId,
    others: &[AccountId],
) -> Result<(Vec<Follow>, Vec<Follow>)> {
    each!(db, |c| {
        let out = follows::table
            .filter(follows::follower_id.eq(one))
            .filter(follows::target_id.among(others))
            .select(Follow::as_select())
            .load(c)?;
        let back = follows::table
            .filter(follows::target_id.eq(one))
            .filter(follows::follower_id.among(others))
            .select(Follow::as_select())
            .load(c)?;
        Ok((out, back))
    })
}

/// Those of an account to these targets, in no order.
pub fn to_many(db: &mut Conn, follower: AccountId, targets: &[AccountId]) -> Result<Vec<Follow>> {
    each!(db, |c| Ok(follows::table
        .filter(follows::follower_id.eq(follower))
        .filter(follows::target_id.among(targets))
        .select(Follow::as_select())
        .load(c)?))
}

/// `false`: there is one between the two already.
pub fn insert_if_new(tx: &mut Tx<'_>, follow: &Follow) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(follows::table)
            .values(follow)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn set_options(tx: &mut Tx<'_>, id: FollowId, options: &Options) -> Result<()> {
    if options.show_reblogs.is_none() && options.notify.is_none() && options.languages.is_none() {
        return Ok(());
    }
    each!(tx, |c| diesel::update(follows::table.find(id))
        .set(options)
        .execute(c))?;
    Ok(())
}

/// The id that the other side gave its Follow.
pub fn set_uri(tx: &mut Tx<'_>, id: FollowId, uri: &str) -> Result<()> {
    each!(tx, |c| diesel::update(follows::table.find(id))
        .set(follows::uri.eq(uri))
        .execute(c))?;
    Ok(())
}

/// `false`: it was accepted before.
pub fn accept(tx: &mut Tx<'_>, id: FollowId) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::update(follows::table.find(id))
            .filter(follows::state.eq(FollowState::Pending))
            .set(follows::state.eq(FollowState::Accepted))
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// `false`: it was gone.
pub fn delete(tx: &mut Tx<'_>, id: FollowId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(follows::table.find(id)).execute(c))?;
    Ok(rows == 1)
}

/// Follows of `target` in this state, newest first, paged by the follow's own id.
pub fn of_target(
    db: &mut Conn,
    target: AccountId,
    state: FollowState,
    page: &Page,
) -> Result<Vec<Follow>> {
    each!(db, |c| {
        Ok(keyset!(
            follows::table
                .filter(follows::target_id.eq(target))
                .filter(follows::state.eq(state))
                .select(Follow::as_select()),
            follows::id,
            page,
            c
        ))
    })
}

/// Who waits for an answer of one of these, in no order: in the order of ids, and so many at most, PostgreSQL would go through all follows
/// in search of them.
pub fn pending_of(db: &mut Conn, targets: &[AccountId]) -> Result<Vec<(FollowId, AccountId)>> {
    each!(db, |c| Ok(follows::table
        .filter(follows::target_id.among(targets))
        .filter(follows::state.eq(FollowState::Pending))
        .select((follows::id, follows::follower_id))
        .load(c)?))
}

/// Follows by `follower` in this state, newest first, paged by the follow's own id.
pub fn by_follower(
    db: &mut Conn,
    follower: AccountId,
    state: FollowState,
    page: &Page,
) -> Result<Vec<Follow>> {
    each!(db, |c| {
        Ok(keyset!(
            follows::table
                .filter(follows::follower_id.eq(follower))
                .filter(follows::state.eq(state))
                .select(Follow::as_select()),
            follows::id,
            page,
            c
        ))
    })
}

pub fn count_requests(db: &mut Conn, target: AccountId) -> Result<i64> {
    each!(db, |c| {
        Ok(follows::table
            .filter(follows::target_id.eq(target))
            .filter(follows::state.eq(FollowState::Pending))
            .count()
            .get_result(c)?)
    })
}

/// Every follow that the account is part of.
pub fn touching(db: &mut Conn, account: AccountId) -> Result<Vec<Follow>> {
    each!(db, |c| {
        Ok(follows::table
            .filter(
                follows::follower_id
                    .eq(account)
                    .or(follows::target_id.eq(account)),
            )
            .select(Follow::as_select())
            .load(c)?)
    })
}

/// Somebody here who follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Follower {
    pub id: AccountId,
    /// They want to be told of each post.
    pub notify: bool,
}

/// Local people who follow `target` and were here since `active_since`: those whose home timeline is kept. With a language, those alone
/// who want posts in it.
pub fn local_followers(
    db: &mut Conn,
    target: AccountId,
    active_since: Time,
    language: Option<&str>,
) -> Result<Vec<Follower>> {
    each!(db, |c| {
        let all = follows::table
            .inner_join(users::table.on(users::account_id.eq(follows::follower_id)))
            .filter(follows::target_id.eq(target))
            .filter(follows::state.eq(FollowState::Accepted))
            .filter(users::last_active_at.ge(active_since))
            .select((follows::follower_id, follows::notify));
        Ok(match language {
            Some(language) => all
                .filter(
                    follows::languages
                        .eq("[]")
                        .or(follows::languages.like(format!("%\"{language}\"%"))),
                )
                .load(c)?,
            None => all.load(c)?,
        })
    })
}

/// Of `owners`, those who want to see what `target` boosts.
pub fn wanting_boosts(
    db: &mut Conn,
    owners: &[AccountId],
    target: AccountId,
) -> Result<Vec<AccountId>> {
    each!(db, |c| {
        Ok(follows::table
            .filter(follows::target_id.eq(target))
            .filter(follows::state.eq(FollowState::Accepted))
            .filter(follows::show_reblogs.eq(true))
            .filter(follows::follower_id.among(owners))
            .select(follows::follower_id)
            .load(c)?)
    })
}

/// Where remote followers of `target` are reached: shared inbox (or own), each once. The database keeps it with the follow, so that no account
/// is read.
pub fn follower_inboxes(db: &mut Conn, target: AccountId) -> Result<Vec<String>> {
    each!(db, |c| {
        Ok(follows::table
            .filter(follows::target_id.eq(target))
            .filter(follows::state.eq(FollowState::Accepted))
            .filter(follows::inbox.is_not_null())
            .select(follows::inbox.assume_not_null())
            .distinct()
            .load(c)?)
    })
}

/// Is somebody here an accepted follower of this account?
pub fn any_local_follower(db: &mut Conn, target: AccountId) -> Result<bool> {
    each!(db, |c| {
        Ok(diesel::select(diesel::dsl::exists(
            follows::table
                .inner_join(users::table.on(users::account_id.eq(follows::follower_id)))
                .filter(follows::target_id.eq(target))
                .filter(follows::state.eq(FollowState::Accepted)),
        ))
        .get_result(c)?)
    })
}

/// Local followers of `target`, by the ids of their follows, those after `after`.
pub fn local_after(
    db: &mut Conn,
    target: AccountId,
    after: FollowId,
    limit: i64,
) -> Result<Vec<(FollowId, AccountId)>> {
    each!(db, |c| {
        Ok(follows::table
            .inner_join(users::table.on(users::account_id.eq(follows::follower_id)))
            .filter(follows::target_id.eq(target))
            .filter(follows::state.eq(FollowState::Accepted))
            .filter(follows::id.gt(after))
            .order(follows::id.asc())
            .limit(limit)
            .select((follows::id, follows::follower_id))
            .load(c)?)
    })
}

/// Some of the follows that the account is part of.
pub fn some_touching(db: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<Follow>> {
    each!(db, |c| {
        Ok(follows::table
            .filter(
                follows::follower_id
                    .eq(account)
                    .or(follows::target_id.eq(account)),
            )
            .limit(limit)
            .select(Follow::as_select())
            .load(c)?)
    })
}

/// The ids of the accepted followers of `target` whose ids begin so, for followers synchronisation (FEP-8fcf).
pub fn follower_uris_on(db: &mut Conn, target: AccountId, base: &str) -> Result<Vec<String>> {
    let like = starting_with(&format!("{base}/"));
    each!(db, |c| {
        Ok(follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::follower_id)))
            .filter(follows::target_id.eq(target))
            .filter(follows::state.eq(FollowState::Accepted))
            .filter(accounts::uri.like(&like).escape(ESCAPE))
            .order(accounts::id.asc())
            .select(accounts::uri)
            .load(c)?)
    })
}
