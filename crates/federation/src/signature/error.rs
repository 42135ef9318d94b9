//! What can be wrong with a signature, a digest or a key. How a door answers (400, 401, 503) is not decided here.

use super::Algorithm;
use std::fmt;
use std::time::Duration;

/// Why a signature, a digest or a key was refused.
///
/// `Malformed` and `Unsupported` are the sender's mistakes and no other key mends them; `BadSignature` and `KeyKind` may mean
/// that the key was rotated, so that one refetch of the key is worth it: [`Error::may_be_old_key`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A header or key id that cannot be read.
    Malformed(&'static str),
    /// A header (or signature parameter) that must be there and is not.
    Missing(String),
    /// A part of the request that the signature has to cover and does not.
    Unsigned(&'static str),
    /// A signature form, algorithm or key id scheme that is not spoken here.
    Unsupported(String),
    /// Signed, or expired, longer ago than the policy allows.
    Stale(Duration),
    /// Signed further in the future than the policy allows.
    Early(Duration),
    /// The signature is not the key's signature of this request.
    BadSignature,
    /// The body is not the one that the digest was made of.
    BadDigest,
    /// The signature names another algorithm than this one, which is the only one of the key.
    KeyKind(Algorithm),
    /// A key that cannot be read, or is of the wrong kind or size.
    BadKey(&'static str),
}

impl Error {
    /// Whether the key may have been replaced since it was read.
    pub fn may_be_old_key(&self) -> bool {
        matches!(self, Self::BadSignature | Self::KeyKind(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) => f.write_str(reason),
            Self::Missing(name) => write!(f, "`{name}` is missing"),
            Self::Unsigned(name) => write!(f, "the signature does not cover `{name}`"),
            Self::Unsupported(what) => write!(f, "{what} is not supported"),
            Self::Stale(by) => write!(f, "the signature is too old, by {} s", by.as_secs()),
            Self::Early(by) => write!(
                f,
                "the signature is {} s further in the future than allowed",
                by.as_secs()
            ),
            Self::BadSignature => {
                f.write_str("the signature does not match the request and the key")
            }
            Self::BadDigest => f.write_str("the digest does not match the body"),
            Self::KeyKind(algorithm) => write!(
                f,
                "the signature names another algorithm than its key's, `{algorithm}`"
            ),
            Self::BadKey(reason) => write!(f, "the key cannot be used: {reason}"),
        }
    }
}

impl std::error::Error for Error {}
