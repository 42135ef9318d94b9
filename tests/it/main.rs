//! The tests from outside: real processes, real HTTP, both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

mod audience;
mod faults;
mod interop;
