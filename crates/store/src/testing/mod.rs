//! For tests, here and in other crates (feature `testing`): a fresh database of either kind. Rows to put in are in `rows`.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot have its database must fail"
)]

pub mod rows;

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};

use crate::{Opener, Settings, Store};

/// Names a superuser's address on a PostgreSQL server, `postgres://…/postgres`.
pub const POSTGRES: &str = "KONTOR_TEST_POSTGRES";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

/// A database that nobody else uses and that is gone when this is dropped.
#[derive(Debug)]
pub struct Fresh {
    backend: Backend,
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(tempfile::TempDir),
    Server { admin: String, name: String },
}

impl Fresh {
    /// An empty database, without tables.
    ///
    /// # Panics
    /// Without [`POSTGRES`] in the environment, for [`Backend::Postgres`].
    pub fn new(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite://{}", folder.path().join("kontor.db").display());
                Self {
                    backend,
                    url,
                    place: Place::Folder(folder),
                }
            }
            Backend::Postgres => Self::on(server()),
        }
    }

    /// The same on another PostgreSQL server, by a superuser's address.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn on(admin: String) -> Self {
        let name = name();
        admin_connection(&admin)
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .expect("a superuser makes a database");
        let mut url = url::Url::parse(&admin).expect("a superuser's address");
        url.set_path(&name);
        Self {
            backend: Backend::Postgres,
            url: url.into(),
            place: Place::Server { admin, name },
        }
    }

    /// Where the file of a SQLite database is.
    pub fn folder(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(folder) => Some(folder.path()),
            Place::Server { .. } => None,
        }
    }

    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// For `database.url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The default settings with few threads: tests open many stores.
    pub fn settings(&self) -> Settings {
        Settings {
            readers: 2,
            connections: 4,
            ..Settings::new(self.url.clone())
        }
    }

    /// Opens it as the server does. On `SQLite` that works once at a time.
    pub fn store(&self) -> Store {
        Store::open(&self.settings(), Opener::Server).expect("a fresh database opens")
    }

    /// PostgreSQL: ends every connection to the database.
    pub fn hang_up(&self) {
        let Place::Server { admin, name } = &self.place else {
            return;
        };
        admin_connection(admin)
            .batch_execute(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ))
            .expect("a superuser ends connections");
    }

    /// PostgreSQL: takes connections to the database, or none.
    pub fn take_connections(&self, takes: bool) {
        let Place::Server { admin, name } = &self.place else {
            return;
        };
        admin_connection(admin)
            .batch_execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {takes}"))
            .expect("a superuser changes a database");
    }

    /// Runs a statement beside the store, on a connection of its own.
    pub fn execute(&self, sql: &str) {
        let done = match self.backend {
            Backend::Sqlite => {
                diesel::SqliteConnection::establish(self.url.trim_start_matches("sqlite://"))
                    .expect("the file opens")
                    .batch_execute(&format!("PRAGMA busy_timeout = 10000; {sql}"))
            }
            Backend::Postgres => admin_connection(&self.url).batch_execute(sql),
        };
        done.unwrap_or_else(|why| panic!("{sql}: {why}"));
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        // The folder goes by itself.
        if let Place::Server { admin, name } = &self.place
            && let Ok(mut conn) = PgConnection::establish(admin)
        {
            // A server that is gone already took the database along.
            let _gone = conn.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// Runs a test on a fresh SQLite database and then on a fresh PostgreSQL one.
pub async fn each<F, Done>(body: F)
where
    F: Fn(Store) -> Done,
    Done: Future<Output = ()>,
{
    for backend in Backend::ALL {
        let fresh = Fresh::new(backend);
        // Shown when the test fails, so that it says on which of the two.
        eprint_backend(backend);
        body(fresh.store()).await;
    }
}

#[expect(
    clippy::print_stderr,
    reason = "captured by the test harness, and shown when a test fails"
)]
fn eprint_backend(backend: Backend) {
    eprintln!("on {backend:?}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "`scripts/test` hands the server to every test binary by the environment"
)]
fn server() -> String {
    std::env::var(POSTGRES).unwrap_or_else(|_| {
        panic!(
            "{POSTGRES} is not set: `scripts/test` starts a PostgreSQL for the tests and sets it"
        )
    })
}

fn admin_connection(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("the PostgreSQL of KONTOR_TEST_POSTGRES answers")
}

/// A name that no other test, in this process or another, gives its database.
fn name() -> String {
    use std::hash::{BuildHasher, Hasher};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let salt = std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish();
    format!("kontor_test_{}_{count}_{salt:08x}", std::process::id())
}
