//! How many requests one caller may make in a while, counted in this process. Sign-in attempts are limited by `actions`.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use kontor_domain::{
    ids::AccountId,
    time::{self, Time},
};
use moka::sync::Cache;

use crate::ClientAddress;

const SHORT_MILLIS: i64 = 5 * 60 * 1000;
const LONG_MILLIS: i64 = 30 * 60 * 1000;

/// Callers counted at a time; of more, some are forgotten and start anew.
const CALLERS: u64 = 100_000;

/// How often a caller may ask; 0 is without a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests of one token or one address in five minutes; 0: nothing is limited at all.
    pub requests: u32,
    /// Requests of one account in five minutes, by whatever tokens.
    pub of_account: u32,
    /// Files that one account uploads in half an hour.
    pub uploads: u32,
    /// Posts and boosts that one account takes back in half an hour.
    pub deletions: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            requests: 300,
            of_account: 1500,
            uploads: 30,
            deletions: 30,
        }
    }
}

/// What may be asked for less often than the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Costly {
    Upload,
    Deletion,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// Its hash.
    Token(String),
    Address(IpAddr),
    Account(AccountId),
    CostlyOf(Costly, AccountId),
    /// By a token that is not known to be good.
    CostlyFrom(Costly, IpAddr),
}

/// What is counted in spans of one length.
#[derive(Debug, Clone)]
struct Window {
    millis: i64,
    counts: Cache<(Key, i64), Arc<AtomicU32>>,
}

impl Window {
    fn new(millis: i64) -> Self {
        Self {
            millis,
            counts: Cache::builder()
                .max_capacity(CALLERS)
                .time_to_live(Duration::from_millis(millis.unsigned_abs()))
                .build(),
        }
    }

    /// Counts one request. `None`: of these there may be as many as come.
    fn count(&self, key: Key, most: u32, now: Time) -> Option<Standing> {
        if most == 0 {
            return None;
        }
        let millis = time::millis(now);
        let window = millis.div_euclid(self.millis);
        let count = self
            .counts
            .get_with((key, window), Arc::default)
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        let end = (window + 1) * self.millis;
        Some(Standing {
            most,
            remaining: most.saturating_sub(count),
            reset: time::from_millis(end).unwrap_or(now),
            seconds: (end - millis + 999) / 1000,
            refused: count > most,
        })
    }
}

/// Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub struct Limiter {
    rates: Rates,
    short: Window,
    long: Window,
    /// Good tokens by their hashes, and whose they are.
    known: Cache<String, Option<AccountId>>,
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
    pub fn new(rates: Rates) -> Self {
        Self {
            rates,
            short: Window::new(SHORT_MILLIS),
            long: Window::new(LONG_MILLIS),
            known: Cache::builder()
                .max_capacity(CALLERS)
                .time_to_idle(Duration::from_millis(LONG_MILLIS.unsigned_abs()))
                .build(),
        }
    }

    /// This token is good, and this person's, if it is known whose: its requests count by themselves from now on. All others count by
    /// address, so that making tokens up wins nothing.
    pub fn recognise(&self, token: &str, account: Option<AccountId>) {
        if self.rates.requests == 0 {
            return;
        }
        let hash = kontor_actions::secrets::hash(token);
        if account.is_some() || !self.known.contains_key(&hash) {
            self.known.insert(hash, account);
        }
    }

    /// Counts one request, and answers of all that it counts for what is nearest to its end. `None`: there is no limit.
    pub(crate) fn take(
        &self,
        token: Option<&str>,
        address: ClientAddress,
        costly: Option<Costly>,
        now: Time,
    ) -> Option<Standing> {
        let rates = self.rates;
        if rates.requests == 0 {
            return None;
        }
        let hash = token.map(kontor_actions::secrets::hash);
        let known = hash.and_then(|hash| Some((self.known.get(&hash)?, hash)));
        let (account, key) = match known {
            Some((account, hash)) => (account, Key::Token(hash)),
            None => (None, Key::Address(address.network())),
        };
        let alone = self.short.count(key, rates.requests, now);
        let together = account.and_then(|account| {
            self.short
                .count(Key::Account(account), rates.of_account, now)
        });
        let standing = nearest(alone, together);
        // What is refused already uses up nothing else.
        let costly = costly.filter(|_| standing.is_none_or(|standing| !standing.refused));
        let special = costly.and_then(|costly| {
            let most = match costly {
                Costly::Upload => rates.uploads,
                Costly::Deletion => rates.deletions,
            };
            let key = account.map_or_else(
                || Key::CostlyFrom(costly, address.network()),
                |account| Key::CostlyOf(costly, account),
            );
            self.long.count(key, most, now)
        });
        nearest(standing, special)
    }
}

/// Of two limits, the one that is reached, or will be first.
fn nearest(one: Option<Standing>, other: Option<Standing>) -> Option<Standing> {
    let found = one.into_iter().chain(other);
    found.min_by_key(|standing| (!standing.refused, standing.remaining, -standing.seconds))
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

    const ANN: AccountId = AccountId(1);
    const BOB: AccountId = AccountId(2);

    fn at(millis: i64) -> Time {
        time::from_millis(millis).unwrap()
    }

    fn limiter(requests: u32) -> Limiter {
        Limiter::new(Rates {
            requests,
            ..Rates::default()
        })
    }

    fn address(last: u8) -> ClientAddress {
        ClientAddress([192, 0, 2, last].into())
    }

    #[test]
    fn each_caller_has_a_count_of_its_own_that_starts_anew() {
        let limiter = limiter(2);
        let (one, other) = (address(1), address(2));
        let take = |address, now| limiter.take(None, address, None, at(now)).unwrap();
        let refused = |address, now| take(address, now).refused;
        assert!(!refused(one, 0));
        assert!(!refused(one, 1));
        assert!(refused(one, SHORT_MILLIS - 1));
        assert!(!refused(other, 2));
        assert!(!refused(one, SHORT_MILLIS));
        assert_eq!(take(other, 3).remaining, 0);
    }

    #[test]
    fn only_a_good_token_counts_by_itself() {
        let limiter = limiter(1);
        let take = |token| limiter.take(Some(token), address(1), None, at(0)).unwrap();
        assert!(!take("made up").refused);
        assert!(take("another made up").refused);
        limiter.recognise("good", None);
        assert!(!take("good").refused);
        assert!(take("good").refused);
    }

    #[test]
    fn the_tokens_of_one_account_count_together() {
        let limiter = Limiter::new(Rates {
            requests: 3,
            of_account: 5,
            ..Rates::default()
        });
        for (token, account) in [("a", ANN), ("b", ANN), ("c", ANN), ("d", BOB)] {
            limiter.recognise(token, Some(account));
            // That whose it is was not looked at once more changes nothing.
            limiter.recognise(token, None);
        }
        let take = |token| {
            let standing = limiter.take(Some(token), address(1), None, at(0)).unwrap();
            (standing.refused, standing.most, standing.remaining)
        };
        assert_eq!(take("a"), (false, 3, 2));
        assert_eq!(take("a"), (false, 3, 1));
        assert_eq!(take("b"), (false, 3, 2));
        assert_eq!(take("b"), (false, 3, 1));
        assert_eq!(take("c"), (false, 5, 0));
        assert_eq!(take("c"), (true, 5, 0));
        assert_eq!(take("d"), (false, 3, 2));
    }

    #[test]
    fn what_costs_more_has_a_count_of_its_own_for_longer() {
        let limiter = Limiter::new(Rates {
            uploads: 2,
            deletions: 1,
            ..Rates::default()
        });
        for (token, account) in [("a", ANN), ("b", ANN), ("c", BOB)] {
            limiter.recognise(token, Some(account));
        }
        let take = |token, costly, now| {
            let standing = limiter.take(Some(token), address(1), costly, at(now));
            let standing = standing.unwrap();
            (standing.refused, standing.most)
        };
        let (upload, deletion) = (Some(Costly::Upload), Some(Costly::Deletion));
        assert_eq!(take("a", upload, 0), (false, 2));
        assert_eq!(take("b", upload, 1), (false, 2));
        assert_eq!(take("a", upload, SHORT_MILLIS), (true, 2));
        assert_eq!(take("a", None, SHORT_MILLIS), (false, 300));
        assert_eq!(take("a", deletion, SHORT_MILLIS), (false, 1));
        assert_eq!(take("b", deletion, SHORT_MILLIS), (true, 1));
        assert_eq!(take("c", upload, SHORT_MILLIS), (false, 2));
        assert_eq!(take("a", upload, LONG_MILLIS), (false, 2));
        // Whose token is not known to be good counts by address.
        assert_eq!(take("x", deletion, LONG_MILLIS), (false, 1));
        assert_eq!(take("y", deletion, LONG_MILLIS), (true, 1));
    }

    #[test]
    fn what_is_refused_uses_up_nothing_else() {
        let limiter = Limiter::new(Rates {
            requests: 1,
            uploads: 2,
            ..Rates::default()
        });
        limiter.recognise("a", Some(ANN));
        let take = |now| {
            let standing = limiter.take(Some("a"), address(1), Some(Costly::Upload), at(now));
            standing.unwrap().refused
        };
        assert!(!take(0));
        assert!(take(1));
        assert!(take(2));
        assert!(!take(SHORT_MILLIS));
        assert!(take(2 * SHORT_MILLIS), "two were counted");
    }

    #[test]
    fn zero_is_off() {
        let off = limiter(0);
        let upload = Some(Costly::Upload);
        assert_eq!(off.take(None, address(1), upload, at(0)), None);
        let some = Limiter::new(Rates {
            uploads: 0,
            of_account: 0,
            ..Rates::default()
        });
        some.recognise("a", Some(ANN));
        let standing = some.take(Some("a"), address(1), upload, at(0)).unwrap();
        assert_eq!(standing.most, 300);
    }
}
