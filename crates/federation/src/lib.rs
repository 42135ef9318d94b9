//! The door to other servers: `ActivityPub`, `WebFinger`, `NodeInfo` and the signatures between them. Rules are in `actions`.

pub mod activities;
mod backfill;
mod collections;
pub mod delivery;
mod documents;
mod federation;
mod fetch;
mod host_meta;
pub mod inbox;
mod inbox_job;
pub mod keys;
mod media_type;
mod negotiation;
mod nodeinfo;
pub mod objects;
mod outgoing;
pub mod policy;
mod posts;
mod problem;
mod quotes;
mod remote;
mod routes;
pub mod settings;
mod sights;
pub mod signature;
mod threads;
mod webfinger;

pub use federation::Federation;
pub use routes::configure;
