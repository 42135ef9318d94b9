//! Follows.

use kontor_domain::{
    follow::FollowState::{Accepted, Pending},
    ids::{AccountId, FollowId},
    peer::SuspendedBy,
};

use super::{hold_pages_against, raw, read, write};
use crate::{
    Conn, Result, accounts,
    follows::{self, Follower, Options},
    testing::{
        each,
        rows::{at, follow, local_account, remote_account, user},
    },
    users,
};

const ANN: AccountId = AccountId(1);
const BOB: AccountId = AccountId(2);
const CAT: AccountId = AccountId(3);

async fn cast(store: &crate::Store) {
    write(store, |tx| {
        accounts::insert(tx, &local_account(1, "ann"))?;
        accounts::insert(tx, &local_account(2, "bob"))?;
        accounts::insert(tx, &remote_account(3, "cat", "far.test"))?;
        users::insert(tx, &user(ANN))?;
        users::insert(tx, &user(BOB))
    })
    .await;
}

#[tokio::test]
async fn a_follow_is_asked_for_accepted_and_ended_once() {
    each(|store| async move {
        cast(&store).await;
        assert!(
            write(&store, |tx| follows::insert_if_new(
                tx,
                &follow(10, ANN, CAT, Pending)
            ))
            .await
        );
        assert!(
            !write(&store, |tx| follows::insert_if_new(
                tx,
                &follow(11, ANN, CAT, Accepted)
            ))
            .await
        );
        assert_eq!(read(&store, |db| follows::count_requests(db, CAT)).await, 1);
        assert!(write(&store, |tx| follows::accept(tx, FollowId(10))).await);
        assert!(!write(&store, |tx| follows::accept(tx, FollowId(10))).await);
        assert_eq!(read(&store, |db| follows::count_requests(db, CAT)).await, 0);
        write(&store, |tx| {
            follows::set_uri(tx, FollowId(10), "https://far.test/f/1")
        })
        .await;
        let by_uri = read(&store, |db| follows::by_uri(db, "https://far.test/f/1"))
            .await
            .unwrap();
        assert_eq!((by_uri.id, by_uri.state), (FollowId(10), Accepted));
        assert_eq!(
            read(&store, |db| follows::between(db, ANN, CAT)).await,
            Some(by_uri)
        );
        assert_eq!(
            read(&store, |db| follows::between(db, CAT, ANN)).await,
            None
        );
        assert!(write(&store, |tx| follows::delete(tx, FollowId(10))).await);
        assert!(!write(&store, |tx| follows::delete(tx, FollowId(10))).await);
        assert_eq!(
            read(&store, |db| follows::by_id(db, FollowId(10))).await,
            None
        );
    })
    .await;
}

#[tokio::test]
async fn options_change_only_where_they_are_given() {
    each(|store| async move {
        cast(&store).await;
        write(&store, |tx| {
            follows::insert_if_new(tx, &follow(10, ANN, CAT, Accepted))?;
            follows::set_options(
                tx,
                FollowId(10),
                &Options {
                    show_reblogs: None,
                    notify: None,
                    languages: None,
                },
            )?;
            follows::set_options(
                tx,
                FollowId(10),
                &Options {
                    show_reblogs: None,
                    notify: Some(true),
                    languages: None,
                },
            )
        })
        .await;
        let changed = read(&store, |db| follows::by_id(db, FollowId(10)))
            .await
            .unwrap();
        assert_eq!(
            (
                changed.show_reblogs,
                changed.notify,
                changed.languages.as_str()
            ),
            (true, true, "[]")
        );
    })
    .await;
}

#[tokio::test]
async fn lists_are_paged_by_the_follow_and_hold_one_state() {
    each(|store| async move {
        cast(&store).await;
        write(&store, |tx| {
            for id in 20..28 {
                accounts::insert(tx, &remote_account(id, &format!("r{id}"), "far.test"))?;
                let state = if id == 22 { Pending } else { Accepted };
                follows::insert_if_new(tx, &follow(id * 10, AccountId(id), ANN, state))?;
                follows::insert_if_new(tx, &follow(id * 10 + 1, BOB, AccountId(id), state))?;
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            let rows = [270, 260, 250, 240, 230, 210, 200];
            hold_pages_against(db, &rows, |db, page| {
                Ok(follows::of_target(db, ANN, Accepted, page)?
                    .into_iter()
                    .map(|follow| follow.id.0)
                    .collect())
            })?;
            let rows = rows.map(|id| id + 1);
            hold_pages_against(db, &rows, |db, page| {
                Ok(follows::by_follower(db, BOB, Accepted, page)?
                    .into_iter()
                    .map(|follow| follow.id.0)
                    .collect())
            })?;
            let (out, back) = follows::around(db, BOB, &[AccountId(20), AccountId(22), ANN])?;
            assert_eq!((out.len(), back.len()), (2, 0));
            let (out, back) = follows::around(db, ANN, &[AccountId(20)])?;
            assert_eq!((out.len(), back.len()), (0, 1));
            assert_eq!(follows::touching(db, AccountId(20))?.len(), 2);
            assert_eq!(follows::touching(db, CAT)?.len(), 0);
            Ok(())
        })
        .await;
    })
    .await;
}

/// Where Ann's followers are reached.
fn inboxes(db: &mut Conn) -> Result<Vec<String>> {
    let mut inboxes = follows::follower_inboxes(db, ANN)?;
    inboxes.sort();
    Ok(inboxes)
}

#[tokio::test]
async fn followers_here_and_elsewhere_are_told_apart() {
    each(|store| async move {
        cast(&store).await;
        write(&store, |tx| {
            let alone = accounts::Account {
                shared_inbox_url: None,
                ..remote_account(5, "eve", "solo.test")
            };
            accounts::insert(tx, &remote_account(4, "dan", "far.test"))?;
            accounts::insert(tx, &alone)?;
            let gone = accounts::Account {
                suspended_at: Some(at(0, 0)),
                ..remote_account(6, "fay", "gone.test")
            };
            accounts::insert(tx, &gone)?;
            accounts::insert(tx, &remote_account(7, "gil", "late.test"))?;
            for (id, state) in [
                (2, Accepted),
                (3, Accepted),
                (4, Accepted),
                (5, Accepted),
                (6, Accepted),
                (7, Pending),
            ] {
                follows::insert_if_new(tx, &follow(id, AccountId(id), ANN, state))?;
            }
            follows::insert_if_new(tx, &follow(8, ANN, BOB, Pending))?;
            users::set_active(tx, BOB, at(5, 0))
        })
        .await;
        read(&store, |db| {
            let bob = Follower {
                id: BOB,
                notify: false,
            };
            assert_eq!(follows::local_followers(db, ANN, at(5, 0), None)?, [bob]);
            assert_eq!(follows::local_followers(db, ANN, at(6, 0), None)?, []);
            assert_eq!(
                inboxes(db)?,
                [
                    "https://far.test/inbox",
                    "https://solo.test/users/eve/inbox"
                ]
            );
            assert!(follows::any_local_follower(db, ANN)?);
            assert!(!follows::any_local_follower(db, BOB)?);
            Ok(())
        })
        .await;
    })
    .await;
}

/// The follow itself says where its follower is reached, and is told of every change.
#[tokio::test]
async fn where_a_follower_is_reached_goes_with_their_account() {
    each(|store| async move {
        cast(&store).await;
        write(&store, |tx| {
            let far = "https://far.test/inbox";
            let none: [&str; 0] = [];
            for id in [BOB, CAT] {
                follows::insert_if_new(tx, &follow(id.0, id, ANN, Accepted))?;
                assert!(!follows::insert_if_new(
                    tx,
                    &follow(id.0, id, ANN, Accepted)
                )?);
            }
            assert_eq!(inboxes(tx)?, [far]);
            accounts::suspend(tx, CAT, SuspendedBy::Origin, at(1, 0))?;
            assert_eq!(inboxes(tx)?, none);
            accounts::unsuspend(tx, CAT, SuspendedBy::Origin, at(2, 0))?;
            accounts::posted(tx, CAT, at(2, 0))?;
            assert_eq!(inboxes(tx)?, [far]);
            raw(
                tx,
                "UPDATE accounts SET shared_inbox_url = NULL WHERE id = 3",
            )?;
            assert_eq!(inboxes(tx)?, ["https://far.test/users/cat/inbox"]);
            raw(tx, "UPDATE accounts SET inbox_url = 'https://far.test/i'")?;
            assert_eq!(inboxes(tx)?, ["https://far.test/i"]);
            follows::delete(tx, FollowId(3))?;
            assert_eq!(inboxes(tx)?, none);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn some_follow_in_some_languages_only() {
    each(|store| async move {
        cast(&store).await;
        write(&store, |tx| {
            accounts::insert(tx, &local_account(4, "dan"))?;
            users::insert(tx, &user(AccountId(4)))?;
            follows::insert_if_new(tx, &follow(10, ANN, CAT, Accepted))?;
            follows::insert_if_new(tx, &follow(11, BOB, CAT, Accepted))?;
            follows::insert_if_new(tx, &follow(12, AccountId(4), CAT, Pending))?;
            let options = Options {
                show_reblogs: None,
                notify: Some(true),
                languages: Some("[\"de\",\"zh-TW\"]".to_owned()),
            };
            follows::set_options(tx, FollowId(10), &options)
        })
        .await;
        read(&store, |db| {
            let (ann, bob) = (
                Follower {
                    id: ANN,
                    notify: true,
                },
                Follower {
                    id: BOB,
                    notify: false,
                },
            );
            for (language, wanted) in [
                (None, vec![ann, bob]),
                (Some("de"), vec![ann, bob]),
                (Some("zh-TW"), vec![ann, bob]),
                (Some("zh"), vec![bob]),
                (Some("en"), vec![bob]),
            ] {
                let mut found = follows::local_followers(db, CAT, at(-1, 0), language)?;
                found.sort_by_key(|follower| follower.id);
                assert_eq!(found, wanted, "{language:?}");
            }
            Ok(())
        })
        .await;
    })
    .await;
}
