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
    most_by_one: u32,
    /// In which community, and of whom, if it is not of everybody: the minute, and how many in it.
    seen: Mutex<Seen>,
}

type Seen = HashMap<(AccountId, Option<AccountId>), (i64, u32)>;

/// Minutes that are over are forgotten when more than this are counted.
const KEPT: usize = 1000;

impl Votes {
    pub fn new(most: u32, most_by_one: u32) -> Self {
        Self {
            most,
            most_by_one,
            seen: Mutex::default(),
        }
    }

    /// May another of this account be passed on now? One alone does not use up what is for all.
    pub fn may(&self, community: AccountId, by: AccountId, now: Time) -> bool {
        let minute = time::millis(now) / 60_000;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() > KEPT {
            seen.retain(|_, (known, _)| *known == minute);
        }
        count(&mut seen, (community, Some(by)), minute) <= self.most_by_one
            && count(&mut seen, (community, None), minute) <= self.most
    }
}

fn count(seen: &mut Seen, key: (AccountId, Option<AccountId>), minute: i64) -> u32 {
    let (known, count) = seen.entry(key).or_insert((minute, 0));
    if *known != minute {
        (*known, *count) = (minute, 0);
    }
    *count = count.saturating_add(1);
    *count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_of_a_community_in_a_minute() {
        let votes = Votes::new(2, 5);
        let at = |seconds: i64| time::from_millis(seconds * 1000).unwrap();
        let (one, other, by) = (AccountId(1), AccountId(2), AccountId(9));
        assert!(votes.may(one, by, at(0)) && votes.may(one, by, at(59)));
        assert!(!votes.may(one, by, at(59)));
        assert!(votes.may(other, by, at(59)));
        assert!(votes.may(one, by, at(60)));
    }

    #[test]
    fn nobody_uses_up_what_is_for_all() {
        let votes = Votes::new(3, 2);
        let at = time::from_millis(0).unwrap();
        let (one, ann, bob) = (AccountId(1), AccountId(8), AccountId(9));
        let said: Vec<bool> = [ann, ann, ann, ann, bob, bob]
            .into_iter()
            .map(|by| votes.may(one, by, at))
            .collect();
        assert_eq!(said, [true, true, false, false, true, false]);
    }
}
