//! Whom an activity is of: forms of signatures, keys, requests that come again, and activities that somebody passes on.

use std::sync::LazyLock;

use kontor_domain::audience::Audience;
use kontor_federation::{
    proof::{self, Proof},
    settings::Settings,
    signature::{KeyPems, PrivateKey, PublicKey},
};
use kontor_net::{Client, Request};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use serde_json::{Value, json};

use crate::{
    peer::{Answer, Key, Letter, Person},
    world::{HERE, World, settings},
};

static EDA: LazyLock<Key> = LazyLock::new(|| {
    let pems = KeyPems::generate_ed25519(&mut ChaCha20Rng::seed_from_u64(7)).unwrap();
    Key {
        private: PrivateKey::from_pem(&pems.private).unwrap(),
        pem: pems.public,
    }
});

/// Somebody with an Ed25519 key beside the first one.
pub(crate) fn modern(host: &str, name: &str) -> (Person, Value) {
    let person = Person::new(host, name);
    let mut document = person.document();
    document["assertionMethod"] = json!([{
        "id": format!("{}#ed25519-key", person.uri),
        "type": "Multikey",
        "controller": person.uri,
        "publicKeyMultibase": EDA.private.public_multibase().unwrap(),
    }]);
    (person, document)
}

pub(crate) fn proven(person: &Person, activity: &Value) -> Value {
    let mut activity = activity.clone();
    let method = format!("{}#ed25519-key", person.uri);
    let now = "2026-01-02T03:04:05Z".parse().unwrap();
    proof::add(&mut activity, &method, &EDA.private, now).unwrap();
    activity
}

#[actix_web::test]
async fn the_form_that_a_server_takes_is_found_and_remembered() {
    let mut world = World::new().await;
    let anna = world.person("anna").await;
    let bert = Person::new("peer.test", "bert");
    let far = world.known(&bert).await;
    world.follows(&far, &anna).await;
    world.peers.answer("peer.test", Answer::Modern);
    world.run();
    world.post(anna.id, "one", Audience::Public).await;
    world.sent().await;
    let arrived = world.peers.arrived_at("peer.test");
    let forms = |arrived: &[crate::peer::Arrived]| -> Vec<bool> {
        arrived
            .iter()
            .map(|one| {
                one.headers
                    .iter()
                    .any(|(name, _)| name == "signature-input")
            })
            .collect()
    };
    assert_eq!(
        forms(&arrived),
        [false, true],
        "the older form, then the other"
    );
    let (key_id, pem) = (&anna.public_key_id, &anna.public_key_pem);
    assert!(arrived[1].is_signed_by(key_id, pem, world.app.now().and_utc()));
    world.post(anna.id, "two", Audience::Public).await;
    world.sent().await;
    let arrived = world.peers.arrived_at("peer.test");
    assert_eq!(forms(&arrived), [false, true, true]);
    // So are fetches, and the database knows it too.
    let fetched = world.peers.all_fetches();
    world.known(&Person::new("peer.test", "carl")).await;
    assert_eq!(
        world.peers.all_fetches(),
        fetched + 2,
        "the document and WebFinger"
    );
    let form = world
        .app
        .store
        .read(|db| kontor_store::hosts::signature_form(db, "peer.test"))
        .await
        .unwrap();
    assert_eq!(form, Some(kontor_domain::peer::SignatureForm::Rfc9421));
    world.stop().await;
}

#[actix_web::test]
async fn a_document_is_asked_for_in_the_other_form_too() {
    let world = World::new().await;
    world.peers.answer("peer.test", Answer::Modern);
    let bert = world.known(&Person::new("peer.test", "bert")).await;
    assert_eq!(bert.username, "bert");
}

#[actix_web::test]
async fn a_server_that_says_so_is_asked_in_the_newer_form_at_once() {
    let world = World::new().await;
    let bert = Person::new("peer.test", "bert");
    bert.lives(&world.peers);
    let mut document = bert.document();
    document["generator"] = json!({
        "type": "Application",
        "implements": [{"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC-9421"}],
    });
    world.peers.serve(&bert.uri, &document);
    world.reads(&bert.uri).await;
    world.peers.answer("peer.test", Answer::Modern);
    let fetched = world.peers.all_fetches();
    world.known(&Person::new("peer.test", "carl")).await;
    assert_eq!(
        world.peers.all_fetches(),
        fetched + 2,
        "no request was refused"
    );
}

#[actix_web::test]
async fn what_came_before_is_told_to_nobody_who_has_not_signed() {
    let mut world = World::new().await;
    world.run_queues();
    let bert = Person::new("peer.test", "bert");
    bert.lives(&world.peers);
    let like = bert.activity("1", "Like", &json!(format!("http://{HERE}/posts/1")));
    assert_eq!(world.receives(&bert, &like).await.0, 202);
    // The same again, signed anew, is fine.
    assert_eq!(world.receives(&bert, &like).await.0, 202);
    let mut unsigned = world.letter(&bert, &like);
    unsigned.headers.retain(|(name, _)| name != "signature");
    let (status, why) = unsigned.send(&world.net).await;
    assert_eq!(status, 401, "{why}");
    let mut forged = bert.clone();
    forged.key = &crate::peer::OTHER;
    assert_eq!(world.letter(&forged, &like).send(&world.net).await.0, 401);
    world.stop().await;
}

/// The row that would have known it is gone, and still the same request is not taken twice.
#[actix_web::test]
async fn a_request_that_was_overheard_is_not_taken_again() {
    let world = World::new().await;
    let bert = Person::new("peer.test", "bert");
    bert.lives(&world.peers);
    let like = bert.activity("1", "Like", &json!(format!("http://{HERE}/posts/1")));
    let letter = world.letter(&bert, &like);
    let copy = Letter {
        url: letter.url.clone(),
        headers: letter.headers.clone(),
        body: letter.body.clone(),
    };
    assert_eq!(letter.send(&world.net).await.0, 202);
    world
        .fresh
        .as_ref()
        .unwrap()
        .execute("DELETE FROM jobs; DELETE FROM inbox");
    let (status, why) = copy.send(&world.net).await;
    assert_eq!(
        (status, why.as_str()),
        (401, "the same request was taken before")
    );
    assert!(!world.has_received(&like).await);
}

#[actix_web::test]
async fn every_key_that_an_actor_names_signs_for_it() {
    let world = World::new().await;
    let (bert, document) = modern("peer.test", "bert");
    bert.lives(&world.peers);
    let mut document = document;
    document["publicKey"] = json!([
        document["publicKey"],
        {"id": format!("{}#second", bert.uri), "owner": bert.uri, "publicKeyPem": crate::peer::OTHER.pem},
        {"id": "http://other.test/#third", "owner": bert.uri, "publicKeyPem": crate::peer::THIRD.pem},
    ]);
    world.peers.serve(&bert.uri, &document);
    let with = |key_id: String, key: &'static Key| {
        let mut person = bert.clone();
        (person.key_id, person.key) = (key_id, key);
        person
    };
    let like = |id: &str| bert.activity(id, "Like", &json!(format!("http://{HERE}/posts/1")));
    let ed25519 = with(format!("{}#ed25519-key", bert.uri), &EDA);
    let second = with(format!("{}#second", bert.uri), &crate::peer::OTHER);
    for (number, person) in [&ed25519, &second, &bert].into_iter().enumerate() {
        let one = like(&format!("old{number}"));
        let (status, why) = world.letter(person, &one).send(&world.net).await;
        assert_eq!(status, 202, "{}: {why}", person.key_id);
        let other = like(&format!("new{number}"));
        let letter = Letter::modern(
            person,
            &format!("http://{HERE}/inbox"),
            &other,
            world.app.now().and_utc(),
        );
        assert_eq!(letter.send(&world.net).await.0, 202, "{}", person.key_id);
    }
    // Not under one another's names, and not on another server.
    for (key_id, key) in [
        (format!("{}#second", bert.uri), &*EDA as &'static Key),
        (format!("{}#ed25519-key", bert.uri), &crate::peer::OTHER),
        ("http://other.test/#third".to_owned(), &crate::peer::THIRD),
    ] {
        let (status, why) = world
            .letter(&with(key_id, key), &like("bad"))
            .send(&world.net)
            .await;
        assert_eq!(status, 401, "{why}");
    }
}

#[actix_web::test]
async fn what_carries_a_proof_is_taken_from_whoever_passes_it_on() {
    let mut world = World::new().await;
    world.run_queues();
    let anna = world.person("anna").await;
    let (bert, document) = modern("other.test", "bert");
    let far = world.known(&bert).await;
    world.peers.serve(&bert.uri, &document);
    world.follows(&anna, &far).await;
    let carrier = Person::new("peer.test", "carl");
    carrier.lives(&world.peers);

    let create = bert.activity("1", "Create", &bert.note("1", "passed on"));
    let signed = proven(&bert, &create);
    let (status, why) = world.receives(&carrier, &signed).await;
    assert_eq!(status, 202, "{why}");
    assert_eq!(world.outcome(&signed).await, "done");
    let id = bert.url("/notes/1");
    assert!(world.post_at(&id).await.is_some());

    // Changed on its way, or proven by the one who passes it on.
    let mut changed = proven(
        &bert,
        &bert.activity("2", "Create", &bert.note("2", "true")),
    );
    changed["object"]["content"] = json!("<p>false</p>");
    let (status, why) = world.receives(&carrier, &changed).await;
    assert_eq!(status, 401, "{why}");
    let (thief, stolen) = modern("peer.test", "thief");
    thief.lives(&world.peers);
    world.peers.serve(&thief.uri, &stolen);
    let mut lie = bert.activity("3", "Create", &bert.note("3", "lie"));
    proof::add(
        &mut lie,
        &format!("{}#ed25519-key", thief.uri),
        &EDA.private,
        "2026-01-02T03:04:05Z".parse().unwrap(),
    )
    .unwrap();
    assert_eq!(world.receives(&thief, &lie).await.0, 401);
    // Without a proof, what is about nothing known here is refused.
    let bare = bert.activity("4", "Create", &bert.note("4", "bare"));
    assert_eq!(world.receives(&carrier, &bare).await.0, 403);
    for activity in [&changed, &lie, &bare] {
        assert!(!world.has_received(activity).await);
    }
    world.stop().await;
}

#[actix_web::test]
async fn without_a_proof_an_answer_is_read_at_its_own_server() {
    let mut world = World::new().await;
    world.run_queues();
    let anna = world.person("anna").await;
    let question = world.post(anna.id, "Who?", Audience::Public).await;
    let bert = Person::new("other.test", "bert");
    bert.lives(&world.peers);
    let carrier = Person::new("peer.test", "carl");
    carrier.lives(&world.peers);
    let mut note = bert.note("1", "what I say");
    note["inReplyTo"] = json!(world.app.site.post(question));
    world.peers.serve(note["id"].as_str().unwrap(), &note);
    let mut told = note.clone();
    told["content"] = json!("<p>what they say that I say</p>");
    let create = bert.activity("1", "Create", &told);
    assert_eq!(world.receives(&carrier, &create).await.0, 202);
    let id = note["id"].as_str().unwrap().to_owned();
    let view = world
        .eventually("the answer is read", || world.post_at(&id))
        .await;
    assert!(
        view.post.content.contains("what I say"),
        "{}",
        view.post.content
    );
    // It may still come from its author.
    assert!(!world.has_received(&create).await);
    // That it is gone is asked as well.
    world.peers.gone(&id);
    let delete = bert.activity("2", "Delete", &json!({"id": id, "type": "Tombstone"}));
    assert_eq!(world.receives(&carrier, &delete).await.0, 202);
    world
        .eventually("the answer is gone", || async {
            world.post_at(&id).await.is_none().then_some(())
        })
        .await;
    world.stop().await;
}

#[actix_web::test]
async fn an_answer_for_the_followers_reaches_all_of_them_as_it_came() {
    let mut world = World::new().await;
    let anna = world.person("anna").await;
    for (host, name) in [("peer.test", "carl"), ("third.test", "dora")] {
        let far = world.known(&Person::new(host, name)).await;
        world.follows(&far, &anna).await;
    }
    let (bert, document) = modern("other.test", "bert");
    bert.lives(&world.peers);
    world.peers.serve(&bert.uri, &document);
    let question = world.post(anna.id, "Who?", Audience::Public).await;
    world.run();
    world.sent().await;
    let before = world.peers.arrived().len();
    let mut note = bert.note("1", "I");
    note["inReplyTo"] = json!(world.app.site.post(question));
    note["cc"] = json!([anna.followers_url, anna.uri]);
    let mut create = bert.activity("1", "Create", &note);
    create["to"] = note["to"].clone();
    create["cc"] = note["cc"].clone();
    let create = proven(&bert, &create);
    assert_eq!(world.receives(&bert, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    world.sent().await;
    let arrived: Vec<_> = world.peers.arrived().split_off(before);
    let mut hosts: Vec<_> = arrived.iter().map(|one| one.host.as_str()).collect();
    hosts.sort_unstable();
    assert_eq!(hosts, ["peer.test", "third.test"]);
    for one in &arrived {
        assert_eq!(one.raw, create.to_string().as_bytes());
        let now = world.app.now().and_utc();
        assert!(one.is_signed_by(&anna.public_key_id, &anna.public_key_pem, now));
    }
    // What answers nobody here is not passed on, nor what cannot be checked.
    let mut stray = bert.note("2", "to nobody");
    stray["cc"] = json!([anna.followers_url]);
    let mut create = bert.activity("2", "Create", &stray);
    create["cc"] = stray["cc"].clone();
    let create = proven(&bert, &create);
    assert_eq!(world.receives(&bert, &create).await.0, 202);
    let mut again = bert.activity("3", "Create", &note);
    again["cc"] = note["cc"].clone();
    assert_eq!(world.receives(&bert, &again).await.0, 202);
    world.outcome(&create).await;
    world.outcome(&again).await;
    world.sent().await;
    assert_eq!(world.peers.arrived().len(), before + 2);
    world.stop().await;
}

/// What we send can be passed on by whoever gets it: the proof is of the key in the actor's own document.
#[actix_web::test]
async fn what_is_sent_carries_a_proof() {
    let mut world = World::new().await;
    let anna = world.person("anna").await;
    let far = world.known(&Person::new("peer.test", "bert")).await;
    world.follows(&far, &anna).await;
    world.run();
    world.post(anna.id, "Hello", Audience::Public).await;
    let arrived = world.arrivals("peer.test", 1).await;
    let proof = Proof::find(&arrived[0].body).unwrap();
    assert_eq!(proof.method, format!("{}#ed25519-key", anna.uri));
    let document = document(&world, &anna.uri).await;
    let method = &document["assertionMethod"][0];
    assert_eq!(method["id"], proof.method);
    assert_eq!(method["controller"], anna.uri);
    let key = PublicKey::from_multibase(method["publicKeyMultibase"].as_str().unwrap()).unwrap();
    assert_eq!(proof.verify(&key), Ok(()));
    let mut changed = arrived[0].body.clone();
    changed["object"]["content"] = json!("<p>Goodbye</p>");
    assert!(Proof::find(&changed).unwrap().verify(&key).is_err());
    world.stop().await;
}

async fn document(world: &World, uri: &str) -> Value {
    let mut request = Request::get(uri.parse().unwrap());
    request
        .headers
        .insert("accept", "application/activity+json".parse().unwrap());
    let answer = Client::send(&world.net, request).await.unwrap();
    assert_eq!(answer.status, 200);
    serde_json::from_slice(&answer.body).unwrap()
}

#[actix_web::test]
async fn in_secure_mode_nobody_reads_unsigned() {
    let world = World::with(Settings {
        secure_mode: true,
        ..settings()
    })
    .await;
    let anna = world.person("anna").await;
    let post = world.post(anna.id, "Hello", Audience::Public).await;
    let status = |path: String| {
        let net = world.net.clone();
        async move {
            let mut request = Request::get(format!("http://{HERE}{path}").parse().unwrap());
            request
                .headers
                .insert("accept", "application/activity+json".parse().unwrap());
            net.send(request).await.unwrap().status
        }
    };
    for path in [
        format!("/users/{}", anna.id),
        format!("/users/{}/outbox", anna.id),
        format!("/posts/{post}"),
        "/@anna".to_owned(),
    ] {
        assert_eq!(status(path.clone()).await, 401, "{path}");
    }
    for path in [
        "/actor",
        "/.well-known/webfinger?resource=acct:anna@here.test",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.1",
    ] {
        assert_eq!(status(path.to_owned()).await, 200, "{path}");
    }
    let bert = Person::new("peer.test", "bert");
    bert.lives(&world.peers);
    let read = crate::synchronisation::signed_get(&world, &bert, &world.app.site.post(post)).await;
    assert_eq!(read["content"], "<p>Hello</p>");
}
