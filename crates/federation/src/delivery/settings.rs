//! How hard and how long it is tried to deliver. The names and defaults stand in `config.example.toml`.

use std::time::Duration;

use kontor_jobs::Backoff;

#[derive(Debug, Clone)]
pub struct Settings {
    /// Requests under way altogether.
    pub in_flight: usize,
    /// Requests that have gone unanswered for `stalled_after`, altogether: they do not count among those under way, so that hosts
    /// that hang hold up nobody else.
    pub stalled: usize,
    pub stalled_after: Duration,
    /// Requests under way to one host.
    pub in_flight_per_host: usize,
    /// One attempt, from the name to the answer.
    pub timeout: Duration,
    /// Between attempts of one delivery.
    pub backoff: Backoff,
    /// A host that could not be reached so often in a row is left alone for a while.
    pub failures_before_pause: u32,
    /// So is one that answered so many deliveries with an error of its own, without a success between.
    pub errors_before_pause: u32,
    /// Requests under way that ask hosts that were left alone whether they are back, altogether.
    pub probes: usize,
    /// How long it is left alone; then one delivery tries whether it is back.
    pub pause: Backoff,
    /// A host that asks for more time than this does not get it.
    pub longest_retry_after: Duration,
    /// An inbox that says that we may not (401, 403, a redirect) is asked so often, and until the delivery is so old.
    pub refusals: u32,
    pub give_up_refused_after: Duration,
    /// What is older has failed for good.
    pub give_up_after: Duration,
    /// PostgreSQL: a claim lapses after this; a process that lives renews its claims well before.
    pub lease: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        const HOUR: u64 = 60 * 60;
        Self {
            in_flight: 64,
            stalled: 256,
            stalled_after: Duration::from_millis(500),
            in_flight_per_host: 4,
            timeout: Duration::from_secs(10),
            backoff: Backoff {
                first: Duration::from_secs(15),
                most: Duration::from_secs(6 * HOUR),
            },
            failures_before_pause: 3,
            errors_before_pause: 10,
            probes: 16,
            pause: Backoff {
                first: Duration::from_secs(30),
                most: Duration::from_secs(HOUR),
            },
            longest_retry_after: Duration::from_secs(HOUR),
            refusals: 4,
            give_up_refused_after: Duration::from_secs(24 * HOUR),
            give_up_after: Duration::from_secs(7 * 24 * HOUR),
            lease: Duration::from_secs(9),
        }
    }
}
