//! Films and sounds whose upload was answered before they were made ready, and those that cannot be.

use diesel::prelude::*;
use kontor_domain::ids::{AccountId, AttachmentId};

use crate::{Conn, Result, Tx, schema::unfinished_uploads};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = unfinished_uploads)]
pub struct Unfinished {
    pub attachment_id: AttachmentId,
    pub account_id: AccountId,
    /// The name of the file as it came.
    pub source: String,
    /// Why it cannot be made ready. `None`: it is worked on.
    pub reason: Option<String>,
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
        .filter(unfinished_uploads::attachment_id.eq_any(ids))
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
        .filter(unfinished_uploads::source.eq_any(sources))
        .filter(unfinished_uploads::reason.is_null())
        .select(unfinished_uploads::source)
        .load(c)?))
}
