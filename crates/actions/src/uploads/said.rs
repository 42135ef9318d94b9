//! What its owner says of an upload: a description, the focus, and the small picture that is shown in place of the one made of it.

use bytes::Bytes;
use kontor_domain::{
    attachment::AttachmentKind,
    ids::{AccountId, AttachmentId},
};
use kontor_media::{Encoded, Picture};
use kontor_store::attachments;

use super::{
    New, Uploaded, drop_files, get,
    kinds::{self, Kept},
    name, put, read_picture, remove, row, uploaded,
};
use crate::{App, Error, Result};

/// What is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Said {
    pub description: Option<String>,
    pub focus: Option<(i32, i32)>,
    /// A picture as it came.
    pub thumbnail: Option<Bytes>,
}

/// The small picture that an owner gives, made ready and not kept yet.
pub(super) struct Given {
    small: Encoded,
    blurhash: String,
}

impl Given {
    pub(super) async fn read<B: AsRef<[u8]> + Send + 'static>(
        app: &App,
        bytes: Option<B>,
    ) -> Result<Option<Self>> {
        let Some(bytes) = bytes else { return Ok(None) };
        let side = app.settings.limits.media.preview_side;
        let Picture {
            preview, blurhash, ..
        } = read_picture(app, "thumbnail", bytes, side).await?;
        Ok(Some(Self {
            small: preview,
            blurhash,
        }))
    }

    /// Keeps it as what is shown of a file. Returns what was to be shown before, which nobody needs any more.
    pub(super) async fn keep(self, app: &App, of: &mut Kept) -> Result<Option<String>> {
        let Encoded {
            bytes,
            format,
            width,
            height,
        } = self.small;
        let file = format!("{}-small.{}", name(app)?, format.ending());
        put(&app.uploads.files, &file, bytes).await?;
        of.blurhash = Some(self.blurhash);
        of.preview_sides = Some((width, height));
        Ok(of.preview.replace(file))
    }
}

/// A small picture is for what is shown.
pub(super) fn check_thumbnail<B: AsRef<[u8]>>(new: &New<B>) -> Result<()> {
    if new.thumbnail.is_some() && !kinds::is_shown(new.bytes.as_ref()) {
        return Err(needless());
    }
    Ok(())
}

fn needless() -> Error {
    Error::invalid(
        "thumbnail",
        "is for pictures, films and sounds: this file is not shown",
    )
}

pub(super) fn described(app: &App, description: Option<String>) -> Result<Option<String>> {
    let most = app.settings.limits.media_description_characters;
    let text = description
        .map(|text| text.replace('\0', "").trim().to_owned())
        .filter(|text| !text.is_empty());
    match &text {
        Some(long) if long.chars().count() > most => Err(Error::invalid(
            "description",
            format!("is longer than {most} characters"),
        )),
        _ => Ok(text),
    }
}

/// Says something else of an upload that waits.
pub async fn describe(app: &App, by: AccountId, id: AttachmentId, said: Said) -> Result<Uploaded> {
    let given = said.description.is_some();
    let description = described(app, said.description)?;
    let focus = said.focus;
    let small = match said.thumbnail {
        Some(bytes) => Some(small(app, by, id, bytes).await?),
        None => None,
    };
    let made: Vec<String> = small
        .iter()
        .filter_map(|small| small.preview_file.clone())
        .collect();
    let this = app.clone();
    let done = app
        .store
        .write(move |tx| {
            let file = uploaded(tx, by, id)?.file;
            let text = if given {
                description.clone()
            } else {
                file.description.clone()
            };
            let focus = focus.or(file.focus_x.zip(file.focus_y));
            attachments::describe(tx, id, text.as_deref(), focus)?;
            if let Some(small) = &small {
                attachments::set_preview(tx, id, small)?;
                remove(&this, tx, file.preview_file.as_slice())?;
            }
            uploaded(tx, by, id)
        })
        .await;
    if done.is_err() {
        drop_files(app, made).await?;
    }
    done
}

/// What is to be shown of an upload: a row with its preview alone.
async fn small(
    app: &App,
    by: AccountId,
    id: AttachmentId,
    bytes: Bytes,
) -> Result<attachments::Attachment> {
    let kind = get(app, by, id).await?.file.kind;
    if kind == AttachmentKind::Unknown {
        return Err(needless());
    }
    let mut kept = Kept::new(kind, String::new(), String::new());
    if let Some(given) = Given::read(app, Some(bytes)).await? {
        given.keep(app, &mut kept).await?;
    }
    Ok(row(app, by, kept, None, None))
}
