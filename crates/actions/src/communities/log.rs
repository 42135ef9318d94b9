//! The moderation log: what was done, by whom, why; and appeals by those whom it concerns.

use kontor_domain::{
    community::{AppealState, LogAction},
    ids::{AccountId, LogEntryId},
    page::Page,
};
use kontor_store::{
    Tx, communities,
    community_log::{self, LogEntry},
    posts,
};

use super::{create::check_length, is_ours, standing};
use crate::{
    App, Error, Result,
    accounts::Account,
    communities::{Source, moderation},
};

/// A line with the people in it. Who did it is left out where the community does not name its moderators.
#[derive(Debug, Clone)]
pub struct LogView {
    pub entry: LogEntry,
    pub by: Option<Account>,
    pub account: Option<Account>,
}

/// Writes a line; `fill` says what it is about.
pub(super) fn write(
    app: &App,
    tx: &mut Tx<'_>,
    (community, by): (AccountId, Option<AccountId>),
    action: LogAction,
    fill: impl FnOnce(&mut LogEntry),
) -> Result<LogEntry> {
    let mut entry = LogEntry {
        id: LogEntryId(app.id()),
        community_id: community,
        by_id: by,
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
    };
    fill(&mut entry);
    community_log::insert(tx, &entry)?;
    Ok(entry)
}

/// `appeals`: only those that wait for an answer, for its moderators.
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
            if (private && !inside && !moderates) || (appeals && !moderates) {
                return Err(Error::NotFound);
            }
            let names = shown.community.names_moderators || moderates;
            let entries = community_log::page(db, id, appeals, &page)?;
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
                    let account = person(entry.account_id);
                    let concerned = entry.account_id.is_some() && entry.account_id == viewer;
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

/// Whom a removal, a lock or a ban concerns asks for another look, once.
pub async fn appeal(app: &App, by: AccountId, entry: LogEntryId, text: String) -> Result<()> {
    let text = text.replace('\0', "").trim().to_owned();
    if text.is_empty() {
        return Err(Error::invalid("text", "can't be blank"));
    }
    check_length(
        "text",
        &text,
        app.settings.limits.communities.reason_characters,
    )?;
    let now = app.now();
    app.store
        .write(move |tx| {
            let found = community_log::by_id(tx, entry)?
                .filter(|found| found.account_id == Some(by))
                .ok_or(Error::NotFound)?;
            let ours = communities::by_id(tx, found.community_id)?
                .is_some_and(|community| is_ours(&community));
            if !ours || !found.action.is_appealable() {
                return Err(Error::invalid("id", "is nothing to appeal against here"));
            }
            if community_log::appeal(tx, entry, &text, now)? {
                Ok(())
            } else {
                Err(Error::Conflict("There was an appeal before".to_owned()))
            }
        })
        .await
}

/// Another moderator than the one who did it answers; what is upheld is undone.
pub async fn answer(
    app: &App,
    by: AccountId,
    entry: LogEntryId,
    uphold: bool,
    text: String,
) -> Result<()> {
    let text = text.replace('\0', "").trim().to_owned();
    check_length(
        "text",
        &text,
        app.settings.limits.communities.reason_characters,
    )?;
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let found = community_log::by_id(tx, entry)?.ok_or(Error::NotFound)?;
            if standing(tx, found.community_id, by)?.is_none() {
                return Err(Error::Forbidden("Only its moderators may do this"));
            }
            if found.account_id == Some(by) {
                return Err(Error::Forbidden(
                    "An appeal is not answered by whoever made it",
                ));
            }
            let alone = communities::roles(tx, found.community_id)?.len() == 1;
            if found.by_id == Some(by) && !alone {
                return Err(Error::Forbidden(
                    "An appeal is answered by another moderator",
                ));
            }
            let state = if uphold {
                AppealState::Upheld
            } else {
                AppealState::Rejected
            };
            if !community_log::answer(tx, entry, (by, state), &text, now)? {
                return Err(Error::Conflict("It has been answered".to_owned()));
            }
            if !uphold {
                return Ok(());
            }
            let post = match &found.post_uri {
                Some(uri) => posts::stub_by_uri(tx, uri)?,
                None => None,
            };
            let what = match (found.action, post, found.account_id) {
                (LogAction::Removed, Some(post), _) => moderation::What::Restore(post.id.into()),
                (LogAction::Locked, Some(post), _) => moderation::What::Unlock(post.id.into()),
                (LogAction::Banned, _, Some(account)) => moderation::What::Unban(account),
                _ => return Ok(()),
            };
            let deed = moderation::Deed {
                community: found.community_id,
                by,
                reason: text.clone(),
                what,
            };
            moderation::act_in(&this, tx, &deed, Source::Here)
        })
        .await
}
