//! Collections across servers: who is asked and what they answer, who here gives leave, and what is kept of others.

use std::time::Duration;

use kontor_actions::{
    App, Error, Limits, Settings, accounts,
    blocks::block,
    collections::{
        CollectionView, Item, NewCollection, Part, add, create, get, holding, of_account, remove,
        revoke,
    },
    domain_blocks,
    featuring::{
        RemoteCollection, RemoteItem, accept, asked, forget, forget_item, judge, keep, known,
        listed, reject, revoke_by_stamp, stamped,
    },
};
use kontor_domain::{
    audience::Viewer,
    collection::{Curators, FeaturePolicy, ItemState},
    ids::{AccountId, CollectionId},
};
use kontor_store::testing::each;

use crate::house::*;

const ALL: Part = Part {
    limit: 40,
    offset: 0,
};
const STAMP: &str = "https://there.test/stamps/1";
const THEIRS: &str = "https://there.test/c/1";

fn public() -> Curators {
    Curators {
        public: true,
        ..Curators::default()
    }
}

/// Somebody elsewhere who lets everybody put them into collections.
async fn open(app: &App, name: &str) -> AccountId {
    let policy = FeaturePolicy {
        automatic: public(),
        ..FeaturePolicy::default()
    };
    saying(app, name, &policy).await
}

async fn saying(app: &App, name: &str, policy: &FeaturePolicy) -> AccountId {
    let mut remote = described(name, format!("https://there.test/u/{name}"));
    remote.endpoints.feature_policy = Some(serde_json::to_string(policy).unwrap());
    accounts::upsert_remote(app, remote).await.unwrap().id
}

async fn made(app: &App, owner: AccountId) -> CollectionView {
    let new = NewCollection {
        name: "people".to_owned(),
        discoverable: true,
        ..NewCollection::default()
    };
    create(app, owner, new).await.unwrap()
}

async fn people(app: &App, viewer: Viewer, id: CollectionId) -> Vec<AccountId> {
    let found = get(app, viewer, id).await.unwrap();
    let items = found.view.items.iter();
    items.map(|item| item.account_id).collect()
}

fn theirs(uri: &str) -> RemoteCollection {
    RemoteCollection {
        uri: uri.to_owned(),
        url: None,
        name: "theirs".to_owned(),
        description: String::new(),
        language: None,
        tag: Some("cats".to_owned()),
        sensitive: false,
        discoverable: true,
        published: None,
        updated: None,
    }
}

fn entry(number: u32, account: AccountId, stamp: Option<&str>) -> RemoteItem {
    RemoteItem {
        uri: format!("{THEIRS}/items/{number}"),
        account,
        stamp: stamp.map(str::to_owned),
        published: None,
    }
}

fn forbidden<T: std::fmt::Debug>(done: &kontor_actions::Result<T>) {
    assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
}

fn missing<T: std::fmt::Debug>(done: &kontor_actions::Result<T>) {
    assert!(matches!(done, Err(Error::NotFound)), "{done:?}");
}

fn request(item: &Item) -> String {
    item.request_uri.clone().expect("they are asked")
}

#[tokio::test]
async fn who_is_elsewhere_is_in_a_collection_when_they_say_so_and_until_they_take_it_back() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let (zoe, yan) = (open(&app, "zoe").await, open(&app, "yan").await);
        let id = made(&app, ann).await.collection.id;
        let item = add(&app, ann, id, zoe).await.unwrap();
        assert_eq!(item.state, ItemState::Pending);
        assert_eq!(add(&app, ann, id, zoe).await.unwrap(), item);
        assert_eq!(people(&app, Viewer::Account(ann), id).await, [zoe]);
        assert_eq!(people(&app, Viewer::Anyone, id).await, []);
        let names = asked(&app, request(&item)).await.unwrap().unwrap();
        assert_eq!(
            names,
            (
                app.site.collection(id),
                "https://there.test/u/zoe".to_owned()
            )
        );
        assert_eq!(
            asked(&app, "https://here.test/x".to_owned()).await.unwrap(),
            None
        );
        let yes = |by, stamp: &str| accept(&app, by, request(&item), stamp.to_owned());
        forbidden(&yes(yan, STAMP).await);
        for _ in 0..2 {
            yes(zoe, STAMP).await.unwrap();
        }
        assert_eq!(people(&app, Viewer::Anyone, id).await, [zoe]);
        let other = revoke_by_stamp(&app, yan, STAMP.to_owned()).await;
        forbidden(&other);
        let nothing = revoke_by_stamp(&app, yan, "https://there.test/x".to_owned()).await;
        assert!(!nothing.unwrap());
        assert!(revoke_by_stamp(&app, zoe, STAMP.to_owned()).await.unwrap());
        assert_eq!(people(&app, Viewer::Account(ann), id).await, []);
        forbidden(&add(&app, ann, id, zoe).await);
        // It does not come back by an old answer.
        yes(zoe, STAMP).await.unwrap();
        assert_eq!(people(&app, Viewer::Anyone, id).await, []);

        let second = add(&app, ann, id, yan).await.unwrap();
        reject(&app, yan, request(&second)).await.unwrap();
        assert_eq!(people(&app, Viewer::Account(ann), id).await, []);
        forbidden(&add(&app, ann, id, yan).await);
        // Whoever was asked may be taken out before they answer.
        let xia = open(&app, "xia").await;
        let third = add(&app, ann, id, xia).await.unwrap();
        remove(&app, ann, id, third.id).await.unwrap();
        missing(&accept(&app, xia, request(&third), STAMP.to_owned()).await);
        assert_eq!(people(&app, Viewer::Account(ann), id).await, []);
    })
    .await;
}

#[tokio::test]
async fn who_may_be_asked_is_what_they_say() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let id = made(&app, ann).await.collection.id;
        let silent = remote(&app, "silent").await;
        let nobody = saying(&app, "nobody", &FeaturePolicy::default()).await;
        for account in [silent, nobody] {
            forbidden(&add(&app, ann, id, account).await);
        }
        let manual = FeaturePolicy {
            manual: public(),
            ..FeaturePolicy::default()
        };
        let followers = FeaturePolicy {
            automatic: Curators {
                followers: true,
                ..Curators::default()
            },
            ..FeaturePolicy::default()
        };
        let named = FeaturePolicy {
            automatic: Curators {
                accounts: vec![app.site.actor(ann)],
                ..Curators::default()
            },
            ..FeaturePolicy::default()
        };
        for (name, policy) in [("manual", manual), ("named", named)] {
            let account = saying(&app, name, &policy).await;
            let item = add(&app, ann, id, account).await.unwrap();
            assert_eq!(item.state, ItemState::Pending, "{name}");
        }
        let closed = saying(&app, "closed", &followers).await;
        forbidden(&add(&app, ann, id, closed).await);
        follows(&app, ann, closed).await;
        kontor_actions::follows::accept(&app, closed, ann)
            .await
            .unwrap();
        add(&app, ann, id, closed).await.unwrap();
        let blocked = open(&app, "blocked").await;
        block(&app, blocked, ann, None).await.unwrap();
        forbidden(&add(&app, ann, id, blocked).await);
    })
    .await;
}

#[tokio::test]
async fn people_here_are_in_a_collection_elsewhere_while_they_like() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let (zoe, yan) = (remote(&app, "zoe").await, remote(&app, "yan").await);
        let kept = keep(&app, zoe, theirs(THEIRS), None).await.unwrap();
        let ask = |by, who| judge(&app, by, kept.id, who, "https://there.test/r".to_owned());
        missing(&ask(yan, ann).await);
        missing(&ask(zoe, yan).await);
        for _ in 0..2 {
            ask(zoe, ann).await.unwrap();
        }
        let inside = holding(&app, ann, ann, ALL).await.unwrap();
        assert_eq!(inside.len(), 1);
        let item = inside[0].items[0].clone();
        assert_eq!(
            stamped(&app, item.id).await.unwrap().0,
            THEIRS,
            "the leave names the collection"
        );
        // Its server names them, and then no longer.
        let one = keep(&app, zoe, theirs(THEIRS), Some(vec![entry(1, ann, None)])).await;
        assert_eq!(one.unwrap(), kept);
        assert_eq!(people(&app, Viewer::Anyone, kept.id).await, [ann]);
        revoke(&app, ann, kept.id, item.id).await.unwrap();
        missing(&stamped(&app, item.id).await);
        keep(&app, zoe, theirs(THEIRS), Some(vec![entry(1, ann, None)]))
            .await
            .unwrap();
        assert_eq!(people(&app, Viewer::Anyone, kept.id).await, []);
        ask(zoe, ann).await.unwrap();
        assert_eq!(holding(&app, ann, ann, ALL).await.unwrap(), []);
        // Who keeps away from a server is in no collection of its.
        domain_blocks::block(&app, ben, "there.test").await.unwrap();
        ask(zoe, ben).await.unwrap();
        assert_eq!(people(&app, Viewer::Anyone, kept.id).await, []);
        // A block takes back what was given.
        let cal = person(&app, "cal").await;
        ask(zoe, cal).await.unwrap();
        let item = holding(&app, cal, cal, ALL).await.unwrap()[0].items[0].id;
        block(&app, cal, zoe, None).await.unwrap();
        missing(&stamped(&app, item).await);
    })
    .await;
}

#[tokio::test]
async fn who_gave_leave_is_not_named_at_once() {
    each(|store| async move {
        let mut settings = Settings::test();
        settings.limits.remote_collection_patience = Duration::from_secs(60);
        let app = house_with(&store, settings);
        let (ann, zoe) = (person(&app, "ann").await, remote(&app, "zoe").await);
        let kept = keep(&app, zoe, theirs(THEIRS), None).await.unwrap();
        judge(&app, zoe, kept.id, ann, "https://there.test/r".to_owned())
            .await
            .unwrap();
        for (seconds, inside) in [(59, vec![ann]), (2, Vec::new())] {
            app.clock.advance(Duration::from_secs(seconds));
            keep(&app, zoe, theirs(THEIRS), Some(Vec::new()))
                .await
                .unwrap();
            assert_eq!(people(&app, Viewer::Anyone, kept.id).await, inside);
        }
    })
    .await;
}

#[tokio::test]
async fn what_another_server_says_of_its_collections_is_kept_within_bounds() {
    each(|store| async move {
        let limits = Limits {
            remote_collections: 2,
            remote_collection_accounts: 2,
            ..Limits::default()
        };
        let app = house_with(
            &store,
            Settings {
                limits,
                ..Settings::test()
            },
        );
        let ann = person(&app, "ann").await;
        let (zoe, yan) = (remote(&app, "zoe").await, remote(&app, "yan").await);
        let (xia, wim) = (remote(&app, "xia").await, remote(&app, "wim").await);
        // Nobody here gave leave.
        let items = vec![
            entry(1, yan, Some(STAMP)),
            entry(2, ann, None),
            entry(3, xia, Some("https://there.test/stamps/2")),
            entry(4, wim, Some("https://there.test/stamps/3")),
        ];
        let kept = keep(&app, zoe, theirs(THEIRS), Some(items)).await.unwrap();
        assert_eq!(people(&app, Viewer::Anyone, kept.id).await, [yan, xia]);
        forbidden(&keep(&app, yan, theirs(THEIRS), None).await);
        let shown = of_account(&app, Viewer::Account(ann), zoe, ALL)
            .await
            .unwrap();
        assert_eq!((shown.len(), shown[0].tag.as_deref()), (1, Some("cats")));
        let fewer = vec![entry(3, xia, Some("https://there.test/stamps/2"))];
        let other = RemoteCollection {
            name: "renamed".to_owned(),
            tag: None,
            ..theirs(THEIRS)
        };
        let again = keep(&app, zoe, other, Some(fewer)).await.unwrap();
        assert_eq!(
            (again.id, again.name.as_str(), again.tag_id),
            (kept.id, "renamed", None)
        );
        assert_eq!(people(&app, Viewer::Anyone, kept.id).await, [xia]);
        let (row, rows) = known(&app, THEIRS.to_owned()).await.unwrap().unwrap();
        assert_eq!((row, rows.len()), (again, 1));
        let stamp = "https://there.test/stamps/2".to_owned();
        assert!(revoke_by_stamp(&app, xia, stamp).await.unwrap());
        assert_eq!(people(&app, Viewer::Anyone, kept.id).await, []);

        keep(&app, zoe, theirs("https://there.test/c/2"), None)
            .await
            .unwrap();
        let third = keep(&app, zoe, theirs("https://there.test/c/3"), None).await;
        forbidden(&third);
        let item = format!("{THEIRS}/items/1");
        let back = vec![entry(1, yan, Some(STAMP))];
        keep(&app, zoe, theirs(THEIRS), Some(back)).await.unwrap();
        forbidden(&forget_item(&app, yan, THEIRS.to_owned(), item.clone()).await);
        for was in [true, false] {
            let gone = forget_item(&app, zoe, THEIRS.to_owned(), item.clone()).await;
            assert_eq!(gone.unwrap(), was);
        }
        forbidden(&forget(&app, yan, THEIRS.to_owned()).await);
        for was in [true, false] {
            assert_eq!(forget(&app, zoe, THEIRS.to_owned()).await.unwrap(), was);
        }
        missing(&get(&app, Viewer::Anyone, kept.id).await);
        assert_eq!(listed(&app, ann).await.unwrap(), []);
        let own = made(&app, ann).await.collection.id;
        assert_eq!(listed(&app, ann).await.unwrap(), [own]);
    })
    .await;
}
