//! Servers that a person wants to have nothing to do with. What the instance decides of servers is in `peers`; what follows for
//! timelines is in `aversions`.

use diesel::prelude::*;
use kontor_domain::{
    follow::FollowState,
    ids::{AccountId, DomainBlockId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    follows::Follow,
    schema::{accounts, domain_blocks, follows, notifications},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = domain_blocks)]
pub struct DomainBlock {
    pub id: DomainBlockId,
    pub account_id: AccountId,
    pub domain: String,
    pub created_at: Time,
}

/// `false`: there was one before.
pub fn insert_if_new(tx: &mut Tx<'_>, block: &DomainBlock) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(domain_blocks::table)
            .values(block)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// `false`: there was none.
pub fn delete(tx: &mut Tx<'_>, account: AccountId, domain: &str) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(
        domain_blocks::table
            .filter(domain_blocks::account_id.eq(account))
            .filter(domain_blocks::domain.eq(domain))
    )
    .execute(c))?;
    Ok(rows == 1)
}

/// Of these domains, those that the account keeps away from.
pub fn among(db: &mut Conn, account: AccountId, domains: &[&str]) -> Result<Vec<String>> {
    each!(db, |c| Ok(domain_blocks::table
        .filter(domain_blocks::account_id.eq(account))
        .filter(domain_blocks::domain.among(domains))
        .select(domain_blocks::domain)
        .load(c)?))
}

/// Of `people`, those who keep away from a domain.
pub fn by_people(db: &mut Conn, people: &[AccountId], domain: &str) -> Result<Vec<AccountId>> {
    each!(db, |c| Ok(domain_blocks::table
        .filter(domain_blocks::account_id.among(people))
        .filter(domain_blocks::domain.eq(domain))
        .select(domain_blocks::account_id)
        .load(c)?))
}

/// A page of the domains that an account keeps away from, newest first, with the rows that they are paged by.
pub fn by_account(db: &mut Conn, account: AccountId, page: &Page) -> Result<Vec<(i64, String)>> {
    each!(db, |c| {
        Ok(keyset!(
            domain_blocks::table
                .filter(domain_blocks::account_id.eq(account))
                .select((domain_blocks::id, domain_blocks::domain)),
            domain_blocks::id,
            page,
            c
        ))
    })
}

/// Some of the follows, either way, between an account and those of a domain.
pub fn some_follows(
    db: &mut Conn,
    account: AccountId,
    domain: &str,
    most: i64,
) -> Result<Vec<Follow>> {
    each!(db, |c| {
        let mut found: Vec<Follow> = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::target_id)))
            .filter(follows::follower_id.eq(account))
            .filter(accounts::domain.eq(domain))
            .limit(most)
            .select(Follow::as_select())
            .load(c)?;
        let to: Vec<Follow> = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::follower_id)))
            .filter(follows::target_id.eq(account))
            .filter(accounts::domain.eq(domain))
            .limit(most)
            .select(Follow::as_select())
            .load(c)?;
        found.extend(to);
        found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(found)
    })
}

/// How many of a domain the account follows, and how many of it follow the account.
pub fn count_follows(db: &mut Conn, account: AccountId, domain: &str) -> Result<(i64, i64)> {
    each!(db, |c| {
        let following = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::target_id)))
            .filter(follows::follower_id.eq(account))
            .filter(follows::state.eq(FollowState::Accepted))
            .filter(accounts::domain.eq(domain))
            .count()
            .get_result(c)?;
        let followers = follows::table
            .inner_join(accounts::table.on(accounts::id.eq(follows::follower_id)))
            .filter(follows::target_id.eq(account))
            .filter(follows::state.eq(FollowState::Accepted))
            .filter(accounts::domain.eq(domain))
            .count()
            .get_result(c)?;
        Ok((following, followers))
    })
}

/// What an account was told of by those of a domain goes.
pub fn forget_notifications(tx: &mut Tx<'_>, account: AccountId, domain: &str) -> Result<()> {
    each!(tx, |c| diesel::delete(
        notifications::table
            .filter(notifications::account_id.eq(account))
            .filter(
                notifications::from_account_id.eq_any(
                    accounts::table
                        .filter(accounts::domain.eq(domain))
                        .select(accounts::id)
                )
            )
    )
    .execute(c))?;
    Ok(())
}
