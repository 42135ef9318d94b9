//! What an instance counts of itself, for `NodeInfo` and the client API.

use diesel::prelude::*;
use kontor_domain::{peer::SuspendedBy, time::Time, user::UserState};

use crate::{
    Conn, Result,
    patterns::{ESCAPE, starting_with},
    schema::{accounts, posts, users},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Without those who wait for approval, here and below.
    pub users: i64,
    /// Here in the last 30 days.
    pub active_month: i64,
    /// Here in the last 180 days.
    pub active_half_year: i64,
    pub local_posts: i64,
    /// Domains of the accounts known here.
    pub peers: i64,
}

/// Looks up as little as there is: any account.
pub fn any(db: &mut Conn) -> Result<()> {
    let _any: Option<i64> = each!(db, |c| accounts::table
        .select(accounts::id)
        .first(c)
        .optional())?;
    Ok(())
}

pub fn counts(db: &mut Conn, now: Time) -> Result<Counts> {
    each!(db, |c| {
        let people = || {
            users::table
                .filter(users::state.ne(UserState::Pending))
                .filter(users::confirmed_at.is_not_null())
        };
        let active = |days| users::last_active_at.gt(now - chrono::Duration::days(days));
        Ok(Counts {
            users: people().count().get_result(c)?,
            active_month: people().filter(active(30)).count().get_result(c)?,
            active_half_year: people().filter(active(180)).count().get_result(c)?,
            local_posts: posts::table
                .filter(posts::local.eq(true))
                .count()
                .get_result(c)?,
            peers: accounts::table
                .select(diesel::dsl::count(accounts::domain).aggregate_distinct())
                .get_result(c)?,
        })
    })
}

/// Domains of the accounts known here that begin so, without those that are blocked.
pub fn peers_starting_with(db: &mut Conn, prefix: &str, limit: i64) -> Result<Vec<String>> {
    let like = starting_with(prefix);
    each!(db, |c| {
        let rows: Vec<Option<String>> = accounts::table
            .filter(accounts::domain.like(&like).escape(ESCAPE))
            .filter(
                accounts::suspended_by.is_null().or(accounts::suspended_by
                    .ne(SuspendedBy::Policy)
                    .assume_not_null()),
            )
            .select(accounts::domain)
            .distinct()
            .order(accounts::domain.asc())
            .limit(limit)
            .load(c)?;
        Ok(rows.into_iter().flatten().collect())
    })
}

/// Domains of the accounts known here, without those that are blocked.
pub fn peers(db: &mut Conn) -> Result<Vec<String>> {
    each!(db, |c| {
        let rows: Vec<Option<String>> = accounts::table
            .filter(accounts::domain.is_not_null())
            .filter(
                accounts::suspended_by.is_null().or(accounts::suspended_by
                    .ne(SuspendedBy::Policy)
                    .assume_not_null()),
            )
            .select(accounts::domain)
            .distinct()
            .order(accounts::domain.asc())
            .load(c)?;
        Ok(rows.into_iter().flatten().collect())
    })
}
