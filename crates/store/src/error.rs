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

    /// The database is away, has no room or is held by another program: not this query is at fault, and a later one may be
    /// answered.
    pub fn is_outage(&self) -> bool {
        /// Of PostgreSQL (57P01 to 57P03, 53100) and of SQLite (`SQLITE_FULL`, `SQLITE_IOERR`, `SQLITE_BUSY`, `SQLITE_CANTOPEN`), for
        /// which Diesel has no kinds.
        const SAYS: [&str; 9] = [
            "terminating connection",
            "the database system is",
            "server closed the connection",
            "No space left on device",
            "could not extend file",
            "database or disk is full",
            "disk I/O error",
            "database is locked",
            "unable to open database file",
        ];
        match self {
            Self::Connect(_) => true,
            Self::Query(Diesel::DatabaseError(_, info)) => {
                self.is_hang_up() || SAYS.iter().any(|says| info.message().contains(says))
            }
            _ => self.is_hang_up(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_from_a_fault() {
        let query =
            |kind, text: &str| Error::Query(Diesel::DatabaseError(kind, Box::new(text.to_owned())));
        for outage in [
            Error::Connect("connection refused".to_owned()),
            query(DatabaseErrorKind::ClosedConnection, "gone"),
            query(DatabaseErrorKind::Unknown, "database or disk is full"),
            query(DatabaseErrorKind::Unknown, "database is locked"),
            query(
                DatabaseErrorKind::Unknown,
                "terminating connection due to administrator command",
            ),
        ] {
            assert!(outage.is_outage(), "{outage}");
            assert!(outage.again().is_outage(), "{outage}, told to another");
        }
        for fault in [
            Error::Lost,
            Error::Query(Diesel::NotFound),
            query(DatabaseErrorKind::Unknown, "no such table: posts"),
            query(DatabaseErrorKind::UniqueViolation, "twice"),
        ] {
            assert!(!fault.is_outage(), "{fault}");
        }
    }
}
