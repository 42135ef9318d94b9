//! SQLite is compiled as `.cargo/config.toml` says.

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};

use crate::{
    Conn,
    testing::{Backend, Fresh},
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    compile_options: String,
}

/// Without these, each use of a prepared statement prepares it anew, and threads wait for each other at every allocation.
#[tokio::test]
async fn sqlite_is_compiled_for_many_threads_and_prepared_statements() {
    let fresh = Fresh::new(Backend::Sqlite);
    let options: crate::Result<Vec<String>> = fresh
        .store()
        .read(|db| {
            let Conn::Sqlite(c) = db.raw() else {
                panic!("SQLite was asked for")
            };
            let rows: Vec<Row> = sql_query("PRAGMA compile_options").load(c)?;
            Ok(rows.into_iter().map(|row| row.compile_options).collect())
        })
        .await;
    let options = options.unwrap();
    for wanted in ["ENABLE_QPSG", "THREADSAFE=2"] {
        assert!(
            options.iter().any(|option| option == wanted),
            "{wanted}: {options:?}"
        );
    }
    for unwanted in ["ENABLE_MEMORY_MANAGEMENT", "ENABLE_STAT4"] {
        assert!(
            options.iter().all(|option| option != unwanted),
            "{unwanted}: {options:?}"
        );
    }
}
