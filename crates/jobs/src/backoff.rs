//! How long to wait after a failure: doubling from `first`, never above `most`, spread so that many do not return at once.

use std::time::Duration;

#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    pub first: Duration,
    pub most: Duration,
}

impl Backoff {
    /// The pause after failure number `failures` (1 is the first). `noise` is any number; it spreads the pause by up to a
    /// quarter either way.
    pub fn pause(self, failures: u32, noise: u64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let pause = self.first.saturating_mul(1_u32 << doublings).min(self.most);
        let millis = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        let spread = noise % (millis / 2).max(1);
        Duration::from_millis(millis - millis / 4 + spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_most_and_spread_by_a_quarter() {
        let backoff = Backoff {
            first: Duration::from_secs(4),
            most: Duration::from_secs(60),
        };
        for noise in [0, 1, 77, u64::MAX] {
            let first = backoff.pause(1, noise).as_millis();
            assert!((3000..5000).contains(&first), "{first}");
            let third = backoff.pause(3, noise).as_millis();
            assert!((12_000..20_000).contains(&third), "{third}");
            let last = backoff.pause(1000, noise).as_millis();
            assert!((45_000..75_000).contains(&last), "{last}");
        }
    }
}
