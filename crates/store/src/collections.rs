//! Collections: accounts that somebody recommends to others under a name, and how each of these accounts stands to it.

use diesel::{prelude::*, sql_types::Bool};
use kontor_domain::{
    audience::Viewer,
    collection::ItemState,
    ids::{AccountId, CollectionId, CollectionItemId, TagId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    audience::viewer_id,
    schema::{accounts, collection_items, collections},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = collections)]
pub struct Collection {
    pub id: CollectionId,
    pub account_id: AccountId,
    pub name: String,
    pub description: String,
    pub language: Option<String>,
    /// The hashtag that says what it is about.
    pub tag_id: Option<TagId>,
    pub sensitive: bool,
    /// Is it where others come upon it?
    pub discoverable: bool,
    pub created_at: Time,
    pub updated_at: Time,
    /// Its id on the wire, and its page, where it is another server's.
    pub uri: Option<String>,
    pub url: Option<String>,
}

impl Collection {
    pub fn is_local(&self) -> bool {
        self.uri.is_none()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = collection_items)]
pub struct Item {
    pub id: CollectionItemId,
    pub collection_id: CollectionId,
    pub account_id: AccountId,
    pub state: ItemState,
    pub created_at: Time,
    /// Its id on the wire, where another server says that it is in its collection.
    pub uri: Option<String>,
    /// The request for the account's leave, of whichever server.
    pub request_uri: Option<String>,
    /// The leave, where it is another server's.
    pub stamp_uri: Option<String>,
}

/// Which part of a list, as the API asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub limit: i64,
    pub offset: i64,
}

/// A condition on `collection_items`: is the account in the collection, or asked to be?
macro_rules! stands {
    () => {
        collection_items::state
            .eq(ItemState::Accepted)
            .or(collection_items::state.eq(ItemState::Pending))
    };
}

pub fn insert(tx: &mut Tx<'_>, collection: &Collection) -> Result<()> {
    each!(tx, |c| diesel::insert_into(collections::table)
        .values(collection)
        .execute(c))?;
    Ok(())
}

/// Everything that its owner says of it is replaced.
pub fn set(tx: &mut Tx<'_>, collection: &Collection) -> Result<()> {
    each!(tx, |c| diesel::update(
        collections::table.find(collection.id)
    )
    .set((
        collections::name.eq(&collection.name),
        collections::description.eq(&collection.description),
        collections::language.eq(&collection.language),
        collections::tag_id.eq(collection.tag_id),
        collections::sensitive.eq(collection.sensitive),
        collections::discoverable.eq(collection.discoverable),
        collections::updated_at.eq(collection.updated_at),
        collections::url.eq(&collection.url),
    ))
    .execute(c))?;
    Ok(())
}

/// There is somebody more or less in it.
pub fn touch(tx: &mut Tx<'_>, id: CollectionId, now: Time) -> Result<()> {
    each!(tx, |c| diesel::update(collections::table.find(id))
        .set(collections::updated_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// With what is in it. `false`: it was not there.
pub fn delete(tx: &mut Tx<'_>, id: CollectionId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(collections::table.find(id))
        .execute(c))?;
    Ok(rows == 1)
}

/// Whoever may see it.
pub fn by_id(db: &mut Conn, id: CollectionId) -> Result<Option<Collection>> {
    each!(db, |c| Ok(collections::table
        .find(id)
        .select(Collection::as_select())
        .first(c)
        .optional()?))
}

pub fn by_ids(db: &mut Conn, ids: &[CollectionId]) -> Result<Vec<Collection>> {
    each!(db, |c| Ok(collections::table
        .filter(collections::id.eq_any(ids))
        .select(Collection::as_select())
        .load(c)?))
}

/// One of another server, by its id there.
pub fn by_uri(db: &mut Conn, uri: &str) -> Result<Option<Collection>> {
    each!(db, |c| Ok(collections::table
        .filter(collections::uri.eq(uri))
        .select(Collection::as_select())
        .first(c)
        .optional()?))
}

/// How many an account has.
pub fn count(db: &mut Conn, owner: AccountId) -> Result<i64> {
    each!(db, |c| Ok(collections::table
        .filter(collections::account_id.eq(owner))
        .count()
        .get_result(c)?))
}

/// Those of these that the viewer may see, in no order: their owners are not suspended, and neither blocks the other.
pub fn visible(db: &mut Conn, viewer: Viewer, ids: &[CollectionId]) -> Result<Vec<Collection>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| Ok(collections::table
        .inner_join(accounts::table.on(accounts::id.eq(collections::account_id)))
        .filter(collections::id.among(ids))
        .filter(accounts::suspended_at.is_null())
        .filter(not_blocked!(viewer, collections::account_id))
        .select(Collection::as_select())
        .load(c)?))
}

/// A part of an account's collections, the newest first: all of them for itself, and for others those that are to be found.
pub fn of_account(
    db: &mut Conn,
    viewer: Viewer,
    owner: AccountId,
    part: Part,
) -> Result<Vec<Collection>> {
    let own = viewer == Viewer::Account(owner);
    let viewer = viewer_id(viewer);
    each!(db, |c| Ok(collections::table
        .inner_join(accounts::table.on(accounts::id.eq(collections::account_id)))
        .filter(collections::account_id.eq(owner))
        .filter(
            own.into_sql::<Bool>()
                .or(collections::discoverable.eq(true))
        )
        .filter(accounts::suspended_at.is_null())
        .filter(not_blocked!(viewer, collections::account_id))
        .order(collections::id.desc())
        .limit(part.limit)
        .offset(part.offset)
        .select(Collection::as_select())
        .load(c)?))
}

/// A part of the collections that an account is in, as it sees them itself: that which it entered last comes first.
pub fn holding(db: &mut Conn, account: AccountId, part: Part) -> Result<Vec<Collection>> {
    each!(db, |c| Ok(collections::table
        .inner_join(accounts::table.on(accounts::id.eq(collections::account_id)))
        .inner_join(collection_items::table.on(collection_items::collection_id.eq(collections::id)))
        .filter(collection_items::account_id.eq(account))
        .filter(collection_items::state.eq(ItemState::Accepted))
        .filter(accounts::suspended_at.is_null())
        .filter(not_blocked!(account, collections::account_id))
        .order(collection_items::id.desc())
        .limit(part.limit)
        .offset(part.offset)
        .select(Collection::as_select())
        .load(c)?))
}

/// `false`: the account has a row there already.
pub fn add_item(tx: &mut Tx<'_>, item: &Item) -> Result<bool> {
    let rows = each!(tx, |c| diesel::insert_into(collection_items::table)
        .values(item)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

/// Who is in these collections and is the viewer's to see, in the order in which they entered. Their owner also sees who has been
/// asked.
pub fn items(db: &mut Conn, viewer: Viewer, ids: &[CollectionId]) -> Result<Vec<Item>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| Ok(collection_items::table
        .inner_join(accounts::table)
        .filter(collection_items::collection_id.among(ids))
        .filter(
            collection_items::state
                .eq(ItemState::Accepted)
                .or(collection_items::state.eq(ItemState::Pending).and(
                    collection_items::collection_id.eq_any(
                        collections::table
                            .filter(collections::account_id.eq(viewer))
                            .select(collections::id),
                    ),
                ),),
        )
        .filter(accounts::suspended_at.is_null())
        .filter(not_blocked!(viewer, collection_items::account_id))
        .order(collection_items::id.asc())
        .select(Item::as_select())
        .load(c)?))
}

/// Every row of a collection, however it stands and whoever may see it.
pub fn rows(db: &mut Conn, collection: CollectionId) -> Result<Vec<Item>> {
    each!(db, |c| Ok(collection_items::table
        .filter(collection_items::collection_id.eq(collection))
        .order(collection_items::id.asc())
        .select(Item::as_select())
        .load(c)?))
}

/// A row by its own id, with no look at the collection.
pub fn item_by_id(db: &mut Conn, id: CollectionItemId) -> Result<Option<Item>> {
    each!(db, |c| Ok(collection_items::table
        .find(id)
        .select(Item::as_select())
        .first(c)
        .optional()?))
}

/// The row that a request is about.
pub fn item_by_request(db: &mut Conn, uri: &str) -> Result<Option<Item>> {
    each!(db, |c| Ok(collection_items::table
        .filter(collection_items::request_uri.eq(uri))
        .select(Item::as_select())
        .first(c)
        .optional()?))
}

/// The rows that a leave of another server's is for: one, unless that server gives the same to several.
pub fn items_by_stamp(db: &mut Conn, uri: &str) -> Result<Vec<Item>> {
    each!(db, |c| Ok(collection_items::table
        .filter(collection_items::stamp_uri.eq(uri))
        .select(Item::as_select())
        .load(c)?))
}

/// The row with this id on the wire.
pub fn item_by_uri(db: &mut Conn, collection: CollectionId, uri: &str) -> Result<Option<Item>> {
    each!(db, |c| Ok(collection_items::table
        .filter(collection_items::uri.eq(uri))
        .filter(collection_items::collection_id.eq(collection))
        .select(Item::as_select())
        .first(c)
        .optional()?))
}

/// A row of a collection, however it stands.
pub fn item(db: &mut Conn, collection: CollectionId, id: CollectionItemId) -> Result<Option<Item>> {
    each!(db, |c| Ok(collection_items::table
        .find(id)
        .filter(collection_items::collection_id.eq(collection))
        .select(Item::as_select())
        .first(c)
        .optional()?))
}

/// The same by whom it is about.
pub fn item_of(
    db: &mut Conn,
    collection: CollectionId,
    account: AccountId,
) -> Result<Option<Item>> {
    each!(db, |c| Ok(collection_items::table
        .filter(collection_items::collection_id.eq(collection))
        .filter(collection_items::account_id.eq(account))
        .select(Item::as_select())
        .first(c)
        .optional()?))
}

/// How many are in a collection or have been asked, whoever may see them.
pub fn count_items(db: &mut Conn, collection: CollectionId) -> Result<i64> {
    each!(db, |c| Ok(collection_items::table
        .filter(collection_items::collection_id.eq(collection))
        .filter(stands!())
        .count()
        .get_result(c)?))
}

/// Who has left stays on record. `false`: nobody is in the collection by this row.
pub fn delete_item(tx: &mut Tx<'_>, id: CollectionItemId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(
        collection_items::table.find(id).filter(stands!())
    )
    .execute(c))?;
    Ok(rows == 1)
}

/// The account leaves for good. `false`: it had left before.
pub fn revoke(tx: &mut Tx<'_>, id: CollectionItemId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(collection_items::table.find(id))
        .filter(collection_items::state.eq(ItemState::Accepted))
        .set(collection_items::state.eq(ItemState::Revoked))
        .execute(c))?;
    Ok(rows == 1)
}

/// What the account's server says to the request, and the leave that it gives.
pub fn answer(
    tx: &mut Tx<'_>,
    id: CollectionItemId,
    state: ItemState,
    stamp: Option<&str>,
) -> Result<()> {
    each!(tx, |c| diesel::update(collection_items::table.find(id))
        .set((
            collection_items::state.eq(state),
            collection_items::stamp_uri.eq(stamp),
        ))
        .execute(c))?;
    Ok(())
}

/// What the collection's server calls the row, and by which leave it is there.
pub fn name_item(
    tx: &mut Tx<'_>,
    id: CollectionItemId,
    uri: &str,
    stamp: Option<&str>,
) -> Result<()> {
    each!(tx, |c| diesel::update(collection_items::table.find(id))
        .set((
            collection_items::uri.eq(uri),
            collection_items::stamp_uri.eq(stamp),
        ))
        .execute(c))?;
    Ok(())
}

pub fn set_request(tx: &mut Tx<'_>, id: CollectionItemId, uri: &str) -> Result<()> {
    each!(tx, |c| diesel::update(collection_items::table.find(id))
        .set(collection_items::request_uri.eq(uri))
        .execute(c))?;
    Ok(())
}

/// The rows by which each of the two is in a collection of the other's, or has been asked to be.
pub fn between(db: &mut Conn, one: AccountId, other: AccountId) -> Result<Vec<Item>> {
    let mut found = Vec::new();
    for (owner, account) in [(one, other), (other, one)] {
        let part: Vec<Item> = each!(db, |c| collection_items::table
            .filter(collection_items::account_id.eq(account))
            .filter(stands!())
            .filter(
                collection_items::collection_id.eq_any(
                    collections::table
                        .filter(collections::account_id.eq(owner))
                        .select(collections::id),
                ),
            )
            .select(Item::as_select())
            .load(c))?;
        found.extend(part);
    }
    Ok(found)
}
