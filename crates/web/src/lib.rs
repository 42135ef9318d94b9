//! Door 2: the pages that a browser shows, rendered here from askama templates. What people may do is decided in `actions`.

mod accounts;
mod approvals;
mod assets;
mod authorisations;
mod communities;
mod community_log;
mod confirmations;
mod cookies;
mod failure;
mod feeds;
mod files;
mod forms;
mod frame;
mod headers;
mod html;
mod instance;
mod interactions;
mod invites;
mod oauth;
mod pages;
mod parts;
mod passwords;
mod people;
mod pictures;
mod posts;
mod registrations;
mod routes;
mod scopes;
mod sessions;
mod setup;
mod timelines;
mod times;
mod two_factor;
mod visit;

pub use routes::configure;
