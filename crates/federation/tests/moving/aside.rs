//! What cannot be acted on: it holds up nothing else, is set aside with its reason, and can be tried again. And floods.

use kontor_actions::inbox::{self, Which};
use kontor_domain::page::Page;
use kontor_federation::settings::Settings;
use serde_json::json;

use crate::{
    peer::Person,
    world::{HERE, World, settings},
};

#[actix_web::test]
async fn an_activity_that_waits_holds_up_no_other() {
    let mut world = World::new().await;
    world.run_queues();
    let bert = Person::new("peer.test", "bert");
    world.known(&bert).await;
    // The actor cannot be read now: its Update waits for some seconds.
    world.peers.serve_as(&bert.uri, 503, "text/plain", "");
    let update = bert.activity("1", "Update", &json!({"id": bert.uri, "type": "Person"}));
    assert_eq!(world.receives(&bert, &update).await.0, 202);
    let like = bert.activity("2", "Like", &json!(format!("http://{HERE}/posts/1")));
    assert_eq!(world.receives(&bert, &like).await.0, 202);
    assert!(world.outcome(&like).await.starts_with("ignored"));
    let waiting = world
        .app
        .store
        .read(|db| kontor_store::jobs::depth(db, inbox::QUEUE))
        .await
        .unwrap();
    assert_eq!(waiting, (1, 0));
    world.stop().await;
}

#[actix_web::test]
async fn a_poisoned_activity_is_set_aside_with_its_reason_and_tried_again() {
    let mut world = World::with(Settings {
        inbox_attempts: 1,
        ..settings()
    })
    .await;
    world.run_queues();
    let bert = Person::new("peer.test", "bert");
    world.known(&bert).await;
    world.peers.serve_as(&bert.uri, 503, "text/plain", "");
    let update = bert.activity("1", "Update", &json!({"id": bert.uri, "type": "Person"}));
    assert_eq!(world.receives(&bert, &update).await.0, 202);
    let failed = world
        .eventually("it is set aside", || async {
            let failed = inbox::failed(&world.app, None, Page::first(9))
                .await
                .unwrap();
            failed.into_iter().next()
        })
        .await;
    assert_eq!(
        (failed.activity.as_str(), failed.host.as_str()),
        (update["id"].as_str().unwrap(), "peer.test")
    );
    assert!(failed.why.contains("503"), "{}", failed.why);
    let of = |host: &str| inbox::failed(&world.app, Some(host.to_owned()), Page::first(9));
    assert_eq!(of("peer.test").await.unwrap().len(), 1);
    assert!(of("other.test").await.unwrap().is_empty());
    // It stands in nobody's way.
    let again = bert.activity("2", "Update", &json!({"id": bert.uri, "type": "Person"}));
    let mut document = bert.document();
    document["name"] = json!("Bert");
    world.peers.serve(&bert.uri, &document);
    assert_eq!(world.receives(&bert, &again).await.0, 202);
    assert_eq!(world.outcome(&again).await, "done");
    let nobody = inbox::retry(&world.app, Which::One(kontor_domain::ids::InboxId(1))).await;
    assert!(nobody.is_err());
    assert_eq!(
        inbox::retry(&world.app, Which::One(failed.id))
            .await
            .unwrap(),
        1
    );
    assert_eq!(world.outcome(&update).await, "done");
    assert_eq!(inbox::retry(&world.app, Which::All).await.unwrap(), 0);
    world.stop().await;
}

#[actix_web::test]
async fn who_has_too_much_waiting_is_asked_to_wait() {
    let world = World::with(Settings {
        inbox_waiting_per_host: 3,
        ..settings()
    })
    .await;
    let (bert, carl) = (
        Person::new("peer.test", "bert"),
        Person::new("other.test", "carl"),
    );
    bert.lives(&world.peers);
    carl.lives(&world.peers);
    let like = |person: &Person, n: usize| {
        person.activity(
            &n.to_string(),
            "Like",
            &json!(format!("http://{HERE}/posts/{n}")),
        )
    };
    for n in 0..3 {
        assert_eq!(world.receives(&bert, &like(&bert, n)).await.0, 202);
    }
    let (status, why) = world.receives(&bert, &like(&bert, 4)).await;
    assert_eq!(status, 429, "{why}");
    assert!(!world.has_received(&like(&bert, 4)).await);
    assert_eq!(
        world.receives(&carl, &like(&carl, 1)).await.0,
        202,
        "others are heard"
    );
}

#[actix_web::test]
async fn hosts_take_turns() {
    let mut world = World::with(Settings {
        inbox_workers: 1,
        ..settings()
    })
    .await;
    let (bert, carl) = (
        Person::new("peer.test", "bert"),
        Person::new("other.test", "carl"),
    );
    bert.lives(&world.peers);
    carl.lives(&world.peers);
    for n in 0..30 {
        let like = bert.activity(
            &n.to_string(),
            "Like",
            &json!(format!("http://{HERE}/posts/{n}")),
        );
        assert_eq!(world.receives(&bert, &like).await.0, 202);
    }
    let late = carl.activity("1", "Like", &json!(format!("http://{HERE}/posts/1")));
    assert_eq!(world.receives(&carl, &late).await.0, 202);
    world.run_queues();
    let mut before = 0;
    world.outcome(&late).await;
    let done_at = |uri: String| {
        let store = world.app.store.clone();
        async move {
            store
                .read(move |db| kontor_store::inbox::by_uri(db, &uri))
                .await
                .unwrap()
                .unwrap()
                .done_at
        }
    };
    let end = done_at(late["id"].as_str().unwrap().to_owned())
        .await
        .unwrap();
    for n in 0..30 {
        let uri = bert.url(&format!("/activities/{n}"));
        before += usize::from(done_at(uri).await.is_some_and(|at| at < end));
    }
    assert!(before <= 2, "{before} of the flood came first");
    world.stop().await;
}
