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
    let now = clock.now();
    kontor_store::jobs::insert(
        tx,
        &Job {
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
        },
    )
}
