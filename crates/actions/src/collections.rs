//! Collections: accounts that somebody recommends to others, under a name. Who is in one wants to be found, and leaves it for good
//! when they say so. Asking other servers, and their collections, are in `featuring`.

use std::collections::{HashMap, HashSet};

use kontor_domain::{
    audience::Viewer,
    collection::ItemState,
    event::{ChangedCollection, DeletedCollection, Event},
    follow::FollowState,
    ids::{AccountId, CollectionId, CollectionItemId, TagId},
    text::language,
    time::Time,
};
pub use kontor_store::collections::{Collection, Item, Part};
use kontor_store::{
    Conn, Tx, accounts, blocks, collections, followed_tags, follows, notifications, tags, users,
};

use crate::{
    App, Error, Limits, Result,
    accounts::Account,
    featuring::{self, Ties},
};

/// In Mastodon's words.
const NOT_ALLOWED: Error = Error::Forbidden("This action is not allowed");

/// What a new collection is to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewCollection {
    pub name: String,
    pub description: String,
    /// Any spelling; empty: none is said.
    pub language: String,
    /// With or without `#`; empty: none.
    pub tag_name: String,
    pub sensitive: bool,
    pub discoverable: bool,
    /// Who is in it from the beginning: all of them, or it is not made.
    pub accounts: Vec<AccountId>,
}

/// What is to change; `None`: it stays. An empty description, language or hashtag is taken away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CollectionChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub language: Option<String>,
    pub tag_name: Option<String>,
    pub sensitive: Option<bool>,
    pub discoverable: Option<bool>,
}

/// A collection as somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionView {
    pub collection: Collection,
    /// In lower case.
    pub tag: Option<String>,
    /// In the order in which they entered, without those who are out of the viewer's sight.
    pub items: Vec<Item>,
}

/// The same with its owner, who comes first, and everybody in it, each once.
#[derive(Debug, Clone)]
pub struct WithAccounts {
    pub view: CollectionView,
    pub accounts: Vec<Account>,
}

fn short(field: &'static str, text: &str, most: usize) -> Result<String> {
    let text = text.replace('\0', "").trim().to_owned();
    if text.chars().count() > most {
        return Err(Error::invalid(
            field,
            format!("is too long (maximum is {most} characters)"),
        ));
    }
    Ok(text)
}

fn name(limits: &Limits, text: &str) -> Result<String> {
    let name = short("name", text, limits.collection_name_characters)?;
    if name.is_empty() {
        return Err(Error::invalid("name", "can't be blank"));
    }
    Ok(name)
}

fn description(limits: &Limits, text: &str) -> Result<String> {
    short(
        "description",
        text,
        limits.collection_description_characters,
    )
}

fn spoken(text: &str) -> Result<Option<String>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let known = language::normalise(text);
    known
        .map(Some)
        .ok_or_else(|| Error::invalid("language", "is not a language code"))
}

fn tag(text: &str) -> Result<Option<String>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let name = crate::tags::folded(text);
    name.map(Some)
        .map_err(|_| Error::invalid("tag_name", "is not a hashtag"))
}

/// The row of a hashtag, made with this id if it is new.
pub(crate) fn tag_row(
    tx: &mut Tx<'_>,
    id: TagId,
    name: Option<&str>,
    now: Time,
) -> Result<Option<TagId>> {
    match name {
        Some(name) => Ok(Some(followed_tags::tag(tx, id, name, now)?)),
        None => Ok(None),
    }
}

/// However many there are, with two queries.
fn views(db: &mut Conn, viewer: Viewer, rows: Vec<Collection>) -> Result<Vec<CollectionView>> {
    let ids: Vec<CollectionId> = rows.iter().map(|row| row.id).collect();
    let mut items: HashMap<CollectionId, Vec<Item>> = HashMap::new();
    for item in collections::items(db, viewer, &ids)? {
        items.entry(item.collection_id).or_default().push(item);
    }
    let tag_ids: Vec<TagId> = rows.iter().filter_map(|row| row.tag_id).collect();
    let names: HashMap<TagId, String> = tags::names(db, &tag_ids)?.into_iter().collect();
    Ok(rows
        .into_iter()
        .map(|collection| CollectionView {
            tag: collection.tag_id.and_then(|id| names.get(&id).cloned()),
            items: items.remove(&collection.id).unwrap_or_default(),
            collection,
        })
        .collect())
}

/// Those of these that the viewer may see.
pub(crate) fn map(
    db: &mut Conn,
    viewer: Viewer,
    ids: &[CollectionId],
) -> Result<HashMap<CollectionId, CollectionView>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = collections::visible(db, viewer, ids)?;
    let views = views(db, viewer, rows)?.into_iter();
    Ok(views.map(|view| (view.collection.id, view)).collect())
}

fn view(db: &mut Conn, viewer: Viewer, row: Collection) -> Result<CollectionView> {
    views(db, viewer, vec![row])?.pop().ok_or(Error::NotFound)
}

/// Whoever knows of a collection may look at it, but for those whom its owner blocks, or who block them.
fn seen(db: &mut Conn, viewer: Viewer, id: CollectionId) -> Result<Collection> {
    let found = collections::visible(db, viewer, &[id])?.pop();
    found.ok_or(Error::NotFound)
}

fn own(db: &mut Conn, owner: AccountId, id: CollectionId) -> Result<Collection> {
    let row = seen(db, Viewer::Account(owner), id)?;
    if row.account_id == owner {
        Ok(row)
    } else {
        Err(NOT_ALLOWED)
    }
}

/// May all of these be in a collection of `owner`'s? Those here who want to be found may, and those elsewhere may be asked if
/// their policy says so.
fn consent(
    app: &App,
    tx: &mut Tx<'_>,
    owner: AccountId,
    targets: &[AccountId],
    field: &'static str,
) -> Result<HashMap<AccountId, Account>> {
    let found = crate::accounts::map(tx, targets)?;
    let people = users::by_ids(tx, targets)?;
    let waits = |id: AccountId| {
        people
            .iter()
            .any(|user| user.account_id == id && user.waits())
    };
    let (blocking, blocked_by) = blocks::around(tx, owner, targets)?;
    let (out, back) = follows::around(tx, owner, targets)?;
    let own = app.site.actor(owner);
    for id in targets {
        let account = found
            .get(id)
            .filter(|account| account.suspended_at.is_none() && !waits(*id))
            .ok_or_else(|| Error::invalid(field, "must be known here"))?;
        let ties = Ties {
            uri: &own,
            follows: out
                .iter()
                .any(|one| one.target_id == *id && one.state == FollowState::Accepted),
            followed: back
                .iter()
                .any(|one| one.follower_id == *id && one.state == FollowState::Accepted),
        };
        let may = if account.is_local() {
            account.discoverable
        } else {
            featuring::may_ask(account, &ties)
        };
        if !may || blocking.contains(id) || blocked_by.contains(id) {
            return Err(Error::Forbidden(
                "This account may not be featured in a collection",
            ));
        }
    }
    Ok(found)
}

/// Puts accounts into a collection, all of them or none. Those here are told of it, and those elsewhere are asked.
fn enter(
    app: &App,
    tx: &mut Tx<'_>,
    collection: &Collection,
    targets: &[AccountId],
    field: &'static str,
) -> Result<Vec<Item>> {
    let found = consent(app, tx, collection.account_id, targets, field)?;
    let mut entered = Vec::new();
    for account in targets {
        let id = CollectionItemId(app.id());
        let here = found.get(account).is_some_and(Account::is_local);
        let item = Item {
            id,
            collection_id: collection.id,
            account_id: *account,
            state: if here {
                ItemState::Accepted
            } else {
                ItemState::Pending
            },
            created_at: app.now(),
            uri: None,
            request_uri: (!here).then(|| featuring::request_of(app, collection.id, id)),
            stamp_uri: None,
        };
        if collections::add_item(tx, &item)? {
            let (collection, item_id) = (collection.id, item.id);
            let event = if here {
                Event::CollectionItemAdded {
                    collection,
                    item: item_id,
                }
            } else {
                Event::FeatureRequested {
                    collection,
                    item: item_id,
                }
            };
            app.record(tx, &event)?;
            entered.push(item);
        }
    }
    Ok(entered)
}

pub async fn create(app: &App, owner: AccountId, new: NewCollection) -> Result<CollectionView> {
    let (limits, now) = (&app.settings.limits, app.now());
    let row = Collection {
        id: CollectionId(app.id()),
        account_id: owner,
        name: name(limits, &new.name)?,
        description: description(limits, &new.description)?,
        language: spoken(&new.language)?,
        tag_id: None,
        sensitive: new.sensitive,
        discoverable: new.discoverable,
        created_at: now,
        updated_at: now,
        uri: None,
        url: None,
    };
    let (tag, tag_id) = (tag(&new.tag_name)?, TagId(app.id()));
    let mut known = HashSet::new();
    let mut targets = new.accounts;
    targets.retain(|id| known.insert(*id));
    let (most, most_within) = (limits.collections, limits.collection_accounts);
    if i64::try_from(targets.len()).unwrap_or(i64::MAX) > most_within {
        return Err(Error::invalid(
            "account_ids",
            format!("are more than the {most_within} accounts that one collection may have"),
        ));
    }
    let this = app.clone();
    app.store
        .write(move |tx| {
            if collections::count(tx, owner)? >= most {
                return Err(Error::invalid(
                    "base",
                    format!("You have {most} collections already, and no more can be made"),
                ));
            }
            let collection = Collection {
                tag_id: tag_row(tx, tag_id, tag.as_deref(), now)?,
                ..row.clone()
            };
            collections::insert(tx, &collection)?;
            let made = Event::CollectionCreated {
                collection: collection.id,
            };
            this.record(tx, &made)?;
            enter(&this, tx, &collection, &targets, "account_ids")?;
            view(tx, Viewer::Account(owner), collection)
        })
        .await
}

pub async fn change(
    app: &App,
    owner: AccountId,
    id: CollectionId,
    change: CollectionChange,
) -> Result<CollectionView> {
    let limits = &app.settings.limits;
    let said = change.name.as_deref();
    let new_name = said.map(|text| name(limits, text)).transpose()?;
    let said = change.description.as_deref();
    let new_description = said.map(|text| description(limits, text)).transpose()?;
    let new_language = change.language.as_deref().map(spoken).transpose()?;
    let new_tag = change.tag_name.as_deref().map(tag).transpose()?;
    let (this, now, tag_id) = (app.clone(), app.now(), TagId(app.id()));
    app.store
        .write(move |tx| {
            let was = own(tx, owner, id)?;
            let tag_id = match &new_tag {
                Some(name) => tag_row(tx, tag_id, name.as_deref(), now)?,
                None => was.tag_id,
            };
            let mut next = Collection {
                tag_id,
                sensitive: change.sensitive.unwrap_or(was.sensitive),
                discoverable: change.discoverable.unwrap_or(was.discoverable),
                ..was.clone()
            };
            if let Some(name) = &new_name {
                next.name.clone_from(name);
            }
            if let Some(description) = &new_description {
                next.description.clone_from(description);
            }
            if let Some(language) = &new_language {
                next.language.clone_from(language);
            }
            if next != was {
                next.updated_at = now;
                collections::set(tx, &next)?;
                let changed = ChangedCollection {
                    collection: id,
                    was_discoverable: was.discoverable,
                };
                this.record(tx, &Event::CollectionUpdated(changed))?;
            }
            view(tx, Viewer::Account(owner), next)
        })
        .await
}

pub async fn delete(app: &App, owner: AccountId, id: CollectionId) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let was = own(tx, owner, id)?;
            let items = collections::rows(tx, id)?;
            let inside = items
                .iter()
                .filter(|item| item.state == ItemState::Accepted);
            let gone = DeletedCollection {
                collection: id,
                owner,
                was_discoverable: was.discoverable,
                accounts: inside.map(|item| item.account_id).collect(),
            };
            collections::delete(tx, id)?;
            this.record(tx, &Event::CollectionDeleted(gone))
        })
        .await
}

pub async fn get(app: &App, viewer: Viewer, id: CollectionId) -> Result<WithAccounts> {
    app.store.read(move |db| whole(db, viewer, id)).await
}

/// The same in a transaction.
pub fn whole(db: &mut Conn, viewer: Viewer, id: CollectionId) -> Result<WithAccounts> {
    let row = seen(db, viewer, id)?;
    let view = view(db, viewer, row)?;
    let members = view.items.iter().map(|item| item.account_id);
    let ids: Vec<AccountId> = [view.collection.account_id]
        .into_iter()
        .chain(members)
        .collect();
    let mut found = crate::accounts::map(db, &ids)?;
    let accounts = ids.iter().filter_map(|id| found.remove(id)).collect();
    Ok(WithAccounts { view, accounts })
}

/// A part of the collections of an account, the newest first. Others see those that are to be found.
pub async fn of_account(
    app: &App,
    viewer: Viewer,
    account: AccountId,
    part: Part,
) -> Result<Vec<CollectionView>> {
    app.store
        .read(move |db| {
            accounts::by_id(db, account)?.ok_or(Error::NotFound)?;
            let rows = collections::of_account(db, viewer, account, part)?;
            views(db, viewer, rows)
        })
        .await
}

/// A part of the collections that `account` is in, for nobody but itself: that which it entered last comes first.
pub async fn holding(
    app: &App,
    by: AccountId,
    account: AccountId,
    part: Part,
) -> Result<Vec<CollectionView>> {
    app.store
        .read(move |db| {
            accounts::by_id(db, account)?.ok_or(Error::NotFound)?;
            if by != account {
                return Err(NOT_ALLOWED);
            }
            let rows = collections::holding(db, account, part)?;
            views(db, Viewer::Account(by), rows)
        })
        .await
}

/// Doing it again changes nothing.
pub async fn add(
    app: &App,
    owner: AccountId,
    id: CollectionId,
    account: AccountId,
) -> Result<Item> {
    let (this, now) = (app.clone(), app.now());
    let most = app.settings.limits.collection_accounts;
    app.store
        .write(move |tx| {
            let collection = own(tx, owner, id)?;
            if let Some(item) = collections::item_of(tx, id, account)? {
                return match item.state {
                    ItemState::Accepted | ItemState::Pending => Ok(item),
                    ItemState::Revoked | ItemState::Rejected => Err(Error::Forbidden(
                        "This account does not want to be in this collection",
                    )),
                };
            }
            if collections::count_items(tx, id)? >= most {
                return Err(Error::invalid(
                    "account_id",
                    format!("is one more than the {most} accounts that one collection may have"),
                ));
            }
            let mut entered = enter(&this, tx, &collection, &[account], "account_id")?;
            collections::touch(tx, id, now)?;
            entered.pop().ok_or(Error::NotFound)
        })
        .await
}

/// The owner takes somebody out again.
pub async fn remove(
    app: &App,
    owner: AccountId,
    id: CollectionId,
    item: CollectionItemId,
) -> Result<()> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let collection = own(tx, owner, id)?;
            let item = collections::item(tx, id, item)?.ok_or(Error::NotFound)?;
            if !collections::delete_item(tx, item.id)? {
                return Err(Error::NotFound);
            }
            notifications::delete_about_collection(tx, item.account_id, id)?;
            featuring::gone(&this, tx, &collection, &item)?;
            Ok(collections::touch(tx, id, now)?)
        })
        .await
}

/// Somebody leaves a collection, and is not put back into it. Doing it again changes nothing.
pub async fn revoke(
    app: &App,
    by: AccountId,
    id: CollectionId,
    item: CollectionItemId,
) -> Result<()> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let collection = seen(tx, Viewer::Account(by), id)?;
            let item = collections::item(tx, id, item)?.ok_or(Error::NotFound)?;
            if item.account_id != by {
                // Who has left is not told to others.
                return Err(match item.state {
                    ItemState::Accepted => NOT_ALLOWED,
                    ItemState::Pending | ItemState::Rejected | ItemState::Revoked => {
                        Error::NotFound
                    }
                });
            }
            if collections::revoke(tx, item.id)? {
                notifications::delete_about_collection(tx, by, id)?;
                featuring::gone(&this, tx, &collection, &item)?;
                if collection.is_local() {
                    collections::touch(tx, id, now)?;
                }
            }
            Ok(())
        })
        .await
}
