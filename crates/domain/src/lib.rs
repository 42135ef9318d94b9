//! The words and rules of Kontor: what an account, a post, an audience and an event are. No I/O, SQL, HTTP or clock.

#[macro_use]
mod columns;

pub mod account;
pub mod attachment;
pub mod audience;
pub mod collection;
pub mod community;
pub mod emoji;
pub mod event;
pub mod filter;
pub mod follow;
pub mod ids;
pub mod interaction;
pub mod list;
pub mod notification;
pub mod page;
pub mod passes;
pub mod peer;
pub mod quote;
pub mod reaction;
pub mod report;
pub mod scope;
pub mod search;
pub mod site;
pub mod text;
pub mod time;
pub mod user;
