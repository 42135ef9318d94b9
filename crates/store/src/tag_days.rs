//! How often hashtags stand in public posts of accounts that are not limited, day by day. Kept by the actions that make, change and
//! delete posts, and counted anew for an account that becomes limited or is so no longer.

use diesel::{dsl::exists, prelude::*};
use kontor_domain::{
    audience::Audience,
    ids::{AccountId, PostId, TIME_SHIFT, TagId},
    time::{self, Time},
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    check::Counter,
    prepared::{Bind, Prepared, kept},
    schema::{accounts, post_tags, posts, tag_days, tags},
};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// How many days are shown; those before are forgotten.
pub const SHOWN: i64 = 7;

/// The day of a moment, in days since the Unix epoch.
pub fn day_at(at: Time) -> i64 {
    time::millis(at).div_euclid(DAY_MILLIS)
}

/// When a day began.
pub fn beginning(day: i64) -> i64 {
    day.saturating_mul(DAY_MILLIS)
}

/// The first id of a day.
fn first_id(day: i64) -> PostId {
    PostId(beginning(day).saturating_mul(1 << TIME_SHIFT))
}

/// What happens to the hashtags of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// They stand in it from now on.
    Used,
    /// They are about to go.
    Unused,
}

/// Counts the hashtags of a post, if it is public: after they were set, and before they go.
pub fn count(tx: &mut Tx<'_>, post: PostId, step: Step) -> Result<()> {
    let day = post.0 / (1 << TIME_SHIFT) / DAY_MILLIS;
    match step {
        Step::Used => used(tx, post, day),
        Step::Unused => unused(tx, post, day),
    }
}

/// The row is there also for what does not count: it may one day. An account counts with the first of its posts of the day. In one
/// order, so that nobody waits for whoever waits for them.
fn used(tx: &mut Tx<'_>, post: PostId, day: i64) -> Result<()> {
    let text = "INSERT INTO tag_days (tag_id, day, uses, accounts) \
         SELECT post_tags.tag_id, ?, CASE WHEN author.limited THEN 0 ELSE 1 END, \
         CASE WHEN author.limited OR EXISTS (SELECT 1 FROM posts AS another \
         JOIN post_tags AS also ON also.post_id = another.id \
         WHERE another.account_id = posts.account_id AND another.id >= ? AND another.id < ? AND another.id <> posts.id \
         AND another.audience = 'public' AND also.tag_id = post_tags.tag_id) THEN 0 ELSE 1 END \
         FROM post_tags JOIN posts ON posts.id = post_tags.post_id JOIN accounts AS author ON author.id = posts.account_id \
         WHERE post_tags.post_id = ? AND posts.audience = 'public' ORDER BY post_tags.tag_id \
         ON CONFLICT (tag_id, day) DO UPDATE \
         SET uses = tag_days.uses + excluded.uses, accounts = tag_days.accounts + excluded.accounts";
    let binds = vec![
        Bind::Big(day),
        Bind::Big(first_id(day).0),
        Bind::Big(first_id(day + 1).0),
        Bind::Big(post.0),
    ];
    each!(tx, |c| Prepared::new(text, binds).execute(c))?;
    Ok(())
}

fn unused(tx: &mut Tx<'_>, post: PostId, day: i64) -> Result<()> {
    each!(tx, |c| {
        let found: Vec<(TagId, AccountId)> = post_tags::table
            .inner_join(posts::table)
            .filter(post_tags::post_id.eq(post))
            .filter(posts::audience.eq(Audience::Public))
            .select((post_tags::tag_id, posts::account_id))
            .load(c)?;
        let Some((_, author)) = found.first().copied() else {
            return Ok(());
        };
        let all: Vec<TagId> = found.into_iter().map(|(tag, _)| tag).collect();
        let limited: bool = accounts::table
            .find(author)
            .select(accounts::limited)
            .first(c)?;
        if limited {
            return Ok(());
        }
        // Of these the author has another post of the day.
        let another = exists(
            posts::table
                .inner_join(post_tags::table)
                .filter(posts::account_id.eq(author))
                .filter(posts::id.ge(first_id(day)))
                .filter(posts::id.lt(first_id(day + 1)))
                .filter(posts::id.ne(post))
                .filter(posts::audience.eq(Audience::Public))
                .filter(post_tags::tag_id.eq(tags::id)),
        );
        let other: Vec<TagId> = tags::table
            .filter(tags::id.among(&all))
            .filter(another)
            .select(tags::id)
            .load(c)?;
        let alone: Vec<TagId> = all
            .iter()
            .copied()
            .filter(|tag| !other.contains(tag))
            .collect();
        kept(
            diesel::update(tag_days::table)
                .filter(tag_days::day.eq(day))
                .filter(tag_days::tag_id.among(&all))
                .set(tag_days::uses.eq(tag_days::uses - 1)),
        )
        .execute(c)?;
        kept(
            diesel::update(tag_days::table)
                .filter(tag_days::day.eq(day))
                .filter(tag_days::tag_id.among(&alone))
                .set(tag_days::accounts.eq(tag_days::accounts - 1)),
        )
        .execute(c)?;
        Ok(())
    })
}

/// Counts the hashtags anew that accounts used on the days that are kept: they were limited just now, or are so no longer.
pub(crate) fn recount(tx: &mut Tx<'_>, ids: &[AccountId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let sql = format!(
        "UPDATE tag_days SET uses = {uses}, accounts = {accounts} WHERE tag_id IN \
         (SELECT post_tags.tag_id FROM posts JOIN post_tags ON post_tags.post_id = posts.id \
          WHERE posts.account_id IN ({ids}) AND posts.audience = 'public' \
          AND posts.id >= (SELECT COALESCE(MIN(days.day), 0) FROM tag_days AS days) * {DAY_MILLIS} * {shift})",
        uses = Counter::TagUses.rows(),
        accounts = Counter::TagAccounts.rows(),
        ids = ids.join(", "),
        shift = 1_i64 << TIME_SHIFT,
    );
    each!(tx, |c| diesel::sql_query(sql).execute(c))?;
    Ok(())
}

/// Uses of a hashtag on a day.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Uses {
    pub name: String,
    pub day: i64,
    pub uses: i64,
    pub accounts: i64,
}

/// The uses of these hashtags on a day and those after it, as many days as are shown.
pub fn of(db: &mut Conn, names: &[String], since: i64) -> Result<Vec<Uses>> {
    each!(db, |c| Ok(tag_days::table
        .inner_join(tags::table)
        .filter(tags::name.among(names))
        .filter(tag_days::day.between(since, since.saturating_add(SHOWN - 1)))
        .select((
            tags::name,
            tag_days::day,
            tag_days::uses,
            tag_days::accounts
        ))
        .load(c)?))
}

/// The hashtags that most accounts used since a day, by at least so many, those of most uses first among equals.
pub fn most_used(
    db: &mut Conn,
    since: i64,
    least_accounts: i64,
    limit: i64,
    offset: i64,
) -> Result<Vec<String>> {
    each!(db, |c| {
        let found: Vec<(TagId, Option<i64>)> = {
            let accounts = diesel::dsl::max(tag_days::accounts);
            tag_days::table
                .filter(tag_days::day.ge(since))
                .filter(tag_days::accounts.ge(least_accounts))
                .group_by(tag_days::tag_id)
                .order((
                    accounts.desc(),
                    diesel::dsl::max(tag_days::uses).desc(),
                    tag_days::tag_id.asc(),
                ))
                .limit(limit)
                .offset(offset)
                .select((tag_days::tag_id, accounts))
                .load(c)?
        };
        let ids: Vec<TagId> = found.into_iter().map(|(tag, _)| tag).collect();
        let names: std::collections::HashMap<TagId, String> = tags::table
            .filter(tags::id.among(&ids))
            .select((tags::id, tags::name))
            .load(c)?
            .into_iter()
            .collect();
        Ok(ids.iter().filter_map(|id| names.get(id).cloned()).collect())
    })
}

/// Forgets some of the days before one. Returns how many went.
pub fn forget(tx: &mut Tx<'_>, before: i64, most: i64) -> Result<usize> {
    each!(tx, |c| {
        let old: Vec<(TagId, i64)> = tag_days::table
            .filter(tag_days::day.lt(before))
            .limit(most)
            .select((tag_days::tag_id, tag_days::day))
            .load(c)?;
        let mut days: Vec<i64> = old.iter().map(|(_, day)| *day).collect();
        days.sort_unstable();
        days.dedup();
        let mut gone = 0;
        for day in days {
            let of_day: Vec<TagId> = old
                .iter()
                .filter(|(_, other)| *other == day)
                .map(|(tag, _)| *tag)
                .collect();
            gone += diesel::delete(
                tag_days::table
                    .filter(tag_days::day.eq(day))
                    .filter(tag_days::tag_id.among(&of_day)),
            )
            .execute(c)?;
        }
        Ok(gone)
    })
}
