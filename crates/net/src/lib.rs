//! The only way out: an HTTP client that refuses unsafe targets, and mail to the server that the operator names. What is fetched and how it is
//! signed, and what a mail says, is the caller's business.

mod addresses;
mod client;
mod error;
mod hosts;
mod incoming;
pub mod mail;
mod redirects;
mod refused;
mod resolver;
mod settings;

#[cfg(test)]
mod testing;

pub use client::{Client, Request, Response};
pub use error::Error;
pub use incoming::Incoming;
pub use refused::Refused;
pub use reqwest::Method;
pub use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
pub use settings::Settings;
pub use url::Url;
