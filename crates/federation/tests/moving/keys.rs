//! Whose key it is, where it is fetched, and how often.

use serde_json::json;

use crate::{
    peer::{Letter, ONE, OTHER, Person, THIRD},
    world::{HERE, World},
};

fn like(person: &Person, id: &str) -> serde_json::Value {
    person.activity(id, "Like", &json!("http://peer.test/notes/1"))
}

#[actix_web::test]
async fn a_changed_key_is_fetched_again_once() {
    let world = World::new().await;
    let mut ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    assert_eq!(world.receives(&ann, &like(&ann, "1")).await.0, 202);
    assert_eq!(world.receives(&ann, &like(&ann, "2")).await.0, 202);
    assert_eq!(world.peers.fetches(&ann.uri), 1);
    ann.key = &OTHER;
    ann.lives(&world.peers);
    assert_eq!(world.receives(&ann, &like(&ann, "3")).await.0, 202);
    assert_eq!(world.peers.fetches(&ann.uri), 2);
    // Another forged signature within the minute makes us ask nobody.
    let forger = Person {
        key: &THIRD,
        ..ann.clone()
    };
    assert_eq!(world.receives(&forger, &like(&ann, "4")).await.0, 401);
    assert_eq!(world.peers.fetches(&ann.uri), 2);
    // The old key is no good any more, the new one still is.
    let old = Person {
        key: &ONE,
        ..ann.clone()
    };
    assert_eq!(world.receives(&old, &like(&ann, "5")).await.0, 401);
    assert_eq!(world.receives(&ann, &like(&ann, "6")).await.0, 202);
}

#[actix_web::test]
async fn a_key_that_another_process_replaced_is_no_good_any_more() {
    let world = World::new().await;
    let mut ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    assert_eq!(world.receives(&ann, &like(&ann, "1")).await.0, 202);
    let old = ann.clone();
    ann.key = &OTHER;
    ann.lives(&world.peers);
    // Another process, on the same database.
    let other = kontor_federation::Federation::new(world.net.clone(), crate::world::settings());
    let url = ann.uri.parse().unwrap();
    kontor_actions::Remote::resolve_url(&other, &world.app, &url)
        .await
        .unwrap();
    let forged = like(&old, "2");
    assert_eq!(world.receives(&old, &forged).await.0, 401);
    assert_eq!(world.receives(&ann, &like(&ann, "3")).await.0, 202);
}

#[actix_web::test]
async fn a_key_with_a_document_of_its_own() {
    let world = World::new().await;
    // GoToSocial: no fragment, and what stands there is a stub of the actor.
    let mut moss = Person::new("peer.test", "moss");
    moss.key_id = format!("{}/main-key", moss.uri);
    moss.lives(&world.peers);
    let stub = json!({
        "id": moss.uri, "type": "Person", "preferredUsername": "moss",
        "publicKey": {"id": moss.key_id, "owner": moss.uri, "publicKeyPem": moss.key.pem}
    });
    world.peers.serve(&moss.key_id, &stub);
    assert_eq!(world.receives(&moss, &like(&moss, "1")).await.0, 202);
    // Others: the key alone, which names its owner.
    let mut ivy = Person::new("other.test", "ivy");
    ivy.key_id = "http://other.test/keys/7".to_owned();
    ivy.lives(&world.peers);
    let key =
        json!({"id": ivy.key_id, "type": "Key", "owner": ivy.uri, "publicKeyPem": ivy.key.pem});
    world.peers.serve(&ivy.key_id, &key);
    assert_eq!(world.receives(&ivy, &like(&ivy, "1")).await.0, 202);
}

#[actix_web::test]
async fn both_forms_of_signatures_are_read() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    let (now, inbox) = (world.app.now().and_utc(), format!("http://{HERE}/inbox"));
    let modern = |id: &str| Letter::modern(&ann, &inbox, &like(&ann, id), now);
    assert_eq!(modern("1").send(&world.net).await.0, 202);
    let mut tampered = modern("2");
    tampered.body = like(&ann, "3").to_string().into_bytes();
    assert_eq!(tampered.send(&world.net).await.0, 401);
    let mut elsewhere = modern("4");
    elsewhere.url = format!("http://{HERE}/actor/inbox").parse().unwrap();
    assert_eq!(elsewhere.send(&world.net).await.0, 401);
}

#[actix_web::test]
async fn a_key_speaks_for_its_own_actor_only() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    // A document that claims ann as the owner of a key of its own.
    let mut mallory = Person {
        key: &OTHER,
        ..Person::new("evil.test", "mallory")
    };
    mallory.key_id = "http://evil.test/key".to_owned();
    let key = json!({"id": mallory.key_id, "type": "Key", "owner": ann.uri, "publicKeyPem": mallory.key.pem});
    world.peers.serve(&mallory.key_id, &key);
    assert_eq!(world.receives(&mallory, &like(&ann, "1")).await.0, 401);
    // On ann's own server, a key that ann does not name.
    mallory.key_id = "http://peer.test/users/mallory/key".to_owned();
    let key = json!({"id": mallory.key_id, "type": "Key", "owner": ann.uri, "publicKeyPem": mallory.key.pem});
    world.peers.serve(&mallory.key_id, &key);
    assert_eq!(world.receives(&mallory, &like(&ann, "2")).await.0, 401);
    // An actor document that lies about where it is.
    mallory.key_id = "http://evil.test/users/fake#main-key".to_owned();
    let mut document = ann.document();
    document["publicKey"]["publicKeyPem"] = json!(mallory.key.pem);
    document["publicKey"]["id"] = json!(mallory.key_id);
    world.peers.serve("http://evil.test/users/fake", &document);
    assert_eq!(world.receives(&mallory, &like(&ann, "3")).await.0, 401);
    assert_eq!(world.receives(&ann, &like(&ann, "4")).await.0, 202);
}

#[actix_web::test]
async fn a_server_that_is_away_may_try_again() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    world.peers.serve_as(&ann.uri, 502, "text/plain", "");
    let activity = like(&ann, "1");
    assert_eq!(world.receives(&ann, &activity).await.0, 503);
    let dead = Person::new("dead.test", "dan");
    assert_eq!(world.receives(&dead, &like(&dead, "1")).await.0, 503);
    // Asked again at once, nobody is fetched again.
    let before = world.peers.fetches(&ann.uri);
    assert_eq!(world.receives(&ann, &activity).await.0, 503);
    assert_eq!(world.peers.fetches(&ann.uri), before);
    ann.lives(&world.peers);
    world.app.clock.advance(std::time::Duration::from_secs(180));
    assert_eq!(world.receives(&ann, &activity).await.0, 202);
}

#[actix_web::test]
async fn what_is_no_activity_document_is_not_believed() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    world.peers.serve_as(
        &ann.uri,
        200,
        "application/json",
        &ann.document().to_string(),
    );
    let (status, why) = world.receives(&ann, &like(&ann, "1")).await;
    assert_eq!(status, 401, "{why}");
    assert!(why.contains("application/json"), "{why}");
}

#[actix_web::test]
async fn many_unknown_keys_of_one_host_are_not_all_fetched() {
    let mut settings = crate::world::settings();
    settings.key_fetches = 5;
    let world = World::with(settings).await;
    for n in 0..8 {
        let nobody = Person::new("peer.test", &format!("nobody{n}"));
        let (status, why) = world.receives(&nobody, &like(&nobody, "1")).await;
        assert_eq!(status, if n < 5 { 401 } else { 503 }, "{why}");
    }
    assert_eq!(world.peers.all_fetches(), 5);
}
