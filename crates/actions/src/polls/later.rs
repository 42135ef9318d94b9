//! What the clock does to polls: they end, and peers hear of new votes now and then.

use std::{sync::Arc, time::Duration};

use kontor_domain::{event::Event, ids::PostId, time::Time};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{
    Tx,
    polls::{self, Poll},
    posts,
};
use serde::{Deserialize, Serialize};

use crate::{App, Error, Result, steps};

const QUEUE: &str = "polls";

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    End(PostId),
    Tally(PostId),
}

pub(super) fn schedule_end(app: &App, tx: &mut Tx<'_>, poll: &Poll) -> Result<()> {
    match poll.expires_at {
        Some(end) if poll.closed_at.is_none() => enqueue(app, tx, Step::End(poll.id), end),
        _ => Ok(()),
    }
}

/// However many votes come, peers hear of them once in a while.
pub(super) fn schedule_tally(app: &App, tx: &mut Tx<'_>, poll: &Poll) -> Result<()> {
    if poll.tally_at.is_some() {
        return Ok(());
    }
    let pause = chrono::Duration::from_std(app.settings.limits.poll_tally_pause)
        .unwrap_or(chrono::Duration::minutes(1));
    let at = app.now() + pause;
    polls::set_tally_at(tx, poll.id, Some(at))?;
    enqueue(app, tx, Step::Tally(poll.id), at)
}

fn enqueue(app: &App, tx: &mut Tx<'_>, step: Step, at: Time) -> Result<()> {
    let payload = serde_json::to_string(&step).map_err(|why| Error::Broken(why.to_string()))?;
    app.enqueue_at(tx, QUEUE, payload, at)
}

/// Ends polls and sends tallies.
pub fn queue(app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Steps { app: app.clone() }),
        workers: 2,
        attempts: 12,
        timeout: Duration::from_secs(15),
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
        steps::finish_with(&self.app, job, move |app, tx| match step {
            Step::End(poll) => end(app, tx, poll),
            Step::Tally(poll) => tally(app, tx, poll),
        })
        .await
    }
}

/// An end that was put off meanwhile has a job of its own.
fn end(app: &App, tx: &mut Tx<'_>, id: PostId) -> Result<()> {
    let now = app.now();
    let Some(poll) = polls::of_posts(tx, &[id])?
        .pop()
        .filter(|poll| poll.closed_at.is_none() && poll.is_over(now))
    else {
        return Ok(());
    };
    polls::set_end(tx, id, poll.expires_at, poll.expires_at)?;
    app.record(tx, &Event::PollEnded { post: id })
}

fn tally(app: &App, tx: &mut Tx<'_>, id: PostId) -> Result<()> {
    polls::set_tally_at(tx, id, None)?;
    match posts::author(tx, id)? {
        // The end says it all.
        Some(_)
            if polls::of_posts(tx, &[id])?
                .iter()
                .all(|poll| poll.closed_at.is_some()) =>
        {
            Ok(())
        }
        Some(_) => app.record(tx, &Event::PollTallied { post: id }),
        None => Ok(()),
    }
}
