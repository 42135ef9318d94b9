//! Films and sounds whose upload was answered before they were made ready, and those that cannot be.

use diesel::prelude::*;
use kontor_domain::ids::{AccountId, AttachmentId};

use crate::{Conn, Result, Tx, among::IsAmong, schema::unfinished_uploads};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = unfinished_uploads)]
pub struct Unfinished {
    pub attachment_id: AttachmentId,
    pub account_id: AccountId,
    /// The name of the file as it came.
    pub source: String,
    /// Why it cannot be made ready. `None`: it is worked on.
    pub reason: Option<String>,
    /// Begun so often, also where the process ended meanwhile.
    pub tries: i32,
}

pub fn insert(tx: &mut Tx<'_>, row: &Unfinished) -> Result<()> {
    each!(tx, |c| diesel::insert_into(unfinished_uploads::table)
        .values(row)
        .execute(c))?;
    Ok(())
}

/// Those of these uploads that are not ready.
pub fn among(db: &mut Conn, ids: &[AttachmentId]) -> Result<Vec<Unfinished>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    each!(db, |c| Ok(unfinished_uploads::table
        .filter(unfinished_uploads::attachment_id.among(ids))
        .order(unfinished_uploads::attachment_id.asc())
        .select(Unfinished::as_select())
        .load(c)?))
}

/// How many uploads of an account are worked on.
pub fn worked_on(db: &mut Conn, owner: AccountId) -> Result<i64> {
    each!(db, |c| Ok(unfinished_uploads::table
        .filter(unfinished_uploads::account_id.eq(owner))
        .filter(unfinished_uploads::reason.is_null())
        .count()
        .get_result(c)?))
}

/// Work on it begins once more: how often it has. `None`: it is not worked on, or has been begun so often as it may.
pub fn begin(tx: &mut Tx<'_>, id: AttachmentId, most: i32) -> Result<Option<i32>> {
    each!(tx, |c| Ok(diesel::update(
        unfinished_uploads::table.find(id)
    )
    .filter(unfinished_uploads::reason.is_null())
    .filter(unfinished_uploads::tries.lt(most))
    .set(unfinished_uploads::tries.eq(unfinished_uploads::tries + 1))
    .returning(unfinished_uploads::tries)
    .get_result(c)
    .optional()?))
}

/// That it was begun does not count.
pub fn give_back(tx: &mut Tx<'_>, id: AttachmentId) -> Result<()> {
    each!(tx, |c| diesel::update(unfinished_uploads::table.find(id))
        .filter(unfinished_uploads::tries.gt(0))
        .set(unfinished_uploads::tries.eq(unfinished_uploads::tries - 1))
        .execute(c))?;
    Ok(())
}

/// It cannot be made ready. `false`: it is not worked on.
pub fn fail(tx: &mut Tx<'_>, id: AttachmentId, reason: &str) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(unfinished_uploads::table.find(id))
        .filter(unfinished_uploads::reason.is_null())
        .set(unfinished_uploads::reason.eq(reason))
        .execute(c))?;
    Ok(rows == 1)
}

/// It is ready. `false`: it is not worked on.
pub fn finish(tx: &mut Tx<'_>, id: AttachmentId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(unfinished_uploads::table.find(id))
        .filter(unfinished_uploads::reason.is_null())
        .execute(c))?;
    Ok(rows == 1)
}

/// Which of these files, as they came, are still needed.
pub fn needed(db: &mut Conn, sources: &[String]) -> Result<Vec<String>> {
    each!(db, |c| Ok(unfinished_uploads::table
        .filter(unfinished_uploads::source.among(sources))
        .filter(unfinished_uploads::reason.is_null())
        .select(unfinished_uploads::source)
        .load(c)?))
}
