//! Tombstones.

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
