//! Times are UTC, to the millisecond. Nothing here asks what time it is.

use chrono::{DateTime, Datelike, NaiveDateTime, SubsecRound, Timelike, Utc};

/// A moment in UTC.
pub type Time = NaiveDateTime;

/// A day, in UTC.
pub type Day = chrono::NaiveDate;

/// RFC 3339 with three fraction digits and `Z`, as Mastodon's entities carry it.
pub fn rfc3339(at: Time) -> String {
    plain(at).unwrap_or_else(|| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// The same, for the usual years and seconds. A page has some forty times, and reading the format takes longer than writing them.
fn plain(at: Time) -> Option<String> {
    let year = u32::try_from(at.year())
        .ok()
        .filter(|year| *year < 10_000)?;
    let millis = at.nanosecond() / 1_000_000;
    if millis >= 1000 {
        return None; // A leap second.
    }
    let parts = [
        (year, 1000, '-'),
        (at.month(), 10, '-'),
        (at.day(), 10, 'T'),
        (at.hour(), 10, ':'),
        (at.minute(), 10, ':'),
        (at.second(), 10, '.'),
        (millis, 100, 'Z'),
    ];
    let mut text = String::with_capacity(24);
    for (number, first, after) in parts {
        let mut place = first;
        while place > 0 {
            text.push(char::from_digit(number / place % 10, 10)?);
            place /= 10;
        }
        text.push(after);
    }
    Some(text)
}

/// RFC 3339 to the second with `Z`, as `ActivityStreams` objects carry it.
pub fn rfc3339_seconds(at: Time) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The date alone, `2026-01-31`.
pub fn date(at: Time) -> String {
    at.format("%Y-%m-%d").to_string()
}

/// Reads an RFC 3339 date and time with any offset.
pub fn parse(text: &str) -> Option<Time> {
    DateTime::parse_from_rfc3339(text.trim())
        .ok()
        .map(|at| at.with_timezone(&Utc).naive_utc().trunc_subsecs(3))
}

/// A moment as a peer wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    pub at: Time,
    /// With a fraction of the second, be it zero. Many servers give whole seconds.
    pub exact: bool,
}

/// The same as [`parse`], with how exactly it is written.
pub fn read(text: &str) -> Option<Written> {
    Some(Written {
        at: parse(text)?,
        exact: text.contains('.'),
    })
}

pub fn from_millis(millis: i64) -> Option<Time> {
    DateTime::from_timestamp_millis(millis).map(|at| at.naive_utc())
}

pub fn millis(at: Time) -> i64 {
    at.and_utc().timestamp_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_utc_and_fractions_end_at_the_millisecond() {
        let at = parse("2026-01-31T12:00:00.123456+02:00").unwrap();
        assert_eq!(rfc3339(at), "2026-01-31T10:00:00.123Z");
        assert_eq!(rfc3339_seconds(at), "2026-01-31T10:00:00Z");
        assert_eq!(date(at), "2026-01-31");
        assert_eq!(from_millis(millis(at)), Some(at));
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn what_is_written_by_hand_is_what_the_format_says() {
        let formatted = |at: Time| at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let leap = Day::from_ymd_opt(2016, 12, 31)
            .and_then(|day| day.and_hms_milli_opt(23, 59, 59, 1_250));
        let far = Day::from_ymd_opt(12_026, 1, 2).and_then(|day| day.and_hms_milli_opt(3, 4, 5, 6));
        let before = Day::from_ymd_opt(-1, 1, 2).and_then(|day| day.and_hms_milli_opt(3, 4, 5, 6));
        for at in [leap, far, before].map(Option::unwrap) {
            assert_eq!((plain(at), rfc3339(at)), (None, formatted(at)));
        }
        for millis in (0..40_000).map(|step| -62_000_000_000_000 + step * 7_654_321_987) {
            let at = from_millis(millis).unwrap();
            assert_eq!(plain(at), Some(formatted(at)));
        }
    }

    #[test]
    fn a_fraction_of_zero_is_one() {
        let whole = read("2026-01-31T12:00:00Z").unwrap();
        let exact = read("2026-01-31T12:00:00.000Z").unwrap();
        assert_eq!(whole.at, exact.at);
        assert_eq!((whole.exact, exact.exact), (false, true));
        assert_eq!(read("yesterday."), None);
    }
}
