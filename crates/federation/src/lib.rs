//! The door to other servers: `ActivityPub`, `WebFinger`, `NodeInfo` and the signatures between them. Rules are in `actions`.
#![recursion_limit = "512"] // the `@context` is one long `json!`

// As the targets in `fuzz/` call them.
#[cfg(test)]
extern crate self as kontor_federation;
#[cfg(test)]
extern crate self as libfuzzer_sys;

pub mod activities;
mod assertion;
mod at_once;
mod backfill;
mod backlog;
mod cards;
mod collections;
pub mod delivery;
#[cfg(test)]
mod document_test;
mod documents;
mod featuring;
mod federation;
mod fetch;
mod files;
mod forwarded;
mod forwarding;
mod groups;
mod host_meta;
pub mod inbox;
mod inbox_job;
pub mod keys;
mod knock;
#[cfg(test)]
mod libfuzzer;
#[cfg(test)]
mod mangled;
mod media;
mod media_type;
mod negotiation;
mod nodeinfo;
pub mod objects;
mod outgoing;
pub mod policy;
mod posts;
mod problem;
pub mod proof;
mod quotes;
#[cfg(any(test, feature = "testing"))]
pub mod readers;
mod refresh;
mod remote;
mod replays;
mod routes;
pub mod settings;
mod sights;
pub mod signature;
mod synchronisation;
mod threads;
mod unnamed;
mod verifications;
mod webfinger;

pub use federation::Federation;
#[cfg(test)]
use libfuzzer::fuzz_target;
pub use routes::configure;
