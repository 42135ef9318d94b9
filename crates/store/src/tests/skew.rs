//! PostgreSQL: two writes of which each looks for what the other writes. One runs again and sees it, as if they had come one
//! after the other.

use std::{
    future::Future,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use kontor_domain::{
    follow::FollowState,
    ids::{AccountId, FollowId, PostId},
};
use tokio::sync::oneshot;

use super::{ids_of, read, write};
use crate::{
    Conn, Opener, Result, Store, Tx, accounts, follows, home,
    posts::{self, Post},
    testing::{
        Backend, Fresh,
        rows::{at, follow, local_account, post, remote_account, user},
    },
    timelines, tombstones, users,
};

const ANN: AccountId = AccountId(1);
const BOB: AccountId = AccountId(2);
const URI: &str = "https://far.test/users/bob/posts/10";

/// Two processes on one database, with Ann here and Bob elsewhere.
async fn two() -> (Fresh, [Store; 2]) {
    let fresh = Fresh::new(Backend::Postgres);
    let stores = [
        fresh.store(),
        Store::open(&fresh.settings(), Opener::Server).unwrap(),
    ];
    write(&stores[0], |tx| {
        accounts::insert(tx, &local_account(ANN.0, "ann"))?;
        users::insert(tx, &user(ANN))?;
        accounts::insert(tx, &bob())
    })
    .await;
    (fresh, stores)
}

fn bob() -> accounts::Account {
    remote_account(BOB.0, "bob", "far.test")
}

/// The place in a write where, in its first run, something else happens.
struct Gap(Mutex<Option<(oneshot::Sender<()>, mpsc::Receiver<()>)>>);

impl Gap {
    /// Nothing happens in between.
    fn none() -> Self {
        Self(Mutex::new(None))
    }

    fn wait(&self) {
        if let Some((reached, go_on)) = self.0.lock().unwrap().take() {
            reached.send(()).unwrap();
            go_on.recv().unwrap();
        }
    }
}

/// Runs `slow` up to its gap, then all of `fast`, then the rest of `slow`.
async fn overtaken(
    store: &Store,
    slow: impl Fn(&mut Tx<'_>, &Gap) -> Result<()> + Send + 'static,
    fast: impl Future<Output = ()>,
) {
    let (reached, at_gap) = oneshot::channel();
    let (go, go_on) = mpsc::channel();
    let gap = Arc::new(Gap(Mutex::new(Some((reached, go_on)))));
    let store = store.clone();
    let running = tokio::spawn(async move { write(&store, move |tx| slow(tx, &gap)).await });
    at_gap.await.unwrap();
    fast.await;
    go.send(()).unwrap();
    running.await.unwrap();
}

fn answer() -> Post {
    post(11, &local_account(ANN.0, "ann"))
}

/// An answer looks for its parent, and stands alone if that is not here yet.
fn answer_comes(tx: &mut Tx<'_>, gap: &Gap) -> Result<()> {
    let parent = posts::stub_by_uri(tx, URI)?;
    gap.wait();
    let answer = Post {
        in_reply_to_id: parent.as_ref().map(|parent| parent.id),
        in_reply_to_account_id: parent.as_ref().map(|parent| parent.account_id),
        in_reply_to_uri: parent.is_none().then(|| URI.to_owned()),
        ..answer()
    };
    posts::insert(tx, &answer)
}

/// A post looks for answers that came before it.
fn parent_comes(tx: &mut Tx<'_>, gap: &Gap) -> Result<()> {
    posts::insert(
        tx,
        &Post {
            uri: URI.to_owned(),
            ..post(10, &bob())
        },
    )?;
    let orphans = posts::orphans_of(tx, URI)?;
    gap.wait();
    for orphan in orphans {
        posts::adopt(tx, orphan.id, PostId(10), BOB)?;
    }
    Ok(())
}

async fn parent_of_answer(store: &Store) -> Option<PostId> {
    let viewer = kontor_domain::audience::Viewer::Account(ANN);
    read(store, move |db| posts::by_id(db, viewer, PostId(11)))
        .await
        .unwrap()
        .in_reply_to_id
}

#[tokio::test]
async fn an_answer_and_its_parent_find_each_other() {
    let (_fresh, [one, other]) = two().await;
    overtaken(
        &one,
        answer_comes,
        write(&other, |tx| parent_comes(tx, &Gap::none())),
    )
    .await;
    assert_eq!(parent_of_answer(&one).await, Some(PostId(10)));

    let (_fresh, [one, other]) = two().await;
    overtaken(
        &one,
        parent_comes,
        write(&other, |tx| answer_comes(tx, &Gap::none())),
    )
    .await;
    assert_eq!(parent_of_answer(&one).await, Some(PostId(10)));
}

/// What an event of a new post does.
fn fan_out(tx: &mut Tx<'_>, gap: &Gap) -> Result<()> {
    let followers = follows::local_followers(tx, BOB, at(-1, 0), None)?;
    let owners: Vec<AccountId> = followers.iter().map(|follower| follower.id).collect();
    gap.wait();
    home::add(tx, &owners, PostId(10))
}

async fn at_home(store: &Store) -> Vec<i64> {
    let page = kontor_domain::page::Page::first(40);
    read(store, move |db| {
        timelines::home(db, ANN, crate::testing::rows::at(0, 0), &page).map(ids_of)
    })
    .await
    .into_iter()
    .map(|id| id.0)
    .collect()
}

async fn bob_posts(store: &Store) {
    write(store, |tx| posts::insert(tx, &post(10, &bob()))).await;
}

#[tokio::test]
async fn a_post_that_comes_while_a_follow_is_accepted_is_at_home() {
    let (_fresh, [one, other]) = two().await;
    write(&one, |tx| {
        follows::insert_if_new(tx, &follow(5, ANN, BOB, FollowState::Pending)).map(drop)
    })
    .await;
    overtaken(
        &one,
        |tx, gap| {
            assert!(follows::by_id(tx, FollowId(5))?.is_some());
            gap.wait();
            home::remember(tx, ANN, BOB, 40)?;
            follows::accept(tx, FollowId(5)).map(drop)
        },
        async {
            bob_posts(&other).await;
            write(&other, |tx| fan_out(tx, &Gap::none())).await;
        },
    )
    .await;
    assert_eq!(at_home(&one).await, [10]);
}

#[tokio::test]
async fn a_post_that_comes_while_a_follow_ends_is_not_at_home() {
    let unfollow = |tx: &mut Tx<'_>, gap: &Gap| {
        home::forget(tx, ANN, BOB)?;
        gap.wait();
        follows::delete(tx, FollowId(5)).map(drop)
    };
    for slow_fan_out in [true, false] {
        let (_fresh, [one, other]) = two().await;
        write(&one, |tx| {
            follows::insert_if_new(tx, &follow(5, ANN, BOB, FollowState::Accepted)).map(drop)
        })
        .await;
        bob_posts(&one).await;
        if slow_fan_out {
            let fast = write(&other, move |tx| unfollow(tx, &Gap::none()));
            overtaken(&one, fan_out, fast).await;
        } else {
            let fast = write(&other, |tx| fan_out(tx, &Gap::none()));
            overtaken(&one, unfollow, fast).await;
        }
        assert_eq!(at_home(&one).await, [0; 0], "slow fan-out: {slow_fan_out}");
    }
}

fn bob_deletes(tx: &mut Tx<'_>, gap: &Gap) -> Result<()> {
    let found = posts::stub_by_uri(tx, URI)?;
    gap.wait();
    match found {
        Some(stub) => {
            posts::delete(tx, stub.id)?;
            tombstones::insert(tx, URI, at(0, 0))
        }
        None => tombstones::insert_said(tx, URI, BOB, at(0, 0)),
    }
}

fn bob_creates(tx: &mut Tx<'_>, gap: &Gap) -> Result<()> {
    let deleted = tombstones::deleted_at_for(tx, URI, BOB)?;
    gap.wait();
    if deleted.is_none() {
        let post = Post {
            uri: URI.to_owned(),
            ..post(10, &bob())
        };
        posts::insert(tx, &post)?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_deleted_while_it_comes_does_not_stay() {
    for slow_create in [true, false] {
        let (_fresh, [one, other]) = two().await;
        if slow_create {
            let fast = write(&other, |tx| bob_deletes(tx, &Gap::none()));
            overtaken(&one, bob_creates, fast).await;
        } else {
            let fast = write(&other, |tx| bob_creates(tx, &Gap::none()));
            overtaken(&one, bob_deletes, fast).await;
        }
        let left = read(&one, |db| posts::stub_by_uri(db, URI)).await;
        assert!(left.is_none(), "slow create: {slow_create}");
        let said = read(&one, |db| tombstones::deleted_at_for(db, URI, BOB)).await;
        assert!(said.is_some());
    }
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// Each reads all that the others write, so of those that run together one wins. In the end each has won, and has seen all who
/// were before it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_all_meet_each_gets_through() {
    let (_fresh, [store, _]) = two().await;
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..80 {
        let store = store.clone();
        writers.spawn(async move {
            write(&store, move |tx| {
                let Conn::Postgres(c) = tx.raw() else {
                    panic!("on PostgreSQL")
                };
                let before = sql_query("SELECT COUNT(*) AS rows FROM tombstones")
                    .get_result::<Rows>(c)?
                    .rows;
                std::thread::sleep(Duration::from_millis(3));
                tombstones::insert(tx, &number.to_string(), at(0, 0))?;
                Ok(before)
            })
            .await
        });
    }
    let mut seen = writers.join_all().await;
    seen.sort_unstable();
    assert_eq!(seen, (0..80).collect::<Vec<i64>>());
}
