//! Some thousands of garbage requests at once, or hundreds of good posts, while another peer is heard.

use std::{sync::Arc, time::Duration};

use kontor_tests::{Backend, Letter, dice::Dice, signing::Key, until, wait::within};
use tokio::{sync::Semaphore, task::JoinSet};

use super::inbox::Stage;

const REQUESTS: usize = 4000;
const POSTS: usize = 600;
const AT_ONCE: usize = 128;

/// What came and was not acted on yet.
const WAITING: &str = "SELECT count(*) AS value FROM inbox WHERE done_at IS NULL";

/// A bound for what a slow machine needs time for, and no more than that: nothing of it is about how fast anything is.
const PATIENCE: Duration = Duration::from_secs(300);

/// Sends all of them, so many at a time. Returns the statuses that are to come, and who waits for a place.
fn pour(stage: &Stage, letters: Vec<Letter>) -> (JoinSet<u16>, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut flood = JoinSet::new();
    for letter in letters {
        let (gate, http) = (gate.clone(), stage.peer.http.clone());
        flood.spawn(async move {
            let _place = gate.acquire_owned().await.unwrap();
            letter.send(&http).await.status
        });
    }
    (flood, gate)
}

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
    let began = std::time::Instant::now();
    let (mut flood, gate) = pour(&stage, some.into_iter().cycle().take(REQUESTS).collect());
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

/// A flood of good posts, and somebody elsewhere who has something to say once `begun` counts so many of them. All is acted on in the
/// end. Returns the id of what was said.
async fn speaks_in_a_flood_of_posts(stage: &Stage, begun: &str, least: i64) -> String {
    let database = stage.server.database();
    let letters: Vec<Letter> = (0..POSTS)
        .map(|number| {
            let create = stage.good(&format!("number {number}"));
            stage.letter(&create).signed(&stage.mallory.key)
        })
        .collect();
    let note = stage.other.public_note(&stage.oscar, "heard in the flood");
    let create = stage.other.activity(&stage.oscar, "Create", &note);
    let said = stage.letter(&create).signed(&stage.oscar.key);
    let (flood, _gate) = pour(stage, letters);
    within(PATIENCE, "the flood has begun", async || {
        (database.number(begun) >= least).then_some(())
    })
    .await;
    said.send(&stage.other.http).await.expect(202);
    for status in flood.join_all().await {
        assert_eq!(status, 202);
    }
    within(PATIENCE, "everything was acted on", async || {
        (database.under_way() == 0).then_some(())
    })
    .await;
    stage.server.settles().await;
    let home = stage.alice.whole_home().await;
    let heard = |words: &str| home.iter().filter(|text| text.contains(words)).count();
    assert_eq!((heard("heard in the flood"), heard("number ")), (1, POSTS));
    create["id"].as_str().unwrap().to_owned()
}

/// How much of the flood was acted on after this activity, of what more is asked of both.
fn came_after(stage: &Stage, id: &str, more: &str) -> i64 {
    let host = stage.peer.address.authority();
    stage.server.database().number(&format!(
        "SELECT count(*) AS value FROM inbox one JOIN inbox other ON other.activity_uri = '{id}' \
         WHERE one.host = '{host}' AND one.done_at > other.done_at {more}"
    ))
}

/// What waits its turn: one worker, so that it piles up.
async fn a_flood_of_posts_that_wait_starves_nobody(backend: Backend) {
    let settings = [
        ("federation.inbox_workers", "1"),
        ("federation.inbox_at_once", "0"),
    ];
    let stage = Stage::with(backend, &settings).await;
    let said = speaks_in_a_flood_of_posts(&stage, WAITING, 50).await;
    // What had come before it and waited was passed by.
    let passed = came_after(&stage, &said, "AND one.received_at < other.received_at");
    assert!(passed > 0, "it was acted on after all that had come before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_posts_that_wait_starves_nobody_sqlite() {
    a_flood_of_posts_that_wait_starves_nobody(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_posts_that_wait_starves_nobody_postgres() {
    a_flood_of_posts_that_wait_starves_nobody(Backend::Postgres).await;
}

/// What is kept before it is acknowledged, as far as one peer may have that, with all workers for the rest.
async fn a_flood_of_posts_at_once_starves_nobody(backend: Backend) {
    let stage = Stage::new(backend).await;
    let here = "SELECT count(*) AS value FROM inbox WHERE done_at IS NOT NULL";
    let said = speaks_in_a_flood_of_posts(&stage, here, 50).await;
    let later = came_after(&stage, &said, "");
    assert!(later > 0, "it was acted on after the last of the flood");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_posts_at_once_starves_nobody_sqlite() {
    a_flood_of_posts_at_once_starves_nobody(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_posts_at_once_starves_nobody_postgres() {
    a_flood_of_posts_at_once_starves_nobody(Backend::Postgres).await;
}
