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

/// A statement once for each database: `$text` is a macro that is given how a value is one of a list.
macro_rules! among_ids {
    ($text:ident) => {
        $crate::marks::Texts {
            sqlite: $text!("IN (SELECT value FROM json_each(?))"),
            postgres: $text!("= ANY(?)"),
        }
    };
}

/// What is selected is the number of a `mark`, and an `id`.
pub(crate) struct Texts {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// `marks` are numbered from 0.
pub(crate) fn of<T: Copy, I>(
    db: &mut Conn,
    texts: &Texts,
    binds: Vec<Bind>,
    marks: &[T],
    id: fn(i64) -> I,
) -> Result<Vec<(T, I)>> {
    let rows: Vec<Row> = each!(
        db,
        sqlite | c | Prepared::new(texts.sqlite, binds).load(c),
        postgres | c | Prepared::new(texts.postgres, binds).load(c),
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let mark = marks.get(usize::try_from(row.mark).ok()?)?;
            Some((*mark, id(row.id)))
        })
        .collect())
}
