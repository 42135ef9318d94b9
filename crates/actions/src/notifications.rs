//! What a person is told of: reading and putting away. Telling is an effect.

use std::{collections::HashMap, sync::Arc};

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, CollectionId, NotificationId, PostId, ReactionId},
    page::Page,
    time::Time,
};
pub use kontor_store::notifications::{Notification, Selection};
pub use kontor_store::reactions::Reaction;
use kontor_store::{Conn, Tx, notifications};

use crate::{
    App, Asking, Error, Result,
    accounts::Account,
    asking,
    collections::{self, CollectionView},
    kept::{self, Kept, KeptAccount},
    posts::{self, PostView},
};

#[derive(Debug, Clone)]
pub struct NotificationView {
    pub notification: Notification,
    pub account: Arc<KeptAccount>,
    pub post: Option<PostView>,
    pub reaction: Option<Reaction>,
    pub collection: Option<CollectionView>,
}

pub async fn page(
    app: &App,
    owner: AccountId,
    selection: Selection,
    page: Page,
) -> Result<Vec<NotificationView>> {
    let (_, views) = page_of(app, Viewer::Account(owner).into(), selection, page).await?;
    Ok(views)
}

/// Of whoever asks; nothing for nobody.
pub async fn page_of(
    app: &App,
    asking: Asking,
    selection: Selection,
    page: Page,
) -> Result<(Viewer, Vec<NotificationView>)> {
    let (now, kept) = (app.now(), app.kept.clone());
    asking::read(app, asking, move |db, viewer| {
        let Some(owner) = viewer.account() else {
            return Ok(Vec::new());
        };
        let rows = notifications::page(db, owner, &selection, &page)?;
        load(db, Some(&kept), owner, rows, now)
    })
    .await
}

pub async fn get(app: &App, owner: AccountId, id: NotificationId) -> Result<NotificationView> {
    let (now, kept) = (app.now(), app.kept.clone());
    app.store
        .read(move |db| {
            let row = notifications::by_id(db, owner, id)?.ok_or(Error::NotFound)?;
            load(db, Some(&kept), owner, vec![row], now)?
                .pop()
                .ok_or(Error::NotFound)
        })
        .await
}

/// One of somebody's own, as they see it.
pub(crate) fn of(
    db: &mut Conn,
    owner: AccountId,
    id: NotificationId,
    now: Time,
) -> Result<Option<NotificationView>> {
    match notifications::by_id(db, owner, id)? {
        Some(row) => Ok(load(db, None, owner, vec![row], now)?.pop()),
        None => Ok(None),
    }
}

/// A notification about a post or a collection goes with it, or with the right to see it.
fn load(
    db: &mut Conn,
    kept: Option<&Kept>,
    owner: AccountId,
    rows: Vec<Notification>,
    now: Time,
) -> Result<Vec<NotificationView>> {
    let ids: Vec<PostId> = rows.iter().filter_map(|row| row.post_id).collect();
    let views = posts::load_from(db, kept, Viewer::Account(owner), &ids, now)?;
    let mut from: Vec<AccountId> = rows.iter().map(|row| row.from_account_id).collect();
    from.sort_unstable();
    from.dedup();
    let (blocking, blocked_by) = kontor_store::blocks::around(db, owner, &from)?;
    let mut people = kept::authors(&views);
    from.retain(|id| !people.contains_key(id));
    people.extend(kept::accounts(db, kept, &from)?);
    let posts: HashMap<PostId, PostView> =
        views.into_iter().map(|view| (view.post.id, view)).collect();
    let reactions: Vec<ReactionId> = rows.iter().filter_map(|row| row.reaction_id).collect();
    let reactions: HashMap<ReactionId, Reaction> = kontor_store::reactions::by_ids(db, &reactions)?
        .into_iter()
        .map(|reaction| (reaction.id, reaction))
        .collect();
    let listed: Vec<CollectionId> = rows.iter().filter_map(|row| row.collection_id).collect();
    let listed = collections::map(db, Viewer::Account(owner), &listed)?;
    Ok(rows
        .into_iter()
        .filter_map(|notification| {
            let from = notification.from_account_id;
            if blocking.contains(&from) || blocked_by.contains(&from) {
                return None;
            }
            let account = people.get(&from)?.clone();
            let reaction = match notification.reaction_id {
                Some(id) => Some(reactions.get(&id)?.clone()),
                None => None,
            };
            let post = match notification.post_id {
                Some(id) => Some(posts.get(&id)?.clone()),
                None => None,
            };
            let collection = match notification.collection_id {
                Some(id) => Some(listed.get(&id)?.clone()),
                None => None,
            };
            Some(NotificationView {
                notification,
                account,
                post,
                reaction,
                collection,
            })
        })
        .collect())
}

/// How many of these are unread: newer than the marker of notifications, counted up to `most`.
pub async fn unread(app: &App, owner: AccountId, selection: Selection, most: i64) -> Result<i64> {
    app.store
        .read(move |db| {
            let above = marker(db, owner)?;
            Ok(notifications::count_above(
                db, owner, &selection, above, most,
            )?)
        })
        .await
}

pub async fn dismiss(app: &App, owner: AccountId, id: NotificationId) -> Result<()> {
    let gone = app
        .store
        .write(move |tx| Ok::<_, Error>(notifications::dismiss(tx, owner, id)?))
        .await?;
    if gone { Ok(()) } else { Err(Error::NotFound) }
}

pub async fn clear(app: &App, owner: AccountId) -> Result<()> {
    app.store
        .write(move |tx| Ok(notifications::clear(tx, owner)?))
        .await
}

/// The newest notification that somebody has read.
pub(crate) fn marker(db: &mut Conn, owner: AccountId) -> Result<NotificationId> {
    let marker = kontor_store::markers::of(db, owner, &["notifications".to_owned()])?.pop();
    Ok(marker
        .and_then(|marker| marker.last_read_id.parse().ok())
        .unwrap_or(NotificationId(0)))
}

/// Those that are not there are passed over.
pub async fn dismiss_several(app: &App, owner: AccountId, ids: Vec<NotificationId>) -> Result<()> {
    app.store
        .write(move |tx| Ok(notifications::dismiss_several(tx, owner, &ids)?))
        .await
}

/// Whom a person does not want to hear, and of what.
pub(crate) fn unwanted(
    app: &App,
    tx: &mut Tx<'_>,
    to: AccountId,
    sender: &Account,
    post: Option<PostId>,
) -> Result<bool> {
    let mutes = kontor_store::mutes::among(tx, to, &[sender.id], app.now())?;
    if mutes.iter().any(|mute| mute.hide_notifications)
        || crate::domain_blocks::shuts_out(tx, to, sender)?
    {
        return Ok(true);
    }
    match post {
        Some(post) => Ok(!kontor_store::muted_threads::among(tx, to, &[post])?.is_empty()),
        None => Ok(false),
    }
}
