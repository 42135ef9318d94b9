//! Follows that ended because a person, or this server, keeps away from another: how many of whose.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, SeveranceId},
    notification::SeveranceKind,
    time::Time,
};

use crate::{Conn, Result, Tx, among::IsAmong, schema::severances};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = severances)]
pub struct Severance {
    pub id: SeveranceId,
    /// Whose follows.
    pub account_id: AccountId,
    pub kind: SeveranceKind,
    /// The domain.
    pub target_name: String,
    pub followers_count: i64,
    pub following_count: i64,
    pub created_at: Time,
}

/// Rows that one statement writes.
const AT_ONCE: usize = 100;

pub fn insert(tx: &mut Tx<'_>, rows: &[Severance]) -> Result<()> {
    for some in rows.chunks(AT_ONCE) {
        each!(tx, |c| diesel::insert_into(severances::table)
            .values(some)
            .execute(c))?;
    }
    Ok(())
}

/// More of the same ended.
pub fn add(tx: &mut Tx<'_>, id: SeveranceId, followers: i64, following: i64) -> Result<()> {
    each!(tx, |c| diesel::update(severances::table.find(id))
        .set((
            severances::followers_count.eq(severances::followers_count + followers),
            severances::following_count.eq(severances::following_count + following),
        ))
        .execute(c))?;
    Ok(())
}

pub fn by_ids(db: &mut Conn, ids: &[SeveranceId]) -> Result<Vec<Severance>> {
    each!(db, |c| Ok(severances::table
        .filter(severances::id.among(ids))
        .select(Severance::as_select())
        .load(c)?))
}

/// Those of these people by this server that began at `since` or later, the newest first.
pub fn by_server_since(db: &mut Conn, people: &[AccountId], since: Time) -> Result<Vec<Severance>> {
    each!(db, |c| Ok(severances::table
        .filter(severances::account_id.among(people))
        .filter(severances::created_at.ge(since))
        .filter(severances::kind.eq(SeveranceKind::DomainBlock))
        .order(severances::id.desc())
        .select(Severance::as_select())
        .load(c)?))
}
