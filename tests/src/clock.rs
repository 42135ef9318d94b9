//! The time of day, which only what is signed and what is measured here needs.

use std::time::SystemTime;

#[expect(
    clippy::disallowed_methods,
    reason = "a test stands outside and has no App whose clock it could ask"
)]
pub fn now() -> SystemTime {
    SystemTime::now()
}
