//! The pages over HTTP, on a real database: what they show, to whom, and which forms they take.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic,
    reason = "a test that meets what it does not expect must fail"
)]

mod browser;
mod communities;
mod community_threads;
mod consent;
mod feeds;
mod house;
mod interactions;
mod joining;
mod look;
mod mails;
mod parts;
mod reading;
mod remote_files;
mod settings;
mod signing;
mod two_factor;
