//! What belongs to a local account that a person signs in to.

use diesel::prelude::*;
use kontor_domain::{
    audience::Audience,
    ids::{AccountId, InviteId},
    quote::QuotePolicy,
    time::Time,
    user::{Role, UserState},
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::users,
    streams::{self, News},
};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
pub struct User {
    pub account_id: AccountId,
    pub email: Option<String>,
    pub password_hash: Option<String>,
    pub role: Role,
    pub state: UserState,
    pub reason: Option<String>,
    pub invite_id: Option<InviteId>,
    pub default_audience: Audience,
    pub default_sensitive: bool,
    pub default_language: Option<String>,
    pub created_at: Time,
    pub last_active_at: Time,
    /// `None`: a mail was sent to the address, and its link was not followed yet.
    pub confirmed_at: Option<Time>,
    /// Who may quote a post of theirs when they say nothing of it.
    pub default_quote_policy: QuotePolicy,
}

impl User {
    /// Do they wait to be approved, or have they yet to confirm their address? Until then they are not here.
    pub fn waits(&self) -> bool {
        self.state == UserState::Pending || self.confirmed_at.is_none()
    }
}

/// Without the mail address and the hash.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("account_id", &self.account_id)
            .field("role", &self.role)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

pub fn insert(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    each!(tx, |c| diesel::insert_into(users::table)
        .values(user)
        .execute(c))?;
    Ok(())
}

pub fn by_id(db: &mut Conn, id: AccountId) -> Result<Option<User>> {
    each!(db, |c| Ok(users::table
        .find(id)
        .select(User::as_select())
        .first(c)
        .optional()?))
}

/// `email` in lower case.
pub fn by_email(db: &mut Conn, email: &str) -> Result<Option<User>> {
    each!(db, |c| Ok(users::table
        .filter(users::email.eq(email))
        .select(User::as_select())
        .first(c)
        .optional()?))
}

pub fn by_ids(db: &mut Conn, ids: &[AccountId]) -> Result<Vec<User>> {
    each!(db, |c| Ok(users::table
        .filter(users::account_id.among(ids))
        .select(User::as_select())
        .load(c)?))
}

pub fn any_admin(db: &mut Conn) -> Result<bool> {
    each!(db, |c| Ok(diesel::select(diesel::dsl::exists(
        users::table.filter(users::role.eq(Role::Admin))
    ))
    .get_result(c)?))
}

/// Those who look after people: moderators and administrators who may sign in.
pub fn moderators(db: &mut Conn) -> Result<Vec<AccountId>> {
    each!(db, |c| Ok(users::table
        .filter(
            users::role
                .eq(Role::Moderator)
                .or(users::role.eq(Role::Admin))
        )
        .filter(users::state.eq(UserState::Active))
        .filter(users::confirmed_at.is_not_null())
        .order(users::account_id.asc())
        .select(users::account_id)
        .load(c)?))
}

pub fn set_password(tx: &mut Tx<'_>, id: AccountId, hash: &str) -> Result<()> {
    each!(tx, |c| diesel::update(users::table.find(id))
        .set(users::password_hash.eq(hash))
        .execute(c))?;
    Ok(())
}

pub fn set_active(tx: &mut Tx<'_>, id: AccountId, now: Time) -> Result<()> {
    each!(tx, |c| diesel::update(users::table.find(id))
        .set(users::last_active_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Waiting for approval, oldest first; those whose address is not confirmed wait for that first.
pub fn pending(db: &mut Conn, limit: i64) -> Result<Vec<User>> {
    each!(db, |c| {
        Ok(users::table
            .filter(users::state.eq(UserState::Pending))
            .filter(users::confirmed_at.is_not_null())
            .order(users::account_id.asc())
            .limit(limit)
            .select(User::as_select())
            .load(c)?)
    })
}

pub fn set_state(tx: &mut Tx<'_>, id: AccountId, state: UserState) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(users::table.find(id))
        .set(users::state.eq(state))
        .execute(c))?;
    streams::tell(tx, &News::Shut { account: id });
    Ok(rows == 1)
}

/// The address is theirs. `false`: that was known.
pub fn confirm(tx: &mut Tx<'_>, id: AccountId, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(users::table.find(id))
        .filter(users::confirmed_at.is_null())
        .set(users::confirmed_at.eq(now))
        .execute(c))?;
    Ok(rows == 1)
}

/// Another address, in lower case, for somebody who has not confirmed theirs. An error: somebody else has it.
pub fn set_unconfirmed_email(tx: &mut Tx<'_>, id: AccountId, email: &str) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(users::table.find(id))
        .filter(users::confirmed_at.is_null())
        .set(users::email.eq(email))
        .execute(c))?;
    Ok(rows == 1)
}

/// Those who registered before this time and never confirmed their address, oldest first.
pub fn unconfirmed_since(db: &mut Conn, before: Time, limit: i64) -> Result<Vec<AccountId>> {
    each!(db, |c| Ok(users::table
        .filter(users::confirmed_at.is_null())
        .filter(users::created_at.lt(before))
        .order(users::created_at.asc())
        .limit(limit)
        .select(users::account_id)
        .load(c)?))
}

/// What new posts start with.
pub fn set_defaults(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    each!(tx, |c| {
        diesel::update(users::table.find(user.account_id))
            .set((
                users::default_audience.eq(user.default_audience),
                users::default_sensitive.eq(user.default_sensitive),
                users::default_language.eq(&user.default_language),
                users::default_quote_policy.eq(user.default_quote_policy),
            ))
            .execute(c)
    })?;
    Ok(())
}

/// The person behind an account goes, with sessions, tokens, notifications and the home timeline. `false`: there was none.
pub fn delete(tx: &mut Tx<'_>, id: AccountId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(users::table.find(id)).execute(c))?;
    streams::tell(tx, &News::Shut { account: id });
    Ok(rows == 1)
}
