//! How many durable single-row writes a second? Each writer waits for its commit before it writes again.
//!
//! `scripts/postgres cargo run --release -p kontor-store --features testing --example writes [SECONDS]`
//!
//! Group commit is ours on SQLite, and is switched off there by `group_commit = false`. PostgreSQL always lets the commits
//! that meet share one flush of its log; what can be switched on there is to wait for more of them (`commit_delay`).
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program for a person at a terminal"
)]

use std::time::{Duration, Instant};

use kontor_domain::time::Time;
use kontor_store::{
    Opener, Settings, Store,
    testing::{Backend, Fresh, rows::at},
    tombstones,
};

const WRITERS: [usize; 3] = [1, 16, 256];

/// What is measured: a name, and how its database is made ready.
struct Case {
    name: &'static str,
    backend: Backend,
    group_commit: bool,
    /// Microseconds.
    commit_delay: Option<u32>,
}

const CASES: [Case; 4] = [
    Case {
        name: "SQLite, a commit for each write",
        backend: Backend::Sqlite,
        group_commit: false,
        commit_delay: None,
    },
    Case {
        name: "SQLite, group commit",
        backend: Backend::Sqlite,
        group_commit: true,
        commit_delay: None,
    },
    Case {
        name: "PostgreSQL, as it is",
        backend: Backend::Postgres,
        group_commit: true,
        commit_delay: None,
    },
    Case {
        name: "PostgreSQL, commit_delay 1 ms",
        backend: Backend::Postgres,
        group_commit: true,
        commit_delay: Some(1000),
    },
];

/// Writes one row after another until the time is over. Returns how long each took.
async fn write(store: Store, writer: usize, until: Instant, now: Time) -> Vec<Duration> {
    let mut times = Vec::new();
    while Instant::now() < until {
        let began = Instant::now();
        let uri = format!("https://far.test/{writer}/{}", times.len());
        store
            .write(move |tx| tombstones::insert(tx, &uri, now))
            .await
            .expect("a write succeeds");
        times.push(began.elapsed());
    }
    times
}

async fn measure(case: &Case, writers: usize, span: Duration) -> (f64, Duration, Duration) {
    let fresh = Fresh::new(case.backend);
    // Makes the tables.
    drop(fresh.store());
    if let Some(delay) = case.commit_delay {
        let name = fresh.url().rsplit('/').next().unwrap_or_default();
        fresh.execute(&format!("ALTER DATABASE {name} SET commit_delay = {delay}"));
    }
    let settings = Settings {
        group_commit: case.group_commit,
        ..Settings::new(fresh.url())
    };
    let store = Store::open(&settings, Opener::Server).expect("the database opens");
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..writers {
        tasks.spawn(write(store.clone(), writer, began + span, at(0, 0)));
    }
    let mut times: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let took = began.elapsed();
    times.sort_unstable();
    let many = u32::try_from(times.len()).unwrap_or(u32::MAX);
    let place = |share: usize| {
        times
            .get(times.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    (f64::from(many) / took.as_secs_f64(), place(50), place(99))
}

#[tokio::main]
async fn main() {
    let seconds = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(4);
    println!(
        "{:<34} {:>8} {:>10} {:>12} {:>12}",
        "", "writers", "writes/s", "median", "99 in 100"
    );
    for case in CASES {
        for writers in WRITERS {
            let (rate, median, slow) = measure(&case, writers, Duration::from_secs(seconds)).await;
            println!(
                "{:<34} {writers:>8} {rate:>10.0} {median:>12.2?} {slow:>12.2?}",
                case.name
            );
        }
    }
}
