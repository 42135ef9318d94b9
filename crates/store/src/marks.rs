//! Which posts of a page, or which people, several tables say something about, in one statement.

use diesel::prelude::*;

use crate::{
    Conn, Result,
    prepared::{Bind, Prepared},
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    mark: i32,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    id: i64,
}

/// A statement once for each database. `$text` is a macro that is given what the statement begins with, what stands before the name of each
/// table, and how a column is said to be one of those that are asked about. SQLite reads their list once, and goes from each of them to
/// the tables: as a list in each part it would be read, and made a table with an index, as often as there are parts.
macro_rules! among_ids {
    ($text:ident) => {
        $crate::marks::Texts {
            sqlite: $text!(
                "WITH wanted AS MATERIALIZED (SELECT value AS wanted_id FROM json_each(?)) ",
                "wanted CROSS JOIN ",
                "= wanted_id"
            ),
            postgres: $text!("", "", "= ANY(?)"),
        }
    };
}

/// What is selected is the number of a `mark`, and an `id`.
pub(crate) struct Texts {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// A value of a statement on PostgreSQL, in their order.
#[derive(Debug, Clone)]
pub(crate) enum Slot {
    /// Those that are asked about: SQLite has them once, and first.
    Wanted,
    Other(Bind),
}

/// `marks` are numbered from 0.
pub(crate) fn of<T: Copy, I>(
    db: &mut Conn,
    texts: &Texts,
    (wanted, slots): (Bind, &[Slot]),
    marks: &[T],
    id: fn(i64) -> I,
) -> Result<Vec<(T, I)>> {
    let others = slots.iter().filter_map(|slot| match slot {
        Slot::Wanted => None,
        Slot::Other(bind) => Some(bind.clone()),
    });
    let all = slots.iter().map(|slot| match slot {
        Slot::Wanted => wanted.clone(),
        Slot::Other(bind) => bind.clone(),
    });
    let rows: Vec<Row> = each!(
        db,
        sqlite | c | {
            let binds = std::iter::once(wanted.clone()).chain(others).collect();
            Prepared::new(texts.sqlite, binds).load(c)
        },
        postgres | c | Prepared::new(texts.postgres, all.collect()).load(c),
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let mark = marks.get(usize::try_from(row.mark).ok()?)?;
            Some((*mark, id(row.id)))
        })
        .collect())
}
