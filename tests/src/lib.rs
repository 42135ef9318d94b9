//! The harness: real servers as processes of their own, scripted peers, clients. The tests are in `it/`.
//!
//! What it cannot have, it fails for: a test that cannot have its server or its database must not pass.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic,
    clippy::print_stderr,
    reason = "used by tests alone, where a failure is a panic"
)]
#![allow(
    clippy::return_self_not_must_use,
    reason = "an `Answer` that was as expected may be left at that"
)]

pub mod address;
pub mod answer;
pub mod binary;
pub mod browser;
pub mod chromium;
pub mod client;
pub mod clock;
pub mod cluster;
pub mod database;
pub mod dice;
pub mod environment;
pub mod fedify;
pub mod http;
pub mod http2;
pub mod letter;
pub mod mailbox;
pub mod peer;
pub mod person;
pub mod push;
pub mod python;
pub mod server;
pub mod signing;
pub mod storage;
pub mod stream;
pub mod tls;
pub mod wait;

pub use address::Address;
pub use answer::Answer;
pub use client::Client;
pub use cluster::Cluster;
pub use database::{Backend, Database};
pub use letter::Letter;
pub use mailbox::Mailbox;
pub use peer::{Actor, Behaviour, Peer};
pub use person::Person;
pub use server::{Server, Setup};
pub use stream::{Events, Socket};
pub use wait::{holds, until};

pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
pub const ACTIVITY: &str = "application/activity+json";
