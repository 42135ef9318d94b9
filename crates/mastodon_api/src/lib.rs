//! Door 1: the client API that Mastodon's apps speak. It translates; what may happen is decided in `actions`. Every route
//! stands in `routes`.

mod account_notes;
mod accounts;
mod blocks;
mod bookmarks;
mod boosts;
mod caller;
mod conversations;
mod custom_emojis;
mod domain_blocks;
pub mod entities;
mod error;
mod favourites;
mod filters;
mod follows;
mod ids;
mod instance;
mod lists;
mod markers;
mod media;
mod mount;
mod mutes;
mod not_yet;
mod notification_groups;
mod notification_requests;
mod notifications;
mod oauth;
mod paging;
mod peers;
mod pins;
mod polls;
mod posts;
mod preferences;
mod quotes;
mod reactions;
mod reports;
pub mod routes;
mod scheduled_statuses;
pub mod scope;
mod search;
mod tags;
mod timelines;
mod trends;

pub use error::{Error, Result};
pub use mount::configure;
pub use not_yet::NOT_YET;
