//! Notifications as groups: many favourites of a post are one thing to read.

use std::sync::Arc;

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, NotificationId, PostId},
    notification::NotificationKind,
    page::Page,
    time::{self, Time},
};
pub use kontor_store::notification_groups::Group;
use kontor_store::{Conn, notification_groups, notifications};

use crate::{
    App, Asking, Error, Result,
    accounts::{self, Account},
    asking,
    kept::{self, Kept, KeptAccount},
    notifications::{About, Notification, Selection, Tasks, shown_to},
    posts::{self, PostView},
};

/// Kinds of which many are one.
pub const GROUPED: [NotificationKind; 4] = [
    NotificationKind::Favourite,
    NotificationKind::Reblog,
    NotificationKind::Follow,
    NotificationKind::AdminSignUp,
];

/// What comes in a span of so many hours is a group.
const HOURS: i64 = 12;

/// Accounts of one group that are listed.
const LISTED: i64 = 200;

/// The group that a new notification belongs to; `None`: it stands alone.
pub(crate) fn key(kind: NotificationKind, post: Option<PostId>, now: Time) -> Option<String> {
    if !GROUPED.contains(&kind) {
        return None;
    }
    let span = time::millis(now).div_euclid(HOURS * 60 * 60 * 1000);
    Some(match post {
        Some(post) => format!("{kind}-{post}-{span}"),
        None => format!("{kind}-{span}"),
    })
}

/// The name of the group that a notification is alone in.
const ALONE: &str = "ungrouped-";

/// What a notification's group is called.
pub fn name(notification: &Notification) -> String {
    notification
        .group_key
        .clone()
        .unwrap_or_else(|| alone(notification.id))
}

pub fn alone(id: NotificationId) -> String {
    format!("{ALONE}{id}")
}

/// A page of groups, with the accounts, posts and the rest that they name, each once.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    pub groups: Vec<Group>,
    pub accounts: Vec<Arc<KeptAccount>>,
    pub posts: Vec<PostView>,
    pub about: About,
}

fn load(
    db: &mut Conn,
    kept: &Kept,
    owner: AccountId,
    groups: Vec<Group>,
    now: Time,
) -> Result<Groups> {
    let mut ids: Vec<PostId> = groups
        .iter()
        .filter_map(|group| group.head.post_id)
        .collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.dedup();
    let posts = posts::load_kept(db, kept, Viewer::Account(owner), &ids, now)?;
    let readable: Vec<PostId> = posts.iter().map(|view| view.post.id).collect();
    let mut people = kept::authors(&posts);
    let mut others: Vec<AccountId> = groups
        .iter()
        .flat_map(|group| &group.from)
        .filter(|id| !people.contains_key(*id))
        .copied()
        .collect();
    others.sort_unstable();
    others.dedup();
    people.extend(kept::accounts(db, Some(kept), &others)?);
    let about = About::load(db, groups.iter().map(|group| &group.head))?;
    let mut shown = Groups {
        posts,
        about,
        ..Groups::default()
    };
    let tasks = Tasks::of(db, owner, groups.iter().map(|group| group.head.kind))?;
    for group in groups {
        if group.head.kind.is_for_moderators() && !tasks.are(&group.head, &shown.about) {
            continue;
        }
        // A notification about a post goes with the right to read it.
        if group.head.post_id.is_some_and(|id| !readable.contains(&id)) {
            continue;
        }
        for id in &group.from {
            shown.accounts.extend(people.remove(id));
        }
        shown.groups.push(group);
    }
    Ok(shown)
}

/// Which groups: of one account alone nothing is grouped.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub selection: Selection,
    pub grouped: Vec<NotificationKind>,
}

impl Wanted {
    fn grouped(&self) -> Vec<NotificationKind> {
        match self.selection.from {
            Some(_) => Vec::new(),
            None => self.grouped.clone(),
        }
    }
}

/// Of whoever asks; nothing for nobody.
pub async fn page(
    app: &App,
    asking: Asking,
    wanted: Wanted,
    page: Page,
) -> Result<(Viewer, Groups)> {
    let (now, kept) = (app.now(), app.kept.clone());
    asking::read(app, asking, move |db, viewer| {
        let Some(owner) = viewer.account() else {
            return Ok(Groups::default());
        };
        let groups =
            notification_groups::page(db, owner, &wanted.selection, &wanted.grouped(), &page)?;
        load(db, &kept, owner, groups, now)
    })
    .await
}

/// How many groups are unread: with something newer than the marker of notifications, counted up to `most`.
pub async fn unread(app: &App, owner: AccountId, wanted: Wanted, most: i64) -> Result<i64> {
    app.store
        .read(move |db| {
            let above = crate::notifications::marker(db, owner)?;
            let grouped = wanted.grouped();
            let shown = shown_to(db, owner, wanted.selection)?;
            Ok(notification_groups::count_above(
                db, owner, &shown, &grouped, above, most,
            )?)
        })
        .await
}

fn lonely(key: &str) -> Option<NotificationId> {
    key.strip_prefix(ALONE)?.parse().ok()
}

fn find(db: &mut Conn, owner: AccountId, key: &str) -> Result<Group> {
    let found = match lonely(key) {
        Some(id) => notifications::by_id(db, owner, id)?.map(|head| Group {
            count: 1,
            oldest: head.id,
            from: vec![head.from_account_id],
            head,
        }),
        None => notification_groups::by_key(db, owner, key)?,
    };
    found.ok_or(Error::NotFound)
}

pub async fn get(app: &App, owner: AccountId, key: String) -> Result<Groups> {
    let (now, kept) = (app.now(), app.kept.clone());
    app.store
        .read(move |db| {
            let group = find(db, owner, &key)?;
            load(db, &kept, owner, vec![group], now)
        })
        .await
}

/// Who is in a group, the newest first.
pub async fn accounts_of(app: &App, owner: AccountId, key: String) -> Result<Vec<Account>> {
    app.store
        .read(move |db| {
            let ids = match lonely(&key) {
                Some(_) => find(db, owner, &key)?.from,
                None => notification_groups::accounts(db, owner, &key, LISTED)?,
            };
            if ids.is_empty() {
                return Err(Error::NotFound);
            }
            let mut people = accounts::map(db, &ids)?;
            Ok(ids.iter().filter_map(|id| people.remove(id)).collect())
        })
        .await
}

/// All of it is put away. `Ok` also when there was none.
pub async fn dismiss(app: &App, owner: AccountId, key: String) -> Result<()> {
    app.store
        .write(move |tx| {
            match lonely(&key) {
                Some(id) => notifications::dismiss(tx, owner, id)?,
                None => notification_groups::dismiss(tx, owner, &key)?,
            };
            Ok(())
        })
        .await
}
