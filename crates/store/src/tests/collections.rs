//! Collections: whose they are, who sees them and who is in them.

use kontor_domain::{
    audience::Viewer,
    collection::ItemState,
    ids::{AccountId, CollectionId, CollectionItemId, TagId},
    peer::SuspendedBy,
};

use super::{read, write};
use crate::{
    Result, Tx, accounts, blocks,
    collections::{self, Collection, Item, Part},
    followed_tags, tags,
    testing::{
        each,
        rows::{at, block, local_account, remote_account, user},
    },
    users,
};

const ANN: AccountId = AccountId(1);
const BEN: AccountId = AccountId(2);

const ALL: Part = Part {
    limit: 80,
    offset: 0,
};

fn collection(id: i64, owner: AccountId) -> Collection {
    Collection {
        id: CollectionId(id),
        account_id: owner,
        name: format!("collection {id}"),
        description: String::new(),
        language: None,
        tag_id: None,
        sensitive: false,
        discoverable: true,
        created_at: at(0, 0),
        updated_at: at(0, 0),
        uri: None,
        url: None,
    }
}

/// The row has the id of whom it is about, and a hundred for each collection.
fn item(collection: i64, account: i64) -> Item {
    Item {
        id: CollectionItemId(100 * collection + account),
        collection_id: CollectionId(collection),
        account_id: AccountId(account),
        state: ItemState::Accepted,
        created_at: at(0, 0),
        uri: None,
        request_uri: None,
        stamp_uri: None,
    }
}

/// Ann is 1, ben is 2, and 3 to 6 are here too. Ann has collections 1 to 3, of which 2 is not to be found; 3, 4 and 5 are in the first.
fn scene(tx: &mut Tx<'_>) -> Result<()> {
    for id in 1..7 {
        accounts::insert(tx, &local_account(id, &format!("p{id}")))?;
        users::insert(tx, &user(AccountId(id)))?;
    }
    for id in 1..4 {
        let new = Collection {
            discoverable: id != 2,
            ..collection(id, ANN)
        };
        collections::insert(tx, &new)?;
    }
    for account in [4, 3, 5] {
        assert!(collections::add_item(tx, &item(1, account))?);
    }
    Ok(())
}

fn within(tx: &mut Tx<'_>, collection: i64) -> Result<Vec<i64>> {
    let found = collections::items(tx, Viewer::Anyone, &[CollectionId(collection)])?;
    Ok(people(&found))
}

fn rows(found: &[Collection]) -> Vec<i64> {
    found.iter().map(|row| row.id.0).collect()
}

fn people(found: &[Item]) -> Vec<i64> {
    found.iter().map(|row| row.account_id.0).collect()
}

#[tokio::test]
async fn a_collection_is_made_changed_and_gone_with_what_is_in_it() {
    each(|store| async move {
        write(&store, |tx| {
            scene(tx)?;
            let tag = followed_tags::tag(tx, TagId(9), "rust", at(0, 0))?;
            assert_eq!(
                tags::names(tx, &[tag, TagId(10)])?,
                [(tag, "rust".to_owned())]
            );
            let changed = Collection {
                name: "other".to_owned(),
                description: "of them".to_owned(),
                language: Some("de".to_owned()),
                tag_id: Some(tag),
                sensitive: true,
                discoverable: false,
                updated_at: at(1, 0),
                ..collection(1, ANN)
            };
            collections::set(tx, &changed)?;
            assert_eq!(
                collections::visible(tx, Viewer::Anyone, &[CollectionId(1)])?,
                std::slice::from_ref(&changed)
            );
            collections::touch(tx, CollectionId(1), at(2, 0))?;
            let touched = Collection {
                updated_at: at(2, 0),
                ..changed
            };
            assert_eq!(
                collections::visible(tx, Viewer::Account(ANN), &[CollectionId(1)])?,
                [touched]
            );
            assert_eq!(collections::count(tx, ANN)?, 3);
            assert!(collections::delete(tx, CollectionId(1))?);
            assert!(!collections::delete(tx, CollectionId(1))?);
            assert_eq!(collections::count(tx, ANN)?, 2);
            assert_eq!(
                collections::item(tx, CollectionId(1), CollectionItemId(103))?,
                None
            );
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn others_are_shown_what_is_to_be_found_a_part_at_a_time() {
    each(|store| async move {
        write(&store, scene).await;
        let list = |viewer, part| {
            let store = store.clone();
            async move {
                rows(
                    &read(&store, move |db| {
                        collections::of_account(db, viewer, ANN, part)
                    })
                    .await,
                )
            }
        };
        let part = |limit, offset| Part { limit, offset };
        assert_eq!(list(Viewer::Account(ANN), ALL).await, [3, 2, 1]);
        assert_eq!(list(Viewer::Account(ANN), part(2, 1)).await, [2, 1]);
        assert_eq!(list(Viewer::Account(BEN), ALL).await, [3, 1]);
        assert_eq!(list(Viewer::Anyone, part(1, 0)).await, [3]);
        assert_eq!(list(Viewer::Anyone, part(1, 1)).await, [1]);
        assert_eq!(list(Viewer::Anyone, part(1, 2)).await, [0; 0]);
        write(&store, |tx| {
            blocks::insert_if_new(tx, &block(1, ANN, BEN))?;
            blocks::insert_if_new(tx, &block(2, AccountId(3), ANN))
        })
        .await;
        for blocked in [BEN, AccountId(3)] {
            let viewer = Viewer::Account(blocked);
            assert_eq!(list(viewer, ALL).await, [0; 0]);
            let seen = read(&store, move |db| {
                collections::visible(db, viewer, &[CollectionId(1)])
            });
            assert_eq!(seen.await, []);
        }
        write(&store, |tx| {
            accounts::suspend(tx, ANN, SuspendedBy::Operator, at(0, 0))
        })
        .await;
        assert_eq!(list(Viewer::Anyone, ALL).await, [0; 0]);
        let seen = read(&store, |db| {
            collections::visible(db, Viewer::Anyone, &[CollectionId(1)])
        });
        assert_eq!(seen.await, []);
    })
    .await;
}

#[tokio::test]
async fn who_left_is_not_put_back_and_who_is_out_of_sight_is_not_shown() {
    each(|store| async move {
        write(&store, |tx| {
            scene(tx)?;
            let first = CollectionId(1);
            let again = Item {
                id: CollectionItemId(1000),
                ..item(1, 3)
            };
            assert!(!collections::add_item(tx, &again)?);
            assert_eq!(collections::count_items(tx, first)?, 3);
            assert_eq!(
                people(&collections::items(tx, Viewer::Anyone, &[first])?),
                [3, 4, 5]
            );
            assert!(collections::revoke(tx, CollectionItemId(104))?);
            assert!(!collections::revoke(tx, CollectionItemId(104))?);
            assert!(!collections::delete_item(tx, CollectionItemId(104))?);
            assert_eq!(collections::count_items(tx, first)?, 2);
            let left = collections::item_of(tx, first, AccountId(4))?.unwrap();
            assert_eq!(left.state, ItemState::Revoked);
            assert!(!collections::add_item(tx, &item(1, 4))?);
            assert_eq!(
                collections::item(tx, CollectionId(2), CollectionItemId(103))?,
                None
            );
            blocks::insert_if_new(tx, &block(1, BEN, AccountId(3)))?;
            accounts::suspend(tx, AccountId(5), SuspendedBy::Operator, at(0, 0))?;
            assert_eq!(
                people(&collections::items(tx, Viewer::Account(ANN), &[first])?),
                [3]
            );
            assert_eq!(
                people(&collections::items(tx, Viewer::Account(BEN), &[first])?),
                [0; 0]
            );
            assert!(collections::delete_item(tx, CollectionItemId(103))?);
            assert!(!collections::delete_item(tx, CollectionItemId(103))?);
            assert!(collections::add_item(tx, &item(1, 3))?);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn one_finds_the_collections_that_one_is_in() {
    each(|store| async move {
        write(&store, |tx| {
            scene(tx)?;
            collections::insert(tx, &collection(4, BEN))?;
            // The second of ann's is not to be found, but by those who are in it.
            for (row, collection) in [(1007, 1), (1008, 4), (1004, 2)] {
                let row = Item {
                    id: CollectionItemId(row),
                    ..item(collection, 6)
                };
                assert!(collections::add_item(tx, &row)?);
            }
            Ok(())
        })
        .await;
        let six = AccountId(6);
        let list = |part| {
            let store = store.clone();
            async move { rows(&read(&store, move |db| collections::holding(db, six, part)).await) }
        };
        assert_eq!(list(ALL).await, [4, 1, 2]);
        let second = Part {
            limit: 1,
            offset: 1,
        };
        assert_eq!(list(second).await, [1]);
        write(&store, |tx| {
            assert!(collections::revoke(tx, CollectionItemId(1004))?);
            accounts::suspend(tx, BEN, SuspendedBy::Operator, at(0, 0))
        })
        .await;
        assert_eq!(list(ALL).await, [1]);
        write(&store, move |tx| {
            blocks::insert_if_new(tx, &block(1, six, ANN))
        })
        .await;
        assert_eq!(list(ALL).await, [0; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_block_takes_both_out_and_an_account_goes_with_what_it_is_in() {
    each(|store| async move {
        write(&store, |tx| {
            scene(tx)?;
            let three = AccountId(3);
            collections::insert(tx, &collection(4, three))?;
            for row in [item(4, 1), item(4, 5), item(3, 3)] {
                assert!(collections::add_item(tx, &row)?);
            }
            assert!(collections::revoke(tx, CollectionItemId(303))?);
            let between = collections::between(tx, ANN, three)?;
            let mut ids: Vec<i64> = between.iter().map(|row| row.id.0).collect();
            ids.sort_unstable();
            assert_eq!(ids, [103, 401]);
            for row in between {
                assert!(collections::delete_item(tx, row.id)?);
            }
            assert_eq!(within(tx, 1)?, [4, 5]);
            assert_eq!(within(tx, 4)?, [5]);
            // Who has left for good stays on record.
            assert!(collections::item_of(tx, CollectionId(3), three)?.is_some());
            accounts::forget_deeds(tx, AccountId(5))?;
            assert_eq!(within(tx, 1)?, [4]);
            assert_eq!(within(tx, 4)?, [0; 0]);
            accounts::forget_deeds(tx, ANN)?;
            assert_eq!(collections::count(tx, ANN)?, 0);
            assert_eq!(
                collections::item_of(tx, CollectionId(1), AccountId(4))?,
                None
            );
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn what_other_servers_say_is_found_by_its_address() {
    each(|store| async move {
        write(&store, |tx| {
            scene(tx)?;
            accounts::insert(tx, &remote_account(9, "far", "far.test"))?;
            let theirs = Collection {
                uri: Some("https://far.test/c/1".to_owned()),
                url: Some("https://far.test/@u/c/1".to_owned()),
                ..collection(9, AccountId(9))
            };
            collections::insert(tx, &theirs)?;
            assert!(!theirs.is_local() && collection(1, ANN).is_local());
            assert_eq!(
                collections::by_uri(tx, "https://far.test/c/1")?,
                Some(theirs.clone())
            );
            assert_eq!(collections::by_uri(tx, "https://far.test/c/2")?, None);
            assert_eq!(
                collections::visible(tx, Viewer::Anyone, &[CollectionId(9)])?,
                [theirs]
            );
            let asked = Item {
                state: ItemState::Pending,
                request_uri: Some("https://here.test/r".to_owned()),
                ..item(1, 9)
            };
            assert!(collections::add_item(tx, &asked)?);
            assert_eq!(
                collections::item_by_request(tx, "https://here.test/r")?,
                Some(asked.clone())
            );
            assert_eq!(collections::count_items(tx, CollectionId(1))?, 4);
            assert_eq!(within(tx, 1)?, [3, 4, 5], "it has not answered");
            let own = collections::items(tx, Viewer::Account(ANN), &[CollectionId(1)])?;
            assert_eq!(people(&own), [3, 4, 5, 9]);
            let others = collections::items(tx, Viewer::Account(BEN), &[CollectionId(1)])?;
            assert_eq!(people(&others), [3, 4, 5]);
            let stamp = "https://far.test/stamps/1";
            collections::answer(tx, asked.id, ItemState::Accepted, Some(stamp))?;
            assert_eq!(within(tx, 1)?, [3, 4, 5, 9]);
            let by_stamp = collections::items_by_stamp(tx, stamp)?;
            assert_eq!(people(&by_stamp), [9]);
            assert!(collections::add_item(tx, &item(9, 3))?);
            let uri = "https://far.test/c/1/items/1";
            collections::name_item(tx, CollectionItemId(903), uri, None)?;
            collections::set_request(tx, CollectionItemId(903), "https://far.test/r")?;
            let named = collections::item_by_uri(tx, CollectionId(9), uri)?.unwrap();
            assert_eq!(named.id, CollectionItemId(903));
            assert_eq!(named.request_uri.as_deref(), Some("https://far.test/r"));
            assert_eq!(collections::item_by_uri(tx, CollectionId(1), uri)?, None);
            assert_eq!(
                collections::rows(tx, CollectionId(9))?,
                std::slice::from_ref(&named)
            );
            assert_eq!(collections::item_by_id(tx, named.id)?, Some(named));
            // Gone with its owner.
            accounts::delete(tx, AccountId(9))?;
            assert_eq!(collections::by_id(tx, CollectionId(9))?, None);
            assert_eq!(within(tx, 1)?, [3, 4, 5]);
            Ok(())
        })
        .await;
    })
    .await;
}
