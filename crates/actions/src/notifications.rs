//! What a person is told of: reading and putting away. Telling is an effect.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::Arc,
};

use kontor_domain::{
    audience::Viewer,
    ids::{
        AccountId, CollectionId, NotificationId, PostId, ReactionId, ReportId, SeveranceId,
        WarningId,
    },
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
    warnings::{self, Warning},
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
    pub warning: Option<Warning>,
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
    let about = About::load(db, rows.iter())?;
    let tasks = Tasks::of(db, owner, rows.iter().map(|row| row.kind))?;
    // Large, and moved from place to place if the list grew.
    let mut views = Vec::with_capacity(rows.len());
    views.extend(rows.into_iter().filter_map(|notification| {
        let from = notification.from_account_id;
        // Nobody is kept from their task by those whom it is about.
        let task = notification.kind.is_for_moderators();
        if blocking.contains(&from)
            || (blocked_by.contains(&from) && !task)
            || (task && !tasks.are(&notification, &about))
        {
            return None;
        }
        Some(NotificationView {
            account: people.get(&from)?.clone(),
            reaction: named(&reactions, notification.reaction_id).ok()?,
            post: named(&posts, notification.post_id).ok()?,
            collection: named(&listed, notification.collection_id).ok()?,
            report: named(&about.reports, notification.report_id).ok()?,
            severance: named(&about.severances, notification.severance_id).ok()?,
            warning: named(&about.warnings, notification.warning_id).ok()?,
            notification,
        })
    }));
    Ok(views)
}

/// What is named is not there, or not for this reader.
struct Gone;

fn named<K: Eq + Hash, V: Clone>(
    found: &HashMap<K, V>,
    id: Option<K>,
) -> std::result::Result<Option<V>, Gone> {
    id.map(|id| found.get(&id).cloned().ok_or(Gone)).transpose()
}

/// What notifications of some kinds are about.
#[derive(Debug, Clone, Default)]
pub struct About {
    pub reports: HashMap<ReportId, ReportView>,
    pub severances: HashMap<SeveranceId, Severance>,
    pub warnings: HashMap<WarningId, Warning>,
}

impl About {
    pub(crate) fn load<'a>(
        db: &mut Conn,
        rows: impl Iterator<Item = &'a Notification> + Clone,
    ) -> Result<Self> {
        let reports: Vec<ReportId> = rows.clone().filter_map(|row| row.report_id).collect();
        let severances: Vec<SeveranceId> =
            rows.clone().filter_map(|row| row.severance_id).collect();
        let warnings: Vec<WarningId> = rows.filter_map(|row| row.warning_id).collect();
        Ok(Self {
            reports: reports::map(db, &reports)?,
            severances: severances::map(db, &severances)?,
            warnings: warnings::map(db, &warnings)?,
        })
    }
}

/// How many of these are unread: newer than the marker of notifications, counted up to `most`.
pub async fn unread(app: &App, owner: AccountId, selection: Selection, most: i64) -> Result<i64> {
    app.store
        .read(move |db| {
            let above = marker(db, owner)?;
            let shown = shown_to(db, owner, selection)?;
            Ok(notifications::count_above(db, owner, &shown, above, most)?)
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

/// Of what is selected, the kinds that this person is shown.
pub(crate) fn shown_to(
    db: &mut Conn,
    owner: AccountId,
    mut selection: Selection,
) -> Result<Selection> {
    let tasks = Tasks::of(db, owner, selection.kinds.iter().copied())?;
    let reports = tasks.moderates || !tasks.looks_after.is_empty();
    selection.kinds.retain(|kind| match kind {
        NotificationKind::AdminReport => reports,
        other => tasks.moderates || !other.is_for_moderators(),
    });
    Ok(selection)
}

/// Which news of those for people who look after others are somebody's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tasks {
    /// All of them.
    moderates: bool,
    /// Reports about posts in these communities.
    looks_after: HashSet<AccountId>,
}

impl Tasks {
    /// Asked only where there are such news.
    pub(crate) fn of(
        db: &mut Conn,
        owner: AccountId,
        mut kinds: impl Iterator<Item = NotificationKind>,
    ) -> Result<Self> {
        if !kinds.any(NotificationKind::is_for_moderators) {
            return Ok(Self::default());
        }
        let moderates = operators::is_moderator(db, owner)?;
        let looks_after = if moderates {
            HashSet::new()
        } else {
            let roles = kontor_store::communities::roles_by(db, owner)?;
            roles.into_iter().map(|(community, _)| community).collect()
        };
        Ok(Self {
            moderates,
            looks_after,
        })
    }

    pub(crate) fn are(&self, row: &Notification, about: &About) -> bool {
        let report = row.report_id.and_then(|id| about.reports.get(&id));
        let community = report.and_then(|view| view.report.community_id);
        self.moderates || community.is_some_and(|id| self.looks_after.contains(&id))
    }
}
