//! The one error of everything that people and peers can do. Each door maps it once to its own answers.

use std::{fmt, time::Duration};

use kontor_domain::ids::AccountId;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug)]
pub enum Error {
    /// Absent, or not for this viewer: the two are never told apart.
    NotFound,
    /// Nobody is signed in, or the token is not good.
    Unauthorized(&'static str),
    /// Signed in, and not allowed.
    Forbidden(&'static str),
    /// A community of ours does not take in what somebody elsewhere wrote for it. Their server is told.
    TurnedAway {
        community: AccountId,
        why: &'static str,
    },
    /// What came in cannot be used; `field` names what is wrong.
    Invalid {
        field: &'static str,
        reason: String,
    },
    /// It stands in the way of something that exists.
    Conflict(String),
    /// It was here and was deleted.
    Gone,
    TooMany {
        retry_after: Duration,
    },
    /// Another server did not do its part.
    Remote(String),
    Internal(kontor_store::Error),
    /// Where files are kept is away: the same may work later.
    Storage(String),
    /// A thread, a lock, the machine's randomness: nothing that a caller could mend.
    Broken(String),
}

impl Error {
    pub fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            reason: reason.into(),
        }
    }

    /// The database is away or has no room, or files cannot be reached: the same may work later.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Internal(why) => why.is_outage(),
            Self::Storage(_) => true,
            _ => false,
        }
    }
}

/// That somebody was here is noted beside what they ask for: while nothing can be written they are let in all the same.
pub(crate) fn unless_outage(noted: Result<()>) -> Result<()> {
    match noted {
        Err(why) if why.is_outage() => {
            tracing::warn!(error = %why, "who was here cannot be noted");
            Ok(())
        }
        other => other,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("Record not found"),
            Self::Unauthorized(why) | Self::Forbidden(why) | Self::TurnedAway { why, .. } => {
                f.write_str(why)
            }
            Self::Invalid { field, reason } => write!(f, "{field} {reason}"),
            Self::Conflict(why) | Self::Remote(why) | Self::Storage(why) | Self::Broken(why) => {
                f.write_str(why)
            }
            Self::Gone => f.write_str("This was deleted"),
            Self::TooMany { retry_after } => write!(
                f,
                "Too many requests; try again in {} s",
                retry_after.as_secs()
            ),
            Self::Internal(why) => write!(f, "the database: {why}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Internal(why) => Some(why),
            _ => None,
        }
    }
}

impl From<kontor_store::Error> for Error {
    fn from(why: kontor_store::Error) -> Self {
        Self::Internal(why)
    }
}

impl kontor_store::Failure for Error {
    fn store_error(&self) -> Option<&kontor_store::Error> {
        match self {
            Self::Internal(why) => Some(why),
            _ => None,
        }
    }
}
