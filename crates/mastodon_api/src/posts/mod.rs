//! Posts, which clients call statuses. <https://docs.joinmastodon.org/methods/statuses/>

mod create;
mod delivery;
mod edit;
pub(crate) mod extras;
mod oembed;
mod show;
mod unsupported;

pub(crate) use create::create;
pub(crate) use delivery::delivery;
pub(crate) use edit::{delete, edit};
pub(crate) use oembed::oembed;
pub(crate) use show::{by_ids, card, context, history, show, source};
