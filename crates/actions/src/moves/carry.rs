//! What people here hold against an account that moves, and what they remember of it, holds of the new one too. Everything is an
//! action of its own, which does nothing when it is done again.

use kontor_domain::ids::{AccountId, BlockId, MuteId};
use kontor_store::{
    account_notes, blocks, follows,
    mutes::{self, Mute},
};

use crate::{App, Error, Result, accounts::Account, mutes::Terms};

/// So many are read at a time.
const STEP: i64 = 100;

pub(super) async fn all(app: &App, from: AccountId, to: AccountId) -> Result<()> {
    let old = crate::accounts::get(app, from).await?;
    let domain = old.domain.as_deref().unwrap_or(app.site.domain());
    let acct = format!("@{}@{domain}", old.username);
    notes(app, &old, to, &acct).await?;
    carry_blocks(app, &old, to, &acct).await?;
    carry_mutes(app, &old, to, &acct).await
}

/// Has this person something to do with the new account already?
async fn settled(app: &App, by: AccountId, to: AccountId) -> Result<bool> {
    let now = app.now();
    app.store
        .read(move |db| {
            Ok(by == to
                || follows::between(db, by, to)?.is_some()
                || blocks::of(db, by, to)?.is_some()
                || !mutes::among(db, by, &[to], now)?.is_empty())
        })
        .await
}

async fn carry_blocks(app: &App, old: &Account, to: AccountId, acct: &str) -> Result<()> {
    let (from, mut after) = (old.id, BlockId(0));
    loop {
        let rows = app
            .store
            .read(move |db| Ok::<_, Error>(blocks::of_target_here(db, from, after, STEP)?))
            .await?;
        for (_, by) in &rows {
            if !settled(app, *by, to).await? {
                crate::blocks::block(app, *by, to, None).await?;
                remember(
                    app,
                    *by,
                    to,
                    &format!("Moved from {acct}, whom you blocked."),
                    "",
                )
                .await?;
            }
        }
        match rows.last() {
            Some((last, _)) => after = *last,
            None => return Ok(()),
        }
    }
}

async fn carry_mutes(app: &App, old: &Account, to: AccountId, acct: &str) -> Result<()> {
    let (from, now, mut after) = (old.id, app.now(), MuteId(0));
    loop {
        let rows: Vec<Mute> = app
            .store
            .read(move |db| Ok::<_, Error>(mutes::of_target(db, from, now, after, STEP)?))
            .await?;
        for mute in &rows {
            if !settled(app, mute.account_id, to).await? {
                let terms = Terms {
                    hide_notifications: mute.hide_notifications,
                    lasting: mute.expires_at.and_then(|end| (end - now).to_std().ok()),
                };
                crate::mutes::mute(app, mute.account_id, to, terms).await?;
                let text = format!("Moved from {acct}, whom you muted.");
                remember(app, mute.account_id, to, &text, "").await?;
            }
        }
        match rows.last() {
            Some(last) => after = last.id,
            None => return Ok(()),
        }
    }
}

async fn notes(app: &App, old: &Account, to: AccountId, acct: &str) -> Result<()> {
    let (from, mut after) = (old.id, AccountId(0));
    loop {
        let rows = app
            .store
            .read(move |db| Ok::<_, Error>(account_notes::of_target(db, from, after, STEP)?))
            .await?;
        for (by, note) in &rows {
            if *by != to {
                remember(app, *by, to, &format!("Moved from {acct}:"), note).await?;
            }
        }
        match rows.last() {
            Some((last, _)) => after = *last,
            None => return Ok(()),
        }
    }
}

/// Puts a line, and what was remembered of the old account, before what is remembered of the new one. Once.
async fn remember(app: &App, by: AccountId, to: AccountId, line: &str, note: &str) -> Result<()> {
    let most = app.settings.limits.account_note_characters;
    let (line, note) = (line.to_owned(), note.to_owned());
    app.store
        .write(move |tx| {
            let there = account_notes::among(tx, by, &[to])?.pop();
            let there = there.map(|(_, comment)| comment).unwrap_or_default();
            if there.contains(&line) {
                return Ok(());
            }
            let parts = [&line, &note, &there];
            let parts: Vec<&str> = parts
                .into_iter()
                .map(|part| part.trim())
                .filter(|part| !part.is_empty())
                .collect();
            let whole: String = parts.join("\n").chars().take(most).collect();
            Ok(account_notes::set(tx, by, to, &whole)?)
        })
        .await
}
