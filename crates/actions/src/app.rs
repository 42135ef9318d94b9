//! What every action is handed: the store, the clock, randomness, the instance's name and settings, and the way to other servers.

use std::sync::Arc;

use kontor_domain::{site::Site, time::Time};
use kontor_jobs::Place;
use kontor_store::{Clock, Store, Tx};
use moka::sync::Cache;
use tokio::sync::{OnceCell, Semaphore};

use crate::{
    Attempts, Entropy, Passwords, Remote, Settings,
    communities::{Turns, Votes},
    instance::Counts,
    kept::Kept,
    pushes::Keys,
    remote_files::RemoteFiles,
    streams::Hub,
    uploads::Uploads,
};

/// Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

#[expect(
    missing_debug_implementations,
    reason = "holds what must not be printed"
)]
pub struct Parts {
    pub store: Store,
    pub clock: Clock,
    pub entropy: Entropy,
    pub site: Site,
    pub settings: Settings,
    pub passwords: Passwords,
    pub sign_ins: Attempts,
    /// Mails that were asked for: by whom they are for, and by whence the wish came.
    pub(crate) mail_to: Attempts,
    pub(crate) mail_from: Attempts,
    pub uploads: Uploads,
    pub(crate) remote_files: RemoteFiles,
    /// Turns at making keys, which is work for a processor.
    pub(crate) key_makers: Arc<Semaphore>,
    pub votes: Votes,
    pub turns: Turns,
    pub(crate) kept: Kept,
    /// Of a moment ago.
    pub(crate) counted: Cache<(), Counts>,
    /// Read, or made, when they are first needed.
    pub(crate) push_keys: OnceCell<Keys>,
    /// Who listens, in this process.
    pub streams: Hub,
    pub remote: Arc<dyn Remote>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("App").field(&self.site).finish()
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub fn new(
        store: Store,
        clock: Clock,
        site: Site,
        settings: Settings,
        remote: Arc<dyn Remote>,
    ) -> Self {
        let mail = settings.mail.clone().unwrap_or_default();
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self(Arc::new(Parts {
            key_makers: Arc::new(Semaphore::new(processors)),
            passwords: Passwords::new(
                settings.limits.password_workers,
                settings.limits.password_line,
            ),
            sign_ins: Attempts::new(
                settings.limits.sign_in_attempts,
                settings.limits.sign_in_window,
            ),
            mail_to: Attempts::new(mail.asked, mail.asked_window),
            mail_from: Attempts::new(mail.asked_per_client, mail.asked_window),
            uploads: Uploads::new(&settings.limits.media),
            remote_files: RemoteFiles::new(&settings.limits.media),
            push_keys: OnceCell::new(),
            streams: Hub::new(settings.limits.streaming.clone()),
            entropy: Entropy::default(),
            votes: Votes::new(
                Turns::new(
                    settings.limits.communities.votes_a_minute,
                    settings.limits.communities.votes_a_minute_by_one,
                ),
                settings.limits.communities.votes_waiting,
                settings.limits.communities.votes_wait,
            ),
            turns: Turns::new(
                settings.limits.communities.posts_a_minute,
                settings.limits.communities.posts_a_minute_by_one,
            ),
            kept: Kept::new(settings.limits.kept_bytes),
            counted: Cache::builder()
                .max_capacity(1)
                .time_to_live(settings.limits.counts_age)
                .build(),
            store,
            clock,
            site: site.with_remote_files(settings.limits.media.remote.cache_bytes > 0),
            settings,
            remote,
        }))
    }

    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// A new id, greater than every one before it.
    pub fn id(&self) -> i64 {
        self.store.ids().next(self.clock.now())
    }

    /// Records that something happened, in the transaction in which it does. Its effects follow once that has committed.
    pub(crate) fn record(
        &self,
        tx: &mut Tx<'_>,
        event: &kontor_domain::event::Event,
    ) -> crate::Result<()> {
        let payload =
            serde_json::to_string(event).map_err(|why| crate::Error::Broken(why.to_string()))?;
        let lane = crate::effects::lane(event);
        self.enqueue(tx, crate::effects::QUEUE, Some(&lane), payload)
    }

    /// Has something done later, written with its cause.
    pub fn enqueue(
        &self,
        tx: &mut Tx<'_>,
        queue: &str,
        lane: Option<&str>,
        payload: String,
    ) -> crate::Result<()> {
        let place = Place {
            queue,
            lane,
            share: None,
        };
        self.enqueue_for(tx, place, payload)
    }

    /// Several of one queue, in no lane.
    pub fn enqueue_several(
        &self,
        tx: &mut Tx<'_>,
        queue: &str,
        payloads: Vec<String>,
    ) -> crate::Result<()> {
        let (ids, clock) = (self.store.ids(), &self.clock);
        Ok(kontor_jobs::enqueue_several(
            tx, ids, clock, queue, payloads,
        )?)
    }

    pub fn enqueue_for(
        &self,
        tx: &mut Tx<'_>,
        place: Place<'_>,
        payload: String,
    ) -> crate::Result<()> {
        self.enqueue_for_at(tx, place, payload, self.now())
    }

    /// The same for what is due at a certain time; what comes after it in its lane waits for it.
    pub fn enqueue_for_at(
        &self,
        tx: &mut Tx<'_>,
        place: Place<'_>,
        payload: String,
        at: Time,
    ) -> crate::Result<()> {
        let (ids, clock) = (self.store.ids(), &self.clock);
        Ok(kontor_jobs::enqueue(tx, ids, clock, place, payload, at)?)
    }

    /// The same in no lane: it would hold up what comes after it.
    pub fn enqueue_at(
        &self,
        tx: &mut Tx<'_>,
        queue: &str,
        payload: String,
        at: Time,
    ) -> crate::Result<()> {
        let place = Place {
            queue,
            lane: None,
            share: None,
        };
        self.enqueue_for_at(tx, place, payload, at)
    }
}
