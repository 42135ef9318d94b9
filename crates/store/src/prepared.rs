//! Statements in our own words that stay prepared: what Diesel's `sql_query` is given is prepared anew each time.

use std::borrow::Cow;

use diesel::{
    Connection, QueryResult, RunQueryDsl,
    backend::Backend,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Integer, SmallInt, Text, Timestamp, Untyped},
    sqlite::Sqlite,
};
use kontor_domain::time::Time;

use crate::deliveries::Priority;

/// A value of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Bind {
    Big(i64),
    Int(i32),
    Priority(Priority),
    Time(Time),
    Word(String),
    /// As [`Words`](Self::Words).
    Numbers {
        all: Vec<i64>,
        json: String,
    },
    /// Any number of them as one value: an array on PostgreSQL, JSON on SQLite, which has no arrays.
    Words {
        all: Vec<String>,
        json: String,
    },
}

impl Bind {
    pub(crate) fn numbers(all: impl IntoIterator<Item = i64>) -> Self {
        let all: Vec<i64> = all.into_iter().collect();
        let json = serde_json::Value::from(all.clone()).to_string();
        Self::Numbers { all, json }
    }

    pub(crate) fn words(all: &[impl AsRef<str>]) -> Self {
        let all: Vec<String> = all.iter().map(|word| word.as_ref().to_owned()).collect();
        let json = serde_json::Value::from(all.clone()).to_string();
        Self::Words { all, json }
    }
}

/// The text has a `?` for each value, in their order.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    text: Cow<'static, str>,
    binds: Vec<Bind>,
}

impl Prepared {
    pub(crate) fn new(text: impl Into<Cow<'static, str>>, binds: Vec<Bind>) -> Self {
        Self {
            text: text.into(),
            binds,
        }
    }
}

/// By its text.
impl QueryId for Prepared {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Prepared {
    type SqlType = Untyped;
}

impl<C: Connection> RunQueryDsl<C> for Prepared {}

/// A statement of Diesel's that it would prepare anew each time, for its text might be another one: an `UPDATE`. It is kept by
/// its text, so that has to be one of few: no list of values on `SQLite`. On PostgreSQL it is not kept: Diesel asks a reference to it there,
/// which answers as the statement inside does. What is run often there is written as [`Prepared`].
#[derive(Debug, Clone)]
pub(crate) struct Kept<Q>(Q);

pub(crate) fn kept<Q>(statement: Q) -> Kept<Q> {
    Kept(statement)
}

impl<Q> QueryId for Kept<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}

impl<C: Connection, Q> RunQueryDsl<C> for Kept<Q> {}

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Kept<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

/// A statement of Diesel's that is kept by its type, and not asked each time whether it may be: that takes a walk through all of it, and
/// another one to bind its values is needed anyway. Nothing in it may depend on how many values it has: [`among`](crate::among), no
/// `eq_any` with a list.
#[derive(Debug, Clone)]
pub(crate) struct Steady<Q>(Q);

pub(crate) fn steady<Q>(statement: Q) -> Steady<Q> {
    Steady(statement)
}

impl<Q: QueryId> QueryId for Steady<Q> {
    type QueryId = Steady<Q::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query> Query for Steady<Q> {
    type SqlType = Q::SqlType;
}

impl<C: Connection, Q> RunQueryDsl<C> for Steady<Q> {}

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Steady<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

macro_rules! walks {
    ($backend:ty, |$out:ident, $all:ident, $json:ident| $words:expr, $numbers:expr) => {
        impl QueryFragment<$backend> for Prepared {
            fn walk_ast<'b>(&'b self, mut $out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                let mut binds = self.binds.iter();
                for (at, part) in self.text.split('?').enumerate() {
                    if at > 0 {
                        match binds.next() {
                            Some(Bind::Big(number)) => $out.push_bind_param::<BigInt, _>(number)?,
                            Some(Bind::Int(number)) => {
                                $out.push_bind_param::<Integer, _>(number)?;
                            }
                            Some(Bind::Priority(priority)) => {
                                $out.push_bind_param::<SmallInt, _>(priority)?;
                            }
                            Some(Bind::Time(time)) => $out.push_bind_param::<Timestamp, _>(time)?,
                            Some(Bind::Word(word)) => $out.push_bind_param::<Text, _>(word)?,
                            Some(Bind::Words {
                                all: $all,
                                json: $json,
                            }) => $words?,
                            Some(Bind::Numbers {
                                all: $all,
                                json: $json,
                            }) => $numbers?,
                            None => {}
                        }
                    }
                    $out.push_sql(part);
                }
                Ok(())
            }
        }
    };
}

walks!(
    Sqlite,
    |out, _all, json| out.push_bind_param::<Text, _>(json),
    out.push_bind_param::<Text, _>(json)
);
walks!(
    Pg,
    |out, all, _json| out.push_bind_param::<Array<Text>, _>(all),
    out.push_bind_param::<Array<BigInt>, _>(all)
);
