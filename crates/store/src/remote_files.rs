//! Files of posts of other servers that are kept here for a while. Who may have one is decided by its post.

use diesel::{QueryableByName, prelude::*, sql_query, sql_types::BigInt};
use kontor_domain::{
    attachment::Form,
    ids::{AttachmentId, PostId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{attachments, remote_files},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = remote_files)]
pub struct Kept {
    pub attachment_id: AttachmentId,
    pub small: bool,
    /// Its name on the disk.
    pub file: String,
    pub media_type: String,
    pub bytes: i64,
    pub fetched_at: Time,
    /// To the hour.
    pub used_at: Time,
}

fn key(id: AttachmentId, form: Form) -> (AttachmentId, bool) {
    (id, form == Form::Small)
}

pub fn get(db: &mut Conn, id: AttachmentId, form: Form) -> Result<Option<Kept>> {
    each!(db, |c| Ok(remote_files::table
        .find(key(id, form))
        .select(Kept::as_select())
        .first(c)
        .optional()?))
}

/// Takes the place of what was kept of it, whose name on the disk is returned.
pub fn put(tx: &mut Tx<'_>, row: &Kept) -> Result<Option<String>> {
    let key = (row.attachment_id, row.small);
    each!(tx, |c| {
        let before: Option<String> = remote_files::table
            .find(key)
            .select(remote_files::file)
            .first(c)
            .optional()?;
        diesel::delete(remote_files::table.find(key)).execute(c)?;
        diesel::insert_into(remote_files::table)
            .values(row)
            .execute(c)?;
        Ok(before)
    })
}

/// It was looked at now. `false`: it was after `before` already, or it is gone.
pub fn touch(
    tx: &mut Tx<'_>,
    id: AttachmentId,
    form: Form,
    now: Time,
    before: Time,
) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(
        remote_files::table.find(key(id, form))
    )
    .filter(remote_files::used_at.le(before))
    .set(remote_files::used_at.eq(now))
    .execute(c))?;
    Ok(rows == 1)
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// The bytes of all of them.
pub fn held(db: &mut Conn) -> Result<i64> {
    let text = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM remote_files";
    let held: Held = each!(db, |c| sql_query(text).get_result(c))?;
    Ok(held.bytes)
}

/// Takes away what was looked at longest ago, until `beyond` bytes are gone or so many files are. Returns their names on the disk.
pub fn take_oldest(tx: &mut Tx<'_>, beyond: i64, most: i64) -> Result<Vec<String>> {
    each!(tx, |c| {
        let oldest: Vec<(String, i64)> = remote_files::table
            .order((
                remote_files::used_at.asc(),
                remote_files::attachment_id.asc(),
            ))
            .limit(most)
            .select((remote_files::file, remote_files::bytes))
            .load(c)?;
        let mut left = beyond;
        let mut names = Vec::new();
        for (name, bytes) in oldest {
            if left <= 0 {
                break;
            }
            left = left.saturating_sub(bytes);
            names.push(name);
        }
        diesel::delete(remote_files::table.filter(remote_files::file.among(&names))).execute(c)?;
        Ok(names)
    })
}

/// Those of a post, by their names on the disk. The rows go with those of its attachments.
pub fn of_post(db: &mut Conn, post: PostId) -> Result<Vec<String>> {
    each!(db, |c| Ok(remote_files::table
        .inner_join(attachments::table)
        .filter(attachments::post_id.eq(post))
        .select(remote_files::file)
        .load(c)?))
}

/// Takes away both forms of these. Returns their names on the disk.
pub fn take(tx: &mut Tx<'_>, ids: &[AttachmentId]) -> Result<Vec<String>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    each!(tx, |c| {
        let names: Vec<String> = remote_files::table
            .filter(remote_files::attachment_id.among(ids))
            .select(remote_files::file)
            .load(c)?;
        diesel::delete(remote_files::table.filter(remote_files::attachment_id.among(ids)))
            .execute(c)?;
        Ok(names)
    })
}

/// The same of their small pictures alone.
pub fn take_small(tx: &mut Tx<'_>, ids: &[AttachmentId]) -> Result<Vec<String>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    each!(tx, |c| {
        let names: Vec<String> = remote_files::table
            .filter(remote_files::attachment_id.among(ids))
            .filter(remote_files::small)
            .select(remote_files::file)
            .load(c)?;
        diesel::delete(
            remote_files::table
                .filter(remote_files::attachment_id.among(ids))
                .filter(remote_files::small),
        )
        .execute(c)?;
        Ok(names)
    })
}

/// Of these names on the disk, those that a row has.
pub fn known(db: &mut Conn, names: &[String]) -> Result<Vec<String>> {
    each!(db, |c| Ok(remote_files::table
        .filter(remote_files::file.among(names))
        .select(remote_files::file)
        .load(c)?))
}
