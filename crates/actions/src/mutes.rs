//! Mutes: somebody is not to be seen or heard by one person, who tells nobody. What is left out of timelines is asked when they are
//! read, so that the end of a mute brings everything back.

use std::time::Duration;

use kontor_domain::{
    ids::{AccountId, MuteId},
    page::Page,
    time::Time,
};
use kontor_store::{
    accounts,
    mutes::{self, Mute},
    notifications,
};

use crate::{App, Error, Result, accounts::Account};

/// How far a mute goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub hide_notifications: bool,
    /// `None`: until it is ended.
    pub lasting: Option<Duration>,
}

/// Mutes an account, or changes the terms of the mute.
pub async fn mute(app: &App, by: AccountId, target: AccountId, terms: Terms) -> Result<()> {
    if by == target {
        return Err(Error::invalid("id", "is your own account"));
    }
    let (now, id) = (app.now(), MuteId(app.id()));
    let expires_at = terms
        .lasting
        .map(|lasting| until(now, lasting).ok_or_else(|| Error::invalid("duration", "is too long")))
        .transpose()?;
    app.store
        .write(move |tx| {
            accounts::by_id(tx, target)?.ok_or(Error::NotFound)?;
            mutes::set(
                tx,
                &Mute {
                    id,
                    account_id: by,
                    target_id: target,
                    hide_notifications: terms.hide_notifications,
                    expires_at,
                    created_at: now,
                },
            )?;
            if terms.hide_notifications {
                notifications::delete_all_from(tx, by, target)?;
            }
            Ok(())
        })
        .await
}

/// A moment that both databases and RFC 3339 can hold.
pub(crate) fn until(now: Time, lasting: Duration) -> Option<Time> {
    const LONGEST: Duration = Duration::from_secs(1000 * 365 * 24 * 60 * 60);
    let lasting = chrono::Duration::from_std(lasting.min(LONGEST)).ok()?;
    now.checked_add_signed(lasting)
}

/// `Ok` also when there was none.
pub async fn unmute(app: &App, by: AccountId, target: AccountId) -> Result<()> {
    app.store
        .write(move |tx| {
            accounts::by_id(tx, target)?.ok_or(Error::NotFound)?;
            mutes::delete(tx, by, target)?;
            Ok(())
        })
        .await
}

/// Somebody who is muted, and until when.
#[derive(Debug, Clone)]
pub struct Muted {
    pub row: MuteId,
    pub account: Account,
    pub expires_at: Option<Time>,
}

/// Whom an account mutes, newest first.
pub async fn page(app: &App, by: AccountId, page: Page) -> Result<Vec<Muted>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let rows = mutes::by_account(db, by, now, &page)?;
            let ids: Vec<AccountId> = rows.iter().map(|mute| mute.target_id).collect();
            let mut people = crate::accounts::map(db, &ids)?;
            Ok(rows
                .into_iter()
                .filter_map(|mute| {
                    Some(Muted {
                        row: mute.id,
                        account: people.remove(&mute.target_id)?,
                        expires_at: mute.expires_at,
                    })
                })
                .collect())
        })
        .await
}
