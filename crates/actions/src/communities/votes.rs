//! Votes that a community passes on: so many in a minute, for each may go to every server that has members.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use kontor_domain::{
    ids::AccountId,
    time::{self, Time},
};

#[derive(Debug)]
pub struct Votes {
    most: u32,
    /// The minute, and how many in it.
    seen: Mutex<HashMap<AccountId, (i64, u32)>>,
}

/// Minutes that are over are forgotten when there are more communities than this.
const KEPT: usize = 1000;

impl Votes {
    pub fn new(most: u32) -> Self {
        Self {
            most,
            seen: Mutex::default(),
        }
    }

    /// May another be passed on now?
    pub fn may(&self, community: AccountId, now: Time) -> bool {
        let minute = time::millis(now) / 60_000;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() > KEPT {
            seen.retain(|_, (known, _)| *known == minute);
        }
        let (known, count) = seen.entry(community).or_insert((minute, 0));
        if *known != minute {
            (*known, *count) = (minute, 0);
        }
        *count = count.saturating_add(1);
        *count <= self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_of_a_community_in_a_minute() {
        let votes = Votes::new(2);
        let at = |seconds: i64| time::from_millis(seconds * 1000).unwrap();
        let (one, other) = (AccountId(1), AccountId(2));
        assert!(votes.may(one, at(0)) && votes.may(one, at(59)));
        assert!(!votes.may(one, at(59)));
        assert!(votes.may(other, at(59)));
        assert!(votes.may(one, at(60)));
    }
}
