//! A runner at work, on both databases.
#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kontor_jobs::{Backoff, Handler, Job, Order, Outcome, Place, Queue, Runner, Stop, enqueue};
use kontor_store::{Clock, Error, Store, jobs, testing::each};

const WORKERS: usize = 4;

/// Notes what it runs. A payload that begins with `later` is put off the first time, `never` is set aside.
struct Noting {
    store: Store,
    order: Order,
    ahead: usize,
    running: AtomicUsize,
    most: AtomicUsize,
    done: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Handler for Noting {
    fn order(&self) -> Order {
        self.order
    }

    fn ahead(&self) -> usize {
        self.ahead
    }

    async fn run(&self, job: &Job) -> Outcome {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        if job.payload.starts_with("later") && job.attempts == 0 {
            return Outcome::Later {
                after: Some(Duration::from_millis(30)),
                why: "not yet".to_owned(),
            };
        }
        if job.payload.starts_with("never") {
            return Outcome::SetAside("it cannot be done".to_owned());
        }
        let id = job.id;
        let finished: Result<bool, Error> = self.store.write(move |tx| jobs::finish(tx, id)).await;
        assert!(finished.unwrap(), "{} ran twice", job.payload);
        self.done.lock().unwrap().push(job.payload.clone());
        Outcome::Finished
    }
}

struct Work {
    handler: Arc<Noting>,
    clock: Clock,
    stop: Stop,
    runner: tokio::task::JoinHandle<()>,
}

impl Work {
    fn start(store: &Store, order: Order, ahead: usize) -> Self {
        let handler = Arc::new(Noting {
            store: store.clone(),
            order,
            ahead,
            running: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            done: Mutex::default(),
        });
        let queue = Queue {
            name: "work",
            handler: handler.clone(),
            workers: WORKERS,
            attempts: 3,
            timeout: Duration::from_secs(10),
            backoff: Backoff {
                first: Duration::from_millis(50),
                most: Duration::from_secs(1),
            },
        };
        let (clock, stop) = (Clock::default(), Stop::default());
        let runner =
            tokio::spawn(Runner::new(store.clone(), clock.clone(), queue).run(stop.clone()));
        Self {
            handler,
            clock,
            stop,
            runner,
        }
    }

    async fn add(&self, all: Vec<(Option<String>, String, String)>) {
        let (store, clock) = (self.handler.store.clone(), self.clock.clone());
        let ids = store.ids().clone();
        let added: Result<(), Error> = store
            .write(move |tx| {
                for (lane, share, payload) in &all {
                    let place = Place {
                        queue: "work",
                        lane: lane.as_deref(),
                        share: Some(share),
                    };
                    enqueue(tx, &ids, &clock, place, payload.clone(), clock.now())?;
                }
                Ok(())
            })
            .await;
        added.unwrap();
    }

    async fn end(self, wanted: usize) -> Vec<String> {
        let store = self.handler.store.clone();
        tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                let depth: Result<_, Error> = store.read(|db| jobs::depth(db, "work")).await;
                if depth.unwrap().0 == 0 && self.handler.done.lock().unwrap().len() == wanted {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap();
        self.stop.stop();
        self.runner.await.unwrap();
        assert!(self.handler.most.load(Ordering::SeqCst) <= WORKERS);
        self.handler.done.lock().unwrap().clone()
    }
}

/// Far more than run at a time: one that has no room must be seen as soon as there is, not at the next nap. One of the lanes has a job that is put off and one that is set aside: what stands behind them runs all the same, in its turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_job_runs_once_and_a_lane_keeps_its_order() {
    each(|store| async move {
        for (order, ahead) in [
            (Order::ByTime, 0),
            (Order::ByTime, 12),
            (Order::ByShare, 12),
        ] {
            let work = Work::start(&store, order, ahead);
            for round in 0..6 {
                let some = (0..40)
                    .map(|number| {
                        let lane = (number % 2 == 0).then(|| format!("lane {}", number % 8));
                        let kind = match (round, number) {
                            (1, 8) => "later",
                            (1, 16) => "never",
                            _ => "job",
                        };
                        let payload = format!(
                            "{kind} {} {round} {number:02}",
                            lane.as_deref().unwrap_or("-")
                        );
                        (lane, format!("share {}", number % 3), payload)
                    })
                    .collect();
                work.add(some).await;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let done = work.end(6 * 40 - 1).await;
            let mut once = done.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), done.len());
            for lane in ["lane 0", "lane 2", "lane 4", "lane 6"] {
                let ran: Vec<&str> = done
                    .iter()
                    .filter(|payload| payload.contains(lane))
                    .filter_map(|payload| payload.split(lane).nth(1))
                    .collect();
                assert!(ran.is_sorted(), "{order:?}, {ahead} ahead: {ran:?}");
                assert!(ran.len() >= 29);
            }
        }
    })
    .await;
}
