//! Who makes communities, and bounds on them.

use std::time::Duration;

use kontor_actions::communities::{Creators, Settings};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Communities {
    pub creators: Creators,
    pub owned: usize,
    pub description_characters: usize,
    pub title_characters: usize,
    pub reason_characters: usize,
    pub moderators: usize,
    pub pins: usize,
    pub requests_read: usize,
    pub purged: i64,
    pub votes_a_minute: u32,
    pub votes_a_minute_by_one: u32,
    pub votes_waiting: u32,
    pub votes_wait_minutes: u64,
    pub posts_a_minute: u32,
    pub posts_a_minute_by_one: u32,
    pub passed_on_bytes: usize,
    pub vote_bytes: usize,
    pub servers_asked_again_days: u64,
}

impl Communities {
    pub fn actions(&self) -> Settings {
        Settings {
            creators: self.creators,
            owned: self.owned,
            description_characters: self.description_characters,
            title_characters: self.title_characters,
            reason_characters: self.reason_characters,
            moderators: self.moderators,
            pins: self.pins,
            requests_read: self.requests_read,
            purged: self.purged,
            votes_a_minute: self.votes_a_minute,
            votes_a_minute_by_one: self.votes_a_minute_by_one,
            votes_waiting: self.votes_waiting,
            votes_wait: Duration::from_secs(self.votes_wait_minutes.saturating_mul(60)),
            posts_a_minute: self.posts_a_minute,
            posts_a_minute_by_one: self.posts_a_minute_by_one,
            passed_on_bytes: self.passed_on_bytes,
            vote_bytes: self.vote_bytes,
            servers_asked_again: Duration::from_secs(
                self.servers_asked_again_days.saturating_mul(24 * 60 * 60),
            ),
        }
    }
}
