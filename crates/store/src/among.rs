//! Is a value one of a list? Said so that the statement stays prepared whatever the list holds: as one value, an array on
//! PostgreSQL, JSON on SQLite. Diesel's own `eq_any` has a parameter for each on SQLite, and is prepared anew each time.

use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::ValidGrouping,
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{Array, Bool, HasSqlType, SqlType, Text},
    sqlite::Sqlite,
};
use serde::Serialize;

#[derive(Debug, Clone)]
pub(crate) struct Among<C, T> {
    column: C,
    all: Vec<T>,
    json: String,
}

pub(crate) trait IsAmong: Expression + Sized {
    /// The same as `eq_any`.
    fn among<T: Clone + Serialize>(self, all: &[T]) -> Among<Self, T> {
        Among {
            column: self,
            all: all.to_vec(),
            // Numbers and words are always JSON.
            json: serde_json::to_string(all).unwrap_or_else(|_| "[]".to_owned()),
        }
    }
}

impl<C: Expression> IsAmong for C {}

impl<C: Expression, T> Expression for Among<C, T> {
    type SqlType = Bool;
}

impl<C, T, S> AppearsOnTable<S> for Among<C, T> where C: AppearsOnTable<S> {}

impl<C, T, S> SelectableExpression<S> for Among<C, T> where C: SelectableExpression<S> {}

impl<C: ValidGrouping<G>, T, G> ValidGrouping<G> for Among<C, T> {
    type IsAggregate = C::IsAggregate;
}

impl<C: QueryId, T> QueryId for Among<C, T> {
    type QueryId = Among<C::QueryId, ()>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C: QueryFragment<Sqlite>, T> QueryFragment<Sqlite> for Among<C, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.json)?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C, T, S> QueryFragment<Pg> for Among<C, T>
where
    C: QueryFragment<Pg> + Expression<SqlType = S>,
    S: SqlType,
    Pg: HasSqlType<Array<S>>,
    Vec<T>: ToSql<Array<S>, Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<S>, _>(&self.all)?;
        out.push_sql(")");
        Ok(())
    }
}
