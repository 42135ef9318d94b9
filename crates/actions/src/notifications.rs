//! What a person is told of: reading and putting away. Telling is an effect.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, CollectionId, NotificationId, PostId, ReactionId, ReportId, SeveranceId},
    notification::NotificationKind,
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
    operators,
    posts::{self, PostView},
    reports::{self, ReportView},
    severances::{self, Severance},
};

#[derive(Debug, Clone)]
pub struct NotificationView {
    pub notification: Notification,
    pub account: Arc<KeptAccount>,
    pub post: Option<PostView>,
    pub reaction: Option<Reaction>,
    pub collection: Option<CollectionView>,
    pub report: Option<ReportView>,
    pub severance: Option<Severance>,
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

/// A notification about a post, a collection or a report goes with it, or with the right to see it.
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
    let reported: Vec<ReportId> = rows.iter().filter_map(|row| row.report_id).collect();
    let reported = reports::map(db, &reported)?;
    let severed: Vec<SeveranceId> = rows.iter().filter_map(|row| row.severance_id).collect();
    let severed = severances::map(db, &severed)?;
    let moderates = are_for(db, owner, rows.iter().map(|row| row.kind))?;
    Ok(rows
        .into_iter()
        .filter_map(|notification| {
            let from = notification.from_account_id;
            // Nobody is kept from their task by those whom it is about.
            let task = notification.kind.is_for_moderators();
            if blocking.contains(&from)
                || (blocked_by.contains(&from) && !task)
                || (task && !moderates)
            {
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
            let report = match notification.report_id {
                Some(id) => Some(reported.get(&id)?.clone()),
                None => None,
            };
            let severance = match notification.severance_id {
                Some(id) => Some(severed.get(&id)?.clone()),
                None => None,
            };
            Some(NotificationView {
                notification,
                account,
                post,
                reaction,
                collection,
                report,
                severance,
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
    Ok(!unwanted_by(app, tx, &[to], sender, post)?.is_empty())
}

/// Those of these people who do not want to hear this one, or of the thread of this post.
pub(crate) fn unwanted_by(
    app: &App,
    tx: &mut Tx<'_>,
    people: &[AccountId],
    sender: &Account,
    post: Option<PostId>,
) -> Result<HashSet<AccountId>> {
    let muting = kontor_store::mutes::hiding(tx, people, sender.id, app.now())?;
    let mut unwanted: HashSet<AccountId> = muting.into_iter().collect();
    unwanted.extend(crate::domain_blocks::shut_out_by(tx, people, sender)?);
    if let Some(post) = post {
        unwanted.extend(kontor_store::muted_threads::by_people(tx, people, post)?);
    }
    Ok(unwanted)
}

/// Where some of these are for those alone who look after people: is this person one of them?
pub(crate) fn are_for(
    db: &mut Conn,
    owner: AccountId,
    mut kinds: impl Iterator<Item = NotificationKind>,
) -> Result<bool> {
    Ok(kinds.any(NotificationKind::is_for_moderators) && operators::is_moderator(db, owner)?)
}
