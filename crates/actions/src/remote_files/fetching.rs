//! Asking another server for a file: once for all who want it, a few at a time, and not again soon where it failed. How it is asked
//! is `federation`'s.

use std::{sync::Arc, time::Duration};

use kontor_domain::{
    attachment::Form,
    site::{self, Site},
    time::Time,
};
use kontor_media::{Asked, Shown};
use moka::{future::Cache as Running, sync::Cache};
use tokio::sync::Semaphore;
use url::Url;

use super::{Content, Key, kept, room, source};
use crate::{App, Error, FileBounds, RemoteMedia, Result, attachments::Attachment, uploads};

/// What is under way; an entry lives only as long as its request.
const RUNNING: u64 = 10_000;
/// Files that could not be fetched and are remembered; more are forgotten early.
const FAILURES: u64 = 10_000;
/// Hosts whose turns are kept, and for how long after the last one.
const HOSTS: u64 = 10_000;
const IDLE: Duration = Duration::from_secs(60 * 60);

pub(super) struct Fetching {
    running: Running<Key, Arc<Content>>,
    failed: Cache<Key, Failed>,
    all: Turns,
    hosts: Cache<String, Arc<Turns>>,
    of_one: (usize, usize),
}

/// So many at a time, and so many more who wait.
#[derive(Debug)]
struct Turns {
    turns: Semaphore,
    line: Semaphore,
}

impl Turns {
    fn new((at_once, waiting): (usize, usize)) -> Self {
        let at_once = at_once.clamp(1, Semaphore::MAX_PERMITS);
        let room = at_once.saturating_add(waiting);
        Self {
            turns: Semaphore::new(at_once),
            line: Semaphore::new(room.min(Semaphore::MAX_PERMITS)),
        }
    }
}

#[derive(Debug, Clone)]
struct Failed {
    at: Time,
    why: Why,
}

#[derive(Debug, Clone)]
enum Why {
    /// There is nothing that is taken, or that can be shown.
    Nothing,
    Away(String),
}

impl From<Why> for Error {
    fn from(why: Why) -> Self {
        match why {
            Why::Nothing => Self::NotFound,
            Why::Away(why) => Self::Remote(why),
        }
    }
}

/// Which of the forms is fetched, and whence.
pub(super) struct Wanted {
    pub(super) key: Key,
    pub(super) url: Url,
}

impl Wanted {
    /// `None`: it is not shown from here.
    pub(super) fn of(site: &Site, row: &Attachment, form: Form) -> Option<Self> {
        let at = |form| {
            source(site, row, form).map(|url| Self {
                key: (row.id, form),
                url,
            })
        };
        at(form).or_else(|| at(Form::Whole))
    }
}

impl Fetching {
    pub(super) fn new(settings: &RemoteMedia) -> Self {
        Self {
            running: Running::new(RUNNING),
            failed: Cache::new(FAILURES),
            all: Turns::new((settings.fetches, settings.waiting)),
            hosts: Cache::builder()
                .max_capacity(HOSTS)
                .time_to_idle(IDLE)
                .build(),
            of_one: (settings.fetches_per_host, settings.waiting_per_host),
        }
    }

    fn host(&self, url: &Url) -> Arc<Turns> {
        let name = site::authority(url).unwrap_or_default();
        self.hosts
            .get_with(name, || Arc::new(Turns::new(self.of_one)))
    }

    /// Returns it as one of those who waited is told.
    fn failed(&self, key: Key, why: &Error, at: Time) -> Error {
        let why = match why {
            Error::NotFound => Why::Nothing,
            Error::Remote(why) => Why::Away(why.clone()),
            Error::TooMany { retry_after } => {
                return Error::TooMany {
                    retry_after: *retry_after,
                };
            }
            Error::Storage(why) => return Error::Storage(why.clone()),
            other => return Error::Broken(other.to_string()),
        };
        self.failed.insert(
            key,
            Failed {
                at,
                why: why.clone(),
            },
        );
        why.into()
    }
}

pub(super) async fn fetch(app: &App, wanted: &Wanted) -> Result<Arc<Content>> {
    let fetching = &app.remote_files.fetching;
    let memory = app.settings.limits.media.remote.failure_memory;
    let memory = chrono::Duration::from_std(memory).unwrap_or(chrono::Duration::minutes(5));
    if let Some(failed) = fetching.failed.get(&wanted.key)
        && app.now() - failed.at < memory
    {
        return Err(failed.why.into());
    }
    let got = fetching
        .running
        .try_get_with(wanted.key, once(app, wanted))
        .await;
    // Only those who waited share it: the next one finds it where it is kept.
    fetching.running.invalidate(&wanted.key).await;
    got.map_err(|why| fetching.failed(wanted.key, &why, app.now()))
}

async fn once(app: &App, wanted: &Wanted) -> Result<Arc<Content>> {
    // Somebody may have fetched it since it was looked for.
    if let Some((reading, media_type)) = kept(app, wanted.key, Asked::Whole).await? {
        let bytes = reading.all().await;
        return Ok(Arc::new(Content {
            bytes: bytes.map_err(uploads::failed("a file cannot be read"))?,
            media_type,
        }));
    }
    let bytes = ask(app, &wanted.url).await?;
    let shown = Shown::of(&bytes).ok_or(Error::NotFound)?;
    let content = Arc::new(Content {
        bytes: bytes.into(),
        media_type: shown.media_type.to_owned(),
    });
    room::keep(app, wanted.key, &content, shown.ending).await;
    Ok(content)
}

async fn ask(app: &App, url: &Url) -> Result<Vec<u8>> {
    let settings = &app.settings.limits.media.remote;
    let later = || Error::TooMany {
        retry_after: settings.time,
    };
    let all = &app.remote_files.fetching.all;
    let host = app.remote_files.fetching.host(url);
    let _places = (
        all.line.try_acquire().map_err(|_| later())?,
        host.line.try_acquire().map_err(|_| later())?,
    );
    // A host that is slow has the others wait only for as many as it may have at a time.
    let turns = async {
        let of_host = host.turns.acquire().await?;
        Ok::<_, tokio::sync::AcquireError>((of_host, all.turns.acquire().await?))
    };
    let _turns = tokio::time::timeout(settings.time, turns)
        .await
        .map_err(|_| later())?
        .map_err(|_| Error::Broken("shutting down".to_owned()))?;
    let bounds = FileBounds {
        bytes: settings.bytes,
        time: settings.time,
    };
    app.remote.fetch_file(app, url, bounds).await
}
