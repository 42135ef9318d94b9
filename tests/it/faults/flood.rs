//! Some thousands of garbage requests at once, while a good peer is heard.

use std::{sync::Arc, time::Duration};

use kontor_tests::{Backend, Letter, dice::Dice, signing::Key, until};
use tokio::sync::Semaphore;

use super::inbox::Stage;

const REQUESTS: usize = 4000;
const AT_ONCE: usize = 128;

/// One of many kinds of garbage.
fn garbage(stage: &Stage, dice: &mut Dice, forger: &Key) -> Letter {
    let inbox = &stage.inbox;
    let noise = dice.bytes(200);
    match dice.below(8) {
        0 => Letter::raw(inbox, noise),
        1 => Letter::raw(inbox, noise).signed(forger),
        2 => stage.letter(&stage.good("flood")),
        3 => stage.letter(&stage.good("flood")).signed(forger),
        4 => stage.letter(&stage.good("flood")).with(
            "Signature",
            &String::from_utf8_lossy(&noise).escape_default().to_string(),
        ),
        5 => Letter::raw(inbox, "[".repeat(5000)).signed(forger),
        6 => stage
            .letter(&stage.good("flood"))
            .with("Content-Type", "image/png"),
        _ => stage
            .letter(&stage.good("flood"))
            .dated(-90_000)
            .signed(forger),
    }
}

async fn a_flood_drowns_nobody(backend: Backend) {
    let mut stage = Stage::new(backend).await;
    let mut dice = Dice::fresh();
    eprintln!("the dice of this run: {}", dice.seed);
    let pid = stage.server.pid();
    let before = stage.state().await;
    let forger = Key::generate(&stage.trudy.key.id);
    let some: Vec<Letter> = (0..400)
        .map(|_| garbage(&stage, &mut dice, &forger))
        .collect();
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut flood = tokio::task::JoinSet::new();
    let began = std::time::Instant::now();
    for number in 0..REQUESTS {
        let (letter, http) = (some[number % some.len()].clone(), stage.peer.http.clone());
        let gate = gate.clone();
        flood.spawn(async move {
            let _place = gate.acquire_owned().await.unwrap();
            letter.send(&http).await.status
        });
    }
    // In the middle of it, somebody has something to say.
    until("the flood has begun", async || {
        (flood.len() < REQUESTS || gate.available_permits() < AT_ONCE).then_some(())
    })
    .await;
    let said = std::time::Instant::now();
    let note = stage.other.public_note(&stage.oscar, "heard in the flood");
    let create = stage.other.activity(&stage.oscar, "Create", &note);
    stage
        .other
        .send(&stage.oscar, &stage.inbox, &create)
        .await
        .expect(202);
    stage.alice.sees("heard in the flood").await;
    let heard = said.elapsed();
    let mut answers = std::collections::BTreeMap::new();
    while let Some(status) = flood.join_next().await {
        *answers.entry(status.unwrap()).or_insert(0) += 1;
    }
    let took = began.elapsed();
    eprintln!("{REQUESTS} in {took:.1?}, heard after {heard:.1?}: {answers:?}");
    assert!(
        answers.keys().all(|status| (400..500).contains(status)),
        "{answers:?}"
    );
    assert!(heard < Duration::from_secs(5), "heard only after {heard:?}");

    assert!(stage.server.runs());
    assert_eq!(stage.server.pid(), pid);
    let (mut census, home) = stage.state().await;
    // Nothing but what oscar said.
    let (before, home_before) = before;
    assert_eq!(home[1..], home_before[..]);
    for ((table, now), (_, then)) in census.iter_mut().zip(before) {
        let more = i64::from(matches!(*table, "posts" | "inbox" | "home_entries"));
        assert_eq!(*now, then + more, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_drowns_nobody_sqlite() {
    a_flood_drowns_nobody(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_drowns_nobody_postgres() {
    a_flood_drowns_nobody(Backend::Postgres).await;
}
