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

    /// Takes a try before it is made, so that tries made at the same time cannot all pass. An error: there was none left.
    pub fn take(&self, key: &str) -> Result<Taken> {
        self.take_of(key, self.most)
    }

    /// The same for a key that colleagues behind one address share: they mistype too.
    pub fn take_shared(&self, key: &str) -> Result<Taken> {
        self.take_of(key, self.most.saturating_mul(10))
    }

    fn take_of(&self, key: &str, most: u32) -> Result<Taken> {
        let count = self.counts.get_with(key.to_owned(), Arc::default);
        count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                (taken < most).then_some(taken.saturating_add(1))
            })
            .map_err(|_| Error::TooMany {
                retry_after: self.window,
            })?;
        Ok(Taken(count))
    }

    pub fn forget(&self, key: &str) {
        self.counts.invalidate(key);
    }
}

/// A try that counts, unless it is given back.
#[derive(Debug)]
#[must_use = "a try counts until it is given back"]
pub struct Taken(Arc<AtomicU32>);

impl Taken {
    /// It was none: it succeeded, or it was never made.
    pub fn give_back(self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub fn keep(self) {
        drop(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_try_is_followed_by_a_wait() {
        let attempts = Attempts::new(2, Duration::from_secs(60));
        attempts.take("a").unwrap().keep();
        attempts.take("a").unwrap().keep();
        assert!(matches!(attempts.take("a"), Err(Error::TooMany { .. })));
        attempts.take("b").unwrap().keep();
        attempts.forget("a");
        attempts.take("a").unwrap().keep();
    }

    #[test]
    fn what_is_given_back_or_refused_does_not_count() {
        let attempts = Attempts::new(1, Duration::from_secs(60));
        for _ in 0..3 {
            attempts.take("a").unwrap().give_back();
        }
        let last = attempts.take("a").unwrap();
        for _ in 0..3 {
            assert!(attempts.take("a").is_err());
        }
        last.give_back();
        attempts.take("a").unwrap().keep();
    }
}
