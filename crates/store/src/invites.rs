//! Links that make an account: the first administrator's, and invitations.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, InviteId},
    time::Time,
    user::Role,
};

use crate::among::IsAmong;
use crate::{Conn, Result, Tx, schema::invites};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = invites)]
pub struct Invite {
    pub id: InviteId,
    pub code_hash: String,
    pub created_by: Option<AccountId>,
    pub role: Role,
    pub max_uses: i64,
    pub uses: i64,
    pub expires_at: Time,
    pub created_at: Time,
}

impl Invite {
    pub fn is_open(&self, now: Time) -> bool {
        self.uses < self.max_uses && self.expires_at > now
    }
}

pub fn insert(tx: &mut Tx<'_>, invite: &Invite) -> Result<()> {
    each!(tx, |c| diesel::insert_into(invites::table)
        .values(invite)
        .execute(c))?;
    Ok(())
}

/// Who made these invitations.
pub fn makers(db: &mut Conn, ids: &[InviteId]) -> Result<Vec<(InviteId, Option<AccountId>)>> {
    each!(db, |c| Ok(invites::table
        .filter(invites::id.among(ids))
        .select((invites::id, invites::created_by))
        .load(c)?))
}

pub fn by_hash(db: &mut Conn, hash: &str) -> Result<Option<Invite>> {
    each!(db, |c| Ok(invites::table
        .filter(invites::code_hash.eq(hash))
        .select(Invite::as_select())
        .first(c)
        .optional()?))
}

pub fn by_creator(db: &mut Conn, by: AccountId, limit: i64) -> Result<Vec<Invite>> {
    each!(db, |c| {
        Ok(invites::table
            .filter(invites::created_by.eq(by))
            .order(invites::id.desc())
            .limit(limit)
            .select(Invite::as_select())
            .load(c)?)
    })
}

/// Takes one use. `false`: there is none left.
pub fn take(tx: &mut Tx<'_>, id: InviteId, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::update(invites::table.find(id))
            .filter(invites::uses.lt(invites::max_uses))
            .filter(invites::expires_at.gt(now))
            .set(invites::uses.eq(invites::uses + 1))
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// Ends the open links of a role that nobody signed for: a new setup link replaces the one before.
pub fn expire_unsigned(tx: &mut Tx<'_>, role: Role, now: Time) -> Result<()> {
    each!(tx, |c| {
        diesel::update(invites::table)
            .filter(invites::created_by.is_null())
            .filter(invites::role.eq(role))
            .filter(invites::expires_at.gt(now))
            .set(invites::expires_at.eq(now))
            .execute(c)
    })?;
    Ok(())
}

pub fn revoke(tx: &mut Tx<'_>, id: InviteId, by: AccountId, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::update(invites::table.find(id))
            .filter(invites::created_by.eq(by))
            .set(invites::expires_at.eq(now))
            .execute(c)
    })?;
    Ok(rows == 1)
}
