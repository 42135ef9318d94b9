//! How old, or how far ahead of our clock, a signature may be. The clock itself is passed in.

use super::Error;
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The clock window. One hour each way is what Mastodon allows and what badly kept clocks need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long after it was made a signature is still accepted.
    pub max_age: Duration,
    /// How far a peer's clock may be off: ahead for a signing time, behind for an expiry.
    pub max_skew: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_age: Duration::from_secs(3600),
            max_skew: Duration::from_secs(3600),
        }
    }
}

impl Policy {
    pub(super) fn check_signed_at(
        &self,
        signed_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        if let Some(over) = beyond(signed_at, now, self.max_age) {
            return Err(Error::Stale(over));
        }
        match beyond(now, signed_at, self.max_skew) {
            Some(over) => Err(Error::Early(over)),
            None => Ok(()),
        }
    }

    pub(super) fn check_expires(
        &self,
        expires: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        match beyond(expires, now, self.max_skew) {
            Some(over) => Err(Error::Stale(over)),
            None => Ok(()),
        }
    }
}

/// By how much `to` lies more than `limit` after `from`; `None` when it does not.
fn beyond(from: DateTime<Utc>, to: DateTime<Utc>, limit: Duration) -> Option<Duration> {
    let distance = to.signed_duration_since(from).to_std().ok()?;
    distance.checked_sub(limit).filter(|over| !over.is_zero())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn the_window_includes_its_edges() {
        let policy = Policy::default();
        assert_eq!(policy.check_signed_at(at(0), at(3600)), Ok(()));
        assert_eq!(policy.check_signed_at(at(3600), at(0)), Ok(()));
        assert_eq!(
            policy.check_signed_at(at(0), at(3601)),
            Err(Error::Stale(Duration::from_secs(1)))
        );
        assert_eq!(
            policy.check_signed_at(at(3602), at(0)),
            Err(Error::Early(Duration::from_secs(2)))
        );
    }

    #[test]
    fn the_limits_are_independent() {
        let policy = Policy {
            max_age: Duration::from_secs(10),
            max_skew: Duration::from_secs(20),
        };
        assert!(policy.check_signed_at(at(0), at(11)).is_err());
        assert!(policy.check_signed_at(at(20), at(0)).is_ok());
        assert!(policy.check_expires(at(0), at(20)).is_ok());
        assert!(policy.check_expires(at(0), at(21)).is_err());
        assert!(policy.check_expires(at(9999), at(0)).is_ok());
    }

    #[test]
    fn the_ends_of_time_are_only_stale_or_early() {
        let policy = Policy::default();
        assert!(matches!(
            policy.check_signed_at(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC),
            Err(Error::Stale(_))
        ));
        assert!(matches!(
            policy.check_signed_at(DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC),
            Err(Error::Early(_))
        ));
    }
}
