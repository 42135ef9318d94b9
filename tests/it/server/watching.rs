//! Seeing how deliveries stand: figures for Prometheus, the command line, and the author's own view.

use kontor_tests::{Address, Backend, Behaviour, Client, Peer, Setup, holds};

/// How old the oldest delivery is that waits, in seconds.
fn oldest(figures: &str) -> u64 {
    let name = "kontor_deliveries_oldest_seconds ";
    let mut found = figures.lines().filter_map(|line| line.strip_prefix(name));
    let age = found.next().unwrap_or_else(|| panic!("{figures}"));
    age.parse().unwrap()
}

/// The peer that fails, by its name.
fn is_named(figures: &str, host: &str) {
    let of_host = |name: &str| -> u64 {
        let start = format!("{name}{{host=\"{host}\"}} ");
        let mut found = figures.lines().filter_map(|line| line.strip_prefix(&start));
        let value = found.next().unwrap_or_else(|| panic!("{name}: {figures}"));
        value.parse().unwrap()
    };
    assert!(
        (3..=6).contains(&of_host("kontor_peer_failures")),
        "{figures}"
    );
    let paused = of_host("kontor_peer_paused_seconds");
    // An hour, and up to a half of it more by chance.
    assert!((1..=5400).contains(&paused), "{figures}");
    assert!(of_host("kontor_peer_unheard_seconds") < 600, "{figures}");
}

async fn a_peer_that_fails_can_be_seen(backend: Backend) {
    let (address, watched) = (Address::new("peer.test"), Address::new("alpha.test"));
    let server = Setup::new("alpha.test", backend)
        .knows(&[&address])
        .with("server.metrics_listen", format!("\"{}\"", watched.socket()))
        .with("federation.pause_first_ms", "3600000")
        .with("federation.pause_most_ms", "3600000")
        .start()
        .await;
    let alice = server.person("alice").await;
    let peer = Peer::start(&address, &["fan"], &[server.address()]).await;
    let inbox = server.address().url("/inbox");
    peer.follow(&peer.actor("fan"), &alice.actor(), &inbox)
        .await;
    server.settles().await;
    let host = address.authority();
    let quiet = server.run(&["peer", "status"], "");
    assert!(quiet.contains("nothing waits"), "{quiet}");

    let figures = async || {
        Client::stranger(&watched)
            .get("/metrics")
            .await
            .expect(200)
            .text()
    };
    let text = figures().await;
    assert_eq!(oldest(&text), 0, "nothing waits");
    assert!(!text.contains("kontor_peer_"), "{text}");

    peer.behave(Behaviour::Fail(503));
    let posted = alice.post("hello", "public").await;
    let id = posted["id"].as_str().unwrap();
    for number in 0..4 {
        alice.post(&format!("more {number}"), "public").await;
    }
    // All five are rows by then, and three of them have been tried.
    holds("the peer is left alone", async || {
        let text = figures().await;
        text.contains("kontor_peers{state=\"paused\"} 1\n")
            && text.contains("kontor_deliveries_waiting 5\n")
            && text.contains("kontor_deliveries_under_way 0\n")
    })
    .await;
    let text = figures().await;
    for line in [
        "kontor_deliveries_waiting 5",
        "kontor_deliveries_under_way 0",
        "kontor_deliveries_stalled 0",
        "kontor_peers{state=\"failing\"} 0",
        "kontor_delivery_attempts_total{end=\"delivered\"} 1",
        "# TYPE kontor_delivery_attempts_total counter",
        "# TYPE kontor_jobs_waiting gauge",
        "kontor_jobs_waiting{queue=\"inbox\"} 0",
        "kontor_jobs_oldest_seconds{queue=\"inbox\"} 0",
        "kontor_jobs_set_aside{queue=\"inbox\"} 0",
        "kontor_jobs_waiting{queue=\"pushes\"} 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    let (_, failed) = text.split_once("{end=\"host_down\"} ").unwrap();
    let failed: u64 = failed.lines().next().unwrap().parse().unwrap();
    assert!((3..=6).contains(&failed), "{text}");
    is_named(&text, &host);
    // It grows older as long as it waits.
    let before = oldest(&text);
    holds("the oldest delivery grows older", async || {
        let age = oldest(&figures().await);
        age > before && age > 1
    })
    .await;
    // The listener shows nothing else, and the public one does not show this.
    Client::stranger(&watched).get("/").await.expect(404);
    server.get("/metrics").await.expect(404);

    let status = server.run(&["peer", "status", &host], "");
    for part in [
        &host,
        "5 waiting",
        "times in a row",
        "left alone until",
        "the inbox answered 503",
    ] {
        assert!(status.contains(part), "{part}: {status}");
    }
    let path = format!("/api/kontor/v1/statuses/{id}/delivery");
    let seen = alice.client.get(&path).await.expect(200).text();
    assert!(
        seen.contains(&host) && seen.contains("\"waiting\":1"),
        "{seen}"
    );

    peer.behave(Behaviour::Accept);
    let told = server.run(&["peer", "retry", &host], "");
    assert!(told.contains("5 deliveries"), "{told}");
    if backend == Backend::Postgres {
        server.settles().await;
        let status = server.run(&["peer", "status", &host], "");
        assert!(status.contains("0 waiting, last success 2"), "{status}");
        let text = figures().await;
        assert_eq!(oldest(&text), 0, "nothing waits any more");
        assert!(!text.contains("kontor_peer_"), "{text}");
        let seen = alice.client.get(&path).await.expect(200).text();
        assert!(seen.contains("\"delivered\":1,\"waiting\":0"), "{seen}");
    }
    let status = server.run(&["peer", "status", "unheard.test"], "");
    assert!(status.contains("nothing was sent there"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_fails_can_be_seen_sqlite() {
    a_peer_that_fails_can_be_seen(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_fails_can_be_seen_postgres() {
    a_peer_that_fails_can_be_seen(Backend::Postgres).await;
}

/// The lines of figures about single peers.
fn of_peers(figures: &str) -> Vec<&str> {
    figures
        .lines()
        .filter(|line| line.starts_with("kontor_peer_"))
        .collect()
}

async fn no_more_peers_are_named_than_may_be(backend: Backend) {
    let watched = Address::new("alpha.test");
    let mut server = Setup::new("alpha.test", backend)
        .with("server.metrics_listen", format!("\"{}\"", watched.socket()))
        .with("server.metrics_hosts", "2")
        .start()
        .await;
    server.terminate().await;
    server.database().execute(
        "INSERT INTO hosts (host, failures, paused_until, last_success_at) VALUES \
         ('low.test', 1, NULL, NULL), ('far.test', 9, NULL, NULL), ('well.test', 0, NULL, '2026-01-01 00:00:00'), \
         ('old.test:81', 5, '2001-01-01 00:00:00', NULL)",
    );
    server.start().await;
    let figures = Client::stranger(&watched).get("/metrics").await;
    let text = figures.expect(200).text();
    assert_eq!(
        of_peers(&text),
        [
            "kontor_peer_failures{host=\"far.test\"} 9",
            "kontor_peer_failures{host=\"old.test:81\"} 5",
            "kontor_peer_paused_seconds{host=\"far.test\"} 0",
            "kontor_peer_paused_seconds{host=\"old.test:81\"} 0",
        ]
    );
    assert!(
        text.contains("kontor_peers{state=\"failing\"} 3\n"),
        "{text}"
    );
    // None, for who wants none.
    server.terminate().await;
    server.configure(|setup| {
        setup
            .settings
            .push(("server.metrics_hosts", "0".to_owned()));
    });
    server.start().await;
    let text = Client::stranger(&watched).get("/metrics").await;
    assert!(of_peers(&text.expect(200).text()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_peers_are_named_than_may_be_sqlite() {
    no_more_peers_are_named_than_may_be(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_peers_are_named_than_may_be_postgres() {
    no_more_peers_are_named_than_may_be(Backend::Postgres).await;
}
