//! Follow, Accept, Reject and Undo, both ways.

use kontor_actions::follows::{self, Options, Wish};
use kontor_domain::follow::FollowState;
use serde_json::json;

use crate::{
    peer::{OTHER, Person},
    world::{HERE, World},
};

fn wish(
    follower: &kontor_actions::accounts::Account,
    target: &kontor_actions::accounts::Account,
) -> Wish {
    let options = Options {
        show_reblogs: None,
        notify: None,
        languages: None,
    };
    Wish {
        follower: follower.id,
        target: target.id,
        uri: None,
        options,
    }
}

#[actix_web::test]
async fn a_follow_from_elsewhere_is_answered() {
    let mut world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    let bea = world.person("bea").await;
    world.run();
    let follow = ann.activity("f1", "Follow", &json!(bea.uri));
    assert_eq!(world.receives(&ann, &follow).await.0, 202);
    let accept = world.arrivals("peer.test", 1).await.remove(0);
    assert_eq!(accept.path, "/users/ann/inbox");
    assert_eq!(accept.kind(), "Accept");
    assert_eq!(accept.body["actor"], bea.uri);
    assert_eq!(accept.body["to"], json!([ann.uri]));
    assert_eq!(
        accept.body["object"],
        json!({"id": "http://peer.test/activities/f1", "type": "Follow", "actor": ann.uri, "object": bea.uri})
    );
    assert!(
        accept.body["id"]
            .as_str()
            .unwrap()
            .starts_with(&format!("http://{HERE}/activities/"))
    );
    assert!(accept.is_signed_by(
        &bea.public_key_id,
        &bea.public_key_pem,
        world.app.now().and_utc()
    ));
    assert_eq!(world.account_at(&bea.uri).await.unwrap().followers_count, 1);

    // Whoever asks again has lost the answer.
    let again = ann.activity("f2", "Follow", &json!(bea.uri));
    assert_eq!(world.receives(&ann, &again).await.0, 202);
    let answers = world.arrivals("peer.test", 2).await;
    assert_eq!(
        answers[1].body["object"]["id"],
        "http://peer.test/activities/f2"
    );
    assert_eq!(world.account_at(&bea.uri).await.unwrap().followers_count, 1);

    let undo = ann.activity("u1", "Undo", &again);
    assert_eq!(world.receives(&ann, &undo).await.0, 202);
    assert_eq!(world.outcome(&undo).await, "done");
    assert_eq!(world.account_at(&bea.uri).await.unwrap().followers_count, 0);
    world.stop().await;
}

#[actix_web::test]
async fn a_locked_account_answers_when_its_owner_does() {
    let mut world = World::new().await;
    let (ann, bob) = (
        Person::new("peer.test", "ann"),
        Person::new("other.test", "bob"),
    );
    ann.lives(&world.peers);
    bob.lives(&world.peers);
    let bea = world.person("bea").await;
    let locked = kontor_actions::accounts::ProfileChange {
        locked: Some(true),
        ..Default::default()
    };
    kontor_actions::accounts::update_profile(&world.app, bea.id, locked)
        .await
        .unwrap();
    world.run();
    for person in [&ann, &bob] {
        let follow = person.activity("f1", "Follow", &json!(bea.uri));
        assert_eq!(world.receives(person, &follow).await.0, 202);
        assert_eq!(world.outcome(&follow).await, "done");
    }
    world.sent().await;
    assert!(world.peers.arrived().is_empty());
    let id = |account: Option<kontor_actions::accounts::Account>| account.unwrap().id;
    let (ann_id, bob_id) = (
        id(world.account_at(&ann.uri).await),
        id(world.account_at(&bob.uri).await),
    );
    follows::accept(&world.app, bea.id, ann_id).await.unwrap();
    follows::reject(&world.app, bea.id, bob_id).await.unwrap();
    assert_eq!(world.arrivals("peer.test", 1).await[0].kind(), "Accept");
    let reject = world.arrivals("other.test", 1).await.remove(0);
    assert_eq!(reject.kind(), "Reject");
    assert_eq!(reject.body["object"]["actor"], bob.uri);
    // Thrown out later.
    follows::reject(&world.app, bea.id, ann_id).await.unwrap();
    assert_eq!(world.arrivals("peer.test", 2).await[1].kind(), "Reject");
    world.stop().await;
}

#[actix_web::test]
async fn a_follow_of_ours_is_accepted_by_id_or_by_its_ends() {
    let mut world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    let people = [world.person("bea").await, world.person("cleo").await];
    world.run();
    for (at, person) in people.iter().enumerate() {
        assert_eq!(
            follows::follow(&world.app, wish(person, &known))
                .await
                .unwrap(),
            FollowState::Pending
        );
        let follow = world.arrivals("peer.test", at + 1).await.remove(at);
        assert_eq!(
            (follow.kind(), follow.path.as_str()),
            ("Follow", "/users/ann/inbox")
        );
        assert_eq!(follow.body["object"], ann.uri);
        assert_eq!(follow.body["to"], json!([ann.uri]));
        // Mitra answers with the id alone; some with a Follow of another id, or of none.
        let object = if at == 0 {
            follow.body["id"].clone()
        } else {
            json!({"type": "Follow", "actor": person.uri, "object": ann.uri})
        };
        let accept = ann.activity(&format!("a{at}"), "Accept", &object);
        assert_eq!(world.receives(&ann, &accept).await.0, 202);
        assert_eq!(world.outcome(&accept).await, "done");
        let follow = follows::between(&world.app, person.id, known.id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(follow.state, FollowState::Accepted);
    }
    assert_eq!(world.account_at(&ann.uri).await.unwrap().followers_count, 2);
    world.stop().await;
}

/// It may have been on its way for long.
#[actix_web::test]
async fn an_answer_to_a_follow_that_has_ended_is_none_to_the_next() {
    let mut world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    let bea = world.person("bea").await;
    world.run();
    let state = async || {
        let follow = follows::between(&world.app, bea.id, known.id).await;
        follow.unwrap().unwrap().state
    };
    let ask = async || {
        let asked = follows::follow(&world.app, wish(&bea, &known)).await;
        assert_eq!(asked.unwrap(), FollowState::Pending);
        world.sent().await;
        let arrived = world.peers.arrived_at("peer.test");
        arrived.last().unwrap().body["id"].clone()
    };
    let first = ask().await;
    follows::unfollow(&world.app, bea.id, known.id)
        .await
        .unwrap();
    let second = ask().await;
    for (name, id, wanted) in [
        ("late", &first, FollowState::Pending),
        ("now", &second, FollowState::Accepted),
    ] {
        let object = json!({"id": id, "type": "Follow", "actor": bea.uri, "object": ann.uri});
        let accept = ann.activity(name, "Accept", &object);
        assert_eq!(world.receives(&ann, &accept).await.0, 202);
        world.outcome(&accept).await;
        assert_eq!(state().await, wanted, "{name}");
    }
    world.stop().await;
}

#[actix_web::test]
async fn asking_again_sends_the_same_follow_again() {
    let mut world = World::new().await;
    let known = world.known(&Person::new("peer.test", "ann")).await;
    let bea = world.person("bea").await;
    world.run();
    for _ in 0..2 {
        follows::follow(&world.app, wish(&bea, &known))
            .await
            .unwrap();
        world.sent().await;
    }
    // Each is proven when it is sent.
    let unproven = |body: &serde_json::Value| {
        let mut body = body.clone();
        body.as_object_mut().unwrap().remove("proof");
        body
    };
    let arrived = world.peers.arrived_at("peer.test");
    let bodies: Vec<_> = arrived.iter().map(|one| unproven(&one.body)).collect();
    assert_eq!((bodies.len(), &bodies[0]), (2, &bodies[1]));
    world.stop().await;
}

#[actix_web::test]
async fn nobody_answers_for_another() {
    let mut world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    let mallory = Person {
        key: &OTHER,
        ..Person::new("evil.test", "mallory")
    };
    mallory.lives(&world.peers);
    let known = world.known(&ann).await;
    let bea = world.person("bea").await;
    world.run();
    follows::follow(&world.app, wish(&bea, &known))
        .await
        .unwrap();
    let follow = world.arrivals("peer.test", 1).await.remove(0);
    for (at, object) in [
        follow.body["id"].clone(),
        follow.body.clone(),
        json!({"type": "Follow", "actor": bea.uri, "object": ann.uri}),
    ]
    .iter()
    .enumerate()
    {
        for kind in ["Accept", "Reject", "Undo"] {
            let forged = mallory.activity(&format!("{kind}{at}"), kind, object);
            assert_eq!(world.receives(&mallory, &forged).await.0, 202);
            let outcome = world.outcome(&forged).await;
            assert!(
                outcome.starts_with("refused: the follow is not the actor's"),
                "{outcome}"
            );
        }
    }
    let follow = follows::between(&world.app, bea.id, known.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(follow.state, FollowState::Pending);

    // Between two others we have no say.
    let others = mallory.activity("f", "Follow", &json!(ann.uri));
    assert_eq!(world.receives(&mallory, &others).await.0, 202);
    assert_eq!(
        world.outcome(&others).await,
        "refused: `object` is nobody here"
    );
    world.stop().await;
}

#[actix_web::test]
async fn a_rejected_follow_ends_and_an_undone_one_is_told() {
    let mut world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    let bea = world.person("bea").await;
    world.run();
    follows::follow(&world.app, wish(&bea, &known))
        .await
        .unwrap();
    let follow = world.arrivals("peer.test", 1).await.remove(0);
    let reject = ann.activity("r1", "Reject", &follow.body);
    assert_eq!(world.receives(&ann, &reject).await.0, 202);
    assert_eq!(world.outcome(&reject).await, "done");
    assert!(
        follows::between(&world.app, bea.id, known.id)
            .await
            .unwrap()
            .is_none()
    );
    world.sent().await;
    assert_eq!(world.peers.arrived().len(), 1, "a Reject is not answered");

    follows::follow(&world.app, wish(&bea, &known))
        .await
        .unwrap();
    follows::unfollow(&world.app, bea.id, known.id)
        .await
        .unwrap();
    follows::follow(&world.app, wish(&bea, &known))
        .await
        .unwrap();
    world.sent().await;
    let arrived = world.peers.arrived_at("peer.test");
    let kinds: Vec<&str> = arrived.iter().map(crate::peer::Arrived::kind).collect();
    // A Follow that was taken back before it went out need not go, but what goes is in order.
    assert_eq!(kinds[kinds.len() - 2..], ["Undo", "Follow"], "{kinds:?}");
    assert_eq!(arrived[kinds.len() - 2].body["object"]["type"], "Follow");
    assert_ne!(
        arrived[kinds.len() - 2].body["object"]["id"],
        arrived[kinds.len() - 1].body["id"]
    );
    world.stop().await;
}

#[actix_web::test]
async fn a_profile_that_changes_is_told_and_one_elsewhere_is_read_again() {
    let mut world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    let bea = world.person("bea").await;
    world.follows(&known, &bea).await;
    world.run();
    let change = kontor_actions::accounts::ProfileChange {
        display_name: Some("Bea B.".to_owned()),
        ..Default::default()
    };
    kontor_actions::accounts::update_profile(&world.app, bea.id, change)
        .await
        .unwrap();
    let update = world.arrivals("peer.test", 1).await.remove(0);
    assert_eq!((update.kind(), update.path.as_str()), ("Update", "/inbox"));
    assert_eq!(update.body["object"]["name"], "Bea B.");
    assert_eq!(update.body["object"]["publicKey"]["id"], bea.public_key_id);
    assert!(update.body["object"].get("@context").is_none());

    let mut document = ann.document();
    document["name"] = json!("Ann A.");
    world.peers.serve(&ann.uri, &document);
    // What stands inside is not what counts.
    let update = ann.activity("u1", "Update", &ann.document());
    assert_eq!(world.receives(&ann, &update).await.0, 202);
    assert_eq!(world.outcome(&update).await, "done");
    assert_eq!(
        world.account_at(&ann.uri).await.unwrap().display_name,
        "Ann A."
    );
    world.stop().await;
}
