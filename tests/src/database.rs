//! A database of a test's own, and questions to it that no door answers. Reads alone: the server is the one that writes.

use std::path::{Path, PathBuf};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Text},
};
pub use kontor_store::testing::Backend;
use kontor_store::testing::Fresh;

use crate::Cluster;

pub struct Database(Fresh);

/// A write to a SQLite file that another program has begun. It ends, with nothing written, when this is dropped.
pub struct Writing(SqliteConnection);

impl Drop for Writing {
    fn drop(&mut self) {
        let _its_end_does_it_too = self.0.batch_execute("ROLLBACK");
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    value: String,
}

impl Database {
    pub fn new(backend: Backend) -> Self {
        Self(Fresh::new(backend))
    }

    /// On a PostgreSQL of the test's own.
    pub fn on(cluster: &Cluster) -> Self {
        Self(Fresh::on(cluster.url()))
    }

    pub fn url(&self) -> &str {
        self.0.url()
    }

    pub fn backend(&self) -> Backend {
        self.0.backend()
    }

    /// What the password of the address is, which must never be printed.
    pub fn secret(&self) -> Option<String> {
        url::Url::parse(self.0.url())
            .ok()?
            .password()
            .map(ToOwned::to_owned)
    }

    /// The one number that `SELECT expression AS value …` gives.
    pub fn number(&self, query: &str) -> i64 {
        let rows: Vec<Number> = match self.backend() {
            Backend::Sqlite => sql_query(query).load(&mut self.sqlite()),
            Backend::Postgres => sql_query(query).load(&mut self.postgres()),
        }
        .unwrap_or_else(|why| panic!("{query}: {why}"));
        rows[0].value
    }

    /// The texts that `SELECT expression AS value …` gives.
    pub fn lines(&self, query: &str) -> Vec<String> {
        let rows: Vec<Line> = match self.backend() {
            Backend::Sqlite => sql_query(query).load(&mut self.sqlite()),
            Backend::Postgres => sql_query(query).load(&mut self.postgres()),
        }
        .unwrap_or_else(|why| panic!("{query}: {why}"));
        rows.into_iter().map(|row| row.value).collect()
    }

    /// For what only an operator does, on a database that no server has open.
    pub fn execute(&self, sql: &str) {
        self.0.execute(sql);
    }

    /// Begins a write as another program may, on SQLite: until it ends nobody else writes.
    pub fn begin_writing(&self) -> Writing {
        let mut conn = SqliteConnection::establish(self.file()).expect("the file opens");
        conn.batch_execute("PRAGMA busy_timeout = 10000; BEGIN EXCLUSIVE")
            .expect("nobody else writes for long");
        Writing(conn)
    }

    /// Moves the folder of a SQLite file to another name; returns that.
    pub fn move_away(&self) -> PathBuf {
        let folder = self.0.folder().expect("a file has a folder");
        let away = folder.with_extension("away");
        std::fs::rename(folder, &away).expect("a folder of ours");
        away
    }

    /// And back.
    pub fn move_back(&self, away: &Path) {
        let folder = self.0.folder().expect("a file has a folder");
        std::fs::rename(away, folder).expect("a folder of ours");
    }

    fn file(&self) -> &str {
        self.url().trim_start_matches("sqlite://")
    }

    /// Jobs that were set aside and deliveries that were given up, with their reasons.
    pub fn given_up(&self) -> Vec<String> {
        let mut lines = self.lines(
            "SELECT 'job ' || queue || ' ' || payload || ': ' || coalesce(last_error, '') AS value \
             FROM jobs WHERE failed_at IS NOT NULL",
        );
        lines.extend(self.lines(
            "SELECT 'delivery to ' || inbox_url || ': ' || coalesce(last_error, '') AS value \
             FROM deliveries WHERE failed_at IS NOT NULL",
        ));
        lines
    }

    /// Jobs and deliveries that wait or are under way.
    pub fn under_way(&self) -> i64 {
        // What the clock does to polls waits for its time, an hour or a week.
        self.number("SELECT count(*) AS value FROM jobs WHERE failed_at IS NULL AND (queue <> 'polls' OR attempts > 0)")
            + self.number("SELECT count(*) AS value FROM deliveries WHERE delivered_at IS NULL AND failed_at IS NULL")
    }

    /// How many rows each table has that a stranger's request must not change.
    pub fn census(&self) -> Vec<(&'static str, i64)> {
        const TABLES: [&str; 14] = [
            "accounts",
            "posts",
            "post_revisions",
            "mentions",
            "tags",
            "post_tags",
            "tombstones",
            "follows",
            "home_entries",
            "notifications",
            "inbox",
            "activities",
            "deliveries",
            "jobs",
        ];
        TABLES
            .into_iter()
            .map(|table| {
                (
                    table,
                    self.number(&format!("SELECT count(*) AS value FROM {table}")),
                )
            })
            .collect()
    }

    fn sqlite(&self) -> SqliteConnection {
        let mut conn = SqliteConnection::establish(self.file()).expect("the file opens");
        conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA query_only = ON")
            .expect("a pragma");
        conn
    }

    fn postgres(&self) -> PgConnection {
        let mut conn = PgConnection::establish(self.url()).expect("the test's PostgreSQL answers");
        conn.batch_execute("SET default_transaction_read_only = on")
            .expect("a setting");
        conn
    }
}
