//! Threads.

use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, PostId},
};

use super::{read, write};
use crate::{
    Conn, Result, Tx, accounts,
    posts::{self, Post},
    testing::{
        each,
        rows::{local_account, post, reply},
    },
    threads,
};

fn answer(tx: &mut Tx<'_>, id: i64, to: i64) -> Result<()> {
    let ann = local_account(1, "ann");
    posts::insert(
        tx,
        &Post {
            in_reply_to_id: Some(PostId(to)),
            in_reply_to_account_id: Some(AccountId(1)),
            ..post(id, &ann)
        },
    )
}

/// 1 ← 2 ← 4 ← 7, 2 ← 5, 1 ← 3 ← 6; 9 stands alone.
fn tree(tx: &mut Tx<'_>) -> Result<()> {
    let ann = local_account(1, "ann");
    accounts::insert(tx, &ann)?;
    posts::insert(tx, &post(1, &ann))?;
    posts::insert(tx, &post(9, &ann))?;
    for (id, to) in [(2, 1), (3, 1), (4, 2), (5, 2), (6, 3), (7, 4)] {
        answer(tx, id, to)?;
    }
    Ok(())
}

fn numbers(of: Vec<PostId>) -> Vec<i64> {
    of.into_iter().map(|id| id.0).collect()
}

#[tokio::test]
async fn the_chain_above_and_the_tree_below() {
    each(|store| async move {
        write(&store, tree).await;
        read(&store, |db| {
            assert_eq!(numbers(threads::ancestors(db, PostId(7), 99)?), [1, 2, 4]);
            assert_eq!(numbers(threads::ancestors(db, PostId(7), 2)?), [2, 4]);
            assert_eq!(numbers(threads::ancestors(db, PostId(1), 99)?), [0; 0]);
            assert_eq!(
                numbers(threads::descendants(db, Viewer::Anyone, PostId(1), 99, 99)?),
                [2, 4, 7, 5, 3, 6]
            );
            assert_eq!(
                numbers(threads::descendants(db, Viewer::Anyone, PostId(2), 99, 99)?),
                [4, 7, 5]
            );
            assert_eq!(
                numbers(threads::descendants(db, Viewer::Anyone, PostId(1), 99, 1)?),
                [2, 3]
            );
            assert_eq!(
                numbers(threads::descendants(db, Viewer::Anyone, PostId(1), 3, 99)?),
                [2, 4, 3]
            );
            assert_eq!(
                numbers(threads::descendants(db, Viewer::Anyone, PostId(9), 99, 99)?),
                [0; 0]
            );
            Ok(())
        })
        .await;
    })
    .await;
}

/// Two servers can each say that their post answers the other's.
#[tokio::test]
async fn a_ring_ends() {
    each(|store| async move {
        write(&store, |tx| {
            tree(tx)?;
            posts::adopt(tx, PostId(1), PostId(7), AccountId(1))?;
            posts::adopt(tx, PostId(9), PostId(9), AccountId(1))
        })
        .await;
        read(&store, |db| {
            assert_eq!(numbers(threads::ancestors(db, PostId(7), 50)?), [1, 2, 4]);
            assert_eq!(
                numbers(threads::ancestors(db, PostId(6), 50)?),
                [2, 4, 7, 1, 3]
            );
            assert_eq!(
                numbers(threads::descendants(db, Viewer::Anyone, PostId(2), 99, 50)?),
                [4, 7, 1, 3, 6, 5]
            );
            assert_eq!(numbers(threads::ancestors(db, PostId(9), 50)?), [0; 0]);
            assert_eq!(
                numbers(threads::descendants(db, Viewer::Anyone, PostId(9), 99, 50)?),
                [0; 0]
            );
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_deep_thread_is_walked_without_recursion() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            posts::insert(tx, &post(1, &ann))?;
            (2..=2000).try_for_each(|id| answer(tx, id, id - 1))
        })
        .await;
        let below = read(&store, |db| {
            threads::descendants(db, Viewer::Anyone, PostId(1), 9999, 9999)
        })
        .await;
        assert_eq!(numbers(below), (2..=2000).collect::<Vec<_>>());
    })
    .await;
}

/// However many answers there are that may not be read, they take no place of those that may.
#[tokio::test]
async fn only_what_may_be_read_counts() {
    each(|store| async move {
        write(&store, |tx| {
            tree(tx)?;
            let bob = local_account(2, "bob");
            accounts::insert(tx, &bob)?;
            for id in 100..140 {
                let secret = Post {
                    audience: Audience::Direct,
                    ..reply(id, &bob, &post(1, &local_account(1, "ann")))
                };
                posts::insert(tx, &secret)?;
            }
            // Younger than all of those.
            answer(tx, 200, 1)?;
            answer(tx, 201, 100)
        })
        .await;
        read(&store, |db| {
            let below = |db: &mut Conn, viewer, most| {
                threads::descendants(db, viewer, PostId(1), most, 99).map(numbers)
            };
            // What answers a secret is no secret.
            assert_eq!(below(db, Viewer::Anyone, 9)?, [2, 4, 7, 5, 3, 6, 201, 200]);
            assert_eq!(below(db, Viewer::Anyone, 3)?, [2, 3, 200]);
            let bob = Viewer::Account(AccountId(2));
            assert_eq!(below(db, bob, 99)?.len(), 6 + 40 + 2);
            assert_eq!(below(db, bob, 99)?[6..8], [100, 201]);
            Ok(())
        })
        .await;
    })
    .await;
}

/// A thread of many thousands costs no more than what is shown of it.
#[tokio::test]
async fn the_walk_ends_with_what_is_wanted() {
    each(|store| async move {
        write(&store, |tx| {
            tree(tx)?;
            (1000..4000).try_for_each(|id| answer(tx, id, if id < 1050 { 9 } else { id - 50 }))
        })
        .await;
        let below = read(&store, |db| {
            threads::descendants(db, Viewer::Anyone, PostId(9), 60, 9999)
        })
        .await;
        let mut nearest = numbers(below);
        nearest.sort_unstable();
        assert_eq!(nearest, (1000..1060).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_thread_may_go_on_above_what_is_known_of_it() {
    each(|store| async move {
        write(&store, |tx| {
            tree(tx)?;
            let ann = local_account(1, "ann");
            posts::insert(
                tx,
                &Post {
                    in_reply_to_uri: Some("https://far.test/1".to_owned()),
                    ..post(20, &ann)
                },
            )?;
            answer(tx, 21, 20)?;
            threads::enter(tx, PostId(21), PostId(20))
        })
        .await;
        read(&store, |db| {
            let far = Some("https://far.test/1".to_owned());
            assert_eq!(threads::missing_above(db, PostId(20))?, far);
            assert_eq!(threads::missing_above(db, PostId(21))?, far);
            assert_eq!(threads::missing_above(db, PostId(9))?, None);
            assert_eq!(threads::missing_above(db, PostId(99))?, None);
            Ok(())
        })
        .await;
    })
    .await;
}
