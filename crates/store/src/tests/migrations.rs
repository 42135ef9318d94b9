//! Opening a database: which addresses, which shapes, and who may.

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use diesel_migrations::MigrationHarness;

use super::{read, write};
use crate::{
    Conn, Error, Opener, Result, Settings, Store, migrate,
    testing::{Backend, Fresh, rows::at},
    tombstones,
};

pub(super) fn connection(fresh: &Fresh) -> Conn {
    match fresh.backend() {
        Backend::Sqlite => crate::sqlite::open(
            &crate::sqlite::path(fresh.url()).unwrap(),
            &fresh.settings(),
        )
        .unwrap(),
        Backend::Postgres => Conn::postgres(fresh.url()).unwrap(),
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn tables(db: &mut Conn) -> Vec<String> {
    let sqlite =
        "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let postgres = "SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1";
    let rows: Vec<Name> = each!(
        db,
        sqlite | c | sql_query(sqlite).load(c).unwrap(),
        postgres | c | sql_query(postgres).load(c).unwrap()
    );
    rows.into_iter().map(|row| row.name).collect()
}

#[test]
fn up_then_down_then_up() {
    for backend in Backend::ALL {
        let fresh = Fresh::empty(backend);
        let mut conn = connection(&fresh);
        assert!(!migrate::run(&mut conn).unwrap().is_empty());
        let full = tables(&mut conn);
        assert!(full.iter().any(|name| name == "posts"));
        match &mut conn {
            Conn::Sqlite(c) => {
                assert!(!c.revert_all_migrations(migrate::SQLITE).unwrap().is_empty());
            }
            Conn::Postgres(c) => assert!(
                !c.revert_all_migrations(migrate::POSTGRES)
                    .unwrap()
                    .is_empty()
            ),
        }
        let left = tables(&mut conn);
        assert!(
            left.iter()
                .all(|name| name.starts_with("__diesel_schema_migrations")),
            "{left:?}"
        );
        assert!(!migrate::run(&mut conn).unwrap().is_empty());
        assert_eq!(tables(&mut conn), full);
        assert!(migrate::run(&mut conn).unwrap().is_empty());
    }
}

#[test]
fn a_database_from_a_newer_version_is_refused_and_left_alone() {
    for backend in Backend::ALL {
        let fresh = Fresh::empty(backend);
        drop(fresh.store());
        fresh.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')");
        match Store::open(&fresh.settings(), Opener::Server) {
            Err(Error::Newer { version }) => assert_eq!(version, "9999"),
            other => panic!("{other:?}"),
        }
        let message = Error::Newer {
            version: "9999".to_owned(),
        }
        .to_string();
        assert!(
            message.contains("9999") && message.contains("newer version"),
            "{message}"
        );
        fresh.execute("DELETE FROM __diesel_schema_migrations WHERE version = '9999'");
        assert!(fresh.store().migrated().is_empty());
    }
}

#[test]
fn an_address_that_is_no_database_is_refused_and_gives_no_secret_away() {
    for (url, scheme) in [
        ("mysql://root:hunter2@localhost/kontor", "mysql"),
        ("sqlite://", "sqlite"),
        ("sqlite://:memory:", "sqlite"),
        ("kontor.db", "kontor.db"),
        ("postgres:root:hunter2@localhost", "postgres"),
        ("", ""),
    ] {
        match Store::open(&Settings::new(url), Opener::Server) {
            Err(Error::UnknownScheme(found)) => assert_eq!(found, scheme, "{url}"),
            other => panic!("{url}: {other:?}"),
        }
    }
    let nobody = Store::open(
        &Settings::new("postgres://root:hunter2@127.0.0.1:1/kontor"),
        Opener::Server,
    )
    .unwrap_err();
    assert!(
        matches!(nobody, Error::Connect(_)) && !nobody.to_string().contains("hunter2"),
        "{nobody}"
    );
}

#[tokio::test]
async fn on_sqlite_one_server_and_any_number_of_commands() {
    let fresh = Fresh::empty(Backend::Sqlite);
    let server = fresh.store();
    let second = Store::open(&fresh.settings(), Opener::Server).unwrap_err();
    assert!(
        matches!(second, Error::InUse(_)) && second.to_string().contains("kontor.db"),
        "{second}"
    );
    let command = Store::open(&fresh.settings(), Opener::Command).unwrap();
    write(&command, |tx| tombstones::insert(tx, "x", at(0, 0))).await;
    write(&server, |tx| tombstones::insert(tx, "y", at(0, 0))).await;
    assert_eq!(
        read(&server, |db| tombstones::deleted_at(db, "x")).await,
        Some(at(0, 0))
    );
    assert_eq!(
        read(&command, |db| tombstones::deleted_at(db, "y")).await,
        Some(at(0, 0))
    );
    let clone = server.clone();
    drop(server);
    assert!(matches!(
        Store::open(&fresh.settings(), Opener::Server),
        Err(Error::InUse(_))
    ));
    drop(clone);
    fresh.store();
}

#[test]
fn a_folder_is_made_and_one_that_cannot_be_is_named() {
    let fresh = Fresh::empty(Backend::Sqlite);
    let folder = fresh.folder().unwrap();
    let deep = format!("sqlite://{}/a/b/kontor.db", folder.display());
    Store::open(&Settings::new(deep), Opener::Server).unwrap();
    std::fs::write(folder.join("file"), "").unwrap();
    let under_a_file = format!("sqlite://{}/file/kontor.db", folder.display());
    let why = Store::open(&Settings::new(under_a_file), Opener::Server)
        .unwrap_err()
        .to_string();
    assert!(
        why.contains("cannot make the folder") && why.contains("/file"),
        "{why}"
    );
}

/// Several that start at once on an empty database: one makes the tables, the others find them.
#[test]
fn those_that_start_together_take_turns() {
    for backend in Backend::ALL {
        let fresh = Fresh::empty(backend);
        let opener = if backend == Backend::Sqlite {
            Opener::Command
        } else {
            Opener::Server
        };
        let all: Vec<Result<Store>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| Store::open(&fresh.settings(), opener)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let stores: Vec<Store> = all.into_iter().collect::<Result<_>>().unwrap();
        assert_eq!(
            stores
                .iter()
                .filter(|store| !store.migrated().is_empty())
                .count(),
            1,
            "{backend:?}"
        );
    }
}
