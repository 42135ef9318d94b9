//! Notifications.

use std::collections::HashSet;

use kontor_domain::{
    ids::{AccountId, NotificationId, PostId},
    notification::NotificationKind::{self, Follow, FollowRequest, Mention, Update},
    page::Page,
};

use super::{hold_pages_against, read, readers::all, write};
use crate::{
    Result, Tx, accounts,
    notifications::{self, Notification, Selection},
    posts,
    testing::{
        each,
        rows::{at, local_account, post, remote_account, user},
    },
    users,
};

const ANN: AccountId = AccountId(1);
const BOB: AccountId = AccountId(2);

fn notification(id: i64, kind: NotificationKind, from: i64) -> Notification {
    Notification {
        id: NotificationId(id),
        account_id: ANN,
        from_account_id: AccountId(from),
        kind,
        post_id: (kind == Mention).then_some(PostId(10)),
        dedupe: format!("{kind}:{id}"),
        created_at: at(0, id),
        reaction_id: None,
        group_key: None,
        filtered: false,
        collection_id: None,
        report_id: None,
        severance_id: None,
        warning_id: None,
    }
}

fn cast(tx: &mut Tx<'_>) -> Result<()> {
    let ann = local_account(1, "ann");
    accounts::insert(tx, &ann)?;
    users::insert(tx, &user(ANN))?;
    accounts::insert(tx, &local_account(2, "bob"))?;
    users::insert(tx, &user(BOB))?;
    accounts::insert(tx, &remote_account(3, "cat", "far.test"))?;
    posts::insert(tx, &post(10, &ann))?;
    for id in 0..20 {
        let kind = [Mention, Follow, FollowRequest][usize::try_from(id % 3).unwrap()];
        assert!(notifications::insert_if_new(
            tx,
            &notification(100 + id, kind, 2 + id % 2)
        )?);
    }
    Ok(())
}

#[tokio::test]
async fn a_person_is_told_once() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let again = Notification {
                id: NotificationId(500),
                ..notification(100, Mention, 2)
            };
            assert!(!notifications::insert_if_new(tx, &again)?);
            // The same word for somebody else is another matter.
            let other = Notification {
                account_id: BOB,
                ..again
            };
            assert!(notifications::insert_if_new(tx, &other)?);
            Ok(())
        })
        .await;
        read(&store, |db| {
            let found = notifications::by_id(db, ANN, NotificationId(100))?;
            assert_eq!(found, Some(notification(100, Mention, 2)));
            assert_eq!(notifications::by_id(db, BOB, NotificationId(100))?, None);
            assert_eq!(notifications::by_id(db, ANN, NotificationId(500))?, None);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn lists_are_paged_and_chosen_by_kind_and_sender() {
    each(|store| async move {
        write(&store, cast).await;
        read(&store, |db| {
            let choose = |kinds: &[NotificationKind], from: Option<i64>| {
                let selection = Selection {
                    kinds: kinds.to_vec(),
                    from: from.map(AccountId),
                    include_filtered: false,
                };
                move |db: &mut _, page: &Page| -> Result<Vec<i64>> {
                    Ok(notifications::page(db, ANN, &selection, page)?
                        .into_iter()
                        .map(|row| row.id.0)
                        .collect())
                }
            };
            let ids = |keep: &dyn Fn(i64) -> bool| {
                (0..20)
                    .rev()
                    .filter(|id| keep(*id))
                    .map(|id| 100 + id)
                    .collect::<Vec<_>>()
            };
            hold_pages_against(db, &ids(&|_| true), choose(NotificationKind::ALL, None))?;
            hold_pages_against(
                db,
                &ids(&|id| id % 3 != 1),
                choose(&[Mention, FollowRequest], None),
            )?;
            hold_pages_against(
                db,
                &ids(&|id| id % 2 == 1),
                choose(NotificationKind::ALL, Some(3)),
            )?;
            assert_eq!(choose(&[], None)(db, &Page::first(9))?, [0; 0]);
            assert_eq!(
                notifications::count_above(db, ANN, &all(), NotificationId(110), 100)?,
                9
            );
            assert_eq!(
                notifications::count_above(db, ANN, &all(), NotificationId(0), 5)?,
                5
            );
            assert_eq!(
                notifications::count_above(db, BOB, &all(), NotificationId(0), 5)?,
                0
            );
            let some = Selection {
                kinds: vec![Mention],
                from: Some(AccountId(3)),
                include_filtered: false,
            };
            // 103, 109 and 115 are mentions by her.
            assert_eq!(
                notifications::count_above(db, ANN, &some, NotificationId(103), 9)?,
                2
            );
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn what_is_dismissed_or_over_goes() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            assert!(!notifications::dismiss(tx, BOB, NotificationId(100))?);
            assert!(notifications::dismiss(tx, ANN, NotificationId(100))?);
            assert!(!notifications::dismiss(tx, ANN, NotificationId(100))?);
            notifications::delete_from(tx, &[ANN], AccountId(3), FollowRequest)
        })
        .await;
        let left = read(&store, |db| {
            notifications::count_above(db, ANN, &all(), NotificationId(0), 100)
        })
        .await;
        assert_eq!(left, 20 - 1 - 3);
        write(&store, |tx| notifications::clear(tx, BOB)).await;
        assert_eq!(
            read(&store, |db| notifications::count_above(
                db,
                ANN,
                &all(),
                NotificationId(0),
                100
            ))
            .await,
            16
        );
        write(&store, |tx| notifications::clear(tx, ANN)).await;
        assert_eq!(
            read(&store, |db| notifications::count_above(
                db,
                ANN,
                &all(),
                NotificationId(0),
                100
            ))
            .await,
            0
        );
    })
    .await;
}

#[tokio::test]
async fn many_are_told_at_once_and_each_of_them_once() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let row = |id: i64, to: AccountId, dedupe: &str| Notification {
                account_id: to,
                post_id: Some(PostId(10)),
                dedupe: dedupe.to_owned(),
                ..notification(id, Update, 3)
            };
            assert!(notifications::insert_several(tx, &[])?.is_empty());
            let first = [row(200, ANN, "update:10"), row(201, BOB, "update:10")];
            let new = notifications::insert_several(tx, &first)?;
            assert_eq!(new, HashSet::from([200, 201].map(NotificationId)));
            let again = [row(202, ANN, "update:10"), row(203, BOB, "update:11")];
            let new = notifications::insert_several(tx, &again)?;
            assert_eq!(new, HashSet::from([NotificationId(203)]));
            let many: Vec<Notification> = (300..600)
                .map(|id| row(id, BOB, &format!("update:{id}")))
                .collect();
            assert_eq!(notifications::insert_several(tx, &many)?.len(), 300);
            // Of other people, posts and kinds nothing goes.
            for (kind, people, posts) in [
                (Mention, vec![ANN, BOB], vec![PostId(11)]),
                (Follow, vec![ANN, BOB], vec![PostId(10)]),
                (Update, vec![ANN], vec![PostId(10), PostId(11)]),
            ] {
                notifications::delete_told(tx, kind, &people, &posts)?;
            }
            let left = |tx: &mut Tx<'_>, owner: AccountId, id: i64| {
                notifications::by_id(tx, owner, NotificationId(id)).map(|found| found.is_some())
            };
            assert!(!left(tx, ANN, 200)?);
            assert!(left(tx, BOB, 201)? && left(tx, BOB, 203)? && left(tx, ANN, 100)?);
            Ok(())
        })
        .await;
    })
    .await;
}
