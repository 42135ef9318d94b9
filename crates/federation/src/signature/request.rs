//! What of a request matters for its signature, for both directions and every form. Values only.

use super::{Error, Headers};
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

impl SignRequest<'_> {
    /// What clients send as `Host`: the port only if it is not the scheme's own.
    pub(super) fn authority(&self) -> Result<String, Error> {
        let host = self.url.host_str().ok_or(Error::Malformed(
            "a request to a URL without a host cannot be signed",
        ))?;
        Ok(match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    }

    pub(super) fn path_and_query(&self) -> String {
        // The path of a URL with a host is never empty: it begins with a slash.
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// The `Date` header: IMF-fixdate (RFC 9110, section 5.6.7).
    pub(super) fn http_date(&self) -> String {
        self.date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }
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

/// How peers reach us, by the configuration and not by the socket, which a proxy may have made plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scheme {
    Http,
    #[default]
    Https,
}

impl Scheme {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}
