//! How long does a claim take, and a look around, while many deliveries wait?
//!
//! `scripts/postgres cargo run --release -p kontor-store --features testing --example claims`
//!
//! Half of the rows wait for ten hosts that are left alone, the others for five hundred that are well. Of these, 64 are asked for
//! what they have room for, as the engine asks.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program for a person at a terminal"
)]

use std::time::{Duration, Instant};

use kontor_store::{
    Error, Result, Store,
    lanes::{self, Terms, Wish},
    testing::{Backend, Fresh, rows::at},
};

const SIZES: [u32; 3] = [1_000, 100_000, 1_000_000];
const TIMES: u32 = 50;

fn fill(fresh: &Fresh, from: u32, to: u32) {
    let moment = |day: u32| match fresh.backend() {
        Backend::Sqlite => format!("'2026-01-0{day} 00:00:00'"),
        Backend::Postgres => format!("TIMESTAMP '2026-01-0{day} 00:00:00'"),
    };
    let (now, later) = (moment(1), moment(2));
    let numbers = format!(
        "WITH RECURSIVE n (i) AS (SELECT CAST({} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {to})",
        from + 1
    );
    if from == 0 {
        fresh.execute(&format!(
            "INSERT INTO accounts (id, handle, username, kind, uri, url, inbox_url, outbox_url, followers_url, following_url, \
               public_key_id, public_key_pem, created_at, updated_at) \
             VALUES (1, 'ann', 'ann', 'Person', 'u', 'u', 'i', 'o', 'f', 'f', 'k', 'k', {now}, {now})"
        ));
        fresh.execute(&format!(
            "INSERT INTO activities (id, uri, account_id, body, object_uri, created_at) VALUES (1, 'a', 1, '', 'o', {now})"
        ));
        fresh.execute(&format!(
            "WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 9) \
             INSERT INTO hosts (host, failures, paused_until) SELECT 'dead' || i || '.test', 5, {later} FROM n"
        ));
    }
    fresh.execute(&format!(
        "{numbers} INSERT INTO deliveries (id, activity_id, host, inbox_url, object_uri, priority, next_attempt_at, created_at) \
         SELECT i, 1, CASE WHEN i % 2 = 0 THEN 'dead' || ((i / 2) % 10) ELSE 'well' || ((i / 2) % 500) END || '.test', \
           'https://x.test/' || i, 'o' || i, 1, {now}, {now} FROM n"
    ));
    fresh.execute(match fresh.backend() {
        Backend::Sqlite => "ANALYZE",
        Backend::Postgres => "VACUUM ANALYZE deliveries",
    });
}

/// The middle of many claims, each undone.
async fn claim(store: &Store) -> Duration {
    let terms = Terms {
        now: at(0, 0),
        lease: Duration::from_secs(9),
        failing_from: 3,
        probe: Duration::from_secs(9),
    };
    let wishes: Vec<Wish> = (0..54)
        .map(|number| format!("well{}.test", number * 9))
        .chain((0..10).map(|number| format!("dead{number}.test")))
        .map(|host| Wish {
            host,
            room: 1,
            busy: 0,
        })
        .collect();
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let wishes = wishes.clone();
        let (told, heard) = std::sync::mpsc::channel();
        let undone: Result<()> = store
            .write(move |tx| {
                let began = Instant::now();
                let round = lanes::claim(tx, &terms, &wishes, &[])?;
                let _listening = told.send((began.elapsed(), round.rows.len()));
                Err(Error::Lost)
            })
            .await;
        assert!(undone.is_err());
        let (took, rows) = heard.recv().expect("a claim");
        assert_eq!(rows, 54);
        times.push(took);
    }
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

async fn look_around(store: &Store) -> Duration {
    let began = Instant::now();
    let hosts = store
        .read(|db| lanes::waiting(db, "", 5000))
        .await
        .expect("a look");
    assert!(hosts.len() >= 500, "{}", hosts.len());
    began.elapsed()
}

#[tokio::main]
async fn main() {
    println!(
        "{:<12} {:>10} {:>14} {:>14}",
        "", "waiting", "claim of 54", "look around"
    );
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let fresh = Fresh::new(backend);
        // Makes the tables.
        drop(fresh.store());
        let mut filled = 0;
        for size in SIZES {
            fill(&fresh, filled, size);
            filled = size;
            let store = fresh.store();
            let (claim, look) = (claim(&store).await, look_around(&store).await);
            println!(
                "{:<12} {size:>10} {claim:>14.2?} {look:>14.2?}",
                format!("{backend:?}")
            );
        }
    }
}
