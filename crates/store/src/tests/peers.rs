//! Rules about other servers, and what they make of accounts.

use kontor_domain::{
    audience::Viewer,
    follow::FollowState,
    ids::{AccountId, DomainPolicyId, PostId},
    page::Page,
    peer::{Severity, SuspendedBy},
};

use super::{read, write};
use crate::{
    accounts, actor_keys, counts, follows,
    peers::{self, DomainPolicy, Standing},
    posts,
    testing::{
        each,
        rows::{at, follow, local_account, post, remote_account, user},
    },
    timelines::{self, Origin},
    users,
};

fn policy(domain: &str, severity: Severity) -> DomainPolicy {
    DomainPolicy {
        domain: domain.to_owned(),
        severity,
        reject_media: false,
        reject_reports: false,
        obfuscate: false,
        public_comment: String::new(),
        private_comment: "why".to_owned(),
        created_at: at(0, 1),
        // Another one for each.
        id: DomainPolicyId(domain.bytes().fold(7, |sum: i64, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        })),
    }
}

#[tokio::test]
async fn a_rule_is_made_changed_and_taken_back_and_each_time_the_revision_grows() {
    each(|store| async move {
        assert_eq!(read(&store, peers::revision).await, 0);
        assert!(
            write(&store, |tx| peers::set(
                tx,
                &policy("bad.test", Severity::Limit)
            ))
            .await
        );
        assert!(
            !write(&store, |tx| peers::set(
                tx,
                &policy("bad.test", Severity::Limit)
            ))
            .await
        );
        assert_eq!(read(&store, peers::revision).await, 1);
        let later = DomainPolicy {
            created_at: at(0, 9),
            reject_media: true,
            ..policy("bad.test", Severity::Block)
        };
        let row = later.clone();
        assert!(write(&store, move |tx| peers::set(tx, &row)).await);
        write(&store, |tx| {
            peers::set(tx, &policy("a.test", Severity::Allow))
        })
        .await;
        let kept = DomainPolicy {
            created_at: at(0, 1),
            ..later
        };
        assert_eq!(
            read(&store, peers::all).await,
            [policy("a.test", Severity::Allow), kept.clone()]
        );
        assert_eq!(
            read(&store, |db| peers::by_domain(db, "bad.test")).await,
            Some(kept)
        );
        assert_eq!(read(&store, peers::rules).await.len(), 2);
        assert!(write(&store, |tx| peers::remove(tx, "bad.test")).await);
        assert!(!write(&store, |tx| peers::remove(tx, "bad.test")).await);
        assert_eq!(read(&store, peers::revision).await, 4);
    })
    .await;
}

#[tokio::test]
async fn a_standing_comes_and_goes_but_not_over_a_persons_word() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "anna"))?;
            for (id, name) in [(2, "bert"), (3, "carl")] {
                accounts::insert(tx, &remote_account(id, name, "far.test"))?;
            }
            accounts::suspend(tx, AccountId(3), SuspendedBy::Operator, at(0, 1))?;
            Ok(())
        })
        .await;
        let subjects = |after| read(&store, move |db| peers::subjects(db, AccountId(after), 9));
        let ids: Vec<_> = subjects(0).await.iter().map(|row| row.id.0).collect();
        assert_eq!(ids, [2, 3], "people here are no subject of a rule");
        assert_eq!(subjects(2).await.len(), 1);
        let both = [AccountId(2), AccountId(3)];
        let set = |standing| {
            write(&store, move |tx| {
                peers::set_standing(tx, &both, standing, at(0, 5))
            })
        };
        let state = || async {
            subjects(0)
                .await
                .into_iter()
                .map(|row| (row.limited, row.suspended_by))
                .collect::<Vec<_>>()
        };
        set(Standing::Blocked).await;
        assert_eq!(
            state().await,
            [
                (false, Some(SuspendedBy::Policy)),
                (false, Some(SuspendedBy::Operator))
            ]
        );
        assert!(
            read(&store, counts::peers)
                .await
                .contains(&"far.test".to_owned())
        );
        set(Standing::Limited).await;
        assert_eq!(
            state().await,
            [(true, None), (true, Some(SuspendedBy::Operator))]
        );
        set(Standing::Open).await;
        assert_eq!(
            state().await,
            [(false, None), (false, Some(SuspendedBy::Operator))]
        );
        assert!(
            !write(&store, |tx| accounts::unsuspend(
                tx,
                AccountId(3),
                SuspendedBy::Policy,
                at(0, 6)
            ))
            .await
        );
        assert!(
            write(&store, |tx| accounts::unsuspend(
                tx,
                AccountId(3),
                SuspendedBy::Operator,
                at(0, 6)
            ))
            .await
        );
        assert_eq!(state().await, [(false, None), (false, None)]);
    })
    .await;
}

#[tokio::test]
async fn the_origin_suspends_its_account_once() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &remote_account(2, "bert", "far.test"))
        })
        .await;
        let suspend = |second| {
            write(&store, move |tx| {
                accounts::suspend(tx, AccountId(2), SuspendedBy::Origin, at(0, second))
            })
        };
        assert!(suspend(7).await);
        assert!(!suspend(8).await);
    })
    .await;
}

#[tokio::test]
async fn pictures_of_some_are_forgotten() {
    each(|store| async move {
        write(&store, |tx| {
            for id in [2, 3] {
                let mut account = remote_account(id, &format!("p{id}"), "far.test");
                account.avatar_url = Some("https://far.test/a.png".to_owned());
                accounts::insert(tx, &account)?;
            }
            peers::forget_pictures(tx, &[AccountId(2)])
        })
        .await;
        let pictures: Vec<_> = read(&store, |db| peers::subjects(db, AccountId(0), 9))
            .await
            .iter()
            .map(|row| row.avatar_url.is_some())
            .collect();
        assert_eq!(pictures, [false, true]);
    })
    .await;
}

/// Whoever is limited is met by those who follow, and by nobody else.
#[tokio::test]
async fn the_limited_are_met_by_those_who_follow_them() {
    each(|store| async move {
        write(&store, |tx| {
            for (id, name) in [(1, "anna"), (2, "bert")] {
                accounts::insert(tx, &local_account(id, name))?;
                users::insert(tx, &user(AccountId(id)))?;
            }
            let far = remote_account(3, "carl", "far.test");
            accounts::insert(tx, &far)?;
            posts::insert(tx, &post(10, &far))?;
            posts::set_tags(
                tx,
                PostId(10),
                &[(kontor_domain::ids::TagId(1), "cats".to_owned())],
                at(0, 0),
            )?;
            follows::insert_if_new(
                tx,
                &follow(1, AccountId(1), AccountId(3), FollowState::Accepted),
            )?;
            follows::insert_if_new(
                tx,
                &follow(2, AccountId(2), AccountId(3), FollowState::Pending),
            )?;
            peers::set_standing(tx, &[AccountId(3)], Standing::Limited, at(0, 1))
        })
        .await;
        let (anna, bert) = (Viewer::Account(AccountId(1)), Viewer::Account(AccountId(2)));
        for (viewer, met) in [(anna, 1), (bert, 0), (Viewer::Anyone, 0)] {
            let page = Page::first(9);
            let found = read(&store, move |db| {
                Ok((
                    timelines::public(
                        db,
                        viewer,
                        Origin::Everywhere,
                        crate::testing::rows::at(0, 0),
                        &page,
                    )?
                    .len(),
                    timelines::public(
                        db,
                        viewer,
                        Origin::Remote,
                        crate::testing::rows::at(0, 0),
                        &page,
                    )?
                    .len(),
                    timelines::tagged(
                        db,
                        viewer,
                        &timelines::Tagged::with("cats"),
                        crate::testing::rows::at(0, 0),
                        &page,
                    )?
                    .len(),
                    super::search::people(db, viewer, "carl", (9, 0))?.len(),
                    timelines::by_account(
                        db,
                        viewer,
                        AccountId(3),
                        timelines::Selection::All,
                        &page,
                    )?
                    .len(),
                ))
            })
            .await;
            // Whoever goes to the profile sees it.
            assert_eq!(found, (met, met, met, met, 1), "{viewer:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn other_keys_are_replaced_as_a_whole() {
    each(|store| async move {
        let key = |id: &str, text: &str| (id.to_owned(), text.to_owned());
        write(&store, |tx| {
            accounts::insert(tx, &remote_account(2, "bert", "far.test"))?;
            accounts::insert(tx, &remote_account(3, "carl", "far.test"))
        })
        .await;
        let store = &store;
        let put = |account, keys: Vec<(String, String)>| {
            write(store, move |tx| {
                actor_keys::replace(tx, AccountId(account), &keys)
            })
        };
        let of = |account| async move {
            read(store, move |db| actor_keys::of(db, AccountId(account)))
                .await
                .into_iter()
                .map(|key| (key.key_id, key.public_key))
                .collect::<Vec<_>>()
        };
        put(2, vec![key("b", "z2"), key("a", "z1"), key("a", "z9")]).await;
        assert_eq!(of(2).await, [key("a", "z1"), key("b", "z2")]);
        put(2, vec![key("b", "z3")]).await;
        assert_eq!(of(2).await, [key("b", "z3")]);
        put(3, vec![key("b", "z4")]).await;
        assert_eq!((of(2).await.len(), of(3).await.len()), (0, 1));
        let found = read(store, |db| actor_keys::by_id(db, "b")).await.unwrap();
        assert_eq!(
            (found.account_id, found.public_key),
            (AccountId(3), "z4".to_owned())
        );
        write(store, |tx| accounts::delete(tx, AccountId(3))).await;
        assert_eq!(read(store, |db| actor_keys::by_id(db, "b")).await, None);
    })
    .await;
}

#[tokio::test]
async fn rules_of_a_kind_come_in_pages_and_keep_their_number() {
    each(|store| async move {
        let ids = write(&store, |tx| {
            let mut ids = Vec::new();
            for number in 0..6 {
                let row = DomainPolicy {
                    id: DomainPolicyId(100 - number),
                    ..policy(&format!("d{number}.example"), Severity::Block)
                };
                peers::set(tx, &row)?;
                ids.push(row.id.0);
            }
            peers::set(tx, &policy("friend.example", Severity::Allow))?;
            let again = DomainPolicy {
                severity: Severity::Limit,
                ..policy("d2.example", Severity::Block)
            };
            assert!(peers::set(tx, &again)?);
            Ok(ids)
        })
        .await;
        read(&store, move |db| {
            let kept = peers::by_id(db, DomainPolicyId(98))?.unwrap();
            assert_eq!(
                (kept.domain.as_str(), kept.severity),
                ("d2.example", Severity::Limit)
            );
            super::hold_pages_against(db, &ids, |db, page| {
                let rows = peers::page(db, &[Severity::Block, Severity::Limit], page)?;
                Ok(rows.iter().map(|row| row.id.0).collect())
            })?;
            let friends = peers::page(db, &[Severity::Allow], &Page::first(10))?;
            assert_eq!(friends.len(), 1);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn whom_an_operator_silenced_stays_limited_without_a_rule() {
    use crate::moderation;

    each(|store| async move {
        let (limited, open) = write(&store, |tx| {
            let account = remote_account(7, "mia", "away.example");
            accounts::insert(tx, &account)?;
            assert!(moderation::set_silenced(tx, account.id, true)?);
            assert!(!moderation::set_silenced(tx, account.id, true)?);
            peers::set_standing(tx, &[account.id], Standing::Open, at(0, 2))?;
            let limited = accounts::by_id(tx, account.id)?.unwrap().limited;
            let [subject] = &peers::subjects(tx, AccountId(0), 9)?[..] else {
                panic!("one account from elsewhere");
            };
            assert!(subject.silenced && moderation::is_silenced(tx, account.id)?);
            moderation::set_silenced(tx, account.id, false)?;
            Ok((limited, !accounts::by_id(tx, account.id)?.unwrap().limited))
        })
        .await;
        assert!(limited && open);
    })
    .await;
}
