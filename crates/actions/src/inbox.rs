//! What came from peers and could not be acted on: listed with its reason, and tried again. Taking it in is the federation door's.

use kontor_domain::{
    ids::{InboxId, JobId},
    page::Page,
    time::Time,
};
use kontor_store::{
    inbox,
    jobs::{self, Aside},
};

use crate::{App, Error, Result};

/// The queue in which activities wait to be acted on; its jobs name a row of the inbox.
pub const QUEUE: &str = "inbox";

/// An activity that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub id: InboxId,
    pub host: String,
    pub activity: String,
    pub actor: String,
    pub received_at: Time,
    pub failed_at: Option<Time>,
    pub attempts: i32,
    pub why: String,
    /// The row that a page is continued from.
    pub row: i64,
}

/// Newest first, of one host or of all.
pub async fn failed(app: &App, host: Option<String>, page: Page) -> Result<Vec<Failed>> {
    app.store
        .read(move |db| {
            let jobs = jobs::set_aside_of(db, QUEUE, host.as_deref(), &page)?;
            let ids: Vec<InboxId> = jobs
                .iter()
                .filter_map(|job| job.payload.parse().ok())
                .collect();
            let rows = inbox::by_ids(db, &ids)?;
            Ok(jobs
                .into_iter()
                .filter_map(|job| {
                    let id: InboxId = job.payload.parse().ok()?;
                    let row = rows.iter().find(|row| row.id == id)?;
                    Some(Failed {
                        id,
                        host: row.host.clone(),
                        activity: row.activity_uri.clone(),
                        actor: row.actor_uri.clone(),
                        received_at: row.received_at,
                        failed_at: job.failed_at,
                        attempts: job.attempts,
                        why: job.last_error.unwrap_or_default(),
                        row: job.id.0,
                    })
                })
                .collect())
        })
        .await
}

/// Which activities are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    One(InboxId),
}

/// How many jobs one transaction wakes.
const STEP: i64 = 500;

/// From the beginning, with all their tries. Returns how many; one that was not set aside is not found.
pub async fn retry(app: &App, which: Which) -> Result<usize> {
    let now = app.now();
    let (mut page, mut count) = (Page::first(STEP), 0);
    loop {
        let next = app
            .store
            .write(move |tx| {
                let jobs = jobs::set_aside_of(tx, QUEUE, None, &page)?;
                let wanted: Vec<JobId> = jobs
                    .iter()
                    .filter(|job| match which {
                        Which::All => true,
                        Which::One(id) => job.payload == id.to_string(),
                    })
                    .map(|job| job.id)
                    .collect();
                let woken = jobs::retry(tx, &wanted, now)?;
                Ok::<_, Error>((woken, jobs.last().map(|job| job.id)))
            })
            .await?;
        count += next.0;
        match next.1 {
            Some(last) => page = Page::below(last.0, STEP),
            None if count == 0 && which != Which::All => return Err(Error::NotFound),
            None => return Ok(count),
        }
    }
}

/// Forgets what was set aside long ago, and of a host with more than it may have, the oldest. That it came stays known. Returns
/// how many.
pub async fn tidy(app: &App) -> Result<usize> {
    let limits = &app.settings.limits;
    let most = limits.set_aside.inbox_per_host;
    let age = chrono::Duration::from_std(limits.set_aside.inbox_age)
        .unwrap_or(chrono::Duration::days(30));
    let mut gone = forget(app, Aside::Before(app.now() - age), 0).await?;
    let crowded: Result<_> = app
        .store
        .read(move |db| Ok(jobs::crowded(db, QUEUE, most)?))
        .await;
    for host in crowded? {
        gone += forget(app, Aside::Of(host), most).await?;
    }
    Ok(gone)
}

/// All of them, but for the newest `but`.
async fn forget(app: &App, which: Aside, but: i64) -> Result<usize> {
    let now = app.now();
    let mut gone = 0;
    loop {
        let which = which.clone();
        let taken = app
            .store
            .write(move |tx| {
                // Counted here: another process may be at it as well.
                let most = match &which {
                    Aside::Before(_) => STEP,
                    Aside::Of(host) => (jobs::aside_of(tx, QUEUE, host)? - but).clamp(0, STEP),
                };
                let taken = jobs::take_aside(tx, QUEUE, &which, most)?;
                for job in &taken {
                    let why = job.last_error.as_deref().unwrap_or_default();
                    if let Ok(id) = job.payload.parse() {
                        inbox::finish(tx, id, &format!("set aside: {why}"), now)?;
                    }
                }
                Ok::<_, Error>(taken.len())
            })
            .await?;
        gone += taken;
        if i64::try_from(taken).is_ok_and(|taken| taken < STEP) {
            return Ok(gone);
        }
    }
}
