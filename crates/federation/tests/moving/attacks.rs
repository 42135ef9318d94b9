//! What peers must not get away with: names that look like others, lists without measure, bodies without end.

use serde_json::{Value, json};

use crate::{peer::Person, world::World};

/// Addresses that some reader may take for those of another server or person.
#[actix_web::test]
async fn an_address_that_looks_like_another_is_another() {
    let world = World::new().await;
    let mallory = Person::new("evil.test", "bert");
    mallory.lives(&world.peers);
    let bert = Person::new("peer.test", "bert");
    let known = world.known(&bert).await;
    for lookalike in [
        "http://PEER.test/users/bert",
        "http://peer.test./users/bert",
        "http://peer.test:81/users/bert",
        "http://peer.test/users/Bert",
        "http://peer.test/users/bert/",
        "http://peer.test/users/bert?",
        "http://peer.test/users/bert#",
        "http://peer.test/users/../users/bert",
        "http://peer.test//users/bert",
        "http://peer.test/users/b%65rt",
        "http://evil.test@peer.test/users/bert",
        "http://peer.test@evil.test/users/bert",
        "http://peer.test:80@evil.test/users/bert",
        "http://peer.test\\@evil.test/users/bert",
        "http://peer.test%2eevil.test/users/bert",
        // Cyrillic letters, which the DNS spells otherwise.
        "http://p\u{435}\u{435}r.test/users/bert",
        "http://peer.test\u{3002}evil.test/users/bert",
        "http://\u{ff50}eer.test/users/bert",
        "https://peer.test/users/bert",
        "HTTP://peer.test/users/bert",
        "http:peer.test/users/bert",
        "//peer.test/users/bert",
        " http://peer.test/users/bert",
        "http://peer.test/users/bert\n",
        "http://peer.test/users/bert\u{0}",
        "acct:bert@peer.test",
    ] {
        for signer in [&mallory, &bert] {
            for id in [
                "http://evil.test/activities/1",
                "http://peer.test/activities/1",
                lookalike,
            ] {
                let mut create = signer.activity("1", "Create", &signer.note("1", "me"));
                create["actor"] = json!(lookalike);
                create["object"]["attributedTo"] = json!(lookalike);
                create["id"] = json!(id);
                let (status, why) = world.receives(signer, &create).await;
                assert!(
                    (400..=403).contains(&status),
                    "{lookalike:?} {id:?}: {status} {why}"
                );
            }
        }
    }
    let kept = world.account_at(&bert.uri).await.unwrap();
    assert_eq!((kept.id, kept.statuses_count), (known.id, 0));
    let waiting = world
        .app
        .store
        .read(|db| kontor_store::jobs::depth(db, "inbox"))
        .await
        .unwrap();
    assert_eq!(waiting, (0, 0), "nothing was taken in");
}

/// The key is good, and is not the actor's.
#[actix_web::test]
async fn a_key_cannot_be_taken_for_that_of_another() {
    let world = World::new().await;
    let bert = Person::new("peer.test", "bert");
    world.known(&bert).await;
    // A document on the key's own host that claims an owner elsewhere, or lends its key to another.
    let mut thief = Person::new("evil.test", "thief");
    thief.key = &crate::peer::OTHER;
    let mut document = thief.document();
    document["publicKey"]["owner"] = json!(bert.uri);
    world.peers.serve(&thief.uri, &document);
    let create = bert.activity("1", "Create", &bert.note("1", "not me"));
    let (status, why) = world.receives(&thief, &create).await;
    assert_eq!(status, 401, "{why}");
    let mut stub = Person::new("evil.test", "stub");
    stub.key_id = "http://evil.test/key".to_owned();
    stub.key = &crate::peer::OTHER;
    world.peers.serve(
        "http://evil.test/key",
        &json!({"id": "http://evil.test/key", "owner": bert.uri, "publicKeyPem": crate::peer::OTHER.pem}),
    );
    assert_eq!(world.receives(&stub, &create).await.0, 401);
    // The owner of the host, under the name of the other's key.
    let mut named = bert.clone();
    named.key = &crate::peer::OTHER;
    assert_eq!(world.receives(&named, &create).await.0, 401);
    assert!(!world.has_received(&create).await);
}

#[actix_web::test]
async fn a_thousand_names_lead_to_few_requests() {
    let mut world = World::new().await;
    world.run_queues();
    let anna = world.person("anna").await;
    let bert = Person::new("peer.test", "bert");
    let far = world.known(&bert).await;
    world.follows(&anna, &far).await;
    let strangers: Vec<String> = (0..1000)
        .map(|n| format!("http://other.test/users/p{n}"))
        .collect();
    let mut note = bert.note("1", "hello all");
    note["tag"] = strangers
        .iter()
        .map(|uri| json!({"type": "Mention", "href": uri, "name": "@p"}))
        .collect::<Vec<Value>>()
        .into();
    note["to"] = json!(strangers);
    note["cc"] = json!([
        format!("{}/followers", bert.uri),
        "https://www.w3.org/ns/activitystreams#Public"
    ]);
    let create = bert.activity("1", "Create", &note);
    let before = world.peers.all_fetches();
    assert_eq!(world.receives(&bert, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    let asked = world.peers.all_fetches() - before;
    assert!(asked <= 20, "{asked} requests");
    assert!(world.post_at(&bert.url("/notes/1")).await.is_some());
    world.stop().await;
}

/// Documents that lead to one another, and to ever new ones.
#[actix_web::test]
async fn a_chain_without_end_is_followed_for_a_while() {
    let mut world = World::new().await;
    world.run_queues();
    let anna = world.person("anna").await;
    let bert = Person::new("peer.test", "bert");
    let far = world.known(&bert).await;
    world.follows(&anna, &far).await;
    let step = |n: usize| {
        let mut note = bert.note(&n.to_string(), "and then");
        note["inReplyTo"] = json!(bert.url(&format!("/notes/{}", n + 1)));
        note
    };
    for n in 2..80 {
        world
            .peers
            .serve(&bert.url(&format!("/notes/{n}")), &step(n));
    }
    let create = bert.activity("1", "Create", &step(1));
    let before = world.peers.all_fetches();
    assert_eq!(world.receives(&bert, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    world
        .eventually("the thread is as complete as it gets", || async {
            let depth = world
                .app
                .store
                .read(|db| kontor_store::jobs::depth(db, "threads"))
                .await
                .unwrap();
            (depth.0 == 0).then_some(())
        })
        .await;
    let asked = world.peers.all_fetches() - before;
    assert!((1..=12).contains(&asked), "{asked} requests");
    // One that answers itself.
    let mut own = bert.note("own", "me");
    own["inReplyTo"] = own["id"].clone();
    let create = bert.activity("own", "Create", &own);
    assert_eq!(world.receives(&bert, &create).await.0, 202);
    world.outcome(&create).await;
    world.stop().await;
}
