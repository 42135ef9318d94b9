//! Lists: whom somebody puts together, to read them apart from home. Nobody else knows of them.

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, ListId, ListMemberId},
    list::RepliesPolicy,
    page::Page,
};
pub use kontor_store::lists::{Change, List};
use kontor_store::{Conn, Tx, follows, list_entries, lists};

use crate::{
    App, Error, Result,
    follows::Listed,
    posts::{PostView, load},
};

/// Characters of a title.
const TITLE: usize = 255;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewList {
    pub title: String,
    pub replies_policy: RepliesPolicy,
    pub exclusive: bool,
}

fn title(text: &str) -> Result<String> {
    let title = text.replace('\0', "").trim().to_owned();
    if title.is_empty() {
        return Err(Error::invalid("title", "can't be blank"));
    }
    if title.chars().count() > TITLE {
        return Err(Error::invalid(
            "title",
            format!("is too long (maximum is {TITLE} characters)"),
        ));
    }
    Ok(title)
}

fn own(db: &mut Conn, owner: AccountId, id: ListId) -> Result<List> {
    lists::of(db, owner, id)?.ok_or(Error::NotFound)
}

pub async fn create(app: &App, owner: AccountId, new: NewList) -> Result<List> {
    let list = List {
        id: ListId(app.id()),
        account_id: owner,
        title: title(&new.title)?,
        replies_policy: new.replies_policy,
        exclusive: new.exclusive,
        created_at: app.now(),
    };
    let most = app.settings.limits.lists;
    app.store
        .write(move |tx| {
            if lists::by_account(tx, owner)?.len() >= most {
                return Err(Error::invalid(
                    "base",
                    format!("You have {most} lists already, and no more can be made"),
                ));
            }
            lists::insert(tx, &list)?;
            Ok(list.clone())
        })
        .await
}

pub async fn change(app: &App, owner: AccountId, id: ListId, mut change: Change) -> Result<List> {
    change.title = change.title.as_deref().map(title).transpose()?;
    app.store
        .write(move |tx| {
            own(tx, owner, id)?;
            lists::change(tx, id, &change)?;
            own(tx, owner, id)
        })
        .await
}

pub async fn delete(app: &App, owner: AccountId, id: ListId) -> Result<()> {
    let gone = app
        .store
        .write(move |tx| Ok::<_, Error>(lists::delete(tx, owner, id)?))
        .await?;
    if gone { Ok(()) } else { Err(Error::NotFound) }
}

pub async fn get(app: &App, owner: AccountId, id: ListId) -> Result<List> {
    app.store.read(move |db| own(db, owner, id)).await
}

/// In the order in which they were made.
pub async fn all(app: &App, owner: AccountId) -> Result<Vec<List>> {
    app.store
        .read(move |db| Ok(lists::by_account(db, owner)?))
        .await
}

/// Those that an account is in.
pub async fn holding(app: &App, owner: AccountId, member: AccountId) -> Result<Vec<List>> {
    app.store
        .read(move |db| Ok(lists::holding(db, owner, member)?))
        .await
}

pub async fn members(app: &App, owner: AccountId, id: ListId, page: Page) -> Result<Listed> {
    app.store
        .read(move |db| {
            own(db, owner, id)?;
            let rows = lists::members(db, id, &page)?;
            crate::accounts::listed(db, rows)
        })
        .await
}

/// Adds accounts that the owner follows, or has asked to, or is. All of them or none: who is in the list already stands in the
/// way, as in Mastodon.
pub async fn add(app: &App, owner: AccountId, id: ListId, members: Vec<AccountId>) -> Result<()> {
    let rows: Vec<(ListMemberId, AccountId)> = members
        .iter()
        .map(|member| (ListMemberId(app.id()), *member))
        .collect();
    let most = app.settings.limits.home_backfill;
    app.store
        .write(move |tx| {
            own(tx, owner, id)?;
            let targets: Vec<AccountId> = rows.iter().map(|(_, member)| *member).collect();
            let (followed, _) = follows::around(tx, owner, &targets)?;
            let may = |member: &AccountId| {
                *member == owner || followed.iter().any(|follow| follow.target_id == *member)
            };
            if !targets.iter().all(may) {
                return Err(Error::NotFound);
            }
            for (row, member) in &rows {
                if !lists::add_member(tx, *row, id, *member)? {
                    return Err(Error::invalid("account_ids", "are in the list already"));
                }
                list_entries::remember(tx, owner, id, *member, most)?;
            }
            Ok(())
        })
        .await
}

/// Whoever is not in the list stays out of it.
pub async fn remove(
    app: &App,
    owner: AccountId,
    id: ListId,
    members: Vec<AccountId>,
) -> Result<()> {
    app.store
        .write(move |tx| {
            own(tx, owner, id)?;
            lists::remove_members(tx, id, &members)?;
            Ok(list_entries::forget(tx, id, &members)?)
        })
        .await
}

pub async fn timeline(
    app: &App,
    owner: AccountId,
    id: ListId,
    page: Page,
) -> Result<Vec<PostView>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let list = own(db, owner, id)?;
            let ids = list_entries::page(db, &list, now, &page)?;
            load(db, Viewer::Account(owner), &ids, now)
        })
        .await
}

/// A follow has begun to stand: what its target has posted enters the lists that the target is in.
pub(crate) fn followed(
    app: &App,
    tx: &mut Tx<'_>,
    owner: AccountId,
    target: AccountId,
) -> Result<()> {
    for list in lists::holding(tx, owner, target)? {
        list_entries::remember(
            tx,
            owner,
            list.id,
            target,
            app.settings.limits.home_backfill,
        )?;
    }
    Ok(())
}

/// A follow has ended: its target leaves the lists.
pub(crate) fn unfollowed(tx: &mut Tx<'_>, owner: AccountId, target: AccountId) -> Result<()> {
    for list in lists::holding(tx, owner, target)? {
        lists::remove_members(tx, list.id, &[target])?;
        list_entries::forget(tx, list.id, &[target])?;
    }
    Ok(())
}
