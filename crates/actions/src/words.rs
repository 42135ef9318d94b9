//! The index of words is made for what was here before it, or made anew. What is written later is indexed as it is written.

use std::{sync::Arc, time::Duration};

use kontor_domain::ids::{AccountId, PostId};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{Tx, search};
use serde::{Deserialize, Serialize};

use crate::{App, Error, Result, steps};

/// The queue of what is not indexed yet.
pub const QUEUE: &str = "words";

/// Posts, or accounts, that are indexed in one transaction: the writes of others wait behind it.
const STEP: i64 = 200;

/// Accounts come first, in order; then posts, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// Those after this one.
    Accounts(AccountId),
    /// Those below this one.
    Posts(PostId),
}

/// How much was indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Indexed {
    pub accounts: usize,
    pub posts: usize,
}

/// Indexes everything anew; may run beside a server.
pub async fn rebuild(app: &App) -> Result<Indexed> {
    let mut indexed = Indexed::default();
    let mut next = Some(Step::Accounts(AccountId(0)));
    while let Some(step) = next {
        let this = app.clone();
        let (done, then) = app.store.write(move |tx| take(&this, tx, step)).await?;
        match step {
            Step::Accounts(_) => indexed.accounts += done,
            Step::Posts(_) => indexed.posts += done,
        }
        next = then;
    }
    Ok(indexed)
}

/// One step: how many it indexed, and what comes after it.
fn take(app: &App, tx: &mut Tx<'_>, step: Step) -> Result<(usize, Option<Step>)> {
    match step {
        Step::Accounts(after) => {
            let some = search::accounts_after(tx, after, STEP)?;
            search::reindex_accounts(tx, &some)?;
            let next = some
                .last()
                .map_or(Step::Posts(PostId(i64::MAX)), |last| Step::Accounts(*last));
            Ok((some.len(), Some(next)))
        }
        Step::Posts(below) => {
            let some = search::posts_below(tx, below, STEP)?;
            search::reindex(tx, &some, app.settings.limits.search_words)?;
            Ok((some.len(), some.last().map(|last| Step::Posts(*last))))
        }
    }
}

/// Indexes what was here before the index was.
pub fn queue(app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Steps { app: app.clone() }),
        workers: 1,
        attempts: 12,
        timeout: Duration::from_secs(60),
        backoff: Backoff {
            first: Duration::from_secs(1),
            most: Duration::from_secs(10 * 60),
        },
    }
}

struct Steps {
    app: App,
}

#[async_trait::async_trait]
impl Handler for Steps {
    async fn run(&self, job: &Job) -> Outcome {
        let step: Step = match serde_json::from_str(&job.payload) {
            Ok(step) => step,
            Err(why) => return Outcome::SetAside(why.to_string()),
        };
        steps::finish_with(&self.app, job, move |app, tx| {
            let (_, Some(next)) = take(app, tx, step)? else {
                return Ok(());
            };
            let payload =
                serde_json::to_string(&next).map_err(|why| Error::Broken(why.to_string()))?;
            app.enqueue(tx, QUEUE, None, payload)
        })
        .await
    }
}
