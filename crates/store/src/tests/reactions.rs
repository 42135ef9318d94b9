//! Reactions: each emoji once for each person and post.

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId, ReactionId},
};

use super::{read, write};
use crate::{
    accounts, blocks, posts,
    reactions::{self, Reaction},
    testing::{
        each,
        rows::{at, block, local_account, post, remote_account},
    },
};

fn reaction(id: i64, by: i64, name: &str) -> Reaction {
    Reaction {
        id: ReactionId(id),
        uri: format!("https://far.test/likes/{id}"),
        account_id: AccountId(by),
        post_id: PostId(10),
        name: name.to_owned(),
        url: None,
        created_at: at(0, 0),
    }
}

#[tokio::test]
async fn a_reaction_is_kept_once_and_hidden_between_those_who_block() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            posts::insert(tx, &post(10, &ann))?;
            for id in [2, 3] {
                accounts::insert(tx, &remote_account(id, &format!("p{id}"), "far.test"))?;
            }
            assert!(reactions::insert_if_new(tx, &reaction(1, 2, "🍮"))?);
            assert!(!reactions::insert_if_new(tx, &reaction(2, 2, "🍮"))?);
            assert!(reactions::insert_if_new(tx, &reaction(3, 2, "☕"))?);
            assert!(reactions::insert_if_new(tx, &reaction(4, 3, "🍮"))?);
            blocks::insert_if_new(tx, &block(1, AccountId(1), AccountId(3)))
        })
        .await;
        let seen = |viewer| {
            let store = store.clone();
            async move {
                let rows = read(&store, move |db| {
                    reactions::of_posts(db, viewer, &[PostId(10)])
                });
                rows.await
                    .into_iter()
                    .map(|row| row.id.0)
                    .collect::<Vec<_>>()
            }
        };
        assert_eq!(seen(Viewer::Anyone).await, [1, 3, 4]);
        assert_eq!(seen(Viewer::Account(AccountId(1))).await, [1, 3]);
        let first = reaction(1, 2, "🍮");
        let of = read(&store, |db| {
            reactions::of(db, AccountId(2), PostId(10), "🍮")
        })
        .await;
        assert_eq!(of.as_ref(), Some(&first));
        let by_uri = read(&store, |db| {
            reactions::by_uri(db, "https://far.test/likes/1")
        })
        .await;
        assert_eq!(by_uri.as_ref(), Some(&first));
        let by_ids = read(&store, |db| reactions::by_ids(db, &[ReactionId(1)])).await;
        assert_eq!(by_ids, [first]);
        let count = read(&store, |db| {
            reactions::count_of(db, AccountId(2), PostId(10))
        })
        .await;
        assert_eq!(count, 2);
        for gone in [true, false] {
            assert_eq!(
                write(&store, |tx| reactions::delete(tx, ReactionId(1))).await,
                gone
            );
        }
        assert_eq!(
            read(&store, |db| reactions::by_id(db, ReactionId(1))).await,
            None
        );
    })
    .await;
}
