//! Threads that are opened bring what lists of several pages hold, and what is missing above.

use std::time::Duration;

use kontor_actions::{Limits, posts};
use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId},
};
use kontor_federation::settings::Settings;
use kontor_store::testing::{Backend, Fresh, each};
use serde_json::{Value, json};

use crate::{
    peer::Person,
    world::{World, settings},
};

/// Longer than what failed is remembered, and than a thread that was asked for is left alone.
const WHILE: Duration = Duration::from_secs(16 * 60);

fn answer(by: &Person, id: &str, to: &str) -> Value {
    let mut note = by.note(id, "answer");
    note["inReplyTo"] = json!(to);
    note
}

async fn opens(world: &World, reader: AccountId, uri: &str) -> PostId {
    let id = world.post_at(uri).await.unwrap().post.id;
    posts::context(&world.app, Viewer::Account(reader), id)
        .await
        .unwrap();
    id
}

async fn waiting(world: &World, queue: &'static str) -> i64 {
    let depth = world
        .app
        .store
        .read(move |db| kontor_store::jobs::depth(db, queue));
    depth.await.unwrap().0
}

async fn at_rest(world: &World) {
    world
        .eventually("nothing is asked for", || async {
            let all = waiting(world, "backfill").await + waiting(world, "threads").await;
            (all == 0).then_some(())
        })
        .await;
}

/// As NodeBB lists: the collection holds what its first page does, and each page names the first.
#[actix_web::test]
async fn a_list_is_read_to_its_end_though_each_page_names_the_first() {
    let mut world = World::with(Settings {
        backfill_posts: 5,
        ..settings()
    })
    .await;
    let bea = world.person("bea").await;
    let ann = Person::new("board.test", "ann");
    let known = world.known(&ann).await;
    world.follows(&bea, &known).await;
    let list = ann.url("/topic/1");
    let page = |number: usize| format!("{list}?page={number}");
    let mut root = ann.note("root", "a topic");
    root["context"] = json!(list);
    let entry = |n: usize| ann.url(&format!("/notes/{n}"));
    let items = |number: usize| json!([entry(2 * number - 1), entry(2 * number)]);
    for n in 1..=6 {
        let note = answer(&ann, &n.to_string(), &ann.url("/notes/root"));
        world.peers.serve(&entry(n), &note);
    }
    for number in 1..=3 {
        let mut body = json!({
            "id": page(number), "type": "OrderedCollectionPage", "partOf": list, "totalItems": 6,
            "orderedItems": items(number), "first": page(1), "last": page(3),
        });
        if number > 1 {
            body["prev"] = json!(page(number - 1));
        }
        if number < 3 {
            body["next"] = json!(page(number + 1));
        }
        world.peers.serve(&page(number), &body);
    }
    let collection = json!({
        "id": list, "type": "OrderedCollection", "totalItems": 6, "orderedItems": items(1),
        "first": page(1), "last": page(3),
    });
    world.peers.serve(&list, &collection);
    world.run();
    let create = ann.activity("1", "Create", &root);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    let id = opens(&world, bea.id, &ann.url("/notes/root")).await;
    // Five are wanted, and what is named twice is none of them.
    world
        .eventually("the answers of all pages come", || async {
            let context = posts::context(&world.app, Viewer::Account(bea.id), id)
                .await
                .unwrap();
            (context.descendants.len() == 5).then_some(())
        })
        .await;
    assert!(world.post_at(&entry(5)).await.is_some());
    assert_eq!(world.peers.fetches(&page(1)), 1);
    world.stop().await;
}

#[actix_web::test]
async fn a_post_whose_server_was_away_comes_when_an_answer_to_it_is_opened() {
    each(|store| async move {
        let mut world = World::on(store, settings()).await;
        let bea = world.person("bea").await;
        let (ann, bob) = (
            Person::new("peer.test", "ann"),
            Person::new("other.test", "bob"),
        );
        bob.lives(&world.peers);
        let known = world.known(&ann).await;
        world.follows(&bea, &known).await;
        world.run_queues();
        let parent = bob.url("/notes/parent");
        let create = ann.activity("1", "Create", &answer(&ann, "1", &parent));
        assert_eq!(world.receives(&ann, &create).await.0, 202);
        assert_eq!(world.outcome(&create).await, "done");
        at_rest(&world).await;
        assert_eq!(world.peers.fetches(&parent), 1);
        // The answer names neither a list of answers nor a thread.
        world
            .peers
            .serve(&parent, &bob.note("parent", "what do you say?"));
        world.app.clock.advance(WHILE);
        let id = opens(&world, bea.id, &ann.url("/notes/1")).await;
        let above = world
            .eventually("the post above comes", || async {
                let context = posts::context(&world.app, Viewer::Account(bea.id), id)
                    .await
                    .unwrap();
                context.ancestors.into_iter().next()
            })
            .await;
        assert_eq!(above.post.uri, parent);
        world.app.clock.advance(WHILE);
        opens(&world, bea.id, &ann.url("/notes/1")).await;
        assert_eq!(waiting(&world, "backfill").await, 0, "nothing is missing");
        world.stop().await;
    })
    .await;
}

#[actix_web::test]
async fn a_long_thread_goes_on_above_each_time_it_is_opened() {
    let mut world = World::with(Settings {
        thread_depth: 2,
        ..settings()
    })
    .await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    world.follows(&bea, &known).await;
    let uri = |n: usize| ann.url(&format!("/notes/{n}"));
    world.peers.serve(&uri(0), &ann.note("0", "the beginning"));
    for n in 1..6 {
        let note = answer(&ann, &n.to_string(), &uri(n - 1));
        world.peers.serve(&uri(n), &note);
    }
    world.run_queues();
    let create = ann.activity("1", "Create", &answer(&ann, "5", &uri(4)));
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    for first in [3, 1, 0] {
        world
            .eventually("two more come", || async {
                world.post_at(&uri(first)).await
            })
            .await;
        at_rest(&world).await;
        if first > 0 {
            assert!(world.post_at(&uri(first - 1)).await.is_none());
            world.app.clock.advance(WHILE);
            opens(&world, bea.id, &uri(5)).await;
        }
    }
    world.stop().await;
}

async fn a_flood_of_answers_asks_little_of_one_server(backend: Backend) {
    let fresh = Fresh::new(backend);
    let limits = Limits {
        ancestors_waiting_per_host: 2,
        ..Limits::default()
    };
    let mut world = World::ruled(fresh.store(), settings(), limits).await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    world.follows(&bea, &known).await;
    // What came first makes the key known; from then on no queue is needed.
    world.run_queues();
    let create = ann.activity("0", "Create", &ann.note("0", "hello"));
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    world.stop().await;
    for (n, host) in ["other.test", "other.test", "other.test", "third.test"]
        .into_iter()
        .enumerate()
    {
        let id = format!("answer-{n}");
        let note = answer(&ann, &id, &format!("http://{host}/notes/{n}"));
        let create = ann.activity(&id, "Create", &note);
        assert_eq!(world.receives(&ann, &create).await.0, 202);
        assert_eq!(world.outcome(&create).await, "done");
    }
    assert_eq!(waiting(&world, "threads").await, 3);
}

#[actix_web::test]
async fn a_flood_of_answers_asks_little_of_one_server_sqlite() {
    a_flood_of_answers_asks_little_of_one_server(Backend::Sqlite).await;
}

#[actix_web::test]
async fn a_flood_of_answers_asks_little_of_one_server_postgres() {
    a_flood_of_answers_asks_little_of_one_server(Backend::Postgres).await;
}
