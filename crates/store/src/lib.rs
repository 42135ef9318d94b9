//! The only SQL of the house. `Store` runs closures against SQLite or PostgreSQL; one file per noun holds its queries.

#[macro_use]
mod conn;
#[macro_use]
mod audience;
#[macro_use]
mod aversions;
mod clock;
mod error;
mod ids;
mod libpq;
mod migrate;
mod notices;
mod patterns;
mod postgres;
mod prepared;
mod settings;
mod sqlite;
mod store;
mod task;
mod tx;

mod schema;

pub mod account_notes;
pub mod accounts;
pub mod activities;
pub mod actor_keys;
pub mod announcements;
pub mod attachments;
pub mod blocks;
pub mod bookmarks;
pub mod boosts;
pub mod canonical_email_blocks;
pub mod cards;
pub mod check;
pub mod communities;
pub mod community_log;
pub mod community_posts;
pub mod contexts;
pub mod conversations;
pub mod counts;
pub mod custom_emojis;
pub mod deliveries;
pub mod directory;
pub mod dislikes;
pub mod domain_blocks;
pub mod email_domain_blocks;
pub mod endorsements;
pub mod familiar;
pub mod favourites;
pub mod filters;
pub mod first_sights;
pub mod followed_tags;
pub mod follows;
pub mod home;
pub mod hosts;
pub mod idempotency;
pub mod inbox;
pub mod interaction_limits;
pub mod invites;
pub mod ip_blocks;
pub mod jobs;
pub mod lanes;
pub mod list_entries;
pub mod lists;
pub mod markers;
pub mod moderation;
pub mod muted_threads;
pub mod mutes;
pub mod notification_groups;
pub mod notification_requests;
pub mod notifications;
pub mod oauth;
pub mod peers;
pub mod pins;
pub mod polls;
pub mod posts;
pub mod prune;
pub mod pushes;
pub mod quotes;
pub mod reactions;
pub mod reports;
pub mod scheduled_posts;
pub mod search;
pub mod sessions;
pub mod streams;
pub mod suggestions;
pub mod tag_days;
pub mod tags;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod threads;
pub mod timelines;
pub mod tombstones;
pub mod users;
pub mod visits;

pub use clock::Clock;
pub use conn::Conn;
pub use error::{Error, Failure, Result};
pub use ids::Ids;
pub use settings::{Settings, printable};
pub use store::{Opener, Store};
pub use tx::{Notice, Tx};
