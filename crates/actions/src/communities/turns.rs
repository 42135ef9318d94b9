//! When a community passes something on: so much in a minute, for each goes to every server that has members. Whoever writes more waits
//! longer, and keeps nobody else waiting.

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{Mutex, MutexGuard, PoisonError},
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

/// What is given away of minutes. Each process counts for itself, and from the beginning when it starts.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// In which community, of whom, if it is not of everybody, and in which minute: how many.
    counts: HashMap<(AccountId, Option<AccountId>, i64), u32>,
    /// The minute in which those that were over were forgotten.
    swept: i64,
}

/// Nothing waits for longer, in minutes.
pub(super) const LONGEST: i64 = 24 * 60;

impl Taken {
    fn count(&self, community: AccountId, of: Option<AccountId>, minute: i64) -> u32 {
        let known = self.counts.get(&(community, of, minute));
        known.copied().unwrap_or(0)
    }

    /// How many there are in these minutes.
    pub(super) fn within(&self, community: AccountId, minutes: RangeInclusive<i64>) -> u64 {
        minutes
            .map(|minute| u64::from(self.count(community, None, minute)))
            .sum()
    }

    pub(super) fn take(&mut self, community: AccountId, by: AccountId, minute: i64) {
        for of in [Some(by), None] {
            let count = self.counts.entry((community, of, minute)).or_default();
            *count = count.saturating_add(1);
        }
    }

    pub(super) fn give_back(&mut self, community: AccountId, by: AccountId, minute: i64) {
        for of in [Some(by), None] {
            if let Some(count) = self.counts.get_mut(&(community, of, minute)) {
                *count = count.saturating_sub(1);
            }
        }
    }
}

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
        let this = minute_of(now);
        let mut taken = self.taken(this);
        let minute = self
            .free(&taken, (community, by), this..=this + LONGEST)
            .unwrap_or(this + LONGEST);
        taken.take(community, by, minute);
        if minute == this {
            None
        } else {
            begin_of(minute)
        }
    }

    /// One that was to go at a certain time does not.
    pub fn give_back(&self, community: AccountId, by: AccountId, (at, now): (Time, Time)) {
        let mut taken = self.taken(minute_of(now));
        taken.give_back(community, by, minute_of(at));
    }

    pub(super) fn taken(&self, this: i64) -> MutexGuard<'_, Taken> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.swept < this {
            taken.counts.retain(|(_, _, minute), _| *minute >= this);
            taken.swept = this;
        }
        taken
    }

    /// The first of these minutes that has room.
    pub(super) fn free(
        &self,
        taken: &Taken,
        (community, by): (AccountId, AccountId),
        mut minutes: RangeInclusive<i64>,
    ) -> Option<i64> {
        minutes.find(|minute| {
            taken.count(community, Some(by), *minute) < self.most_by_one
                && taken.count(community, None, *minute) < self.most
        })
    }
}

pub(super) fn minute_of(at: Time) -> i64 {
    time::millis(at).div_euclid(MINUTE)
}

pub(super) fn begin_of(minute: i64) -> Option<Time> {
    time::from_millis(minute.saturating_mul(MINUTE))
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
    fn what_does_not_go_makes_room() {
        let turns = Turns::new(1, 1);
        let (one, ann, bob) = (AccountId(1), AccountId(8), AccountId(9));
        assert_eq!(turns.next(one, ann, at(0)), None);
        assert_eq!(turns.next(one, ann, at(0)), Some(at(60)));
        turns.give_back(one, ann, (at(0), at(0)));
        assert_eq!(turns.next(one, bob, at(0)), None);
        turns.give_back(one, ann, (at(60), at(0)));
        assert_eq!(turns.next(one, bob, at(0)), Some(at(60)));
    }

    #[test]
    fn nothing_waits_for_ever() {
        let turns = Turns::new(0, 0);
        let (one, by) = (AccountId(1), AccountId(9));
        assert_eq!(turns.next(one, by, at(0)), Some(at(24 * 60 * 60)));
    }
}
