//! What the engine of this process did since it started, and does right now, for who watches it.

use std::sync::atomic::{AtomicU64, Ordering};

use super::verdict::Verdict;

#[derive(Debug, Default)]
pub struct Gauges {
    under_way: AtomicU64,
    stalled: AtomicU64,
    delivered: AtomicU64,
    given_up: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    host_down: AtomicU64,
    host_busy: AtomicU64,
}

impl Gauges {
    pub(super) fn count(&self, verdict: &Verdict) {
        let counter = match verdict {
            Verdict::Delivered { .. } => &self.delivered,
            Verdict::Hopeless { .. } => &self.given_up,
            Verdict::Refused { .. } => &self.refused,
            Verdict::Failed { .. } => &self.failed,
            Verdict::HostDown { .. } => &self.host_down,
            Verdict::HostBusy { .. } => &self.host_busy,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn flying(&self, under_way: usize, stalled: usize) {
        let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
        self.under_way.store(number(under_way), Ordering::Relaxed);
        self.stalled.store(number(stalled), Ordering::Relaxed);
    }

    /// Requests under way, and of them those that have gone unanswered for long.
    pub fn under_way(&self) -> (u64, u64) {
        let read = |gauge: &AtomicU64| gauge.load(Ordering::Relaxed);
        (read(&self.under_way), read(&self.stalled))
    }

    /// How attempts ended, by name.
    pub fn attempts(&self) -> [(&'static str, u64); 6] {
        let read = |gauge: &AtomicU64| gauge.load(Ordering::Relaxed);
        [
            ("delivered", read(&self.delivered)),
            ("given_up", read(&self.given_up)),
            ("refused", read(&self.refused)),
            ("failed", read(&self.failed)),
            ("host_down", read(&self.host_down)),
            ("host_busy", read(&self.host_busy)),
        ]
    }
}
