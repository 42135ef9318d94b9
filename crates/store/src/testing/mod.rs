//! For tests, here and in other crates (feature `testing`): a fresh database of either kind. Rows to put in are in `rows`.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot have its database must fail"
)]

pub mod rows;

use std::{
    path::Path,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};

use crate::{Conn, Opener, Settings, Statements, Store, migrate, sqlite};

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
    /// A database with all tables and no rows: a copy of one that was made once in this process.
    ///
    /// # Panics
    /// Without [`POSTGRES`] in the environment, for [`Backend::Postgres`].
    pub fn new(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => {
                let fresh = Self::empty(backend);
                std::fs::write(fresh.file(), sqlite_model()).expect("a file in a new folder");
                fresh
            }
            Backend::Postgres => Self::create(server(), &format!(" TEMPLATE {}", postgres_model())),
        }
    }

    /// A database without tables.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn empty(backend: Backend) -> Self {
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

    /// A database without tables on another PostgreSQL server, by a superuser's address.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn on(admin: String) -> Self {
        Self::create(admin, "")
    }

    fn create(admin: String, how: &str) -> Self {
        let name = name();
        admin_connection(&admin)
            .batch_execute(&format!("CREATE DATABASE {name}{how}"))
            .expect("a superuser makes a database");
        let mut url = url::Url::parse(&admin).expect("a superuser's address");
        url.set_path(&name);
        Self {
            backend: Backend::Postgres,
            url: url.into(),
            place: Place::Server { admin, name },
        }
    }

    fn file(&self) -> &str {
        self.url.trim_start_matches("sqlite://")
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
            statements: Statements::counted(),
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
            Backend::Sqlite => diesel::SqliteConnection::establish(self.file())
                .expect("the file opens")
                .batch_execute(&format!("PRAGMA busy_timeout = 10000; {sql}")),
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

/// The file of a SQLite database with all tables.
fn sqlite_model() -> &'static [u8] {
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    MODEL.get_or_init(|| {
        let fresh = Fresh::empty(Backend::Sqlite);
        let mut conn =
            sqlite::open(Path::new(fresh.file()), &fresh.settings()).expect("a new database opens");
        migrate::run(&mut conn).expect("the migrations run");
        drop(conn);
        std::fs::read(fresh.file()).expect("the file can be read")
    })
}

/// The name of a PostgreSQL database with all tables. It stays until its server is gone, as that of `scripts/postgres` is at
/// the end of the command.
fn postgres_model() -> &'static str {
    static MODEL: OnceLock<String> = OnceLock::new();
    MODEL.get_or_init(|| {
        let fresh = Fresh::empty(Backend::Postgres);
        let mut conn = Conn::postgres(&fresh.url).expect("a new database opens");
        migrate::run(&mut conn).expect("the migrations run");
        drop(conn);
        let fresh = std::mem::ManuallyDrop::new(fresh);
        match &fresh.place {
            Place::Server { name, .. } => name.clone(),
            Place::Folder(_) => unreachable!("it was made on a server"),
        }
    })
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
        Box::pin(body(fresh.store())).await;
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
