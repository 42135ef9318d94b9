//! Later, and again if it fails: rows that are claimed, run, put off with growing pauses, and set aside in the end.
//! Knows nothing of this product.

mod backoff;
mod runner;

pub use backoff::Backoff;
use kontor_domain::ids::JobId;
pub use kontor_store::jobs::Job;
use kontor_store::{Clock, Ids, Result, Tx};
pub use runner::{Handler, Outcome, Queue, Runner, Stop};

/// Writes a job in the transaction of its cause. Jobs of one `lane` run one after another.
pub fn enqueue(
    tx: &mut Tx<'_>,
    ids: &Ids,
    clock: &Clock,
    queue: &str,
    lane: Option<&str>,
    payload: String,
) -> Result<()> {
    let now = clock.now();
    kontor_store::jobs::insert(
        tx,
        &Job {
            id: JobId(ids.next(now)),
            queue: queue.to_owned(),
            lane: lane.map(str::to_owned),
            payload,
            attempts: 0,
            run_at: now,
            locked_until: None,
            last_error: None,
            failed_at: None,
            created_at: now,
        },
    )
}
