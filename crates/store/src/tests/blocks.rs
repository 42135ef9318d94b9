//! Blocks: each once, seen from both sides.

use kontor_domain::ids::{AccountId, BlockId};

use super::{hold_pages_against, read, write};
use crate::{
    accounts, blocks,
    testing::{
        each,
        rows::{block, local_account, remote_account},
    },
};

#[tokio::test]
async fn a_block_is_seen_from_both_sides() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            for id in 2..9 {
                accounts::insert(tx, &remote_account(id, &format!("p{id}"), "far.test"))?;
            }
            for id in 2..8 {
                let new = block(id, AccountId(1), AccountId(id));
                assert!(blocks::insert_if_new(tx, &new)?);
                assert!(!blocks::insert_if_new(
                    tx,
                    &block(50 + id, AccountId(1), AccountId(id))
                )?);
            }
            blocks::insert_if_new(tx, &block(20, AccountId(8), AccountId(1)))
        })
        .await;
        read(&store, |db| {
            hold_pages_against(db, &[7, 6, 5, 4, 3, 2], |db, page| {
                let rows = blocks::by_account(db, AccountId(1), page)?;
                Ok(rows.into_iter().map(|(row, _)| row).collect())
            })
        })
        .await;
        let around = read(&store, |db| {
            blocks::around(
                db,
                AccountId(1),
                &[AccountId(2), AccountId(8), AccountId(1)],
            )
        });
        assert_eq!(around.await, (vec![AccountId(2)], vec![AccountId(8)]));
        for (one, other, blocked) in [(1, 2, true), (2, 1, true), (1, 8, true), (2, 3, false)] {
            let found = read(&store, move |db| {
                blocks::between(db, AccountId(one), AccountId(other))
            });
            assert_eq!(found.await, blocked, "{one} and {other}");
        }
        let first = block(2, AccountId(1), AccountId(2));
        let uri = first.uri.clone();
        assert_eq!(
            read(&store, move |db| blocks::by_uri(db, &uri)).await,
            Some(first.clone())
        );
        assert_eq!(
            read(&store, |db| blocks::by_id(db, BlockId(2))).await,
            Some(first)
        );
        for gone in [true, false] {
            assert_eq!(
                write(&store, |tx| blocks::delete(tx, BlockId(2))).await,
                gone
            );
        }
    })
    .await;
}
