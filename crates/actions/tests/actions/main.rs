//! Actions against both databases: what they decide, and that doing a thing twice changes nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod appeals;
mod collections;
mod communities;
mod community_bounds;
mod community_roles;
mod featuring;
mod follows;
mod house;
mod mails;
mod moderation;
mod oauth;
mod posts;
mod profiles;
mod queues;
mod registrations;
mod remote_files;
mod scheduled_posts;
mod search;
mod second_factors;
mod sessions;
mod timelines;
mod uploads;
