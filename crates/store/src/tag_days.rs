//! How often hashtags stand in public posts of accounts that are not limited, day by day. Kept by the actions that make, change and
//! delete posts, and counted anew for an account that becomes limited or is so no longer.

use std::collections::HashSet;

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
    let found: Vec<(TagId, AccountId, bool)> = each!(tx, |c| post_tags::table
        .inner_join(posts::table)
        .inner_join(accounts::table.on(accounts::id.eq(posts::account_id)))
        .filter(post_tags::post_id.eq(post))
        .filter(posts::audience.eq(Audience::Public))
        .select((post_tags::tag_id, posts::account_id, accounts::limited))
        .load(c))?;
    let Some((_, author, limited)) = found.first().copied() else {
        return Ok(());
    };
    let tags: Vec<TagId> = found.into_iter().map(|(tag, ..)| tag).collect();
    if limited {
        // The row is there also for what does not count: it may one day.
        return match step {
            Step::Used => add(tx, day_of(post), &tags, None),
            Step::Unused => Ok(()),
        };
    }
    let alone = alone(tx, author, post, &tags)?;
    match step {
        Step::Used => add(tx, day_of(post), &tags, Some(&alone)),
        Step::Unused => subtract(tx, day_of(post), &tags, &alone),
    }
}

fn day_of(post: PostId) -> i64 {
    post.0 / (1 << TIME_SHIFT) / DAY_MILLIS
}

/// Of these hashtags of a post, those that stand in no other public post of its author's and its day.
fn alone(
    tx: &mut Tx<'_>,
    author: AccountId,
    post: PostId,
    tags: &[TagId],
) -> Result<HashSet<TagId>> {
    let day = day_of(post);
    each!(tx, |c| {
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
        let others: Vec<TagId> = tags::table
            .filter(tags::id.among(tags))
            .filter(another)
            .select(tags::id)
            .load(c)?;
        let alone = tags.iter().filter(|tag| !others.contains(tag));
        Ok(alone.copied().collect())
    })
}

/// One more use of each, and one more account for those that are alone; `None`: nothing that counts.
fn add(tx: &mut Tx<'_>, day: i64, tags: &[TagId], alone: Option<&HashSet<TagId>>) -> Result<()> {
    let mut tags = tags.to_vec();
    // In one order, so that nobody waits for whoever waits for them.
    tags.sort_unstable();
    let is_alone = |tag: &TagId| alone.is_some_and(|alone| alone.contains(tag));
    let accounts = tags.iter().map(|tag| i64::from(is_alone(tag)));
    let binds = vec![
        Bind::Big(day),
        Bind::Big(i64::from(alone.is_some())),
        Bind::numbers(tags.iter().map(|tag| tag.0)),
        Bind::numbers(accounts),
    ];
    let each = each!(
        tx,
        sqlite
            | _c
            | "ids.value, accounts.value FROM json_each(?) AS ids JOIN json_each(?) AS accounts \
               ON accounts.key = ids.key WHERE TRUE",
        postgres | _c | "used.id, used.accounts FROM unnest(?, ?) AS used (id, accounts)"
    );
    let text = format!(
        "INSERT INTO tag_days (day, uses, tag_id, accounts) SELECT ?, ?, {each} \
         ON CONFLICT (tag_id, day) DO UPDATE SET uses = tag_days.uses + excluded.uses, \
         accounts = tag_days.accounts + excluded.accounts"
    );
    each!(tx, |c| Prepared::new(text, binds).execute(c))?;
    Ok(())
}

/// What was added goes, where there is a row still: the days before some are forgotten.
fn subtract(tx: &mut Tx<'_>, day: i64, tags: &[TagId], alone: &HashSet<TagId>) -> Result<()> {
    let alone: Vec<TagId> = alone.iter().copied().collect();
    each!(tx, |c| {
        kept(
            diesel::update(tag_days::table)
                .filter(tag_days::day.eq(day))
                .filter(tag_days::tag_id.among(tags))
                .set(tag_days::uses.eq(tag_days::uses - 1_i64)),
        )
        .execute(c)?;
        kept(
            diesel::update(tag_days::table)
                .filter(tag_days::day.eq(day))
                .filter(tag_days::tag_id.among(&alone))
                .set(tag_days::accounts.eq(tag_days::accounts - 1_i64)),
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
