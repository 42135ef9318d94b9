//! What cannot be acted on: it holds up nothing else, is set aside with its reason, and can be tried again. And floods.

use kontor_actions::{
    Limits, SetAside,
    inbox::{self, Which},
};
use kontor_domain::page::Page;
use kontor_federation::settings::Settings;
use kontor_store::testing::{Backend, Fresh};
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
async fn what_was_set_aside_is_kept_for_a_time_and_not_without_end() {
    for backend in Backend::ALL {
        let fresh = Fresh::new(backend);
        let mut world = World::ruled(
            fresh.store(),
            Settings {
                inbox_attempts: 1,
                ..settings()
            },
            Limits {
                set_aside: SetAside {
                    inbox_per_host: 2,
                    ..SetAside::default()
                },
                ..Limits::default()
            },
        )
        .await;
        world.run_queues();
        let people = [
            Person::new("peer.test", "bert"),
            Person::new("other.test", "carl"),
        ];
        let update = |person: &Person, n: usize| {
            let object = json!({"id": person.uri, "type": "Person"});
            person.activity(&n.to_string(), "Update", &object)
        };
        for (person, count) in people.iter().zip([5, 1]) {
            world.known(person).await;
            world.peers.serve_as(&person.uri, 503, "text/plain", "");
            for n in 0..count {
                assert_eq!(world.receives(person, &update(person, n)).await.0, 202);
                world
                    .eventually("it is set aside", || async {
                        let host = Some(person.host.clone());
                        let failed = inbox::failed(&world.app, host, Page::first(9)).await;
                        (failed.unwrap().len() == n + 1).then_some(())
                    })
                    .await;
            }
        }
        let left = async |host: &str| {
            let failed = inbox::failed(&world.app, Some(host.to_owned()), Page::first(9)).await;
            let names = failed.unwrap().into_iter().map(|failed| failed.activity);
            names.collect::<Vec<_>>()
        };
        assert_eq!(inbox::tidy(&world.app).await.unwrap(), 3);
        assert_eq!(inbox::tidy(&world.app).await.unwrap(), 0);
        let id = |person: &Person, n| update(person, n)["id"].as_str().unwrap().to_owned();
        let newest = [id(&people[0], 4), id(&people[0], 3)];
        assert_eq!(left("peer.test").await, newest);
        assert_eq!(left("other.test").await.len(), 1);
        let outcome = world.outcome(&update(&people[0], 0)).await;
        assert!(
            outcome.starts_with("set aside: ") && outcome.contains("503"),
            "{outcome}"
        );
        // That it came stays known.
        assert!(world.has_received(&update(&people[0], 0)).await);
        let days = |days: u64| std::time::Duration::from_secs(days * 24 * 60 * 60);
        world.app.clock.advance(days(29));
        assert_eq!(inbox::tidy(&world.app).await.unwrap(), 0);
        world.app.clock.advance(days(2));
        assert_eq!(inbox::tidy(&world.app).await.unwrap(), 3);
        assert!(left("other.test").await.is_empty());
        world.stop().await;
    }
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
