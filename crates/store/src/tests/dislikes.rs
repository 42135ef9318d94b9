//! Votes down: each once.

use kontor_domain::ids::{AccountId, DislikeId, PostId};

use super::{read, write};
use crate::{
    accounts,
    dislikes::{self, Dislike},
    posts,
    testing::{
        each,
        rows::{at, local_account, post, remote_account},
    },
};

#[tokio::test]
async fn a_vote_counts_once() {
    each(|store| async move {
        let vote = |id: i64| Dislike {
            id: DislikeId(id),
            uri: format!("https://far.test/dislikes/{id}"),
            account_id: AccountId(2),
            post_id: PostId(10),
            created_at: at(0, 0),
        };
        write(&store, move |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            accounts::insert(tx, &remote_account(2, "bob", "far.test"))?;
            posts::insert(tx, &post(10, &ann))?;
            assert!(dislikes::insert_if_new(tx, &vote(1))?);
            assert!(!dislikes::insert_if_new(tx, &vote(2))?);
            Ok(())
        })
        .await;
        let found = read(&store, |db| {
            dislikes::by_uri(db, "https://far.test/dislikes/1")
        })
        .await;
        assert_eq!(found, Some(vote(1)));
        assert_eq!(read(&store, |db| dislikes::count(db, PostId(10))).await, 1);
        for gone in [true, false] {
            let ended = write(&store, |tx| dislikes::delete(tx, AccountId(2), PostId(10))).await;
            assert_eq!(ended, gone);
        }
        assert_eq!(read(&store, |db| dislikes::count(db, PostId(10))).await, 0);
    })
    .await;
}
