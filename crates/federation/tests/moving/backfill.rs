//! What is missing of a thread or a profile is asked for, within bounds, and nobody is told of it.

use std::time::Duration;

use kontor_actions::{
    Limits, contexts,
    follows::{self, Options, Wish},
    posts,
    timelines::{self, Selection},
};
use kontor_domain::{audience::Viewer, page::Page, time};
use kontor_federation::settings::Settings;
use kontor_store::testing::{Backend, Fresh};
use serde_json::{Value, json};

use crate::{
    peer::Person,
    policy::everything,
    world::{World, settings},
};

fn answer(by: &Person, id: &str, to: &str) -> Value {
    let mut note = by.note(id, "answer");
    note["inReplyTo"] = json!(to);
    note
}

#[actix_web::test]
async fn a_thread_that_is_opened_brings_its_answers() {
    let mut world = World::with(Settings {
        backfill_posts_per_host: 3,
        ..settings()
    })
    .await;
    let bea = world.person("bea").await;
    let (ann, bob, cid) = (
        Person::new("peer.test", "ann"),
        Person::new("other.test", "bob"),
        Person::new("third.test", "cid"),
    );
    for person in [&ann, &bob, &cid] {
        person.lives(&world.peers);
    }
    let mut root = ann.note("root", &format!("hello @bea {}", bea.uri));
    root["replies"] = json!({"id": "http://peer.test/notes/root/replies", "type": "Collection"});
    root["context"] = json!("http://peer.test/contexts/1");
    world.peers.serve("http://peer.test/notes/root", &root);
    world.peers.serve(
        "http://peer.test/notes/root/replies",
        &json!({"id": "http://peer.test/notes/root/replies", "type": "Collection", "first": {
            "type": "CollectionPage", "partOf": "http://peer.test/notes/root/replies",
            "items": ["http://peer.test/notes/a", "http://other.test/notes/b"],
            "next": "http://peer.test/notes/root/replies?page=2"
        }}),
    );
    // The end of the list leads back to its start.
    world.peers.serve(
        "http://peer.test/notes/root/replies?page=2",
        &json!({"id": "http://peer.test/notes/root/replies?page=2", "type": "CollectionPage",
            "items": [answer(&ann, "own", "http://peer.test/notes/root"), {"id": "http://third.test/notes/lie", "type": "Note", "attributedTo": cid.uri, "content": "a lie"}],
            "next": "http://peer.test/notes/root/replies?page=2"}),
    );
    world.peers.serve(
        "http://peer.test/contexts/1",
        &json!({"id": "http://peer.test/contexts/1", "type": "OrderedCollection", "orderedItems": ["http://third.test/notes/c", "http://other.test/notes/b", "http://evil.test/notes/none"]}),
    );
    world.peers.serve(
        "http://peer.test/notes/a",
        &answer(&ann, "a", "http://peer.test/notes/root"),
    );
    let mut below = answer(&bob, "b", "http://peer.test/notes/root");
    below["replies"] = json!("http://other.test/notes/b/replies");
    below["to"] = json!([bea.uri, "https://www.w3.org/ns/activitystreams#Public"]);
    below["tag"] = json!([{"type": "Mention", "href": bea.uri}]);
    world.peers.serve("http://other.test/notes/b", &below);
    let items: Vec<Value> = (0..9)
        .map(|n| answer(&bob, &format!("b{n}"), "http://other.test/notes/b"))
        .collect();
    world.peers.serve(
        "http://other.test/notes/b/replies",
        &json!({"id": "http://other.test/notes/b/replies", "type": "Collection", "items": items}),
    );
    world.peers.serve(
        "http://third.test/notes/c",
        &answer(&cid, "c", "http://other.test/notes/b"),
    );
    world.run();
    let url = "http://peer.test/notes/root".parse().unwrap();
    let found = world
        .app
        .remote
        .resolve_url(&world.app, &url)
        .await
        .unwrap();
    let Some(kontor_actions::Found::Post(id)) = found else {
        panic!("{found:?}")
    };
    let below = world
        .eventually("the answers come", || async {
            let context = posts::context(&world.app, Viewer::Account(bea.id), id)
                .await
                .unwrap();
            (context.descendants.len() == 7).then_some(context.descendants)
        })
        .await;
    let uris: Vec<&str> = below.iter().map(|view| view.post.uri.as_str()).collect();
    for uri in [
        "http://peer.test/notes/a",
        "http://peer.test/notes/own",
        "http://other.test/notes/b",
        "http://third.test/notes/c",
    ] {
        assert!(uris.contains(&uri), "{uri}: {uris:?}");
    }
    // Of one host no more than allowed, however long its list.
    assert_eq!(
        uris.iter()
            .filter(|uri| uri.starts_with("http://other.test/notes/b") && uri.len() > 25)
            .count(),
        3
    );
    assert!(world.post_at("http://third.test/notes/lie").await.is_none());
    // Asked again at once, nobody is bothered.
    let before = world.peers.fetches("http://peer.test/contexts/1");
    posts::context(&world.app, Viewer::Account(bea.id), id)
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(world.peers.fetches("http://peer.test/contexts/1"), before);
    // A mention in an old answer is no news.
    let told = kontor_actions::notifications::unread(&world.app, bea.id, everything(), 10)
        .await
        .unwrap();
    assert_eq!(told, 0);
    world.stop().await;
}

/// Twenty answers, each with twenty, each with a list of its own: all of them share what is fetched for the post that was opened.
#[actix_web::test]
async fn a_tree_of_answers_is_followed_for_a_while() {
    let mut world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    let node = |id: &str, to: Option<&str>| {
        let mut note = ann.note(id, "and another");
        note["replies"] = json!(ann.url(&format!("/replies/{id}")));
        if let Some(to) = to {
            note["inReplyTo"] = json!(ann.url(&format!("/notes/{to}")));
        }
        note
    };
    let list = |id: &str| {
        let items: Vec<Value> = (0..20)
            .map(|n| node(&format!("{id}-{n}"), Some(id)))
            .collect();
        let at = ann.url(&format!("/replies/{id}"));
        world.peers.serve(
            &at,
            &json!({"id": at, "type": "Collection", "items": items}),
        );
    };
    world.peers.serve(&ann.url("/notes/r"), &node("r", None));
    list("r");
    for n in 0..20 {
        list(&format!("r-{n}"));
    }
    let url = ann.url("/notes/r").parse().unwrap();
    let found = world.app.remote.resolve_url(&world.app, &url).await;
    assert!(matches!(found, Ok(Some(kontor_actions::Found::Post(_)))));
    let before = world.peers.all_fetches();
    world.run();
    world
        .eventually("nothing more is asked for", || async {
            let depth = |queue| {
                world
                    .app
                    .store
                    .read(move |db| kontor_store::jobs::depth(db, queue))
            };
            let asking = depth("backfill").await.unwrap().0 + depth("threads").await.unwrap().0;
            (asking == 0).then_some(())
        })
        .await;
    let posts = world.account_at(&ann.uri).await.unwrap().statuses_count;
    assert_eq!(posts, 1 + 60);
    // The first list, and those of the posts below until nothing more was wanted.
    let asked = world.peers.all_fetches() - before;
    assert!((2..=8).contains(&asked), "{asked} requests");
    world.stop().await;
}

/// Each quotes another, without end.
#[actix_web::test]
async fn what_a_quoted_post_quotes_is_not_fetched() {
    let mut world = World::new().await;
    world.run_queues();
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let far = world.known(&ann).await;
    world.follows(&bea, &far).await;
    let link = |n: usize| {
        let mut note = ann.note(&n.to_string(), "see");
        note["quoteUri"] = json!(ann.url(&format!("/notes/{}", n + 1)));
        note
    };
    for n in 2..20 {
        world
            .peers
            .serve(&ann.url(&format!("/notes/{n}")), &link(n));
    }
    let create = ann.activity("1", "Create", &link(1));
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    world
        .eventually("what is quoted comes", || async {
            let depth = world
                .app
                .store
                .read(|db| kontor_store::jobs::depth(db, "threads"));
            let waiting = depth.await.unwrap().0;
            let there = world.post_at(&ann.url("/notes/2")).await.is_some();
            (there && waiting == 0).then_some(())
        })
        .await;
    assert!(world.post_at(&ann.url("/notes/3")).await.is_none());
    world.stop().await;
}

#[actix_web::test]
async fn a_new_followees_profile_is_not_empty() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    let mut document = ann.document();
    document["featured"] = json!("http://peer.test/users/ann/featured");
    world.peers.serve(&ann.uri, &document);
    let known = {
        let found = world
            .app
            .remote
            .resolve_url(&world.app, &ann.uri.parse().unwrap())
            .await
            .unwrap();
        let Some(kontor_actions::Found::Account(id)) = found else {
            panic!("{found:?}")
        };
        kontor_actions::accounts::get(&world.app, id).await.unwrap()
    };
    let now = world.app.now();
    let dated = |id: &str, days: i64| {
        let mut note = ann.note(id, "old");
        note["published"] = json!(kontor_domain::time::rfc3339(
            now - chrono::Duration::days(days)
        ));
        note
    };
    world.peers.serve("http://peer.test/users/ann/featured", &json!({"id": "http://peer.test/users/ann/featured", "type": "OrderedCollection", "orderedItems": [dated("pin", 900)]}));
    let page = "http://peer.test/users/ann/outbox?page=true";
    world.peers.serve("http://peer.test/users/ann/outbox", &json!({"id": "http://peer.test/users/ann/outbox", "type": "OrderedCollection", "first": page}));
    world
        .peers
        .serve("http://peer.test/notes/named", &dated("named", 3));
    let create = |note: Value| json!({"type": "Create", "actor": ann.uri, "object": note});
    let mut foreign = dated("foreign", 1);
    foreign["id"] = json!("http://other.test/notes/foreign");
    world.peers.serve(page, &json!({"id": page, "type": "OrderedCollectionPage", "orderedItems": [
        create(dated("new", 1)), create(json!("http://peer.test/notes/named")), create(dated("ancient", 400)), create(foreign),
        {"type": "Announce", "actor": ann.uri, "object": "http://other.test/notes/1"}
    ]}));
    world.run();
    for _ in 0..2 {
        let options = Options {
            show_reblogs: None,
            notify: None,
            languages: None,
        };
        let wish = Wish {
            follower: bea.id,
            target: known.id,
            uri: None,
            options,
        };
        follows::follow(&world.app, wish).await.unwrap();
    }
    let posts = world
        .eventually("the posts come", || async {
            let page = Page::first(20);
            let posts =
                timelines::account(&world.app, Viewer::Anyone, known.id, Selection::Open, page)
                    .await
                    .unwrap();
            (posts.len() == 3).then_some(posts)
        })
        .await;
    let uris: Vec<&str> = posts.iter().map(|view| view.post.uri.as_str()).collect();
    assert_eq!(
        uris,
        [
            "http://peer.test/notes/new",
            "http://peer.test/notes/named",
            "http://peer.test/notes/pin"
        ]
    );
    assert!(
        timelines::home(&world.app, bea.id, Page::first(20))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(world.peers.fetches("http://peer.test/users/ann/outbox"), 1);
    world.stop().await;
}

#[actix_web::test]
async fn a_thread_that_began_here_can_be_read_as_a_whole() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    world.run();
    let id = world
        .post(bea.id, "start", kontor_domain::audience::Audience::Public)
        .await;
    let uri = world.app.site.post(id);
    let note = world.get(&uri).await.1;
    let context = note["context"].as_str().unwrap().to_owned();
    let mut reply = answer(&ann, "1", &uri);
    reply["context"] = json!("http://peer.test/contexts/7");
    let create = ann.activity("1", "Create", &reply);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    let thread = world.get(&context).await.1;
    assert_eq!(
        (&thread["attributedTo"], &thread["totalItems"]),
        (&json!(bea.uri), &json!(2))
    );
    let page = world.get(thread["first"].as_str().unwrap()).await.1;
    // In the order of their age, and the answer says that it is older.
    let mut items: Vec<&str> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item.as_str().unwrap())
        .collect();
    items.sort_unstable();
    let mut wanted = vec![uri.as_str(), "http://peer.test/notes/1"];
    wanted.sort_unstable();
    assert_eq!(items, wanted);
    world.stop().await;
}

/// Longer than a post is given to have answers.
const WHILE: Duration = Duration::from_secs(11 * 60);

fn replies(by: &Person, id: &str) -> String {
    by.url(&format!("/notes/{id}/replies"))
}

/// A post that lists its answers, written just now.
fn fresh_note(world: &World, by: &Person, id: &str) -> Value {
    let mut note = by.note(id, "what do you say?");
    note["published"] = json!(time::rfc3339(world.app.now()));
    note["replies"] = json!(replies(by, id));
    note
}

/// One answer to a post stands in the list of them, and has a list of its own.
fn is_answered(world: &World, by: &Person, id: &str) -> String {
    let below = format!("{id}-below");
    let mut note = answer(by, &below, &by.url(&format!("/notes/{id}")));
    note["replies"] = json!(replies(by, &below));
    for (at, items) in [
        (replies(by, id), json!([note])),
        (replies(by, &below), json!([])),
    ] {
        let list = json!({"id": at, "type": "Collection", "items": items});
        world.peers.serve(&at, &list);
    }
    by.url(&format!("/notes/{below}"))
}

async fn comes(world: &World, by: &Person, id: &str, kind: &str, object: &Value) {
    let mut activity = by.activity(id, kind, object);
    activity["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
    let (status, why) = world.receives(by, &activity).await;
    assert_eq!(status, 202, "{why}");
    assert_eq!(world.outcome(&activity).await, "done");
}

async fn asks(world: &World) -> usize {
    contexts::ask_due(&world.app).await.unwrap()
}

async fn appears(world: &World, uri: &str) {
    world
        .eventually(uri, || async { world.post_at(uri).await })
        .await;
}

/// A world in which bea follows ann.
async fn following(fresh: &Fresh) -> (World, Person) {
    let limits = Limits {
        backfill_arrivals_per_host: 3,
        ..Limits::default()
    };
    let mut world = World::ruled(fresh.store(), settings(), limits).await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let far = world.known(&ann).await;
    world.follows(&bea, &far).await;
    world.run_queues();
    (world, ann)
}

async fn a_post_that_came_is_asked_about_when_it_may_have_answers(backend: Backend) {
    let fresh = Fresh::new(backend);
    let (mut world, ann) = following(&fresh).await;
    let below = is_answered(&world, &ann, "1");
    comes(&world, &ann, "1", "Create", &fresh_note(&world, &ann, "1")).await;
    let mut closed = fresh_note(&world, &ann, "closed");
    closed["to"] = json!([ann.url("/users/ann/followers")]);
    closed["cc"] = json!([]);
    comes(&world, &ann, "2", "Create", &closed).await;
    assert_eq!(asks(&world).await, 0);
    assert_eq!(world.peers.fetches(&replies(&ann, "1")), 0);

    world.app.clock.advance(WHILE);
    assert_eq!(asks(&world).await, 1);
    appears(&world, &below).await;
    // Once; and what came so is asked about by the same job, and no more.
    world.app.clock.advance(WHILE);
    world.app.clock.advance(WHILE);
    assert_eq!(asks(&world).await, 0);
    world
        .eventually("the answer is asked about", || async {
            (world.peers.fetches(&replies(&ann, "1-below")) == 1).then_some(())
        })
        .await;
    assert_eq!(world.peers.fetches(&replies(&ann, "1")), 1);
    assert_eq!(world.peers.fetches(&replies(&ann, "closed")), 0);
    world.stop().await;
}

#[actix_web::test]
async fn a_post_that_came_is_asked_about_when_it_may_have_answers_sqlite() {
    a_post_that_came_is_asked_about_when_it_may_have_answers(Backend::Sqlite).await;
}

#[actix_web::test]
async fn a_post_that_came_is_asked_about_when_it_may_have_answers_postgres() {
    a_post_that_came_is_asked_about_when_it_may_have_answers(Backend::Postgres).await;
}

async fn a_flood_of_posts_asks_little_of_a_server(backend: Backend) {
    let fresh = Fresh::new(backend);
    let (mut world, ann) = following(&fresh).await;
    for n in 0..6 {
        let mut note = fresh_note(&world, &ann, &format!("one-{n}"));
        note["context"] = json!(ann.url("/contexts/one"));
        comes(&world, &ann, &format!("one-{n}"), "Create", &note).await;
    }
    world.app.clock.advance(WHILE);
    assert_eq!(asks(&world).await, 1, "of a thread one");
    let mut last = fresh_note(&world, &ann, "late");
    last["context"] = json!(ann.url("/contexts/one"));
    // It came late, and the thread was asked about just now.
    last["published"] = json!("2026-01-02T03:04:05Z");
    comes(&world, &ann, "late", "Create", &last).await;
    assert_eq!(asks(&world).await, 0);

    for n in 0..6 {
        let note = fresh_note(&world, &ann, &format!("many-{n}"));
        comes(&world, &ann, &format!("many-{n}"), "Create", &note).await;
    }
    world.app.clock.advance(WHILE);
    assert_eq!(asks(&world).await, 3, "of a server so many");
    assert_eq!(asks(&world).await, 0, "and the others not later");
    world.stop().await;
}

#[actix_web::test]
async fn a_flood_of_posts_asks_little_of_a_server_sqlite() {
    a_flood_of_posts_asks_little_of_a_server(Backend::Sqlite).await;
}

#[actix_web::test]
async fn a_flood_of_posts_asks_little_of_a_server_postgres() {
    a_flood_of_posts_asks_little_of_a_server(Backend::Postgres).await;
}

async fn what_is_boosted_is_asked_about_at_once_with_what_began_its_thread(backend: Backend) {
    let fresh = Fresh::new(backend);
    let (mut world, ann) = following(&fresh).await;
    let bob = Person::new("other.test", "bob");
    bob.lives(&world.peers);
    let mut below = Vec::new();
    for (id, above) in [
        ("root", None),
        ("middle", Some("root")),
        ("boosted", Some("middle")),
    ] {
        let mut note = bob.note(id, "an old word");
        note["replies"] = json!(replies(&bob, id));
        if let Some(above) = above {
            note["inReplyTo"] = json!(bob.url(&format!("/notes/{above}")));
        }
        world.peers.serve(&bob.url(&format!("/notes/{id}")), &note);
        below.push(is_answered(&world, &bob, id));
    }
    let boosted = bob.url("/notes/boosted");
    comes(&world, &ann, "1", "Announce", &json!(boosted)).await;
    appears(&world, &bob.url("/notes/root")).await;
    assert_eq!(asks(&world).await, 2);
    appears(&world, &below[0]).await;
    appears(&world, &below[2]).await;
    assert_eq!(world.peers.fetches(&replies(&bob, "middle")), 0);
    assert!(world.post_at(&below[1]).await.is_none());
    world.stop().await;
}

#[actix_web::test]
async fn what_is_boosted_is_asked_about_at_once_with_what_began_its_thread_sqlite() {
    what_is_boosted_is_asked_about_at_once_with_what_began_its_thread(Backend::Sqlite).await;
}

#[actix_web::test]
async fn what_is_boosted_is_asked_about_at_once_with_what_began_its_thread_postgres() {
    what_is_boosted_is_asked_about_at_once_with_what_began_its_thread(Backend::Postgres).await;
}

#[actix_web::test]
async fn nothing_is_asked_that_nobody_opened_if_the_operators_say_so() {
    let mut world = World::with_limits(|limits| limits.backfill_delay = Duration::ZERO).await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let far = world.known(&ann).await;
    world.follows(&bea, &far).await;
    world.run_queues();
    comes(&world, &ann, "1", "Create", &fresh_note(&world, &ann, "1")).await;
    world.app.clock.advance(WHILE);
    assert_eq!(asks(&world).await, 0);
    world.stop().await;
}

#[actix_web::test]
async fn no_more_wait_to_be_asked_about_than_may() {
    let mut world = World::with_limits(|limits| limits.backfill_arrivals_waiting = 2).await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let far = world.known(&ann).await;
    world.follows(&bea, &far).await;
    world.run_queues();
    for id in ["1", "2", "3"] {
        comes(&world, &ann, id, "Create", &fresh_note(&world, &ann, id)).await;
    }
    world.stop().await;
    world.app.clock.advance(WHILE);
    assert_eq!(asks(&world).await, 2);
    let depth = world
        .app
        .store
        .read(|db| kontor_store::jobs::depth(db, contexts::ARRIVALS));
    assert_eq!(depth.await.unwrap(), (2, 0), "in a queue of their own");
}
