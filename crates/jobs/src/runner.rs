//! Claims due jobs and runs each on a task of its own, a bounded number at a time.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use kontor_domain::{ids::JobId, time::Time};
use kontor_store::{Clock, Conn, Error, Store, Tx, jobs};
use tokio::{
    sync::{Notify, Semaphore, watch},
    task::JoinSet,
};

use crate::{Backoff, Job};

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The handler removed the row in the transaction of its work.
    Finished,
    /// The row is to be removed.
    Done,
    /// Again later: after this long, or after the queue's own growing pause.
    Later {
        after: Option<Duration>,
        why: String,
    },
    /// Never by itself; the row stays, with the reason.
    SetAside(String),
}

#[async_trait::async_trait]
pub trait Handler: Send + Sync + 'static {
    async fn run(&self, job: &Job) -> Outcome;

    fn order(&self) -> Order {
        Order::ByTime
    }

    /// How many jobs a process takes beyond those that it runs, so that it need not ask for each one. For queues of many
    /// short jobs: what one process has taken, no other runs.
    fn ahead(&self) -> usize {
        0
    }
}

/// What runs the jobs of one name.
#[derive(Clone)]
pub struct Queue {
    pub name: &'static str,
    pub handler: Arc<dyn Handler>,
    /// How many at a time.
    pub workers: usize,
    /// A job that has failed so often is set aside.
    pub attempts: u32,
    /// A job that runs longer has failed.
    pub timeout: Duration,
    pub backoff: Backoff,
}

/// Which of the due jobs run first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Those that have waited longest.
    #[default]
    ByTime,
    /// Each share in its turn; jobs without one are not run.
    ByShare,
}

/// Tells runners to take nothing new.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::channel(false).0)
    }
}

impl Stop {
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once [`Stop::stop`] was called.
    pub async fn stopped(&self) {
        let mut seen = self.0.subscribe();
        // The sender lives in `self`, so this ends only by a change.
        let _never = seen.wait_for(|stopped| *stopped).await;
    }
}

/// How long to sleep when nothing is due and nobody wakes the runner: another process's notice may have been lost.
const NAP: Duration = Duration::from_secs(2);

/// PostgreSQL: a claim lapses so long after it was made or renewed, so that what a killed process had claimed waits no longer.
const LEASE: Duration = Duration::from_secs(15);

/// A process that lives renews its claims so often.
const RENEW: Duration = Duration::from_secs(4);

/// What one look at a queue found.
struct Seen {
    claimed: Vec<Job>,
    /// There may be more that is due.
    more: bool,
    /// If not: when the next one comes due.
    next: Option<Time>,
}

impl Seen {
    fn of(
        db: &mut Conn,
        queue: &str,
        busy: &[JobId],
        more: bool,
        claimed: Vec<Job>,
    ) -> Result<Self, Error> {
        // More shares than one claim looks at, of which none has anything to give just now, are no reason to ask at once.
        let more = more && !claimed.is_empty();
        let next = if more {
            None
        } else {
            let busy: Vec<JobId> = busy
                .iter()
                .copied()
                .chain(claimed.iter().map(|job| job.id))
                .collect();
            jobs::next_due(db, queue, &busy)?
        };
        Ok(Self {
            claimed,
            more,
            next,
        })
    }
}

/// Runs one queue.
#[derive(Clone)]
pub struct Runner {
    store: Store,
    clock: Clock,
    queue: Queue,
    /// What is claimed: those that run, and those that wait for a worker.
    busy: Arc<Mutex<HashSet<JobId>>>,
    workers: Arc<Semaphore>,
    /// Asks for another look: there is room again for what was left, or a job was put off.
    look: Arc<Notify>,
    /// The last look left something, for want of room.
    left: Arc<AtomicBool>,
    noise: Arc<AtomicU64>,
    /// The share that had the last turn.
    turn: Arc<Mutex<String>>,
}

impl Runner {
    pub fn new(store: Store, clock: Clock, queue: Queue) -> Self {
        let noise = Arc::new(AtomicU64::new(u64::from(std::process::id())));
        Self {
            store,
            clock,
            workers: Arc::new(Semaphore::new(queue.workers.max(1))),
            queue,
            busy: Arc::default(),
            look: Arc::default(),
            left: Arc::default(),
            noise,
            turn: Arc::default(),
        }
    }

    /// Runs until stopped, and then until what is running has ended.
    pub async fn run(self, stop: Stop) {
        let bell = self.store.bell(jobs::TOPIC, self.queue.name);
        let mut tasks = JoinSet::new();
        let renewing = self
            .store
            .is_postgres()
            .then(|| tokio::spawn(self.clone().renew()));
        loop {
            if stop.is_stopped() {
                break;
            }
            let wait = match self.start_due(&mut tasks).await {
                Ok(wait) => wait,
                Err(why) => {
                    tracing::error!(queue = self.queue.name, error = %why, "jobs cannot be claimed");
                    NAP
                }
            };
            tokio::select! {
                () = stop.stopped() => break,
                () = bell.rung() => {}
                () = self.look.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
            while tasks.try_join_next().is_some() {}
        }
        // What waits for a worker stays a row; what runs, ends.
        self.workers.close();
        while tasks.join_next().await.is_some() {}
        if let Some(renewing) = renewing {
            renewing.abort();
        }
    }

    /// Keeps what runs here claimed.
    async fn renew(self) {
        loop {
            tokio::time::sleep(RENEW).await;
            let (busy, now) = (self.busy(), self.clock.now());
            if busy.is_empty() {
                continue;
            }
            let renewed = self
                .store
                .write(move |tx| jobs::renew(tx, &busy, now, LEASE))
                .await;
            if let Err(why) = renewed {
                tracing::warn!(queue = self.queue.name, error = %why, "claims cannot be renewed");
            }
        }
    }

    /// Takes what is due, while there is room. Returns how long nothing will come due.
    async fn start_due(&self, tasks: &mut JoinSet<()>) -> Result<Duration, Error> {
        let ahead = self.queue.handler.ahead();
        let room = self.queue.workers.saturating_add(ahead);
        // Few at a time are asked for only when there is nothing else to do.
        let enough = self.queue.workers.saturating_add(ahead / 2);
        loop {
            let busy = self.busy();
            self.left.store(busy.len() >= enough, Ordering::SeqCst);
            // Looked at again, for one that ended just before it was noted heard of nothing to note.
            if busy.len() >= enough && self.busy().len() >= enough {
                return Ok(NAP);
            }
            let free = room.saturating_sub(busy.len());
            let seen = self.claim(busy, free).await?;
            for job in seen.claimed {
                self.lock_busy().insert(job.id);
                tasks.spawn(self.clone().one(job));
            }
            if !seen.more {
                return Ok(seen.next.map_or(NAP, |at| until(at, self.clock.now())));
            }
        }
    }

    fn lock_busy(&self) -> MutexGuard<'_, HashSet<JobId>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn busy(&self) -> Vec<JobId> {
        self.lock_busy().iter().copied().collect()
    }

    /// At most so many that are due.
    async fn claim(&self, busy: Vec<JobId>, free: usize) -> Result<Seen, Error> {
        let (name, now) = (self.queue.name, self.clock.now());
        let most = i64::try_from(free).unwrap_or(i64::MAX);
        let (store, postgres) = (&self.store, self.store.is_postgres());
        if self.queue.handler.order() == Order::ByTime {
            return if postgres {
                let claim = move |tx: &mut Tx<'_>| {
                    let claimed = jobs::claim(tx, name, now, &busy, most, LEASE)?;
                    Seen::of(tx, name, &busy, claimed.len() >= free, claimed)
                };
                store.take(claim).await
            } else {
                let peek = move |db: &mut Conn| {
                    let claimed = jobs::peek(db, name, now, &busy, most)?;
                    Seen::of(db, name, &busy, claimed.len() >= free, claimed)
                };
                store.read(peek).await
            };
        }
        let after = self
            .turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let seen = if postgres {
            let claim = move |tx: &mut Tx<'_>| {
                let fair = jobs::claim_fair(tx, name, now, &busy, most, LEASE, &after)?;
                let seen = Seen::of(tx, name, &busy, fair.more, fair.jobs)?;
                Ok::<_, Error>((seen, fair.after))
            };
            store.take(claim).await
        } else {
            let peek = move |db: &mut Conn| {
                let fair = jobs::peek_fair(db, name, now, &busy, most, &after)?;
                let seen = Seen::of(db, name, &busy, fair.more, fair.jobs)?;
                Ok::<_, Error>((seen, fair.after))
            };
            store.read(peek).await
        };
        let (seen, after) = seen?;
        *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = after;
        Ok(seen)
    }

    async fn one(self, job: Job) {
        let Ok(_worker) = self.workers.clone().acquire_owned().await else {
            return;
        };
        let outcome =
            match tokio::time::timeout(self.queue.timeout, self.queue.handler.run(&job)).await {
                Ok(outcome) => outcome,
                Err(_) => Outcome::Later {
                    after: None,
                    why: format!("ran longer than {:?}", self.queue.timeout),
                },
            };
        let again = matches!(outcome, Outcome::Later { .. });
        let settled = self.settle(&job, outcome).await;
        self.lock_busy().remove(&job.id);
        if let Err(why) = &settled {
            // The row stands; the job runs again, which is why handlers do things once only.
            tracing::error!(queue = self.queue.name, job = %job.id, error = %why, "a job's end cannot be written");
        }
        if again || settled.is_err() || self.left.load(Ordering::SeqCst) {
            self.look.notify_one();
        }
    }

    async fn settle(&self, job: &Job, outcome: Outcome) -> Result<(), Error> {
        let (id, now) = (job.id, self.clock.now());
        match outcome {
            Outcome::Finished => Ok(()),
            Outcome::Done => {
                self.store
                    .write(move |tx| jobs::finish(tx, id).map(drop))
                    .await
            }
            Outcome::SetAside(why) => {
                tracing::warn!(queue = self.queue.name, job = %id, reason = %why, "a job is set aside");
                self.store
                    .write(move |tx| jobs::set_aside(tx, id, now, &why))
                    .await
            }
            Outcome::Later { after, why } => {
                let failures = u32::try_from(job.attempts).unwrap_or(0).saturating_add(1);
                if failures >= self.queue.attempts {
                    tracing::warn!(queue = self.queue.name, job = %id, reason = %why, "a job is set aside");
                    return self
                        .store
                        .write(move |tx| jobs::set_aside(tx, id, now, &why))
                        .await;
                }
                let noise = self
                    .noise
                    .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
                let pause = after.unwrap_or_else(|| self.queue.backoff.pause(failures, noise));
                let run_at =
                    now + chrono::Duration::from_std(pause).unwrap_or(chrono::Duration::days(1));
                self.store
                    .write(move |tx| jobs::put_off(tx, id, run_at, &why))
                    .await
            }
        }
    }
}

fn until(at: Time, now: Time) -> Duration {
    (at - now)
        .to_std()
        .unwrap_or(Duration::from_millis(50))
        .clamp(Duration::from_millis(5), NAP)
}
