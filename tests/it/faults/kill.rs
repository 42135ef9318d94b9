//! kill -9 at random moments while posts flow: what was acknowledged is there, once, on both sides.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kontor_tests::{Backend, Person, answer::text, dice::Dice, person::plain, wait};
use tokio::task::JoinHandle;

use crate::interop::pair;

/// Of one arrangement; there are two.
const KILLS: u32 = 50;

/// Between two posts of one writer: so many posts that a home timeline still holds them all.
const PACE: Duration = Duration::from_millis(150);

/// How long the last of it may take.
const ARRIVAL: Duration = Duration::from_secs(240);

/// Posts one after another, each again and again with its key until it is acknowledged, until told to stop. Returns the texts.
fn writer(author: &Person, number: usize, stop: &Arc<AtomicBool>) -> JoinHandle<Vec<String>> {
    let (author, stop) = (author.clone(), stop.clone());
    tokio::spawn(async move {
        let mut acknowledged = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let text = format!("writer {number} post {}.", acknowledged.len());
            while !author
                .client
                .try_send(author.post_once(&text, &text))
                .await
                .is_ok_and(|answer| answer.status == 200)
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            acknowledged.push(text);
            tokio::time::sleep(PACE).await;
        }
        acknowledged
    })
}

/// How often each text is there.
fn counted(texts: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    counts
}

/// All posts of an account that its server shows, page by page.
async fn published(by: &Person) -> Vec<String> {
    let mut texts = Vec::new();
    let mut path = format!("/api/v1/accounts/{}/statuses?limit=40", by.id);
    loop {
        let page = by.client.get(&path).await.list();
        let Some(last) = page.last() else {
            return texts;
        };
        path = format!(
            "/api/v1/accounts/{}/statuses?limit=40&max_id={}",
            by.id,
            text(last, "id")
        );
        texts.extend(page.iter().map(|status| plain(&text(status, "content"))));
    }
}

async fn nothing_is_lost(first: Backend, second: Backend) {
    let mut dice = Dice::fresh();
    eprintln!("the dice of this run: {}", dice.seed);
    let (mut alpha, mut beta) = pair(first, second).await;
    let (author, reader) = (alpha.person("author").await, beta.person("reader").await);
    reader
        .follows(&reader.resolve(&author.handle()).await)
        .await;

    let stop = Arc::new(AtomicBool::new(false));
    let writers = [writer(&author, 1, &stop), writer(&author, 2, &stop)];
    let mut killed = [0, 0];
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(dice.below(400))).await;
        let which = usize::try_from(dice.below(2)).unwrap();
        killed[which] += 1;
        let victim = if which == 0 { &mut alpha } else { &mut beta };
        victim.kill();
        tokio::time::sleep(Duration::from_millis(dice.below(200))).await;
        victim.start().await;
    }
    assert!(killed.iter().all(|count| *count > 0), "{killed:?}");
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    let wanted = counted(acknowledged);
    eprintln!(
        "{} posts were acknowledged between {killed:?} kills",
        wanted.len()
    );
    assert!(wanted.len() > 50, "posts did not flow: {}", wanted.len());
    assert!(
        wanted.len() < 750,
        "more than a home timeline holds: {}",
        wanted.len()
    );

    let differs = |seen: &BTreeMap<String, usize>| {
        let missing = wanted
            .keys()
            .filter(|text| !seen.contains_key(*text))
            .count();
        let twice = seen.values().filter(|count| **count > 1).count();
        format!(
            "{missing} are missing, {twice} are there more than once, {} in all",
            seen.len()
        )
    };
    let here = counted(published(&author).await);
    assert!(here == wanted, "at the author's server: {}", differs(&here));

    let began = std::time::Instant::now();
    // Claims of a killed process lapse after their lease, on PostgreSQL.
    let arrived = wait::within(ARRIVAL, "everything has arrived", async || {
        let seen = counted(reader.whole_home().await);
        (seen.len() >= wanted.len()).then_some(seen)
    })
    .await;
    eprintln!(
        "all of it had arrived {:.1} s after the last kill",
        began.elapsed().as_secs_f32()
    );
    assert!(arrived == wanted, "at the reader's: {}", differs(&arrived));
    for server in [&alpha, &beta] {
        server.settles().await;
        server.check();
    }
    // Nothing came later that should not have.
    assert!(counted(reader.whole_home().await) == wanted);
    assert!(counted(published(&author).await) == wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_between_sqlite_and_postgres() {
    nothing_is_lost(Backend::Sqlite, Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_between_postgres_and_sqlite() {
    nothing_is_lost(Backend::Postgres, Backend::Sqlite).await;
}
