//! Where applications want to be woken (Web Push), and the keys that push services know this server by.

use diesel::{dsl::exists, prelude::*};
use kontor_domain::{
    ids::{AccountId, PushId, TokenId},
    notification::PushPolicy,
    time::Time,
    user::UserState,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{access_tokens, accounts, push_keys, push_subscriptions, users},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = push_subscriptions)]
pub struct Subscription {
    pub id: PushId,
    pub token_id: TokenId,
    pub account_id: AccountId,
    pub endpoint: String,
    /// The public key of the client, and what it shares with whoever pushes: base64url.
    pub p256dh: String,
    pub auth: String,
    /// RFC 8291; the draft before it otherwise.
    pub standard: bool,
    /// JSON list of kinds of notifications.
    pub alerts: String,
    pub policy: PushPolicy,
    pub sealed_token: String,
    pub created_at: Time,
}

/// The private key, and the public one. `None`: not made yet.
pub fn keys(db: &mut Conn) -> Result<Option<(String, String)>> {
    each!(db, |c| Ok(push_keys::table
        .find(1)
        .select((push_keys::private_key, push_keys::public_key))
        .first(c)
        .optional()?))
}

/// Keeps these keys, unless there are some. What is in force afterwards, `keys` says.
pub fn insert_keys(tx: &mut Tx<'_>, private_key: &str, public_key: &str, now: Time) -> Result<()> {
    each!(tx, |c| diesel::insert_into(push_keys::table)
        .values((
            push_keys::id.eq(1),
            push_keys::private_key.eq(private_key),
            push_keys::public_key.eq(public_key),
            push_keys::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// In place of the one that the token had.
pub fn put(tx: &mut Tx<'_>, subscription: &Subscription) -> Result<()> {
    delete_of(tx, subscription.token_id)?;
    each!(tx, |c| diesel::insert_into(push_subscriptions::table)
        .values(subscription)
        .execute(c))?;
    Ok(())
}

pub fn of(db: &mut Conn, token: TokenId) -> Result<Option<Subscription>> {
    each!(db, |c| Ok(push_subscriptions::table
        .filter(push_subscriptions::token_id.eq(token))
        .select(Subscription::as_select())
        .first(c)
        .optional()?))
}

/// One whose token is still good, of somebody who may still sign in.
pub fn live(db: &mut Conn, id: PushId) -> Result<Option<Subscription>> {
    each!(db, |c| Ok(push_subscriptions::table
        .inner_join(access_tokens::table)
        .inner_join(users::table)
        .filter(push_subscriptions::id.eq(id))
        .filter(access_tokens::revoked_at.is_null())
        .filter(users::state.eq(UserState::Active))
        .filter(users::confirmed_at.is_not_null())
        .filter(exists(
            accounts::table
                .filter(accounts::id.eq(users::account_id))
                .filter(accounts::suspended_at.is_null()),
        ))
        .select(Subscription::as_select())
        .first(c)
        .optional()?))
}

/// Everything of these people.
pub fn of_accounts(db: &mut Conn, accounts: &[AccountId]) -> Result<Vec<Subscription>> {
    each!(db, |c| Ok(push_subscriptions::table
        .filter(push_subscriptions::account_id.among(accounts))
        .order(push_subscriptions::id.asc())
        .select(Subscription::as_select())
        .load(c)?))
}

pub fn change(tx: &mut Tx<'_>, id: PushId, alerts: &str, policy: PushPolicy) -> Result<()> {
    each!(tx, |c| diesel::update(push_subscriptions::table.find(id))
        .set((
            push_subscriptions::alerts.eq(alerts),
            push_subscriptions::policy.eq(policy),
        ))
        .execute(c))?;
    Ok(())
}

pub fn delete(tx: &mut Tx<'_>, id: PushId) -> Result<()> {
    each!(tx, |c| diesel::delete(push_subscriptions::table.find(id))
        .execute(c))?;
    Ok(())
}

pub fn delete_of(tx: &mut Tx<'_>, token: TokenId) -> Result<()> {
    each!(tx, |c| diesel::delete(
        push_subscriptions::table.filter(push_subscriptions::token_id.eq(token))
    )
    .execute(c))?;
    Ok(())
}
