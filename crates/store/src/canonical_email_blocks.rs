//! Mail addresses that nobody registers with, as hashes.

use diesel::prelude::*;
use kontor_domain::{ids::CanonicalEmailBlockId, page::Page, time::Time};

use crate::{Conn, Result, Tx, among::IsAmong, schema::canonical_email_blocks};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = canonical_email_blocks)]
pub struct CanonicalEmailBlock {
    pub id: CanonicalEmailBlockId,
    pub hash: String,
    pub created_at: Time,
}

/// `false`: it was there before.
pub fn insert_if_new(tx: &mut Tx<'_>, block: &CanonicalEmailBlock) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(canonical_email_blocks::table)
            .values(block)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn by_id(db: &mut Conn, id: CanonicalEmailBlockId) -> Result<Option<CanonicalEmailBlock>> {
    each!(db, |c| Ok(canonical_email_blocks::table
        .find(id)
        .select(CanonicalEmailBlock::as_select())
        .first(c)
        .optional()?))
}

/// `false`: it was not there.
pub fn delete(tx: &mut Tx<'_>, id: CanonicalEmailBlockId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(
        canonical_email_blocks::table.find(id)
    )
    .execute(c))?;
    Ok(rows == 1)
}

/// Newest first.
pub fn page(db: &mut Conn, page: &Page) -> Result<Vec<CanonicalEmailBlock>> {
    each!(db, |c| {
        Ok(keyset!(
            canonical_email_blocks::table.select(CanonicalEmailBlock::as_select()),
            canonical_email_blocks::id,
            page,
            c
        ))
    })
}

/// Those of these that are there.
pub fn among(db: &mut Conn, values: &[String]) -> Result<Vec<CanonicalEmailBlock>> {
    each!(db, |c| Ok(canonical_email_blocks::table
        .filter(canonical_email_blocks::hash.among(values))
        .select(CanonicalEmailBlock::as_select())
        .load(c)?))
}
