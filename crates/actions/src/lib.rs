//! Everything that a person or a peer can do: check, one transaction, one event. Doors translate to and from it; it knows
//! nothing of HTTP, `ActivityPub` JSON or Mastodon JSON.

pub mod accounts;
mod app;
pub mod attachments;
mod attempts;
pub mod blocks;
pub mod bookmarks;
pub mod boosts;
pub mod contexts;
pub mod custom_emojis;
pub mod deliveries;
pub mod dislikes;
pub mod effects;
mod error;
pub mod favourites;
pub mod follows;
pub mod instance;
pub mod invites;
pub mod markers;
pub mod notifications;
pub mod oauth;
mod passwords;
pub mod pins;
pub mod polls;
pub mod posts;
pub mod quotes;
pub mod reactions;
pub mod registrations;
mod remote;
pub mod reports;
pub mod search;
pub mod secrets;
pub mod sessions;
mod settings;
pub mod timelines;
pub mod uploads;

pub use app::{App, Parts};
pub use attempts::Attempts;
pub use error::{Error, Result};
pub use passwords::Passwords;
pub use remote::{Found, Remote};
pub use secrets::Entropy;
pub use settings::{Limits, Media, Settings};
