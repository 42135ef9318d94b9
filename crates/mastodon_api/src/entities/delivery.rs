//! How the deliveries of a post stand. No entity of Mastodon's; docs/adding-an-endpoint.md's rules hold for it all the same.

use kontor_actions::deliveries::{AtPeer, OfPost};
use kontor_domain::time::rfc3339;
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    pub delivered: i64,
    pub waiting: i64,
    pub failed: i64,
    /// By name.
    pub peers: Vec<PeerDelivery>,
    /// For `after`, if there may be more peers.
    pub next: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct PeerDelivery {
    pub domain: String,
    /// `delivered`, `waiting` or `failed`: the worst of what was sent there about the post.
    pub state: &'static str,
    pub delivered: i64,
    pub waiting: i64,
    pub failed: i64,
    pub attempts: i64,
    pub next_attempt_at: Option<String>,
    pub last_delivered_at: Option<String>,
    pub last_status: Option<i32>,
    pub last_error: Option<String>,
}

impl Delivery {
    /// `most` is how many peers were asked for.
    pub fn new(found: OfPost, most: i64) -> Self {
        let full = i64::try_from(found.peers.len()).is_ok_and(|count| count >= most);
        let last = found.peers.last().map(|peer| peer.host.clone());
        Self {
            delivered: found.delivered,
            waiting: found.waiting,
            failed: found.failed,
            next: last.filter(|_| full),
            peers: found.peers.into_iter().map(PeerDelivery::from).collect(),
        }
    }
}

impl From<AtPeer> for PeerDelivery {
    fn from(peer: AtPeer) -> Self {
        Self {
            state: match peer {
                AtPeer { failed: 1.., .. } => "failed",
                AtPeer { waiting: 1.., .. } => "waiting",
                _ => "delivered",
            },
            domain: peer.host,
            delivered: peer.delivered,
            waiting: peer.waiting,
            failed: peer.failed,
            attempts: peer.attempts,
            next_attempt_at: peer.next_attempt_at.map(rfc3339),
            last_delivered_at: peer.last_delivered_at.map(rfc3339),
            last_status: peer.last_status,
            last_error: peer.last_error,
        }
    }
}
