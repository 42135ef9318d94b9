//! What the protocol's parts share: the way out, the policy, the keys, and the queues that other parts run.

use std::{ops::Deref, sync::Arc, time::Duration};

use kontor_actions::{App, effects, steps};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_net::Client;

use crate::{
    at_once::AtOnce,
    backfill,
    backlog::Backlog,
    cards, featuring,
    fetch::Fetching,
    forwarded, groups, inbox_job,
    keys::Keys,
    knock::Forms,
    outgoing,
    policy::Policy,
    refresh,
    replays::Replays,
    settings::Settings,
    sights,
    synchronisation::{self, Asked},
    threads, verifications,
};

/// Cheap to clone.
#[derive(Clone)]
pub struct Federation(Arc<Inner>);

#[expect(
    missing_debug_implementations,
    reason = "holds what must not be printed"
)]
pub struct Inner {
    pub(crate) net: Client,
    pub(crate) settings: Settings,
    pub(crate) policy: Policy,
    pub(crate) keys: Keys,
    pub(crate) fetching: Fetching,
    pub(crate) forms: Forms,
    pub(crate) replays: Replays,
    pub(crate) backlog: Backlog,
    pub(crate) asked: Asked,
    pub(crate) at_once: AtOnce,
}

impl std::fmt::Debug for Federation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Federation")
            .field("policy", &self.0.policy)
            .finish_non_exhaustive()
    }
}

impl Deref for Federation {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Federation {
    pub fn new(net: Client, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            policy: Policy::new(settings.mode, &settings.allowed),
            keys: Keys::new(&settings),
            fetching: Fetching::new(&settings),
            forms: Forms::default(),
            replays: Replays::new(&settings),
            backlog: Backlog::new(&settings),
            asked: Asked::default(),
            at_once: AtOnce::default(),
            net,
            settings,
        }))
    }

    /// With whom this instance speaks.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// What runs beside the server: effects of events, activities that came in, threads and profiles that are
    /// completed, polls that end.
    pub fn queues(&self, app: &App) -> Vec<Queue> {
        vec![
            events(app),
            inbox_job::queue(self, app),
            threads::queue(self, app),
            backfill::queue(self, app),
            backfill::arrivals(self, app),
            sights::queue(self, app),
            featuring::queue(self, app),
            groups::relays::queue(app),
            groups::servers::queue(self, app),
            forwarded::queue(self, app),
            refresh::queue(self, app),
            synchronisation::queue(self, app),
            cards::queue(self, app),
            verifications::queue(self, app),
            kontor_actions::polls::queue(app),
            kontor_actions::uploads::queue(app),
            kontor_actions::uploads::films(app),
            kontor_actions::peers::queue(app),
            kontor_actions::moves::queue(app),
            kontor_actions::departures::queue(app),
            kontor_actions::words::queue(app),
            kontor_actions::scheduled_posts::queue(app),
        ]
    }
}

fn events(app: &App) -> Queue {
    Queue {
        name: effects::QUEUE,
        handler: Arc::new(Events { app: app.clone() }),
        workers: 8,
        attempts: 12,
        timeout: Duration::from_secs(15),
        backoff: Backoff {
            first: Duration::from_secs(1),
            most: Duration::from_secs(10 * 60),
        },
    }
}

/// Everything that follows from an event is written in the transaction that removes it: it happens once.
struct Events {
    app: App,
}

#[async_trait::async_trait]
impl Handler for Events {
    async fn run(&self, job: &Job) -> Outcome {
        let event = match effects::read(&job.payload) {
            Ok(event) => event,
            Err(why) => return Outcome::SetAside(why.to_string()),
        };
        steps::finish_with(&self.app, job, move |app, tx| {
            effects::apply(app, tx, &event)?;
            outgoing::apply(app, tx, &event)
        })
        .await
    }
}
