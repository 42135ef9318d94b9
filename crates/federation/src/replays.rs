//! Signed requests that were taken lately: the same one is not taken twice, though its signature is good. Bounded in memory; a
//! process remembers its own.

use std::time::Duration;

use moka::sync::Cache;

use crate::settings::Settings;

/// Signatures that are remembered; with more in the clock window, the oldest are forgotten early.
const MOST: u64 = 200_000;

pub(crate) struct Replays(Cache<[u8; 32], ()>);

impl Replays {
    /// A signature is accepted for as long as it is not too old, and not too far in the future.
    pub(crate) fn new(settings: &Settings) -> Self {
        let window = settings
            .signature
            .max_age
            .saturating_add(settings.signature.max_skew)
            .max(Duration::from_secs(1));
        Self(
            Cache::builder()
                .max_capacity(MOST)
                .time_to_live(window)
                .build(),
        )
    }

    /// `false`: it came before.
    pub(crate) fn is_first(&self, fingerprint: &[u8; 32]) -> bool {
        self.0.entry_by_ref(fingerprint).or_insert(()).is_fresh()
    }

    /// The request was not taken after all: it may come again as it is.
    pub(crate) fn forget(&self, fingerprint: &[u8; 32]) {
        self.0.invalidate(fingerprint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_once_unless_it_is_forgotten() {
        let replays = Replays::new(&Settings::default());
        assert!(replays.is_first(&[1; 32]));
        assert!(!replays.is_first(&[1; 32]));
        assert!(replays.is_first(&[2; 32]));
        replays.forget(&[1; 32]);
        assert!(replays.is_first(&[1; 32]));
    }
}
