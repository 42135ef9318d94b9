//! Turns at what many writes of this process change: a row that two transactions of PostgreSQL change at once is changed by one of them, and the
//! other begins anew.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

/// Each has some of all numbers. They are many more than the connections that write, so that strangers seldom wait for each other.
const QUEUES: usize = 256;

#[derive(Debug, Clone)]
pub(crate) struct Turns(Arc<[Mutex<()>]>);

impl Turns {
    pub(crate) fn new() -> Self {
        Self((0..QUEUES).map(|_| Mutex::new(())).collect())
    }

    /// Whoever asks with the same number waits until this is dropped.
    pub(crate) async fn at(&self, number: i64) -> Option<MutexGuard<'_, ()>> {
        // Ids end alike; what they are multiplied by spreads them over the highest bits.
        let mixed = number.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
        let queue = self.0.get(usize::try_from(mixed).ok()?)?;
        Some(queue.lock().await)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn one_number_has_one_turn_at_a_time() {
        let turns = Turns::new();
        let soon = Duration::from_millis(20);
        let first = turns.at(7).await;
        assert!(first.is_some());
        assert!(tokio::time::timeout(soon, turns.at(7)).await.is_err());
        drop(first);
        assert!(tokio::time::timeout(soon, turns.at(7)).await.is_ok());
    }

    #[tokio::test]
    async fn each_number_has_a_queue_and_strangers_seldom_the_same() {
        let turns = Turns::new();
        let mut held = Vec::new();
        for id in 1..=16_i64 {
            let soon = Duration::from_millis(5);
            // As ids of accounts are made: milliseconds, a lane, a sequence.
            if let Ok(turn) = tokio::time::timeout(soon, turns.at((id * 977) << 16)).await {
                held.push(turn.unwrap());
            }
        }
        assert!(held.len() >= 12, "{}", held.len());
        let others = Turns::new();
        assert!(others.at(i64::MIN).await.is_some());
    }
}
