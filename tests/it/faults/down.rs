//! A peer that is away, or answers badly, gets everything once it is back: in order, and once.

use std::time::Duration;

use kontor_tests::{Backend, Behaviour, Peer, Setup, holds, wait::within};

use crate::interop::pair;

const POSTS: usize = 20;

/// On PostgreSQL, what a killed process had claimed waits until the claim lapses.
const ARRIVAL: Duration = Duration::from_secs(60);

async fn everything_waits_for_the_peer(first: Backend, second: Backend) {
    let (mut alpha, mut beta) = pair(first, second).await;
    let (author, reader) = (alpha.person("author").await, beta.person("reader").await);
    reader
        .follows(&reader.resolve(&author.handle()).await)
        .await;
    author.post("before", "public").await;
    reader.sees("before").await;

    beta.terminate().await;
    let mut wanted = vec!["before".to_owned()];
    for number in 0..POSTS {
        let text = format!("meanwhile {number}");
        author.post(&text, "public").await;
        wanted.push(text);
        match number {
            // Whoever waits must not forget.
            5 => {
                alpha.kill();
                alpha.start().await;
            }
            12 => {
                alpha.terminate().await;
                alpha.start().await;
            }
            _ => {}
        }
    }
    beta.start().await;
    wanted.reverse();
    let began = std::time::Instant::now();
    let home = within(ARRIVAL, "everything has arrived", || async {
        let home = reader.whole_home().await;
        (home.len() >= wanted.len()).then_some(home)
    })
    .await;
    eprintln!(
        "{POSTS} posts were there {:.1} s after the peer came back",
        began.elapsed().as_secs_f32()
    );
    assert_eq!(home, wanted);
    for server in [&alpha, &beta] {
        server.settles().await;
        server.check();
    }
    assert_eq!(reader.whole_home().await, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_waits_for_postgres() {
    everything_waits_for_the_peer(Backend::Sqlite, Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_waits_for_sqlite() {
    everything_waits_for_the_peer(Backend::Postgres, Backend::Sqlite).await;
}

/// Posts while the peer misbehaves in each way, and counts what it has taken when it behaves again.
async fn bad_answers(backend: Backend) {
    let setup = Setup::new("alpha.test", backend).with("federation.timeout_seconds", "1");
    let address = kontor_tests::Address::new("peer.test");
    let alpha = setup.knows(&[&address]).start().await;
    let peer = Peer::start(&address, &["fan"], &[alpha.address()]).await;
    let (fan, author) = (peer.actor("fan"), alpha.person("author").await);
    peer.follow(&fan, &author.actor(), &alpha.address().url("/inbox"))
        .await;

    let ways = [
        Behaviour::Fail(500),
        Behaviour::Fail(503),
        Behaviour::Fail(429),
        Behaviour::Reset,
        Behaviour::Hang,
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let marker = format!("through {number}");
        peer.behave(way);
        let before = peer.received().len();
        author.post(&marker, "public").await;
        holds(&format!("a try meets {way:?}"), || async {
            peer.received().len() > before
        })
        .await;
        peer.behave(Behaviour::Accept);
        let tries = peer.received().len();
        // Whatever came before was refused; exactly one more try carries it.
        holds(&format!("it comes again after {way:?}"), || async {
            peer.received().len() > tries
        })
        .await;
        alpha.settles().await;
        let taken = peer.received().split_off(tries);
        let carrying = taken
            .iter()
            .filter(|request| String::from_utf8_lossy(&request.body).contains(&marker))
            .count();
        assert_eq!(
            carrying, 1,
            "after {way:?}, the post was delivered {carrying} times"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_answers_are_tried_again_sqlite() {
    bad_answers(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_answers_are_tried_again_postgres() {
    bad_answers(Backend::Postgres).await;
}

async fn a_slow_peer_does_not_delay_another(backend: Backend) {
    let (slow, quick) = (
        kontor_tests::Address::new("slow.test"),
        kontor_tests::Address::new("quick.test"),
    );
    let alpha = Setup::new("alpha.test", backend)
        .knows(&[&slow, &quick])
        .start()
        .await;
    let author = alpha.person("author").await;
    let inbox = alpha.address().url("/inbox");
    let slow = Peer::start(&slow, &["fan"], &[alpha.address()]).await;
    let quick = Peer::start(&quick, &["fan"], &[alpha.address()]).await;
    for peer in [&slow, &quick] {
        peer.follow(&peer.actor("fan"), &author.actor(), &inbox)
            .await;
    }
    slow.behave(Behaviour::Hang);
    for number in 0..10 {
        author.post(&format!("swift {number}"), "public").await;
    }
    let began = std::time::Instant::now();
    holds("the quick peer has all", || async {
        let all = quick.received();
        (0..10).all(|n| {
            all.iter()
                .any(|r| String::from_utf8_lossy(&r.body).contains(&format!("swift {n}")))
        })
    })
    .await;
    // The slow one holds each try for five seconds.
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "the quick peer waited {:?}",
        began.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_peer_does_not_delay_another_sqlite() {
    a_slow_peer_does_not_delay_another(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_peer_does_not_delay_another_postgres() {
    a_slow_peer_does_not_delay_another(Backend::Postgres).await;
}

async fn an_inbox_that_is_gone_is_not_asked_again(backend: Backend) {
    let address = kontor_tests::Address::new("peer.test");
    let alpha = Setup::new("alpha.test", backend)
        .knows(&[&address])
        .start()
        .await;
    let peer = Peer::start(&address, &["fan"], &[alpha.address()]).await;
    let author = alpha.person("author").await;
    peer.follow(
        &peer.actor("fan"),
        &author.actor(),
        &alpha.address().url("/inbox"),
    )
    .await;
    peer.behave(Behaviour::Fail(410));
    author.post("into the void", "public").await;
    holds("the delivery is over", || async {
        alpha.database().under_way() == 0
    })
    .await;
    let tries = peer
        .received()
        .iter()
        .filter(|request| String::from_utf8_lossy(&request.body).contains("into the void"))
        .count();
    assert_eq!(tries, 1);
    assert_eq!(alpha.database().given_up().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_that_is_gone_is_not_asked_again_sqlite() {
    an_inbox_that_is_gone_is_not_asked_again(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_that_is_gone_is_not_asked_again_postgres() {
    an_inbox_that_is_gone_is_not_asked_again(Backend::Postgres).await;
}
