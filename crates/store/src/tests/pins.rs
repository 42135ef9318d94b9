//! Pins: each once, the newest first.

use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, PinId, PostId},
};

use super::{hold_pages_against, read, write};
use crate::{
    accounts,
    pins::{self, Pin},
    posts,
    posts::Post,
    standings::{self, Deed},
    testing::{
        each,
        rows::{at, local_account, post},
    },
};

#[tokio::test]
async fn pins_are_shown_to_those_who_may_read_the_posts() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            for id in 10..16 {
                let audience = if id == 12 {
                    Audience::Followers
                } else {
                    Audience::Public
                };
                posts::insert(
                    tx,
                    &Post {
                        audience,
                        ..post(id, &ann)
                    },
                )?;
                let pin = |at_id: i64| Pin {
                    id: PinId(at_id),
                    account_id: ann.id,
                    post_id: PostId(id),
                    created_at: at(0, 0),
                };
                assert!(pins::insert_if_new(tx, &pin(100 - id))?);
                assert!(!pins::insert_if_new(tx, &pin(200 - id))?);
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            let rows = |viewer| {
                move |db: &mut crate::Conn, page: &_| {
                    let rows = pins::visible(db, viewer, AccountId(1), page)?;
                    Ok(rows.into_iter().map(|(row, _)| row).collect())
                }
            };
            hold_pages_against(db, &[90, 89, 87, 86, 85], rows(Viewer::Anyone))?;
            let author = Viewer::Account(AccountId(1));
            hold_pages_against(db, &[90, 89, 88, 87, 86, 85], rows(author))
        })
        .await;
        let all = read(&store, |db| pins::of_account(db, AccountId(1))).await;
        let all: Vec<i64> = all.into_iter().map(|pin| pin.post_id.0).collect();
        assert_eq!(all, [10, 11, 12, 13, 14, 15]);
        let ids = [PostId(11), PostId(99)];
        assert_eq!(
            read(&store, move |db| standings::of(db, AccountId(2), &ids))
                .await
                .done,
            [(Deed::Pin, PostId(11))]
        );
        for gone in [true, false] {
            let ended = write(&store, |tx| pins::delete(tx, AccountId(1), PostId(11))).await;
            assert_eq!(ended, gone);
        }
    })
    .await;
}
