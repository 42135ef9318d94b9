//! How many requests one caller may make in five minutes, counted in this process. Sign-in attempts are limited by `actions`.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use kontor_domain::time::{self, Time};
use moka::sync::Cache;

use crate::ClientAddress;

const WINDOW_MILLIS: i64 = 5 * 60 * 1000;

/// Callers counted at a time; of more, some are forgotten and start anew.
const CALLERS: u64 = 100_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// Its hash.
    Token(String),
    Address(IpAddr),
}

/// Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub struct Limiter {
    most: u32,
    counts: Cache<(Key, i64), Arc<AtomicU32>>,
    known: Cache<String, ()>,
}

/// How a caller stands after this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    most: u32,
    remaining: u32,
    reset: Time,
    seconds: i64,
    pub(crate) refused: bool,
}

impl Limiter {
    /// 0 turns the limit off.
    pub fn new(requests_per_5_minutes: u32) -> Self {
        let window = Duration::from_millis(WINDOW_MILLIS.unsigned_abs());
        Self {
            most: requests_per_5_minutes,
            counts: Cache::builder()
                .max_capacity(CALLERS)
                .time_to_live(window)
                .build(),
            known: Cache::builder()
                .max_capacity(CALLERS)
                .time_to_idle(window)
                .build(),
        }
    }

    /// This token is good: its requests count by themselves from now on. All others count by address, so that making tokens
    /// up wins nothing.
    pub fn recognise(&self, token: &str) {
        if self.most > 0 {
            self.known.insert(kontor_actions::secrets::hash(token), ());
        }
    }

    /// Counts one request. `None`: there is no limit.
    pub(crate) fn take(
        &self,
        token: Option<&str>,
        address: ClientAddress,
        now: Time,
    ) -> Option<Standing> {
        if self.most == 0 {
            return None;
        }
        let token = token
            .map(kontor_actions::secrets::hash)
            .filter(|hash| self.known.get(hash).is_some());
        let key = token.map_or_else(|| Key::Address(address.network()), Key::Token);
        let millis = time::millis(now);
        let window = millis.div_euclid(WINDOW_MILLIS);
        let count = self
            .counts
            .get_with((key, window), Arc::default)
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        let end = (window + 1) * WINDOW_MILLIS;
        Some(Standing {
            most: self.most,
            remaining: self.most.saturating_sub(count),
            reset: time::from_millis(end).unwrap_or(now),
            seconds: (end - millis + 999) / 1000,
            refused: count > self.most,
        })
    }
}

impl Standing {
    /// As Mastodon spells them: the reset is a date and time.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let mut set = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        set("x-ratelimit-limit", self.most.to_string());
        set("x-ratelimit-remaining", self.remaining.to_string());
        set("x-ratelimit-reset", time::rfc3339(self.reset));
        if self.refused {
            headers.insert(RETRY_AFTER, HeaderValue::from(self.seconds));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Time {
        time::from_millis(millis).unwrap()
    }

    #[test]
    fn each_caller_has_a_count_of_its_own_that_starts_anew() {
        let limiter = Limiter::new(2);
        let (one, other) = (
            ClientAddress([192, 0, 2, 1].into()),
            ClientAddress([192, 0, 2, 2].into()),
        );
        let refused = |address, now| limiter.take(None, address, at(now)).unwrap().refused;
        assert!(!refused(one, 0));
        assert!(!refused(one, 1));
        assert!(refused(one, WINDOW_MILLIS - 1));
        assert!(!refused(other, 2));
        assert!(!refused(one, WINDOW_MILLIS));
        assert_eq!(limiter.take(None, other, at(3)).unwrap().remaining, 0);
    }

    #[test]
    fn only_a_good_token_counts_by_itself() {
        let limiter = Limiter::new(1);
        let address = ClientAddress([192, 0, 2, 1].into());
        let refused = |token| limiter.take(Some(token), address, at(0)).unwrap().refused;
        assert!(!refused("made up"));
        assert!(refused("another made up"));
        limiter.recognise("good");
        assert!(!refused("good"));
        assert!(refused("good"));
    }

    #[test]
    fn zero_is_off() {
        assert_eq!(
            Limiter::new(0).take(None, ClientAddress([192, 0, 2, 1].into()), at(0)),
            None
        );
    }
}
