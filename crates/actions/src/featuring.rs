//! Collections across servers (FEP-7aa9): asking for the leave of accounts elsewhere, giving that of people here, and the collections
//! of other servers that are kept. What is sent and fetched is the federation's.

use std::collections::{HashMap, HashSet};

use kontor_domain::{
    account::AccountKind,
    audience::Viewer,
    collection::{FeaturePolicy, ItemState},
    event::{AnsweredFeature, ChangedCollection, Event, RemovedItem, RevokedFeature},
    ids::{AccountId, CollectionId, CollectionItemId, TagId},
    time::Time,
};
use kontor_store::{
    Conn, Tx, accounts, blocks,
    collections::{self, Collection, Item, Part},
    domain_blocks, notifications, users,
};

use crate::{App, Error, Result, accounts::Account, collections::tag_row};

/// How somebody here stands to an account elsewhere.
pub(crate) struct Ties<'a> {
    pub(crate) uri: &'a str,
    pub(crate) follows: bool,
    pub(crate) followed: bool,
}

/// What an account of another server says of being put into collections.
pub fn policy_of(account: &Account) -> Option<FeaturePolicy> {
    let text = account.feature_policy.as_deref()?;
    serde_json::from_str(text).ok()
}

/// May somebody here ask for the leave of an account elsewhere? Who says nothing wants not to be asked.
pub(crate) fn may_ask(account: &Account, ties: &Ties<'_>) -> bool {
    let Some(policy) = policy_of(account) else {
        return false;
    };
    [policy.automatic, policy.manual].iter().any(|curators| {
        curators.public
            || (curators.followers && ties.follows)
            || (curators.following && ties.followed)
            || curators.accounts.iter().any(|uri| uri == ties.uri)
    })
}

/// The request for an account's leave to be in a collection of ours.
pub(crate) fn request_of(app: &App, collection: CollectionId, item: CollectionItemId) -> String {
    format!("{}/request", app.site.collection_item(collection, item))
}

/// The id of a collection on the wire.
pub fn uri_of(app: &App, collection: &Collection) -> String {
    collection
        .uri
        .clone()
        .unwrap_or_else(|| app.site.collection(collection.id))
}

/// What a request of ours asks for: who is to be in which collection, by their addresses. `None`: it is none of ours.
pub async fn asked(app: &App, request: String) -> Result<Option<(String, String)>> {
    let this = app.clone();
    app.store
        .read(move |db| {
            let Some(item) = collections::item_by_request(db, &request)? else {
                return Ok(None);
            };
            let (Some(collection), Some(account)) = (
                collections::by_id(db, item.collection_id)?,
                accounts::by_id(db, item.account_id)?,
            ) else {
                return Ok(None);
            };
            Ok(collection
                .is_local()
                .then(|| (uri_of(&this, &collection), account.uri)))
        })
        .await
}

/// The item of a collection of ours that a request asked for, if it is theirs to answer.
fn requested(tx: &mut Tx<'_>, by: AccountId, request: &str) -> Result<(Collection, Item)> {
    let item = collections::item_by_request(tx, request)?.ok_or(Error::NotFound)?;
    let collection = collections::by_id(tx, item.collection_id)?
        .filter(Collection::is_local)
        .ok_or(Error::NotFound)?;
    if item.account_id == by {
        Ok((collection, item))
    } else {
        Err(Error::Forbidden("This request is another's to answer"))
    }
}

/// An account elsewhere lets itself be put into a collection of ours. The stamp has been asked of its server.
pub async fn accept(app: &App, by: AccountId, request: String, stamp: String) -> Result<()> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let (collection, item) = requested(tx, by, &request)?;
            match item.state {
                ItemState::Pending => {
                    collections::answer(tx, item.id, ItemState::Accepted, Some(&stamp))?;
                    collections::touch(tx, collection.id, now)?;
                    let entered = Event::CollectionItemAdded {
                        collection: collection.id,
                        item: item.id,
                    };
                    this.record(tx, &entered)
                }
                ItemState::Accepted => Ok(collections::answer(
                    tx,
                    item.id,
                    ItemState::Accepted,
                    Some(&stamp),
                )?),
                ItemState::Rejected | ItemState::Revoked => Ok(()),
            }
        })
        .await
}

/// An account elsewhere says no.
pub async fn reject(app: &App, by: AccountId, request: String) -> Result<()> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let (collection, item) = requested(tx, by, &request)?;
            match item.state {
                ItemState::Pending => {
                    Ok(collections::answer(tx, item.id, ItemState::Rejected, None)?)
                }
                ItemState::Accepted => leaves(&this, tx, &collection, &item, now),
                ItemState::Rejected | ItemState::Revoked => Ok(()),
            }
        })
        .await
}

/// Somebody leaves a collection of ours for good.
fn leaves(
    app: &App,
    tx: &mut Tx<'_>,
    collection: &Collection,
    item: &Item,
    now: Time,
) -> Result<()> {
    if !collections::revoke(tx, item.id)? {
        return Ok(());
    }
    collections::touch(tx, collection.id, now)?;
    gone(app, tx, collection, item)
}

/// A peer says that its stamp is gone. `false`: it is no stamp that is known here.
pub async fn revoke_by_stamp(app: &App, by: AccountId, stamp: String) -> Result<bool> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let items = collections::items_by_stamp(tx, &stamp)?;
            if items.iter().any(|item| item.account_id != by) {
                return Err(Error::Forbidden("This stamp is another's to take back"));
            }
            for item in &items {
                match collections::by_id(tx, item.collection_id)? {
                    Some(collection) if collection.is_local() => {
                        leaves(&this, tx, &collection, item, now)?;
                    }
                    _ => {
                        collections::delete_item(tx, item.id)?;
                    }
                }
            }
            Ok(!items.is_empty())
        })
        .await
}

/// Somebody is no longer in a collection, whoever took them out: the servers that have to do with it are told what is ours to tell.
pub(crate) fn gone(app: &App, tx: &mut Tx<'_>, collection: &Collection, item: &Item) -> Result<()> {
    // Nobody was told that they were in it.
    if item.state != ItemState::Accepted {
        return Ok(());
    }
    let event = match &collection.uri {
        None => Event::CollectionItemRemoved(RemovedItem {
            collection: collection.id,
            item: item.id,
            account: item.account_id,
        }),
        // The leave is ours to take back; that of others has an address of its own.
        Some(uri) if item.stamp_uri.is_none() => Event::FeatureRevoked(RevokedFeature {
            stamp: app.site.feature_authorization(item.id),
            account: item.account_id,
            collection: collection.id,
            collection_uri: uri.clone(),
            owner: collection.account_id,
        }),
        Some(_) => return Ok(()),
    };
    app.record(tx, &event)
}

/// Neither of the two is in a collection of the other's any more.
pub(crate) fn part(app: &App, tx: &mut Tx<'_>, one: AccountId, other: AccountId) -> Result<()> {
    let items = collections::between(tx, one, other)?;
    let ids: Vec<CollectionId> = items.iter().map(|item| item.collection_id).collect();
    let rows: HashMap<CollectionId, Collection> = collections::by_ids(tx, &ids)?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    for item in &items {
        if collections::delete_item(tx, item.id)?
            && let Some(collection) = rows.get(&item.collection_id)
        {
            gone(app, tx, collection, item)?;
        }
    }
    Ok(())
}

/// Does somebody here want to be found, also by the owner of a collection elsewhere?
fn wants(tx: &mut Tx<'_>, owner: AccountId, account: &Account) -> Result<bool> {
    if !account.is_local()
        || !account.discoverable
        || account.suspended_at.is_some()
        || account.kind == AccountKind::Application
    {
        return Ok(false);
    }
    if users::by_id(tx, account.id)?.is_some_and(|user| user.waits())
        || blocks::between(tx, owner, account.id)?
    {
        return Ok(false);
    }
    let Some(owner) = accounts::by_id(tx, owner)? else {
        return Ok(false);
    };
    let domain = owner.domain.as_deref().unwrap_or_default();
    Ok(domain_blocks::among(tx, account.id, &[domain])?.is_empty())
}

/// A peer asks for leave to put somebody here into a collection of its, which is kept here. Who asks again is answered again.
pub async fn judge(
    app: &App,
    owner: AccountId,
    collection: CollectionId,
    account: AccountId,
    request: String,
) -> Result<()> {
    let (this, id, now) = (app.clone(), CollectionItemId(app.id()), app.now());
    let most = app.settings.limits.remote_collection_accounts;
    app.store
        .write(move |tx| {
            let row = collections::by_id(tx, collection)?
                .filter(|row| row.account_id == owner)
                .ok_or(Error::NotFound)?;
            let uri = row.uri.clone().ok_or(Error::NotFound)?;
            let person = accounts::by_id(tx, account)?
                .filter(Account::is_local)
                .ok_or(Error::NotFound)?;
            let stamped = match collections::item_of(tx, collection, account)? {
                Some(item) if item.state == ItemState::Accepted => {
                    collections::set_request(tx, item.id, &request)?;
                    Some(item.id)
                }
                None if wants(tx, owner, &person)?
                    && collections::count_items(tx, collection)? < most =>
                {
                    let item = Item {
                        id,
                        collection_id: collection,
                        account_id: account,
                        state: ItemState::Accepted,
                        created_at: now,
                        uri: None,
                        request_uri: Some(request.clone()),
                        stamp_uri: None,
                    };
                    collections::add_item(tx, &item)?;
                    let entered = Event::CollectionItemAdded {
                        collection,
                        item: id,
                    };
                    this.record(tx, &entered)?;
                    Some(id)
                }
                _ => None,
            };
            let answer = AnsweredFeature {
                request: request.clone(),
                stamp: stamped.map(|item| this.site.feature_authorization(item)),
                account,
                collection,
                collection_uri: uri,
                owner,
            };
            this.record(tx, &Event::FeatureAnswered(answer))
        })
        .await
}

/// A leave that somebody here gave: the address of the collection, and whom it is about.
pub async fn stamped(app: &App, item: CollectionItemId) -> Result<(String, Account)> {
    let this = app.clone();
    app.store
        .read(move |db| {
            let item = collections::item_by_id(db, item)?
                .filter(|item| item.state == ItemState::Accepted)
                .ok_or(Error::NotFound)?;
            let account = accounts::by_id(db, item.account_id)?
                .filter(|account| account.is_local() && account.suspended_at.is_none())
                .ok_or(Error::NotFound)?;
            let collection = collections::by_id(db, item.collection_id)?.ok_or(Error::NotFound)?;
            Ok((uri_of(&this, &collection), account))
        })
        .await
}

/// The collections of an account of ours that others come upon, the newest first.
pub async fn listed(app: &App, account: AccountId) -> Result<Vec<CollectionId>> {
    let part = Part {
        limit: app.settings.limits.collections,
        offset: 0,
    };
    app.store
        .read(move |db| {
            let rows = collections::of_account(db, Viewer::Anyone, account, part)?;
            Ok(rows.into_iter().map(|row| row.id).collect())
        })
        .await
}

/// What another server says of a collection of one of its accounts. Texts are plain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteCollection {
    pub uri: String,
    pub url: Option<String>,
    pub name: String,
    pub description: String,
    pub language: Option<String>,
    /// Folded.
    pub tag: Option<String>,
    pub sensitive: bool,
    pub discoverable: bool,
    pub published: Option<Time>,
    pub updated: Option<Time>,
}

/// Somebody who is in it, by its word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteItem {
    pub uri: String,
    pub account: AccountId,
    /// The leave, asked of the account's server; of people here, who know best, none.
    pub stamp: Option<String>,
    pub published: Option<Time>,
}

/// Keeps a collection of another server, new or changed. `items`: who is in it, if that was read too.
pub async fn keep(
    app: &App,
    owner: AccountId,
    said: RemoteCollection,
    items: Option<Vec<RemoteItem>>,
) -> Result<Collection> {
    let (this, now) = (app.clone(), app.now());
    let (id, tag_id) = (CollectionId(app.id()), TagId(app.id()));
    app.store
        .write(move |tx| {
            let tag_id = tag_row(tx, tag_id, said.tag.as_deref(), now)?;
            let row = row(&this, tx, owner, id, &said, tag_id)?;
            if let Some(items) = &items {
                replace(&this, tx, row.id, items)?;
            }
            Ok(row)
        })
        .await
}

fn row(
    app: &App,
    tx: &mut Tx<'_>,
    owner: AccountId,
    id: CollectionId,
    said: &RemoteCollection,
    tag_id: Option<TagId>,
) -> Result<Collection> {
    let now = app.now();
    let updated = said.updated.or(said.published).map(|at| at.min(now));
    let new = Collection {
        id,
        account_id: owner,
        name: said.name.clone(),
        description: said.description.clone(),
        language: said.language.clone(),
        tag_id,
        sensitive: said.sensitive,
        discoverable: said.discoverable,
        created_at: said.published.unwrap_or(now).min(now),
        updated_at: updated.unwrap_or(now),
        uri: Some(said.uri.clone()),
        url: said.url.clone(),
    };
    let Some(known) = collections::by_uri(tx, &said.uri)? else {
        if collections::count(tx, owner)? >= app.settings.limits.remote_collections {
            return Err(Error::Forbidden(
                "No more collections of this account are kept",
            ));
        }
        collections::insert(tx, &new)?;
        return Ok(new);
    };
    if known.account_id != owner {
        return Err(Error::Forbidden("This collection is another's"));
    }
    let next = Collection {
        id: known.id,
        created_at: known.created_at,
        updated_at: updated.unwrap_or(known.updated_at),
        ..new
    };
    if next == known {
        return Ok(known);
    }
    collections::set(tx, &next)?;
    let same = Collection {
        updated_at: known.updated_at,
        url: known.url.clone(),
        ..next.clone()
    };
    if same != known {
        let changed = ChangedCollection {
            collection: known.id,
            was_discoverable: known.discoverable,
        };
        app.record(tx, &Event::CollectionUpdated(changed))?;
    }
    Ok(next)
}

/// Who is in a collection of another server is what that says, as far as they let it.
fn replace(app: &App, tx: &mut Tx<'_>, id: CollectionId, items: &[RemoteItem]) -> Result<()> {
    // One that is too long to count has no end.
    let patience = chrono::Duration::from_std(app.settings.limits.remote_collection_patience)
        .unwrap_or(chrono::Duration::MAX);
    let known = collections::rows(tx, id)?;
    let said: HashSet<&str> = items.iter().map(|item| item.uri.as_str()).collect();
    for item in &known {
        let named = match item.uri.as_deref() {
            Some(uri) => said.contains(uri),
            // Somebody here who gave leave just now is named by the next document.
            None => app.now() - item.created_at < patience,
        };
        if !named && collections::delete_item(tx, item.id)? {
            notifications::delete_about_collection(tx, item.account_id, id)?;
        }
    }
    let mut room =
        app.settings.limits.remote_collection_accounts - collections::count_items(tx, id)?;
    for item in items {
        let here = known.iter().find(|row| row.account_id == item.account);
        let stamp = item.stamp.as_deref();
        match here {
            Some(row) if said_again(row, &said) && row.state == ItemState::Accepted => {
                collections::name_item(tx, row.id, &item.uri, stamp)?;
            }
            Some(row) if said_again(row, &said) => {}
            _ if stamp.is_some() && room > 0 => {
                let row = Item {
                    id: CollectionItemId(app.id()),
                    collection_id: id,
                    account_id: item.account,
                    state: ItemState::Accepted,
                    created_at: item.published.unwrap_or(app.now()).min(app.now()),
                    uri: Some(item.uri.clone()),
                    request_uri: None,
                    stamp_uri: item.stamp.clone(),
                };
                if collections::add_item(tx, &row)? {
                    room -= 1;
                }
            }
            // Nobody here gave leave, or there are too many.
            _ => {}
        }
    }
    Ok(())
}

/// Does the row stand still, or is it one that was left for good?
fn said_again(row: &Item, said: &HashSet<&str>) -> bool {
    row.state != ItemState::Accepted || row.uri.as_deref().is_none_or(|uri| said.contains(uri))
}

/// A collection of another server as it is known here, with what stands in it.
pub async fn known(app: &App, uri: String) -> Result<Option<(Collection, Vec<Item>)>> {
    app.store
        .read(move |db| {
            let Some(row) = collections::by_uri(db, &uri)? else {
                return Ok(None);
            };
            let items = collections::rows(db, row.id)?;
            Ok(Some((row, items)))
        })
        .await
}

/// Is there a collection of another server, or a leave, with this address?
pub async fn is_known(app: &App, uri: String) -> Result<bool> {
    app.store
        .read(move |db| {
            Ok(collections::by_uri(db, &uri)?.is_some()
                || !collections::items_by_stamp(db, &uri)?.is_empty())
        })
        .await
}

fn owned(db: &mut Conn, by: AccountId, uri: &str) -> Result<Option<Collection>> {
    match collections::by_uri(db, uri)? {
        Some(row) if row.account_id == by => Ok(Some(row)),
        Some(_) => Err(Error::Forbidden("This collection is another's")),
        None => Ok(None),
    }
}

/// Its owner's server says that a collection is gone. `false`: it is not known here.
pub async fn forget(app: &App, by: AccountId, uri: String) -> Result<bool> {
    app.store
        .write(move |tx| match owned(tx, by, &uri)? {
            Some(row) => Ok(collections::delete(tx, row.id)?),
            None => Ok(false),
        })
        .await
}

/// The owner of a collection elsewhere takes somebody out of it. `false`: they are not known to be in it.
pub async fn forget_item(app: &App, by: AccountId, uri: String, item: String) -> Result<bool> {
    app.store
        .write(move |tx| {
            let Some(row) = owned(tx, by, &uri)? else {
                return Ok(false);
            };
            let Some(item) = collections::item_by_uri(tx, row.id, &item)? else {
                return Ok(false);
            };
            let was = collections::delete_item(tx, item.id)?;
            if was {
                notifications::delete_about_collection(tx, item.account_id, row.id)?;
            }
            Ok(was)
        })
        .await
}
