//! What of a request matters for its signature, for both directions and every form. Values only.

use super::Headers;
use chrono::{DateTime, Utc};
use url::Url;

/// A request about to be sent.
#[derive(Debug, Clone, Copy)]
pub struct SignRequest<'a> {
    pub method: &'a str,
    /// Where it goes, query included. Its authority is what is signed as `host`, so the client must send that.
    pub url: &'a Url,
    pub date: DateTime<Utc>,
    /// The value of the `Digest` header ([`super::digest::sha256`]) of a request with a body.
    pub digest: Option<&'a str>,
    pub content_type: Option<&'a str>,
}

/// A request that came in.
#[derive(Debug, Clone, Copy)]
pub struct VerifyRequest<'a> {
    pub method: &'a str,
    /// As received: `/inbox?x=1`.
    pub path_and_query: &'a str,
    /// Our public host from the configuration, with a port that is not the scheme's own. The `Host` header is not used,
    /// because proxies change it.
    pub host: &'a str,
    pub headers: &'a Headers<'a>,
    /// `None` for methods without a body. An empty body is a body: it needs a digest.
    pub body: Option<&'a [u8]>,
}
