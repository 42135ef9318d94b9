//! Appeals where moderators are on several servers: those elsewhere are told of what is asked of a community of ours, and answer it; people
//! here are told of what is asked of one elsewhere, and what they answer goes to its server, which decides.

use std::{collections::BTreeMap, sync::Arc};

use kontor_domain::{
    community::{AppealState, LogAction},
    event::{AnsweredAppeal, Event},
    ids::{AccountId, LogEntryId, PostId},
};
use kontor_store::{
    Conn, Tx, accounts, communities,
    community_log::{self, LogEntry},
};

use super::{
    appeals::{self, opposite},
    is_ours,
    log::{self, Who},
};
use crate::{App, Error, Result, posts::Beside, warnings};

/// An appeal to a community elsewhere, as its server tells its moderators.
#[derive(Debug, Clone)]
pub struct Told {
    pub community: AccountId,
    /// By which it is known between servers.
    pub uri: String,
    pub by: AccountId,
    /// What it is against: the removal or the lock of a post, or a ban.
    pub action: LogAction,
    pub post_uri: Option<String>,
    /// Why that was done.
    pub reason: String,
    pub text: String,
}

/// It stands in the log here from then on, for whoever here looks after the community. Fails with `NotFound` where nobody does.
pub async fn hear_appeal(app: &App, told: Told, beside: Arc<dyn Beside>) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            hear(&this, tx, &told)?;
            beside.after(&this, tx)
        })
        .await
}

/// Are appeals in this community elsewhere for somebody here?
pub async fn hears_of(app: &App, community: AccountId) -> Result<bool> {
    app.store.read(move |db| hears(db, community)).await
}

fn hears(db: &mut Conn, community: AccountId) -> Result<bool> {
    Ok(!is_one_of_ours(db, community)? && is_looked_after_here(db, community)?)
}

fn hear(app: &App, tx: &mut Tx<'_>, told: &Told) -> Result<()> {
    let id = told.community;
    if !hears(tx, id)? {
        return Err(Error::NotFound);
    }
    // It comes again; or who appeals is here, and so is their appeal.
    if let Some(known) = community_log::by_appeal_uri(tx, &told.uri)? {
        return if known.community_id == id {
            Ok(())
        } else {
            Err(Error::Forbidden("This address is another appeal's"))
        };
    }
    let text = short(app, &told.text);
    if text.is_empty() {
        return Err(Error::invalid("content", "can't be blank"));
    }
    let entry = match against(tx, told)? {
        Some(entry) => entry,
        // Done before anybody here belonged to it.
        None => unknown(app, tx, told)?,
    };
    let uri = Some(told.uri.as_str());
    community_log::appeal(tx, entry.id, (text.as_str(), uri), app.now())?;
    tell_here(app, tx, entry.id)
}

fn short(app: &App, text: &str) -> String {
    let most = app.settings.limits.communities.reason_characters;
    let text = text.replace('\0', "");
    text.trim().chars().take(most).collect()
}

fn is_one_of_ours(db: &mut Conn, id: AccountId) -> Result<bool> {
    Ok(communities::by_id(db, id)?.is_some_and(|known| is_ours(&known)))
}

fn is_looked_after_here(db: &mut Conn, id: AccountId) -> Result<bool> {
    let roles = communities::roles(db, id)?;
    let people: Vec<AccountId> = roles.iter().map(|role| role.account_id).collect();
    let people = accounts::by_ids(db, &people)?;
    Ok(people.iter().any(accounts::Account::is_local))
}

/// The line here about what stands, if nobody has appealed against it.
fn against(tx: &mut Tx<'_>, told: &Told) -> Result<Option<LogEntry>> {
    let both = [told.action, opposite(told.action)];
    let last = match &told.post_uri {
        Some(uri) => community_log::last_of_post(tx, told.community, uri, both)?,
        None => community_log::last_of_account(tx, told.community, told.by, both)?,
    };
    Ok(last.filter(|last| {
        last.action == told.action && last.account_id == Some(told.by) && last.appeal.is_none()
    }))
}

/// What was done is known by this alone.
fn unknown(app: &App, tx: &mut Tx<'_>, told: &Told) -> Result<LogEntry> {
    let who = Who {
        community: told.community,
        by: None,
        role: None,
    };
    log::write(app, tx, who, told.action, |entry| {
        entry.account_id = Some(told.by);
        entry.post_uri.clone_from(&told.post_uri);
        entry.reason = short(app, &told.reason);
    })
}

/// The line with the appeal that is known by this between servers, and whether it is one of a community of ours.
pub async fn appeal_known_as(app: &App, uri: String) -> Result<Option<(LogEntry, bool)>> {
    app.store
        .read(move |db| {
            let Some(entry) = community_log::by_appeal_uri(db, &uri)? else {
                return Ok(None);
            };
            let ours = is_one_of_ours(db, entry.community_id)?;
            Ok(Some((entry, ours)))
        })
        .await
}

/// A moderator elsewhere answers an appeal to one of ours.
pub async fn answer_from_elsewhere(
    app: &App,
    by: AccountId,
    entry: LogEntryId,
    uphold: bool,
    text: &str,
) -> Result<()> {
    appeals::answer(app, by, entry, uphold, short(app, text)).await
}

/// A community elsewhere tells its moderators how an appeal was answered.
pub async fn hear_answer(app: &App, entry: LogEntryId, upheld: bool, text: &str) -> Result<()> {
    let (this, text) = (app.clone(), short(app, text));
    let state = if upheld {
        AppealState::Upheld
    } else {
        AppealState::Rejected
    };
    app.store
        .write(move |tx| {
            community_log::answer(tx, entry, (None, state), &text, this.now())?;
            Ok(())
        })
        .await
}

/// Its moderators are told of an appeal to one of ours.
pub(super) fn tell(app: &App, tx: &mut Tx<'_>, entry: LogEntryId) -> Result<()> {
    tell_here(app, tx, entry)?;
    app.record(tx, &Event::CommunityAppealed { entry })
}

/// Those here who look after the community, and may answer, are told of an appeal.
pub(super) fn tell_here(app: &App, tx: &mut Tx<'_>, entry: LogEntryId) -> Result<()> {
    let found = community_log::by_id(tx, entry)?.ok_or(Error::NotFound)?;
    let told = judges(tx, &found)?.into_iter().map(|one| (one, Vec::new()));
    let told: BTreeMap<AccountId, Vec<PostId>> = told.collect();
    let against = match found.action {
        LogAction::Banned => "somebody appeals against a ban.",
        LogAction::Locked => "somebody appeals against a lock.",
        _ => "somebody appeals against a removal.",
    };
    let words = found.appeal.as_deref().unwrap_or_default();
    warnings::of_community(app, tx, found.community_id, (against, words), told)
}

/// Neither whom it concerns, nor, while there are others, who did what it is against.
fn judges(db: &mut Conn, found: &LogEntry) -> Result<Vec<AccountId>> {
    let roles = communities::roles(db, found.community_id)?.into_iter();
    let people: Vec<AccountId> = roles
        .map(|role| role.account_id)
        .filter(|one| Some(*one) != found.account_id)
        .collect();
    let people = accounts::by_ids(db, &people)?.into_iter();
    let able = people.filter(|one| one.suspended_at.is_none());
    let mut able: Vec<AccountId> = able.map(|one| one.id).collect();
    if able.iter().any(|one| Some(*one) != found.by_id) {
        able.retain(|one| Some(*one) != found.by_id);
    }
    Ok(able)
}

/// Of a community of ours its moderators elsewhere are told how `by` answered an appeal; one elsewhere is asked to decide so.
pub(super) fn tell_answer(
    app: &App,
    tx: &mut Tx<'_>,
    found: &LogEntry,
    by: AccountId,
    (upheld, text): (bool, &str),
) -> Result<()> {
    let Some(appeal) = found.appeal_uri.clone() else {
        return Ok(());
    };
    app.record(
        tx,
        &Event::CommunityAppealAnswered(AnsweredAppeal {
            entry: found.id,
            community: found.community_id,
            by,
            concerned: found.account_id,
            appeal,
            upheld,
            text: text.to_owned(),
        }),
    )
}

/// What somebody here answers to an appeal to a community elsewhere.
pub(super) fn ask(
    app: &App,
    tx: &mut Tx<'_>,
    found: &LogEntry,
    by: AccountId,
    said: (bool, &str),
) -> Result<()> {
    match found.appeal_state {
        Some(AppealState::Open) => tell_answer(app, tx, found, by, said),
        Some(_) => Err(Error::Conflict("It has been answered".to_owned())),
        None => Err(Error::NotFound),
    }
}
