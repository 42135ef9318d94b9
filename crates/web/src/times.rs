//! Moments as people read them. All of them are UTC, and say so.

use kontor_domain::time::{self, Time};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// For `<time datetime>`.
    pub machine: String,
    /// `5 min`, `3 h`, `12 Nov`, `12 Nov 2025`.
    pub short: String,
    /// `12 November 2026, 15:04 UTC`.
    pub full: String,
}

impl Moment {
    pub fn new(at: Time, now: Time) -> Self {
        Self {
            machine: time::rfc3339_seconds(at),
            short: short(at, now),
            full: at.format("%-d %B %Y, %H:%M UTC").to_string(),
        }
    }
}

fn short(at: Time, now: Time) -> String {
    let age = now - at;
    if age < chrono::Duration::minutes(1) {
        "now".to_owned()
    } else if age < chrono::Duration::hours(1) {
        format!("{} min", age.num_minutes())
    } else if age < chrono::Duration::days(1) {
        format!("{} h", age.num_hours())
    } else if age < chrono::Duration::days(300) {
        at.format("%-d %b").to_string()
    } else {
        at.format("%-d %b %Y").to_string()
    }
}

/// `November 2026`.
pub fn month(at: Time) -> String {
    at.format("%B %Y").to_string()
}

/// RFC 822 with a four-digit year, as RSS 2.0 wants it.
pub fn rfc822(at: Time) -> String {
    at.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_the_coarser() {
        let now = time::parse("2026-11-24T15:00:00Z").unwrap();
        for (at, shown) in [
            ("2026-11-24T14:59:30Z", "now"),
            ("2026-11-24T15:10:00Z", "now"),
            ("2026-11-24T14:55:00Z", "5 min"),
            ("2026-11-24T11:10:00Z", "3 h"),
            ("2026-11-20T11:10:00Z", "20 Nov"),
            ("2025-11-20T11:10:00Z", "20 Nov 2025"),
        ] {
            assert_eq!(
                Moment::new(time::parse(at).unwrap(), now).short,
                shown,
                "{at}"
            );
        }
        let moment = Moment::new(time::parse("2026-01-05T07:08:09.123Z").unwrap(), now);
        assert_eq!(moment.full, "5 January 2026, 07:08 UTC");
        assert_eq!(moment.machine, "2026-01-05T07:08:09Z");
        assert_eq!(
            rfc822(time::parse("2026-01-05T07:08:09Z").unwrap()),
            "Mon, 05 Jan 2026 07:08:09 +0000"
        );
    }
}
