//! Votes that a community passes on: so many in a minute, and so many wait for a later one. Those beyond that are counted here alone.

use std::time::Duration;

use kontor_domain::{ids::AccountId, time::Time};

use super::turns::{LONGEST, Turns, begin_of, minute_of};

#[derive(Debug)]
pub struct Votes {
    turns: Turns,
    /// Of one community.
    most_waiting: u64,
    /// In minutes.
    longest: i64,
}

/// When a vote goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Now,
    At(Time),
    /// Too many wait, or it would wait for too long.
    Never,
}

impl Votes {
    pub fn new(turns: Turns, most_waiting: u32, longest: Duration) -> Self {
        let longest = i64::try_from(longest.as_secs() / 60).unwrap_or(LONGEST);
        Self {
            turns,
            most_waiting: u64::from(most_waiting),
            longest: longest.min(LONGEST),
        }
    }

    /// When another of this account may be passed on. One alone does not use up what is for all.
    pub fn next(&self, community: AccountId, by: AccountId, now: Time) -> Due {
        let this = minute_of(now);
        let last = this + self.longest;
        let mut taken = self.turns.taken(this);
        let Some(minute) = self.turns.free(&taken, (community, by), this..=last) else {
            return Due::Never;
        };
        let waits = minute > this;
        if waits && taken.within(community, this + 1..=last) >= self.most_waiting {
            return Due::Never;
        }
        taken.take(community, by, minute);
        match begin_of(minute) {
            Some(at) if waits => Due::At(at),
            _ => Due::Now,
        }
    }

    /// One that was to go at a certain time does not.
    pub fn give_back(&self, community: AccountId, by: AccountId, (at, now): (Time, Time)) {
        self.turns.give_back(community, by, (at, now));
    }
}

#[cfg(test)]
mod tests {
    use kontor_domain::time;

    use super::*;

    const ONE: AccountId = AccountId(1);
    const ANN: AccountId = AccountId(8);
    const BOB: AccountId = AccountId(9);

    fn at(seconds: i64) -> Time {
        time::from_millis(seconds * 1000).unwrap()
    }

    fn votes((most, most_by_one): (u32, u32), waiting: u32, minutes: u64) -> Votes {
        let turns = Turns::new(most, most_by_one);
        Votes::new(turns, waiting, Duration::from_secs(minutes * 60))
    }

    #[test]
    fn so_many_of_a_community_in_a_minute_and_the_others_later() {
        let votes = votes((2, 5), 10, 60);
        assert_eq!(votes.next(ONE, ANN, at(0)), Due::Now);
        assert_eq!(votes.next(ONE, ANN, at(59)), Due::Now);
        assert_eq!(votes.next(ONE, ANN, at(59)), Due::At(at(60)));
        assert_eq!(votes.next(AccountId(2), ANN, at(59)), Due::Now);
        assert_eq!(votes.next(ONE, ANN, at(60)), Due::Now);
        assert_eq!(votes.next(ONE, ANN, at(60)), Due::At(at(120)));
    }

    #[test]
    fn nobody_uses_up_what_is_for_all() {
        let votes = votes((3, 2), 10, 60);
        let said: Vec<Due> = [ANN, ANN, ANN, ANN, BOB, BOB]
            .into_iter()
            .map(|by| votes.next(ONE, by, at(0)))
            .collect();
        let later = Due::At(at(60));
        assert_eq!(said, [Due::Now, Due::Now, later, later, Due::Now, later]);
    }

    #[test]
    fn so_many_wait_and_for_so_long() {
        let few = votes((1, 1), 2, 60);
        let said = |votes: &Votes| -> Vec<Due> {
            (10..15)
                .map(|by| votes.next(ONE, AccountId(by), at(0)))
                .collect()
        };
        let (first, second) = (Due::At(at(60)), Due::At(at(120)));
        let wanted = [Due::Now, first, second, Due::Never, Due::Never];
        assert_eq!(said(&few), wanted);
        // What is over waits no longer.
        assert_eq!(few.next(ONE, ANN, at(60)), Due::At(at(180)));
        assert_eq!(few.next(ONE, BOB, at(60)), Due::Never);
        assert_eq!(said(&votes((1, 1), 100, 2)), wanted, "longer than allowed");
        let none = [Due::Now, Due::Never, Due::Never, Due::Never, Due::Never];
        assert_eq!(said(&votes((1, 1), 0, 60)), none);
        assert_eq!(said(&votes((1, 1), 100, 0)), none);
        assert_eq!(votes((0, 0), 100, 60).next(ONE, ANN, at(0)), Due::Never);
    }

    #[test]
    fn what_does_not_go_makes_room() {
        let votes = votes((1, 1), 1, 60);
        assert_eq!(votes.next(ONE, ANN, at(0)), Due::Now);
        assert_eq!(votes.next(ONE, ANN, at(0)), Due::At(at(60)));
        assert_eq!(votes.next(ONE, BOB, at(0)), Due::Never);
        votes.give_back(ONE, ANN, (at(60), at(0)));
        assert_eq!(votes.next(ONE, BOB, at(0)), Due::At(at(60)));
    }
}
