//! What can go wrong with a picture, with an upload, and with where files are kept.

use crate::MAX_SIDE;
use std::{fmt, io};

#[derive(Debug)]
pub enum Error {
    /// A side is 0 or larger than [`MAX_SIDE`]; names the side.
    Side {
        name: &'static str,
        pixels: u32,
    },
    Encode(png::EncodingError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Side { name, pixels } => {
                write!(f, "{name}: {pixels} is not within 1 and {MAX_SIDE} pixels")
            }
            Self::Encode(error) => write!(f, "the picture cannot be encoded: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Side { .. } => None,
            Self::Encode(error) => Some(error),
        }
    }
}

impl From<png::EncodingError> for Error {
    fn from(error: png::EncodingError) -> Self {
        Self::Encode(error)
    }
}

/// Why an upload is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It is none of the kinds that can be uploaded.
    Kind,
    TooLarge,
    /// A film of more pictures a second than are taken.
    TooFast,
    /// To read it, or to write it anew, takes longer than it may.
    TooLong,
    /// It cannot be put where it is worked on.
    Disk(String),
    /// It cannot be read; the decoder's own words.
    Broken(String),
}

/// Why a file cannot be kept, read or removed.
#[derive(Debug)]
pub enum Failed {
    Disk(io::Error),
    /// The bucket does not answer, or not now: the same may work later.
    Away(String),
    /// The bucket answers, and does not do it: what it calls that, if it says so.
    Bucket {
        status: u16,
        code: String,
    },
}

impl Failed {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "stands where `map_err` hands over the error"
    )]
    pub(crate) fn net(why: kontor_net::Error) -> Self {
        Self::Away(why.to_string())
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk(why) => write!(f, "the disk: {why}"),
            Self::Away(why) => write!(f, "the bucket: {why}"),
            Self::Bucket { status, code } => {
                write!(f, "the bucket answers with {status} {code}")
            }
        }
    }
}

impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk(why) => Some(why),
            Self::Away(_) | Self::Bucket { .. } => None,
        }
    }
}

impl From<io::Error> for Failed {
    fn from(why: io::Error) -> Self {
        Self::Disk(why)
    }
}
