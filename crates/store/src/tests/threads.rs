//! Threads.

use kontor_domain::ids::{AccountId, PostId};

use super::{read, write};
use crate::{
    Result, Tx, accounts,
    posts::{self, Post},
    testing::{
        each,
        rows::{local_account, post},
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
                numbers(threads::descendants(db, PostId(1), 99, 99)?),
                [2, 4, 7, 5, 3, 6]
            );
            assert_eq!(
                numbers(threads::descendants(db, PostId(2), 99, 99)?),
                [4, 7, 5]
            );
            assert_eq!(numbers(threads::descendants(db, PostId(1), 99, 1)?), [2, 3]);
            assert_eq!(
                numbers(threads::descendants(db, PostId(1), 3, 99)?),
                [2, 4, 3]
            );
            assert_eq!(
                numbers(threads::descendants(db, PostId(9), 99, 99)?),
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
                numbers(threads::descendants(db, PostId(2), 99, 50)?),
                [4, 7, 1, 3, 6, 5]
            );
            assert_eq!(numbers(threads::ancestors(db, PostId(9), 50)?), [0; 0]);
            assert_eq!(
                numbers(threads::descendants(db, PostId(9), 99, 50)?),
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
        let below = read(&store, |db| threads::descendants(db, PostId(1), 9999, 9999)).await;
        assert_eq!(numbers(below), (2..=2000).collect::<Vec<_>>());
    })
    .await;
}
