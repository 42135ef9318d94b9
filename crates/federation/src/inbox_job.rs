//! Acting on what came in: one activity at a time for each actor, in the order in which they came, each once.

use std::{sync::Arc, time::Duration};

use kontor_actions::{App, Error, Result, accounts::Account};
use kontor_domain::ids::InboxId;
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{
    Tx,
    inbox::{self, Received},
    jobs,
};

use crate::{
    Federation,
    activities::{self, Activity, Context, Ending},
    fetch::Budget,
};

pub(crate) const QUEUE: &str = "inbox";

/// Some hours, by the backoff below. What is still impossible then is refused.
const ATTEMPTS: u32 = 8;

pub(crate) fn enqueue(app: &App, tx: &mut Tx<'_>, received: &Received) -> Result<()> {
    let (ids, lane) = (app.store.ids(), received.actor_uri.as_str());
    Ok(kontor_jobs::enqueue(
        tx,
        ids,
        &app.clock,
        QUEUE,
        Some(lane),
        received.id.to_string(),
    )?)
}

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Inbox {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: federation.settings.inbox_workers,
        // One more than the handler allows: it ends each activity itself.
        attempts: ATTEMPTS + 1,
        timeout: Duration::from_secs(30),
        backoff: Backoff {
            first: Duration::from_secs(15),
            most: Duration::from_secs(2 * 60 * 60),
        },
    }
}

struct Inbox {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Inbox {
    async fn run(&self, job: &Job) -> Outcome {
        let Ok(id) = job.payload.parse::<InboxId>() else {
            return Outcome::SetAside("the job names no activity".to_owned());
        };
        let found: Result<_> = self
            .app
            .store
            .read(move |db| {
                let Some(received) = inbox::by_id(db, id)? else {
                    return Ok(None);
                };
                let actor = kontor_store::accounts::by_uri(db, &received.actor_uri)?;
                Ok(Some((received, actor)))
            })
            .await;
        let (received, actor) = match found {
            Ok(Some(found)) if found.0.done_at.is_none() => found,
            Ok(_) => return Outcome::Done,
            Err(why) => {
                return Outcome::Later {
                    after: None,
                    why: why.to_string(),
                };
            }
        };
        let last = u32::try_from(job.attempts)
            .unwrap_or(u32::MAX)
            .saturating_add(1)
            >= ATTEMPTS;
        let ended = match self.act(&received, actor).await {
            Err(Ending::Later(why)) if !last => return Outcome::Later { after: None, why },
            Err(Ending::Later(why)) => format!("refused: given up: {why}"),
            Err(why) => why.to_string(),
            Ok(()) => "done".to_owned(),
        };
        tracing::debug!(
            activity = received.activity_uri,
            outcome = ended,
            "an activity was taken in"
        );
        match self.finish(job, id, ended).await {
            Ok(()) | Err(Error::Gone) => Outcome::Finished,
            Err(why) => Outcome::Later {
                after: None,
                why: why.to_string(),
            },
        }
    }
}

impl Inbox {
    async fn act(&self, received: &Received, actor: Option<Account>) -> activities::Received {
        let value = self
            .federation
            .json(received.body.as_bytes())
            .map_err(Ending::Refused)?;
        let activity = Activity::read(value)?;
        let Some(actor) = actor.filter(|actor| actor.suspended_at.is_none()) else {
            return Err(Ending::Refused(
                "the actor is not known here any more".to_owned(),
            ));
        };
        let context = Context {
            app: &self.app,
            federation: &self.federation,
            actor,
            budget: Budget::new(&self.federation.settings),
        };
        activities::receive(&context, &activity).await
    }

    async fn finish(&self, job: &Job, id: InboxId, ended: String) -> Result<()> {
        let (job, now) = (job.id, self.app.now());
        self.app
            .store
            .write(move |tx| {
                inbox::finish(tx, id, &ended, now)?;
                if jobs::finish(tx, job)? {
                    Ok(())
                } else {
                    Err(Error::Gone)
                }
            })
            .await
    }
}
