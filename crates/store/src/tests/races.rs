//! PostgreSQL: writes that meet, connections that break.

use std::{
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{Integer, Text},
};
use kontor_domain::ids::{AccountId, TagId};

use super::{raw, read, write};
use crate::{
    Conn, Error, Opener, Result, Store, Tx,
    accounts::{self, Account, Counter},
    contexts::{self, Context},
    jobs, posts, quotes,
    testing::{
        Backend, Fresh,
        rows::{at, local_account, post},
    },
    tombstones,
};

const ANN: AccountId = AccountId(1);
const BOB: AccountId = AccountId(2);

/// Two processes on one database.
async fn two() -> (Fresh, [Store; 2]) {
    let fresh = Fresh::new(Backend::Postgres);
    let stores = [
        fresh.store(),
        Store::open(&fresh.settings(), Opener::Server).unwrap(),
    ];
    write(&stores[0], |tx| {
        accounts::insert(tx, &local_account(1, "ann"))?;
        accounts::insert(tx, &local_account(2, "bob"))
    })
    .await;
    (fresh, stores)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_on_one_row_from_two_processes_all_count() {
    let (_fresh, stores) = two().await;
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..40 {
        let store = stores[number % 2].clone();
        writers.spawn(async move {
            write(&store, |tx| {
                // Reads first, so that its snapshot is old when it writes.
                let before = accounts::by_id(tx, ANN)?.unwrap().followers_count;
                std::thread::sleep(Duration::from_millis(2));
                accounts::count(tx, ANN, Counter::Followers, 1)?;
                assert_eq!(
                    accounts::by_id(tx, ANN)?.unwrap().followers_count,
                    before + 1
                );
                Ok(())
            })
            .await;
        });
    }
    writers.join_all().await;
    assert_eq!(
        read(&stores[0], |db| accounts::by_id(db, ANN))
            .await
            .unwrap()
            .followers_count,
        40
    );
}

/// Whoever looks first and then writes does not see what was written since it began: the second run does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_look_and_then_insert_one_inserts_and_none_fails() {
    let (_fresh, stores) = two().await;
    for round in 10..16 {
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..6 {
            let store = stores[number % 2].clone();
            let id = round * 10 + i64::try_from(number).unwrap();
            writers.spawn(async move {
                store
                    .write(move |tx| {
                        let handle = format!("same{round}");
                        if accounts::by_handle(tx, &handle)?.is_some() {
                            return Ok(false);
                        }
                        std::thread::sleep(Duration::from_millis(3));
                        accounts::insert(
                            tx,
                            &Account {
                                handle,
                                ..local_account(id, "new")
                            },
                        )
                        .map(|()| true)
                    })
                    .await
            });
        }
        let made: Vec<bool> = writers
            .join_all()
            .await
            .into_iter()
            .collect::<Result<_>>()
            .unwrap();
        assert_eq!(made.into_iter().filter(|made| *made).count(), 1);
    }
}

/// A row that is truly in the way stays so.
#[tokio::test]
async fn a_clash_is_tried_twice_and_then_told() {
    let (_fresh, [store, _]) = two().await;
    let runs = Arc::new(AtomicU32::new(0));
    let count = runs.clone();
    let clash = store
        .write(move |tx| {
            count.fetch_add(1, Ordering::SeqCst);
            accounts::insert(tx, &local_account(9, "ann"))
        })
        .await;
    assert!(clash.unwrap_err().is_unique_violation());
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_wait_for_each_other_both_go_through() {
    let (_fresh, stores) = two().await;
    let barrier = Arc::new(Barrier::new(2));
    let mut writers = tokio::task::JoinSet::new();
    for (store, order) in stores.clone().into_iter().zip([[ANN, BOB], [BOB, ANN]]) {
        let barrier = barrier.clone();
        let first_run = AtomicBool::new(true);
        writers.spawn(async move {
            write(&store, move |tx| {
                accounts::count(tx, order[0], Counter::Followers, 1)?;
                if first_run.swap(false, Ordering::SeqCst) {
                    barrier.wait();
                }
                accounts::count(tx, order[1], Counter::Followers, 1)
            })
            .await;
        });
    }
    writers.join_all().await;
    for id in [ANN, BOB] {
        assert_eq!(
            read(&stores[0], move |db| accounts::by_id(db, id))
                .await
                .unwrap()
                .followers_count,
            2
        );
    }
}

/// However many writes wait for each other, whoever reads is answered.
#[tokio::test]
async fn reads_go_on_while_writes_wait() {
    let (fresh, [store, _]) = two().await;
    let mut other = Conn::postgres(fresh.url()).unwrap();
    raw(&mut other, "BEGIN; UPDATE accounts SET note = 'held'").unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        writers.spawn(async move {
            write(&store, |tx| accounts::count(tx, ANN, Counter::Followers, 1)).await;
        });
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..20 {
        let ann = read(&store, |db| accounts::by_id(db, ANN)).await.unwrap();
        assert_eq!((ann.followers_count, ann.note.as_str()), (0, ""));
    }
    raw(&mut other, "COMMIT").unwrap();
    writers.join_all().await;
    let ann = read(&store, |db| accounts::by_id(db, ANN)).await.unwrap();
    assert_eq!((ann.followers_count, ann.note.as_str()), (20, "held"));
}

#[tokio::test]
async fn a_write_that_never_wins_gives_up_and_says_so() {
    let fresh = Fresh::new(Backend::Postgres);
    let store = Store::open(
        &crate::Settings {
            retries: 3,
            ..fresh.settings()
        },
        Opener::Server,
    )
    .unwrap();
    write(&store, |tx| accounts::insert(tx, &local_account(1, "ann"))).await;
    let runs = Arc::new(AtomicU32::new(0));
    let count = runs.clone();
    let url = fresh.url().to_owned();
    let lost = store
        .write(move |tx| {
            count.fetch_add(1, Ordering::SeqCst);
            accounts::by_id(tx, ANN)?;
            let mut other = Conn::postgres(&url)?;
            raw(
                &mut other,
                "UPDATE accounts SET following_count = following_count + 1",
            )?;
            accounts::count(tx, ANN, Counter::Followers, 1)
        })
        .await;
    assert!(lost.unwrap_err().is_conflict());
    assert_eq!(runs.load(Ordering::SeqCst), 4);
    let ann = read(&store, |db| accounts::by_id(db, ANN)).await.unwrap();
    assert_eq!((ann.followers_count, ann.following_count), (0, 4));
}

#[tokio::test]
async fn connections_that_were_ended_are_replaced_before_anyone_notices() {
    let (fresh, [store, _other]) = two().await;
    for round in 0..3 {
        // Every worker has a connection.
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let store = store.clone();
            all.spawn(async move { read(&store, |db| accounts::by_id(db, ANN)).await });
        }
        all.join_all().await;
        fresh.hang_up();
        tokio::time::sleep(Duration::from_millis(50)).await;
        for number in 0..8 {
            assert!(read(&store, |db| accounts::by_id(db, ANN)).await.is_some());
            write(&store, move |tx| {
                tombstones::insert(tx, &format!("{round}/{number}"), at(0, 0))
            })
            .await;
        }
    }
}

#[derive(QueryableByName)]
struct Pid {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

/// Nothing had been committed, so the write is run again elsewhere.
#[tokio::test]
async fn a_connection_that_breaks_inside_a_write_costs_another_run() {
    let (fresh, [store, _]) = two().await;
    let runs = Arc::new(AtomicU32::new(0));
    let count = runs.clone();
    let url = fresh.url().to_owned();
    write(&store, move |tx| {
        accounts::count(tx, ANN, Counter::Followers, 1)?;
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            let Conn::Postgres(c) = tx.raw() else {
                panic!("on PostgreSQL")
            };
            let pid = sql_query("SELECT pg_backend_pid() AS pid")
                .get_result::<Pid>(c)?
                .pid;
            raw(
                &mut Conn::postgres(&url)?,
                &format!("SELECT pg_terminate_backend({pid}, 5000)"),
            )?;
        }
        accounts::count(tx, BOB, Counter::Followers, 1)
    })
    .await;
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    for id in [ANN, BOB] {
        assert_eq!(
            read(&store, move |db| accounts::by_id(db, id))
                .await
                .unwrap()
                .followers_count,
            1
        );
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_told_and_comes_back() {
    let (fresh, [store, _]) = two().await;
    fresh.take_connections(false);
    fresh.hang_up();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let reading = store.read(|db| accounts::by_id(db, ANN)).await;
    assert!(matches!(reading, Err(Error::Connect(_))), "{reading:?}");
    let writing = store
        .write(|tx| tombstones::insert(tx, "a", at(0, 0)))
        .await;
    assert!(matches!(writing, Err(Error::Connect(_))), "{writing:?}");
    fresh.take_connections(true);
    write(&store, |tx| tombstones::insert(tx, "a", at(0, 0))).await;
    assert!(read(&store, |db| accounts::by_id(db, ANN)).await.is_some());
}

/// The lane of ids: six bits above the ten of the sequence.
fn lane(store: &Store) -> i64 {
    (store.ids().next(at(0, 0)) >> 10) & 63
}

#[tokio::test]
async fn each_process_has_a_lane_of_ids_and_keeps_it_when_its_line_breaks() {
    let (fresh, [one, two]) = two().await;
    let lanes = [lane(&one), lane(&two)];
    assert_ne!(lanes[0], lanes[1]);
    fresh.hang_up();
    let mut free = Vec::new();
    // Until both have taken their lanes again: then newcomers get others.
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        free = locked_lanes(&fresh);
        if free.len() == 2 {
            break;
        }
    }
    free.sort_unstable();
    let mut held = [lane(&one), lane(&two)];
    held.sort_unstable();
    assert_eq!(free, held);
    let third = Store::open(&fresh.settings(), Opener::Server).unwrap();
    assert!(!held.contains(&lane(&third)));
}

fn locked_lanes(fresh: &Fresh) -> Vec<i64> {
    let Conn::Postgres(mut c) = Conn::postgres(fresh.url()).unwrap() else {
        panic!("on PostgreSQL")
    };
    let lanes: Vec<Pid> = sql_query(
        "SELECT objid::integer AS pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .load(&mut c)
    .unwrap();
    lanes.into_iter().map(|row| i64::from(row.pid)).collect()
}

/// Two that write what the other read: each sees the database as it was when it began, and the later one runs again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_sees_one_moment() {
    let (fresh, [store, _]) = two().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = seen.clone();
    let url = fresh.url().to_owned();
    write(&store, move |tx| {
        let before = accounts::by_id(tx, ANN)?.unwrap().followers_count;
        raw(
            &mut Conn::postgres(&url)?,
            "UPDATE accounts SET followers_count = 7 WHERE id = 1",
        )?;
        let after = accounts::by_id(tx, ANN)?.unwrap().followers_count;
        told.lock().unwrap().push((before, after));
        Ok(())
    })
    .await;
    assert_eq!(*seen.lock().unwrap(), [(0, 0)]);
}

/// What each of two does at once: what comes before the call of the last is done by both before either goes on.
type Deed = fn(&mut Tx<'_>, AccountId, &dyn Fn()) -> Result<()>;

/// How often Ann and Bob ran until both were through.
async fn runs(stores: [Store; 2], deed: Deed) -> u32 {
    let (count, barrier) = (Arc::new(AtomicU32::new(0)), Arc::new(Barrier::new(2)));
    let mut writers = tokio::task::JoinSet::new();
    for (store, who) in stores.into_iter().zip([ANN, BOB]) {
        let (count, barrier) = (count.clone(), barrier.clone());
        let first_run = AtomicBool::new(true);
        writers.spawn(async move {
            write(&store, move |tx| {
                count.fetch_add(1, Ordering::SeqCst);
                let meets = first_run.swap(false, Ordering::SeqCst);
                deed(tx, who, &|| {
                    if meets {
                        barrier.wait();
                    }
                })
            })
            .await;
        });
    }
    writers.join_all().await;
    count.load(Ordering::SeqCst)
}

/// PostgreSQL reads all of a small table once it knows that it is small.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_another_row_of_a_small_table_is_not_met() {
    let (fresh, stores) = two().await;
    raw(
        &mut Conn::postgres(fresh.url()).unwrap(),
        "ANALYZE accounts",
    )
    .unwrap();
    let deed: Deed = |tx, who, meet| {
        accounts::by_id(tx, who)?;
        meet();
        accounts::count(tx, who, Counter::Followers, 1)
    };
    assert_eq!(runs(stores, deed).await, 2);
}

/// What a new post of somebody known asks and writes, as far as the order matters: nobody looks for what they are about to write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_posts_of_two_people_do_not_meet() {
    let (_fresh, stores) = two().await;
    let deed: Deed = |tx, who, meet| {
        let author = accounts::by_id(tx, who)?.unwrap();
        let new = post(10 + who.0, &author);
        tombstones::deleted_at_for(tx, &new.uri, who)?;
        jobs::waits(tx, "inbox", &new.uri)?;
        meet();
        posts::insert(tx, &new)?;
        accounts::posted(tx, who, new.created_at)?;
        posts::orphans_of(tx, &new.uri)?;
        quotes::waiting_for(tx, &new.uri)?;
        contexts::insert(
            tx,
            &Context {
                post_id: new.id,
                context_uri: Some(format!("{}/context", new.uri)),
                replies_uri: None,
                checked_at: None,
                ask_at: None,
            },
        )
    };
    assert_eq!(runs(stores, deed).await, 2);
}

/// They wait for each other, and each finds what the one before left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_about_one_account_in_one_process_runs_once() {
    let (_fresh, [store, _]) = two().await;
    let count = Arc::new(AtomicU32::new(0));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, count) = (store.clone(), count.clone());
        writers.spawn(async move {
            store
                .write_about(ANN, move |tx| {
                    count.fetch_add(1, Ordering::SeqCst);
                    accounts::by_id(tx, ANN)?;
                    std::thread::sleep(Duration::from_millis(2));
                    accounts::count(tx, ANN, Counter::Followers, 1)
                })
                .await
        });
    }
    for done in writers.join_all().await {
        done.unwrap();
    }
    assert_eq!(count.load(Ordering::SeqCst), 8);
    let ann = read(&store, |db| accounts::by_id(db, ANN)).await.unwrap();
    assert_eq!(ann.followers_count, 8);
}

/// Who inserts a name waits for who inserts the same: in one order for all, nobody waits in a circle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_posts_with_the_same_new_hashtags_do_not_wait_for_each_other() {
    let (fresh, [store, _]) = two().await;
    let insert = |id, name| {
        format!("INSERT INTO tags (id, name, created_at) VALUES ({id}, '{name}', now())")
    };
    let mut other = Conn::postgres(fresh.url()).unwrap();
    raw(&mut other, "SET lock_timeout = '300ms'; BEGIN").unwrap();
    raw(&mut other, &insert(90, "ski")).unwrap();
    let writing = tokio::spawn(async move {
        write(&store, |tx| {
            let new = post(20, &local_account(1, "ann"));
            posts::insert(tx, &new)?;
            let tags = [(91, "tea"), (92, "ski")].map(|(id, name)| (TagId(id), name.to_owned()));
            posts::add_tags(tx, new.id, &tags, at(0, 0))?;
            posts::tags_of(tx, &[new.id])
        })
        .await
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    raw(&mut other, &insert(93, "tea")).unwrap();
    raw(&mut other, "COMMIT").unwrap();
    let tags: Vec<String> = writing
        .await
        .unwrap()
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    assert_eq!(tags, ["ski", "tea"]);
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    enable_seqscan: String,
}

/// What is tidied up is looked for without an index, and nobody after it is.
#[tokio::test]
async fn a_write_reads_whole_tables_if_it_says_so_and_until_it_ends() {
    fn scans(tx: &mut Tx<'_>) -> Result<String> {
        let Conn::Postgres(c) = tx.raw() else {
            panic!("on PostgreSQL")
        };
        let setting: Setting = sql_query("SHOW enable_seqscan").get_result(c)?;
        Ok(setting.enable_seqscan)
    }
    let fresh = Fresh::new(Backend::Postgres);
    // One for reads and one for writes.
    let settings = crate::Settings {
        connections: 2,
        ..fresh.settings()
    };
    let store = Store::open(&settings, Opener::Server).unwrap();
    assert_eq!(write(&store, scans).await, "off");
    let allowed = |tx: &mut Tx<'_>| {
        tx.allow_scans()?;
        scans(tx)
    };
    assert_eq!(write(&store, allowed).await, "on");
    assert_eq!(write(&store, scans).await, "off");
}
