//! Whom people show, are shown, and may want to follow.

use kontor_domain::{
    audience::{Audience, Viewer},
    follow::FollowState,
    ids::{AccountId, EndorsementId, PostId},
    page::Page,
};

use super::{hold_pages_against, raw, read, write};
use crate::{
    Result, Store, Tx,
    accounts::{self, Account},
    blocks,
    directory::{self, Order, Part, Whose},
    endorsements::{self, Endorsement},
    familiar, follows, mutes, posts, suggestions,
    testing::{
        each,
        rows::{at, block, follow, local_account, post, remote_account, user},
    },
    timelines, users, visits,
};

const ANN: AccountId = AccountId(1);

/// Ann is 1, ben is 2, and 3 to 9 are elsewhere.
fn scene(tx: &mut Tx<'_>) -> Result<()> {
    for (id, name) in [(1, "ann"), (2, "ben")] {
        accounts::insert(tx, &local_account(id, name))?;
        users::insert(tx, &user(AccountId(id)))?;
    }
    for id in 3..10 {
        let account = remote_account(id, &format!("p{id}"), "far.test");
        accounts::insert(
            tx,
            &Account {
                discoverable: id != 9,
                last_status_at: (id < 8).then(|| at(-id, 0)),
                ..account
            },
        )?;
    }
    Ok(())
}

fn follow_them(tx: &mut Tx<'_>, pairs: &[(i64, i64)]) -> Result<()> {
    for (number, (one, other)) in (1..).zip(pairs) {
        let new = follow(
            number,
            AccountId(*one),
            AccountId(*other),
            FollowState::Accepted,
        );
        assert!(follows::insert_if_new(tx, &new)?);
    }
    Ok(())
}

/// Keeps to itself whom it follows and who follows it.
async fn hides(store: &Store, account: i64, hidden: bool) {
    let sql = format!("UPDATE accounts SET hide_collections = {hidden} WHERE id = {account}");
    write(store, move |tx| raw(tx, &sql)).await;
}

fn mute(id: i64, account: AccountId, target: AccountId) -> mutes::Mute {
    mutes::Mute {
        id: kontor_domain::ids::MuteId(id),
        account_id: account,
        target_id: target,
        hide_notifications: false,
        expires_at: None,
        created_at: at(0, 0),
    }
}

fn ids(found: Vec<AccountId>) -> Vec<i64> {
    found.into_iter().map(|id| id.0).collect()
}

#[tokio::test]
async fn endorsements_are_each_once_and_the_newest_first() {
    each(|store| async move {
        write(&store, |tx| {
            scene(tx)?;
            for id in 3..10 {
                let row = |number| Endorsement {
                    id: EndorsementId(number),
                    account_id: ANN,
                    target_id: AccountId(id),
                    created_at: at(0, 0),
                };
                assert!(endorsements::insert_if_new(tx, &row(id))?);
                assert!(!endorsements::insert_if_new(tx, &row(50 + id))?);
            }
            accounts::suspend(
                tx,
                AccountId(4),
                kontor_domain::peer::SuspendedBy::Operator,
                at(0, 0),
            )?;
            assert!(endorsements::delete(tx, ANN, AccountId(5))?);
            assert!(!endorsements::delete(tx, ANN, AccountId(5))?);
            Ok(())
        })
        .await;
        read(&store, |db| {
            hold_pages_against(db, &[9, 8, 7, 6, 3], |db, page| {
                let rows = endorsements::page(db, ANN, page)?;
                Ok(rows.into_iter().map(|(row, _)| row).collect())
            })?;
            let asked = [AccountId(3), AccountId(5), AccountId(2)];
            assert_eq!(endorsements::among(db, ANN, &asked)?, [AccountId(3)]);
            assert_eq!(endorsements::among(db, AccountId(2), &asked)?, []);
            assert_eq!(endorsements::count(db, ANN)?, 6);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_directory_has_those_who_want_to_be_found_and_may_be_seen() {
    each(|store| async move {
        write(&store, scene).await;
        let found = |viewer, order, whose, offset| {
            let store = store.clone();
            async move {
                let part = Part {
                    order,
                    whose,
                    limit: 3,
                    offset,
                };
                ids(read(&store, move |db| {
                    directory::part(db, viewer, part, at(0, 0))
                })
                .await)
            }
        };
        let (anyone, ann) = (Viewer::Anyone, Viewer::Account(ANN));
        let every = Whose::Everybody;
        assert_eq!(found(anyone, Order::New, every, 0).await, [8, 7, 6]);
        assert_eq!(found(anyone, Order::New, every, 3).await, [5, 4, 3]);
        assert_eq!(found(anyone, Order::New, Whose::Local, 0).await, [2, 1]);
        // Who never posted is not active, and ann and ben have not.
        assert_eq!(found(anyone, Order::Active, every, 0).await, [3, 4, 5]);
        assert_eq!(found(anyone, Order::Active, every, 3).await, [6, 7]);
        write(&store, |tx| {
            blocks::insert_if_new(tx, &block(1, ANN, AccountId(3)))?;
            blocks::insert_if_new(tx, &block(2, AccountId(4), ANN))?;
            mutes::set(tx, &mute(1, ANN, AccountId(5)))
        })
        .await;
        assert_eq!(found(anyone, Order::Active, every, 0).await, [3, 4, 5]);
        assert_eq!(found(ann, Order::Active, every, 0).await, [6, 7]);
    })
    .await;
}

#[tokio::test]
async fn friends_of_friends_come_by_how_many_follow_them() {
    each(|store| async move {
        write(&store, |tx| {
            scene(tx)?;
            follow_them(
                tx,
                &[
                    (1, 2),
                    (1, 3),
                    (2, 3),
                    (2, 4),
                    (2, 5),
                    (3, 5),
                    (2, 9),
                    (3, 1),
                    (6, 7),
                ],
            )
        })
        .await;
        let found = |near| {
            let store = store.clone();
            async move {
                let found = read(&store, move |db| {
                    suggestions::friends_of_friends(db, ANN, near, at(0, 0), 9)
                });
                ids(found.await)
            }
        };
        // Nobody whom she is or follows, and not 9, who does not want to be found.
        assert_eq!(found(9).await, [5, 4]);
        // Of her own follows, the newest is that of 3.
        assert_eq!(found(1).await, [5]);
        hides(&store, 2, true).await;
        assert_eq!(found(9).await, [5], "whom 2 follows is not told");
        hides(&store, 2, false).await;
        let among = || {
            read(&store, |db| {
                let handles = ["p7@far.test", "ben", "p9@far.test"].map(str::to_owned);
                let named = accounts::by_handles(db, &handles)?;
                let named: Vec<AccountId> = named.iter().map(|account| account.id).collect();
                assert_eq!(named.len(), 3);
                suggestions::among(db, ANN, &named, at(0, 0))
            })
        };
        let among_them = among().await;
        assert_eq!(ids(among_them), [7]);
        write(&store, |tx| {
            suggestions::dismiss(tx, ANN, AccountId(5))?;
            suggestions::dismiss(tx, ANN, AccountId(5))?;
            suggestions::dismiss(tx, ANN, AccountId(7))
        })
        .await;
        assert_eq!(found(9).await, [4]);
        let among = among().await;
        assert!(among.is_empty(), "{among:?}");
    })
    .await;
}

#[tokio::test]
async fn familiar_followers_are_bounded_for_each() {
    each(|store| async move {
        write(&store, |tx| {
            scene(tx)?;
            follow_them(
                tx,
                &[
                    (1, 3),
                    (1, 4),
                    (1, 5),
                    (3, 8),
                    (4, 8),
                    (5, 8),
                    (6, 8),
                    (3, 7),
                    (8, 7),
                ],
            )
        })
        .await;
        let (seven, eight) = (AccountId(7), AccountId(8));
        let of = |most| {
            let store = store.clone();
            async move {
                read(&store, move |db| {
                    familiar::followers(db, ANN, &[seven, eight, AccountId(6)], most)
                })
                .await
            }
        };
        let newest = [
            (seven, AccountId(3)),
            (eight, AccountId(5)),
            (eight, AccountId(4)),
        ];
        assert_eq!(of(2).await, newest);
        assert_eq!(of(9).await.len(), 4);
        hides(&store, 3, true).await;
        let others = [(eight, AccountId(5)), (eight, AccountId(4))];
        assert_eq!(of(9).await, others, "whom 3 follows is not told");
        hides(&store, 8, true).await;
        assert!(of(9).await.is_empty(), "who follows 8 is not told");
    })
    .await;
}

#[tokio::test]
async fn direct_posts_are_those_by_and_for_one() {
    each(|store| async move {
        write(&store, |tx| {
            scene(tx)?;
            let (ann, ben) = (local_account(1, "ann"), local_account(2, "ben"));
            for (id, author, audience, to) in [
                (10, &ann, Audience::Direct, 2),
                (11, &ben, Audience::Direct, 1),
                (12, &ben, Audience::Public, 1),
                (13, &ben, Audience::Direct, 3),
                (14, &ben, Audience::Direct, 1),
                (15, &ann, Audience::Public, 2),
                (16, &ann, Audience::Direct, 1),
                (17, &ben, Audience::Direct, 1),
            ] {
                posts::insert(
                    tx,
                    &posts::Post {
                        audience,
                        ..post(id, author)
                    },
                )?;
                posts::add_mentions(tx, PostId(id), &[AccountId(to)])?;
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            hold_pages_against(db, &[17, 16, 14, 11, 10], |db, page| {
                let found = timelines::direct(db, ANN, at(0, 0), page)?;
                Ok(found.into_iter().map(|id| id.0).collect())
            })
        })
        .await;
        write(&store, |tx| mutes::set(tx, &mute(1, ANN, AccountId(2)))).await;
        read(&store, |db| {
            let found = timelines::direct(db, ANN, at(0, 0), &Page::first(20))?;
            assert_eq!(found, [PostId(16), PostId(10)]);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn weeks_are_counted_from_their_mondays() {
    // 2026-01-01 was a Thursday; the Monday before it is three days away.
    let monday = at(-3, 0);
    assert_eq!(visits::beginning(visits::week(at(0, 0))), Some(monday));
    assert_eq!(visits::week(at(-4, 0)) + 1, visits::week(at(-3, 0)));
    each(|store| async move {
        write(&store, |tx| {
            scene(tx)?;
            for days in [0, 1, -7] {
                visits::record(tx, ANN, at(days, 0))?;
            }
            visits::record(tx, AccountId(2), at(0, 5))?;
            let id = |time| kontor_domain::time::millis(time) << kontor_domain::ids::TIME_SHIFT;
            for (author, at) in [
                (local_account(1, "ann"), at(0, 0)),
                (local_account(1, "ann"), at(-3, 0)),
                (local_account(1, "ann"), at(-3, -1)),
                (local_account(1, "ann"), at(-90, 0)),
                (remote_account(3, "p3", "far.test"), at(0, 1)),
            ] {
                posts::insert(tx, &post(id(at), &author))?;
            }
            Ok(())
        })
        .await;
        let weeks = read(&store, |db| visits::weeks(db, at(2, 0))).await;
        assert_eq!(weeks.len(), 12);
        let counts: Vec<(i64, i64)> = weeks
            .iter()
            .map(|week| (week.posts, week.visitors))
            .collect();
        assert_eq!(counts[..3], [(2, 2), (1, 1), (0, 0)]);
    })
    .await;
}
