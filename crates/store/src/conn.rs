//! One connection of either kind, and the macro that writes a query once for both.

use std::num::NonZeroU32;

use diesel::{
    Connection, PgConnection, QueryResult, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
};

#[diesel::declare_sql_function]
extern "SQL" {
    /// `SQLite`'s.
    fn total_changes() -> diesel::sql_types::BigInt;
}

/// A connection to SQLite or to PostgreSQL. Queries go through `each!`.
#[expect(
    missing_debug_implementations,
    reason = "Diesel's connections have no Debug"
)]
pub enum Conn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// What a write is kept apart from. SQLite runs one write at a time, whatever is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// From everything that other writes do.
    Serial,
    /// From those who want the same rows, by their locks alone.
    Rows,
}

/// Any number that nothing else on the same PostgreSQL locks: writes that lost races run one after another.
const TURN: i64 = 0x006b_6f6e_746f_7202;

/// Runs a body against the connection at hand. The body is type-checked for each database; where the two
/// truly differ, `sqlite |c| …, postgres |c| …` gives two.
macro_rules! each {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn.raw() {
            $crate::Conn::Sqlite($c) => $body,
            $crate::Conn::Postgres($c) => $body,
        }
    };
    ($conn:expr, sqlite |$s:ident| $sb:expr, postgres |$p:ident| $pb:expr $(,)?) => {
        match $conn.raw() {
            $crate::Conn::Sqlite($s) => $sb,
            $crate::Conn::Postgres($p) => $pb,
        }
    };
}

impl Conn {
    pub(crate) fn sqlite(path: &str, settings: &crate::Settings) -> crate::Result<Self> {
        let mut conn = SqliteConnection::establish(path)
            .map_err(|why| crate::Error::Connect(why.to_string()))?;
        // The timeout comes first: switching to WAL may itself have to wait for another process.
        conn.batch_execute(&format!(
            "PRAGMA busy_timeout = {};",
            settings.busy_timeout.as_millis()
        ))?;
        conn.batch_execute(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000; PRAGMA journal_size_limit = 67108864; \
             PRAGMA wal_autocheckpoint = 4000;",
        )?;
        Ok(Self::Sqlite(conn))
    }

    pub(crate) fn postgres(url: &str) -> crate::Result<Self> {
        // An address that libpq reads is never quoted by it; of one that it does not read it may quote anything.
        crate::libpq::check(url)?;
        PgConnection::establish(url)
            .map(Self::Postgres)
            .map_err(|why| crate::Error::Connect(why.to_string()))
    }

    /// Itself: a [`Tx`](crate::Tx) gives its connection by the same name.
    pub(crate) fn raw(&mut self) -> &mut Self {
        self
    }

    /// From now on only a transaction of [`begin_write`](Self::begin_write) writes: what runs as a read cannot. On `SQLite`
    /// the connection cannot write at all.
    pub(crate) fn refuse_writes(&mut self) -> QueryResult<()> {
        each!(
            self,
            sqlite | c | c.batch_execute("PRAGMA query_only = ON"),
            postgres | c | c.batch_execute("SET default_transaction_read_only = on")
        )
    }

    /// From now on statements go by indexes. PostgreSQL likes to read all of a small table, and a write that has read all of it loses to whoever
    /// writes any row of it (its documentation, 13.2.3). A statement that must read a whole table is said to cost so much
    /// that it would be compiled first: that is turned off.
    pub(crate) fn keep_to_indexes(&mut self) -> QueryResult<()> {
        each!(
            self,
            sqlite | _c | Ok(()),
            postgres | c | c.batch_execute("SET enable_seqscan = off; SET jit = off")
        )
    }

    /// Until the transaction ends, statements may read all of a table again: what is tidied up is looked for by what no index is kept of.
    pub(crate) fn allow_scans(&mut self) -> QueryResult<()> {
        each!(
            self,
            sqlite | _c | Ok(()),
            postgres | c | c.batch_execute("SET LOCAL enable_seqscan = on")
        )
    }

    /// Opens the transaction of a read on `SQLite`. Diesel does not know of it: a read opens none of its own, and one that `SQLite` ended
    /// by itself, for a disk that fails, is nothing to it.
    pub(crate) fn begin_read(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(c) => c.batch_execute("BEGIN"),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Ends it. An error says that there was none any more.
    pub(crate) fn end_read(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(c) => c
                .batch_execute("COMMIT")
                .or_else(|_| c.batch_execute("ROLLBACK")),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Opens the transaction of a write.
    pub(crate) fn begin_write(&mut self, isolation: Isolation) -> QueryResult<()> {
        // Writes run as if one after another, as SQLite's do; a lost race is an error and is tried again.
        let postgres = match isolation {
            Isolation::Serial => "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
            Isolation::Rows => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        };
        each!(
            self,
            sqlite | c | AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
            postgres | c | AnsiTransactionManager::begin_transaction_sql(c, postgres)
        )
    }

    /// Waits for its turn among the writes that lost race after race, before the transaction: a snapshot that is taken first
    /// would be old by then.
    pub(crate) fn queue_up(&mut self) -> QueryResult<()> {
        each!(
            self,
            sqlite | _c | Ok(()),
            postgres | c | c.batch_execute(&format!("SELECT pg_advisory_lock({TURN})"))
        )
    }

    /// Lets the next one in. The end of the connection does the same.
    pub(crate) fn leave_queue(&mut self) -> QueryResult<()> {
        each!(
            self,
            sqlite | _c | Ok(()),
            postgres | c | c.batch_execute(&format!("SELECT pg_advisory_unlock({TURN})"))
        )
    }

    /// Commits the transaction of a write, or says why not.
    pub(crate) fn commit_write(&mut self) -> QueryResult<()> {
        each!(
            self,
            sqlite | c | AnsiTransactionManager::commit_transaction(c),
            // A transaction in which a statement failed answers COMMIT by rolling back, and calls that a success. The
            // SELECT fails in it, and what follows is then not run. Diesel reads the new state from the connection.
            postgres | c | c.batch_execute("SELECT 1; COMMIT")
        )
    }

    /// How many rows this connection has changed since it was opened. `SQLite`'s alone.
    pub(crate) fn changes(&mut self) -> QueryResult<i64> {
        each!(
            self,
            sqlite | c | diesel::select(total_changes()).get_result(c),
            postgres | _c | Ok(0)
        )
    }

    /// Is the transaction of a write open, and nothing deeper? `SQLite` ends one by itself when a disk fails. Diesel looks for that
    /// after a statement that fails, and this one always does.
    pub(crate) fn is_in_write(&mut self) -> bool {
        if let Self::Sqlite(c) = self {
            let _as_it_must = c.batch_execute("ROLLBACK TO no_savepoint_of_ours");
        }
        self.depth() == Some(1)
    }

    /// Opens a savepoint inside the transaction.
    pub(crate) fn begin_savepoint(&mut self) -> QueryResult<()> {
        each!(self, |c| AnsiTransactionManager::begin_transaction(c))
    }

    /// Keeps what was written since the savepoint. That nothing deeper is open is part of the check.
    pub(crate) fn commit_savepoint(&mut self) -> QueryResult<()> {
        if self.depth() != Some(2) {
            return Err(diesel::result::Error::BrokenTransactionManager);
        }
        each!(self, |c| AnsiTransactionManager::commit_transaction(c))
    }

    /// Undoes what was written since the savepoint, and whatever a panic left open inside it.
    pub(crate) fn rollback_savepoint(&mut self) -> QueryResult<()> {
        while self
            .depth()
            .ok_or(diesel::result::Error::NotInTransaction)?
            > 1
        {
            each!(self, |c| AnsiTransactionManager::rollback_transaction(c))?;
        }
        Ok(())
    }

    /// Ends the transaction of a write and undoes it.
    pub(crate) fn rollback_write(&mut self) -> QueryResult<()> {
        while self.depth().is_some() {
            each!(self, |c| AnsiTransactionManager::rollback_transaction(c))?;
        }
        if self.is_idle() {
            Ok(())
        } else {
            Err(diesel::result::Error::BrokenTransactionManager)
        }
    }

    /// How many transactions and savepoints are open; `None` too when nobody can say.
    fn depth(&mut self) -> Option<u32> {
        each!(self, |c| {
            AnsiTransactionManager::transaction_manager_status_mut(c).transaction_depth()
        })
        .ok()
        .flatten()
        .map(NonZeroU32::get)
    }

    /// Is no transaction open, for certain?
    pub(crate) fn is_idle(&mut self) -> bool {
        each!(self, |c| {
            !AnsiTransactionManager::is_broken_transaction_manager(c)
        })
    }

    /// Has the other side hung up? Looks at the socket and asks nobody, so it may be looked at before every use.
    pub(crate) fn is_hung_up(&mut self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            // The first look may bring only the server's farewell; the second then meets the end.
            Self::Postgres(c) => {
                (0..2).any(|_| matches!(c.notifications_iter().next(), Some(Err(_))))
            }
        }
    }
}
