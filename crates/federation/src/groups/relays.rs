//! Whom a community's Announce goes to: looked up by a job, so that neither the request nor the transaction that an activity comes in
//! with waits for the number of its members.

use std::sync::Arc;

use kontor_actions::{App, Error, Result, steps};
use kontor_domain::ids::{AccountId, ActivityId};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{Tx, activities, deliveries::Priority};
use serde::{Deserialize, Serialize};

use super::passing::members;
use crate::outgoing::{self, Outgoing, Recipients};

const QUEUE: &str = "relays";

#[derive(Debug, Serialize, Deserialize)]
struct Relay {
    activity: ActivityId,
    community: AccountId,
    /// Inboxes beside those of its members' servers.
    direct: Vec<String>,
}

/// Keeps the activity, and has it sent. What is about one thing goes out in the order in which it came in.
pub(super) fn enqueue(
    app: &App,
    tx: &mut Tx<'_>,
    community: AccountId,
    mut outgoing: Outgoing,
) -> Result<()> {
    let direct = std::mem::take(&mut outgoing.to).into_inboxes();
    let lane = outgoing.order.clone();
    let activity = outgoing::keep(app, tx, outgoing)?;
    let relay = Relay {
        activity,
        community,
        direct,
    };
    let payload = serde_json::to_string(&relay).map_err(|why| Error::Broken(why.to_string()))?;
    Ok(kontor_jobs::enqueue(
        tx,
        app.store.ids(),
        &app.clock,
        QUEUE,
        Some(&lane),
        payload,
    )?)
}

pub(crate) fn queue(app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Relays { app: app.clone() }),
        workers: 4,
        attempts: 12,
        timeout: std::time::Duration::from_secs(60),
        backoff: Backoff {
            first: std::time::Duration::from_secs(1),
            most: std::time::Duration::from_secs(60 * 60),
        },
    }
}

struct Relays {
    app: App,
}

#[async_trait::async_trait]
impl Handler for Relays {
    async fn run(&self, job: &Job) -> Outcome {
        let relay: Relay = match serde_json::from_str(&job.payload) {
            Ok(relay) => relay,
            Err(why) => return Outcome::SetAside(why.to_string()),
        };
        let community = relay.community;
        // Members are many: they are read where nobody waits to write.
        let to = self
            .app
            .store
            .read(move |db| members(db, community, true))
            .await;
        match to {
            Ok(to) => {
                steps::finish_with(&self.app, job, move |app, tx| {
                    send(app, tx, &relay, to.clone())
                })
                .await
            }
            Err(why) => Outcome::Later {
                after: None,
                why: why.to_string(),
            },
        }
    }
}

fn send(app: &App, tx: &mut Tx<'_>, relay: &Relay, mut to: Recipients) -> Result<()> {
    let Some(activity) = activities::by_id(tx, relay.activity)? else {
        return Ok(());
    };
    for inbox in &relay.direct {
        to.add_inbox(inbox.clone(), Priority::Direct);
    }
    if !outgoing::send(app, tx, activity.id, &activity.object_uri, &to)? {
        // Nobody elsewhere reads it in this form.
        activities::delete(tx, activity.id)?;
    }
    Ok(())
}
