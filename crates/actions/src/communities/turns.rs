//! When a community passes a post on: so many in a minute, for each goes to every server that has members. Whoever writes more waits
//! longer, and keeps nobody else waiting.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use kontor_domain::{
    ids::AccountId,
    time::{self, Time},
};

#[derive(Debug)]
pub struct Turns {
    most: u32,
    most_by_one: u32,
    taken: Mutex<Taken>,
}

/// In which community, of whom, if it is not of everybody, and in which minute: how many.
type Taken = HashMap<(AccountId, Option<AccountId>, i64), u32>;

/// Minutes that are over are forgotten when more than this are counted.
const KEPT: usize = 1000;

/// Nothing waits for longer, in minutes.
const LONGEST: i64 = 24 * 60;

impl Turns {
    pub fn new(most: u32, most_by_one: u32) -> Self {
        Self {
            most,
            most_by_one,
            taken: Mutex::default(),
        }
    }

    /// When another of this account may be passed on. `None`: now.
    pub fn next(&self, community: AccountId, by: AccountId, now: Time) -> Option<Time> {
        let this = time::millis(now) / MINUTE;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() > KEPT {
            taken.retain(|(_, _, minute), _| *minute >= this);
        }
        let count = |of: Option<AccountId>, minute: i64| {
            taken.get(&(community, of, minute)).copied().unwrap_or(0)
        };
        let minute = (this..this + LONGEST)
            .find(|minute| {
                count(Some(by), *minute) < self.most_by_one && count(None, *minute) < self.most
            })
            .unwrap_or(this + LONGEST);
        for of in [Some(by), None] {
            let count = taken.entry((community, of, minute)).or_default();
            *count = count.saturating_add(1);
        }
        if minute == this {
            None
        } else {
            time::from_millis(minute * MINUTE)
        }
    }
}

/// In milliseconds.
const MINUTE: i64 = 60_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        time::from_millis(seconds * 1000).unwrap()
    }

    #[test]
    fn what_is_too_much_for_a_minute_waits_for_another() {
        let turns = Turns::new(2, 5);
        let (one, other, by) = (AccountId(1), AccountId(2), AccountId(9));
        let given: Vec<Option<Time>> = (0..5).map(|_| turns.next(one, by, at(59))).collect();
        let waits = |seconds| Some(at(seconds));
        assert_eq!(given, [None, None, waits(60), waits(60), waits(120)]);
        assert_eq!(turns.next(other, by, at(59)), None);
        assert_eq!(turns.next(one, by, at(121)), None, "one was given before");
        assert_eq!(turns.next(one, by, at(122)), waits(180));
    }

    #[test]
    fn nobody_waits_for_somebody_else() {
        let turns = Turns::new(4, 1);
        let (one, ann, bob) = (AccountId(1), AccountId(8), AccountId(9));
        for minute in [None, Some(at(60)), Some(at(120))] {
            assert_eq!(turns.next(one, ann, at(0)), minute);
        }
        assert_eq!(turns.next(one, bob, at(0)), None);
    }

    #[test]
    fn nothing_waits_for_ever() {
        let turns = Turns::new(0, 0);
        let (one, by) = (AccountId(1), AccountId(9));
        assert_eq!(turns.next(one, by, at(0)), Some(at(24 * 60 * 60)));
    }
}
