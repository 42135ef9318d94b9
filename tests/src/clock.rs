//! The time of day, which only what is signed and what is measured here needs.

use std::time::SystemTime;

#[expect(
    clippy::disallowed_methods,
    reason = "a test stands outside and has no App whose clock it could ask"
)]
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// RFC 3339 in UTC, to the second.
pub fn rfc3339(at: SystemTime) -> String {
    // An HTTP date is `Sun, 06 Nov 1994 08:49:37 GMT` and holds all of it.
    let date = httpdate::fmt_http_date(at);
    let parts: Vec<&str> = date.split(' ').collect();
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = months
        .iter()
        .position(|name| *name == parts[2])
        .expect("a month")
        + 1;
    format!("{}-{month:02}-{}T{}Z", parts[3], parts[1], parts[4])
}
