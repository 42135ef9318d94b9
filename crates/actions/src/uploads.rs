//! Files that people here upload. They wait for a post, and go with it. What becomes of each is in `kinds`, what is ready only
//! after its upload was answered in `unfinished`, and what their owners say of them in `said`.

mod kinds;
mod said;
mod unfinished;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::try_join_all;
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, AttachmentId, PostId},
    passes::Bearer,
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
pub use kontor_media::{Asked, FILM_TYPES, MEDIA_TYPES, Part, Reading};
use kontor_media::{Bounds, Failed, Files, Picture, Refused, Unusable};
use kontor_store::{Conn, Tx, attachments, posts};
use tokio::sync::Semaphore;

pub use kinds::Films;
use kinds::Kept;
use said::{Given, check_thumbnail, described};
pub use said::{Said, describe};
pub(crate) use unfinished::check_ready;
pub use unfinished::{Uploaded, queue as films, take};

use crate::{App, Error, Media, Result, attachments::Attachment, pushes, remote_files};

const QUEUE: &str = "files";

/// Files that are removed at a time.
const REMOVALS: usize = 8;

/// Where files are kept, and how many pictures are decoded at a time.
#[derive(Debug, Clone)]
pub struct Uploads {
    pub files: Files,
    /// Films and sounds as they came.
    incoming: Files,
    pub(crate) films: Films,
    turns: Arc<Semaphore>,
}

impl Uploads {
    pub fn new(settings: &Media) -> Self {
        Self {
            files: files(settings, ""),
            incoming: files(settings, unfinished::FOLDER),
            films: Films::new(&settings.films),
            turns: Arc::new(Semaphore::new(settings.workers.max(1))),
        }
    }

    /// Away from the threads that answer requests, a few at a time.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _turn = self
            .turns
            .acquire()
            .await
            .map_err(|_| Error::Broken("shutting down".to_owned()))?;
        aside(work).await
    }
}

/// Where files are kept: in the bucket, if there is one, or below the folder.
pub(crate) fn files(settings: &Media, above: &str) -> Files {
    match &settings.bucket {
        Some(bucket) => Files::in_bucket(bucket.clone(), above),
        None => Files::on_disk(&settings.path.join(above)),
    }
}

/// The same as [`Uploads::run`] for what costs nothing but the disk's time.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|why| Error::Broken(why.to_string()))?
}

/// What could not be done with a file, and why: a bucket that is away may be there later.
pub(crate) fn failed(what: &'static str) -> impl Fn(Failed) -> Error {
    move |why| match why {
        Failed::Away(_) => Error::Storage(format!("{what}: {why}")),
        Failed::Disk(_) | Failed::Bucket { .. } => Error::Broken(format!("{what}: {why}")),
    }
}

/// It is kept when this returns.
pub(crate) async fn put(files: &Files, name: &str, bytes: impl Into<Bytes>) -> Result<()> {
    let put = files.put(name, bytes.into()).await;
    put.map_err(failed("a file cannot be kept"))
}

/// A file as it came.
#[derive(Debug, Clone)]
pub struct New<B> {
    pub bytes: B,
    /// As the client says, both of them.
    pub name: String,
    pub media_type: Option<String>,
    pub description: Option<String>,
    pub focus: Option<(i32, i32)>,
    /// The picture that is to be shown of it, as it came.
    pub thumbnail: Option<B>,
}

/// Keeps a file. It is ready, and on the disk or in the bucket, before anybody hears of it.
pub async fn upload<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    by: AccountId,
    mut new: New<B>,
) -> Result<Attachment> {
    prepare(app).await?;
    let description = described(app, new.description.clone())?;
    let focus = new.focus;
    check_thumbnail(&new)?;
    let given = Given::read(app, new.thumbnail.take()).await?;
    let mut kept = kinds::keep(app, new).await?;
    let replaced = match given {
        Some(given) => given.keep(app, &mut kept).await,
        None => Ok(None),
    };
    let row = row(app, by, kept, description, focus);
    let files = [row.file.clone(), row.preview_file.clone()];
    let mut files: Vec<String> = files.into_iter().flatten().collect();
    let written = match replaced {
        Ok(replaced) => {
            files.extend(replaced.clone());
            write(app, row, replaced).await
        }
        Err(why) => Err(why),
    };
    if written.is_err() {
        drop_files(app, files).await?;
    }
    written
}

/// Its row, and what nobody needs any more goes.
async fn write(app: &App, row: Attachment, replaced: Option<String>) -> Result<Attachment> {
    let (this, insert) = (app.clone(), row.clone());
    app.store
        .write(move |tx| {
            attachments::insert(tx, std::slice::from_ref(&insert))?;
            remove(&this, tx, replaced.as_slice())
        })
        .await?;
    Ok(row)
}

/// A picture that came in a field, with its small form no larger than `side`.
async fn read_picture<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    field: &'static str,
    bytes: B,
    side: u32,
) -> Result<Picture> {
    let limits = &app.settings.limits.media;
    if bytes.as_ref().len() > limits.image_bytes {
        return Err(Error::invalid(
            field,
            format!("is larger than {} bytes", limits.image_bytes),
        ));
    }
    let bounds = Bounds {
        pixels: limits.image_pixels,
        preview_side: side,
    };
    app.uploads
        .run(move || {
            kontor_media::upload(bytes.as_ref(), bounds).map_err(|why| refused_as(field, &why))
        })
        .await
}

/// Keeps the picture of a profile, no larger than `side` and standing still. Returns its name.
pub(crate) async fn keep_picture<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    field: &'static str,
    bytes: B,
    side: u32,
) -> Result<String> {
    let small = read_picture(app, field, bytes, side).await?.preview;
    let stem = name(app)?;
    let file = format!("{stem}.{}", small.format.ending());
    put(&app.uploads.files, &file, small.bytes).await?;
    Ok(file)
}

/// Keeps the picture of an emoji. Returns its name.
pub(crate) async fn keep_emoji(app: &App, bytes: Vec<u8>) -> Result<String> {
    let limits = &app.settings.limits.media;
    let bounds = Bounds {
        pixels: limits.image_pixels,
        preview_side: limits.preview_side,
    };
    let stem = name(app)?;
    let whole = app
        .uploads
        .run(move || {
            let picture = kontor_media::upload(&bytes, bounds).map_err(refused)?;
            Ok(picture.whole)
        })
        .await?;
    let file = format!("{stem}.{}", whole.format.ending());
    put(&app.uploads.files, &file, whole.bytes).await?;
    Ok(file)
}

/// Keeps a small form of the picture of a page.
pub(crate) async fn keep_card<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    bytes: B,
) -> Result<crate::cards::Picture> {
    let limits = &app.settings.limits.media;
    let bounds = Bounds {
        pixels: limits.image_pixels,
        preview_side: limits.preview_side,
    };
    let stem = name(app)?;
    let Picture {
        preview, blurhash, ..
    } = app
        .uploads
        .run(move || kontor_media::upload(bytes.as_ref(), bounds).map_err(refused))
        .await?;
    let file = format!("{stem}.{}", preview.format.ending());
    put(&app.uploads.files, &file, preview.bytes).await?;
    Ok(crate::cards::Picture {
        file,
        width: preview.width,
        height: preview.height,
        blurhash,
    })
}

fn row(
    app: &App,
    by: AccountId,
    kept: Kept,
    description: Option<String>,
    focus: Option<(i32, i32)>,
) -> Attachment {
    let sides = |of: Option<(u32, u32)>| {
        of.and_then(|(width, height)| {
            Some((i32::try_from(width).ok()?, i32::try_from(height).ok()?))
        })
        .unzip()
    };
    let (width, height) = sides(kept.sides);
    let (preview_width, preview_height) = sides(kept.preview_sides);
    Attachment {
        id: AttachmentId(app.id()),
        account_id: by,
        post_id: None,
        position: None,
        kind: kept.kind,
        media_type: Some(kept.media_type),
        file: Some(kept.file),
        preview_file: kept.preview,
        remote_url: None,
        remote_preview_url: None,
        description,
        blurhash: kept.blurhash,
        focus_x: focus.map(|(x, _)| x),
        focus_y: focus.map(|(_, y)| y),
        width,
        height,
        preview_width,
        preview_height,
        duration_ms: kept.duration_ms,
        created_at: app.now(),
        file_name: kept.name,
        file_size: kept.size.and_then(|size| i64::try_from(size).ok()),
        frame_rate: kept.frame_rate,
        bit_rate: kept.bit_rate,
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "stands where `map_err` hands over the error"
)]
fn refused(why: Refused) -> Error {
    refused_as("file", &why)
}

fn refused_as(field: &'static str, why: &Refused) -> Error {
    Error::invalid(
        field,
        match why {
            Refused::Kind => {
                "is of a type that cannot be uploaded: JPEG, PNG, GIF and WebP can".to_owned()
            }
            Refused::TooLarge => "has more pixels than can be uploaded".to_owned(),
            _ => "cannot be read as a picture".to_owned(),
        },
    )
}

/// 128 random bits.
pub(crate) fn name(app: &App) -> Result<String> {
    use std::fmt::Write as _;
    let mut name = String::new();
    for byte in app.entropy.bytes::<16>()? {
        write!(name, "{byte:02x}").map_err(|why| Error::Broken(why.to_string()))?;
    }
    Ok(name)
}

/// One's own upload, until it is part of a post.
pub async fn get(app: &App, by: AccountId, id: AttachmentId) -> Result<Uploaded> {
    app.store.read(move |db| uploaded(db, by, id)).await
}

fn uploaded(db: &mut Conn, by: AccountId, id: AttachmentId) -> Result<Uploaded> {
    let file = waiting(db, by, id)?;
    let ready = unfinished::is_ready(db, id)?;
    Ok(Uploaded { file, ready })
}

fn waiting(db: &mut Conn, by: AccountId, id: AttachmentId) -> Result<Attachment> {
    let file = attachments::own(db, by, &[id])?
        .pop()
        .filter(|file| file.post_id.is_none())
        .ok_or(Error::NotFound)?;
    // With a post that is to appear later it is as much a part of it as with one that has.
    if attachments::waiting(db, by, &[id])?.is_empty() {
        return Err(Error::NotFound);
    }
    Ok(file)
}

/// Takes back an upload that waits.
pub async fn delete(app: &App, by: AccountId, id: AttachmentId) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let file = waiting(tx, by, id)?;
            attachments::delete(tx, id)?;
            let names: Vec<String> = file.file.into_iter().chain(file.preview_file).collect();
            remove(&this, tx, &names)
        })
        .await
}

/// Has files removed once the transaction that forgets them has committed.
pub(crate) fn remove(app: &App, tx: &mut Tx<'_>, names: &[String]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let payload = serde_json::to_string(names).map_err(|why| Error::Broken(why.to_string()))?;
    app.enqueue(tx, QUEUE, None, payload)
}

/// They became part of nothing.
pub(crate) async fn drop_files(app: &App, files: Vec<String>) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let this = app.clone();
    app.store.write(move |tx| remove(&this, tx, &files)).await
}

/// Forgets uploads that waited in vain. Returns how many.
pub async fn tidy(app: &App) -> Result<usize> {
    const BATCH: i64 = 200;
    let age = chrono::Duration::from_std(app.settings.limits.media.unused_age)
        .unwrap_or(chrono::Duration::days(1));
    let before = app.now() - age;
    let media = &app.settings.limits.media;
    let (path, longest) = (media.path.clone(), unfinished::longest(app));
    aside(move || {
        kinds::tidy(&path, longest)
            .map_err(|why| Error::Broken(format!("the folder of films: {why}")))
    })
    .await?;
    let swept = unfinished::tidy(app).await?;
    tracing::debug!(swept, "removed files as they came that nothing needs");
    let mut gone = 0;
    loop {
        let this = app.clone();
        let taken = app
            .store
            .write(move |tx| {
                let (rows, names) = attachments::take_unused(tx, before, BATCH)?;
                remove(&this, tx, &names)?;
                Ok::<_, Error>(rows)
            })
            .await?;
        gone += taken;
        if i64::try_from(taken).is_ok_and(|taken| taken < BATCH) {
            return Ok(gone);
        }
    }
}

/// Removes files from where they are kept.
pub fn queue(app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Removals { app: app.clone() }),
        workers: 1,
        // What stays where it was could be had by its name, and nobody looks for it later.
        attempts: u32::MAX,
        timeout: Duration::from_secs(60),
        backoff: Backoff {
            first: Duration::from_secs(5),
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Removals {
    app: App,
}

#[async_trait::async_trait]
impl Handler for Removals {
    async fn run(&self, job: &Job) -> Outcome {
        let names: Vec<String> = match serde_json::from_str(&job.payload) {
            Ok(names) => names,
            Err(why) => return Outcome::SetAside(why.to_string()),
        };
        match remove_now(&self.app, &names).await {
            Ok(()) => Outcome::Done,
            Err(why) => Outcome::Later {
                after: None,
                why: why.to_string(),
            },
        }
    }
}

/// Some at a time: a bucket may be far away.
pub(crate) async fn remove_now(app: &App, names: &[String]) -> Result<()> {
    for some in names.chunks(REMOVALS) {
        try_join_all(some.iter().map(|name| remove_one(app, name))).await?;
    }
    Ok(())
}

async fn remove_one(app: &App, name: &str) -> Result<()> {
    let gone = match name.strip_prefix(remote_files::FOLDER) {
        Some(name) => app.remote_files.files.remove(name).await,
        None => app.uploads.files.remove(name).await,
    };
    gone.map_err(failed("a file cannot be removed"))
}

/// Tries the bucket out, if files are kept in one.
pub async fn try_out(settings: &Media) -> std::result::Result<(), Unusable> {
    match &settings.bucket {
        Some(bucket) => bucket.try_out().await,
        None => Ok(()),
    }
}

/// Who asks for a file, as far as that is known: any of them who may have it is enough.
#[derive(Debug, Clone, Default)]
pub struct Asking {
    pub readers: Vec<Viewer>,
    /// As its address carries it.
    pub pass: Option<String>,
    /// What of it.
    pub part: Asked,
}

/// A file, and how it may be handed on.
#[derive(Debug)]
pub struct Found {
    pub content: Reading,
    /// How its owner calls it; `None` for those that are shown and not taken home.
    pub called: Option<String>,
    /// Anyone may have it.
    pub open: bool,
}

/// A file of a post, for whoever may read the post; an upload that waits, for its owner; anything else, for everybody.
pub async fn file(app: &App, name: String, asking: Asking) -> Result<Found> {
    let bearer = bearer(app, &name, asking.pass.as_deref()).await?;
    let (wanted, readers, part) = (name.clone(), asking.readers, asking.part);
    let (open, called) = app
        .store
        .read(move |db| {
            let Some(row) = attachments::by_file(db, &wanted)? else {
                return Ok((true, None));
            };
            let open = may_have(db, &row, &readers, bearer)?.ok_or(Error::NotFound)?;
            Ok::<_, Error>((open, row.file_name))
        })
        .await?;
    let content = read(&app.uploads.files, &name, part).await?;
    Ok(Found {
        content: content.ok_or(Error::NotFound)?,
        called,
        open,
    })
}

/// `None`: there is none.
pub(crate) async fn read(files: &Files, name: &str, part: Asked) -> Result<Option<Reading>> {
    let found = files.get(name, part).await;
    found.map_err(failed("a file cannot be read"))
}

/// For whom the address of a file was made, if its pass is a good one.
pub(crate) async fn bearer(app: &App, name: &str, pass: Option<&str>) -> Result<Option<Bearer>> {
    let Some(pass) = pass else {
        return Ok(None);
    };
    pushes::keys(app).await?;
    let now = app.now().and_utc().timestamp();
    Ok(app.site.passes.check(name, pass, now))
}

/// The one rule of who may have a file, ours or another server's. `Some(true)`: so may anyone. `None`: nobody of those who ask.
pub(crate) fn may_have(
    db: &mut Conn,
    row: &Attachment,
    readers: &[Viewer],
    bearer: Option<Bearer>,
) -> Result<Option<bool>> {
    let named = match bearer {
        Some(Bearer::Account(id)) => Some(Viewer::Account(id)),
        _ => None,
    };
    let owner = Viewer::Account(row.account_id);
    let Some(post) = row.post_id else {
        let own = readers.iter().copied().chain(named).any(|who| who == owner);
        return Ok(own.then_some(false));
    };
    if posts::by_id(db, Viewer::Anyone, post)?.is_some() {
        return Ok(Some(true));
    }
    for reader in readers.iter().copied().chain(named) {
        if reader != Viewer::Anyone && posts::by_id(db, reader, post)?.is_some() {
            return Ok(Some(false));
        }
    }
    if bearer != Some(Bearer::Peers) {
        return Ok(None);
    }
    // What was sent to other servers, and still stands.
    let sent = posts::by_id(db, owner, post)?.is_some_and(|post| {
        matches!(post.audience, Audience::Followers | Audience::Direct) && post.removed_at.is_none()
    });
    Ok(sent.then_some(false))
}

/// The post that a file hangs on.
pub async fn post_of(app: &App, name: String) -> Result<Option<PostId>> {
    app.store
        .read(move |db| {
            let row = attachments::by_file(db, &name)?;
            Ok::<_, Error>(row.and_then(|row| row.post_id))
        })
        .await
}

/// Makes ready what addresses of files need. Until then they carry no pass.
pub async fn prepare(app: &App) -> Result<()> {
    pushes::keys(app).await.map(drop)
}
