//! Accounts as those see them who look after people, and what they do with them. Suspending and deleting are in `departures`,
//! letting people in is in `registrations`.

use std::collections::HashMap;

use kontor_domain::{
    ids::{AccountId, InviteId, ReportId},
    notification::WarningAction,
    page::Page,
    user::{Role, UserState},
};
pub use kontor_store::moderation::{Origin, Selection, State};
use kontor_store::{Conn, Tx, invites, moderation, users};

use crate::{
    App, Error, Result,
    accounts::{Account, User, map},
    departures,
    operators::moderates,
    reports,
    warnings::{self, Said},
};

/// An account with what only operators see.
#[derive(Debug, Clone)]
pub struct AccountView {
    pub account: Account,
    /// `None`: it is elsewhere, or its person is gone.
    pub user: Option<User>,
    pub invited_by: Option<AccountId>,
}

pub async fn page(
    app: &App,
    by: AccountId,
    which: Selection,
    page: Page,
) -> Result<Vec<AccountView>> {
    app.store
        .read(move |db| {
            moderates(db, by)?;
            let ids = moderation::page(db, &which, &page)?;
            load(db, &ids)
        })
        .await
}

/// Several by id, whatever their order.
pub async fn several(
    app: &App,
    by: AccountId,
    ids: Vec<AccountId>,
) -> Result<HashMap<AccountId, AccountView>> {
    app.store
        .read(move |db| {
            moderates(db, by)?;
            let found = load(db, &ids)?.into_iter();
            Ok(found.map(|view| (view.account.id, view)).collect())
        })
        .await
}

pub async fn get(app: &App, by: AccountId, id: AccountId) -> Result<AccountView> {
    several(app, by, vec![id])
        .await?
        .remove(&id)
        .ok_or(Error::NotFound)
}

fn load(db: &mut Conn, ids: &[AccountId]) -> Result<Vec<AccountView>> {
    let mut found = map(db, ids)?;
    let mut people: HashMap<AccountId, User> = users::by_ids(db, ids)?
        .into_iter()
        .map(|user| (user.account_id, user))
        .collect();
    let links: Vec<InviteId> = people.values().filter_map(|user| user.invite_id).collect();
    let makers: HashMap<InviteId, Option<AccountId>> =
        invites::makers(db, &links)?.into_iter().collect();
    Ok(ids
        .iter()
        .filter_map(|id| {
            let user = people.remove(id);
            let link = user.as_ref().and_then(|user| user.invite_id);
            Some(AccountView {
                account: found.remove(id)?,
                invited_by: link.and_then(|link| makers.get(&link).copied().flatten()),
                user,
            })
        })
        .collect())
}

/// What is done with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Nothing but that something is said, or a report is closed.
    None,
    /// Its person cannot sign in any more.
    Disable,
    /// The files of its posts are covered.
    Sensitize,
    /// Only those who follow it come upon it.
    Silence,
    /// It is out of sight.
    Suspend,
}

/// Whom nobody may act upon: oneself, and whoever has as much to say.
fn may_act_on(db: &mut Conn, by: AccountId, id: AccountId) -> Result<()> {
    let rank = |role: Role| match role {
        Role::User => 0,
        Role::Moderator => 1,
        Role::Admin => 2,
    };
    let actor = users::by_id(db, by)?.ok_or(Error::NotFound)?;
    let target = users::by_id(db, id)?;
    if by == id || target.is_some_and(|user| rank(user.role) >= rank(actor.role)) {
        return Err(Error::Forbidden("This action is not allowed"));
    }
    Ok(())
}

fn check(db: &mut Conn, by: AccountId, id: AccountId) -> Result<()> {
    moderates(db, by)?;
    kontor_store::accounts::by_id(db, id)?.ok_or(Error::NotFound)?;
    may_act_on(db, by, id)
}

async fn checked(app: &App, by: AccountId, id: AccountId) -> Result<()> {
    app.store.read(move |db| check(db, by, id)).await
}

/// A measure, with what led to it and what is said with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    pub measure: Measure,
    pub report: Option<ReportId>,
    pub text: String,
    /// Is whose account it is told?
    pub told: bool,
}

/// Takes a measure, closes the report that led to it, and keeps and tells what was done and said. Done again without a word, it changes
/// nothing and nobody hears of it.
pub async fn act(app: &App, by: AccountId, id: AccountId, act: Act) -> Result<()> {
    let said = Said {
        by,
        to: id,
        action: act.measure.into(),
        text: warnings::worded(app, &act.text)?,
        report: act.report,
        told: act.told,
    };
    let this = app.clone();
    app.store
        .write(move |tx| {
            check(tx, by, id)?;
            let changed = take(&this, tx, id, act.measure)?;
            if let Some(report) = act.report {
                reports::resolve_by(&this, tx, report, by)?;
            }
            if changed || !said.text.is_empty() {
                warnings::give(&this, tx, &said)?;
            }
            Ok(())
        })
        .await
}

/// `false`: it is as it was.
fn take(app: &App, tx: &mut Tx<'_>, id: AccountId, measure: Measure) -> Result<bool> {
    match measure {
        Measure::None => Ok(false),
        Measure::Disable => set_state(tx, id, UserState::Active, UserState::Disabled),
        Measure::Sensitize => Ok(moderation::set_sensitized(tx, id, true)?),
        Measure::Silence => silence(tx, id, true),
        Measure::Suspend => departures::suspend_in(app, tx, id),
    }
}

impl From<Measure> for WarningAction {
    fn from(measure: Measure) -> Self {
        match measure {
            Measure::None => Self::None,
            Measure::Disable => Self::Disable,
            Measure::Sensitize => Self::Sensitive,
            Measure::Silence => Self::Silence,
            Measure::Suspend => Self::Suspend,
        }
    }
}

fn set_state(tx: &mut Tx<'_>, id: AccountId, from: UserState, to: UserState) -> Result<bool> {
    let user = users::by_id(tx, id)?.ok_or(Error::NotFound)?;
    Ok(user.state == from && users::set_state(tx, id, to)?)
}

fn silence(tx: &mut Tx<'_>, id: AccountId, silenced: bool) -> Result<bool> {
    let changed = moderation::set_silenced(tx, id, silenced)?;
    let account = kontor_store::accounts::by_id(tx, id)?.ok_or(Error::NotFound)?;
    if changed && !account.is_local() {
        // A rule about its domain may limit it still.
        crate::peers::settle(tx, &account)?;
    }
    Ok(changed)
}

/// Lets somebody sign in again.
pub async fn enable(app: &App, by: AccountId, id: AccountId) -> Result<()> {
    app.store
        .write(move |tx| {
            check(tx, by, id)?;
            set_state(tx, id, UserState::Disabled, UserState::Active)
        })
        .await
        .map(drop)
}

/// Everybody comes upon it again.
pub async fn unsilence(app: &App, by: AccountId, id: AccountId) -> Result<()> {
    app.store
        .write(move |tx| {
            check(tx, by, id)?;
            silence(tx, id, false)
        })
        .await
        .map(drop)
}

/// What it says of its files holds again.
pub async fn unsensitize(app: &App, by: AccountId, id: AccountId) -> Result<()> {
    app.store
        .write(move |tx| {
            check(tx, by, id)?;
            Ok::<_, Error>(moderation::set_sensitized(tx, id, false)?)
        })
        .await
        .map(drop)
}

/// Back in sight.
pub async fn unsuspend(app: &App, by: AccountId, id: AccountId) -> Result<()> {
    checked(app, by, id).await?;
    departures::unsuspend(app, id).await
}

/// For good. Only what is suspended is deleted, so that nobody does it by mistake.
pub async fn delete(app: &App, by: AccountId, id: AccountId) -> Result<AccountView> {
    checked(app, by, id).await?;
    let view = get(app, by, id).await?;
    if view.account.suspended_at.is_none() {
        return Err(Error::Forbidden("This action is not allowed"));
    }
    departures::delete(app, id).await?;
    Ok(view)
}
