//! Threads: their posts in order, and whose turn it is to ask for answers.

use kontor_domain::{audience::Audience, ids::PostId};

use super::{hold_pages_against, read, take, write};
use crate::{
    accounts,
    contexts::{self, Context},
    first_sights, posts,
    testing::{
        each,
        rows::{at, local_account, post},
    },
};

#[tokio::test]
async fn the_open_posts_of_a_thread_and_one_turn_at_a_time() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            for id in 10..17 {
                let mut row = post(id, &ann);
                if id == 16 {
                    row.audience = Audience::Direct;
                }
                posts::insert(tx, &row)?;
                let context = Context {
                    post_id: PostId(id),
                    context_uri: Some("https://here.test/contexts/10".to_owned()),
                    replies_uri: None,
                    checked_at: None,
                    ask_at: None,
                };
                contexts::insert(tx, &context)?;
                contexts::insert(tx, &context)?;
            }
            Ok(())
        })
        .await;
        let uri = "https://here.test/contexts/10";
        assert_eq!(
            read(&store, move |db| contexts::count_open(db, uri)).await,
            6
        );
        read(&store, move |db| {
            let all: Vec<i64> = (10..16).rev().collect();
            hold_pages_against(db, &all, |db, page| {
                let rows = contexts::open_posts(db, uri, page)?;
                Ok(rows.into_iter().map(|(id, _)| id.0).collect())
            })
        })
        .await;
        let turn = |since, now| {
            write(&store, move |tx| {
                contexts::take_turn(tx, PostId(10), at(0, since), at(0, now))
            })
        };
        assert!(turn(0, 100).await);
        assert!(!turn(50, 150).await);
        assert!(turn(100, 200).await);
        let row = read(&store, |db| contexts::of_post(db, PostId(10))).await;
        assert_eq!(row.unwrap().checked_at, Some(at(0, 200)));
        assert!(
            !write(&store, |tx| contexts::take_turn(
                tx,
                PostId(99),
                at(0, 0),
                at(0, 1)
            ))
            .await
        );
        let seen = || {
            write(&store, |tx| {
                first_sights::insert_if_new(tx, kontor_domain::ids::AccountId(1), at(0, 0))
            })
        };
        assert!(seen().await);
        assert!(!seen().await);
    })
    .await;
}

#[tokio::test]
async fn what_is_due_is_taken_once_those_that_waited_longest_first() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            for (id, ask_at) in [(10, Some(30)), (11, Some(10)), (12, Some(20)), (13, None)] {
                posts::insert(tx, &post(id, &ann))?;
                let context = Context {
                    post_id: PostId(id),
                    context_uri: Some("https://there.test/contexts/1".to_owned()),
                    replies_uri: None,
                    checked_at: None,
                    ask_at: ask_at.map(|second| at(0, second)),
                };
                contexts::insert(tx, &context)?;
            }
            Ok(())
        })
        .await;
        let due = |now, most| {
            take(&store, move |tx| {
                let rows = contexts::take_due(tx, at(0, now), most)?;
                Ok(rows.iter().map(|row| row.post_id.0).collect::<Vec<i64>>())
            })
        };
        let none = Vec::<i64>::new();
        assert_eq!(due(9, 10).await, none);
        assert_eq!(due(30, 2).await, [11, 12]);
        assert_eq!(due(29, 2).await, none);
        assert_eq!(due(30, 2).await, [10]);
        assert_eq!(due(1000, 10).await, none);

        let asked = |since| {
            let threads = ["1", "2", "3"].map(|id| format!("https://there.test/contexts/{id}"));
            read(&store, move |db| {
                contexts::asked_among(db, &threads, at(0, since))
            })
        };
        let none = Vec::<String>::new();
        assert_eq!(asked(0).await, none);
        for id in [12, 13] {
            let taken = write(&store, move |tx| {
                contexts::take_turn(tx, PostId(id), at(0, 0), at(0, 100))
            });
            assert!(taken.await);
        }
        assert_eq!(asked(99).await, ["https://there.test/contexts/1"]);
        assert_eq!(asked(100).await, none);
    })
    .await;
}
