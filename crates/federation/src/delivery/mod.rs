//! Sending what waits: rows are the truth, this is who works through them. What goes where was decided in `outgoing`; what an
//! answer means is in `verdict`.

mod lanes;
mod send;
mod settings;
mod settle;
mod verdict;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kontor_actions::{App, Result};
use kontor_domain::{ids::DeliveryId, time::Time};
use kontor_jobs::Stop;
use kontor_store::{
    deliveries::{self, Cargo, Delivery},
    hosts,
};
use tokio::{
    sync::{Notify, Semaphore, broadcast::error::RecvError},
    task::JoinSet,
};

use crate::Federation;
use lanes::{Lanes, Slot};
pub use settings::Settings;

/// How long to sleep when nothing is due and nobody wakes the engine: another process's notice may have been lost.
const NAP: Duration = Duration::from_secs(2);

/// Sends what waits: a lane for each host, bounded there and altogether.
#[derive(Clone)]
pub struct Engine {
    federation: Federation,
    app: App,
    lanes: Arc<Mutex<Lanes>>,
    freed: Arc<Notify>,
    /// Signing is work for a processor: no more at a time than there are of them.
    signers: Arc<Semaphore>,
    noise: Arc<AtomicU64>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    pub fn new(federation: &Federation, app: &App) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            federation: federation.clone(),
            app: app.clone(),
            lanes: Arc::default(),
            freed: Arc::default(),
            signers: Arc::new(Semaphore::new(processors)),
            noise: Arc::new(AtomicU64::new(u64::from(std::process::id()))),
        }
    }

    /// Runs until stopped, and then until what is being sent has been answered or has timed out.
    pub async fn run(self, stop: Stop) {
        let mut notices = self.app.store.notices();
        let mut tasks = JoinSet::new();
        while !stop.is_stopped() {
            let wait = match self.start_due(&mut tasks).await {
                Ok(wait) => wait,
                Err(why) => {
                    tracing::error!(error = %why, "deliveries cannot be claimed");
                    NAP
                }
            };
            let woken = async {
                loop {
                    match notices.recv().await {
                        Ok(notice) if notice.topic != deliveries::TOPIC => {}
                        Ok(_) | Err(RecvError::Lagged(_)) => break,
                        // The store is gone with the process.
                        Err(RecvError::Closed) => std::future::pending().await,
                    }
                }
            };
            tokio::select! {
                () = stop.stopped() => break,
                () = woken => {}
                () = self.freed.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
            while tasks.try_join_next().is_some() {}
        }
        while tasks.join_next().await.is_some() {}
    }

    /// Starts what is due and has room. Returns how long nothing will come due.
    async fn start_due(&self, tasks: &mut JoinSet<()>) -> Result<Duration> {
        loop {
            let (busy, full) = {
                let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
                (lanes.busy(), lanes.full_hosts())
            };
            let free = self.settings().in_flight.saturating_sub(busy.len());
            if free == 0 {
                return Ok(NAP);
            }
            let claimed = self.claim(busy.clone(), full.clone(), free).await?;
            if claimed.is_empty() {
                let next: Result<_> = self
                    .app
                    .store
                    .read(move |db| Ok(deliveries::next_due(db, &busy, &full)?))
                    .await;
                return Ok(next?.map_or(NAP, |at| until(at, self.app.now())));
            }
            self.start(claimed, tasks).await?;
        }
    }

    async fn claim(
        &self,
        busy: Vec<DeliveryId>,
        full: Vec<String>,
        free: usize,
    ) -> Result<Vec<Delivery>> {
        let now = self.app.now();
        let most = i64::try_from(free).unwrap_or(i64::MAX);
        let lease = self.settings().lease;
        let store = &self.app.store;
        if store.is_postgres() {
            store
                .take(move |tx| Ok(deliveries::claim(tx, now, &busy, &full, most, lease)?))
                .await
        } else {
            store
                .read(move |db| Ok(deliveries::peek(db, now, &busy, &full, most)?))
                .await
        }
    }

    /// Starts as many of the claimed rows as their hosts have room for; the others are let go of.
    async fn start(&self, claimed: Vec<Delivery>, tasks: &mut JoinSet<()>) -> Result<()> {
        let ids: Vec<DeliveryId> = claimed.iter().map(|row| row.id).collect();
        let mut names: Vec<String> = claimed.iter().map(|row| row.host.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let read: Result<_> = self
            .app
            .store
            .read(move |db| {
                let mut failures: HashMap<String, u32> = HashMap::new();
                for name in names {
                    let count = hosts::by_host(db, &name)?.map_or(0, |host| host.failures);
                    failures.insert(name, u32::try_from(count).unwrap_or(0));
                }
                Ok((deliveries::bodies(db, &ids)?, failures))
            })
            .await;
        let (cargo, failures) = read?;
        let mut cargo: HashMap<DeliveryId, Cargo> = cargo
            .into_iter()
            .map(|cargo| (cargo.delivery_id, cargo))
            .collect();
        let mut left = Vec::new();
        for row in claimed {
            let failing = failures
                .get(&row.host)
                .is_some_and(|count| *count >= self.settings().failures_before_pause);
            let room = if failing {
                1
            } else {
                self.settings().in_flight_per_host
            };
            // Without a body the row went with its activity since it was claimed.
            let Some(cargo) = cargo.remove(&row.id) else {
                continue;
            };
            match Slot::take(&self.lanes, &self.freed, row.id, &row.host, room) {
                Some(slot) => drop(tasks.spawn(self.clone().one(row, cargo, slot))),
                None => left.push(row.id),
            }
        }
        if !left.is_empty() && self.app.store.is_postgres() {
            let released: Result<()> = self
                .app
                .store
                .write(move |tx| Ok(deliveries::release(tx, &left)?))
                .await;
            released?;
        }
        Ok(())
    }

    /// One attempt, from the signature to what is written of it.
    async fn one(self, row: Delivery, cargo: Cargo, slot: Slot) {
        let verdict = self.send(&row, cargo).await;
        if let Err(why) = self.settle(&row, verdict).await {
            // The row stands and is sent again. Not at once, for whatever broke may still be broken.
            tracing::error!(delivery = %row.id, error = %why, "the end of a delivery cannot be written");
            tokio::time::sleep(NAP).await;
        }
        drop(slot);
    }

    fn settings(&self) -> &Settings {
        &self.federation.settings.delivery
    }

    fn noise(&self) -> u64 {
        self.noise
            .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed)
    }
}

fn until(at: Time, now: Time) -> Duration {
    (at - now)
        .to_std()
        .unwrap_or(Duration::from_millis(50))
        .clamp(Duration::from_millis(5), NAP)
}
