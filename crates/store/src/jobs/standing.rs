//! How many jobs of a queue or a share wait, and how many were set aside.

use diesel::{QueryableByName, prelude::*, sql_types};
use kontor_domain::{ids::JobId, time::Time};

use crate::{
    Conn, Result,
    prepared::{Bind, Prepared},
    schema::jobs,
};

/// Waiting and set aside.
pub fn depth(db: &mut Conn, queue: &str) -> Result<(i64, i64)> {
    each!(db, |c| {
        let waiting = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::failed_at.is_null())
            .count()
            .get_result(c)?;
        let failed = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::failed_at.is_not_null())
            .count()
            .get_result(c)?;
        Ok((waiting, failed))
    })
}

/// How many jobs of a share wait, counted up to `most`.
pub fn waiting_of(db: &mut Conn, queue: &str, share: &str, most: i64) -> Result<i64> {
    each!(db, |c| {
        let ids: Vec<JobId> = jobs::table
            .filter(jobs::queue.eq(queue))
            .filter(jobs::share.eq(share))
            .filter(jobs::failed_at.is_null())
            .select(jobs::id)
            .limit(most)
            .load(c)?;
        Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX))
    })
}

/// How a queue stands. What waits and what was set aside is counted up to a bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    pub waiting: i64,
    pub set_aside: i64,
    /// When the first of those that wait came due, or will.
    pub first_due: Option<Time>,
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = sql_types::BigInt)]
    waiting: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    set_aside: i64,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Timestamp>)]
    first_due: Option<Time>,
}

/// Never reads more than `most` entries of an index for a number.
pub fn standing(db: &mut Conn, queue: &str, most: i64) -> Result<Standing> {
    let sql = "SELECT \
         (SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE queue = ? AND failed_at IS NULL LIMIT ?) counted) AS waiting, \
         (SELECT COUNT(*) FROM (SELECT 1 FROM jobs WHERE queue = ? AND failed_at IS NOT NULL LIMIT ?) counted) AS set_aside, \
         (SELECT run_at FROM jobs WHERE queue = ? AND failed_at IS NULL ORDER BY run_at, id LIMIT 1) AS first_due";
    let word = || Bind::Word(queue.to_owned());
    let binds = vec![word(), Bind::Big(most), word(), Bind::Big(most), word()];
    let row: Counted = each!(db, |c| Prepared::new(sql, binds).get_result(c)?);
    Ok(Standing {
        waiting: row.waiting,
        set_aside: row.set_aside,
        first_due: row.first_due,
    })
}
