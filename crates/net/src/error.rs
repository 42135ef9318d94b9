//! Everything that can go wrong on the way out. The reasons of policy are in `refused.rs`.

use crate::Refused;
use std::error::Error as StdError;
use std::fmt;

#[derive(Debug)]
pub enum Error {
    /// The settings cannot be used; names the setting.
    Settings(String),
    /// By policy: no byte was sent to the refused target.
    Refused(Refused),
    /// The deadline passed, or the connection took too long.
    Timeout,
    /// The body is larger than `limit` bytes after decompression.
    TooLarge {
        limit: usize,
    },
    TooManyRedirects,
    /// Name resolution, TCP or TLS failed.
    Connect(String),
    /// The connection broke, or the peer does not speak HTTP.
    Io(String),
}

impl Error {
    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout | Self::Connect(_) | Self::Io(_) => true,
            Self::Settings(_)
            | Self::Refused(_)
            | Self::TooLarge { .. }
            | Self::TooManyRedirects => false,
        }
    }

    pub(crate) fn from_exchange(error: reqwest::Error) -> Self {
        if let Some(refused) = causes(&error).find_map(|cause| cause.downcast_ref::<Refused>()) {
            return Self::Refused(refused.clone());
        }
        if error.is_timeout() {
            return Self::Timeout;
        }
        let connecting = error.is_connect();
        let text = describe(&error.without_url());
        if connecting {
            Self::Connect(text)
        } else {
            Self::Io(text)
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(text) => f.write_str(text),
            Self::Refused(refused) => refused.fmt(f),
            Self::Timeout => f.write_str("no answer in time"),
            Self::TooLarge { limit } => write!(f, "the body is larger than {limit} bytes"),
            Self::TooManyRedirects => f.write_str("too many redirects"),
            Self::Connect(text) => write!(f, "cannot connect: {text}"),
            Self::Io(text) => write!(f, "the exchange failed: {text}"),
        }
    }
}

impl StdError for Error {}

/// The innermost causes say what happened; the outer ones repeat that sending failed.
pub(crate) fn describe(error: &(dyn StdError + 'static)) -> String {
    let mut parts: Vec<String> = causes(error).map(ToString::to_string).collect();
    parts.dedup();
    if parts.len() > 1 {
        parts.remove(0);
    }
    parts.join(": ")
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}
