//! The moderation log: what was done, by whom, why. Appeals by those whom it concerns are in `appeals`.

use kontor_domain::{
    community::{LogAction, LogRole},
    ids::{AccountId, LogEntryId},
    page::Page,
    site::same_authority,
};
use kontor_store::{
    Conn, Tx, accounts,
    communities::{self, Community},
    community_log::{self, Lines, LogEntry},
};

use super::{is_ours, standing};
use crate::{App, Error, Result, accounts::Account};

/// A line with the people in it. Who did it is left out where the community does not name its moderators, and who was made one of them or
/// is one no longer; what whoever did it was there stays.
#[derive(Debug, Clone)]
pub struct LogView {
    pub entry: LogEntry,
    pub by: Option<Account>,
    pub account: Option<Account>,
}

/// Who did something in a community, and as what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Who {
    pub(super) community: AccountId,
    pub(super) by: Option<AccountId>,
    pub(super) role: Option<LogRole>,
}

impl Who {
    /// As what they are at this moment.
    pub(super) fn now(db: &mut Conn, community: &Community, by: AccountId) -> Result<Self> {
        let id = community.account_id;
        Ok(Self {
            community: id,
            by: Some(by),
            role: role_now(db, community, by)?,
        })
    }

    /// Nobody, by the rule of succession.
    pub(super) fn rule(community: AccountId) -> Self {
        Self {
            community,
            by: None,
            role: Some(LogRole::Rule),
        }
    }
}

fn role_now(db: &mut Conn, community: &Community, by: AccountId) -> Result<Option<LogRole>> {
    let id = community.account_id;
    if by == id {
        return Ok(Some(LogRole::Community));
    }
    if let Some(role) = communities::role_of(db, id, by)? {
        return Ok(Some(role.into()));
    }
    let administers = if is_ours(community) {
        standing(db, id, by)?.is_some()
    } else {
        is_of_server(db, by, id)?
    };
    Ok(administers.then_some(LogRole::Administrator))
}

/// Are the two of one server?
pub(super) fn is_of_server(db: &mut Conn, one: AccountId, other: AccountId) -> Result<bool> {
    let both = accounts::by_ids(db, &[one, other])?;
    let uris: Vec<&str> = both.iter().map(|account| account.uri.as_str()).collect();
    Ok(match uris.as_slice() {
        [one, other] => same_authority(one, other),
        // They are the same, or one is not known.
        _ => one == other,
    })
}

/// A line; `fill` says what it is about.
pub(super) fn line(
    app: &App,
    who: Who,
    action: LogAction,
    fill: impl FnOnce(&mut LogEntry),
) -> LogEntry {
    let mut entry = LogEntry {
        id: LogEntryId(app.id()),
        community_id: who.community,
        by_id: who.by,
        action,
        account_id: None,
        post_uri: None,
        reason: String::new(),
        expires_at: None,
        created_at: app.now(),
        appeal: None,
        appeal_state: None,
        appealed_at: None,
        answer: None,
        answered_by: None,
        answered_at: None,
        appeal_uri: None,
        by_role: who.role,
    };
    fill(&mut entry);
    entry
}

/// Writes it.
pub(super) fn write(
    app: &App,
    tx: &mut Tx<'_>,
    who: Who,
    action: LogAction,
    fill: impl FnOnce(&mut LogEntry),
) -> Result<LogEntry> {
    let entry = line(app, who, action, fill);
    community_log::insert(tx, &entry)?;
    Ok(entry)
}

/// What was not taken in is told to whoever wrote it and to moderators. `appeals`: only those that wait for an answer, for its moderators.
pub async fn log(
    app: &App,
    viewer: Option<AccountId>,
    id: AccountId,
    appeals: bool,
    page: Page,
) -> Result<Vec<LogView>> {
    let shown = super::get(app, viewer, id).await?;
    app.store
        .read(move |db| {
            let moderates = match viewer {
                Some(viewer) => standing(db, id, viewer)?.is_some(),
                None => false,
            };
            let inside = shown.membership == Some(kontor_domain::follow::FollowState::Accepted);
            let private = shown.community.access == kontor_domain::community::Access::Private;
            let outside = private && !inside && !moderates;
            if appeals && !moderates {
                return Err(Error::NotFound);
            }
            let names = shown.community.names_moderators || moderates;
            // Whoever is not inside any more reads what was done to them, and may appeal.
            let which = match (appeals, moderates, outside, viewer) {
                (true, ..) => Lines::Open,
                (false, true, ..) => Lines::All,
                (false, false, true, None) => return Err(Error::NotFound),
                (false, false, true, Some(viewer)) => Lines::Own(viewer),
                (false, false, false, viewer) => Lines::Told(viewer),
            };
            let entries = community_log::page(db, id, which, &page)?;
            if outside && entries.is_empty() {
                return Err(Error::NotFound);
            }
            let ids: Vec<AccountId> = entries
                .iter()
                .flat_map(|entry| [entry.by_id, entry.account_id])
                .flatten()
                .collect();
            let people = crate::accounts::map(db, &ids)?;
            Ok(entries
                .into_iter()
                .map(|mut entry| {
                    let person = |id: Option<AccountId>| id.and_then(|id| people.get(&id).cloned());
                    let by = if names { person(entry.by_id) } else { None };
                    let concerned = entry.account_id.is_some() && entry.account_id == viewer;
                    let account = if names || concerned || !entry.action.names_moderators() {
                        person(entry.account_id)
                    } else {
                        None
                    };
                    if !moderates && !concerned {
                        entry.appeal = None;
                        entry.answer = None;
                    }
                    if !names {
                        entry.answered_by = None;
                    }
                    LogView { entry, by, account }
                })
                .collect())
        })
        .await
}
