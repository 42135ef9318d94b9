//! Blocks: two accounts have nothing to do with each other any more. What they may still read is in `domain::audience`.

use kontor_domain::{
    event::{EndedBlock, Event},
    ids::{AccountId, ActivityId, BlockId},
    page::Page,
};
use kontor_store::{
    Tx, accounts,
    blocks::{self, Block},
    follows, home, notifications,
};

use crate::{
    App, Error, Result, featuring,
    follows::{Listed, end_it},
};

/// Blocks an account, and ends what there was between the two. `uri` is the id of a Block from elsewhere. Doing it again
/// changes nothing.
pub async fn block(app: &App, by: AccountId, target: AccountId, uri: Option<String>) -> Result<()> {
    if by == target {
        return Err(Error::invalid("id", "is your own account"));
    }
    let (now, id) = (app.now(), BlockId(app.id()));
    let this = app.clone();
    app.store
        .write(move |tx| {
            accounts::by_id(tx, target)?.ok_or(Error::NotFound)?;
            let block = Block {
                id,
                uri: uri
                    .clone()
                    .unwrap_or_else(|| this.site.activity(ActivityId(id.0))),
                account_id: by,
                target_id: target,
                created_at: now,
            };
            if !blocks::insert_if_new(tx, &block)? {
                return Ok(());
            }
            part(&this, tx, by, target)?;
            this.record(tx, &Event::AccountBlocked { block: id })
        })
        .await
}

/// Follows both ways end, and neither finds the other in timelines, notifications and collections.
fn part(app: &App, tx: &mut Tx<'_>, by: AccountId, target: AccountId) -> Result<()> {
    if let Some(follow) = follows::between(tx, by, target)? {
        end_it(app, tx, &follow, Event::FollowUndone)?;
    }
    if let Some(follow) = follows::between(tx, target, by)? {
        let local = accounts::by_id(tx, by)?.is_some_and(|account| account.is_local());
        // Each says what is its own to say: the blocker rejects, and a follower here who was blocked from elsewhere leaves.
        let event = if local {
            Event::FollowRejected
        } else {
            Event::FollowUndone
        };
        end_it(app, tx, &follow, event)?;
    }
    for (owner, other) in [(by, target), (target, by)] {
        home::forget_all(tx, owner, other)?;
        notifications::delete_all_from(tx, owner, other)?;
    }
    featuring::part(app, tx, by, target)
}

/// `Ok` also when there was none.
pub async fn unblock(app: &App, by: AccountId, target: AccountId) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            accounts::by_id(tx, target)?.ok_or(Error::NotFound)?;
            match blocks::of(tx, by, target)? {
                Some(block) => end(&this, tx, block),
                None => Ok(()),
            }
        })
        .await
}

/// Ends the block with this id on the wire. `false`: it is not here.
pub async fn undo(app: &App, by: AccountId, uri: String) -> Result<bool> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let Some(block) = blocks::by_uri(tx, &uri)? else {
                return Ok(false);
            };
            if block.account_id != by {
                return Err(Error::Forbidden("Only its owner ends a block"));
            }
            end(&this, tx, block)?;
            Ok(true)
        })
        .await
}

fn end(app: &App, tx: &mut Tx<'_>, block: Block) -> Result<()> {
    if !blocks::delete(tx, block.id)? {
        return Ok(());
    }
    app.record(
        tx,
        &Event::AccountUnblocked(EndedBlock {
            uri: block.uri,
            account: block.account_id,
            target: block.target_id,
        }),
    )
}

/// Whom an account blocks, newest first.
pub async fn page(app: &App, by: AccountId, page: Page) -> Result<Listed> {
    app.store
        .read(move |db| {
            let rows = blocks::by_account(db, by, &page)?;
            crate::accounts::listed(db, rows)
        })
        .await
}
