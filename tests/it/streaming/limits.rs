//! What one may not do with a connection, and that nobody else suffers from it.

use kontor_tests::{
    Backend, Setup, Socket,
    stream::{By, Ended},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_understood_is_said_and_ends_nothing() {
    let server = Setup::new("alpha.test", Backend::Sqlite)
        .with("streaming.streams", "2")
        .start()
        .await;
    let alice = server.person("alice").await;
    let mut socket = Socket::open(server.address(), &alice.token, "stream=nonsense").await;
    let error = |text: &str, status: u16| json!({ "error": text, "status": status });
    assert_eq!(socket.next().await, error("stream is not known", 400));
    for (text, wanted) in [
        ("no JSON", error("message cannot be read", 400)),
        ("[]", error("message cannot be read", 400)),
        ("\"subscribe\"", error("message cannot be read", 400)),
        ("{}", error("type is not known", 400)),
        ("{\"type\":7}", error("type is not known", 400)),
        ("{\"type\":\"subscribe\"}", error("stream is missing", 400)),
        (
            "{\"type\":\"subscribe\",\"stream\":{}}",
            error("message cannot be read", 400),
        ),
        (
            "{\"type\":\"subscribe\",\"stream\":\"hashtag\"}",
            error("tag is missing", 400),
        ),
        (
            "{\"type\":\"subscribe\",\"stream\":\"list\"}",
            error("list is missing", 400),
        ),
        (
            "{\"type\":\"subscribe\",\"stream\":\"list\",\"list\":\"x\"}",
            error("Record not found", 404),
        ),
        (
            "{\"type\":\"unsubscribe\",\"stream\":\"nonsense\"}",
            error("stream is not known", 400),
        ),
    ] {
        socket.say_text(text).await;
        assert_eq!(socket.next().await, wanted, "{text}");
    }
    for stream in ["user", "public", "user", "direct"] {
        socket
            .say(&json!({ "type": "subscribe", "stream": stream }))
            .await;
    }
    let refused = socket.next().await;
    assert_eq!(refused["status"], 422);
    let said = refused["error"].as_str().unwrap();
    assert!(
        said.starts_with("Validation failed: stream is one more than 2"),
        "{said}"
    );
    alice.post("goes on", "unlisted").await;
    assert_eq!(socket.next().await["event"], "update");
    socket.say_text(&"x".repeat(5000)).await;
    assert_eq!(socket.end().await.1, Ended::Code(1009));

    let plain = alice
        .client
        .get("/api/v1/streaming")
        .await
        .expect(426)
        .json();
    assert_eq!(plain["error"], "This address is for WebSockets");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_counted() {
    let server = Setup::new("alpha.test", Backend::Sqlite)
        .with("streaming.connections_per_account", "2")
        .with("streaming.connections_per_address", "3")
        .start()
        .await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let here = server.address();
    let first = Socket::open(here, &alice.token, "stream=user").await;
    let _second = Socket::open(here, &alice.token, "stream=user").await;
    let try_open = async |token: &str| {
        Socket::try_open(here, Some((By::Header, token)), "stream=user", false).await
    };
    let Err((status, said)) = try_open(&alice.token).await else {
        panic!("one more than an account may have");
    };
    assert_eq!(status, 429, "{said}");
    assert!(said.contains("Too many requests"), "{said}");
    let _third = Socket::open(here, &bob.token, "stream=user").await;
    let Err((status, _)) = try_open(&bob.token).await else {
        panic!("one more than an address may have");
    };
    assert_eq!(status, 429);
    // Whoever leaves makes room.
    drop(first);
    kontor_tests::holds("there is room again", async || {
        try_open(&bob.token).await.is_ok()
    })
    .await;
}

/// It is closed, and the others never waited.
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_closed() {
    let server = Setup::new("alpha.test", Backend::Sqlite)
        .with("streaming.buffer", "4")
        .start()
        .await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let here = server.address();
    let mut slow = Socket::try_open(here, Some((By::Header, &bob.token)), "stream=public", true)
        .await
        .unwrap_or_else(|why| panic!("{why:?}"));
    let mut quick = Socket::open(here, &alice.token, "stream=public").await;
    quick.caught_up().await;
    let text = "many words ".repeat(440);
    let posts = 500;
    for number in 0..posts {
        alice.post(&format!("{number} {text}"), "public").await;
        assert_eq!(quick.next().await["event"], "update", "{number}");
    }
    let (read, ended) = slow.end().await;
    assert!(read.len() < posts, "everything came");
    assert!(
        matches!(ended, Ended::Broken | Ended::Code(1008)),
        "{ended:?}"
    );
    server.check();
}
