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
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = collection_items)]
pub struct Item {
    pub id: CollectionItemId,
    pub collection_id: CollectionId,
    pub account_id: AccountId,
    pub state: ItemState,
    pub created_at: Time,
}

/// Which part of a list, as the API asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub limit: i64,
    pub offset: i64,
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

/// Who is in these collections and is the viewer's to see, in the order in which they entered.
pub fn items(db: &mut Conn, viewer: Viewer, ids: &[CollectionId]) -> Result<Vec<Item>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| Ok(collection_items::table
        .inner_join(accounts::table)
        .filter(collection_items::collection_id.among(ids))
        .filter(collection_items::state.eq(ItemState::Accepted))
        .filter(accounts::suspended_at.is_null())
        .filter(not_blocked!(viewer, collection_items::account_id))
        .order(collection_items::id.asc())
        .select(Item::as_select())
        .load(c)?))
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

/// How many are in a collection, whoever may see them.
pub fn count_items(db: &mut Conn, collection: CollectionId) -> Result<i64> {
    each!(db, |c| Ok(collection_items::table
        .filter(collection_items::collection_id.eq(collection))
        .filter(collection_items::state.eq(ItemState::Accepted))
        .count()
        .get_result(c)?))
}

/// Who has left stays on record. `false`: nobody is in the collection by this row.
pub fn delete_item(tx: &mut Tx<'_>, id: CollectionItemId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(
        collection_items::table
            .find(id)
            .filter(collection_items::state.eq(ItemState::Accepted))
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

/// Neither of the two is in a collection of the other's any more.
pub fn part(tx: &mut Tx<'_>, one: AccountId, other: AccountId) -> Result<()> {
    each!(tx, |c| {
        for (owner, account) in [(one, other), (other, one)] {
            diesel::delete(
                collection_items::table
                    .filter(collection_items::account_id.eq(account))
                    .filter(collection_items::state.eq(ItemState::Accepted))
                    .filter(
                        collection_items::collection_id.eq_any(
                            collections::table
                                .filter(collections::account_id.eq(owner))
                                .select(collections::id),
                        ),
                    ),
            )
            .execute(c)?;
        }
        Ok(())
    })
}
