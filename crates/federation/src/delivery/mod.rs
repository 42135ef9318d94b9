//! Sending what waits: rows are the truth, this is who works through them. What goes where was decided in `outgoing`; whose turn
//! it is is in `lanes`, what an answer means in `verdict`.

mod gauges;
mod lanes;
mod parcels;
mod round;
mod send;
mod settings;
mod settle;
mod verdict;

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kontor_actions::{App, Result};
use kontor_domain::time::Time;
use kontor_jobs::Stop;
use kontor_store::{
    deliveries::{self, Delivery},
    hosts,
    lanes::Wake,
};
use tokio::sync::{Semaphore, broadcast, mpsc};

use crate::Federation;
pub use gauges::Gauges;
use lanes::Lanes;
use parcels::Parcels;
pub use settings::Settings;
use settle::Ended;
use verdict::Verdict;

/// How long to sleep when nothing is due and nobody wakes the engine: another process's notice may have been lost.
const NAP: Duration = Duration::from_secs(2);

/// PostgreSQL: what another process wrote within this time is looked for with each nap. Clocks may differ, and a look may come late.
const UNHEARD: chrono::Duration = chrono::Duration::seconds(10);

/// All waiting hosts are looked at again so often, for the same reason.
const LOOK_AROUND: chrono::Duration = chrono::Duration::seconds(30);

/// Sends what waits: a lane for each host, bounded there and altogether.
#[derive(Clone)]
pub struct Engine {
    federation: Federation,
    app: App,
    parcels: Parcels,
    /// Signing is work for a processor: no more at a time than there are of them.
    signers: Arc<Semaphore>,
    noise: Arc<AtomicU64>,
    gauges: Arc<Gauges>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// What one run of the engine holds: who is next, what is under way, and when it last looked at everything.
struct Desk {
    lanes: Lanes,
    verdicts: mpsc::UnboundedSender<(Delivery, Verdict)>,
    looked_around: Option<Time>,
    looked_for_lapsed: Time,
    /// When the last one was found that is too old; `None`: there may be more.
    gave_up: Option<Time>,
    renewed: Time,
}

type Ends = mpsc::UnboundedReceiver<Vec<Ended>>;
type Notices = broadcast::Receiver<kontor_store::Notice>;

impl Engine {
    pub fn new(federation: &Federation, app: &App) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            federation: federation.clone(),
            app: app.clone(),
            parcels: Parcels::default(),
            signers: Arc::new(Semaphore::new(processors)),
            noise: Arc::new(AtomicU64::new(u64::from(std::process::id()))),
            gauges: Arc::default(),
        }
    }

    /// What can be watched of it.
    pub fn gauges(&self) -> Arc<Gauges> {
        self.gauges.clone()
    }

    /// Runs until stopped, and then until what is being sent has been answered or has timed out, and is written down.
    pub async fn run(self, stop: Stop) {
        let mut notices = self.app.store.notices();
        let (verdicts, judged) = mpsc::unbounded_channel();
        let (written, mut ends) = mpsc::unbounded_channel();
        let settling = tokio::spawn(self.clone().settle(judged, written, stop.clone()));
        let now = self.app.now();
        let mut desk = Desk {
            lanes: Lanes::new(self.settings()),
            verdicts,
            looked_around: None,
            looked_for_lapsed: now,
            // After a stop, whatever waited is tried once before its age counts.
            gave_up: Some(now),
            renewed: now,
        };
        while !stop.is_stopped() {
            let wait = match self.turn(&mut desk).await {
                Ok(wait) => wait,
                Err(why) => {
                    tracing::error!(error = %why, "deliveries cannot be claimed");
                    NAP
                }
            };
            tokio::select! {
                () = stop.stopped() => break,
                wakes = woken(&mut notices) => self.wake(&mut desk, wakes).await,
                Some(ended) = ends.recv() => self.ended(&mut desk, ended, &mut ends),
                () = tokio::time::sleep(wait) => {}
            }
        }
        while !desk.lanes.is_idle() {
            let Some(ended) = ends.recv().await else {
                break;
            };
            self.ended(&mut desk, ended, &mut ends);
            self.keep_claims(&mut desk).await;
        }
        drop(desk);
        let _panicked = settling.await;
    }

    /// Starts what is due and has room. Returns how long nothing will come due.
    async fn turn(&self, desk: &mut Desk) -> Result<Duration> {
        self.keep_claims(desk).await;
        let now = self.app.now();
        self.give_up_old(desk, now).await?;
        if desk.looked_around.is_none_or(|at| now - at >= LOOK_AROUND) {
            self.look_around(desk, now).await?;
        }
        self.look_for_lapsed(desk, now).await?;
        loop {
            let now = self.app.now();
            let since = now - chrono(self.settings().stalled_after);
            desk.lanes.set_aside(since, self.settings().stalled);
            let free = self.settings().in_flight.saturating_sub(desk.lanes.brisk());
            let wishes = desk.lanes.take(now, free);
            self.show(desk);
            if wishes.is_empty() {
                return Ok(self.rest(desk, free, now));
            }
            self.round(desk, wishes, now).await?;
        }
    }

    /// How long nothing will have to be done.
    fn rest(&self, desk: &Desk, free: usize, now: Time) -> Duration {
        let next = desk.lanes.next().filter(|_| free > 0);
        let wait = next.map_or(NAP, |at| until(at, now));
        // Requests that hang are set aside in time.
        if desk.lanes.brisk() > 0 {
            wait.min(self.settings().stalled_after / 2)
        } else {
            wait
        }
    }

    fn show(&self, desk: &Desk) {
        let stalled = desk.lanes.stalled();
        self.gauges.flying(desk.lanes.brisk() + stalled, stalled);
    }

    fn ended(&self, desk: &mut Desk, first: Vec<Ended>, ends: &mut Ends) {
        let now = self.app.now();
        let mut next = Some(first);
        while let Some(list) = next {
            for end in list {
                desk.lanes.end(end.id, now);
                if let Some((failures, paused_until)) = end.host_state {
                    desk.lanes.learn(&end.host, failures, paused_until);
                }
            }
            next = ends.try_recv().ok();
        }
        self.show(desk);
    }

    async fn wake(&self, desk: &mut Desk, wakes: BTreeSet<Wake>) {
        let now = self.app.now();
        let mut activities = Vec::new();
        for wake in wakes {
            match wake {
                Wake::Activity(id) => activities.push(id),
                Wake::Host(host) => desk.lanes.revive(&host, now),
                Wake::Everything => desk.looked_around = None,
            }
        }
        if activities.is_empty() {
            return;
        }
        let found: Result<_> = self
            .app
            .store
            .read(move |db| {
                let lanes = kontor_store::lanes::of_activities(db, &activities)?;
                let names: Vec<String> = lanes.iter().map(|(host, _)| host.clone()).collect();
                Ok((lanes, hosts::failing_among(db, &names)?))
            })
            .await;
        match found {
            Ok((lanes, failing)) => {
                for (host, priority) in lanes {
                    desk.lanes.wake(&host, now, priority);
                }
                // Whoever is to be probed is not claimed among those that are well.
                for host in failing {
                    desk.lanes
                        .learn(&host.host, host.failures_in_a_row(), host.paused_until);
                }
            }
            Err(why) => {
                tracing::error!(error = %why, "what is to be sent cannot be read");
                desk.looked_around = None;
            }
        }
    }

    fn settings(&self) -> &Settings {
        &self.federation.settings.delivery
    }

    fn noise(&self) -> u64 {
        self.noise
            .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed)
    }
}

/// Waits until the engine is told of something, and takes what else is told already.
async fn woken(notices: &mut Notices) -> BTreeSet<Wake> {
    use broadcast::error::{RecvError, TryRecvError};
    let mut wakes = BTreeSet::new();
    loop {
        match notices.recv().await {
            Ok(notice) if notice.topic == deliveries::TOPIC => {
                wakes.insert(Wake::read(&notice.payload));
                break;
            }
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => {
                wakes.insert(Wake::Everything);
                break;
            }
            // The store is gone with the process.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
    loop {
        match notices.try_recv() {
            Ok(notice) if notice.topic == deliveries::TOPIC => {
                wakes.insert(Wake::read(&notice.payload));
            }
            Ok(_) => {}
            Err(TryRecvError::Lagged(_)) => {
                wakes.insert(Wake::Everything);
            }
            Err(TryRecvError::Empty | TryRecvError::Closed) => return wakes,
        }
    }
}

fn until(at: Time, now: Time) -> Duration {
    (at - now)
        .to_std()
        .unwrap_or(Duration::from_millis(5))
        .clamp(Duration::from_millis(1), NAP)
}

fn chrono(duration: Duration) -> chrono::Duration {
    chrono::Duration::from_std(duration).unwrap_or(chrono::Duration::days(1))
}
