//! Bookmarks: each once, and listed by their own rows.

use kontor_domain::ids::{AccountId, BookmarkId, PostId};

use super::{hold_pages_against, read, write};
use crate::{
    accounts,
    bookmarks::{self, Bookmark},
    posts,
    standings::{self, Deed},
    testing::{
        each,
        rows::{at, local_account, post, remote_account, user},
    },
    users,
};

fn bookmark(id: i64, post: i64) -> Bookmark {
    Bookmark {
        id: BookmarkId(id),
        account_id: AccountId(1),
        post_id: PostId(post),
        created_at: at(0, 0),
    }
}

#[tokio::test]
async fn a_bookmark_is_kept_once_and_paged_by_itself() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            users::insert(tx, &user(AccountId(1)))?;
            let bob = remote_account(2, "bob", "far.test");
            accounts::insert(tx, &bob)?;
            for id in 10..15 {
                posts::insert(tx, &post(id, &bob))?;
                // The newest post was kept first.
                assert!(bookmarks::insert_if_new(tx, &bookmark(100 - id, id))?);
                assert!(!bookmarks::insert_if_new(tx, &bookmark(200 - id, id))?);
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            hold_pages_against(db, &[90, 89, 88, 87, 86], |db, page| {
                let rows = bookmarks::by_account(db, AccountId(1), page)?;
                Ok(rows.into_iter().map(|(row, _)| row).collect())
            })
        })
        .await;
        let ids = [PostId(12), PostId(99)];
        let among = |store: crate::Store| async move {
            read(&store, move |db| standings::of(db, AccountId(1), &ids))
                .await
                .done
        };
        assert_eq!(among(store.clone()).await, [(Deed::Bookmark, PostId(12))]);
        for _ in 0..2 {
            write(&store, |tx| bookmarks::delete(tx, AccountId(1), PostId(12))).await;
            assert_eq!(among(store.clone()).await, []);
        }
    })
    .await;
}
