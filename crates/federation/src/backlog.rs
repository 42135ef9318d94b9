//! How much of one host waits to be acted on: more than its share is put off with 429, so that it stays where it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use actix_web::http::StatusCode;
use kontor_actions::{App, Error};
use moka::sync::Cache;

use crate::{Federation, inbox_job::QUEUE, problem::Problem, settings::Settings};

/// Counted anew after so long; meanwhile, what this process takes in is added.
const COUNTED: std::time::Duration = std::time::Duration::from_secs(2);
const HOSTS: u64 = 10_000;
/// How long a host that sent too much is asked to wait.
const WAIT_SECONDS: u64 = 30;

pub(crate) struct Backlog {
    waiting: Cache<String, Arc<AtomicI64>>,
    most: i64,
}

impl Backlog {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            waiting: Cache::builder()
                .max_capacity(HOSTS)
                .time_to_live(COUNTED)
                .build(),
            most: settings.inbox_waiting_per_host,
        }
    }
}

/// Is there room for one more activity of this host? Zero as the setting is no limit.
pub(crate) async fn room(app: &App, federation: &Federation, host: &str) -> Result<(), Problem> {
    let backlog = &federation.backlog;
    if backlog.most == 0 {
        return Ok(());
    }
    let waiting = if let Some(waiting) = backlog.waiting.get(host) {
        waiting
    } else {
        let (share, most) = (host.to_owned(), backlog.most);
        let counted: Result<i64, Error> = app
            .store
            .read(move |db| Ok(kontor_store::jobs::waiting_of(db, QUEUE, &share, most)?))
            .await;
        let waiting = Arc::new(AtomicI64::new(counted?));
        backlog.waiting.insert(host.to_owned(), waiting.clone());
        waiting
    };
    if waiting.fetch_add(1, Ordering::Relaxed) < backlog.most {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        format!("{host} has {} activities waiting here", backlog.most),
    )
    .after(WAIT_SECONDS))
}
