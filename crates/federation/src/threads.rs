//! The posts above one that came in are fetched one after another, each by a job, up to a bound.

use std::{sync::Arc, time::Duration};

use kontor_actions::{App, Error, Result, posts::Arrival};
use kontor_domain::site::authority_of;
use kontor_jobs::{Backoff, Handler, Job, Order, Outcome, Place, Queue};
use kontor_store::{Tx, jobs, posts, tombstones};
use serde::{Deserialize, Serialize};

use crate::{
    Federation,
    fetch::{self, Budget, Failure, Memory},
    objects::note::IncomingNote,
};

pub(crate) const QUEUE: &str = "threads";

/// One post to fetch.
#[derive(Debug, Serialize, Deserialize)]
struct Step {
    uri: String,
    /// How far above the post that it began with.
    depth: u32,
}

/// Has a post fetched, if it is not here and does not wait to be, unless so many of its server wait that this one is left for whoever opens
/// the thread.
pub(crate) fn ask(app: &App, tx: &mut Tx<'_>, uri: &str, depth: u32) -> Result<()> {
    let Some(host) = authority_of(uri) else {
        return Ok(());
    };
    let most = app.settings.limits.ancestors_waiting_per_host;
    if posts::stub_by_uri(tx, uri)?.is_some()
        || jobs::waits(tx, QUEUE, uri)?
        || jobs::waiting_of(tx, QUEUE, &host, most)? >= most
    {
        return Ok(());
    }
    let step = Step {
        uri: uri.to_owned(),
        depth,
    };
    let payload = serde_json::to_string(&step).map_err(|why| Error::Broken(why.to_string()))?;
    let place = Place {
        queue: QUEUE,
        lane: Some(uri),
        share: Some(&host),
    };
    app.enqueue_for(tx, place, payload)
}

/// The same for what a post answers: what is known to be deleted is not asked for.
pub(crate) fn ask_above(app: &App, tx: &mut Tx<'_>, parent: &str, depth: u32) -> Result<()> {
    if tombstones::deleted_at(tx, parent)?.is_some() {
        return Ok(());
    }
    ask(app, tx, parent, depth)
}

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Steps {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: 4,
        attempts: 4,
        timeout: Duration::from_secs(30),
        backoff: Backoff {
            first: Duration::from_secs(30),
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Steps {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Steps {
    /// A server that hangs keeps nobody else's waiting.
    fn order(&self) -> Order {
        Order::ByShare
    }

    async fn run(&self, job: &Job) -> Outcome {
        let step: Step = match serde_json::from_str(&job.payload) {
            Ok(step) => step,
            Err(why) => return Outcome::SetAside(why.to_string()),
        };
        fetch::outcome(self.take(&step).await, &step.uri)
    }
}

impl Steps {
    async fn take(&self, step: &Step) -> std::result::Result<(), Failure> {
        let budget = Budget::new(&self.federation.settings);
        let uri = step.uri.clone();
        let known: Result<bool> = self
            .app
            .store
            .read(move |db| Ok(kontor_store::posts::stub_by_uri(db, &uri)?.is_some()))
            .await;
        if known? {
            return Ok(());
        }
        let document = self
            .federation
            .document_at(&self.app, &step.uri, Memory::Long, &budget)
            .await?;
        let note = IncomingNote::read(document.value)?;
        self.federation
            .keep_post(&self.app, &note, step.depth, Arrival::Fetched, &budget)
            .await
            .map(drop)
    }
}
