//! Idempotency keys.

use kontor_domain::ids::{AccountId, PostId};

use super::{read, write};
use crate::{
    accounts, idempotency, posts,
    testing::{
        each,
        rows::{at, local_account, post, user},
    },
    users,
};

#[tokio::test]
async fn a_key_names_a_post_until_it_is_too_old_and_then_another() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            users::insert(tx, &user(ann.id))?;
            posts::insert(tx, &post(10, &ann))?;
            posts::insert(tx, &post(11, &ann))?;
            idempotency::insert(tx, ann.id, "key", PostId(10), at(0, 0))
        })
        .await;
        read(&store, |db| {
            assert_eq!(
                idempotency::find(db, AccountId(1), "key", at(-1, 0))?,
                Some(PostId(10))
            );
            assert_eq!(idempotency::find(db, AccountId(1), "key", at(0, 0))?, None);
            assert_eq!(idempotency::find(db, AccountId(2), "key", at(-1, 0))?, None);
            Ok(())
        })
        .await;
        write(&store, |tx| {
            idempotency::insert(tx, AccountId(1), "key", PostId(11), at(1, 0))
        })
        .await;
        let found = read(&store, |db| {
            idempotency::find(db, AccountId(1), "key", at(0, 0))
        })
        .await;
        assert_eq!(found, Some(PostId(11)));
    })
    .await;
}
