//! The start and the end of a process.

use std::time::Duration;

use kontor_tests::{Address, Backend, Behaviour, Peer, Setup, holds};

/// Posts in parallel until the server is gone; returns those that were acknowledged.
async fn nothing_in_flight_is_lost(backend: Backend) {
    let peer = Address::new("peer.test");
    let mut server = Setup::new("alpha.test", backend)
        .knows(&[&peer])
        .start()
        .await;
    let alice = server.person("alice").await;
    let peer = Peer::start(&peer, &["fan"], &[server.address()]).await;
    peer.follow(
        &peer.actor("fan"),
        &alice.actor(),
        &server.address().url("/inbox"),
    )
    .await;
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..8 {
        let alice = alice.clone();
        writers.spawn(async move {
            let mut acknowledged = Vec::new();
            for count in 0..10_000 {
                let text = format!("writer {number} post {count}.");
                match alice.client.try_send(alice.post_once(&text, &text)).await {
                    Ok(answer) if answer.status == 200 => acknowledged.push(text),
                    Ok(answer) => panic!("{}: {}", answer.status, answer.text()),
                    // The connection was refused or closed before it was used: nothing was acknowledged.
                    Err(_) => return acknowledged,
                }
            }
            panic!("the server never ended");
        });
    }
    holds("posts flow", async || peer.received().len() > 20).await;
    server.tell_to_stop();
    server.ended().await;
    let acknowledged: Vec<String> = writers.join_all().await.concat();
    assert!(acknowledged.len() > 20);
    assert!(
        !server.log().contains("not everything ended in time"),
        "{}",
        server.log()
    );

    server.start().await;
    server.settles().await;
    let delivered = peer.received();
    for text in &acknowledged {
        let times = delivered
            .iter()
            .filter(|request| String::from_utf8_lossy(&request.body).contains(text))
            .count();
        assert_eq!(times, 1, "\"{text}\" was delivered {times} times");
    }
    let id = alice.account(&alice.id).await;
    assert!(usize::try_from(id["statuses_count"].as_u64().unwrap()).unwrap() >= acknowledged.len());
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_loses_nothing_sqlite() {
    nothing_in_flight_is_lost(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_loses_nothing_postgres() {
    nothing_in_flight_is_lost(Backend::Postgres).await;
}

/// A peer that keeps a delivery hanging must not keep the server from ending.
#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_peer_does_not_hold_the_end() {
    let peer = Address::new("peer.test");
    let mut server = Setup::new("alpha.test", Backend::Sqlite)
        .knows(&[&peer])
        .start()
        .await;
    let alice = server.person("alice").await;
    let peer = Peer::start(&peer, &["fan"], &[server.address()]).await;
    peer.follow(
        &peer.actor("fan"),
        &alice.actor(),
        &server.address().url("/inbox"),
    )
    .await;
    peer.behave(Behaviour::Hang);
    alice.post("hangs", "public").await;
    holds("it hangs", async || {
        peer.activities()
            .iter()
            .any(|activity| activity["type"] == "Create")
    })
    .await;
    let began = std::time::Instant::now();
    server.terminate().await;
    assert!(
        began.elapsed() < Duration::from_secs(12),
        "the end took {:?}",
        began.elapsed()
    );
    peer.behave(Behaviour::Accept);
    let before = peer.received().len();
    server.start().await;
    server.settles().await;
    let again = peer.received().split_off(before);
    assert_eq!(
        again
            .iter()
            .filter(|request| String::from_utf8_lossy(&request.body).contains("hangs"))
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_in_half_a_second() {
    for backend in Backend::ALL {
        let mut server = Setup::new("alpha.test", backend).start().await;
        server
            .person("alice")
            .await
            .post("something is here", "public")
            .await;
        server.terminate().await;
        let mut times = Vec::new();
        for _ in 0..5 {
            times.push(server.start().await);
            server.terminate().await;
        }
        times.sort();
        eprintln!("{backend:?}: from the start to the first 200: {times:.0?}");
        // Of a build that is not optimised, while other tests run: the quickest says what it takes when nothing holds it up.
        assert!(
            times[0] < Duration::from_millis(500),
            "{backend:?}: {times:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_one_sqlite_file_is_refused() {
    let first = Setup::new("alpha.test", Backend::Sqlite).start().await;
    let mut second = Setup::new("alpha.test", Backend::Sqlite);
    second.database = first.database().clone();
    let second = second.prepare();
    let output = second.cli(&["serve"], "");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("another") || said.contains("already"),
        "{said}"
    );
    first.get("/health").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_named() {
    let first = Setup::new("alpha.test", Backend::Sqlite).start().await;
    let second = Setup::new("alpha.test", Backend::Sqlite)
        .with("server.listen", format!("\"{}\"", first.address().socket()))
        .prepare();
    let output = second.cli(&["serve"], "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("server.listen"),
        "{said}"
    );
}
