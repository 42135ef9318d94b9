//! Which posts of a page several tables say something about, in one statement.

use diesel::prelude::*;
use kontor_domain::ids::PostId;

use crate::{
    Conn, Result,
    prepared::{Bind, Prepared},
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    mark: i32,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    post_id: PostId,
}

/// A statement once for each database: `$text` is a macro that is given how a value is one of a list.
macro_rules! among_posts {
    ($text:ident) => {
        $crate::marks::Texts {
            sqlite: $text!("IN (SELECT value FROM json_each(?))"),
            postgres: $text!("= ANY(?)"),
        }
    };
}

/// What is selected is the number of a `mark`, and a `post_id`.
pub(crate) struct Texts {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// `marks` are numbered from 0.
pub(crate) fn of<T: Copy>(
    db: &mut Conn,
    texts: &Texts,
    binds: Vec<Bind>,
    marks: &[T],
) -> Result<Vec<(T, PostId)>> {
    let rows: Vec<Row> = each!(
        db,
        sqlite | c | Prepared::new(texts.sqlite, binds).load(c),
        postgres | c | Prepared::new(texts.postgres, binds).load(c),
    )?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let mark = marks.get(usize::try_from(row.mark).ok()?)?;
            Some((*mark, row.post_id))
        })
        .collect())
}
