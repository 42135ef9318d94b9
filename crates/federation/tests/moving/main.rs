//! The moving side, over real HTTP on the loopback, against peers that the tests play.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    clippy::too_many_lines
)]

mod announced;
mod aside;
mod at_once;
mod attacks;
mod backfill;
mod delivery;
mod featuring;
mod fixtures;
mod follows;
mod group_shapes;
mod groups;
mod groups_agree;
mod groups_appeals;
mod groups_bans;
mod groups_closed;
mod groups_elsewhere;
mod groups_judged;
mod groups_lemmy;
mod groups_moderated;
mod groups_order;
mod groups_owned;
mod groups_paced;
mod groups_refused;
mod groups_requests;
mod groups_titles;
mod groups_told;
mod inbox;
mod keys;
mod kinds;
mod limits;
mod lookups;
mod media;
mod missing;
mod moves;
mod parts;
mod peer;
mod policy;
mod polls;
mod posts;
mod quotes;
mod refused;
mod remote_files;
mod shapes;
mod social;
mod synchronisation;
mod together;
mod trust;
mod verifications;
mod world;
