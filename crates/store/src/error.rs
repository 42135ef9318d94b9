//! What can go wrong between the house and its database.

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as Diesel};

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug)]
pub enum Error {
    /// `database.url` is neither `sqlite://…` nor `postgres://…`.
    UnknownScheme(String),
    Connect(String),
    /// The database holds a migration that this binary does not know.
    Newer {
        version: String,
    },
    Migration(String),
    /// Another `kontor serve` holds this SQLite file.
    InUse(String),
    Query(Diesel),
    /// The thread that ran the query is gone: the process is shutting down, or the query panicked.
    Lost,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScheme(scheme) => {
                write!(
                    f,
                    "database.url: `{scheme}` is not a known scheme; write sqlite://PATH or postgres://…"
                )
            }
            Self::Connect(why) => write!(f, "database.url: cannot connect: {why}"),
            Self::Newer { version } => write!(
                f,
                "the database was written by a newer version of Kontor (it holds migration {version}, which this \
                 binary does not know); run that version, or restore a backup made before the upgrade"
            ),
            Self::Migration(why) => write!(f, "a migration failed: {why}"),
            Self::InUse(path) => write!(
                f,
                "another `kontor serve` is running on {path}; SQLite serves one at a time"
            ),
            Self::Query(why) => write!(f, "query failed: {why}"),
            Self::Lost => f.write_str("the query was abandoned"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Query(why) => Some(why),
            _ => None,
        }
    }
}

impl From<Diesel> for Error {
    fn from(why: Diesel) -> Self {
        Self::Query(why)
    }
}

impl Error {
    /// A race that another transaction won: the write is run again.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Query(Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            // Diesel has no kind of its own for a deadlock.
            Self::Query(Diesel::DatabaseError(_, info)) => {
                info.message().contains("deadlock detected")
            }
            _ => false,
        }
    }

    /// Might another run end better? A row that another transaction wrote since ours began was not seen when we asked
    /// whether it is there, and is in the way when we write it. What Diesel has no kind for may be a deadlock, told in the
    /// server's own language.
    pub(crate) fn may_be_a_race(&self) -> bool {
        matches!(
            self,
            Self::Query(Diesel::DatabaseError(
                DatabaseErrorKind::UniqueViolation
                    | DatabaseErrorKind::ForeignKeyViolation
                    | DatabaseErrorKind::Unknown,
                _
            ))
        )
    }

    /// The connection broke.
    pub(crate) fn is_hang_up(&self) -> bool {
        matches!(
            self,
            Self::Query(
                Diesel::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
                    | Diesel::BrokenTransactionManager
            )
        )
    }

    pub fn is_unique_violation(&self) -> bool {
        matches!(
            self,
            Self::Query(Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
        )
    }
}

/// What a closure given to the store may fail with.
pub trait Failure: From<Error> + Send + 'static {
    /// The store's own error inside, if there is one: it decides whether a write is run again.
    fn store_error(&self) -> Option<&Error>;
}

impl Failure for Error {
    fn store_error(&self) -> Option<&Error> {
        Some(self)
    }
}
