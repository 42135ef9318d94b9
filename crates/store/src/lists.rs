//! Lists of accounts, each somebody's own, and who is in them. Their timelines are in `list_entries`.

use std::collections::HashSet;

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, ListId, ListMemberId},
    list::RepliesPolicy,
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{list_members, lists},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = lists)]
pub struct List {
    pub id: ListId,
    pub account_id: AccountId,
    pub title: String,
    pub replies_policy: RepliesPolicy,
    /// Its members are not at home.
    pub exclusive: bool,
    pub created_at: Time,
}

/// What may change of a list; `None`: it stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, AsChangeset)]
#[diesel(table_name = lists)]
pub struct Change {
    pub title: Option<String>,
    pub replies_policy: Option<RepliesPolicy>,
    pub exclusive: Option<bool>,
}

pub fn insert(tx: &mut Tx<'_>, list: &List) -> Result<()> {
    each!(tx, |c| diesel::insert_into(lists::table)
        .values(list)
        .execute(c))?;
    Ok(())
}

pub fn change(tx: &mut Tx<'_>, id: ListId, change: &Change) -> Result<()> {
    if *change == Change::default() {
        return Ok(());
    }
    each!(tx, |c| diesel::update(lists::table.find(id))
        .set(change)
        .execute(c))?;
    Ok(())
}

/// `false`: this person has no such list.
pub fn delete(tx: &mut Tx<'_>, owner: AccountId, id: ListId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(
        lists::table.find(id).filter(lists::account_id.eq(owner))
    )
    .execute(c))?;
    Ok(rows == 1)
}

/// Somebody's own list.
pub fn of(db: &mut Conn, owner: AccountId, id: ListId) -> Result<Option<List>> {
    each!(db, |c| Ok(lists::table
        .find(id)
        .filter(lists::account_id.eq(owner))
        .select(List::as_select())
        .first(c)
        .optional()?))
}

/// Every list of a person, in the order in which they were made.
pub fn by_account(db: &mut Conn, owner: AccountId) -> Result<Vec<List>> {
    each!(db, |c| Ok(lists::table
        .filter(lists::account_id.eq(owner))
        .order(lists::id.asc())
        .select(List::as_select())
        .load(c)?))
}

/// The lists of a person that an account is in.
pub fn holding(db: &mut Conn, owner: AccountId, member: AccountId) -> Result<Vec<List>> {
    each!(db, |c| Ok(lists::table
        .inner_join(list_members::table)
        .filter(lists::account_id.eq(owner))
        .filter(list_members::account_id.eq(member))
        .order(lists::id.asc())
        .select(List::as_select())
        .load(c)?))
}

/// `false`: it was in the list before.
pub fn add_member(
    tx: &mut Tx<'_>,
    id: ListMemberId,
    list: ListId,
    member: AccountId,
) -> Result<bool> {
    let rows = each!(tx, |c| diesel::insert_into(list_members::table)
        .values((
            list_members::id.eq(id),
            list_members::list_id.eq(list),
            list_members::account_id.eq(member),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

pub fn remove_members(tx: &mut Tx<'_>, list: ListId, members: &[AccountId]) -> Result<()> {
    each!(tx, |c| diesel::delete(
        list_members::table
            .filter(list_members::list_id.eq(list))
            .filter(list_members::account_id.among(members))
    )
    .execute(c))?;
    Ok(())
}

/// A page of the members of a list, the newest first, with the rows that they are paged by.
pub fn members(db: &mut Conn, list: ListId, page: &Page) -> Result<Vec<(i64, AccountId)>> {
    each!(db, |c| {
        Ok(keyset!(
            list_members::table
                .filter(list_members::list_id.eq(list))
                .select((list_members::id, list_members::account_id)),
            list_members::id,
            page,
            c
        ))
    })
}

/// The lists that an author's posts enter: those of `owners`, and the author's own, that the author is in.
pub fn wanting(db: &mut Conn, owners: &[AccountId], author: AccountId) -> Result<Vec<ListId>> {
    let found: Vec<(ListId, AccountId)> = each!(db, |c| list_members::table
        .inner_join(lists::table)
        .filter(list_members::account_id.eq(author))
        .select((lists::id, lists::account_id))
        .load(c)?);
    let owners: HashSet<AccountId> = owners.iter().copied().chain([author]).collect();
    Ok(found
        .into_iter()
        .filter(|(_, owner)| owners.contains(owner))
        .map(|(list, _)| list)
        .collect())
}
