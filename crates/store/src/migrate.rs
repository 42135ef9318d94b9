//! Brings a database to this binary's shape, and refuses one that is ahead of it.

use diesel::{
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    migration::MigrationSource,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{Conn, Error, Result, check};

pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
pub(crate) const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Any number that nothing else on the same PostgreSQL locks: processes that start together migrate one after another.
const LOCK: i64 = 0x006b_6f6e_746f_7201;

/// Runs what is pending; returns the names of what ran.
pub(crate) fn run(conn: &mut Conn) -> Result<Vec<String>> {
    match conn {
        Conn::Sqlite(c) => {
            refuse_newer(c, &SQLITE)?;
            if !c.has_pending_migration(SQLITE).map_err(failed)? {
                return Ok(Vec::new());
            }
            // Tables are rebuilt while references to them are not enforced; the switch does nothing inside a transaction
            // (https://www.sqlite.org/lang_altertable.html, section 7).
            c.batch_execute("PRAGMA foreign_keys = OFF")?;
            // All of them in one transaction, which also makes processes that start together take turns.
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?;
            let done = refuse_newer(c, &SQLITE)
                .and_then(|()| apply(c, SQLITE))
                .and_then(|done| match check::dangling(c)?.pop() {
                    Some(why) => Err(Error::Migration(why)),
                    None => Ok(done),
                });
            if done.is_ok() {
                AnsiTransactionManager::commit_transaction(c)?;
            } else {
                AnsiTransactionManager::rollback_transaction(c)?;
            }
            c.batch_execute("PRAGMA foreign_keys = ON")?;
            done
        }
        Conn::Postgres(c) => {
            c.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
            let done = refuse_newer(c, &POSTGRES).and_then(|()| apply(c, POSTGRES));
            // The connection ends after this, and the lock with it.
            let _ends_anyway = c.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"));
            done
        }
    }
}

fn apply<DB, C>(conn: &mut C, source: EmbeddedMigrations) -> Result<Vec<String>>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
{
    let applied = conn.run_pending_migrations(source).map_err(failed)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

fn refuse_newer<DB, C>(conn: &mut C, source: &EmbeddedMigrations) -> Result<()>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known = source.migrations().map_err(failed)?;
    let applied = conn.applied_migrations().map_err(failed)?;
    for version in applied {
        if !known
            .iter()
            .any(|migration| migration.name().version() == version)
        {
            return Err(Error::Newer {
                version: version.to_string(),
            });
        }
    }
    Ok(())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "stands where `map_err` hands over the error"
)]
fn failed(why: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Migration(why.to_string())
}
