//! What is sent is written with its cause: by several at once, in its order, and whatever ends or fails in between.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use kontor_actions::{
    App, Result,
    accounts::{self, Account, ProfileChange},
    follows::{self, Options, Wish},
    posts::{self, Arrival, Beside, ContentType, Created, InGroup, NewPost, Parts},
};
use kontor_domain::{audience::Audience, ids::AccountId};
use kontor_store::{
    Tx, deliveries,
    testing::{Backend, Fresh, each},
};
use serde_json::json;

use crate::{
    peer::Person,
    world::{World, settings},
};

/// A post made ready here.
fn written(text: &str) -> NewPost {
    NewPost {
        uri: None,
        url: None,
        content: format!("<p>{text}</p>"),
        text: text.to_owned(),
        content_type: ContentType::Plain,
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        audience: Audience::Public,
        parent: None,
        mentioned: Vec::new(),
        tags: Vec::new(),
        published: None,
        edited_at: None,
        application: None,
        idempotency_key: Some(text.to_owned()),
        parts: Parts::default(),
        group: InGroup::default(),
    }
}

/// Before the first run ends, everybody else's is awaited.
struct Meeting {
    runs: Arc<AtomicU32>,
    others: Arc<Barrier>,
    met: AtomicBool,
}

impl Beside for Meeting {
    fn before(&self, _: &App, _: &mut Tx<'_>, _: &Account) -> Result<()> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn after(&self, _: &App, _: &mut Tx<'_>) -> Result<()> {
        if !self.met.swap(true, Ordering::SeqCst) {
            self.others.wait();
        }
        Ok(())
    }
}

async fn waiting(world: &World) -> i64 {
    let counts = world.app.store.read(deliveries::counts).await;
    counts.unwrap().waiting
}

/// Two processes on one database.
#[actix_web::test]
async fn two_who_follow_each_other_post_at_once_and_neither_begins_anew() {
    let fresh = Fresh::new(Backend::Postgres);
    let worlds = [
        World::on(fresh.store(), settings()).await,
        World::on(fresh.store(), settings()).await,
    ];
    let world = &worlds[0];
    let (ann, bea) = (world.person("ann").await, world.person("bea").await);
    world.follows(&ann, &bea).await;
    world.follows(&bea, &ann).await;
    for host in ["peer.test", "other.test"] {
        let fan = world.known(&Person::new(host, "fan")).await;
        world.follows(&fan, &ann).await;
        world.follows(&fan, &bea).await;
    }
    // As after a while: what was changed before takes no room on the page.
    fresh.execute("VACUUM FULL accounts");
    let (runs, others) = (Arc::new(AtomicU32::new(0)), Arc::new(Barrier::new(2)));
    let post = |app: App, by: AccountId| {
        let meeting = Arc::new(Meeting {
            runs: runs.clone(),
            others: others.clone(),
            met: AtomicBool::new(false),
        });
        let new = written(&format!("by {by}"));
        async move { posts::create_with(&app, by, new, Arrival::Written, meeting).await }
    };
    let both = tokio::join!(
        post(worlds[0].app.clone(), ann.id),
        post(worlds[1].app.clone(), bea.id)
    );
    for made in [both.0, both.1] {
        assert!(matches!(made, Ok(Created::New(_))), "{made:?}");
    }
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(waiting(world).await, 4);
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
