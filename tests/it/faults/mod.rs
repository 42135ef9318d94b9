//! What goes wrong: processes that die, peers that are away, peers that lie.

mod down;
mod flood;
pub mod inbox;
mod kill;
mod lies;
mod sender;
