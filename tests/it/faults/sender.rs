//! One of two senders on a database dies in the middle of its work: the other does it within seconds, all of it, and nothing twice
//! but what was on its way.

use std::{collections::BTreeMap, time::Duration};

use kontor_tests::{Address, Backend, Peer, Setup, wait};

const POSTS: usize = 40;

/// Requests to one peer at a time, by default.
const UNDER_WAY: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn the_other_sender_carries_on() {
    let names = ["peer.test", "other.test"].map(Address::new);
    let first = Setup::new("alpha.test", Backend::Postgres)
        .knows(&[&names[0], &names[1]])
        .with("federation.delivery_claim_seconds", "3");
    let domain = format!("\"{}\"", first.address.authority());
    let mut second = Setup::new("alpha.test", Backend::Sqlite)
        .knows(&[&names[0], &names[1]])
        .with("federation.delivery_claim_seconds", "3")
        .with("instance.domain", domain);
    second.database = first.database.clone();
    let (first, mut second) = (first.start().await, second.start().await);
    let alice = first.person("alice").await;
    let mut peers = Vec::new();
    for name in &names {
        let peer = Peer::start(name, &["fan"], &[first.address(), second.address()]).await;
        let inbox = first.address().url("/inbox");
        peer.follow(&peer.actor("fan"), &alice.actor(), &inbox)
            .await;
        peers.push(peer);
    }
    for number in 0..POSTS {
        alice.post(&format!("sent {number}."), "public").await;
        if number == POSTS / 2 {
            second.kill();
        }
    }
    for peer in &peers {
        let counts = async || {
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            for activity in peer.activities() {
                let text = activity.to_string();
                let number = (0..POSTS).find(|number| text.contains(&format!("sent {number}.")));
                *counts.entry(number.unwrap_or(usize::MAX)).or_default() += 1;
            }
            counts.remove(&usize::MAX);
            counts
        };
        // Much shorter than a killed sender's requests could have taken.
        let all = wait::within(Duration::from_secs(15), "everything is sent", async || {
            let counts = counts().await;
            (counts.len() == POSTS).then_some(counts)
        });
        all.await;
        first.settles().await;
        let again: usize = counts().await.values().map(|count| count - 1).sum();
        assert!(again <= UNDER_WAY, "{again} were sent again");
    }
    first.check();
}
