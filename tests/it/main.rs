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
#![allow(
    clippy::too_many_lines,
    reason = "a journey is told in one piece, and a table is one thing"
)]

mod api;
mod audience;
mod faults;
mod federation;
mod interop;
mod mail;
mod pushes;
mod server;
mod streaming;
mod web;
