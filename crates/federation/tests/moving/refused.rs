//! What becomes of deliveries that a peer refuses or chokes on, and of the peer.

use std::time::Duration;

use kontor_actions::departures;
use kontor_domain::audience::Audience;
use kontor_federation::{delivery::Settings as Delivery, settings::Settings};
use kontor_jobs::Backoff;
use kontor_store::{
    deliveries::Priority,
    hosts::{self, Host},
    testing::each,
};
use serde_json::json;

use crate::{
    delivery::{author, counts, patient, rows},
    peer::{Answer, Arrived, Person},
    world::{World, settings},
};

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn host(world: &World, name: &'static str) -> Option<Host> {
    let found = world.app.store.read(move |db| hosts::by_host(db, name));
    found.await.unwrap()
}

#[actix_web::test]
async fn some_answers_are_final() {
    let mut world = World::new().await;
    let bea = author(&world, &["peer.test", "other.test", "third.test"]).await;
    world.peers.answer("peer.test", Answer::Status(410));
    world.peers.answer("other.test", Answer::Status(401));
    world.peers.answer("third.test", Answer::Status(400));
    world.run();
    let id = world.post(bea.id, "hello", Audience::Public).await;
    // Each host that says 400 or 401 is asked once more in the other form of signature: five times by now.
    world.arrivals("other.test", 10).await;
    world
        .eventually("the others are given up", || async {
            (counts(&world).await == (1, 2)).then_some(())
        })
        .await;
    let tried = |host: &str| world.peers.arrived_at(host).len();
    assert_eq!((tried("peer.test"), tried("third.test")), (1, 2));
    world.app.clock.advance(25 * HOUR);
    world
        .eventually("who was refused for a day is given up", || async {
            (counts(&world).await == (0, 3)).then_some(())
        })
        .await;
    for row in rows(&world, id).await {
        assert!(
            row.last_error
                .as_deref()
                .unwrap()
                .starts_with("the inbox answered 4"),
            "{row:?}"
        );
    }
    let paused = world
        .app
        .store
        .read({
            let now = world.app.now();
            move |db| hosts::paused(db, now)
        })
        .await
        .unwrap();
    assert!(paused.is_empty(), "they answered: {paused:?}");
    world.stop().await;
}

/// What was tried while its host was down has not been refused.
#[actix_web::test]
async fn one_refusal_after_an_outage_loses_nothing() {
    each(|store| async move {
        let mut world = World::on(store, settings()).await;
        let bea = author(&world, &["peer.test"]).await;
        world.peers.answer("peer.test", Answer::Status(502));
        world.run();
        let id = world.post(bea.id, "hello", Audience::Public).await;
        world.arrivals("peer.test", 3).await;
        world.peers.answer("peer.test", Answer::Status(401));
        world
            .eventually("it is refused", || async {
                rows(&world, id)
                    .await
                    .iter()
                    .any(|row| row.refusals > 0)
                    .then_some(())
            })
            .await;
        world.peers.answer("peer.test", Answer::Status(202));
        world.sent().await;
        let row = rows(&world, id).await.remove(0);
        assert!(row.attempts >= 5 && row.refusals >= 1, "{row:?}");
        assert_eq!((row.last_status, row.failed_at), (Some(202), None));
        assert_eq!(host(&world, "peer.test").await.unwrap().failures, 0);
        world.stop().await;
    })
    .await;
}

#[actix_web::test]
async fn a_refusal_is_no_sign_that_a_peer_is_back() {
    each(|store| async move {
        let mut world = World::on(store, settings()).await;
        let bea = author(&world, &["peer.test"]).await;
        world.peers.answer("peer.test", Answer::Status(502));
        world.run();
        for n in 0..6 {
            world
                .post(bea.id, &format!("post {n}"), Audience::Public)
                .await;
        }
        let parked = || async {
            let host = host(&world, "peer.test").await;
            host.filter(|host| host.failures >= 4)
        };
        world.eventually("it is left alone", parked).await;
        // A page about maintenance, to whoever asks.
        world.peers.answer("peer.test", Answer::Status(302));
        let before = world.arrivals("peer.test", 4).await.len();
        world.arrivals("peer.test", before + 2).await;
        world.peers.forget_most();
        world.arrivals("peer.test", before + 8).await;
        assert_eq!(world.peers.most_under_way("peer.test"), 1);
        assert_eq!(counts(&world).await, (6, 0));
        assert!(parked().await.is_some());
        world.peers.answer("peer.test", Answer::Status(202));
        world.sent().await;
        assert_eq!(counts(&world).await, (0, 0));
        assert_eq!(host(&world, "peer.test").await.unwrap().failing_since, None);
        world.stop().await;
    })
    .await;
}

#[actix_web::test]
async fn what_is_tried_again_is_signed_in_both_forms() {
    let mut world = World::new().await;
    let bea = author(&world, &["peer.test"]).await;
    world.peers.answer("peer.test", Answer::Status(401));
    world.run();
    world.post(bea.id, "hello", Audience::Public).await;
    world.arrivals("peer.test", 2).await;
    world.peers.answer("peer.test", Answer::Modern);
    world.sent().await;
    assert_eq!(counts(&world).await, (0, 0));
    world.stop().await;
}

/// Each of them is an error of its own; all of them are the host's.
#[actix_web::test]
async fn a_peer_that_answers_everything_with_an_error_is_left_alone() {
    each(|store| async move {
        let mut world = World::on(store, patient(60_000, 60_000)).await;
        let bea = author(&world, &["peer.test"]).await;
        world.peers.answer("peer.test", Answer::Status(500));
        world.run();
        for n in 0..30 {
            world
                .post(bea.id, &format!("post {n}"), Audience::Public)
                .await;
        }
        let paused = || async {
            let now = world.app.now();
            let host = host(&world, "peer.test").await?;
            (host.paused_until? > now).then_some(host)
        };
        let first = world.eventually("it is left alone", paused).await;
        assert!(first.failures >= 3, "{first:?}");
        tokio::time::sleep(Duration::from_millis(300)).await;
        let attempts = world.peers.arrived_at("peer.test").len();
        // Those under way beside the tenth, and no more.
        assert!((10..=13).contains(&attempts), "{attempts}");
        let failures = host(&world, "peer.test").await.unwrap().failures;
        // One asks whether it is back; an error says that it is not.
        world.app.clock.advance(Duration::from_secs(120));
        world
            .eventually("it is asked", || async {
                let host = paused().await?;
                (host.failures > failures).then_some(())
            })
            .await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(world.peers.arrived_at("peer.test").len(), attempts + 1);
        world.peers.answer("peer.test", Answer::Status(202));
        world.app.clock.advance(Duration::from_secs(120));
        world.sent().await;
        let host = host(&world, "peer.test").await.unwrap();
        assert_eq!(
            (host.failures, host.errors, host.failing_since),
            (0, 0, None)
        );
        world.stop().await;
    })
    .await;
}

#[actix_web::test]
async fn an_error_about_one_delivery_is_counted_once() {
    let mut world = World::with(Settings {
        delivery: Delivery {
            errors_before_pause: 2,
            backoff: Backoff {
                first: Duration::from_millis(20),
                most: Duration::from_millis(20),
            },
            ..settings().delivery
        },
        ..settings()
    })
    .await;
    let bea = author(&world, &["peer.test"]).await;
    world.peers.answer("peer.test", Answer::Status(500));
    world.run();
    world.post(bea.id, "they choke", Audience::Public).await;
    world.arrivals("peer.test", 5).await;
    let host = host(&world, "peer.test").await.unwrap();
    assert_eq!((host.errors, host.failures), (1, 0));
    world.stop().await;
}

#[actix_web::test]
async fn a_peer_that_is_dead_for_long_gets_what_is_for_somebody_by_name_alone() {
    each(|store| async move {
        let world = World::on(store, settings()).await;
        let fan = Person::new("peer.test", "fan");
        let bea = author(&world, &["peer.test"]).await;
        let sent = async |text: &str| {
            let id = world.post(bea.id, text, Audience::Public).await;
            rows(&world, id)
                .await
                .into_iter()
                .map(|row| row.priority)
                .collect::<Vec<_>>()
        };
        let failed = async |since: i64, last: i64| {
            let now = world.app.now();
            let host = Host {
                failures: 99,
                failing_since: Some(now - chrono::Duration::days(since)),
                last_failure_at: Some(now - chrono::Duration::hours(last)),
                ..Host::new("peer.test")
            };
            let write = world
                .app
                .store
                .write(move |tx| hosts::put(tx, std::slice::from_ref(&host)));
            write.await.unwrap();
        };
        failed(29, 1).await;
        assert_eq!(sent("not dead yet").await, [Priority::FanOut]);
        failed(31, 1).await;
        assert_eq!(sent("to all").await, []);
        assert_eq!(sent("for @fan@peer.test").await, [Priority::Direct]);
        // Nobody asked it for a day: it may be back.
        failed(31, 25).await;
        assert_eq!(sent("to all, tomorrow").await, [Priority::FanOut]);
        failed(31, 1).await;
        let like = fan.activity("1", "Like", &json!("http://peer.test/notes/1"));
        assert_eq!(world.receives(&fan, &like).await.0, 202);
        assert_eq!(sent("it lives").await, [Priority::FanOut]);
    })
    .await;
}

#[actix_web::test]
async fn that_somebody_is_gone_waits_for_what_others_say() {
    each(|store| async move {
        let mut one = settings();
        one.delivery.in_flight = 1;
        let mut world = World::on(store, one).await;
        let bea = author(&world, &["sloth.test", "planet.test"]).await;
        let cid = world.person("cid").await;
        for host in ["burrow.test", "fox.test", "other.test"] {
            world.known(&Person::new(host, "dan")).await;
        }
        world.run_queues();
        departures::delete(&world.app, cid.id).await.unwrap();
        world
            .eventually("all servers are to be told", || async {
                (counts(&world).await == (5, 0)).then_some(())
            })
            .await;
        world.post(bea.id, "still here", Audience::Public).await;
        world
            .eventually("and two of them of the post", || async {
                (counts(&world).await == (7, 0)).then_some(())
            })
            .await;
        world.run_engine();
        world.sent().await;
        let arrived = world.peers.arrived();
        let kinds: Vec<&str> = arrived.iter().map(Arrived::kind).collect();
        assert_eq!(kinds[..2], ["Create", "Create"], "{kinds:?}");
        assert_eq!(kinds[2..], ["Delete"; 5]);
        world.stop().await;
    })
    .await;
}
