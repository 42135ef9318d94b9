//! Home timelines: filling, emptying, trimming, making anew.

use kontor_domain::{
    audience::Audience,
    follow::FollowState::{Accepted, Pending},
    ids::{AccountId, FollowId, ListId, ListMemberId, PostId, TIME_SHIFT},
    list::RepliesPolicy,
    page::Page,
};

use super::{ids_of, read, write};
use crate::{
    Result, Store, Tx, accounts, follows, home, list_entries, lists,
    posts::{self, Post},
    testing::{
        each,
        rows::{boost, follow, local_account, post, remote_account, reply, user},
    },
    timelines, users,
};

const ANN: AccountId = AccountId(1);
const BOB: AccountId = AccountId(2);
const CAT: AccountId = AccountId(3);

fn cast(tx: &mut Tx<'_>) -> Result<()> {
    accounts::insert(tx, &local_account(1, "ann"))?;
    accounts::insert(tx, &remote_account(2, "bob", "far.test"))?;
    accounts::insert(tx, &remote_account(3, "cat", "far.test"))?;
    accounts::insert(tx, &local_account(4, "dan"))?;
    users::insert(tx, &user(ANN))?;
    users::insert(tx, &user(AccountId(4)))
}

async fn at_home(store: &Store) -> Vec<i64> {
    read(store, |db| {
        timelines::home(db, ANN, crate::testing::rows::at(0, 0), &Page::first(9999)).map(ids_of)
    })
    .await
    .into_iter()
    .map(|id| id.0)
    .collect()
}

/// One of everything that may or may not belong at home. Returns what does once Bob is followed.
fn all_sorts(tx: &mut Tx<'_>) -> Result<()> {
    let (ann, bob, cat) = (
        local_account(1, "ann"),
        remote_account(2, "bob", "far.test"),
        remote_account(3, "cat", "far.test"),
    );
    let own = post(10, &ann);
    let bobs = post(11, &bob);
    let cats = post(12, &cat);
    for row in [&own, &bobs, &cats] {
        posts::insert(tx, row)?;
    }
    posts::insert(tx, &reply(13, &bob, &own))?;
    posts::insert(tx, &reply(14, &bob, &bobs))?;
    posts::insert(tx, &reply(15, &bob, &cats))?;
    posts::insert(
        tx,
        &Post {
            in_reply_to_uri: Some("https://x.test/1".to_owned()),
            ..post(16, &bob)
        },
    )?;
    posts::insert(
        tx,
        &Post {
            audience: Audience::Followers,
            ..post(17, &bob)
        },
    )?;
    posts::insert(
        tx,
        &Post {
            audience: Audience::Direct,
            ..post(18, &bob)
        },
    )?;
    posts::insert(
        tx,
        &Post {
            audience: Audience::Direct,
            ..post(19, &bob)
        },
    )?;
    posts::set_mentions(tx, PostId(19), &[ANN])?;
    posts::insert(tx, &reply(20, &ann, &cats))
}

#[tokio::test]
async fn a_new_follow_brings_posts_and_its_end_takes_them() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            all_sorts(tx)?;
            home::add(tx, &[ANN], PostId(10))?;
            follows::insert_if_new(tx, &follow(1, ANN, BOB, Accepted))?;
            home::remember(tx, ANN, BOB, 20)?;
            home::remember(tx, ANN, BOB, 20)
        })
        .await;
        assert_eq!(at_home(&store).await, [19, 17, 14, 11, 10]);
        write(&store, |tx| home::forget(tx, ANN, BOB)).await;
        write(&store, |tx| home::forget(tx, ANN, BOB)).await;
        assert_eq!(at_home(&store).await, [10]);
        write(&store, |tx| home::remember(tx, ANN, BOB, 2)).await;
        assert_eq!(at_home(&store).await, [19, 17, 10]);
    })
    .await;
}

#[tokio::test]
async fn made_anew_it_holds_own_posts_those_of_everyone_followed_and_answers_among_them() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            all_sorts(tx)?;
            follows::insert_if_new(tx, &follow(1, ANN, BOB, Accepted))?;
            follows::insert_if_new(tx, &follow(2, ANN, CAT, Pending))?;
            home::rebuild(tx, ANN)?;
            home::rebuild(tx, ANN)
        })
        .await;
        assert_eq!(at_home(&store).await, [20, 19, 17, 14, 13, 11, 10]);
        write(&store, |tx| {
            follows::accept(tx, FollowId(2))?;
            home::rebuild(tx, ANN)
        })
        .await;
        assert_eq!(at_home(&store).await, [20, 19, 17, 15, 14, 13, 12, 11, 10]);
    })
    .await;
}

#[tokio::test]
async fn made_anew_it_reaches_back_as_far_as_it_must_and_is_cut() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            home::rebuild(tx, ANN)?;
            let bob = remote_account(2, "bob", "far.test");
            follows::insert_if_new(tx, &follow(1, ANN, BOB, Accepted))?;
            // One post a day, for three years.
            for day in 0..1100 {
                posts::insert(tx, &post((day * 86_400_000) << TIME_SHIFT, &bob))?;
            }
            home::rebuild(tx, ANN)
        })
        .await;
        let days: Vec<_> = at_home(&store)
            .await
            .iter()
            .map(|id| (id >> TIME_SHIFT) / 86_400_000)
            .collect();
        assert_eq!(days, (300..1100).rev().collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn trimming_keeps_the_newest_of_each() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let bob = remote_account(2, "bob", "far.test");
            for id in 1..=home::KEPT + 3 {
                posts::insert(tx, &post(id, &bob))?;
                home::add(tx, &[ANN], PostId(id))?;
            }
            home::add(tx, &[AccountId(4)], PostId(1))
        })
        .await;
        let owners = read(&store, |db| home::owners(db, AccountId(0), 9)).await;
        assert_eq!(owners, [ANN, AccountId(4)]);
        assert_eq!(
            read(&store, |db| home::owners(db, ANN, 9)).await,
            [AccountId(4)]
        );
        let cut = owners.clone();
        assert_eq!(write(&store, move |tx| home::trim(tx, &cut)).await, 3);
        assert_eq!(write(&store, move |tx| home::trim(tx, &owners)).await, 0);
        assert_eq!(
            at_home(&store).await,
            (4..=home::KEPT + 3).rev().collect::<Vec<_>>()
        );
        let dans = read(&store, |db| {
            timelines::home(
                db,
                AccountId(4),
                crate::testing::rows::at(0, 0),
                &Page::first(9),
            )
            .map(ids_of)
        })
        .await;
        assert_eq!(dans, [PostId(1)]);
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_wanted_by_those_who_follow_both_and_by_whom_it_answers() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            follows::insert_if_new(tx, &follow(1, ANN, BOB, Accepted))?;
            follows::insert_if_new(tx, &follow(2, AccountId(4), BOB, Pending)).map(drop)
        })
        .await;
        let wanting = read(&store, |db| {
            home::wanting_reply(db, &[ANN, AccountId(4)], BOB)
        })
        .await;
        assert_eq!(wanting, [ANN]);
        let wanting = read(&store, |db| {
            home::wanting_reply(db, &[ANN, AccountId(4)], AccountId(4))
        })
        .await;
        assert_eq!(wanting, [AccountId(4)]);
        assert_eq!(
            read(&store, |db| home::wanting_reply(db, &[], BOB)).await,
            []
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_in_a_language_that_is_not_wanted_stays_out_of_home_and_lists() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let (bob, cat) = (
                remote_account(2, "bob", "far.test"),
                remote_account(3, "cat", "far.test"),
            );
            for (id, language) in [
                (30, Some("de")),
                (31, Some("en")),
                (32, None),
                (33, Some("zh-TW")),
                (34, Some("zh")),
            ] {
                let language = language.map(str::to_owned);
                posts::insert(
                    tx,
                    &Post {
                        language,
                        ..post(id, &bob)
                    },
                )?;
            }
            let other = post(20, &cat);
            posts::insert(tx, &other)?;
            posts::insert(tx, &boost(35, &bob, &other))?;
            let chosen = follows::Follow {
                languages: "[\"de\",\"zh-TW\"]".to_owned(),
                ..follow(1, ANN, BOB, Accepted)
            };
            follows::insert_if_new(tx, &chosen)?;
            home::remember(tx, ANN, BOB, 20)
        })
        .await;
        let wanted = [35, 33, 32, 30];
        assert_eq!(at_home(&store).await, wanted);
        write(&store, |tx| {
            home::forget(tx, ANN, BOB)?;
            home::rebuild(tx, ANN)
        })
        .await;
        assert_eq!(at_home(&store).await, wanted);
        write(&store, move |tx| {
            let list = lists::List {
                id: ListId(1),
                account_id: ANN,
                title: "bob".to_owned(),
                replies_policy: RepliesPolicy::List,
                exclusive: false,
                created_at: crate::testing::rows::at(0, 0),
            };
            lists::insert(tx, &list)?;
            lists::add_member(tx, ListMemberId(1), list.id, BOB)?;
            let shown = |tx: &mut Tx<'_>| {
                let now = crate::testing::rows::at(0, 0);
                list_entries::page(tx, &list, now, &Page::first(20))
            };
            list_entries::remember(tx, ANN, list.id, BOB, 20)?;
            assert_eq!(shown(tx)?, wanted.map(PostId));
            list_entries::forget(tx, list.id, &[BOB])?;
            list_entries::rebuild(tx, &list)?;
            assert_eq!(shown(tx)?, wanted.map(PostId));
            Ok(())
        })
        .await;
    })
    .await;
}
