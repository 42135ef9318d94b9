//! Films and sounds whose upload is answered before they are ready. The file as it came lies in a folder of its own, with a row that
//! says that it is worked on and a job, until what is shown of it has been made. A try that is cut short is made again, and what it
//! makes has the same names.

use std::{collections::HashSet, sync::Arc, time::Duration};

use bytes::Bytes;
use kontor_domain::{
    attachment::AttachmentKind,
    ids::{AccountId, AttachmentId},
};
use kontor_jobs::{Backoff, Handler, Job, Order, Outcome, Place, Queue};
use kontor_media::Container;
use kontor_store::{
    Conn, Tx, attachments,
    unfinished_uploads::{self, Unfinished},
};
use serde::{Deserialize, Serialize};

use super::{
    Asked, Given, New, described, drop_files, failed,
    kinds::{self, Kept},
    name, prepare, put, remove, row,
};
use crate::{App, Error, Result, attachments::Attachment, steps};

/// Where files lie as they came, beside those that are shown.
pub(super) const FOLDER: &str = "incoming/";

const QUEUE: &str = "films";

/// What lies there for so long has its row, or never will.
const SETTLED: Duration = Duration::from_secs(60 * 60);

/// Names that are looked up at a time.
const NAMES: usize = 200;

/// An upload, and whether its file has been made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    pub file: Attachment,
    pub ready: bool,
}

/// The payload of a job.
#[derive(Debug, Serialize, Deserialize)]
struct Work {
    upload: AttachmentId,
    by: AccountId,
    /// What the files are called.
    stem: String,
}

impl Work {
    fn source(&self) -> String {
        format!("{}.source", self.stem)
    }
}

/// Keeps a file, and does not wait until a film or sound is ready.
pub async fn take<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    by: AccountId,
    new: New<B>,
) -> Result<Uploaded> {
    let Some(container) = kinds::container(app, new.bytes.as_ref())? else {
        let file = super::upload(app, by, new).await?;
        return Ok(Uploaded { file, ready: true });
    };
    prepare(app).await?;
    let description = described(app, new.description)?;
    let this = app.clone();
    app.store.read(move |db| check_room(&this, db, by)).await?;
    let kind = if container.is_of_sound() {
        AttachmentKind::Audio
    } else {
        AttachmentKind::Video
    };
    let given = Given::read(app, new.thumbnail).await?;
    let mut blank = Kept::new(kind, String::new(), String::new());
    if let Some(given) = given {
        given.keep(app, &mut blank).await?;
    }
    let small: Vec<String> = blank.preview.iter().cloned().collect();
    let file = Attachment {
        file: None,
        media_type: None,
        ..row(app, by, blank, description, new.focus)
    };
    let work = Work {
        upload: file.id,
        by,
        stem: name(app)?,
    };
    // What lies there and has no row in the end is swept.
    let bytes = Bytes::from_owner(new.bytes);
    let kept = async {
        put(&app.uploads.incoming, &work.source(), bytes).await?;
        insert(app, &work, file.clone()).await
    };
    if let Err(why) = kept.await {
        drop_files(app, small).await?;
        return Err(why);
    }
    Ok(Uploaded { file, ready: false })
}

/// The row, what says that it is worked on, and the job.
async fn insert(app: &App, work: &Work, file: Attachment) -> Result<()> {
    let payload = serde_json::to_string(work).map_err(|why| Error::Broken(why.to_string()))?;
    let by = work.by;
    let waiting = Unfinished {
        attachment_id: file.id,
        account_id: by,
        source: work.source(),
        reason: None,
        tries: 0,
    };
    let (this, share) = (app.clone(), by.to_string());
    app.store
        .write(move |tx| {
            check_room(&this, tx, by)?;
            attachments::insert(tx, std::slice::from_ref(&file))?;
            unfinished_uploads::insert(tx, &waiting)?;
            let place = Place {
                queue: QUEUE,
                lane: None,
                share: Some(&share),
            };
            this.enqueue_for(tx, place, payload.clone())
        })
        .await
}

fn check_room(app: &App, db: &mut Conn, by: AccountId) -> Result<()> {
    let most = app.settings.limits.media.films.waiting_per_account;
    if unfinished_uploads::worked_on(db, by)? < most {
        return Ok(());
    }
    Err(Error::invalid(
        "file",
        format!("has to wait: {most} films and sounds of yours are being made ready"),
    ))
}

/// An error says why it never will be.
pub(super) fn is_ready(db: &mut Conn, id: AttachmentId) -> Result<bool> {
    match unfinished_uploads::among(db, &[id])?.pop() {
        None => Ok(true),
        Some(row) => match row.reason {
            None => Ok(false),
            Some(reason) => Err(Error::invalid("file", reason)),
        },
    }
}

/// Only what is ready can be shown with a post.
pub(crate) fn check_ready(db: &mut Conn, ids: &[AttachmentId]) -> Result<()> {
    let Some(row) = unfinished_uploads::among(db, ids)?.into_iter().next() else {
        return Ok(());
    };
    Err(Error::invalid(
        "media_ids",
        match row.reason {
            None => "holds a film or sound that is still being made ready: try again in a moment"
                .to_owned(),
            Some(reason) => format!("holds a file that {reason}"),
        },
    ))
}

/// Makes films and sounds ready.
pub fn queue(app: &App) -> Queue {
    let films = &app.settings.limits.media.films;
    // Before its own turn there may be those of everybody who waits for an answer.
    let turns = films
        .workers
        .saturating_add(films.waiting)
        .saturating_add(1);
    Queue {
        name: QUEUE,
        handler: Arc::new(Making { app: app.clone() }),
        workers: films.workers.max(1),
        // Tries are bounded where it can be said why they ended.
        attempts: u32::MAX,
        timeout: longest(app).saturating_mul(u32::try_from(turns).unwrap_or(u32::MAX)),
        backoff: Backoff {
            first: Duration::from_secs(5),
            most: Duration::from_secs(10 * 60),
        },
    }
}

/// Looking, writing and taking the still, and as long again.
pub(super) fn longest(app: &App) -> Duration {
    app.settings.limits.media.films.time.saturating_mul(6)
}

struct Making {
    app: App,
}

#[async_trait::async_trait]
impl Handler for Making {
    async fn run(&self, job: &Job) -> Outcome {
        let work: Work = match serde_json::from_str(&job.payload) {
            Ok(work) => work,
            Err(why) => return Outcome::SetAside(why.to_string()),
        };
        match make(&self.app, job, &work).await {
            Ok(outcome) => outcome,
            Err(why) => Outcome::Later {
                after: None,
                why: why.to_string(),
            },
        }
    }

    /// Nobody waits behind all that another has sent.
    fn order(&self) -> Order {
        Order::ByShare
    }
}

async fn make(app: &App, job: &Job, work: &Work) -> Result<Outcome> {
    let (id, by) = (work.upload, work.by);
    let (waiting, known) = app
        .store
        .read(move |db| {
            let waiting = unfinished_uploads::among(db, &[id])?
                .iter()
                .any(|row| row.reason.is_none());
            let known = !attachments::own(db, by, &[id])?.is_empty();
            Ok::<_, Error>((waiting, known))
        })
        .await?;
    if !waiting {
        // It was taken back, and a try before may have left something; or it is done.
        let left = if known {
            Vec::new()
        } else {
            kinds::film_names(&work.stem)
        };
        return Ok(end(app, job, work, move |app, tx| remove(app, tx, &left)).await);
    }
    let most = i32::try_from(app.settings.limits.media.films.tries).unwrap_or(i32::MAX);
    // Counted before it begins: it may end the process.
    let begun = app
        .store
        .write(move |tx| Ok::<_, Error>(unfinished_uploads::begin(tx, id, most)?))
        .await?;
    let made = match begun {
        Some(_) => one_try(app, work).await,
        None => Err(Error::Broken("every try was cut short".to_owned())),
    };
    let reason = match made {
        Ok(kept) => {
            let file = Attachment {
                id,
                ..row(app, by, kept, None, None)
            };
            return Ok(end(app, job, work, move |app, tx| keep(app, tx, &file)).await);
        }
        Err(Error::Invalid { reason, .. }) => reason,
        // It is none of the film's doing that files cannot be kept.
        Err(why) if why.is_outage() => {
            app.store
                .write(move |tx| unfinished_uploads::give_back(tx, id))
                .await?;
            return Err(why);
        }
        Err(why) if begun.is_none_or(|tries| tries >= most) => {
            tracing::warn!(upload = %id, error = %why, "a film or sound is given up");
            "cannot be made ready here".to_owned()
        }
        Err(why) => return Err(why),
    };
    let left = kinds::film_names(&work.stem);
    let ended = end(app, job, work, move |app, tx| {
        unfinished_uploads::fail(tx, id, &reason)?;
        remove(app, tx, &left)
    });
    Ok(ended.await)
}

async fn one_try(app: &App, work: &Work) -> Result<Kept> {
    let unread = failed("a file cannot be read");
    let incoming = &app.uploads.incoming;
    let reading = incoming.get(&work.source(), Asked::Whole).await;
    let bytes = reading
        .map_err(&unread)?
        .ok_or_else(|| Error::invalid("file", "is no longer here as it came"))?
        .all()
        .await
        .map_err(&unread)?;
    let container = Container::of(&bytes)
        .ok_or_else(|| Error::invalid("file", "cannot be read as a film or sound"))?;
    kinds::make(app, bytes, container, work.stem.clone(), None).await
}

fn keep(app: &App, tx: &mut Tx<'_>, file: &Attachment) -> Result<()> {
    if unfinished_uploads::finish(tx, file.id)? {
        let before = attachments::own(tx, file.account_id, &[file.id])?.pop();
        // What its owner gave is shown, and not the still.
        let Some(given) = before.filter(|row| row.preview_file.is_some()) else {
            return Ok(attachments::complete(tx, file)?);
        };
        let file_with_it = Attachment {
            preview_file: given.preview_file,
            preview_width: given.preview_width,
            preview_height: given.preview_height,
            blurhash: given.blurhash,
            ..file.clone()
        };
        attachments::complete(tx, &file_with_it)?;
        return remove(app, tx, file.preview_file.as_slice());
    }
    // It was taken back meanwhile.
    let names: Vec<String> = file
        .file
        .iter()
        .chain(&file.preview_file)
        .cloned()
        .collect();
    remove(app, tx, &names)
}

/// Ends the job with what it came to. Then the file as it came is needed no more; one that is left by a process that was killed
/// here is swept.
async fn end<F>(app: &App, job: &Job, work: &Work, body: F) -> Outcome
where
    F: Fn(&App, &mut Tx<'_>) -> Result<()> + Send + 'static,
{
    let outcome = steps::finish_with(app, job, body).await;
    if outcome == Outcome::Finished
        && let Err(why) = forget(app, vec![work.source()]).await
    {
        tracing::warn!(upload = %work.upload, error = %why, "a file as it came is left for the sweep");
    }
    outcome
}

async fn forget(app: &App, names: Vec<String>) -> Result<()> {
    for name in names {
        let gone = app.uploads.incoming.remove(&name).await;
        gone.map_err(failed("a file cannot be removed"))?;
    }
    Ok(())
}

/// Removes files as they came that nothing is made of any more. Returns how many.
pub(super) async fn tidy(app: &App) -> Result<usize> {
    let unread = failed("the folder of files");
    let mut old = app.uploads.incoming.old(SETTLED).await.map_err(&unread)?;
    let mut gone = 0;
    while let Some(names) = old.next().await.map_err(&unread)? {
        for names in names.chunks(NAMES) {
            let names = names.to_vec();
            let left = app
                .store
                .read(move |db| {
                    let needed: HashSet<String> = unfinished_uploads::needed(db, &names)?
                        .into_iter()
                        .collect();
                    let left = names.into_iter().filter(|name| !needed.contains(name));
                    Ok::<_, Error>(left.collect::<Vec<_>>())
                })
                .await?;
            gone += left.len();
            forget(app, left).await?;
        }
    }
    Ok(gone)
}
