//! Collections: whose they are, who may be in them, and who leaves.

use kontor_actions::{
    App, Error, Limits, Settings,
    accounts::{ProfileChange, update_profile},
    blocks,
    collections::{
        CollectionChange, NewCollection, Part, add, change, create, delete, get, holding,
        of_account, remove, revoke,
    },
    departures,
};
use kontor_domain::{
    audience::Viewer,
    collection::ItemState,
    ids::{AccountId, CollectionId, CollectionItemId},
    user::UserState,
};
use kontor_store::testing::each;

use crate::house::*;

const ALL: Part = Part {
    limit: 40,
    offset: 0,
};

fn new(name: &str, accounts: &[AccountId]) -> NewCollection {
    NewCollection {
        name: name.to_owned(),
        discoverable: true,
        accounts: accounts.to_vec(),
        ..NewCollection::default()
    }
}

async fn made(app: &App, owner: AccountId, accounts: &[AccountId]) -> CollectionId {
    let view = create(app, owner, new("people", accounts)).await.unwrap();
    view.collection.id
}

async fn people(app: &App, viewer: Viewer, id: CollectionId) -> Vec<AccountId> {
    let found = get(app, viewer, id).await.unwrap();
    let items = found.view.items.iter();
    items.map(|item| item.account_id).collect()
}

async fn row(app: &App, id: CollectionId, account: AccountId) -> CollectionItemId {
    let found = get(app, Viewer::Anyone, id).await.unwrap();
    let mut items = found.view.items.iter();
    items
        .find(|item| item.account_id == account)
        .expect("they are in it")
        .id
}

/// What is wrong with what came in.
fn field<T: std::fmt::Debug>(done: kontor_actions::Result<T>) -> &'static str {
    match done {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

fn forbidden<T: std::fmt::Debug>(done: &kontor_actions::Result<T>) {
    assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
}

fn missing<T: std::fmt::Debug>(done: &kontor_actions::Result<T>) {
    assert!(matches!(done, Err(Error::NotFound)), "{done:?}");
}

#[tokio::test]
async fn what_is_said_of_a_collection_is_held_to_its_bounds() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let whole = NewCollection {
            name: format!(" {} ", "ä".repeat(40)),
            description: "d".repeat(100),
            language: "de-AT".to_owned(),
            tag_name: "#Rust".to_owned(),
            sensitive: true,
            ..NewCollection::default()
        };
        let view = create(&app, ann, whole).await.unwrap();
        let row = &view.collection;
        assert_eq!(row.name, "ä".repeat(40));
        assert_eq!(row.language.as_deref(), Some("de"));
        assert_eq!(view.tag.as_deref(), Some("rust"));
        assert!(row.sensitive && !row.discoverable && view.items.is_empty());
        for (wanted, name, description, language, tag_name) in [
            ("name", "n".repeat(41), "", "", ""),
            ("name", "  ".to_owned(), "", "", ""),
            ("description", "n".to_owned(), "long", "", ""),
            ("language", "n".to_owned(), "", "xx", ""),
            ("tag_name", "n".to_owned(), "", "", "two words"),
            ("tag_name", "n".to_owned(), "", "", "#"),
        ] {
            let bad = NewCollection {
                name,
                description: if description.is_empty() {
                    String::new()
                } else {
                    "d".repeat(101)
                },
                language: language.to_owned(),
                tag_name: tag_name.to_owned(),
                ..NewCollection::default()
            };
            assert_eq!(field(create(&app, ann, bad.clone()).await), wanted);
            let bad = CollectionChange {
                name: Some(bad.name),
                description: Some(bad.description),
                language: Some(bad.language),
                tag_name: Some(bad.tag_name),
                ..CollectionChange::default()
            };
            assert_eq!(field(change(&app, ann, row.id, bad).await), wanted);
        }
        assert_eq!(
            of_account(&app, Viewer::Account(ann), ann, ALL)
                .await
                .unwrap(),
            [view]
        );
    })
    .await;
}

#[tokio::test]
async fn a_change_says_what_changes_and_nothing_else() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let first = NewCollection {
            description: "of them".to_owned(),
            language: "en".to_owned(),
            tag_name: "rust".to_owned(),
            ..new("people", &[])
        };
        let view = create(&app, ann, first).await.unwrap();
        let id = view.collection.id;
        let same = CollectionChange {
            name: Some("people ".to_owned()),
            tag_name: Some("#RUST".to_owned()),
            ..CollectionChange::default()
        };
        assert_eq!(change(&app, ann, id, same).await.unwrap(), view);
        let other = CollectionChange {
            name: Some("others".to_owned()),
            sensitive: Some(true),
            ..CollectionChange::default()
        };
        let changed = change(&app, ann, id, other).await.unwrap();
        assert_eq!(changed.collection.name, "others");
        assert_eq!(changed.collection.description, "of them");
        assert!(changed.collection.sensitive && changed.collection.discoverable);
        assert_eq!(changed.tag.as_deref(), Some("rust"));
        let less = CollectionChange {
            description: Some(String::new()),
            language: Some(String::new()),
            tag_name: Some(String::new()),
            discoverable: Some(false),
            ..CollectionChange::default()
        };
        let changed = change(&app, ann, id, less).await.unwrap();
        assert_eq!(changed.collection.description, "");
        assert_eq!((changed.collection.language, changed.tag), (None, None));
        assert!(!changed.collection.discoverable);
    })
    .await;
}

#[tokio::test]
async fn there_are_only_so_many_and_only_so_many_in_one() {
    each(|store| async move {
        let app = house_with(
            &store,
            Settings {
                limits: Limits {
                    collections: 2,
                    collection_accounts: 2,
                    ..Limits::default()
                },
                ..Settings::test()
            },
        );
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let (cal, dan) = (person(&app, "cal").await, person(&app, "dan").await);
        let three = new("three", &[ben, cal, dan]);
        assert_eq!(field(create(&app, ann, three).await), "account_ids");
        // Each once.
        let id = made(&app, ann, &[ben, cal, ben]).await;
        assert_eq!(people(&app, Viewer::Anyone, id).await, [ben, cal]);
        assert_eq!(field(add(&app, ann, id, dan).await), "account_id");
        // Who is in it already is not one more.
        let item = add(&app, ann, id, ben).await.unwrap();
        assert_eq!(item.state, ItemState::Accepted);
        remove(&app, ann, id, item.id).await.unwrap();
        missing(&remove(&app, ann, id, item.id).await);
        add(&app, ann, id, dan).await.unwrap();
        assert_eq!(people(&app, Viewer::Anyone, id).await, [cal, dan]);
        let second = made(&app, ann, &[]).await;
        assert_eq!(field(create(&app, ann, new("third", &[])).await), "base");
        made(&app, ben, &[]).await;
        delete(&app, ann, second).await.unwrap();
        missing(&delete(&app, ann, second).await);
        made(&app, ann, &[]).await;
    })
    .await;
}

#[tokio::test]
async fn only_who_wants_to_be_found_is_in_a_collection() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let (shy, far) = (person(&app, "shy").await, remote(&app, "zoe").await);
        let (cal, waiting) = (person(&app, "cal").await, person(&app, "dan").await);
        let hidden = ProfileChange {
            discoverable: Some(false),
            ..ProfileChange::default()
        };
        update_profile(&app, shy, hidden).await.unwrap();
        app.store
            .write(move |tx| kontor_store::users::set_state(tx, waiting, UserState::Pending))
            .await
            .unwrap();
        blocks::block(&app, cal, ann, None).await.unwrap();
        let id = made(&app, ann, &[]).await;
        forbidden(&add(&app, ann, id, shy).await);
        forbidden(&add(&app, ann, id, cal).await);
        // Its server says nothing of being in collections.
        forbidden(&add(&app, ann, id, far).await);
        for nobody in [waiting, AccountId(1)] {
            assert_eq!(field(add(&app, ann, id, nobody).await), "account_id");
        }
        // All of them, or the collection is not made.
        forbidden(&create(&app, ann, new("two", &[ben, shy])).await);
        let waiting = create(&app, ann, new("two", &[ben, waiting])).await;
        assert_eq!(field(waiting), "account_ids");
        let own = of_account(&app, Viewer::Account(ann), ann, ALL).await;
        assert_eq!(own.unwrap().len(), 1);
        // One's own name may stand there too.
        for account in [ben, ann] {
            add(&app, ann, id, account).await.unwrap();
        }
        assert_eq!(people(&app, Viewer::Anyone, id).await, [ben, ann]);
        // Who blocks somebody sees nothing of what they made.
        missing(&get(&app, Viewer::Account(cal), id).await);
        let shown = of_account(&app, Viewer::Account(cal), ann, ALL).await;
        assert_eq!(shown.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn who_leaves_a_collection_has_left_for_good() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let cal = person(&app, "cal").await;
        let id = made(&app, ann, &[ben, cal]).await;
        let item = row(&app, id, ben).await;
        for other in [ann, cal] {
            forbidden(&revoke(&app, other, id, item).await);
        }
        for _ in 0..2 {
            revoke(&app, ben, id, item).await.unwrap();
        }
        assert_eq!(people(&app, Viewer::Account(ann), id).await, [cal]);
        assert_eq!(holding(&app, ben, ben, ALL).await.unwrap(), []);
        // The owner cannot make it forgotten.
        missing(&remove(&app, ann, id, item).await);
        forbidden(&add(&app, ann, id, ben).await);
        missing(&revoke(&app, cal, id, item).await);
        // Another collection is another matter.
        let second = made(&app, ann, &[ben]).await;
        missing(&revoke(&app, ben, second, item).await);
        assert_eq!(people(&app, Viewer::Anyone, second).await, [ben]);
    })
    .await;
}

#[tokio::test]
async fn a_collection_is_changed_by_its_owner_alone() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let cal = person(&app, "cal").await;
        let hidden = NewCollection {
            discoverable: false,
            ..new("people", &[ben])
        };
        let id = create(&app, ann, hidden).await.unwrap().collection.id;
        let item = row(&app, id, ben).await;
        forbidden(&change(&app, ben, id, CollectionChange::default()).await);
        forbidden(&delete(&app, ben, id).await);
        forbidden(&add(&app, ben, id, cal).await);
        forbidden(&remove(&app, ben, id, item).await);
        // It is on no list of others, and there for those who know of it and for whom it is about.
        let shown = |viewer| of_account(&app, viewer, ann, ALL);
        assert_eq!(shown(Viewer::Account(ben)).await.unwrap(), []);
        assert_eq!(shown(Viewer::Account(ann)).await.unwrap().len(), 1);
        let whole = get(&app, Viewer::Anyone, id).await.unwrap();
        let accounts: Vec<AccountId> = whole.accounts.iter().map(|one| one.id).collect();
        assert_eq!(accounts, [ann, ben]);
        assert_eq!(holding(&app, ben, ben, ALL).await.unwrap(), [whole.view]);
        forbidden(&holding(&app, ann, ben, ALL).await);
        missing(&holding(&app, ann, AccountId(1), ALL).await);
        missing(&of_account(&app, Viewer::Anyone, AccountId(1), ALL).await);
    })
    .await;
}

#[tokio::test]
async fn a_block_and_an_end_take_people_out() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let cal = person(&app, "cal").await;
        let hers = made(&app, ann, &[ben, cal]).await;
        let his = made(&app, ben, &[ann, cal]).await;
        for _ in 0..2 {
            blocks::block(&app, ben, ann, None).await.unwrap();
        }
        assert_eq!(people(&app, Viewer::Anyone, hers).await, [cal]);
        assert_eq!(people(&app, Viewer::Anyone, his).await, [cal]);
        forbidden(&add(&app, ann, hers, ben).await);
        // An ended block does not bring them back, and does not keep them out.
        blocks::unblock(&app, ben, ann).await.unwrap();
        assert_eq!(people(&app, Viewer::Anyone, hers).await, [cal]);
        add(&app, ann, hers, ben).await.unwrap();
        departures::suspend(&app, cal).await.unwrap();
        assert_eq!(people(&app, Viewer::Anyone, hers).await, [ben]);
        departures::unsuspend(&app, cal).await.unwrap();
        assert_eq!(people(&app, Viewer::Anyone, hers).await, [cal, ben]);
        departures::delete(&app, ben).await.unwrap();
        assert_eq!(people(&app, Viewer::Anyone, hers).await, [cal]);
        missing(&get(&app, Viewer::Account(cal), his).await);
        assert_eq!(
            of_account(&app, Viewer::Anyone, ben, ALL).await.unwrap(),
            []
        );
    })
    .await;
}
