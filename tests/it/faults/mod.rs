//! What goes wrong: processes that die, peers that are away, peers that lie.

mod answers;
mod communities;
mod down;
mod flood;
mod full;
pub mod inbox;
mod kill;
mod lies;
mod outage;
mod sender;
