//! Collections of accounts across servers (FEP-7aa9): asked for and given, taken back, told of and kept, both ways.

use kontor_actions::{
    accounts::{self, Account},
    collections::{self, CollectionChange, CollectionView, NewCollection, Part},
};
use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, CollectionId},
};
use serde_json::{Value, json};

use crate::{groups::PUBLIC, peer::Person, world::World};

const ALL: Part = Part {
    limit: 40,
    offset: 0,
};

/// A peer's person who is known here, with more in their document.
async fn known_with(world: &World, person: &Person, more: &Value) -> Account {
    let mut document = person.document();
    for (name, value) in more.as_object().unwrap() {
        document[name] = value.clone();
    }
    person.lives(&world.peers);
    world.peers.serve(&person.uri, &document);
    world.reads(&person.uri).await;
    world.account_at(&person.uri).await.unwrap()
}

/// Everybody may put them into collections.
fn everybody() -> Value {
    json!({"interactionPolicy": {"canFeature": {"automaticApproval": [PUBLIC]}}})
}

fn collection(owner: &Person, number: u32, name: &str, items: &[Value]) -> Value {
    json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": owner.url(&format!("/collections/{number}")),
        "type": "FeaturedCollection",
        "name": name,
        "summary": "<p>people</p>",
        "attributedTo": owner.uri,
        "sensitive": false,
        "discoverable": true,
        "topic": {"type": "Hashtag", "name": "#Cats"},
        "totalItems": items.len(),
        "orderedItems": items,
        "published": "2026-01-02T03:04:05Z",
    })
}

fn entry(owner: &Person, number: u32, account: &str, stamp: Option<&str>) -> Value {
    json!({
        "id": owner.url(&format!("/items/{number}")),
        "type": "FeaturedItem",
        "featuredObject": account,
        "featuredObjectType": "Person",
        "featureAuthorization": stamp,
    })
}

fn authorization(stamp: &str, collection: &str, account: &str) -> Value {
    json!({
        "id": stamp,
        "type": "FeatureAuthorization",
        "interactingObject": collection,
        "interactionTarget": account,
    })
}

async fn made(world: &World, owner: AccountId, accounts: &[AccountId]) -> CollectionId {
    let new = NewCollection {
        name: "Friends & more".to_owned(),
        description: "all <of> them".to_owned(),
        language: "en".to_owned(),
        tag_name: "cats".to_owned(),
        discoverable: true,
        accounts: accounts.to_vec(),
        ..NewCollection::default()
    };
    let view = collections::create(&world.app, owner, new).await.unwrap();
    view.collection.id
}

async fn shown(world: &World, owner: AccountId) -> Vec<CollectionView> {
    collections::of_account(&world.app, Viewer::Anyone, owner, ALL)
        .await
        .unwrap()
}

async fn holding(world: &World, account: AccountId) -> Vec<CollectionView> {
    collections::holding(&world.app, account, account, ALL)
        .await
        .unwrap()
}

#[actix_web::test]
async fn who_asks_for_somebody_here_gets_a_leave_that_anybody_can_check_until_it_is_taken_back() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    world.known(&ann).await;
    world.run();
    let theirs = collection(&ann, 1, "Theirs", &[]);
    let uri = theirs["id"].as_str().unwrap();
    world.peers.serve(uri, &theirs);
    let mut ask = ann.activity("1", "FeatureRequest", &json!(bea.uri));
    ask["instrument"] = json!(uri);
    for _ in 0..2 {
        assert_eq!(world.receives(&ann, &ask).await.0, 202);
    }
    assert_eq!(world.outcome(&ask).await, "done");
    let accept = world.arrivals("peer.test", 1).await.remove(0).body;
    assert_eq!(
        (&accept["type"], &accept["object"], &accept["actor"]),
        (&json!("Accept"), &ask["id"], &json!(bea.uri))
    );
    let stamp = accept["result"].as_str().unwrap().to_owned();
    let served = world.get(&stamp).await.1;
    assert_eq!(
        (
            &served["type"],
            &served["interactingObject"],
            &served["interactionTarget"]
        ),
        (&json!("FeatureAuthorization"), &json!(uri), &json!(bea.uri))
    );
    let inside = holding(&world, bea.id).await;
    assert_eq!(inside.len(), 1);
    assert_eq!(
        (inside[0].collection.name.as_str(), inside[0].tag.as_deref()),
        ("Theirs", Some("cats"))
    );
    let (id, item) = (inside[0].collection.id, inside[0].items[0].id);

    for _ in 0..2 {
        collections::revoke(&world.app, bea.id, id, item)
            .await
            .unwrap();
    }
    let delete = world.arrivals("peer.test", 2).await.remove(1).body;
    assert_eq!(
        (
            &delete["type"],
            &delete["object"]["type"],
            &delete["object"]["id"]
        ),
        (
            &json!("Delete"),
            &json!("FeatureAuthorization"),
            &json!(stamp)
        )
    );
    assert_eq!(world.get(&stamp).await.0, 404);
    assert_eq!(holding(&world, bea.id).await, []);
    // Who asks once more is turned away, also where the owner is named by the signature alone.
    ask.as_object_mut().unwrap().remove("actor");
    ask["id"] = json!("http://peer.test/activities/again");
    assert_eq!(world.receives(&ann, &ask).await.0, 202);
    assert_eq!(world.outcome(&ask).await, "done");
    let reject = world.arrivals("peer.test", 3).await.remove(2).body;
    assert_eq!(
        (&reject["type"], &reject["object"], reject.get("result")),
        (&json!("Reject"), &ask["id"], None)
    );
    // Nobody asks for a collection of somebody else's.
    let bob = Person::new("other.test", "bob");
    bob.lives(&world.peers);
    let mut foreign = bob.activity("1", "FeatureRequest", &json!(bea.uri));
    foreign["instrument"] = json!(uri);
    assert_eq!(world.receives(&bob, &foreign).await.0, 202);
    assert!(world.outcome(&foreign).await.starts_with("refused"));
    world.stop().await;
}

#[actix_web::test]
async fn who_does_not_want_to_be_found_is_in_no_collection() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let hidden = accounts::ProfileChange {
        discoverable: Some(false),
        ..accounts::ProfileChange::default()
    };
    accounts::update_profile(&world.app, bea.id, hidden)
        .await
        .unwrap();
    let policy = world.get(&bea.uri).await.1["interactionPolicy"].clone();
    assert_eq!(
        policy,
        json!({"canFeature": {"automaticApproval": [bea.uri]}})
    );
    let ann = Person::new("peer.test", "ann");
    world.known(&ann).await;
    world.run();
    let theirs = collection(&ann, 1, "Theirs", &[]);
    world.peers.serve(theirs["id"].as_str().unwrap(), &theirs);
    let mut ask = ann.activity("1", "FeatureRequest", &json!(bea.uri));
    ask["instrument"] = theirs["id"].clone();
    assert_eq!(world.receives(&ann, &ask).await.0, 202);
    assert_eq!(world.outcome(&ask).await, "done");
    let answers = world.arrivals("peer.test", 1).await;
    assert_eq!(answers[0].kind(), "Reject");
    assert_eq!(holding(&world, bea.id).await, []);
    world.stop().await;
}

#[actix_web::test]
async fn we_ask_whoever_lets_us_and_show_them_when_they_agree() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let known = known_with(&world, &ann, &everybody()).await;
    world.run();
    let own = world.get(&bea.uri).await.1;
    assert_eq!(
        own["interactionPolicy"],
        json!({"canFeature": {"automaticApproval": [PUBLIC]}})
    );
    let list = own["featuredCollections"].as_str().unwrap().to_owned();
    assert_eq!(world.get(&list).await.1["totalItems"], 0);

    let id = made(&world, bea.id, &[known.id]).await;
    let uri = world.app.site.collection(id);
    let ask = world.arrivals("peer.test", 1).await.remove(0).body;
    assert_eq!(
        (&ask["type"], &ask["object"], &ask["instrument"]),
        (&json!("FeatureRequest"), &json!(ann.uri), &json!(uri))
    );
    assert_eq!(world.get(&list).await.1["orderedItems"], json!([uri]));
    let served = world.get(&uri).await.1;
    assert_eq!(
        (&served["type"], &served["name"], &served["summary"]),
        (
            &json!("FeaturedCollection"),
            &json!("Friends & more"),
            &json!("<p>all &lt;of&gt; them</p>")
        )
    );
    assert_eq!(
        (
            &served["topic"]["name"],
            &served["attributedTo"],
            &served["orderedItems"]
        ),
        (&json!("#cats"), &json!(bea.uri), &json!([]))
    );

    let stamp = "http://peer.test/stamps/1";
    let mut accept = ann.activity("2", "Accept", &ask["id"]);
    accept["result"] = json!(stamp);
    // A leave for another collection is none.
    let other = authorization(stamp, "http://here.test/collections/1", &ann.uri);
    world.peers.serve(stamp, &other);
    assert_eq!(world.receives(&ann, &accept).await.0, 202);
    assert!(
        world
            .outcome(&accept)
            .await
            .starts_with("refused: the stamp")
    );
    world
        .peers
        .serve(stamp, &authorization(stamp, &uri, &ann.uri));
    accept["id"] = json!("http://peer.test/activities/3");
    assert_eq!(world.receives(&ann, &accept).await.0, 202);
    assert_eq!(world.outcome(&accept).await, "done");
    let add = world.arrivals("peer.test", 2).await.remove(1).body;
    assert_eq!(
        (
            &add["type"],
            &add["target"],
            &add["object"]["featuredObject"]
        ),
        (&json!("Add"), &json!(uri), &json!(ann.uri))
    );
    let served = world.get(&uri).await.1;
    let item = served["orderedItems"][0].clone();
    assert_eq!(item["featureAuthorization"], json!(stamp));
    let at = world.get(item["id"].as_str().unwrap()).await.1;
    assert_eq!(at["featuredObject"], item["featuredObject"]);

    // Nobody else takes it back.
    let bob = Person::new("other.test", "bob");
    bob.lives(&world.peers);
    let foreign = bob.activity("1", "Delete", &json!(stamp));
    assert_eq!(world.receives(&bob, &foreign).await.0, 202);
    assert!(world.outcome(&foreign).await.starts_with("refused"));
    let own = ann.activity(
        "4",
        "Delete",
        &json!({"id": stamp, "type": "FeatureAuthorization", "interactingObject": uri, "interactionTarget": ann.uri}),
    );
    assert_eq!(world.receives(&ann, &own).await.0, 202);
    assert_eq!(world.outcome(&own).await, "done");
    let remove = world.arrivals("peer.test", 3).await.remove(2).body;
    assert_eq!(
        (&remove["type"], &remove["object"], &remove["target"]),
        (&json!("Remove"), &item["id"], &json!(uri))
    );
    assert_eq!(world.get(&uri).await.1["orderedItems"], json!([]));
    world.stop().await;
}

#[actix_web::test]
async fn followers_hear_of_collections_and_who_says_no_is_not_in_them() {
    let mut world = World::new().await;
    let (bea, cid) = (world.person("bea").await, world.person("cid").await);
    let ann = Person::new("peer.test", "ann");
    let bob = Person::new("other.test", "bob");
    let follower = world.known(&ann).await;
    let asked = known_with(&world, &bob, &everybody()).await;
    world.follows(&follower, &bea).await;
    world.run();
    let id = made(&world, bea.id, &[cid.id, asked.id]).await;
    let uri = world.app.site.collection(id);
    let list = world.app.site.collections_of(bea.id);
    let heard = world.arrivals("peer.test", 2).await;
    let (first, second) = (&heard[0].body, &heard[1].body);
    assert_eq!(
        (&first["type"], &first["object"]["id"], &first["target"]),
        (&json!("Add"), &json!(uri), &json!(list))
    );
    assert_eq!(
        (
            &second["type"],
            &second["object"]["featuredObject"],
            &second["target"]
        ),
        (&json!("Add"), &json!(cid.uri), &json!(uri))
    );
    let ask = world.arrivals("other.test", 1).await.remove(0).body;
    let reject = bob.activity("1", "Reject", &ask["id"]);
    assert_eq!(world.receives(&bob, &reject).await.0, 202);
    assert_eq!(world.outcome(&reject).await, "done");
    let again = collections::add(&world.app, bea.id, id, asked.id).await;
    assert!(again.is_err(), "{again:?}");

    let named = CollectionChange {
        name: Some("Others".to_owned()),
        ..CollectionChange::default()
    };
    collections::change(&world.app, bea.id, id, named)
        .await
        .unwrap();
    let update = world.arrivals("peer.test", 3).await.remove(2).body;
    assert_eq!(
        (&update["type"], &update["object"]["name"]),
        (&json!("Update"), &json!("Others"))
    );
    collections::delete(&world.app, bea.id, id).await.unwrap();
    let remove = world.arrivals("peer.test", 4).await.remove(3).body;
    assert_eq!(
        (&remove["type"], &remove["object"], &remove["target"]),
        (&json!("Remove"), &json!(uri), &json!(list))
    );
    assert_eq!(world.get(&uri).await.0, 404);
    world.stop().await;
}

#[actix_web::test]
async fn collections_of_whom_somebody_follows_are_kept_with_those_who_agreed() {
    let mut world = World::new().await;
    let (bea, cid) = (world.person("bea").await, world.person("cid").await);
    let ann = Person::new("peer.test", "ann");
    let (bob, dan) = (
        Person::new("other.test", "bob"),
        Person::new("third.test", "dan"),
    );
    bob.lives(&world.peers);
    dan.lives(&world.peers);
    let list = ann.url("/lists/ann");
    let known = known_with(&world, &ann, &json!({"featuredCollections": list})).await;
    let uri = ann.url("/collections/1");
    let stamp = "http://other.test/stamps/1";
    world
        .peers
        .serve(stamp, &authorization(stamp, &uri, &bob.uri));
    let items = [
        entry(&ann, 1, &bob.uri, Some(stamp)),
        // A leave of another's, and none at all.
        entry(&ann, 2, &dan.uri, Some(stamp)),
        entry(&ann, 3, &cid.uri, None),
    ];
    let theirs = collection(&ann, 1, "Theirs", &items);
    world.peers.serve(&uri, &theirs);
    world.run();
    let add = |id: &str| {
        let mut add = ann.activity(id, "Add", &theirs);
        add["target"] = json!(list);
        add
    };
    assert_eq!(world.receives(&ann, &add("1")).await.0, 202);
    assert!(
        world
            .outcome(&add("1"))
            .await
            .starts_with("ignored: nobody here")
    );
    world.follows(&bea, &known).await;
    assert_eq!(world.receives(&ann, &add("2")).await.0, 202);
    assert_eq!(world.outcome(&add("2")).await, "done");
    let view = world
        .eventually("the collection comes", || async {
            shown(&world, known.id).await.pop()
        })
        .await;
    let inside = world.account_at(&bob.uri).await.unwrap();
    let people = |view: &CollectionView| -> Vec<AccountId> {
        view.items.iter().map(|item| item.account_id).collect()
    };
    assert_eq!(people(&view), [inside.id]);
    assert_eq!(
        (view.collection.description.as_str(), view.tag.as_deref()),
        ("people", Some("cats"))
    );

    // Somebody else's list has no say in it, nor has a foreign server.
    let mut foreign = bob.activity("1", "Remove", &json!(uri));
    foreign["target"] = json!(list);
    assert_eq!(world.receives(&bob, &foreign).await.0, 202);
    assert!(world.outcome(&foreign).await.starts_with("ignored"));
    let renamed = collection(&ann, 1, "Renamed", &items);
    world.peers.serve(&uri, &renamed);
    let update = ann.activity("3", "Update", &renamed);
    assert_eq!(world.receives(&ann, &update).await.0, 202);
    assert_eq!(world.outcome(&update).await, "done");
    world
        .eventually("its name is read", || async {
            let view = shown(&world, known.id).await.pop()?;
            (view.collection.name == "Renamed").then_some(())
        })
        .await;
    assert_eq!(
        world.peers.fetches(stamp),
        1,
        "what is known is not asked again"
    );
    // Whoever is in it takes the leave back.
    let gone = bob.activity("2", "Delete", &json!(stamp));
    assert_eq!(world.receives(&bob, &gone).await.0, 202);
    assert_eq!(world.outcome(&gone).await, "done");
    assert_eq!(people(&shown(&world, known.id).await[0]), []);
    // An Add or a Remove may come without an id.
    let mut remove = ann.activity("4", "Remove", &json!(uri));
    remove.as_object_mut().unwrap().remove("id");
    remove["target"] = json!(list);
    assert_eq!(world.receives(&ann, &remove).await.0, 202);
    world
        .eventually("the collection goes", || async {
            shown(&world, known.id).await.is_empty().then_some(())
        })
        .await;
    world.stop().await;
}

#[actix_web::test]
async fn what_a_new_followee_recommends_is_read_within_bounds() {
    let mut world = World::with_limits(|limits| limits.remote_collections = 2).await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let list = ann.url("/lists/ann");
    let uris: Vec<Value> = (1..4)
        .map(|n| json!(ann.url(&format!("/collections/{n}"))))
        .collect();
    world.peers.serve(
        &list,
        &json!({"id": list, "type": "OrderedCollection", "totalItems": 3, "orderedItems": uris}),
    );
    for number in 1..4 {
        let one = collection(&ann, number, &format!("Number {number}"), &[]);
        world.peers.serve(one["id"].as_str().unwrap(), &one);
    }
    let known = known_with(&world, &ann, &json!({"featuredCollections": list})).await;
    world.run();
    let options = kontor_actions::follows::Options {
        show_reblogs: None,
        notify: None,
        languages: None,
    };
    let wish = kontor_actions::follows::Wish {
        follower: bea.id,
        target: known.id,
        uri: None,
        options,
    };
    kontor_actions::follows::follow(&world.app, wish)
        .await
        .unwrap();
    let found = world
        .eventually("the collections come", || async {
            let found = shown(&world, known.id).await;
            (found.len() == 2).then_some(found)
        })
        .await;
    let mut names: Vec<&str> = found
        .iter()
        .map(|one| one.collection.name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Number 1", "Number 2"]);
    assert_eq!(world.peers.fetches(&ann.url("/collections/3")), 0);
    world.stop().await;
}
