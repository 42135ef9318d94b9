//! Who is told of what by whom: policies, permissions, and those whose notifications are held back.

use diesel::{dsl::count_star, prelude::*};
use kontor_domain::{
    audience::Audience,
    ids::{AccountId, NotificationRequestId, PostId},
    notification::{NotificationKind, PolicyAction},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    prepared::kept,
    schema::{
        notification_permissions, notification_policies, notification_requests, notifications,
        posts,
    },
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = notification_policies)]
pub struct Policy {
    pub account_id: AccountId,
    pub for_not_following: PolicyAction,
    pub for_not_followers: PolicyAction,
    pub for_new_accounts: PolicyAction,
    pub for_private_mentions: PolicyAction,
    pub for_limited_accounts: PolicyAction,
    pub for_bots: PolicyAction,
}

/// `None`: the person has not decided anything.
pub fn policy(db: &mut Conn, owner: AccountId) -> Result<Option<Policy>> {
    each!(db, |c| Ok(notification_policies::table
        .find(owner)
        .select(Policy::as_select())
        .first(c)
        .optional()?))
}

pub fn set_policy(tx: &mut Tx<'_>, policy: &Policy) -> Result<()> {
    each!(tx, |c| diesel::insert_into(notification_policies::table)
        .values(policy)
        .on_conflict(notification_policies::account_id)
        .do_update()
        .set(policy)
        .execute(c))?;
    Ok(())
}

pub fn permit(tx: &mut Tx<'_>, owner: AccountId, from: AccountId) -> Result<()> {
    each!(tx, |c| diesel::insert_into(notification_permissions::table)
        .values((
            notification_permissions::account_id.eq(owner),
            notification_permissions::from_account_id.eq(from),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

pub fn is_permitted(db: &mut Conn, owner: AccountId, from: AccountId) -> Result<bool> {
    each!(db, |c| Ok(diesel::select(diesel::dsl::exists(
        notification_permissions::table.find((owner, from))
    ))
    .get_result(c)?))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = notification_requests)]
pub struct Request {
    pub id: NotificationRequestId,
    pub account_id: AccountId,
    pub from_account_id: AccountId,
    pub created_at: Time,
    pub updated_at: Time,
}

/// Somebody is held back, or something more of them.
pub fn hold(tx: &mut Tx<'_>, request: &Request) -> Result<()> {
    each!(tx, |c| kept(
        diesel::insert_into(notification_requests::table)
            .values(request)
            .on_conflict((
                notification_requests::account_id,
                notification_requests::from_account_id,
            ))
            .do_update()
            .set(notification_requests::updated_at.eq(request.updated_at))
    )
    .execute(c))?;
    Ok(())
}

/// What was held may have gone since, with its post or by a block.
macro_rules! holds_something {
    () => {
        diesel::dsl::exists(
            notifications::table
                .filter(notifications::account_id.eq(notification_requests::account_id))
                .filter(notifications::from_account_id.eq(notification_requests::from_account_id))
                .filter(notifications::filtered),
        )
    };
}

/// A page of those who are held back from a person, newest first.
pub fn page(db: &mut Conn, owner: AccountId, page: &Page) -> Result<Vec<Request>> {
    each!(db, |c| {
        Ok(keyset!(
            notification_requests::table
                .filter(notification_requests::account_id.eq(owner))
                .filter(holds_something!())
                .select(Request::as_select()),
            notification_requests::id,
            page,
            c
        ))
    })
}

/// Those of these that are a person's own.
pub fn of(db: &mut Conn, owner: AccountId, ids: &[NotificationRequestId]) -> Result<Vec<Request>> {
    each!(db, |c| Ok(notification_requests::table
        .filter(notification_requests::id.among(ids))
        .filter(notification_requests::account_id.eq(owner))
        .select(Request::as_select())
        .load(c)?))
}

/// What is held back of some accounts: how much, and the newest post of it.
pub fn held(
    db: &mut Conn,
    owner: AccountId,
    from: &[AccountId],
) -> Result<Vec<(AccountId, i64, Option<PostId>)>> {
    each!(db, |c| Ok(notifications::table
        .filter(notifications::account_id.eq(owner))
        .filter(notifications::from_account_id.among(from))
        .filter(notifications::filtered)
        .group_by(notifications::from_account_id)
        .select((
            notifications::from_account_id,
            count_star(),
            diesel::dsl::max(notifications::post_id),
        ))
        .load(c)?))
}

/// The newest direct posts by which some accounts mention a person who does not hear them yet, oldest first. Says nothing of what
/// is in them.
pub fn held_mentions(
    db: &mut Conn,
    owner: AccountId,
    from: &[AccountId],
    most: i64,
) -> Result<Vec<PostId>> {
    each!(db, |c| {
        let posts: Vec<Option<PostId>> = notifications::table
            .inner_join(posts::table.on(posts::id.nullable().eq(notifications::post_id)))
            .filter(notifications::account_id.eq(owner))
            .filter(notifications::from_account_id.among(from))
            .filter(notifications::kind.eq(NotificationKind::Mention))
            .filter(notifications::filtered)
            .filter(posts::audience.eq(Audience::Direct))
            .order(notifications::post_id.desc())
            .limit(most)
            .select(notifications::post_id)
            .load(c)?;
        Ok(posts.into_iter().flatten().rev().collect())
    })
}

/// How many are held back, and how much of them.
pub fn pending(db: &mut Conn, owner: AccountId) -> Result<(i64, i64)> {
    each!(db, |c| {
        let requests = notification_requests::table
            .filter(notification_requests::account_id.eq(owner))
            .filter(holds_something!())
            .count()
            .get_result(c)?;
        let notifications = notifications::table
            .filter(notifications::account_id.eq(owner))
            .filter(notifications::filtered)
            .count()
            .get_result(c)?;
        Ok((requests, notifications))
    })
}

/// What was held back of some accounts is told.
pub fn release(tx: &mut Tx<'_>, owner: AccountId, from: &[AccountId]) -> Result<()> {
    each!(tx, |c| diesel::update(
        notifications::table
            .filter(notifications::account_id.eq(owner))
            .filter(notifications::from_account_id.among(from))
            .filter(notifications::filtered)
    )
    .set(notifications::filtered.eq(false))
    .execute(c))?;
    forget(tx, owner, from)
}

/// What was held back of some accounts goes.
pub fn drop_held(tx: &mut Tx<'_>, owner: AccountId, from: &[AccountId]) -> Result<()> {
    each!(tx, |c| diesel::delete(
        notifications::table
            .filter(notifications::account_id.eq(owner))
            .filter(notifications::from_account_id.among(from))
            .filter(notifications::filtered)
    )
    .execute(c))?;
    forget(tx, owner, from)
}

/// Nobody of them is held back any more.
pub fn forget(tx: &mut Tx<'_>, owner: AccountId, from: &[AccountId]) -> Result<()> {
    each!(tx, |c| diesel::delete(
        notification_requests::table
            .filter(notification_requests::account_id.eq(owner))
            .filter(notification_requests::from_account_id.among(from))
    )
    .execute(c))?;
    Ok(())
}
