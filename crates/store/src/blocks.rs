//! Who blocks whom. What follows for reading is in `audience`.

use diesel::{dsl::exists, prelude::*};
use kontor_domain::{
    ids::{AccountId, BlockId},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    marks::{self, Slot},
    prepared::Bind,
    schema::{blocks, users},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = blocks)]
pub struct Block {
    pub id: BlockId,
    pub uri: String,
    pub account_id: AccountId,
    pub target_id: AccountId,
    pub created_at: Time,
}

/// `false`: there was one before, or the id is taken.
pub fn insert_if_new(tx: &mut Tx<'_>, block: &Block) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(blocks::table)
            .values(block)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// `false`: it was gone.
pub fn delete(tx: &mut Tx<'_>, id: BlockId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(blocks::table.find(id)).execute(c))?;
    Ok(rows == 1)
}

pub fn by_id(db: &mut Conn, id: BlockId) -> Result<Option<Block>> {
    each!(db, |c| Ok(blocks::table
        .find(id)
        .select(Block::as_select())
        .first(c)
        .optional()?))
}

pub fn by_uri(db: &mut Conn, uri: &str) -> Result<Option<Block>> {
    each!(db, |c| Ok(blocks::table
        .filter(blocks::uri.eq(uri))
        .select(Block::as_select())
        .first(c)
        .optional()?))
}

pub fn of(db: &mut Conn, account: AccountId, target: AccountId) -> Result<Option<Block>> {
    each!(db, |c| Ok(blocks::table
        .filter(blocks::account_id.eq(account))
        .filter(blocks::target_id.eq(target))
        .select(Block::as_select())
        .first(c)
        .optional()?))
}

/// Does one of the two block the other?
pub fn between(db: &mut Conn, one: AccountId, other: AccountId) -> Result<bool> {
    each!(db, |c| {
        let there = blocks::account_id.eq(one).and(blocks::target_id.eq(other));
        let back = blocks::account_id.eq(other).and(blocks::target_id.eq(one));
        Ok(diesel::select(exists(blocks::table.filter(there.or(back)))).get_result(c)?)
    })
}

macro_rules! around {
    ($with:literal, $from:literal, $is_wanted:literal) => {
        concat!(
            $with,
            "SELECT 0 AS mark, target_id AS id FROM ",
            $from,
            "blocks WHERE account_id = ? AND target_id ",
            $is_wanted,
            " UNION ALL SELECT 1, account_id FROM ",
            $from,
            "blocks WHERE target_id = ? AND account_id ",
            $is_wanted,
        )
    };
}

/// Of `others`, those whom `one` blocks, and those who block `one`.
pub fn around(
    db: &mut Conn,
    one: AccountId,
    others: &[AccountId],
) -> Result<(Vec<AccountId>, Vec<AccountId>)> {
    let others = Bind::numbers(others.iter().map(|id| id.0));
    let by = Slot::Other(Bind::Big(one.0));
    let slots = [by.clone(), Slot::Wanted, by, Slot::Wanted];
    let found = marks::of(
        db,
        &among_ids!(around),
        (others, &slots),
        &[false, true],
        AccountId,
    )?;
    let (back, out): (Vec<_>, Vec<_>) = found.into_iter().partition(|(back, _)| *back);
    let ids = |some: Vec<(bool, AccountId)>| some.into_iter().map(|(_, id)| id).collect();
    Ok((ids(out), ids(back)))
}

/// A page of those whom an account blocks, newest first.
pub fn by_account(db: &mut Conn, account: AccountId, page: &Page) -> Result<Vec<(i64, AccountId)>> {
    each!(db, |c| {
        Ok(keyset!(
            blocks::table
                .filter(blocks::account_id.eq(account))
                .select((blocks::id, blocks::target_id)),
            blocks::id,
            page,
            c
        ))
    })
}

/// People here who block an account: the block's id and whose it is, the oldest first, after `after`.
pub fn of_target_here(
    db: &mut Conn,
    target: AccountId,
    after: BlockId,
    limit: i64,
) -> Result<Vec<(BlockId, AccountId)>> {
    each!(db, |c| {
        Ok(blocks::table
            .inner_join(users::table.on(users::account_id.eq(blocks::account_id)))
            .filter(blocks::target_id.eq(target))
            .filter(blocks::id.gt(after))
            .order(blocks::id.asc())
            .limit(limit)
            .select((blocks::id, blocks::account_id))
            .load(c)?)
    })
}
