//! What the inbox takes and what it refuses: each with its status, and a refusal changes nothing.

use std::time::Duration;

use futures_util::future::join_all;
use kontor_federation::settings::{Mode, Settings};
use kontor_store::testing::{Backend, Fresh};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{
    peer::{Letter, OTHER, Person},
    world::{HERE, World, settings},
};

fn ann() -> Person {
    Person::new("peer.test", "ann")
}

fn inbox() -> String {
    format!("http://{HERE}/inbox")
}

/// Refused with this status and a reason that says as much, and nothing is kept of it.
async fn refused(world: &World, letter: Letter, activity: &Value, status: u16, reason: &str) {
    let (got, why) = letter.send(&world.net).await;
    assert_eq!(got, status, "{why}");
    assert!(why.contains(reason), "{why}");
    assert!(activity.is_null() || !world.has_received(activity).await);
}

#[actix_web::test]
async fn an_activity_is_taken_once() {
    let mut world = World::new().await;
    let ann = ann();
    ann.lives(&world.peers);
    let bea = world.person("bea").await;
    let known = world.known(&ann).await;
    world.follows(&bea, &known).await;
    world.run();
    let note = ann.note("1", "hello");
    let create = ann.activity("1", "Create", &note);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    let again = ann.activity("2", "Create", &note);
    assert_eq!(world.receives(&ann, &again).await.0, 202);
    assert_eq!(world.outcome(&again).await, "done");
    let post = world.post_at("http://peer.test/notes/1").await.unwrap();
    assert_eq!(post.post.content, "<p>hello</p>");
    assert_eq!(world.account_at(&ann.uri).await.unwrap().statuses_count, 1);
    world.stop().await;
}

#[actix_web::test]
async fn every_forgery_is_refused() {
    let world = World::new().await;
    let ann = ann();
    ann.lives(&world.peers);
    let mallory = Person {
        key: &OTHER,
        ..Person::new("evil.test", "mallory")
    };
    mallory.lives(&world.peers);
    let create = ann.activity("1", "Create", &ann.note("1", "hello"));
    let now = world.app.now().and_utc();

    let mut unsigned = world.letter(&ann, &create);
    unsigned.headers.retain(|(name, _)| name != "signature");
    refused(&world, unsigned, &create, 401, "`signature` is missing").await;

    let mut garbled = world.letter(&ann, &create);
    garbled.set("signature", "keyId");
    refused(&world, garbled, &create, 400, "signature header").await;

    let wrong = Person {
        key: &OTHER,
        ..ann.clone()
    };
    refused(
        &world,
        world.letter(&wrong, &create),
        &create,
        401,
        "does not match",
    )
    .await;

    for hours in [-2, 2] {
        let date = now + chrono::Duration::hours(hours);
        let stale = Letter::new(&ann, &inbox(), &create, date);
        let reason = if hours < 0 {
            "too old"
        } else {
            "in the future"
        };
        refused(&world, stale, &create, 401, reason).await;
    }

    let mut tampered = world.letter(&ann, &create);
    tampered.body = String::from_utf8(tampered.body)
        .unwrap()
        .replace("hello", "jello")
        .into_bytes();
    refused(&world, tampered, &create, 401, "digest").await;

    let mut elsewhere = world.letter(&ann, &create);
    elsewhere.url = format!("http://{HERE}/actor/inbox").parse().unwrap();
    refused(&world, elsewhere, &create, 401, "does not match").await;

    refused(
        &world,
        world.letter(&mallory, &create),
        &create,
        403,
        "not that of `actor`",
    )
    .await;

    let foreign_id = json!({"id": "http://peer.test/activities/9", "type": "Create", "actor": mallory.uri, "object": {}});
    refused(
        &world,
        world.letter(&mallory, &foreign_id),
        &foreign_id,
        403,
        "`id` is on another server",
    )
    .await;

    let foreign_object = mallory.activity("1", "Create", &ann.note("9", "forged"));
    refused(
        &world,
        world.letter(&mallory, &foreign_object),
        &foreign_object,
        403,
        "`object` is on another",
    )
    .await;

    let ours = json!({"id": format!("http://{HERE}/activities/1"), "type": "Create", "actor": format!("http://{HERE}/users/1"), "object": {}});
    refused(
        &world,
        world.letter(&ann, &ours),
        &ours,
        403,
        "of this server",
    )
    .await;

    assert!(world.post_at("http://peer.test/notes/9").await.is_none());
    assert!(world.post_at("http://peer.test/notes/1").await.is_none());
}

#[actix_web::test]
async fn what_cannot_be_read_says_why() {
    let world = World::new().await;
    let ann = ann();
    ann.lives(&world.peers);
    let now = world.app.now().and_utc();
    let raw = |body: &str| Letter::raw(&ann, &inbox(), body.as_bytes().to_vec(), now);
    let nothing = Value::Null;
    refused(&world, raw("not json"), &nothing, 400, "not JSON").await;
    refused(&world, raw("[]"), &nothing, 400, "not a JSON object").await;
    refused(&world, raw("{\"a\":\"\u{0}\"}"), &nothing, 400, "not JSON").await;
    refused(
        &world,
        raw(&"{\"a\":".repeat(5000)),
        &nothing,
        400,
        "levels deep",
    )
    .await;
    refused(
        &world,
        raw(r#"{"type":"Like","actor":"http://peer.test/users/ann"}"#),
        &nothing,
        400,
        "`id` is missing",
    )
    .await;
    refused(
        &world,
        raw(r#"{"id":"http://peer.test/1","actor":"http://peer.test/users/ann"}"#),
        &nothing,
        400,
        "`type`",
    )
    .await;
    refused(
        &world,
        raw(r#"{"id":"http://peer.test/1","type":"Like"}"#),
        &nothing,
        400,
        "`actor` is missing",
    )
    .await;
    refused(
        &world,
        raw(r#"{"id":"x","type":"Like","actor":"http://peer.test/users/ann"}"#),
        &nothing,
        400,
        "`id` is not",
    )
    .await;
    let mut html = raw("{}");
    html.set("content-type", "text/html");
    refused(&world, html, &nothing, 415, "Content-Type").await;
    let huge = Letter::raw(&ann, &inbox(), vec![b' '; (1 << 20) + 1], now);
    refused(&world, huge, &nothing, 413, "larger than 1048576 bytes").await;
    // Misskey and others say what it is with parameters, and in the other way.
    let mut other = world.letter(
        &ann,
        &ann.activity("1", "Like", &json!("http://peer.test/notes/1")),
    );
    other.set("accept", "*/*");
    assert_eq!(other.send(&world.net).await.0, 202);
    assert_eq!(
        world.peers.fetches(&ann.uri),
        1,
        "only the one that could be read led to a fetch"
    );
}

/// Speaks to the inbox byte by byte.
async fn conversation(world: &World, head: &str, body: &[u8]) -> String {
    let mut stream = tokio::net::TcpStream::connect(world.here).await.unwrap();
    stream
        .write_all(format!("POST /inbox HTTP/1.1\r\nHost: {HERE}\r\n{head}\r\n\r\n").as_bytes())
        .await
        .unwrap();
    // The other side may have heard enough before all of it was said.
    let _heard = stream.write_all(body).await;
    let mut answer = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer))
        .await
        .unwrap()
        .unwrap();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

#[actix_web::test]
async fn a_body_without_end_is_not_waited_for() {
    let world = World::new().await;
    let kind = "Content-Type: application/activity+json";
    let stalled = conversation(&world, &format!("{kind}\r\nContent-Length: 100"), b"{").await;
    assert!(stalled.starts_with("HTTP/1.1 408 "), "{stalled}");
    let announced = conversation(&world, &format!("{kind}\r\nContent-Length: 99999999"), b"").await;
    assert!(announced.starts_with("HTTP/1.1 413 "), "{announced}");
    let mut chunk = b"100000\r\n".to_vec();
    chunk.extend(vec![b' '; 0x10_0000]);
    chunk.extend(b"\r\n1\r\n \r\n");
    let unannounced = conversation(
        &world,
        &format!("{kind}\r\nTransfer-Encoding: chunked"),
        &chunk,
    )
    .await;
    assert!(unannounced.starts_with("HTTP/1.1 413 "), "{unannounced}");
}

/// Until the other side ends it.
async fn to_its_end(world: &World, head: &str, body: &[u8]) -> String {
    let mut stream = tokio::net::TcpStream::connect(world.here).await.unwrap();
    let head = format!("POST /inbox HTTP/1.1\r\nHost: {HERE}\r\n{head}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer))
        .await
        .unwrap_or_else(|_| panic!("the connection is closed: {head}"))
        .unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[actix_web::test]
async fn who_is_refused_does_not_hold_the_connection_by_a_body_that_does_not_come() {
    let world = World::new().await;
    let (json, html) = (
        "Content-Type: application/activity+json",
        "Content-Type: text/html",
    );
    let (long, chunked) = ("Content-Length: 99999999", "Transfer-Encoding: chunked");
    let all = [
        (json, long, 413),
        (json, chunked, 408),
        (html, "Content-Length: 100", 415),
        (html, chunked, 415),
    ];
    let heads = all.map(|(kind, length, _)| format!("{kind}\r\n{length}"));
    let answers = join_all(heads.iter().map(|head| to_its_end(&world, head, b""))).await;
    for ((_, length, status), answer) in all.iter().zip(answers) {
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{length}: {answer}"
        );
    }
}

#[actix_web::test]
async fn what_is_said_twice_in_one_object_is_refused() {
    let world = World::new().await;
    let ann = ann();
    ann.lives(&world.peers);
    let create = ann.activity("1", "Create", &ann.note("1", "hello"));
    let author = format!("\"attributedTo\":\"{}\"", ann.uri);
    let text = create.to_string();
    assert!(text.contains(&author));
    let twice = text.replace(
        &author,
        &format!("{author},\"attributedTo\":\"http://other.test/users/eve\""),
    );
    let letter = Letter::raw(
        &ann,
        &inbox(),
        twice.into_bytes(),
        world.app.now().and_utc(),
    );
    refused(
        &world,
        letter,
        &create,
        400,
        "duplicate field `attributedTo`",
    )
    .await;
}

/// Two processes on one database, each with a memory of its own of what it took: the second knows by the rows.
#[actix_web::test]
async fn a_request_that_another_process_took_does_nothing_again() {
    let fresh = Fresh::new(Backend::Postgres);
    let mut one = World::on(fresh.store(), settings()).await;
    let two = World::on(fresh.store(), settings()).await;
    let ann = ann();
    ann.lives(&two.peers);
    let known = one.known(&ann).await;
    let bea = one.person("bea").await;
    one.follows(&bea, &known).await;
    one.run_queues();
    let create = ann.activity("1", "Create", &ann.note("1", "hello"));
    let again = || Letter::new(&ann, &inbox(), &create, one.app.now().and_utc());
    let letter = again();
    let copy = Letter {
        url: letter.url.clone(),
        headers: letter.headers.clone(),
        body: letter.body.clone(),
    };
    assert_eq!(letter.send(&one.net).await.0, 202);
    assert_eq!(one.outcome(&create).await, "done");
    let id = one
        .post_at("http://peer.test/notes/1")
        .await
        .unwrap()
        .post
        .id;
    // Even if what it led to is gone.
    let delete = ann.activity("2", "Delete", &json!("http://peer.test/notes/1"));
    assert_eq!(one.receives(&ann, &delete).await.0, 202);
    assert_eq!(one.outcome(&delete).await, "done");
    assert_eq!(copy.send(&two.net).await.0, 202);
    let rows = two
        .app
        .store
        .read(|db| kontor_store::jobs::depth(db, kontor_actions::inbox::QUEUE))
        .await;
    assert_eq!(rows.unwrap(), (0, 0));
    assert!(
        two.post_at("http://peer.test/notes/1").await.is_none(),
        "{id}"
    );
    assert_eq!(two.account_at(&ann.uri).await.unwrap().statuses_count, 0);
    one.stop().await;
}

#[actix_web::test]
async fn a_farewell_of_somebody_unknown_leads_nowhere() {
    let world = World::new().await;
    let ann = ann();
    let delete = ann.activity("1", "Delete", &json!(ann.uri));
    assert_eq!(world.receives(&ann, &delete).await.0, 202);
    let update = ann.activity("2", "Update", &ann.document());
    assert_eq!(world.receives(&ann, &update).await.0, 202);
    assert_eq!(world.peers.all_fetches(), 0);
    assert!(!world.has_received(&delete).await);
}

#[actix_web::test]
async fn a_farewell_of_somebody_known_is_believed() {
    let mut world = World::new().await;
    let ann = ann();
    world.known(&ann).await;
    world.run();
    // Their server has forgotten them already; the key is known here.
    world.peers.gone(&ann.uri);
    let delete = ann.activity("1", "Delete", &json!(ann.uri));
    assert_eq!(world.receives(&ann, &delete).await.0, 202);
    assert_eq!(world.outcome(&delete).await, "done");
    assert!(world.account_at(&ann.uri).await.is_none());

    // Signed with a key that nobody can check: their server is asked after them.
    let bob = Person::new("peer.test", "bob");
    world.known(&bob).await;
    world.peers.gone(&bob.uri);
    let changed = Person {
        key: &OTHER,
        ..bob.clone()
    };
    let delete = bob.activity("2", "Delete", &json!(bob.uri));
    assert_eq!(world.receives(&changed, &delete).await.0, 202);
    assert!(world.account_at(&bob.uri).await.is_none());
    world.stop().await;
}

#[actix_web::test]
async fn a_key_that_is_gone_is_no_proof_of_death() {
    let world = World::new().await;
    let ann = ann();
    world.known(&ann).await;
    let mallory = Person {
        key: &OTHER,
        ..Person::new("evil.test", "mallory")
    };
    world.peers.gone(&mallory.uri);
    let delete = ann.activity("1", "Delete", &json!(ann.uri));
    refused(
        &world,
        world.letter(&mallory, &delete),
        &delete,
        401,
        "gone",
    )
    .await;
    assert!(world.account_at(&ann.uri).await.is_some());
}

#[actix_web::test]
async fn somebody_who_is_not_found_for_a_moment_stays() {
    let world = World::new().await;
    let ann = ann();
    world.known(&ann).await;
    world.peers.serve_as(&ann.uri, 404, "text/plain", "");
    let changed = Person {
        key: &OTHER,
        ..ann.clone()
    };
    let delete = ann.activity("1", "Delete", &json!(ann.uri));
    refused(
        &world,
        world.letter(&changed, &delete),
        &delete,
        401,
        "gone",
    )
    .await;
    assert!(world.account_at(&ann.uri).await.is_some());
}

#[actix_web::test]
async fn only_those_whom_we_speak_with_are_heard() {
    let allowlist = Settings {
        mode: Mode::Allowlist,
        allowed: ["peer.test".to_owned()].into(),
        ..settings()
    };
    let world = World::with(allowlist).await;
    let (ann, eve) = (ann(), Person::new("other.test", "eve"));
    ann.lives(&world.peers);
    eve.lives(&world.peers);
    let like = |person: &Person| person.activity("1", "Like", &json!("http://peer.test/notes/1"));
    assert_eq!(world.receives(&ann, &like(&ann)).await.0, 202);
    refused(
        &world,
        world.letter(&eve, &like(&eve)),
        &like(&eve),
        403,
        "other.test is not",
    )
    .await;
    assert_eq!(world.peers.fetches(&eve.uri), 0);

    let closed = World::with(Settings {
        mode: Mode::Closed,
        ..settings()
    })
    .await;
    refused(
        &closed,
        closed.letter(&ann, &like(&ann)),
        &like(&ann),
        403,
        "peer.test is not",
    )
    .await;
    assert_eq!(closed.peers.all_fetches(), 0);
}

#[actix_web::test]
async fn a_personal_inbox_needs_its_person() {
    let mut world = World::new().await;
    let ann = ann();
    ann.lives(&world.peers);
    let bea = world.person("bea").await;
    world.run();
    let follow = ann.activity("1", "Follow", &json!(bea.uri));
    let letter = |to: &str| Letter::new(&ann, to, &follow, world.app.now().and_utc());
    assert_eq!(
        letter(&format!("http://{HERE}/users/12345/inbox"))
            .send(&world.net)
            .await
            .0,
        404
    );
    assert_eq!(
        letter(&format!("http://{HERE}/users/bea/inbox"))
            .send(&world.net)
            .await
            .0,
        404
    );
    assert_eq!(letter(&bea.inbox_url).send(&world.net).await.0, 202);
    assert_eq!(world.outcome(&follow).await, "done");
    world.stop().await;
}

#[actix_web::test]
async fn what_nobody_understands_is_taken_and_dropped() {
    let mut world = World::new().await;
    let ann = ann();
    ann.lives(&world.peers);
    world.run();
    let listen = ann.activity("1", "Listen", &json!("http://peer.test/songs/1"));
    assert_eq!(world.receives(&ann, &listen).await.0, 202);
    assert_eq!(world.outcome(&listen).await, "ignored: type Listen");
    let undo = ann.activity(
        "2",
        "Undo",
        &json!({"type": "Listen", "id": "http://peer.test/activities/1"}),
    );
    assert_eq!(world.receives(&ann, &undo).await.0, 202);
    assert_eq!(world.outcome(&undo).await, "ignored: Undo of Listen");
    world.stop().await;
}
