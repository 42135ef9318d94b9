//! Later, and again if it fails: rows that are claimed, run, put off with growing pauses, and set aside in the end.
//! Knows nothing of this product.

mod backoff;
mod runner;

pub use backoff::Backoff;
use kontor_domain::{ids::JobId, time::Time};
pub use kontor_store::jobs::Job;
use kontor_store::{Clock, Ids, Result, Tx};
pub use runner::{Handler, Order, Outcome, Queue, Runner, Stop};

/// Writes a job in the transaction of its cause. Jobs of one `lane` run one after another.
pub fn enqueue(
    tx: &mut Tx<'_>,
    ids: &Ids,
    clock: &Clock,
    queue: &str,
    lane: Option<&str>,
    payload: String,
) -> Result<()> {
    enqueue_for(
        tx,
        ids,
        clock,
        Place {
            queue,
            lane,
            share: None,
        },
        payload,
    )
}

/// Where a job waits: jobs of one lane run one after another, jobs of one share take turns with those of other shares.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub queue: &'a str,
    pub lane: Option<&'a str>,
    pub share: Option<&'a str>,
}

/// The same for a queue whose jobs have shares.
pub fn enqueue_for(
    tx: &mut Tx<'_>,
    ids: &Ids,
    clock: &Clock,
    place: Place<'_>,
    payload: String,
) -> Result<()> {
    enqueue_for_at(tx, ids, clock, place, payload, clock.now())
}

/// The same for what is due at a certain time; what comes after it in its lane waits for it.
pub fn enqueue_for_at(
    tx: &mut Tx<'_>,
    ids: &Ids,
    clock: &Clock,
    place: Place<'_>,
    payload: String,
    run_at: Time,
) -> Result<()> {
    let Place { queue, lane, share } = place;
    let job = row(ids, clock.now(), queue, payload);
    kontor_store::jobs::insert(
        tx,
        &Job {
            lane: lane.map(str::to_owned),
            share: share.map(str::to_owned),
            run_at,
            ..job
        },
    )
}

/// The same for what is due at a certain time, in no lane: it would hold up what comes after it.
pub fn enqueue_at(
    tx: &mut Tx<'_>,
    ids: &Ids,
    clock: &Clock,
    queue: &str,
    payload: String,
    run_at: Time,
) -> Result<()> {
    let job = row(ids, clock.now(), queue, payload);
    kontor_store::jobs::insert(tx, &Job { run_at, ..job })
}

fn row(ids: &Ids, now: Time, queue: &str, payload: String) -> Job {
    Job {
        id: JobId(ids.next(now)),
        queue: queue.to_owned(),
        lane: None,
        payload,
        attempts: 0,
        run_at: now,
        locked_until: None,
        last_error: None,
        failed_at: None,
        created_at: now,
        share: None,
    }
}
