//! Pictures and other files of posts. What hangs on a post is asked for by ids that were shown to a viewer.

use diesel::{
    dsl::{exists, not},
    prelude::*,
    sql_types::Bool,
};
use kontor_domain::{
    attachment::AttachmentKind,
    ids::{AccountId, AttachmentId, PostId, ScheduledPostId},
    time::Time,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{accounts, attachments, scheduled_attachments},
};

#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[diesel(table_name = attachments, treat_none_as_default_value = false)]
pub struct Attachment {
    pub id: AttachmentId,
    pub account_id: AccountId,
    pub post_id: Option<PostId>,
    /// `None`: part of an earlier version of its post only.
    pub position: Option<i32>,
    pub kind: AttachmentKind,
    pub media_type: Option<String>,
    pub file: Option<String>,
    pub preview_file: Option<String>,
    pub remote_url: Option<String>,
    pub remote_preview_url: Option<String>,
    pub description: Option<String>,
    pub blurhash: Option<String>,
    /// In thousandths from the middle, right and up.
    pub focus_x: Option<i32>,
    pub focus_y: Option<i32>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub preview_width: Option<i32>,
    pub preview_height: Option<i32>,
    pub duration_ms: Option<i64>,
    pub created_at: Time,
    /// How its owner calls it: of files that are taken home and not shown.
    #[serde(default)]
    pub file_name: Option<String>,
    /// Bytes of a file of ours, where they were counted.
    #[serde(default)]
    pub file_size: Option<i64>,
    /// Pictures a second of a film, as a fraction.
    #[serde(default)]
    pub frame_rate: Option<String>,
    /// Bits a second.
    #[serde(default)]
    pub bit_rate: Option<i64>,
}

/// Of these uploads of an account, those that wait for no post yet.
pub fn waiting(db: &mut Conn, owner: AccountId, ids: &[AttachmentId]) -> Result<Vec<AttachmentId>> {
    each!(db, |c| Ok(attachments::table
        .filter(attachments::id.among(ids))
        .filter(attachments::account_id.eq(owner))
        .filter(attachments::post_id.is_null())
        .filter(not(exists(waits())))
        .select(attachments::id)
        .load(c)?))
}

/// A query for the post that an upload waits for, if that is to appear later.
#[diesel::dsl::auto_type(no_type_alias)]
fn waits() -> _ {
    scheduled_attachments::table.filter(scheduled_attachments::attachment_id.eq(attachments::id))
}

/// They wait for a post that is to appear later.
pub fn keep_for(tx: &mut Tx<'_>, scheduled: ScheduledPostId, ids: &[AttachmentId]) -> Result<()> {
    each!(tx, |c| {
        for id in ids {
            diesel::insert_into(scheduled_attachments::table)
                .values((
                    scheduled_attachments::attachment_id.eq(*id),
                    scheduled_attachments::scheduled_id.eq(scheduled),
                ))
                .execute(c)?;
        }
        Ok(())
    })
}

/// The uploads that wait for these posts.
pub fn of_scheduled(
    db: &mut Conn,
    ids: &[ScheduledPostId],
) -> Result<Vec<(ScheduledPostId, Attachment)>> {
    each!(db, |c| Ok(scheduled_attachments::table
        .inner_join(attachments::table)
        .filter(scheduled_attachments::scheduled_id.among(ids))
        .order(attachments::id.asc())
        .select((scheduled_attachments::scheduled_id, Attachment::as_select()))
        .load(c)?))
}

pub fn insert(tx: &mut Tx<'_>, rows: &[Attachment]) -> Result<()> {
    // A post has few files, and a statement for all of them would be prepared anew each time.
    for row in rows {
        each!(tx, |c| diesel::insert_into(attachments::table)
            .values(row)
            .execute(c))?;
    }
    Ok(())
}

/// One of an account's own, whether it is part of a post or not.
pub fn own(db: &mut Conn, owner: AccountId, ids: &[AttachmentId]) -> Result<Vec<Attachment>> {
    each!(db, |c| Ok(attachments::table
        .filter(attachments::id.among(ids))
        .filter(attachments::account_id.eq(owner))
        .select(Attachment::as_select())
        .load(c)?))
}

/// What a file on the disk is part of, itself or its small form. `None`: of no post's.
pub fn by_file(db: &mut Conn, name: &str) -> Result<Option<Attachment>> {
    each!(db, |c| {
        let whole = attachments::table
            .filter(attachments::file.eq(name))
            .select(Attachment::as_select())
            .first(c)
            .optional()?;
        if whole.is_some() {
            return Ok(whole);
        }
        Ok(attachments::table
            .filter(attachments::preview_file.eq(name))
            .select(Attachment::as_select())
            .first(c)
            .optional()?)
    })
}

/// Those that are shown with these posts, in their order.
pub fn of_posts(db: &mut Conn, ids: &[PostId]) -> Result<Vec<(PostId, Attachment)>> {
    let rows: Vec<Attachment> = each!(db, |c| attachments::table
        .filter(attachments::post_id.among(ids))
        .filter(attachments::position.is_not_null())
        .filter(attachments::refused.eq(false))
        .order((attachments::position.asc(), attachments::id.asc()))
        .select(Attachment::as_select())
        .load(c))?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.post_id?, row)))
        .collect())
}

/// Makes these, in this order, what is shown with a post. What was shown before and is not among them stays with the post's
/// earlier versions.
pub fn arrange(tx: &mut Tx<'_>, post: PostId, ids: &[AttachmentId]) -> Result<()> {
    each!(tx, |c| {
        diesel::update(attachments::table.filter(attachments::post_id.eq(post)))
            .set(attachments::position.eq(None::<i32>))
            .execute(c)?;
        for (position, id) in (0_i32..).zip(ids) {
            diesel::update(attachments::table.find(*id))
                .set((
                    attachments::post_id.eq(post),
                    attachments::position.eq(position),
                ))
                .execute(c)?;
        }
        Ok(())
    })
}

/// What its owner says of it.
pub fn describe(
    tx: &mut Tx<'_>,
    id: AttachmentId,
    description: Option<&str>,
    focus: Option<(i32, i32)>,
) -> Result<()> {
    each!(tx, |c| diesel::update(attachments::table.find(id))
        .set((
            attachments::description.eq(description),
            attachments::focus_x.eq(focus.map(|(x, _)| x)),
            attachments::focus_y.eq(focus.map(|(_, y)| y)),
        ))
        .execute(c))?;
    Ok(())
}

/// The small picture of it, from now on as `like` has it.
pub fn set_preview(tx: &mut Tx<'_>, id: AttachmentId, like: &Attachment) -> Result<()> {
    each!(tx, |c| diesel::update(attachments::table.find(id))
        .set((
            attachments::preview_file.eq(like.preview_file.as_deref()),
            attachments::preview_width.eq(like.preview_width),
            attachments::preview_height.eq(like.preview_height),
            attachments::blurhash.eq(like.blurhash.as_deref()),
        ))
        .execute(c))?;
    Ok(())
}

/// What was made of an upload: its file, the small picture of it and its measures. What its owner says of it stays.
pub fn complete(tx: &mut Tx<'_>, row: &Attachment) -> Result<()> {
    each!(tx, |c| diesel::update(attachments::table.find(row.id))
        .set((
            attachments::kind.eq(row.kind),
            attachments::media_type.eq(row.media_type.as_deref()),
            attachments::file.eq(row.file.as_deref()),
            attachments::preview_file.eq(row.preview_file.as_deref()),
            attachments::blurhash.eq(row.blurhash.as_deref()),
            attachments::width.eq(row.width),
            attachments::height.eq(row.height),
            attachments::preview_width.eq(row.preview_width),
            attachments::preview_height.eq(row.preview_height),
            attachments::duration_ms.eq(row.duration_ms),
            attachments::file_size.eq(row.file_size),
            attachments::frame_rate.eq(row.frame_rate.as_deref()),
            attachments::bit_rate.eq(row.bit_rate),
        ))
        .execute(c))?;
    Ok(())
}

/// A file of a peer, with what a rule about its host or its account must know.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct RemoteFile {
    pub id: AttachmentId,
    pub url: Option<String>,
    pub preview_url: Option<String>,
    /// It is not shown.
    pub refused: bool,
    pub account_uri: String,
    pub account_domain: Option<String>,
}

/// A file of a peer that may be shown, with the id of its account and the domain of that one's handle.
pub fn remote(
    db: &mut Conn,
    id: AttachmentId,
) -> Result<Option<(Attachment, String, Option<String>)>> {
    each!(db, |c| Ok(attachments::table
        .inner_join(accounts::table)
        .filter(attachments::id.eq(id))
        .filter(attachments::remote_url.is_not_null())
        .filter(attachments::refused.eq(false))
        .select((Attachment::as_select(), accounts::uri, accounts::domain))
        .first(c)
        .optional()?))
}

/// Files of peers by their ids, those after `after`.
pub fn remote_after(db: &mut Conn, after: AttachmentId, most: i64) -> Result<Vec<RemoteFile>> {
    each!(db, |c| Ok(attachments::table
        .inner_join(accounts::table)
        .filter(attachments::id.gt(after))
        .filter(attachments::remote_url.is_not_null())
        .order(attachments::id.asc())
        .limit(most)
        .select((
            attachments::id,
            attachments::remote_url,
            attachments::remote_preview_url,
            attachments::refused,
            accounts::uri,
            accounts::domain,
        ))
        .load(c)?))
}

/// They are not shown from now on, or shown again.
pub fn set_refused(tx: &mut Tx<'_>, ids: &[AttachmentId], refused: bool) -> Result<()> {
    each!(tx, |c| diesel::update(
        attachments::table.filter(attachments::id.among(ids))
    )
    .set(attachments::refused.eq(refused))
    .execute(c))?;
    Ok(())
}

/// The small pictures of files that lie on a host whose pictures are not taken.
pub fn forget_previews(tx: &mut Tx<'_>, ids: &[AttachmentId]) -> Result<()> {
    each!(tx, |c| diesel::update(
        attachments::table.filter(attachments::id.among(ids))
    )
    .set(attachments::remote_preview_url.eq(None::<String>))
    .execute(c))?;
    Ok(())
}

/// What a post carried that is not shown: another version of it has files of its own.
pub fn delete_refused(tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    each!(tx, |c| diesel::delete(
        attachments::table
            .filter(attachments::post_id.eq(post))
            .filter(attachments::refused)
    )
    .execute(c))?;
    Ok(())
}

/// `false`: it was gone.
pub fn delete(tx: &mut Tx<'_>, id: AttachmentId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(attachments::table.find(id))
        .execute(c))?;
    Ok(rows == 1)
}

/// What is shown with a post is part of it no more and waits for another, as if it were uploaded now.
pub(crate) fn detach(tx: &mut Tx<'_>, post: PostId, now: Time) -> Result<()> {
    each!(tx, |c| diesel::update(
        attachments::table
            .filter(attachments::post_id.eq(post))
            .filter(attachments::position.is_not_null())
            .filter(attachments::file.is_not_null())
    )
    .set((
        attachments::post_id.eq(None::<PostId>),
        attachments::position.eq(None::<i32>),
        attachments::created_at.eq(now),
    ))
    .execute(c))?;
    Ok(())
}

/// Of which versions of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    All,
    /// What its last version shows is left out.
    Former,
}

/// Our files that hang on a post: they go with it.
pub fn files_of(db: &mut Conn, post: PostId, of: Versions) -> Result<Vec<String>> {
    let all = of == Versions::All;
    let rows: Vec<(Option<String>, Option<String>)> = each!(db, |c| attachments::table
        .filter(attachments::post_id.eq(post))
        .filter(attachments::file.is_not_null())
        .filter(all.into_sql::<Bool>().or(attachments::position.is_null()))
        .select((attachments::file, attachments::preview_file))
        .load(c))?;
    Ok(files(rows))
}

/// Takes away what was uploaded before `before` and never became part of a post, so many at a time. Returns how many there
/// were, and their files.
pub fn take_unused(tx: &mut Tx<'_>, before: Time, most: i64) -> Result<(usize, Vec<String>)> {
    each!(tx, |c| {
        let rows: Vec<(AttachmentId, Option<String>, Option<String>)> = attachments::table
            .filter(attachments::post_id.is_null())
            .filter(not(exists(waits())))
            .filter(attachments::created_at.lt(before))
            .limit(most)
            .select((
                attachments::id,
                attachments::file,
                attachments::preview_file,
            ))
            .load(c)?;
        let ids: Vec<AttachmentId> = rows.iter().map(|(id, ..)| *id).collect();
        let gone = diesel::delete(
            attachments::table
                .filter(attachments::id.among(&ids))
                .filter(attachments::post_id.is_null())
                .filter(not(exists(waits()))),
        )
        .execute(c)?;
        let names = rows.into_iter().map(|(_, file, preview)| (file, preview));
        Ok((gone, files(names)))
    })
}

fn files(rows: impl IntoIterator<Item = (Option<String>, Option<String>)>) -> Vec<String> {
    rows.into_iter()
        .flat_map(|(file, preview)| file.into_iter().chain(preview))
        .collect()
}
