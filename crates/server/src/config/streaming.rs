//! The sections `[streaming]` and `[push]`: how people hear of what happens as it happens.

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Streaming {
    pub connections: usize,
    pub connections_per_account: usize,
    pub connections_per_address: usize,
    pub streams: usize,
    pub buffer: usize,
    pub message_bytes: usize,
    pub heartbeat_seconds: u64,
    pub unread_seconds: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    pub retry_first_ms: u64,
}

impl Streaming {
    /// The name of one that is zero and must not be.
    pub(super) fn zero(&self) -> Option<&'static str> {
        let counts = [
            ("streaming.streams", self.streams),
            ("streaming.buffer", self.buffer),
            ("streaming.message_bytes", self.message_bytes),
        ];
        let count = counts.iter().find(|(_, count)| *count == 0);
        let times = [
            ("streaming.heartbeat_seconds", self.heartbeat_seconds),
            ("streaming.unread_seconds", self.unread_seconds),
        ];
        let time = times.iter().find(|(_, time)| *time == 0);
        count
            .map(|(name, _)| *name)
            .or_else(|| time.map(|(name, _)| *name))
    }

    pub(super) fn actions(&self) -> kontor_actions::Streaming {
        kontor_actions::Streaming {
            connections: self.connections,
            connections_per_account: self.connections_per_account,
            connections_per_address: self.connections_per_address,
            streams: self.streams,
            buffer: self.buffer,
            message_bytes: self.message_bytes,
            heartbeat: Duration::from_secs(self.heartbeat_seconds),
        }
    }

    /// A client that takes nothing of what it was sent for so long is cut off.
    pub fn unread(&self) -> Duration {
        Duration::from_secs(self.unread_seconds)
    }
}
