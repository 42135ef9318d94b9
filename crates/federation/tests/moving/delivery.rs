//! Deliveries: again after a failure, in order, and never one host at the cost of another.

use std::time::{Duration, Instant};

use kontor_actions::{accounts::Account, posts};
use kontor_domain::{audience::Audience, ids::PostId};
use kontor_federation::{
    delivery::Settings as Delivery,
    settings::{Mode, Settings},
};
use kontor_jobs::Backoff;
use kontor_store::{
    deliveries::{self, Delivery as Row},
    hosts,
    testing::{Backend, Fresh, each, rows::remote_account},
};
use serde_json::json;

use crate::{
    peer::{Answer, Arrived, Person},
    world::{World, settings},
};

/// A person here who is followed from each of these hosts.
pub async fn author(world: &World, hosts: &[&str]) -> Account {
    let bea = world.person("bea").await;
    for host in hosts {
        let known = world.known(&Person::new(host, "fan")).await;
        world.follows(&known, &bea).await;
    }
    bea
}

pub async fn rows(world: &World, post: PostId) -> Vec<Row> {
    world
        .app
        .store
        .read(move |db| deliveries::of_post(db, post))
        .await
        .unwrap()
}

pub async fn counts(world: &World) -> (i64, i64) {
    let counts = world.app.store.read(deliveries::counts).await.unwrap();
    (counts.waiting, counts.failed)
}

fn kinds(arrived: &[Arrived]) -> Vec<&str> {
    arrived.iter().map(Arrived::kind).collect()
}

pub fn patient(first: u64, most: u64) -> Settings {
    let backoff = Backoff {
        first: Duration::from_millis(first),
        most: Duration::from_millis(most),
    };
    let delivery = Delivery {
        backoff,
        pause: backoff,
        ..settings().delivery
    };
    Settings {
        delivery,
        ..settings()
    }
}

#[actix_web::test]
async fn a_peer_that_was_down_gets_everything_in_order() {
    each(|store| async move {
        let mut world = World::on(store, settings()).await;
        let bea = author(&world, &["peer.test"]).await;
        world.peers.answer("peer.test", Answer::Status(502));
        world.run();
        let id = world.post(bea.id, "one", Audience::Public).await;
        let other = world.post(bea.id, "another", Audience::Public).await;
        world.arrivals("peer.test", 2).await;
        let text = posts::Text {
            text: "two".to_owned(),
            ..posts::Text::default()
        };
        posts::rewrite(&world.app, bea.id, id, text).await.unwrap();
        world
            .eventually("the edit waits behind the post", || async {
                (rows(&world, id).await.len() == 2).then_some(())
            })
            .await;
        posts::delete(&world.app, bea.id, id, posts::Files::Go)
            .await
            .unwrap();
        world.arrivals("peer.test", 5).await;
        world.peers.answer("peer.test", Answer::Status(202));
        let before = world.peers.arrived_at("peer.test").len();
        world.sent().await;
        let arrived = world.peers.arrived_at("peer.test");
        let uri = world.app.site.post(id);
        let of_one: Vec<&Arrived> = arrived[before.saturating_sub(1)..]
            .iter()
            .filter(|arrived| arrived.body["object"]["id"] == uri)
            .collect();
        let order: Vec<&str> = of_one.iter().map(|arrived| arrived.kind()).collect();
        assert!(
            order.ends_with(&["Create", "Update", "Delete"]),
            "{order:?}"
        );
        let all = kinds(&arrived);
        assert!(!all[..before].contains(&"Update"), "{all:?}");
        assert_eq!(rows(&world, other).await[0].last_status, Some(202));
        assert_eq!(counts(&world).await, (0, 0));
        let host = world
            .app
            .store
            .read(|db| hosts::by_host(db, "peer.test"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((host.failures, host.paused_until), (0, None));
        world.stop().await;
    })
    .await;
}

#[actix_web::test]
async fn a_host_that_hangs_delays_nobody_else() {
    let mut slow = settings();
    slow.delivery.timeout = Duration::from_secs(6);
    let mut world = World::with(slow).await;
    let bea = author(&world, &["slow.test", "peer.test"]).await;
    world.peers.answer("slow.test", Answer::Hang);
    world.run();
    let start = Instant::now();
    for n in 0..12 {
        world
            .post(bea.id, &format!("post {n}"), Audience::Public)
            .await;
    }
    world.arrivals("peer.test", 12).await;
    assert!(
        start.elapsed() < Duration::from_secs(6),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(world.peers.most_under_way("slow.test"), 4);
    world
        .eventually("only the slow ones wait", || async {
            (counts(&world).await == (12, 0)).then_some(())
        })
        .await;
    world.stop().await;
}

#[actix_web::test]
async fn a_dead_host_is_left_alone_until_it_speaks() {
    let mut world = World::with(patient(60_000, 60_000)).await;
    let bea = author(&world, &["peer.test"]).await;
    world.peers.answer("peer.test", Answer::Status(503));
    world.run();
    for n in 0..30 {
        world
            .post(bea.id, &format!("post {n}"), Audience::Public)
            .await;
    }
    let host = || world.app.store.read(|db| hosts::by_host(db, "peer.test"));
    world
        .eventually("it is left alone", || async {
            host()
                .await
                .unwrap()
                .filter(|host| host.paused_until.is_some())
        })
        .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let attempts = world.peers.arrived_at("peer.test").len();
    // Those under way when the third failed, and no more: thirty posts are no thirty attempts.
    assert!((3..=7).contains(&attempts), "{attempts}");
    // It speaks to us, so it lives: all that waits goes at once, long before the pause would end.
    world.peers.answer("peer.test", Answer::Status(202));
    let fan = Person::new("peer.test", "fan");
    let like = fan.activity("1", "Like", &json!("http://peer.test/notes/1"));
    assert_eq!(world.receives(&fan, &like).await.0, 202);
    world.arrivals("peer.test", attempts + 26).await;
    assert_eq!(host().await.unwrap().unwrap().paused_until, None);
    world.stop().await;
}

#[actix_web::test]
async fn a_failing_host_is_asked_by_one_at_a_time() {
    let mut world = World::with(patient(30, 30)).await;
    let bea = author(&world, &["peer.test"]).await;
    world.peers.answer("peer.test", Answer::Status(504));
    world.run();
    for n in 0..20 {
        world
            .post(bea.id, &format!("post {n}"), Audience::Public)
            .await;
    }
    let attempts = world.arrivals("peer.test", 8).await.len();
    world.peers.forget_most();
    world.arrivals("peer.test", attempts + 10).await;
    assert_eq!(world.peers.most_under_way("peer.test"), 1);
    world.peers.answer("peer.test", Answer::Status(202));
    world.sent().await;
    world.stop().await;
}

#[actix_web::test]
async fn an_error_of_theirs_holds_up_only_what_it_is_about() {
    let mut world = World::with(patient(60_000, 60_000)).await;
    let bea = author(&world, &["peer.test"]).await;
    world.peers.answer("peer.test", Answer::Status(500));
    world.run();
    let first = world
        .post(bea.id, "they choke on this", Audience::Public)
        .await;
    world.arrivals("peer.test", 1).await;
    world.peers.answer("peer.test", Answer::Status(202));
    world
        .post(bea.id, "but not on this", Audience::Public)
        .await;
    let arrived = world.arrivals("peer.test", 2).await;
    assert!(arrived[1].body.to_string().contains("not on this"));
    assert_eq!(rows(&world, first).await[0].delivered_at, None);
    world.stop().await;
}

#[actix_web::test]
async fn a_host_that_asks_for_time_gets_it() {
    let mut world = World::new().await;
    let bea = author(&world, &["peer.test"]).await;
    world
        .peers
        .answer("peer.test", Answer::Wait(429, "1".to_owned()));
    world.run();
    world.post(bea.id, "one", Audience::Public).await;
    world
        .eventually("it is heard", || async {
            let host = world
                .app
                .store
                .read(|db| hosts::by_host(db, "peer.test"))
                .await
                .unwrap();
            host.filter(|host| host.paused_until.is_some())
        })
        .await;
    world.peers.answer("peer.test", Answer::Status(202));
    world.post(bea.id, "two", Audience::Public).await;
    world.sent().await;
    let arrived = world.peers.arrived_at("peer.test");
    assert_eq!(arrived.len(), 3);
    let waited = arrived[1].at - arrived[0].at;
    assert!(waited > Duration::from_millis(950), "{waited:?}");
    world.stop().await;
}

#[actix_web::test]
async fn what_is_too_old_is_given_up() {
    let mut settings = settings();
    settings.delivery.give_up_after = Duration::from_secs(60 * 60);
    let mut world = World::with(settings).await;
    let bea = author(&world, &["peer.test"]).await;
    world.peers.answer("peer.test", Answer::Status(500));
    world.run();
    world.post(bea.id, "hello", Audience::Public).await;
    world.arrivals("peer.test", 3).await;
    assert_eq!(counts(&world).await, (1, 0));
    world.app.clock.advance(Duration::from_secs(2 * 60 * 60));
    world
        .eventually("it is given up", || async {
            (counts(&world).await == (0, 1)).then_some(())
        })
        .await;
    world.stop().await;
}

/// One attempt a pause is made there, and so the age of what waits is looked at without one.
#[actix_web::test]
async fn what_waits_too_long_for_a_dead_host_is_given_up_all_at_once() {
    each(|store| async move {
        let mut settings = patient(60_000, 60_000);
        settings.delivery.give_up_after = Duration::from_secs(60 * 60);
        let mut world = World::on(store, settings).await;
        let bea = author(&world, &["peer.test"]).await;
        world.peers.answer("peer.test", Answer::Status(504));
        world.run();
        for n in 0..12 {
            world
                .post(bea.id, &format!("post {n}"), Audience::Public)
                .await;
        }
        world
            .eventually("all wait, and it is left alone", || async {
                let host = world.app.store.read(|db| hosts::by_host(db, "peer.test"));
                let paused = host.await.unwrap()?.paused_until.is_some();
                (paused && counts(&world).await == (12, 0)).then_some(())
            })
            .await;
        let attempts = world.peers.arrived_at("peer.test").len();
        // Nobody has to be asked for it.
        world.peers.answer("peer.test", Answer::Hang);
        world.app.clock.advance(Duration::from_secs(2 * 60 * 60));
        world
            .eventually("they are given up", || async {
                let (waiting, failed) = counts(&world).await;
                (failed >= 11 && waiting <= 1).then_some(())
            })
            .await;
        assert!(world.peers.arrived_at("peer.test").len() <= attempts + 1);
        world.stop().await;
        assert_eq!(counts(&world).await, (0, 12));
    })
    .await;
}

#[actix_web::test]
async fn nothing_is_made_for_a_host_that_may_not_be_asked() {
    let mut world = World::with(Settings {
        mode: Mode::Allowlist,
        allowed: ["peer.test".to_owned()].into(),
        ..settings()
    })
    .await;
    let bea = author(&world, &["peer.test"]).await;
    // Known from a time when the list was longer.
    let former = remote_account(7, "fan", "other.test");
    let row = former.clone();
    let insert = move |tx: &mut kontor_store::Tx<'_>| kontor_store::accounts::insert(tx, &row);
    world.app.store.write(insert).await.unwrap();
    world.follows(&former, &bea).await;
    world.run();
    let id = world.post(bea.id, "hello", Audience::Public).await;
    world.arrivals("peer.test", 1).await;
    world.sent().await;
    let hosts: Vec<String> = rows(&world, id)
        .await
        .into_iter()
        .map(|row| row.host)
        .collect();
    assert_eq!(hosts, ["peer.test"]);
    // The follow stands, for the day when the list is longer again.
    let followers = world.account_at(&bea.uri).await.unwrap().followers_count;
    assert_eq!(followers, 2);
    world.stop().await;
}

#[actix_web::test]
async fn a_restart_loses_nothing_and_a_stop_waits_for_what_is_under_way() {
    let mut world = World::new().await;
    let bea = author(&world, &["peer.test", "slow.test"]).await;
    world.peers.answer("slow.test", Answer::Hang);
    world.run();
    let id = world.post(bea.id, "hello", Audience::Public).await;
    world.arrivals("peer.test", 1).await;
    world.arrivals("slow.test", 1).await;
    world.stop().await;
    assert_eq!(counts(&world).await, (1, 0));
    let tried = rows(&world, id).await;
    let slow = tried.iter().find(|row| row.host == "slow.test").unwrap();
    assert_eq!(
        (slow.attempts, slow.last_error.as_deref()),
        (1, Some("no answer in time")),
        "it was waited for"
    );
    world.peers.answer("slow.test", Answer::Status(202));
    world.run();
    world.sent().await;
    assert_eq!(
        world.peers.arrived_at("peer.test").len(),
        1,
        "what was delivered is not sent again"
    );
    assert!(world.peers.arrived_at("slow.test").len() >= 2);
    world.stop().await;
}

#[actix_web::test]
async fn many_followers_are_many_requests_but_one_for_each_server() {
    each(|store| async move {
        let mut world = World::on(store, settings()).await;
        let bea = world.person("bea").await;
        for host in ["peer.test", "other.test", "third.test"] {
            for n in 0..5 {
                let known = world.known(&Person::new(host, &format!("fan{n}"))).await;
                world.follows(&known, &bea).await;
            }
        }
        world.run();
        for n in 0..20 {
            world
                .post(bea.id, &format!("post {n}"), Audience::Public)
                .await;
        }
        world.sent().await;
        for host in ["peer.test", "other.test", "third.test"] {
            let arrived = world.peers.arrived_at(host);
            let mut ids: Vec<String> = arrived
                .iter()
                .map(|arrived| arrived.body["id"].to_string())
                .collect();
            ids.sort();
            ids.dedup();
            assert_eq!((arrived.len(), ids.len()), (20, 20), "{host}");
        }
        world.stop().await;
    })
    .await;
}

#[actix_web::test]
async fn hosts_that_hang_hold_up_nobody_even_if_there_are_more_of_them_than_requests() {
    let mut few = settings();
    few.delivery.in_flight = 2;
    few.delivery.stalled_after = Duration::from_millis(100);
    few.delivery.timeout = Duration::from_secs(8);
    let mut world = World::with(few).await;
    let hanging = [
        "slow.test",
        "sloth.test",
        "third.test",
        "other.test",
        "fox.test",
    ];
    let bea = author(&world, &[&hanging[..], &["peer.test"]].concat()).await;
    for host in hanging {
        world.peers.answer(host, Answer::Hang);
    }
    world.run();
    let start = Instant::now();
    for n in 0..4 {
        world
            .post(bea.id, &format!("post {n}"), Audience::Public)
            .await;
    }
    world.arrivals("peer.test", 4).await;
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    // Each of them has what was under way before it was known to hang, and no more.
    for host in hanging {
        assert!(world.peers.arrived_at(host).len() <= 2, "{host}");
    }
    world.stop().await;
}

#[actix_web::test]
async fn whoever_is_addressed_gets_it_first() {
    let mut one = settings();
    one.delivery.in_flight = 1;
    let mut world = World::with(one).await;
    let hosts = [
        "burrow.test",
        "fox.test",
        "other.test",
        "peer.test",
        "planet.test",
    ];
    let bea = author(&world, &hosts).await;
    // Known, and after the others by name: it goes first for no other reason.
    world.known(&Person::new("third.test", "dan")).await;
    world.run_queues();
    world
        .post(bea.id, "for @dan@third.test", Audience::Public)
        .await;
    world
        .eventually("all wait", || async {
            (counts(&world).await == (6, 0)).then_some(())
        })
        .await;
    world.run_engine();
    world.sent().await;
    let order: Vec<String> = world
        .peers
        .arrived()
        .into_iter()
        .map(|arrived| arrived.host)
        .collect();
    assert_eq!(
        order.first().map(String::as_str),
        Some("third.test"),
        "{order:?}"
    );
    assert_eq!(order.len(), 6);
    world.stop().await;
}

/// No queue runs.
#[actix_web::test]
async fn what_is_sent_of_a_post_is_written_with_it_unless_many_follow() {
    let world = World::with_limits(|limits| limits.homes_at_once = 1).await;
    let bea = author(&world, &["peer.test"]).await;
    world.post(bea.id, "to one", Audience::Public).await;
    assert_eq!(counts(&world).await, (1, 0));
    let dan = world.known(&Person::new("other.test", "dan")).await;
    world.follows(&dan, &bea).await;
    world.post(bea.id, "to two", Audience::Public).await;
    assert_eq!(counts(&world).await, (1, 0));
}

#[actix_web::test]
async fn two_engines_share_the_work_and_send_nothing_twice() {
    let fresh = Fresh::new(Backend::Postgres);
    let mut world = World::on(fresh.store(), settings()).await;
    let hosts = ["peer.test", "other.test", "third.test"];
    let bea = author(&world, &hosts).await;
    world.run();
    world.run_engine();
    for n in 0..30 {
        world
            .post(bea.id, &format!("post {n}"), Audience::Public)
            .await;
    }
    world.sent().await;
    for host in hosts {
        let ids: std::collections::BTreeSet<String> = world
            .peers
            .arrived_at(host)
            .iter()
            .map(|arrived| arrived.body["id"].to_string())
            .collect();
        assert_eq!(
            (world.peers.arrived_at(host).len(), ids.len()),
            (30, 30),
            "{host}"
        );
    }
    world.stop().await;
}

#[actix_web::test]
async fn of_two_engines_one_asks_a_failing_host() {
    let fresh = Fresh::new(Backend::Postgres);
    let mut world = World::on(fresh.store(), patient(60, 60)).await;
    let bea = author(&world, &["peer.test"]).await;
    world.peers.answer("peer.test", Answer::Status(504));
    world.run();
    world.run_engine();
    for n in 0..12 {
        world
            .post(bea.id, &format!("post {n}"), Audience::Public)
            .await;
    }
    let attempts = world.arrivals("peer.test", 12).await.len();
    world.peers.answer("peer.test", Answer::Hang);
    let arrived = world.arrivals("peer.test", attempts + 4).await;
    // None came before the one before it was given up. (The first ones may have been answered still.)
    for pair in arrived[attempts + 1..].windows(2) {
        let apart = pair[1].at - pair[0].at;
        assert!(apart > Duration::from_millis(650), "{apart:?}");
    }
    world.peers.answer("peer.test", Answer::Status(202));
    world.sent().await;
    world.stop().await;
}
