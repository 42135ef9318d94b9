//! `schema.rs` and the two sets of migrations say the same.

use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Bool, Integer, Text},
};

use super::read;
use crate::{
    Conn, Result,
    testing::{Backend, Fresh},
};

const SCHEMA: &str = include_str!("../schema.rs");

/// Type, may it be NULL, place in the primary key.
type Column = (String, bool, Option<usize>);
type Tables = BTreeMap<String, BTreeMap<String, Column>>;

/// The index of words is each database's own: not a table that Diesel knows, and on SQLite a handful of them.
fn is_index_of_words(name: &str) -> bool {
    name.starts_with("post_words") || name.starts_with("account_words")
}

/// Reads the `table!` blocks.
fn by_diesel() -> Tables {
    let mut tables = Tables::new();
    let mut keys: Vec<String> = Vec::new();
    let mut at: Option<String> = None;
    for line in SCHEMA.lines().map(str::trim) {
        if let Some((name, rest)) = line
            .strip_suffix(") {")
            .and_then(|line| line.split_once(" ("))
        {
            keys = rest.split(", ").map(str::to_owned).collect();
            tables.insert(name.to_owned(), BTreeMap::new());
            at = Some(name.to_owned());
        } else if let (Some(table), Some((column, kind))) =
            (&at, line.trim_end_matches(',').split_once(" -> "))
        {
            let inner = kind
                .strip_prefix("Nullable<")
                .and_then(|kind| kind.strip_suffix('>'));
            let key = keys.iter().position(|key| key == column);
            let column = (
                column.to_owned(),
                (inner.unwrap_or(kind).to_owned(), inner.is_some(), key),
            );
            tables.get_mut(table).unwrap().insert(column.0, column.1);
        } else if line == "}" {
            at = None;
        }
    }
    tables
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    tbl: String,
    #[diesel(sql_type = Text)]
    col: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    /// From 1; 0 is outside of the primary key.
    #[diesel(sql_type = Integer)]
    key: i32,
}

fn by_database(db: &mut Conn) -> Result<Tables> {
    let sqlite = "SELECT m.name AS tbl, c.name AS col, c.type AS kind, c.\"notnull\" = 0 AS nullable, c.pk AS key \
        FROM sqlite_master AS m, pragma_table_info(m.name) AS c \
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name <> '__diesel_schema_migrations'";
    let postgres = "SELECT c.table_name::text AS tbl, c.column_name::text AS col, c.data_type::text AS kind, \
            c.is_nullable = 'YES' AS nullable, COALESCE(k.ordinal_position, 0)::integer AS key \
        FROM information_schema.columns AS c \
        LEFT JOIN information_schema.table_constraints AS p \
            ON p.table_schema = c.table_schema AND p.table_name = c.table_name AND p.constraint_type = 'PRIMARY KEY' \
        LEFT JOIN information_schema.key_column_usage AS k \
            ON k.constraint_name = p.constraint_name AND k.table_schema = p.table_schema \
            AND k.table_name = p.table_name AND k.column_name = c.column_name \
        WHERE c.table_schema = 'public' AND c.table_name <> '__diesel_schema_migrations'";
    let rows: Vec<Row> = each!(
        db,
        sqlite | c | sql_query(sqlite).load(c)?,
        postgres | c | sql_query(postgres).load(c)?
    );
    let mut tables = Tables::new();
    for row in rows {
        if is_index_of_words(&row.tbl) {
            continue;
        }
        let kind = match row.kind.to_lowercase().as_str() {
            // SQLite's own ids have no other name, and 64 bits.
            "integer" if row.key != 0 => "BigInt",
            "bigint" => "BigInt",
            "integer" => "Integer",
            "smallint" => "SmallInt",
            "text" => "Text",
            "boolean" => "Bool",
            "timestamp without time zone" | "timestamp" => "Timestamp",
            other => panic!("{}.{}: {other}", row.tbl, row.col),
        };
        let key = usize::try_from(row.key).unwrap().checked_sub(1);
        tables
            .entry(row.tbl)
            .or_default()
            .insert(row.col, (kind.to_owned(), row.nullable, key));
    }
    Ok(tables)
}

#[tokio::test]
async fn every_table_and_column_is_as_diesel_sees_it() {
    let wanted = by_diesel();
    assert!(
        wanted.len() > 20 && wanted["posts"].len() > 15,
        "{wanted:?}"
    );
    for backend in Backend::ALL {
        let found = read(&Fresh::new(backend).store(), by_database).await;
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            wanted.keys().collect::<Vec<_>>(),
            "{backend:?}"
        );
        for (table, columns) in &wanted {
            assert_eq!(&found[table], columns, "{table} on {backend:?}");
        }
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[tokio::test]
async fn both_have_the_same_indexes() {
    fn indexes(db: &mut Conn) -> Result<BTreeSet<String>> {
        let sqlite = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
        // Those that a UNIQUE or PRIMARY KEY made have names of the database's own.
        let postgres = "SELECT c.relname::text AS name FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid \
            JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'public' \
            AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)";
        let rows: Vec<Name> = each!(
            db,
            sqlite | c | sql_query(sqlite).load(c)?,
            postgres | c | sql_query(postgres).load(c)?
        );
        let names = rows.into_iter().map(|row| row.name);
        Ok(names.filter(|name| !is_index_of_words(name)).collect())
    }
    let (sqlite, postgres) = (Fresh::new(Backend::Sqlite), Fresh::new(Backend::Postgres));
    let all = read(&sqlite.store(), indexes).await;
    assert!(all.contains("posts_account_id"));
    assert_eq!(read(&postgres.store(), indexes).await, all);
}

/// PostgreSQL's triggers are for all columns.
#[tokio::test]
async fn a_change_of_any_column_makes_another_version_on_sqlite() {
    #[derive(QueryableByName)]
    struct Trigger {
        #[diesel(sql_type = Text)]
        sql: String,
    }
    fn text(db: &mut Conn, table: &str) -> Result<String> {
        let sql = format!(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = '{table}_raise'"
        );
        let rows: Vec<Trigger> = each!(db, |c| sql_query(sql).load(c)?);
        Ok(rows.into_iter().map(|row| row.sql).collect())
    }
    let store = Fresh::new(Backend::Sqlite);
    let store = store.store();
    let tables = by_diesel();
    for table in ["posts", "accounts", "users"] {
        let text = read(&store, move |db| text(db, table)).await;
        let (_, named) = text.split_once(" UPDATE OF").unwrap();
        let (named, _) = named.split_once(" ON ").unwrap();
        let named: BTreeSet<&str> = named.split(',').map(str::trim).collect();
        let wanted: BTreeSet<&str> = tables[table]
            .iter()
            .filter(|(column, (_, _, key))| key.is_none() && *column != "version")
            .map(|(column, _)| column.as_str())
            .collect();
        assert_eq!(named, wanted, "{table}");
    }
}
