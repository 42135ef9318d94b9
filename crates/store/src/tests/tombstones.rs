//! Tombstones.

use kontor_domain::ids::AccountId;

use super::{read, write};
use crate::{
    testing::{each, rows::at},
    tombstones,
};

#[tokio::test]
async fn a_tombstone_is_set_once() {
    each(|store| async move {
        write(&store, |tx| {
            tombstones::insert(tx, "https://far.test/1", at(1, 0))
        })
        .await;
        write(&store, |tx| {
            tombstones::insert(tx, "https://far.test/1", at(2, 0))
        })
        .await;
        let deleted = read(&store, |db| {
            tombstones::deleted_at(db, "https://far.test/1")
        })
        .await;
        assert_eq!(deleted, Some(at(1, 0)));
        assert_eq!(
            read(&store, |db| tombstones::deleted_at(
                db,
                "https://far.test/2"
            ))
            .await,
            None
        );
    })
    .await;
}

#[tokio::test]
async fn an_author_lifts_it_and_what_others_said_stays() {
    each(|store| async move {
        let uri = "https://far.test/1";
        let (ann, bob) = (AccountId(1), AccountId(2));
        let lift = |by| write(&store, move |tx| tombstones::lift(tx, uri, by));
        assert!(!lift(ann).await, "it was not deleted");
        write(&store, move |tx| {
            tombstones::insert(tx, uri, at(1, 0))?;
            tombstones::insert_said(tx, uri, bob, at(1, 0))
        })
        .await;
        assert!(lift(ann).await);
        read(&store, move |db| {
            assert_eq!(tombstones::deleted_at_for(db, uri, ann)?, None);
            assert_eq!(tombstones::deleted_at_for(db, uri, bob)?, Some(at(1, 0)));
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_word_counts_for_its_own_author() {
    each(|store| async move {
        let uri = "https://far.test/1";
        let (ann, bob) = (AccountId(1), AccountId(2));
        write(&store, move |tx| {
            tombstones::insert_said(tx, uri, ann, at(1, 0))?;
            tombstones::insert_said(tx, uri, ann, at(2, 0))
        })
        .await;
        read(&store, move |db| {
            assert_eq!(tombstones::deleted_at(db, uri)?, None);
            assert_eq!(tombstones::deleted_at_for(db, uri, bob)?, None);
            assert_eq!(tombstones::deleted_at_for(db, uri, ann)?, Some(at(1, 0)));
            Ok(())
        })
        .await;
        write(&store, move |tx| tombstones::insert(tx, uri, at(3, 0))).await;
        read(&store, move |db| {
            assert_eq!(tombstones::deleted_at(db, uri)?, Some(at(3, 0)));
            assert_eq!(tombstones::deleted_at_for(db, uri, bob)?, Some(at(3, 0)));
            assert_eq!(tombstones::deleted_at_for(db, uri, ann)?, Some(at(1, 0)));
            Ok(())
        })
        .await;
    })
    .await;
}
