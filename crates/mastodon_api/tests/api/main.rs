//! The client API over a real database: every operation as a client meets it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on must fail"
)]

mod access;
mod accounts;
mod admin;
mod announcements;
mod client;
mod collections;
mod communities;
mod community_fields;
mod community_moderation;
mod community_pictures;
mod community_roles;
mod community_schema;
mod community_told;
mod conversations;
mod delivery;
mod edges;
mod emails;
mod featuring;
mod filters;
mod follows;
mod hostile;
mod house;
mod instance;
mod kept;
mod lists;
mod measures;
mod media;
mod mutes;
mod notification_groups;
mod notifications;
mod oauth;
mod paging;
mod people;
mod polls;
mod posts;
mod profile;
mod quotes;
mod redraft;
mod registrations;
mod remote_files;
mod scheduled_statuses;
mod schema;
mod search;
mod settings;
mod snapshots;
mod social;
mod statements;
mod tags;
mod thumbnails;
mod timelines;
mod told;
mod tour;
mod warnings;
