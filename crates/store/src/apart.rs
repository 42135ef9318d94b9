//! A condition that PostgreSQL asks about each row that is left, by its indexes: it makes a join of `EXISTS` otherwise, and reads all accounts, or
//! all of anything, for a page of twenty posts.

use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::ValidGrouping,
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sqlite::Sqlite,
};

#[derive(Debug, Clone, Copy, QueryId)]
pub(crate) struct Apart<E>(E);

pub(crate) fn apart<E: Expression>(condition: E) -> Apart<E> {
    Apart(condition)
}

impl<E: Expression> Expression for Apart<E> {
    type SqlType = E::SqlType;
}

impl<E: AppearsOnTable<S>, S> AppearsOnTable<S> for Apart<E> {}

impl<E: SelectableExpression<S>, S> SelectableExpression<S> for Apart<E> {}

impl<E: ValidGrouping<G>, G> ValidGrouping<G> for Apart<E> {
    type IsAggregate = E::IsAggregate;
}

impl<E: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Apart<E> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

impl<E: QueryFragment<Pg>> QueryFragment<Pg> for Apart<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(SELECT ");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}
