//! A lane for each host that something waits for: when it is next to be looked at, and what of it is under way. In memory, and
//! made anew from the rows whenever that is in doubt. No clock and no database here.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDateTime;

use kontor_domain::{ids::DeliveryId, time::Time};
use kontor_store::{deliveries::Priority, lanes::Wish};

use super::Settings;

/// Whose turn comes before whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// Of whoever has this at best.
    Of(Priority),
    /// Of hosts that are asked whether they are back, whatever waits for them: they may be many, and most of them do not answer.
    Probe,
}

/// In their order.
const TURNS: [Turn; 4] = [
    Turn::Of(Priority::Direct),
    Turn::Of(Priority::FanOut),
    Turn::Of(Priority::Everywhere),
    Turn::Probe,
];

#[derive(Debug, Default)]
struct Lane {
    /// No row of it comes due before then; `None` when nothing is known to wait.
    due: Option<Time>,
    /// The best of what is known to wait.
    best: Option<Priority>,
    failures: u32,
    paused_until: Option<Time>,
    busy: usize,
    /// Of those under way, how many have gone without an answer for so long that no other should join them.
    stalled: usize,
    /// Where it stands on the agenda.
    planned: Option<(Turn, Time)>,
}

impl Lane {
    fn wait(&mut self, at: Time, priority: Priority) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
        self.best = Some(self.best.map_or(priority, |best| best.min(priority)));
    }

    fn room(&self, per_host: usize) -> usize {
        if self.stalled > 0 {
            return 0;
        }
        let most = if self.failures > 0 { 1 } else { per_host };
        most.saturating_sub(self.busy)
    }

    fn next(&self, per_host: usize, failing_from: u32) -> Option<(Turn, Time)> {
        let due = self.due.filter(|_| self.room(per_host) > 0)?;
        let turn = if self.failures >= failing_from {
            Turn::Probe
        } else {
            Turn::Of(self.best.unwrap_or(Priority::FanOut))
        };
        Some((turn, self.paused_until.map_or(due, |until| due.max(until))))
    }
}

/// One request under way.
#[derive(Debug)]
struct Flight {
    host: String,
    since: Time,
    turn: Turn,
    stalled: bool,
}

#[derive(Debug)]
pub(super) struct Lanes {
    per_host: usize,
    /// Failures in a row from which on a host is asked by probes alone, and how many of them there may be under way.
    failing_from: u32,
    probes: usize,
    hosts: HashMap<String, Lane>,
    flights: HashMap<DeliveryId, Flight>,
    stalled: usize,
    probing: usize,
    /// Lanes with room, by their turn and the time of their next look.
    agenda: BTreeSet<(Turn, Time, String)>,
}

impl Lanes {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            per_host: settings.in_flight_per_host.max(1),
            failing_from: settings.failures_before_pause,
            probes: settings.probes.max(1),
            hosts: HashMap::new(),
            flights: HashMap::new(),
            stalled: 0,
            probing: 0,
            agenda: BTreeSet::new(),
        }
    }

    /// Whose turn it is when something of this priority goes to a host that failed so often in a row.
    pub(super) fn turn(&self, priority: Priority, failures: u32) -> Turn {
        if failures >= self.failing_from {
            Turn::Probe
        } else {
            Turn::Of(priority)
        }
    }

    pub(super) fn busy(&self) -> Vec<DeliveryId> {
        self.flights.keys().copied().collect()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.flights.is_empty()
    }

    /// Requests under way that are thought to be answered soon.
    pub(super) fn brisk(&self) -> usize {
        self.flights.len() - self.stalled
    }

    pub(super) fn stalled(&self) -> usize {
        self.stalled
    }

    /// Something of this host comes due then, or may.
    pub(super) fn wake(&mut self, host: &str, at: Time, priority: Priority) {
        self.change(host, |lane| lane.wait(at, priority));
    }

    /// What is known of the host itself.
    pub(super) fn learn(&mut self, host: &str, failures: u32, paused_until: Option<Time>) {
        if failures == 0 && paused_until.is_none() && !self.hosts.contains_key(host) {
            return;
        }
        self.change(host, |lane| {
            lane.failures = failures;
            lane.paused_until = paused_until;
        });
    }

    /// The same of all hosts that failed last; the others did not.
    pub(super) fn learn_all(&mut self, failing: &HashMap<String, (u32, Option<Time>)>) {
        let hosts: Vec<String> = self.hosts.keys().cloned().collect();
        for host in hosts {
            let (failures, paused_until) = failing.get(&host).copied().unwrap_or_default();
            self.learn(&host, failures, paused_until);
        }
    }

    /// The host spoke, or somebody wants it to be asked.
    pub(super) fn revive(&mut self, host: &str, now: Time) {
        self.learn(host, 0, None);
        self.wake(host, now, Priority::FanOut);
    }

    /// Takes the lanes that are due off the agenda: `most` at most, and of each so many rows that all of them come to about `most`.
    pub(super) fn take(&mut self, now: Time, most: usize) -> Vec<Wish> {
        let mut names: Vec<String> = Vec::new();
        for turn in TURNS {
            let room = self.room(turn).min(most.saturating_sub(names.len()));
            let due = self.waiting(turn).take_while(|(at, _)| *at <= now);
            names.extend(due.take(room).map(|(_, host)| host.to_owned()));
        }
        let share = most.checked_div(names.len()).unwrap_or(0).max(1);
        names
            .into_iter()
            .filter_map(|host| {
                let mut wish = None;
                let per_host = self.per_host;
                self.change(&host, |lane| {
                    lane.due = None;
                    lane.best = None;
                    wish = Some((lane.room(per_host).min(share), lane.busy));
                });
                let (room, busy) = wish?;
                Some(Wish { host, room, busy })
            })
            .collect()
    }

    /// When a lane is next to be looked at.
    pub(super) fn next(&self) -> Option<Time> {
        TURNS
            .into_iter()
            .filter(|turn| self.room(*turn) > 0)
            .filter_map(|turn| self.waiting(turn).next().map(|(at, _)| at))
            .min()
    }

    /// How many lanes may be taken whose turn is this one.
    fn room(&self, turn: Turn) -> usize {
        match turn {
            Turn::Of(_) => usize::MAX,
            Turn::Probe => self.probes.saturating_sub(self.probing),
        }
    }

    /// Lanes with room, by time.
    fn waiting(&self, turn: Turn) -> impl Iterator<Item = (Time, &str)> {
        self.agenda
            .range((turn, NaiveDateTime::MIN, String::new())..)
            .take_while(move |(other, _, _)| *other == turn)
            .map(|(_, at, host)| (*at, host.as_str()))
    }

    pub(super) fn begin(&mut self, id: DeliveryId, host: &str, turn: Turn, now: Time) {
        let flight = Flight {
            host: host.to_owned(),
            since: now,
            turn,
            stalled: false,
        };
        if self.flights.insert(id, flight).is_none() {
            self.probing += usize::from(turn == Turn::Probe);
            self.change(host, |lane| lane.busy += 1);
        }
    }

    /// Something of the lane has ended: what stood behind it may go.
    pub(super) fn end(&mut self, id: DeliveryId, now: Time) {
        let Some(flight) = self.flights.remove(&id) else {
            return;
        };
        self.stalled -= usize::from(flight.stalled);
        self.probing -= usize::from(flight.turn == Turn::Probe);
        let behind = match flight.turn {
            Turn::Of(Priority::Everywhere) => Priority::Everywhere,
            _ => Priority::FanOut,
        };
        self.change(&flight.host, |lane| {
            lane.busy = lane.busy.saturating_sub(1);
            lane.stalled = lane.stalled.saturating_sub(usize::from(flight.stalled));
            lane.wait(now, behind);
        });
    }

    /// Finds requests that have gone unanswered since `since`: they no longer count against the number of requests under way, as
    /// long as there are no more than `most` of them.
    pub(super) fn set_aside(&mut self, since: Time, most: usize) {
        let mut hosts = Vec::new();
        for flight in self.flights.values_mut().filter(|flight| !flight.stalled) {
            if flight.since <= since && self.stalled < most {
                flight.stalled = true;
                self.stalled += 1;
                hosts.push(flight.host.clone());
            }
        }
        for host in hosts {
            self.change(&host, |lane| lane.stalled += 1);
        }
    }

    fn change(&mut self, host: &str, change: impl FnOnce(&mut Lane)) {
        let lane = self.hosts.entry(host.to_owned()).or_default();
        change(lane);
        let next = lane.next(self.per_host, self.failing_from);
        let planned = std::mem::replace(&mut lane.planned, next);
        // Of a lane without rows nothing is worth knowing: what is known of its host comes with the next claim.
        let idle = lane.busy == 0 && lane.due.is_none();
        if planned != next {
            if let Some((turn, at)) = planned {
                self.agenda.remove(&(turn, at, host.to_owned()));
            }
            if let Some((turn, at)) = next {
                self.agenda.insert((turn, at, host.to_owned()));
            }
        }
        if idle {
            self.hosts.remove(host);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;

    use super::*;

    fn at(seconds: i64) -> Time {
        DateTime::from_timestamp(seconds, 0).unwrap().naive_utc()
    }

    fn lanes() -> Lanes {
        Lanes::new(&Settings {
            in_flight_per_host: 2,
            probes: 2,
            stalled_after: Duration::from_secs(1),
            ..Settings::default()
        })
    }

    const FAN_OUT: Turn = Turn::Of(Priority::FanOut);

    fn taken(lanes: &mut Lanes, now: i64, most: usize) -> Vec<(String, usize)> {
        lanes
            .take(at(now), most)
            .into_iter()
            .map(|wish| (wish.host, wish.room))
            .collect()
    }

    fn pairs(list: &[(&str, usize)]) -> Vec<(String, usize)> {
        list.iter()
            .map(|(host, room)| ((*host).to_owned(), *room))
            .collect()
    }

    #[test]
    fn lanes_come_up_by_time_and_those_with_somebody_addressed_first() {
        let mut lanes = lanes();
        lanes.wake("late.test", at(9), Priority::FanOut);
        lanes.wake("a.test", at(2), Priority::FanOut);
        lanes.wake("b.test", at(1), Priority::FanOut);
        lanes.wake("c.test", at(3), Priority::Direct);
        assert_eq!(lanes.next(), Some(at(1)));
        assert_eq!(taken(&mut lanes, 0, 9), []);
        assert_eq!(
            taken(&mut lanes, 5, 2),
            pairs(&[("c.test", 1), ("b.test", 1)])
        );
        assert_eq!(taken(&mut lanes, 5, 0), []);
        assert_eq!(taken(&mut lanes, 5, 9), pairs(&[("a.test", 2)]));
        assert_eq!(lanes.next(), Some(at(9)));
    }

    #[test]
    fn a_lane_takes_what_it_has_room_for_and_comes_up_again_when_something_ends() {
        let mut lanes = lanes();
        lanes.wake("a.test", at(1), Priority::FanOut);
        assert_eq!(taken(&mut lanes, 1, 9), pairs(&[("a.test", 2)]));
        lanes.begin(DeliveryId(1), "a.test", FAN_OUT, at(1));
        lanes.begin(DeliveryId(2), "a.test", FAN_OUT, at(1));
        lanes.wake("a.test", at(1), Priority::FanOut);
        assert_eq!(taken(&mut lanes, 1, 9), []);
        assert_eq!((lanes.brisk(), lanes.next()), (2, None));
        lanes.end(DeliveryId(1), at(2));
        lanes.end(DeliveryId(1), at(2));
        assert_eq!(taken(&mut lanes, 2, 9), pairs(&[("a.test", 1)]));
        lanes.end(DeliveryId(2), at(3));
        assert_eq!(taken(&mut lanes, 3, 9), pairs(&[("a.test", 2)]));
        assert!(lanes.is_idle() && lanes.hosts.is_empty(), "{lanes:?}");
    }

    #[test]
    fn a_paused_host_comes_up_when_its_pause_ends_and_a_failing_one_is_asked_by_one() {
        let mut lanes = lanes();
        lanes.wake("a.test", at(1), Priority::FanOut);
        lanes.learn("a.test", 3, Some(at(60)));
        assert_eq!(
            (taken(&mut lanes, 59, 9), lanes.next()),
            (vec![], Some(at(60)))
        );
        assert_eq!(taken(&mut lanes, 60, 9), pairs(&[("a.test", 1)]));
        lanes.wake("a.test", at(70), Priority::FanOut);
        lanes.learn("a.test", 4, Some(at(900)));
        lanes.revive("a.test", at(80));
        assert_eq!(taken(&mut lanes, 80, 9), pairs(&[("a.test", 2)]));
        lanes.wake("a.test", at(90), Priority::FanOut);
        lanes.learn("a.test", 4, Some(at(900)));
        lanes.learn_all(&HashMap::new());
        assert_eq!(taken(&mut lanes, 90, 9), pairs(&[("a.test", 2)]));
    }

    #[test]
    fn what_goes_everywhere_waits_for_the_rest_and_probes_for_that() {
        let mut lanes = lanes();
        for host in ["dead.test", "gone.test", "lost.test"] {
            lanes.wake(host, at(1), Priority::Direct);
            lanes.learn(host, 3, Some(at(2)));
        }
        lanes.wake("a.test", at(3), Priority::Everywhere);
        lanes.wake("b.test", at(4), Priority::FanOut);
        assert_eq!(
            taken(&mut lanes, 5, 2),
            pairs(&[("b.test", 1), ("a.test", 1)])
        );
        lanes.begin(
            DeliveryId(9),
            "a.test",
            Turn::Of(Priority::Everywhere),
            at(5),
        );
        // So many at a time, however much room there is; the others wait for them, and nobody looks meanwhile.
        assert_eq!(
            taken(&mut lanes, 5, 9),
            pairs(&[("dead.test", 1), ("gone.test", 1)])
        );
        let probe = lanes.turn(Priority::Direct, 3);
        assert_eq!(probe, Turn::Probe);
        lanes.begin(DeliveryId(1), "dead.test", probe, at(5));
        lanes.begin(DeliveryId(2), "gone.test", probe, at(5));
        assert_eq!((taken(&mut lanes, 6, 9), lanes.next()), (vec![], None));
        // What stands behind such a one is no better.
        lanes.end(DeliveryId(9), at(6));
        lanes.wake("c.test", at(7), Priority::FanOut);
        assert_eq!(taken(&mut lanes, 7, 1), pairs(&[("c.test", 1)]));
        assert_eq!(taken(&mut lanes, 7, 9), pairs(&[("a.test", 2)]));
        lanes.learn("dead.test", 4, Some(at(90)));
        lanes.end(DeliveryId(1), at(8));
        assert_eq!(lanes.next(), Some(at(2)));
        assert_eq!(taken(&mut lanes, 8, 9), pairs(&[("lost.test", 1)]));
    }

    #[test]
    fn what_hangs_does_not_count_and_gets_no_company() {
        let mut lanes = lanes();
        for id in 1..4 {
            let host = format!("{id}.test");
            lanes.wake(&host, at(1), Priority::FanOut);
            taken(&mut lanes, 1, 9);
            lanes.begin(DeliveryId(id), &host, FAN_OUT, at(id));
        }
        lanes.set_aside(at(2), 1);
        assert_eq!((lanes.brisk(), lanes.stalled()), (2, 1));
        lanes.set_aside(at(2), 9);
        assert_eq!((lanes.brisk(), lanes.stalled()), (1, 2));
        for id in 1..4 {
            lanes.wake(&format!("{id}.test"), at(2), Priority::FanOut);
        }
        assert_eq!(taken(&mut lanes, 2, 9), pairs(&[("3.test", 1)]));
        lanes.end(DeliveryId(1), at(5));
        assert_eq!((lanes.brisk(), lanes.stalled()), (1, 1));
        assert_eq!(taken(&mut lanes, 5, 9), pairs(&[("1.test", 2)]));
    }
}
