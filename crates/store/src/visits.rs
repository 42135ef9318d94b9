//! What happened here week by week: who came, who joined, what was posted. Weeks begin on Mondays, in UTC.

use diesel::{QueryableByName, prelude::*, sql_types::BigInt};
use kontor_domain::{
    ids::{AccountId, TIME_SHIFT},
    time::{Time, from_millis, millis},
};

use crate::{
    Conn, Result, Tx,
    prepared::{Bind, Prepared},
    schema::visits,
};

const WEEK: i64 = 7 * 24 * 60 * 60 * 1000;
/// Weeks that are told of; those before are forgotten.
pub const SHOWN: i64 = 12;
/// The Unix epoch began on a Thursday; weeks are counted from the Monday after.
const FIRST_MONDAY: i64 = 4 * 24 * 60 * 60 * 1000;

/// The number of the week that a moment is in.
pub fn week(at: Time) -> i64 {
    (millis(at) - FIRST_MONDAY).div_euclid(WEEK)
}

/// When a week began.
pub fn beginning(week: i64) -> Option<Time> {
    from_millis(week * WEEK + FIRST_MONDAY)
}

/// Somebody was here. Doing it again changes nothing.
pub fn record(tx: &mut Tx<'_>, account: AccountId, now: Time) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(visits::table)
            .values((visits::week.eq(week(now)), visits::account_id.eq(account)))
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(())
}

/// Weeks before this one are forgotten, some rows at a time. Returns how many went.
pub fn forget(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<usize> {
    each!(tx, |c| {
        let rows: Vec<(i64, AccountId)> = visits::table
            .filter(visits::week.lt(before))
            .select((visits::week, visits::account_id))
            .limit(limit)
            .load(c)?;
        for (week, account) in &rows {
            diesel::delete(visits::table.find((week, account))).execute(c)?;
        }
        Ok(rows.len())
    })
}

/// What happened in a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Week {
    pub number: i64,
    pub posts: i64,
    pub visitors: i64,
    pub registrations: i64,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    week: i64,
    #[diesel(sql_type = BigInt)]
    many: i64,
}

/// The last weeks, this one first.
pub fn weeks(db: &mut Conn, now: Time) -> Result<Vec<Week>> {
    let last = week(now);
    let first = last - SHOWN + 1;
    // Ids carry the time, so that the primary keys and their indexes find the rows.
    let since = (first * WEEK + FIRST_MONDAY) << TIME_SHIFT;
    let of_id = |id: &str| format!("({id} / 65536 - {FIRST_MONDAY}) / {WEEK}");
    let posts = format!(
        "SELECT {} AS week, COUNT(*) AS many FROM posts \
         WHERE listed IN (TRUE, FALSE) AND local = TRUE AND id >= ? GROUP BY 1",
        of_id("id")
    );
    let registrations = format!(
        "SELECT {} AS week, COUNT(*) AS many FROM users WHERE account_id >= ? AND state <> 'pending' AND confirmed_at IS NOT NULL GROUP BY 1",
        of_id("account_id")
    );
    let visitors = "SELECT week, COUNT(*) AS many FROM visits WHERE week >= ? GROUP BY 1";
    let mut count = |text: String, from: i64| -> Result<Vec<Count>> {
        let binds = vec![Bind::Big(from)];
        Ok(each!(db, |c| Prepared::new(text, binds).load(c))?)
    };
    let posts = count(posts, since)?;
    let registrations = count(registrations, since)?;
    let visitors = count(visitors.to_owned(), first)?;
    let of = |counts: &[Count], number: i64| {
        let found = counts.iter().find(|count| count.week == number);
        found.map_or(0, |count| count.many)
    };
    Ok((first..=last)
        .rev()
        .map(|number| Week {
            number,
            posts: of(&posts, number),
            visitors: of(&visitors, number),
            registrations: of(&registrations, number),
        })
        .collect())
}
