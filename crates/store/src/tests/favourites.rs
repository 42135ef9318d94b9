//! Favourites: each once, counted, listed by their own rows.

use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, FavouriteId, PostId},
    page::Page,
};

use super::{hold_pages_against, read, write};
use crate::{
    Result, Tx, accounts, blocks, check, favourites, posts,
    posts::Post,
    standings::{self, Deed},
    testing::{
        each,
        rows::{block, favourite, local_account, post, remote_account},
    },
};

fn cast(tx: &mut Tx<'_>) -> Result<()> {
    let ann = local_account(1, "ann");
    accounts::insert(tx, &ann)?;
    for id in 2..9 {
        accounts::insert(tx, &remote_account(id, &format!("p{id}"), "far.test"))?;
    }
    for id in 10..16 {
        posts::insert(tx, &post(id, &ann))?;
    }
    accounts::count(tx, ann.id, accounts::Counter::Statuses, 6)?;
    let hidden = Post {
        audience: Audience::Direct,
        ..post(16, &ann)
    };
    posts::insert(tx, &hidden)
}

#[tokio::test]
async fn a_favourite_counts_once_and_goes_once() {
    each(|store| async move {
        write(&store, cast).await;
        let new = favourite(1, AccountId(2), PostId(10));
        let again = favourite(2, AccountId(2), PostId(10));
        let counted = |store: crate::Store| async move {
            let post = read(&store, |db| posts::by_id(db, Viewer::Anyone, PostId(10))).await;
            post.unwrap().favourites_count
        };
        let row = new.clone();
        assert!(write(&store, move |tx| favourites::insert_if_new(tx, &row)).await);
        assert!(!write(&store, move |tx| favourites::insert_if_new(tx, &again)).await);
        assert_eq!(counted(store.clone()).await, 1);
        let found = read(&store, |db| {
            favourites::by_uri(db, "https://here.test/likes/1")
        })
        .await;
        assert_eq!(found.as_ref(), Some(&new));
        let found = read(&store, |db| favourites::by_id(db, FavouriteId(1))).await;
        assert_eq!(found.as_ref(), Some(&new));
        let of = read(&store, |db| favourites::of(db, AccountId(2), PostId(10))).await;
        assert_eq!(of.as_ref(), Some(&new));
        let ids = [PostId(11), PostId(10)];
        let among = read(&store, move |db| standings::of(db, AccountId(2), &ids)).await;
        assert_eq!(among.done, [(Deed::Favourite, PostId(10))]);
        assert!(read(&store, check::check).await.is_sound());
        for gone in [true, false] {
            let row = new.clone();
            assert_eq!(
                write(&store, move |tx| favourites::delete(tx, &row)).await,
                gone
            );
            assert_eq!(counted(store.clone()).await, 0);
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_that_goes_is_counted_no_longer() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            for (id, by) in [(1, 2), (2, 3)] {
                favourites::insert_if_new(tx, &favourite(id, AccountId(by), PostId(10)))?;
            }
            favourites::insert_if_new(tx, &favourite(3, AccountId(2), PostId(11)))?;
            favourites::uncount_by(tx, AccountId(2))?;
            accounts::delete(tx, AccountId(2))
        })
        .await;
        assert!(read(&store, check::check).await.is_sound());
        let post = read(&store, |db| posts::by_id(db, Viewer::Anyone, PostId(10))).await;
        assert_eq!(post.unwrap().favourites_count, 1);
    })
    .await;
}

#[tokio::test]
async fn both_lists_are_paged_by_the_favourite() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            for by in 2..9 {
                favourites::insert_if_new(tx, &favourite(by, AccountId(by), PostId(10)))?;
            }
            for post in 11..17 {
                favourites::insert_if_new(tx, &favourite(post, AccountId(2), PostId(post)))?;
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            hold_pages_against(db, &[8, 7, 6, 5, 4, 3, 2], |db, page| {
                let rows = favourites::of_post(db, Viewer::Anyone, PostId(10), page)?;
                Ok(rows.into_iter().map(|(row, _)| row).collect())
            })?;
            // What the account may not read is not listed, though it was favourited.
            hold_pages_against(db, &[15, 14, 13, 12, 11, 2], |db, page| {
                let rows = favourites::by_account(db, AccountId(2), page)?;
                Ok(rows.into_iter().map(|(row, _)| row).collect())
            })
        })
        .await;
        write(&store, |tx| {
            blocks::insert_if_new(tx, &block(1, AccountId(1), AccountId(3)))?;
            blocks::insert_if_new(tx, &block(2, AccountId(4), AccountId(1)))
        })
        .await;
        let seen = read(&store, |db| {
            favourites::of_post(
                db,
                Viewer::Account(AccountId(1)),
                PostId(10),
                &Page::first(20),
            )
        })
        .await;
        let seen: Vec<i64> = seen.into_iter().map(|(_, account)| account.0).collect();
        assert_eq!(seen, [8, 7, 6, 5, 2]);
        let hidden = read(&store, |db| {
            favourites::of_post(
                db,
                Viewer::Account(AccountId(3)),
                PostId(10),
                &Page::first(20),
            )
        })
        .await;
        assert_eq!(hidden, []);
    })
    .await;
}
