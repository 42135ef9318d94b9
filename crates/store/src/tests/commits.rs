//! What a write promises: kept as a whole or not at all, alone, and answered when it is so. Both databases, and SQLite's
//! group commit.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use diesel::{Connection, prelude::*};
use kontor_domain::ids::AccountId;
use tokio::task::JoinHandle;

use super::{raw, read, write};
use crate::{
    Conn, Error, Opener, Result, Settings, Store, Tx, accounts,
    testing::{
        Backend, Fresh, each,
        rows::{at, local_account},
    },
    tombstones,
};

/// A row that a test can look for.
fn mark(tx: &mut Tx<'_>, name: &str) -> Result<()> {
    tombstones::insert(tx, name, at(0, 0))
}

async fn is_marked(store: &Store, name: &'static str) -> bool {
    read(store, move |db| tombstones::deleted_at(db, name))
        .await
        .is_some()
}

/// Fails in the database: the handle is taken.
fn clash(tx: &mut Tx<'_>) -> Result<()> {
    accounts::insert(tx, &local_account(1, "ann"))?;
    accounts::insert(tx, &local_account(2, "ann"))
}

#[tokio::test]
async fn a_write_that_fails_leaves_nothing_and_says_why() {
    each(|store| async move {
        let failed: Result<()> = store
            .write(|tx| {
                mark(tx, "a")?;
                clash(tx)
            })
            .await;
        assert!(failed.unwrap_err().is_unique_violation());
        let own: Result<()> = store
            .write(|tx| {
                mark(tx, "a")?;
                Err(Error::Migration("mine".to_owned()))
            })
            .await;
        assert_eq!(own.unwrap_err().to_string(), "a migration failed: mine");
        assert!(!is_marked(&store, "a").await);
        write(&store, |tx| mark(tx, "b")).await;
        assert!(is_marked(&store, "b").await);
    })
    .await;
}

#[tokio::test]
async fn a_write_that_panics_fails_alone_even_inside_a_transaction_of_its_own() {
    each(|store| async move {
        let lost: Result<()> = store
            .write(|tx| mark(tx, "a").map(|()| panic!("on purpose")))
            .await;
        assert!(matches!(lost, Err(Error::Lost)));
        let lost: Result<()> = store
            .write(|tx| {
                mark(tx, "a")?;
                each!(tx, |c| c
                    .transaction(|_| -> QueryResult<()> { panic!("on purpose") }))?;
                Ok(())
            })
            .await;
        assert!(matches!(lost, Err(Error::Lost)));
        for name in ["b", "c", "d"] {
            write(&store, move |tx| mark(tx, name)).await;
        }
        assert!(
            !is_marked(&store, "a").await
                && is_marked(&store, "b").await
                && is_marked(&store, "d").await
        );
    })
    .await;
}

#[tokio::test]
async fn a_read_that_panics_fails_alone() {
    each(|store| async move {
        for _ in 0..9 {
            let lost: Result<()> = store.read(|_| panic!("on purpose")).await;
            assert!(matches!(lost, Err(Error::Lost)));
        }
        assert!(!is_marked(&store, "a").await);
    })
    .await;
}

#[tokio::test]
async fn a_read_cannot_write() {
    each(|store| async move {
        for _ in 0..9 {
            let refused = store
                .read(|db| {
                    raw(
                        db,
                        "INSERT INTO tombstones (uri, deleted_at) VALUES ('a', '2026-01-01 00:00:00')",
                    )
                })
                .await;
            assert!(
                refused.unwrap_err().to_string().contains("read"),
                "says that it is for reading"
            );
            write(&store, |tx| mark(tx, "b")).await;
        }
        assert!(!is_marked(&store, "a").await);
    })
    .await;
}

/// PostgreSQL answers the COMMIT of a transaction in which something failed by rolling back, and calls that a success.
#[tokio::test]
async fn a_failure_that_is_passed_over_is_never_called_kept_unless_it_is() {
    each(|store| async move {
        let done = store
            .write(|tx| {
                mark(tx, "a")?;
                let _passed_over = clash(tx);
                Ok::<_, Error>(())
            })
            .await;
        assert_eq!(done.is_ok(), is_marked(&store, "a").await);
        assert_eq!(done.is_ok(), !store.is_postgres(), "{done:?}");
        write(&store, |tx| mark(tx, "b")).await;
    })
    .await;
}

/// Each caller looks from a connection of its own as soon as it is answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_is_answered_after_the_commit() {
    for backend in Backend::ALL {
        let fresh = Fresh::new(backend);
        let store = fresh.store();
        let opener = if backend == Backend::Sqlite {
            Opener::Command
        } else {
            Opener::Server
        };
        let beside = Store::open(&fresh.settings(), opener).unwrap();
        let mut callers = tokio::task::JoinSet::new();
        for caller in 0..8 {
            let (store, beside) = (store.clone(), beside.clone());
            callers.spawn(async move {
                for number in 0..10 {
                    let name = format!("{caller}/{number}");
                    let mark_it = name.clone();
                    write(&store, move |tx| mark(tx, &mark_it)).await;
                    assert!(
                        read(&beside, move |db| tombstones::deleted_at(db, &name))
                            .await
                            .is_some()
                    );
                }
            });
        }
        callers.join_all().await;
    }
}

#[tokio::test]
async fn a_read_that_nobody_waits_for_is_not_run() {
    let fresh = Fresh::new(Backend::Sqlite);
    let store = Store::open(
        &Settings {
            readers: 1,
            ..fresh.settings()
        },
        Opener::Server,
    )
    .unwrap();
    let (go, wait) = mpsc::channel::<()>();
    let busy = spawn_read(&store, move |_| {
        wait.recv().unwrap();
        Ok(())
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let ran = Arc::new(AtomicBool::new(false));
    let flag = ran.clone();
    let waiting = spawn_read(&store, move |_| {
        flag.store(true, Ordering::SeqCst);
        Ok(())
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    go.send(()).unwrap();
    busy.await.unwrap().unwrap();
    assert!(!is_marked(&store, "a").await);
    assert!(!ran.load(Ordering::SeqCst));
}

fn spawn_read(
    store: &Store,
    body: impl FnOnce(&mut Conn) -> Result<()> + Send + 'static,
) -> JoinHandle<Result<()>> {
    let store = store.clone();
    tokio::spawn(async move { store.read(body).await })
}

fn spawn(
    store: &Store,
    body: impl Fn(&mut Tx<'_>) -> Result<()> + Send + 'static,
) -> JoinHandle<Result<()>> {
    let store = store.clone();
    tokio::spawn(async move { store.write(body).await })
}

/// A SQLite store whose writer is held up, so that what is written next goes in one batch.
struct Held {
    /// The file is there as long as this is.
    _fresh: Fresh,
    store: Store,
    go: mpsc::Sender<()>,
    first: JoinHandle<Result<()>>,
}

impl Held {
    async fn new(settings: impl FnOnce(Settings) -> Settings) -> Self {
        let fresh = Fresh::new(Backend::Sqlite);
        let wide = Settings {
            group_commit_window: Duration::from_secs(60),
            ..fresh.settings()
        };
        let store = Store::open(&settings(wide), Opener::Server).unwrap();
        let (go, wait) = mpsc::channel();
        let wait = Mutex::new(Some(wait));
        let first = spawn(&store, move |_| {
            // It runs again when another one of its batch fails.
            if let Some(wait) = wait.lock().unwrap().take() {
                wait.recv().unwrap();
            }
            Ok(())
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        Self {
            _fresh: fresh,
            store,
            go,
            first,
        }
    }

    /// Queues a write behind the one that holds up.
    async fn queue(
        &self,
        body: impl Fn(&mut Tx<'_>) -> Result<()> + Send + 'static,
    ) -> JoinHandle<Result<()>> {
        let queued = spawn(&self.store, body);
        tokio::time::sleep(Duration::from_millis(5)).await;
        queued
    }
}

#[tokio::test]
async fn in_a_batch_the_one_that_fails_rolls_back_alone() {
    let held = Held::new(|settings| settings).await;
    let mut good = Vec::new();
    for name in ["a", "b"] {
        good.push(held.queue(move |tx| mark(tx, name)).await);
    }
    let clashing = held
        .queue(|tx| {
            mark(tx, "x")?;
            clash(tx)
        })
        .await;
    let panicking = held
        .queue(|tx| mark(tx, "y").map(|()| panic!("on purpose")))
        .await;
    let nested = held
        .queue(|tx| {
            mark(tx, "z")?;
            Ok(each!(tx, |c| c.transaction(|_| -> QueryResult<()> {
                panic!("on purpose")
            }))?)
        })
        .await;
    good.push(held.queue(|tx| mark(tx, "c")).await);
    held.go.send(()).unwrap();
    held.first.await.unwrap().unwrap();
    for answer in good {
        answer.await.unwrap().unwrap();
    }
    assert!(clashing.await.unwrap().unwrap_err().is_unique_violation());
    assert!(matches!(panicking.await.unwrap(), Err(Error::Lost)));
    assert!(matches!(nested.await.unwrap(), Err(Error::Lost)));
    for (name, there) in [
        ("a", true),
        ("b", true),
        ("c", true),
        ("x", false),
        ("y", false),
        ("z", false),
    ] {
        assert_eq!(is_marked(&held.store, name).await, there, "{name}");
    }
    let ann = read(&held.store, |db| accounts::by_id(db, AccountId(1))).await;
    assert_eq!(ann, None);
}

/// Writes of a batch run a second time when one of them has to be undone alone, and are kept once; one that refuses by itself
/// before it changed anything has nothing to undo.
#[tokio::test]
async fn in_a_batch_what_runs_again_is_kept_once() {
    for (fails_late, runs) in [(false, 1), (true, 2)] {
        let held = Held::new(|settings| settings).await;
        let ran = Arc::new(AtomicU32::new(0));
        let count = ran.clone();
        let good = held
            .queue(move |tx| {
                count.fetch_add(1, Ordering::SeqCst);
                accounts::insert(tx, &local_account(1, "ann"))
            })
            .await;
        let bad = held
            .queue(move |tx| {
                if fails_late {
                    mark(tx, "x")?;
                }
                Err(Error::Migration("mine".to_owned()))
            })
            .await;
        held.go.send(()).unwrap();
        held.first.await.unwrap().unwrap();
        good.await.unwrap().unwrap();
        assert_eq!(
            bad.await.unwrap().unwrap_err().to_string(),
            "a migration failed: mine"
        );
        assert_eq!(ran.load(Ordering::SeqCst), runs);
        assert!(!is_marked(&held.store, "x").await);
        let ann = read(&held.store, |db| accounts::by_id(db, AccountId(1))).await;
        assert!(ann.is_some());
    }
}

/// The quick one shares the commit of the slow one behind it; without group commit it does not wait for it.
#[tokio::test]
async fn a_batch_commits_once() {
    for group_commit in [true, false] {
        let held = Held::new(|settings| Settings {
            group_commit,
            ..settings
        })
        .await;
        let quick = held.queue(|tx| mark(tx, "quick")).await;
        let slow = held
            .queue(|tx| {
                std::thread::sleep(Duration::from_millis(300));
                mark(tx, "slow")
            })
            .await;
        held.go.send(()).unwrap();
        let began = Instant::now();
        quick.await.unwrap().unwrap();
        let together = began.elapsed() >= Duration::from_millis(300);
        assert_eq!(together, group_commit);
        slow.await.unwrap().unwrap();
        assert!(is_marked(&held.store, "quick").await && is_marked(&held.store, "slow").await);
    }
}

#[tokio::test]
async fn a_batch_holds_no_more_than_it_may() {
    let held = Held::new(|settings| Settings {
        group_commit_max: 3,
        ..settings
    })
    .await;
    let queued = [
        held.queue(|tx| mark(tx, "a")).await,
        held.queue(|tx| mark(tx, "b")).await,
    ];
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let late = held
        .queue(move |_| {
            wait.lock().unwrap().recv().unwrap();
            Ok(())
        })
        .await;
    held.go.send(()).unwrap();
    // The first three are answered while the fourth has only begun.
    for answer in queued {
        answer.await.unwrap().unwrap();
    }
    assert!(!late.is_finished());
    go.send(()).unwrap();
    late.await.unwrap().unwrap();
}

/// What SQLite does by itself when the disk is full or fails: the whole transaction is rolled back, not the statement.
#[tokio::test]
async fn when_the_transaction_is_lost_its_batch_fails_and_nothing_runs_outside_of_one() {
    for passed_over in [false, true] {
        let held = Held::new(|settings| settings).await;
        let before = held.queue(|tx| mark(tx, "before")).await;
        let losing = held
            .queue(move |tx| {
                mark(tx, "losing")?;
                raw(tx, "ROLLBACK")?;
                if passed_over {
                    Ok(())
                } else {
                    Err(Error::Migration("mine".to_owned()))
                }
            })
            .await;
        let after = held.queue(|tx| mark(tx, "after")).await;
        held.go.send(()).unwrap();
        assert!(held.first.await.unwrap().is_err());
        assert!(before.await.unwrap().is_err());
        let own = losing.await.unwrap().unwrap_err().to_string();
        assert_eq!(own.contains("mine"), !passed_over, "{own}");
        after.await.unwrap().unwrap();
        assert!(!is_marked(&held.store, "before").await && !is_marked(&held.store, "losing").await);
        assert!(is_marked(&held.store, "after").await);
    }
}

#[tokio::test]
async fn a_commit_that_fails_fails_its_batch_and_the_store_goes_on() {
    let held = Held::new(|settings| settings).await;
    let innocent = held.queue(|tx| mark(tx, "innocent")).await;
    // The reference is looked at when the transaction commits, and leads nowhere.
    let guilty = held
        .queue(|tx| {
            raw(tx, "PRAGMA defer_foreign_keys = ON")?;
            accounts::insert_key(tx, AccountId(404), "key", at(0, 0))
        })
        .await;
    let own: JoinHandle<Result<()>> = held
        .queue(|_| Err(Error::Migration("mine".to_owned())))
        .await;
    held.go.send(()).unwrap();
    for answer in [held.first, innocent, guilty] {
        let why = answer.await.unwrap().unwrap_err().to_string();
        assert!(why.contains("FOREIGN KEY"), "{why}");
    }
    assert!(own.await.unwrap().unwrap_err().to_string().contains("mine"));
    assert!(!is_marked(&held.store, "innocent").await);
    write(&held.store, |tx| mark(tx, "next")).await;
    assert!(is_marked(&held.store, "next").await);
}

#[tokio::test]
async fn a_full_database_refuses_and_goes_on_when_there_is_room() {
    let fresh = Fresh::new(Backend::Sqlite);
    let store = fresh.store();
    let full = store
        .write(|tx| {
            raw(tx, "PRAGMA max_page_count = 1")?;
            mark(tx, &"long".repeat(1_000_000))
        })
        .await;
    assert!(full.unwrap_err().to_string().contains("full"));
    let room = Arc::new(AtomicU32::new(0));
    let tries = room.clone();
    write(&store, move |tx| {
        tries.fetch_add(1, Ordering::SeqCst);
        raw(tx, "PRAGMA max_page_count = 1000000")?;
        mark(tx, &"long".repeat(1_000_000))?;
        mark(tx, "a")
    })
    .await;
    assert!(is_marked(&store, "a").await);
    assert_eq!(room.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_write_that_cannot_begin_fails_and_the_next_may_not() {
    let fresh = Fresh::new(Backend::Sqlite);
    let hurried = Settings {
        busy_timeout: Duration::from_millis(50),
        ..fresh.settings()
    };
    let store = Store::open(&hurried, Opener::Server).unwrap();
    let mut other = crate::sqlite::open(
        &crate::sqlite::path(fresh.url()).unwrap(),
        &fresh.settings(),
    )
    .unwrap();
    raw(&mut other, "BEGIN IMMEDIATE").unwrap();
    for _ in 0..3 {
        let locked = store
            .write(|tx| mark(tx, "a"))
            .await
            .unwrap_err()
            .to_string();
        assert!(locked.contains("locked"), "{locked}");
    }
    raw(&mut other, "ROLLBACK").unwrap();
    write(&store, |tx| mark(tx, "b")).await;
    assert!(!is_marked(&store, "a").await && is_marked(&store, "b").await);
}

#[tokio::test]
async fn what_waited_for_a_write_that_cannot_begin_fails_with_it() {
    const PATIENCE: Duration = Duration::from_millis(500);
    let fresh = Fresh::new(Backend::Sqlite);
    let hurried = Settings {
        busy_timeout: PATIENCE,
        ..fresh.settings()
    };
    let store = Store::open(&hurried, Opener::Server).unwrap();
    let mut other = crate::sqlite::open(
        &crate::sqlite::path(fresh.url()).unwrap(),
        &fresh.settings(),
    )
    .unwrap();
    raw(&mut other, "BEGIN IMMEDIATE").unwrap();
    let began = Instant::now();
    let waiting: Vec<JoinHandle<Result<()>>> =
        (0..10).map(|_| spawn(&store, |tx| mark(tx, "a"))).collect();
    for one in waiting {
        let why = one.await.unwrap().unwrap_err();
        assert!(why.is_outage(), "{why}");
    }
    // One after another they would have waited ten times as long.
    let took = began.elapsed();
    assert!(took < PATIENCE * 5, "{took:?}");
}

#[tokio::test]
async fn a_file_that_is_away_is_not_made_anew() {
    let fresh = Fresh::new(Backend::Sqlite);
    let store = fresh.store();
    let path = crate::sqlite::path(fresh.url()).unwrap();
    let away = path.with_extension("away");
    // A commit that fails takes the connection along.
    let failed = store
        .write(|tx| {
            raw(tx, "PRAGMA defer_foreign_keys = ON")?;
            accounts::insert_key(tx, AccountId(404), "key", at(0, 0))
        })
        .await;
    assert!(failed.is_err());
    std::fs::rename(&path, &away).unwrap();
    let gone = store.write(|tx| mark(tx, "a")).await.unwrap_err();
    assert!(gone.is_outage() && !path.exists(), "{gone}");
    std::fs::rename(&away, &path).unwrap();
    write(&store, |tx| mark(tx, "b")).await;
    assert!(!is_marked(&store, "a").await && is_marked(&store, "b").await);
}
