//! What time it is. The one place that asks the machine; everything else is handed a [`Clock`].

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{SubsecRound, Utc};
use kontor_domain::time::{self, Time};

/// The machine's clock, moved by an offset that tests set.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_millis: Arc<AtomicI64>,
}

impl Clock {
    /// Now, to the millisecond.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Time {
        let now = Utc::now().naive_utc().trunc_subsecs(3);
        match self.offset_millis.load(Ordering::Relaxed) {
            0 => now,
            offset => time::from_millis(time::millis(now).saturating_add(offset)).unwrap_or(now),
        }
    }

    /// Moves this clock and its clones.
    pub fn advance(&self, by: std::time::Duration) {
        self.offset_millis.fetch_add(
            i64::try_from(by.as_millis()).unwrap_or(i64::MAX),
            Ordering::Relaxed,
        );
    }
}
