//! What this process is sending right now, by host.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use kontor_domain::ids::DeliveryId;
use tokio::sync::Notify;

#[derive(Debug, Default)]
pub(super) struct Lanes {
    sending: HashMap<DeliveryId, String>,
    hosts: HashMap<String, Lane>,
}

#[derive(Debug)]
struct Lane {
    taken: usize,
    room: usize,
}

impl Lanes {
    pub(super) fn busy(&self) -> Vec<DeliveryId> {
        self.sending.keys().copied().collect()
    }

    /// Hosts that have no room for another.
    pub(super) fn full_hosts(&self) -> Vec<String> {
        self.hosts
            .iter()
            .filter(|(_, lane)| lane.taken >= lane.room)
            .map(|(host, _)| host.clone())
            .collect()
    }
}

/// The place of one delivery in its host's lane; given back when it is dropped, however the attempt ended.
#[derive(Debug)]
pub(super) struct Slot {
    lanes: Arc<Mutex<Lanes>>,
    freed: Arc<Notify>,
    id: DeliveryId,
}

impl Slot {
    /// `None`: the host has as many under way as `room`.
    pub(super) fn take(
        lanes: &Arc<Mutex<Lanes>>,
        freed: &Arc<Notify>,
        id: DeliveryId,
        host: &str,
        room: usize,
    ) -> Option<Self> {
        let mut inner = lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = inner
            .hosts
            .entry(host.to_owned())
            .or_insert(Lane { taken: 0, room });
        lane.room = room;
        if lane.taken >= room {
            return None;
        }
        lane.taken += 1;
        inner.sending.insert(id, host.to_owned());
        drop(inner);
        Some(Self {
            lanes: lanes.clone(),
            freed: freed.clone(),
            id,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = lanes.sending.remove(&self.id)
            && let Some(lane) = lanes.hosts.get_mut(&host)
        {
            lane.taken = lane.taken.saturating_sub(1);
            if lane.taken == 0 {
                lanes.hosts.remove(&host);
            }
        }
        drop(lanes);
        self.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_holds_what_it_has_room_for_and_a_dropped_slot_is_free() {
        let (lanes, freed) = (Arc::default(), Arc::default());
        let take = |id, host, room| Slot::take(&lanes, &freed, DeliveryId(id), host, room);
        let first = take(1, "a.test", 2).unwrap();
        let _second = take(2, "a.test", 2).unwrap();
        assert!(take(3, "a.test", 2).is_none());
        let _other = take(4, "b.test", 1).unwrap();
        assert_eq!(lanes.lock().unwrap().busy().len(), 3);
        let mut full = lanes.lock().unwrap().full_hosts();
        full.sort();
        assert_eq!(full, ["a.test", "b.test"]);
        drop(first);
        assert_eq!(lanes.lock().unwrap().full_hosts(), ["b.test"]);
        assert!(
            take(5, "a.test", 1).is_none(),
            "its room has shrunk to one, and one is under way"
        );
        assert!(take(6, "a.test", 2).is_some());
    }
}
