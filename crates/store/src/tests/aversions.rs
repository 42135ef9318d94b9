//! Mutes, servers that people keep away from, and threads that they want to hear no more of: kept once each, ended by time, and left
//! out of timelines.

use kontor_domain::{
    audience::Viewer,
    follow::FollowState,
    ids::{AccountId, DomainBlockId, MuteId, PostId},
    page::Page,
    time::Time,
};

use super::{hold_pages_against, ids_of, read, write};
use crate::{
    Result, Tx, account_notes, accounts,
    domain_blocks::{self, DomainBlock},
    follows, home, muted_threads,
    mutes::{self, Mute},
    posts, prune,
    testing::{
        each,
        rows::{at, boost, follow, local_account, post, remote_account, reply, user},
    },
    threads,
    timelines::{self, Origin},
    users,
};

const ANN: AccountId = AccountId(1);

fn mute(id: i64, target: i64, expires_at: Option<Time>) -> Mute {
    Mute {
        id: MuteId(id),
        account_id: ANN,
        target_id: AccountId(target),
        hide_notifications: true,
        expires_at,
        created_at: at(0, 0),
    }
}

fn away(id: i64, domain: &str) -> DomainBlock {
    DomainBlock {
        id: DomainBlockId(id),
        account_id: ANN,
        domain: domain.to_owned(),
        created_at: at(0, 0),
    }
}

/// Ann here, and people at two servers, by odd and even ids.
fn people(tx: &mut Tx<'_>) -> Result<()> {
    accounts::insert(tx, &local_account(1, "ann"))?;
    users::insert(tx, &user(ANN))?;
    for id in 2..9 {
        let domain = if id % 2 == 0 { "even.test" } else { "odd.test" };
        accounts::insert(tx, &remote_account(id, &format!("p{id}"), domain))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_mute_is_kept_once_and_ends_by_itself() {
    each(|store| async move {
        write(&store, |tx| {
            people(tx)?;
            for id in 2..8 {
                mutes::set(tx, &mute(id, id, None))?;
            }
            // On other terms, under the same id.
            mutes::set(
                tx,
                &Mute {
                    hide_notifications: false,
                    ..mute(50, 3, Some(at(1, 0)))
                },
            )?;
            mutes::set(tx, &mute(8, 8, Some(at(0, 0))))
        })
        .await;
        read(&store, |db| {
            hold_pages_against(db, &[7, 6, 5, 4, 3, 2], |db, page| {
                let rows = mutes::by_account(db, ANN, at(0, 1), page)?;
                Ok(rows.into_iter().map(|mute| mute.id.0).collect())
            })
        })
        .await;
        let among = |now: Time| {
            read(&store, move |db| {
                mutes::among(db, ANN, &[AccountId(3), AccountId(8)], now)
            })
        };
        let changed = Mute {
            hide_notifications: false,
            ..mute(3, 3, Some(at(1, 0)))
        };
        assert_eq!(among(at(0, 1)).await, [changed]);
        assert_eq!(among(at(1, 0)).await, []);
        let hiding = |target: i64, now: Time| {
            read(&store, move |db| {
                mutes::hiding(db, &[ANN, AccountId(2)], AccountId(target), now)
            })
        };
        assert_eq!(hiding(2, at(0, 1)).await, [ANN]);
        assert_eq!(hiding(3, at(0, 1)).await, []);
        assert_eq!(hiding(8, at(0, 1)).await, []);
        assert_eq!(
            prune::prune(&store, at(0, 1)).await.unwrap().mutes,
            1,
            "the one that has ended goes"
        );
        for there in [true, false] {
            let gone = write(&store, |tx| mutes::delete(tx, ANN, AccountId(2)));
            assert_eq!(gone.await, there);
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_is_kept_away_from_once_with_its_follows() {
    each(|store| async move {
        write(&store, |tx| {
            people(tx)?;
            for (id, domain) in (2..).zip(["a.test", "b.test", "c.test", "d.test", "even.test"]) {
                assert!(domain_blocks::insert_if_new(tx, &away(id, domain))?);
                assert!(!domain_blocks::insert_if_new(tx, &away(50 + id, domain))?);
            }
            let pairs = [(10, 1, 2), (11, 1, 3), (12, 4, 1), (13, 5, 1), (14, 2, 4)];
            for (id, from, to) in pairs {
                let new = follow(id, AccountId(from), AccountId(to), FollowState::Accepted);
                follows::insert_if_new(tx, &new)?;
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            hold_pages_against(db, &[6, 5, 4, 3, 2], |db, page| {
                let rows = domain_blocks::by_account(db, ANN, page)?;
                Ok(rows.into_iter().map(|(row, _)| row).collect())
            })?;
            let among = domain_blocks::among(db, ANN, &["even.test", "odd.test"])?;
            assert_eq!(among, ["even.test"]);
            let some = [ANN, AccountId(2)];
            assert_eq!(domain_blocks::by_people(db, &some, "even.test")?, [ANN]);
            assert_eq!(domain_blocks::by_people(db, &some, "odd.test")?, []);
            let mut touched: Vec<i64> = domain_blocks::some_follows(db, ANN, "even.test", 9)?
                .into_iter()
                .map(|follow| follow.id.0)
                .collect();
            touched.sort_unstable();
            assert_eq!(touched, [10, 12]);
            assert_eq!(
                domain_blocks::some_follows(db, ANN, "even.test", 1)?.len(),
                1
            );
            assert_eq!(domain_blocks::count_follows(db, ANN, "odd.test")?, (1, 1));
            Ok(())
        })
        .await;
        for there in [true, false] {
            let gone = write(&store, |tx| domain_blocks::delete(tx, ANN, "a.test"));
            assert_eq!(gone.await, there);
        }
    })
    .await;
}

/// Posts 10 and up: by 2 (even.test), by 3, a boost of 2's by 3, one by 3 that mentions 2, one of Ann's own that mentions 2.
fn scene(tx: &mut Tx<'_>) -> Result<()> {
    people(tx)?;
    let (ann, two, three) = (
        local_account(1, "ann"),
        remote_account(2, "p2", "even.test"),
        remote_account(3, "p3", "odd.test"),
    );
    let first = post(10, &two);
    let all = [
        first.clone(),
        post(11, &three),
        boost(12, &three, &first),
        post(13, &three),
        post(14, &ann),
    ];
    for post in &all {
        posts::insert(tx, post)?;
        home::add(tx, &[ANN], post.id)?;
        posts::set_tags(
            tx,
            post.id,
            &[(kontor_domain::ids::TagId(1), "ski".to_owned())],
            at(0, 0),
        )?;
    }
    for id in [13, 14] {
        posts::set_mentions(tx, PostId(id), &[AccountId(2)])?;
    }
    Ok(())
}

/// Home, public and hashtag, as Ann reads them at a time.
async fn timelines_at(store: &crate::Store, now: Time) -> [Vec<i64>; 3] {
    let numbers = |ids: Vec<PostId>| ids.into_iter().map(|id| id.0).collect::<Vec<i64>>();
    read(store, move |db| {
        let (viewer, page) = (Viewer::Account(ANN), Page::first(20));
        Ok([
            numbers(ids_of(timelines::home(db, ANN, now, &page)?)),
            numbers(ids_of(timelines::public(
                db,
                viewer,
                Origin::Everywhere,
                now,
                &page,
            )?)),
            numbers(timelines::tagged(
                db,
                viewer,
                &timelines::Tagged::with("ski"),
                now,
                &page,
            )?),
        ])
    })
    .await
}

#[tokio::test]
async fn timelines_leave_out_whom_the_reader_mutes_until_it_ends() {
    each(|store| async move {
        write(&store, scene).await;
        let all = [
            vec![14, 13, 12, 11, 10],
            vec![14, 13, 11, 10],
            vec![14, 13, 12, 11, 10],
        ];
        assert_eq!(timelines_at(&store, at(0, 0)).await, all);
        write(&store, |tx| mutes::set(tx, &mute(1, 2, Some(at(0, 60))))).await;
        // Who is muted is neither boosted nor, at home, mentioned; one's own posts stay.
        assert_eq!(
            timelines_at(&store, at(0, 59)).await,
            [vec![14, 11], vec![14, 13, 11], vec![14, 13, 11]]
        );
        assert_eq!(timelines_at(&store, at(0, 60)).await, all);
        let others = read(&store, |db| {
            timelines::public(
                db,
                Viewer::Anyone,
                Origin::Everywhere,
                at(0, 0),
                &Page::first(20),
            )
        });
        assert_eq!(others.await.len(), 4, "nobody else is concerned");
    })
    .await;
}

#[tokio::test]
async fn timelines_leave_out_servers_that_the_reader_keeps_away_from() {
    each(|store| async move {
        write(&store, scene).await;
        write(&store, |tx| {
            domain_blocks::insert_if_new(tx, &away(1, "even.test"))
        })
        .await;
        assert_eq!(
            timelines_at(&store, at(0, 0)).await,
            [vec![14, 13, 11], vec![14, 13, 11], vec![14, 13, 11]]
        );
    })
    .await;
}

#[tokio::test]
async fn a_thread_is_one_whichever_part_came_first() {
    each(|store| async move {
        write(&store, |tx| {
            people(tx)?;
            let (ann, two) = (
                local_account(1, "ann"),
                remote_account(2, "p2", "even.test"),
            );
            let root = post(10, &two);
            // 11 comes without 10, with its answer 12; 13 stands alone.
            for post in [
                post(11, &two),
                reply(12, &two, &post(11, &two)),
                post(13, &ann),
            ] {
                posts::insert(tx, &post)?;
            }
            threads::join(tx, PostId(12), PostId(11))?;
            posts::insert(tx, &root)?;
            // By the beginning that it has just now.
            muted_threads::insert(tx, ANN, 11, at(0, 0))?;
            muted_threads::insert(tx, ANN, 11, at(0, 0))?;
            let ids = [10, 11, 12, 13].map(PostId);
            let mut muted = muted_threads::among(tx, ANN, &ids)?;
            muted.sort_unstable();
            assert_eq!(muted, [11, 12].map(PostId));
            let by = |tx: &mut Tx<'_>, post: i64| {
                muted_threads::by_people(tx, &[ANN, AccountId(2)], PostId(post))
            };
            for (post, wanted) in [(10, vec![]), (11, vec![ANN]), (12, vec![ANN]), (13, vec![])] {
                assert_eq!(by(tx, post)?, wanted, "{post}");
            }
            posts::adopt(tx, PostId(11), PostId(10), AccountId(2))?;
            threads::rejoin(tx, PostId(11), PostId(10))?;
            assert_eq!(threads::thread_of(tx, PostId(12))?, Some(10));
            let mut muted = muted_threads::among(tx, ANN, &ids)?;
            muted.sort_unstable();
            assert_eq!(muted, [10, 11, 12].map(PostId));
            for (post, wanted) in [(10, vec![ANN]), (12, vec![ANN]), (13, vec![])] {
                assert_eq!(by(tx, post)?, wanted, "{post}");
            }
            assert_eq!(muted_threads::among(tx, AccountId(2), &ids)?, []);
            // It stays one when its beginning goes.
            assert!(posts::delete(tx, PostId(10))?);
            assert_eq!(muted_threads::among(tx, ANN, &ids)?.len(), 2);
            muted_threads::delete(tx, ANN, 10)?;
            assert_eq!(muted_threads::among(tx, ANN, &ids)?, []);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_note_is_changed_and_an_empty_one_goes() {
    each(|store| async move {
        write(&store, |tx| {
            people(tx)?;
            for (target, comment) in [(2, "a"), (2, "b"), (3, "c"), (3, ""), (3, "")] {
                account_notes::set(tx, ANN, AccountId(target), comment)?;
            }
            let notes = account_notes::among(tx, ANN, &[AccountId(2), AccountId(3)])?;
            assert_eq!(notes, [(AccountId(2), "b".to_owned())]);
            assert_eq!(account_notes::among(tx, AccountId(2), &[ANN])?, []);
            Ok(())
        })
        .await;
    })
    .await;
}
