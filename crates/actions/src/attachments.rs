//! What a post carries besides its text. Files that people here upload are in `uploads`.

use kontor_domain::{
    attachment::AttachmentKind,
    ids::{AttachmentId, PostId},
    time::Time,
};
pub use kontor_store::attachments::Attachment;
use kontor_store::{Tx, attachments, posts::Post};

use crate::{App, Error, Result, uploads};

/// A file of a peer, as the post that carries it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    pub kind: AttachmentKind,
    pub media_type: Option<String>,
    pub url: String,
    pub preview_url: Option<String>,
    pub description: Option<String>,
    pub blurhash: Option<String>,
    /// In thousandths from the middle, right and up.
    pub focus: Option<(i32, i32)>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_ms: Option<i64>,
}

/// An upload that is to be shown with a post, and what changes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    pub id: AttachmentId,
    /// `None`: as it is.
    pub description: Option<String>,
    pub focus: Option<(i32, i32)>,
}

impl Upload {
    pub fn new(id: AttachmentId) -> Self {
        Self {
            id,
            description: None,
            focus: None,
        }
    }
}

/// What a post is to carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// Uploaded here, by the author.
    Uploads(Vec<Upload>),
    Remote(Vec<RemoteFile>),
}

impl Default for Carried {
    fn default() -> Self {
        Self::Uploads(Vec::new())
    }
}

impl Carried {
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Uploads(uploads) => uploads.is_empty(),
            Self::Remote(files) => files.is_empty(),
        }
    }
}

/// Makes it what the post carries. `false`: it carries just that already.
pub(crate) fn set(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Post,
    carried: &Carried,
    now: Time,
) -> Result<bool> {
    match carried {
        Carried::Uploads(uploads) => set_uploads(tx, post, uploads),
        Carried::Remote(files) => set_remote(app, tx, post, files, now),
    }
}

fn set_uploads(tx: &mut Tx<'_>, post: &Post, uploads: &[Upload]) -> Result<bool> {
    let ids: Vec<AttachmentId> = uploads.iter().map(|upload| upload.id).collect();
    let before: Vec<Attachment> = shown(tx, post.id)?;
    let own = attachments::own(tx, post.account_id, &ids)?;
    let waiting = attachments::waiting(tx, post.account_id, &ids)?;
    let others = before.iter().map(|file| file.id).ne(ids.iter().copied());
    let mut changed = others;
    for upload in uploads {
        let file = own
            .iter()
            .find(|file| file.id == upload.id)
            .filter(|file| file.post_id == Some(post.id) || waiting.contains(&file.id))
            .ok_or_else(|| Error::invalid("media_ids", "holds what is no upload of yours"))?;
        let description = upload
            .description
            .clone()
            .or_else(|| file.description.clone())
            .filter(|text| !text.is_empty());
        let focus = upload.focus.or(file.focus_x.zip(file.focus_y));
        if description != file.description || focus != file.focus_x.zip(file.focus_y) {
            attachments::describe(tx, file.id, description.as_deref(), focus)?;
            changed = true;
        }
    }
    uploads::check_ready(tx, &ids)?;
    // What was posted together before this was asked may stay.
    if others {
        check_together(&own)?;
    }
    if changed {
        attachments::arrange(tx, post.id, &ids)?;
    }
    Ok(changed)
}

/// As with Mastodon, whose applications show a player or pictures. A film without sound stands among pictures.
pub(crate) fn check_together(files: &[Attachment]) -> Result<()> {
    let with = |kinds: [AttachmentKind; 2]| files.iter().any(|file| kinds.contains(&file.kind));
    if with([AttachmentKind::Video, AttachmentKind::Audio])
        && with([AttachmentKind::Image, AttachmentKind::Gifv])
    {
        return Err(Error::invalid(
            "media_ids",
            "can't be a film or sound together with pictures",
        ));
    }
    Ok(())
}

fn set_remote(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Post,
    files: &[RemoteFile],
    now: Time,
) -> Result<bool> {
    let before = shown(tx, post.id)?;
    let same = before.len() == files.len()
        && before
            .iter()
            .zip(files)
            .all(|(row, file)| same_file(row, file));
    if same {
        return Ok(false);
    }
    if !before.is_empty() {
        crate::remote_files::forget_of(app, tx, post.id)?;
    }
    attachments::delete_refused(tx, post.id)?;
    for row in before {
        // A version that was replaced keeps a copy of what it says.
        attachments::delete(tx, row.id)?;
    }
    let rows: Vec<Attachment> = (0_i32..)
        .zip(files)
        .map(|(position, file)| row(app, post, position, file, now))
        .collect();
    attachments::insert(tx, &rows)?;
    Ok(true)
}

fn same_file(row: &Attachment, file: &RemoteFile) -> bool {
    row.remote_url.as_ref() == Some(&file.url)
        && row.kind == file.kind
        && row.description == file.description
        && row.remote_preview_url == file.preview_url
        && row.focus_x.zip(row.focus_y) == file.focus
}

fn row(app: &App, post: &Post, position: i32, file: &RemoteFile, now: Time) -> Attachment {
    Attachment {
        id: AttachmentId(app.id()),
        account_id: post.account_id,
        post_id: Some(post.id),
        position: Some(position),
        kind: file.kind,
        media_type: file.media_type.clone(),
        file: None,
        preview_file: None,
        remote_url: Some(file.url.clone()),
        remote_preview_url: file.preview_url.clone(),
        description: file.description.clone(),
        blurhash: file.blurhash.clone(),
        focus_x: file.focus.map(|(x, _)| x),
        focus_y: file.focus.map(|(_, y)| y),
        width: file.width,
        height: file.height,
        preview_width: None,
        preview_height: None,
        duration_ms: file.duration_ms,
        created_at: now,
        file_name: None,
        file_size: None,
        frame_rate: None,
        bit_rate: None,
    }
}

pub(crate) fn shown(tx: &mut Tx<'_>, post: PostId) -> Result<Vec<Attachment>> {
    let rows = attachments::of_posts(tx, &[post])?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}
