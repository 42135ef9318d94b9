//! What is sent is written with its cause: by several at once, in its order, and whatever ends or fails in between.

use std::time::{Duration, Instant};

use kontor_actions::{
    accounts::{self, Account, ProfileChange},
    follows::{self, Options, Wish},
};
use kontor_domain::audience::Audience;
use kontor_store::{
    deliveries,
    testing::{Backend, Fresh, each},
};
use serde_json::json;

use crate::{
    peer::Person,
    world::{World, settings},
};

async fn waiting(world: &World) -> i64 {
    let counts = world.app.store.read(deliveries::counts).await;
    counts.unwrap().waiting
}

fn wish(follower: &Account, target: &Account, number: u32) -> Wish {
    let options = Options {
        show_reblogs: None,
        notify: None,
        languages: None,
    };
    Wish {
        follower: follower.id,
        target: target.id,
        uri: Some(format!("{}/follows/{number}", follower.uri)),
        options,
    }
}

/// No queue runs: who is let in reads what is posted next.
#[actix_web::test]
async fn whoever_is_let_in_hears_of_it_before_they_are_sent_a_post() {
    each(|store| async move {
        let mut one_by_one = settings();
        one_by_one.delivery.in_flight_per_host = 1;
        let mut world = World::on(store, one_by_one).await;
        let bea = world.person("bea").await;
        let locked = ProfileChange {
            locked: Some(true),
            ..ProfileChange::default()
        };
        accounts::update_profile(&world.app, bea.id, locked)
            .await
            .unwrap();
        // Of what happened until here nobody is told.
        let cat = world.person("cat").await;
        world.follows(&cat, &bea).await;
        let zoe = world.known(&Person::new("peer.test", "zoe")).await;
        let app = world.app.clone();
        let let_in = async |number| {
            follows::follow(&app, wish(&zoe, &bea, number))
                .await
                .unwrap();
            follows::accept(&app, bea.id, zoe.id).await.unwrap();
        };
        let_in(1).await;
        world.post(bea.id, "at once", Audience::Followers).await;
        assert_eq!(waiting(&world).await, 2);
        world.run_engine();
        world.arrivals("peer.test", 2).await;
        // What ended is told before what begins anew.
        follows::reject(&app, bea.id, zoe.id).await.unwrap();
        let_in(2).await;
        world.run_queues();
        let arrived = world.arrivals("peer.test", 4).await;
        let said: Vec<(&str, &str)> = arrived
            .iter()
            .map(|one| (one.kind(), one.body["object"]["id"].as_str().unwrap()))
            .collect();
        let [first, second] = [1, 2].map(|number| format!("{}/follows/{number}", zoe.uri));
        assert_eq!((said[0], said[1].0), (("Accept", first.as_str()), "Create"));
        assert_eq!(
            said[2..],
            [("Reject", first.as_str()), ("Accept", second.as_str())]
        );
        world.stop().await;
    })
    .await;
}

/// Another process wrote it and ended before it could say so.
#[actix_web::test]
async fn what_nobody_was_told_of_is_sent_within_seconds() {
    let fresh = Fresh::new(Backend::Postgres);
    let mut world = World::on(fresh.store(), settings()).await;
    let bea = world.person("bea").await;
    let fan = world.known(&Person::new("peer.test", "fan")).await;
    world.follows(&fan, &bea).await;
    world.run_engine();
    world.post(bea.id, "heard of", Audience::Public).await;
    world.arrivals("peer.test", 1).await;
    let (activity, delivery) = (world.app.id(), world.app.id());
    let body = json!({"id": "http://here.test/activities/1", "type": "Create", "actor": bea.uri});
    let (by, now) = (bea.id, "now() AT TIME ZONE 'utc'");
    fresh.execute(&format!(
        "INSERT INTO activities (id, uri, account_id, body, object_uri, created_at) \
         VALUES ({activity}, 'http://here.test/activities/1', {by}, '{body}', 'o', {now}); \
         INSERT INTO deliveries (id, activity_id, host, inbox_url, object_uri, priority, next_attempt_at, created_at) \
         VALUES ({delivery}, {activity}, 'peer.test', 'http://peer.test/inbox', 'o', 1, {now}, {now})"
    ));
    let begun = Instant::now();
    let arrived = world.arrivals("peer.test", 2).await;
    assert_eq!(arrived[1].body, body);
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    world.stop().await;
}
