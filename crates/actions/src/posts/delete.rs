//! A post goes, and its address never comes back.

use std::sync::Arc;

use kontor_domain::{
    audience::{Audience, Viewer},
    event::{DeletedPost, Event},
    ids::{AccountId, PostId},
    time::Time,
};
use kontor_store::{
    Tx,
    accounts::{self, Counter},
    attachments::{self, Versions},
    boosts, conversations,
    posts::{self, Remains},
    quotes,
    tag_days::{self, Step},
    tombstones,
};

use super::{Beside, PostView};
use crate::{App, Error, Result};

/// What becomes of the files of a post that its author deletes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// What is shown with it waits as uploads do, for a post that is written in its place; what only its earlier versions showed goes.
    Stay,
    Go,
}

/// Deletes a post by its author. Returns it as it was, so that it can be written anew.
pub async fn delete(app: &App, by: AccountId, id: PostId, files: Files) -> Result<PostView> {
    let now = app.now();
    let this = app.clone();
    app.store
        .write_about(by, move |tx| {
            let view = super::load(tx, Viewer::Account(by), &[id], now)?
                .pop()
                .ok_or(Error::NotFound)?;
            if view.post.account_id != by {
                return Err(Error::NotFound);
            }
            match boosts::by_id(tx, id)? {
                Some(boost) => crate::boosts::end(&this, tx, &boost, now)?,
                None => remove(&this, tx, &view.post, files, now)?,
            }
            Ok(view)
        })
        .await
}

/// The author's server says that the post is gone. Remembered even when the post was not here, for its Create may come later:
/// then as the word of `by`, who may not be its author.
/// `false`: it was not here.
pub async fn delete_by_uri(app: &App, by: AccountId, uri: String) -> Result<bool> {
    delete_by_uri_with(app, by, uri, Arc::new(())).await
}

/// The same, with what else is written if it was here.
pub async fn delete_by_uri_with(
    app: &App,
    by: AccountId,
    uri: String,
    beside: Arc<dyn Beside>,
) -> Result<bool> {
    let now = app.now();
    let this = app.clone();
    app.store
        .write_about(by, move |tx| {
            if let Some(boost) = boosts::by_uri(tx, &uri)?.filter(|boost| boost.account_id == by) {
                crate::boosts::end(&this, tx, &boost, now)?;
                beside.after(&this, tx)?;
                return Ok(true);
            }
            let Some(post) = posts::by_uri(tx, Viewer::Account(by), &uri)? else {
                if posts::stub_by_uri(tx, &uri)?.is_some() {
                    return Err(Error::Forbidden("Only its author deletes a post"));
                }
                tombstones::insert_said(tx, &uri, by, now)?;
                return Ok(false);
            };
            if post.account_id != by {
                return Err(Error::Forbidden("Only its author deletes a post"));
            }
            remove(&this, tx, &post, Files::Go, now)?;
            beside.after(&this, tx)?;
            Ok(true)
        })
        .await
}

fn remove(app: &App, tx: &mut Tx<'_>, post: &posts::Post, files: Files, now: Time) -> Result<()> {
    let mentioned = posts::mentions_of(tx, &[post.id])?
        .into_iter()
        .map(|(_, account)| account)
        .collect();
    let formerly_mentioned = posts::formerly_mentioned(tx, post.id)?;
    let reached = if post.local {
        boosts::reached(tx, post.id)?
    } else {
        Vec::new()
    };
    if !erase(app, tx, &Remains::from(post), files, now)? {
        return Err(Error::NotFound);
    }
    app.record(
        tx,
        &Event::PostDeleted(DeletedPost {
            post: post.id,
            uri: post.uri.clone(),
            author: post.account_id,
            audience: post.audience,
            mentioned,
            formerly_mentioned,
            in_reply_to_account: post.in_reply_to_account_id,
            reached,
            community: post.community_id,
        }),
    )
}

/// The row goes, what counted it counts it no more, and its address never comes back. Nobody is told. `false`: it was gone.
pub(crate) fn erase(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Remains,
    files: Files,
    now: Time,
) -> Result<bool> {
    quotes::quoted_is_gone(tx, post.id)?;
    let versions = match files {
        Files::Stay => Versions::Former,
        Files::Go => Versions::All,
    };
    let names = attachments::files_of(tx, post.id, versions)?;
    crate::uploads::remove(app, tx, &names)?;
    crate::remote_files::forget_of(app, tx, post.id)?;
    // Boosts go with what they boost.
    boosts::uncount_of(tx, post.id)?;
    tag_days::count(tx, post.id, Step::Unused)?;
    if post.audience == Audience::Direct {
        conversations::leave(tx, post.id)?;
    }
    let gone = match files {
        Files::Stay => posts::delete_but_files(tx, post.id, now)?,
        Files::Go => posts::delete(tx, post.id)?,
    };
    if !gone {
        return Ok(false);
    }
    tombstones::insert(tx, &post.uri, now)?;
    if post.audience != Audience::Direct {
        accounts::count(tx, post.account_id, Counter::Statuses, -1)?;
    }
    if let Some(boosted) = post.reblog_of_id {
        boosts::count(tx, boosted, -1)?;
    }
    // What moderators took away is counted no more.
    if let Some(parent) = post.in_reply_to_id
        && post.audience.counts_answers()
        && post.removed_at.is_none()
    {
        posts::count_replies(tx, parent, -1)?;
    }
    Ok(true)
}
