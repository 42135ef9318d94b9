//! Two processes on one PostgreSQL database: one house with two entrances.

use kontor_tests::{Address, Backend, Peer, Setup, holds};

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_a_database() {
    let peer = Address::new("peer.test");
    let first = Setup::new("alpha.test", Backend::Postgres).knows(&[&peer]);
    let domain = format!("\"{}\"", first.address.authority());
    let mut second = Setup::new("alpha.test", Backend::Sqlite)
        .knows(&[&peer])
        .with("instance.domain", domain);
    second.database = first.database.clone();
    let (first, second) = (first.start().await, second.start().await);
    let alice = first.person("alice").await;
    let peer = Peer::start(&peer, &["fan"], &[first.address(), second.address()]).await;
    peer.follow(
        &peer.actor("fan"),
        &alice.actor(),
        &first.address().url("/inbox"),
    )
    .await;

    // The same person, by the other entrance.
    let there = kontor_tests::Client::stranger(second.address()).with_token(&alice.token);
    for number in 0..40 {
        let text = format!("entrance {number}.");
        let client = if number % 2 == 0 {
            &alice.client
        } else {
            &there
        };
        client
            .post("/api/v1/statuses", &[("status", &text)])
            .await
            .ok();
        // What was answered by one is known to the other at once.
        let other = if number % 2 == 0 {
            &there
        } else {
            &alice.client
        };
        assert!(
            other
                .get("/api/v1/timelines/home")
                .await
                .text()
                .contains(&text),
            "{text}"
        );
    }
    holds("everything is delivered", async || {
        peer.received().len() > 40
    })
    .await;
    first.settles().await;
    let received = peer.received();
    for number in 0..40 {
        let text = format!("entrance {number}.");
        let times = received
            .iter()
            .filter(|request| String::from_utf8_lossy(&request.body).contains(&text))
            .count();
        assert_eq!(times, 1, "\"{text}\" was sent {times} times");
    }
    // One key, both entrances at the same time: one post.
    let (one, other) = (
        alice.post_once("only once", "key"),
        there.request(reqwest::Method::POST, "/api/v1/statuses"),
    );
    let other = other
        .header("idempotency-key", "key")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("status=only+once");
    let (one, other) = tokio::join!(alice.client.send(one), there.send(other));
    let (one, other) = (one.ok(), other.ok());
    assert_eq!(one["id"], other["id"]);
    first.check();
}

/// One of the two dies in the middle of its work; the other does it.
#[tokio::test(flavor = "multi_thread")]
async fn one_process_carries_on_for_the_other() {
    let peer = Address::new("peer.test");
    let first = Setup::new("alpha.test", Backend::Postgres).knows(&[&peer]);
    let domain = format!("\"{}\"", first.address.authority());
    let mut second = Setup::new("alpha.test", Backend::Sqlite)
        .knows(&[&peer])
        .with("instance.domain", domain);
    second.database = first.database.clone();
    let (first, mut second) = (first.start().await, second.start().await);
    let alice = first.person("alice").await;
    let peer = Peer::start(&peer, &["fan"], &[first.address(), second.address()]).await;
    peer.follow(
        &peer.actor("fan"),
        &alice.actor(),
        &first.address().url("/inbox"),
    )
    .await;
    let there = kontor_tests::Client::stranger(second.address()).with_token(&alice.token);
    there
        .post("/api/v1/statuses", &[("status", "last words")])
        .await
        .ok();
    second.terminate().await;
    peer.gets("what the other left", |activity| {
        activity.to_string().contains("last words")
    })
    .await;
    first.settles().await;
}
