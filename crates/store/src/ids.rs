//! Makes ids: milliseconds << 16 | process lane (6 bits) | sequence (10 bits). Ids of one process only grow; ids of two
//! processes on one database never meet, because each holds a lane of its own.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use kontor_domain::{
    ids::TIME_SHIFT,
    time::{self, Time, Written},
};

const SEQUENCE_BITS: u32 = 10;
pub(crate) const LANES: i64 = 64;

#[derive(Debug, Clone)]
pub struct Ids {
    lane: Arc<AtomicI64>,
    last: Arc<AtomicI64>,
    mixed: Arc<AtomicU64>,
}

impl Ids {
    /// `seed` only spreads the ids of old posts; it need not be secret.
    pub fn new(lane: i64, seed: u64) -> Self {
        let lane = Arc::new(AtomicI64::new(lane.rem_euclid(LANES)));
        Self {
            lane,
            last: Arc::default(),
            mixed: Arc::new(AtomicU64::new(seed)),
        }
    }

    /// Another process has the lane now: from here on ids come from `lane`.
    pub(crate) fn change_lane(&self, lane: i64) {
        self.lane.store(lane.rem_euclid(LANES), Ordering::Relaxed);
    }

    /// An id greater than every one before it.
    pub fn next(&self, now: Time) -> i64 {
        let floor = time::millis(now).max(0) << SEQUENCE_BITS;
        let before = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(floor.max(last + 1))
            })
            .unwrap_or_else(|last| last);
        let value = floor.max(before + 1);
        let lane = self.lane.load(Ordering::Relaxed);
        ((value >> SEQUENCE_BITS) << TIME_SHIFT)
            | (lane << SEQUENCE_BITS)
            | (value & ((1 << SEQUENCE_BITS) - 1))
    }

    /// An id for something that was made then, which is not after `now`: sorts with what was made then. Many servers give whole
    /// seconds, so the millisecond is spread where none is given. Two such ids can meet; the insert then fails and is tried
    /// again.
    pub fn at(&self, made: Written, now: Time) -> i64 {
        let millis = time::millis(made.at.min(now)).max(0);
        let noise = self.noise();
        let spread = if made.exact {
            0
        } else {
            (noise >> 32).rem_euclid(1000)
        };
        let millis = (millis + spread).min(time::millis(now).max(0));
        (millis << TIME_SHIFT) | (noise & ((1 << TIME_SHIFT) - 1))
    }

    /// The millisecond that an id was made for.
    pub fn made(id: i64) -> Option<Time> {
        time::from_millis(id >> TIME_SHIFT)
    }

    /// `SplitMix64` over a counter.
    fn noise(&self) -> i64 {
        let mut z = self
            .mixed
            .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)).cast_signed() & i64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_does_not() {
        let ids = Ids::new(5, 1);
        let now = time::parse("2026-01-01T00:00:00.000Z").unwrap();
        let mut last = 0;
        for _ in 0..5000 {
            let id = ids.next(now);
            assert!(id > last);
            assert_eq!((id >> SEQUENCE_BITS) & (LANES - 1), 5);
            last = id;
        }
        let earlier = time::parse("2025-12-31T00:00:00.000Z").unwrap();
        assert!(ids.next(earlier) > last);
    }

    #[test]
    fn an_old_post_sorts_with_its_time_and_a_future_one_with_now() {
        let ids = Ids::new(0, 7);
        let now = time::parse("2026-01-01T00:00:00Z").unwrap();
        let old = time::read("2024-01-01T00:00:00Z").unwrap();
        let id = ids.at(old, now);
        assert_eq!((id >> TIME_SHIFT) / 1000, time::millis(old.at) / 1000);
        let future = time::read("2030-01-01T00:00:00Z").unwrap();
        assert!(ids.at(future, now) >> TIME_SHIFT <= time::millis(now));
    }

    #[test]
    fn a_millisecond_that_is_given_is_kept_and_one_that_is_not_is_spread() {
        let ids = Ids::new(0, 7);
        let now = time::parse("2026-01-01T00:00:00Z").unwrap();
        let exact = time::read("2024-01-01T00:00:00.000Z").unwrap();
        let whole = time::read("2024-01-01T00:00:00Z").unwrap();
        let spread = (0..50).any(|_| ids.at(whole, now) >> TIME_SHIFT != time::millis(whole.at));
        assert!(spread);
        for _ in 0..50 {
            assert_eq!(ids.at(exact, now) >> TIME_SHIFT, time::millis(exact.at));
        }
    }
}
