//! What a write does beside the database.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use crate::{
    Result, Tx, accounts,
    testing::{each, rows::local_account},
};

/// Takes one beside the database; ten more if that is kept.
fn take_one(tx: &mut Tx<'_>, taken: &Arc<AtomicU32>) {
    taken.fetch_add(1, Ordering::Relaxed);
    let (lost, kept) = (taken.clone(), taken.clone());
    tx.if_lost(move || {
        lost.fetch_sub(1, Ordering::Relaxed);
    });
    tx.if_kept(move || {
        kept.fetch_add(10, Ordering::Relaxed);
    });
}

#[tokio::test]
async fn what_is_done_beside_a_write_is_done_once_and_undone_with_it() {
    each(|store| async move {
        let (taken, runs) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let (here, ran) = (taken.clone(), runs.clone());
        let failed: Result<()> = store
            .write(move |tx| {
                ran.fetch_add(1, Ordering::Relaxed);
                take_one(tx, &here);
                accounts::insert(tx, &local_account(1, "ann"))?;
                accounts::insert(tx, &local_account(2, "ann"))
            })
            .await;
        assert!(failed.is_err());
        // A write that fails after it changed something is run again.
        assert!(runs.load(Ordering::Relaxed) > 1);
        assert_eq!(taken.load(Ordering::Relaxed), 0);
        let here = taken.clone();
        let kept: Result<()> = store
            .write(move |tx| {
                take_one(tx, &here);
                accounts::insert(tx, &local_account(1, "ann"))
            })
            .await;
        kept.unwrap();
        assert_eq!(taken.load(Ordering::Relaxed), 11);
    })
    .await;
}
