//! How often somebody has tried: wrong passwords and registrations, counted in this process for a window of time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;

use crate::{Error, Result};

#[derive(Debug, Clone)]
pub struct Attempts {
    counts: Cache<String, Arc<AtomicU32>>,
    most: u32,
    window: Duration,
}

impl Attempts {
    pub fn new(most: u32, window: Duration) -> Self {
        Self {
            counts: Cache::builder()
                .max_capacity(100_000)
                .time_to_live(window)
                .build(),
            most,
            window,
        }
    }

    /// Is there a try left?
    pub fn check(&self, key: &str) -> Result<()> {
        self.check_times(key, 1)
    }

    /// The same for a key that colleagues behind one address share: they mistype too.
    pub fn check_shared(&self, key: &str) -> Result<()> {
        self.check_times(key, 10)
    }

    fn check_times(&self, key: &str, times: u32) -> Result<()> {
        match self.counts.get(key) {
            Some(count) if count.load(Ordering::Relaxed) >= self.most.saturating_mul(times) => {
                Err(Error::TooMany {
                    retry_after: self.window,
                })
            }
            _ => Ok(()),
        }
    }

    pub fn failed(&self, key: &str) {
        self.counts
            .get_with(key.to_owned(), Arc::default)
            .fetch_add(1, Ordering::Relaxed);
    }

    pub fn forget(&self, key: &str) {
        self.counts.invalidate(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_try_is_followed_by_a_wait() {
        let attempts = Attempts::new(2, Duration::from_secs(60));
        attempts.failed("a");
        assert!(attempts.check("a").is_ok());
        attempts.failed("a");
        assert!(matches!(attempts.check("a"), Err(Error::TooMany { .. })));
        assert!(attempts.check("b").is_ok());
        attempts.forget("a");
        assert!(attempts.check("a").is_ok());
    }
}
