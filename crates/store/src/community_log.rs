//! What moderators did in a community, and who asked for another look.

use std::collections::HashMap;

use diesel::prelude::*;
use kontor_domain::{
    community::{AppealState, LogAction, LogRole},
    ids::{AccountId, LogEntryId},
    page::Page,
    time::Time,
};

use crate::{Conn, Result, Tx, among::IsAmong, schema::community_log};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = community_log)]
pub struct LogEntry {
    pub id: LogEntryId,
    pub community_id: AccountId,
    /// `None`: nobody, by a rule; or they left.
    pub by_id: Option<AccountId>,
    pub action: LogAction,
    /// Whom it concerns.
    pub account_id: Option<AccountId>,
    pub post_uri: Option<String>,
    pub reason: String,
    pub expires_at: Option<Time>,
    pub created_at: Time,
    pub appeal: Option<String>,
    pub appeal_state: Option<AppealState>,
    pub appealed_at: Option<Time>,
    pub answer: Option<String>,
    pub answered_by: Option<AccountId>,
    pub answered_at: Option<Time>,
    /// The message by which the appeal came from elsewhere, or went there.
    pub appeal_uri: Option<String>,
    /// What they were there at that time; `None`: it is not known.
    pub by_role: Option<LogRole>,
}

pub fn insert(tx: &mut Tx<'_>, entry: &LogEntry) -> Result<()> {
    each!(tx, |c| diesel::insert_into(community_log::table)
        .values(entry)
        .execute(c))?;
    Ok(())
}

/// In one statement.
const SOME: usize = 1000;

pub fn insert_many(tx: &mut Tx<'_>, entries: &[LogEntry]) -> Result<()> {
    each!(
        tx,
        sqlite | c | {
            // One statement for each length would be prepared anew each time; one for each row is not.
            for entry in entries {
                diesel::insert_into(community_log::table)
                    .values(entry)
                    .execute(c)?;
            }
            Ok(())
        },
        postgres | c | {
            for some in entries.chunks(SOME) {
                diesel::insert_into(community_log::table)
                    .values(some)
                    .execute(c)?;
            }
            Ok(())
        }
    )
}

pub fn by_id(db: &mut Conn, id: LogEntryId) -> Result<Option<LogEntry>> {
    each!(db, |c| Ok(community_log::table
        .find(id)
        .select(LogEntry::as_select())
        .first(c)
        .optional()?))
}

/// Did moderators take this post away, and not give it back?
pub fn is_removed(db: &mut Conn, community: AccountId, post_uri: &str) -> Result<bool> {
    let last: Option<LogAction> = each!(db, |c| community_log::table
        .filter(community_log::post_uri.eq(post_uri))
        .filter(community_log::community_id.eq(community))
        .filter(community_log::action.eq_any([LogAction::Removed, LogAction::Restored]))
        .order(community_log::id.desc())
        .select(community_log::action)
        .first(c)
        .optional())?;
    Ok(last == Some(LogAction::Removed))
}

/// The addresses of the posts that a ban took away, as its lines say, which were written with it.
pub fn taken_away_with(db: &mut Conn, ban: &LogEntry, most: i64) -> Result<Vec<String>> {
    let Some(account) = ban.account_id else {
        return Ok(Vec::new());
    };
    each!(db, |c| Ok(community_log::table
        .filter(community_log::community_id.eq(ban.community_id))
        .filter(community_log::account_id.eq(account))
        .filter(community_log::action.eq(LogAction::Removed))
        .filter(community_log::created_at.eq(ban.created_at))
        .filter(community_log::post_uri.is_not_null())
        .select(community_log::post_uri.assume_not_null())
        .order(community_log::id.desc())
        .limit(most)
        .load(c)?))
}

/// The last line that says one of two things about a post: that something was done to it, or undone.
pub fn last_of_post(
    db: &mut Conn,
    community: AccountId,
    post_uri: &str,
    actions: [LogAction; 2],
) -> Result<Option<LogEntry>> {
    each!(db, |c| Ok(community_log::table
        .filter(community_log::post_uri.eq(post_uri))
        .filter(community_log::community_id.eq(community))
        .filter(community_log::action.eq_any(actions))
        .order(community_log::id.desc())
        .select(LogEntry::as_select())
        .first(c)
        .optional()?))
}

/// The same of an account.
pub fn last_of_account(
    db: &mut Conn,
    community: AccountId,
    account: AccountId,
    actions: [LogAction; 2],
) -> Result<Option<LogEntry>> {
    each!(db, |c| Ok(community_log::table
        .filter(community_log::account_id.eq(account))
        .filter(community_log::community_id.eq(community))
        .filter(community_log::action.eq_any(actions))
        .order(community_log::id.desc())
        .select(LogEntry::as_select())
        .first(c)
        .optional()?))
}

/// The last line about each of these posts that says this, in no order.
pub fn last_of_posts(
    db: &mut Conn,
    community: AccountId,
    uris: &[&str],
    action: LogAction,
) -> Result<Vec<LogEntryId>> {
    // Of one post there are few, and it may have been in another community.
    let rows: Vec<(LogEntryId, AccountId, Option<String>)> = each!(db, |c| community_log::table
        .filter(community_log::post_uri.assume_not_null().among(uris))
        .filter(community_log::action.eq(action))
        .select((
            community_log::id,
            community_log::community_id,
            community_log::post_uri,
        ))
        .load(c))?;
    let mut last: HashMap<Option<String>, LogEntryId> = HashMap::new();
    for (id, _, uri) in rows.into_iter().filter(|(_, at, _)| *at == community) {
        let known = last.entry(uri).or_insert(id);
        *known = id.max(*known);
    }
    Ok(last.into_values().collect())
}

/// The line with the appeal that this message is.
pub fn by_appeal_uri(db: &mut Conn, uri: &str) -> Result<Option<LogEntry>> {
    each!(db, |c| Ok(community_log::table
        .filter(community_log::appeal_uri.eq(uri))
        .select(LogEntry::as_select())
        .first(c)
        .optional()?))
}

/// Which lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    All,
    /// Those that are for everybody, and those that are for this account alone.
    Told(Option<AccountId>),
    /// Those about what was done to this account, or to what it posted.
    Own(AccountId),
    /// Those with an appeal that nobody has answered.
    Open,
}

/// The newest first.
pub fn page(
    db: &mut Conn,
    community: AccountId,
    which: Lines,
    page: &Page,
) -> Result<Vec<LogEntry>> {
    each!(db, |c| {
        let mut query = community_log::table
            .filter(community_log::community_id.eq(community))
            .select(LogEntry::as_select())
            .into_boxed();
        match which {
            Lines::All => {}
            Lines::Own(viewer) => {
                query = query.filter(community_log::account_id.eq(viewer).assume_not_null());
            }
            Lines::Told(viewer) => {
                let own = viewer.unwrap_or(AccountId(0));
                query = query.filter(
                    community_log::action
                        .ne_all(LogAction::OF_ITS_AUTHOR)
                        .or(community_log::account_id.eq(own).assume_not_null()),
                );
            }
            Lines::Open => {
                query = query.filter(
                    community_log::appeal_state
                        .eq(AppealState::Open)
                        .assume_not_null(),
                );
            }
        }
        let rows: Vec<LogEntry> = keyset!(query, community_log::id, page, c);
        Ok(rows)
    })
}

/// `false`: there was an appeal before. `uri`: of the message by which it came, or goes elsewhere.
pub fn appeal(
    tx: &mut Tx<'_>,
    id: LogEntryId,
    (text, uri): (&str, Option<&str>),
    now: Time,
) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(community_log::table.find(id))
        .filter(community_log::appeal.is_null())
        .set((
            community_log::appeal.eq(text),
            community_log::appeal_state.eq(AppealState::Open),
            community_log::appealed_at.eq(now),
            community_log::appeal_uri.eq(uri),
        ))
        .execute(c))?;
    Ok(rows == 1)
}

/// `false`: it was answered before. `by`: nobody who is known here, of a community elsewhere.
pub fn answer(
    tx: &mut Tx<'_>,
    id: LogEntryId,
    (by, state): (Option<AccountId>, AppealState),
    text: &str,
    now: Time,
) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(community_log::table.find(id))
        .filter(community_log::appeal.is_not_null())
        .filter(community_log::answered_at.is_null())
        .set((
            community_log::appeal_state.eq(state),
            community_log::answer.eq(text),
            community_log::answered_by.eq(by),
            community_log::answered_at.eq(now),
        ))
        .execute(c))?;
    Ok(rows == 1)
}

/// A community elsewhere undid what these appeals were about; of those that are none, nothing is said.
pub fn uphold(tx: &mut Tx<'_>, ids: &[LogEntryId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    each!(tx, |c| diesel::update(
        community_log::table.filter(community_log::id.among(ids))
    )
    .filter(community_log::appeal.is_not_null())
    .set(community_log::appeal_state.eq(AppealState::Upheld))
    .execute(c))?;
    Ok(())
}
