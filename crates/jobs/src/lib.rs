//! Later, and again if it fails: rows that are claimed, run, put off with growing pauses, and set aside in the end.
//! Knows nothing of this product.

mod backoff;
mod runner;

pub use backoff::Backoff;
use kontor_domain::{ids::JobId, time::Time};
pub use kontor_store::jobs::Job;
use kontor_store::{Clock, Ids, Result, Tx};
pub use runner::{Handler, Order, Outcome, Queue, Runner, Stop};

/// Where a job waits: jobs of one lane run one after another, jobs of one share take turns with those of other shares.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub queue: &'a str,
    pub lane: Option<&'a str>,
    pub share: Option<&'a str>,
}

/// Writes a job in the transaction of its cause, due at a certain time; what comes after it in its lane waits for it.
pub fn enqueue(
    tx: &mut Tx<'_>,
    ids: &Ids,
    clock: &Clock,
    place: Place<'_>,
    payload: String,
    run_at: Time,
) -> Result<()> {
    let job = job(ids, clock.now(), place, payload, run_at);
    kontor_store::jobs::insert(tx, &job)
}

/// Writes several of one queue, each in no lane and due at once, in the transaction of their cause.
pub fn enqueue_several(
    tx: &mut Tx<'_>,
    ids: &Ids,
    clock: &Clock,
    queue: &str,
    payloads: Vec<String>,
) -> Result<()> {
    let now = clock.now();
    let place = Place {
        queue,
        lane: None,
        share: None,
    };
    let jobs: Vec<Job> = payloads
        .into_iter()
        .map(|payload| job(ids, now, place, payload, now))
        .collect();
    kontor_store::jobs::insert_several(tx, queue, &jobs)
}

fn job(ids: &Ids, now: Time, place: Place<'_>, payload: String, run_at: Time) -> Job {
    Job {
        id: JobId(ids.next(now)),
        queue: place.queue.to_owned(),
        lane: place.lane.map(str::to_owned),
        payload,
        attempts: 0,
        run_at,
        locked_until: None,
        last_error: None,
        failed_at: None,
        created_at: now,
        share: place.share.map(str::to_owned),
    }
}
