//! Is the database sound, and does every kept counter agree with the rows that it counts? Looks, and mends counters.
//!
//! What the counters mean: `followers_count` and `following_count` are the accepted follows known here, `statuses_count` the
//! posts known here that are not direct, boosts among them, for local and remote accounts alike; `replies_count` is the direct
//! replies known here that are public or unlisted, `reblogs_count` and `favourites_count` the boosts and favourites known here;
//! `uses` and `accounts` are the public posts of a day known here that a hashtag stands in, but for those of limited accounts, and their authors; `votes_count` and `voters_count` are the votes and voters of polls of ours.

use std::fmt;

use diesel::{QueryableByName, RunQueryDsl, result::Error::DatabaseError, sql_query, sql_types};

use crate::{Conn, Result, Tx};

/// How many findings of one kind are listed.
pub const LISTED: i64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    Followers,
    Following,
    Statuses,
    Replies,
    PollVotes,
    PollVoters,
    Reblogs,
    Favourites,
    TagUses,
    TagAccounts,
}

impl Counter {
    pub const ALL: [Self; 10] = [
        Self::Followers,
        Self::Following,
        Self::Statuses,
        Self::Replies,
        Self::PollVotes,
        Self::PollVoters,
        Self::Reblogs,
        Self::Favourites,
        Self::TagUses,
        Self::TagAccounts,
    ];

    const fn table(self) -> &'static str {
        match self {
            Self::Followers | Self::Following | Self::Statuses => "accounts",
            Self::Replies | Self::Reblogs | Self::Favourites => "posts",
            Self::PollVotes => "poll_options",
            Self::PollVoters => "polls",
            Self::TagUses | Self::TagAccounts => "tag_days",
        }
    }

    /// The column that names the row, or the thing that it counts for.
    const fn key(self) -> &'static str {
        match self {
            Self::TagUses | Self::TagAccounts => "tag_id",
            _ => "id",
        }
    }

    const fn column(self) -> &'static str {
        match self {
            Self::Followers => "followers_count",
            Self::Following => "following_count",
            Self::Statuses => "statuses_count",
            Self::Replies => "replies_count",
            Self::PollVotes => "votes_count",
            Self::PollVoters => "voters_count",
            Self::Reblogs => "reblogs_count",
            Self::Favourites => "favourites_count",
            Self::TagUses => "uses",
            Self::TagAccounts => "accounts",
        }
    }

    /// The rows that it counts, as a subquery beside a row of its table.
    pub(crate) const fn rows(self) -> &'static str {
        match self {
            Self::Followers => {
                "(SELECT COUNT(*) FROM follows WHERE follows.target_id = accounts.id AND follows.state = 'accepted')"
            }
            Self::Following => {
                "(SELECT COUNT(*) FROM follows WHERE follows.follower_id = accounts.id AND follows.state = 'accepted')"
            }
            Self::Statuses => {
                "(SELECT COUNT(*) FROM posts WHERE posts.account_id = accounts.id AND posts.audience <> 'direct')"
            }
            Self::Replies => {
                "(SELECT COUNT(*) FROM posts AS replies WHERE replies.in_reply_to_id = posts.id \
                  AND replies.audience NOT IN ('followers', 'direct') AND replies.removed_at IS NULL)"
            }
            // The server of a poll counts its votes: of those elsewhere we know what it says.
            Self::PollVotes => {
                "(CASE WHEN EXISTS (SELECT 1 FROM posts WHERE posts.id = poll_options.poll_id AND posts.local) \
                  THEN (SELECT COUNT(*) FROM poll_votes WHERE poll_votes.poll_id = poll_options.poll_id \
                    AND poll_votes.position = poll_options.position) \
                  ELSE poll_options.votes_count END)"
            }
            Self::PollVoters => {
                "(CASE WHEN EXISTS (SELECT 1 FROM posts WHERE posts.id = polls.id AND posts.local) \
                  THEN (SELECT COUNT(DISTINCT poll_votes.account_id) FROM poll_votes WHERE poll_votes.poll_id = polls.id) \
                  ELSE polls.voters_count END)"
            }
            Self::Reblogs => {
                "(SELECT COUNT(*) FROM posts AS boosts WHERE boosts.reblog_of_id = posts.id)"
            }
            Self::Favourites => {
                "(SELECT COUNT(*) FROM favourites WHERE favourites.post_id = posts.id)"
            }
            Self::TagUses => {
                "(SELECT COUNT(*) FROM post_tags JOIN posts ON posts.id = post_tags.post_id \
                  JOIN accounts ON accounts.id = posts.account_id \
                  WHERE post_tags.tag_id = tag_days.tag_id AND posts.audience = 'public' AND NOT accounts.limited \
                  AND post_tags.post_id >= tag_days.day * 86400000 * 65536 \
                  AND post_tags.post_id < (tag_days.day + 1) * 86400000 * 65536)"
            }
            Self::TagAccounts => {
                "(SELECT COUNT(DISTINCT posts.account_id) FROM post_tags JOIN posts ON posts.id = post_tags.post_id \
                  JOIN accounts ON accounts.id = posts.account_id \
                  WHERE post_tags.tag_id = tag_days.tag_id AND posts.audience = 'public' AND NOT accounts.limited \
                  AND post_tags.post_id >= tag_days.day * 86400000 * 65536 \
                  AND post_tags.post_id < (tag_days.day + 1) * 86400000 * 65536)"
            }
        }
    }
}

/// A counter that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub counter: Counter,
    /// Of the account or post.
    pub id: i64,
    pub kept: i64,
    pub counted: i64,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            counter,
            id,
            kept,
            counted,
        } = self;
        write!(
            f,
            "{} {id}: {} is {kept}, counted {counted}",
            counter.table(),
            counter.column()
        )
    }
}

/// What was found; nothing when all is well.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// What SQLite says of its file and of references that lead nowhere. PostgreSQL watches over both by itself.
    pub damage: Vec<String>,
    /// At most [`LISTED`] of each counter.
    pub differences: Vec<Difference>,
}

impl Report {
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty() && self.differences.is_empty()
    }
}

pub fn check(db: &mut Conn) -> Result<Report> {
    let damage = damage(db)?;
    // What is read from a damaged file means nothing, and may not be read to the end.
    let differences = if damage.is_empty() {
        differences(db)?
    } else {
        Vec::new()
    };
    Ok(Report {
        damage,
        differences,
    })
}

fn damage(db: &mut Conn) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = sql_types::Text)]
        integrity_check: String,
    }
    let Conn::Sqlite(c) = db else {
        return Ok(Vec::new());
    };
    let lines: Vec<Line> = match sql_query(format!("PRAGMA integrity_check({LISTED})")).load(c) {
        // Damage may be such that even looking for it fails: that is a finding, not a failure.
        Err(DatabaseError(_, why)) => return Ok(vec![why.message().to_owned()]),
        other => other?,
    };
    let damage: Vec<String> = lines
        .into_iter()
        .map(|line| line.integrity_check)
        .filter(|line| line != "ok")
        .collect();
    if damage.is_empty() {
        dangling(c)
    } else {
        Ok(damage)
    }
}

/// References that lead nowhere.
pub(crate) fn dangling(c: &mut diesel::SqliteConnection) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql_types::Text)]
        child: String,
        #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
        at: Option<i64>,
        #[diesel(sql_type = sql_types::Text)]
        parent: String,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT \"table\" AS child, rowid AS at, parent FROM pragma_foreign_key_check() LIMIT $1",
    )
    .bind::<sql_types::BigInt, _>(LISTED)
    .load(c)?;
    Ok(rows
        .into_iter()
        .map(|Row { child, at, parent }| match at {
            Some(at) => {
                format!("row {at} of {child} refers to a row of {parent} that is not there")
            }
            None => format!("a row of {child} refers to a row of {parent} that is not there"),
        })
        .collect())
}

fn differences(db: &mut Conn) -> Result<Vec<Difference>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql_types::BigInt)]
        id: i64,
        #[diesel(sql_type = sql_types::BigInt)]
        kept: i64,
        #[diesel(sql_type = sql_types::BigInt)]
        counted: i64,
    }
    let mut differences = Vec::new();
    for counter in Counter::ALL {
        let (table, column, rows) = (counter.table(), counter.column(), counter.rows());
        let key = counter.key();
        let found: Vec<Row> = each!(db, |c| {
            sql_query(format!(
                "SELECT id, kept, counted FROM (SELECT {key} AS id, {column} AS kept, {rows} AS counted FROM {table}) AS counters \
                 WHERE kept <> counted ORDER BY id LIMIT $1"
            ))
            .bind::<sql_types::BigInt, _>(LISTED)
            .load(c)
        })?;
        differences.extend(
            found
                .into_iter()
                .map(|Row { id, kept, counted }| Difference {
                    counter,
                    id,
                    kept,
                    counted,
                }),
        );
    }
    Ok(differences)
}

/// Sets every counter to what it counts. Returns how many were wrong.
pub fn repair_counters(tx: &mut Tx<'_>) -> Result<usize> {
    tx.allow_scans()?;
    let mut mended = 0;
    for counter in Counter::ALL {
        let (table, column, rows) = (counter.table(), counter.column(), counter.rows());
        mended += each!(tx, |c| {
            sql_query(format!(
                "UPDATE {table} SET {column} = {rows} WHERE {column} <> {rows}"
            ))
            .execute(c)
        })?;
    }
    Ok(mended)
}
