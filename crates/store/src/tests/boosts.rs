//! Boosts: posts that show another, counted at both ends.

use kontor_domain::{
    audience::{Audience, Viewer},
    follow::FollowState,
    ids::{AccountId, PostId},
    page::Page,
};

use super::{hold_pages_against, ids_of, read, write};
use crate::{
    Result, Tx, accounts, blocks, boosts, check, favourites, follows, home, posts,
    posts::Post,
    standings::{self, Deed},
    testing::{
        each,
        rows::{block, boost, favourite, follow, local_account, post, remote_account, user},
    },
    timelines::{self, Origin, Selection},
    users,
};

/// Ann here, whose post 10 the others boost; each boost is its author's only post.
fn cast(tx: &mut Tx<'_>) -> Result<()> {
    let ann = local_account(1, "ann");
    accounts::insert(tx, &ann)?;
    users::insert(tx, &user(ann.id))?;
    let own = post(10, &ann);
    posts::insert(tx, &own)?;
    accounts::count(tx, ann.id, accounts::Counter::Statuses, 1)?;
    for id in 2..8 {
        let person = remote_account(id, &format!("p{id}"), "far.test");
        accounts::insert(tx, &person)?;
        posts::insert(tx, &boost(10 + id, &person, &own))?;
        accounts::count(tx, person.id, accounts::Counter::Statuses, 1)?;
        boosts::count(tx, own.id, 1)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_boost_is_found_by_what_it_boosts() {
    each(|store| async move {
        write(&store, cast).await;
        assert!(read(&store, check::check).await.is_sound());
        let found = read(&store, |db| boosts::of(db, AccountId(3), PostId(10))).await;
        let found = found.unwrap();
        assert_eq!(
            (found.id, found.post_id, found.post_author),
            (PostId(13), PostId(10), AccountId(1))
        );
        assert_eq!(
            read(&store, |db| boosts::by_id(db, PostId(13))).await,
            Some(found.clone())
        );
        let uri = found.uri.clone();
        assert_eq!(
            read(&store, move |db| boosts::by_uri(db, &uri)).await,
            Some(found)
        );
        assert_eq!(read(&store, |db| boosts::by_id(db, PostId(10))).await, None);
        let ids = [PostId(10), PostId(13)];
        let among = read(&store, move |db| standings::of(db, AccountId(3), &ids)).await;
        assert_eq!(among.done, [(Deed::Boost, PostId(10))]);
        read(&store, |db| {
            hold_pages_against(db, &[17, 16, 15, 14, 13, 12], |db, page| {
                let rows = boosts::of_post(db, Viewer::Anyone, PostId(10), page)?;
                Ok(rows.into_iter().map(|(row, _)| row).collect())
            })
        })
        .await;
        write(&store, |tx| {
            blocks::insert_if_new(tx, &block(1, AccountId(3), AccountId(1)))
        })
        .await;
        let seen = read(&store, |db| {
            boosts::of_post(
                db,
                Viewer::Account(AccountId(1)),
                PostId(10),
                &Page::first(20),
            )
        })
        .await;
        assert!(
            seen.len() == 5 && !seen.contains(&(13, AccountId(3))),
            "{seen:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn one_person_boosts_a_post_once() {
    each(|store| async move {
        write(&store, cast).await;
        let again = store.write(|tx| {
            let ann = local_account(1, "ann");
            let person = remote_account(2, "p2", "far.test");
            posts::insert(tx, &boost(99, &person, &post(10, &ann)))
        });
        assert!(again.await.unwrap_err().is_unique_violation());
    })
    .await;
}

#[tokio::test]
async fn counters_follow_when_either_end_goes() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            boosts::uncount_by(tx, AccountId(2))?;
            accounts::delete(tx, AccountId(2))
        })
        .await;
        assert!(read(&store, check::check).await.is_sound());
        write(&store, |tx| {
            boosts::uncount_of(tx, PostId(10))?;
            posts::delete(tx, PostId(10))?;
            accounts::count(tx, AccountId(1), accounts::Counter::Statuses, -1)
        })
        .await;
        assert!(read(&store, check::check).await.is_sound());
        assert_eq!(read(&store, |db| boosts::by_id(db, PostId(13))).await, None);
        // An author who goes takes the boosts along.
        write(&store, |tx| {
            let person = remote_account(3, "p3", "far.test");
            let ann = local_account(1, "ann");
            let other = post(30, &person);
            posts::insert(tx, &other)?;
            posts::insert(tx, &boost(31, &ann, &other))?;
            accounts::count(tx, person.id, accounts::Counter::Statuses, 1)?;
            accounts::count(tx, ann.id, accounts::Counter::Statuses, 1)?;
            boosts::count(tx, other.id, 1)?;
            boosts::uncount_by(tx, person.id)?;
            accounts::delete(tx, person.id)
        })
        .await;
        assert!(read(&store, check::check).await.is_sound());
    })
    .await;
}

#[tokio::test]
async fn who_had_a_post_is_reached_once() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let lone = accounts::Account {
                shared_inbox_url: None,
                ..remote_account(9, "lone", "lone.test")
            };
            accounts::insert(tx, &lone)?;
            favourites::insert_if_new(tx, &favourite(1, lone.id, PostId(10)))?;
            favourites::insert_if_new(tx, &favourite(2, AccountId(2), PostId(10)))
        })
        .await;
        assert_eq!(
            read(&store, |db| boosts::reached(db, PostId(10))).await,
            [
                "https://far.test/inbox",
                "https://lone.test/users/lone/inbox"
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn lists_hold_boosts_where_they_belong() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let person = remote_account(2, "p2", "far.test");
            posts::insert(tx, &post(40, &person))
        })
        .await;
        let of = |selection| {
            let store = store.clone();
            async move {
                let ids = read(&store, move |db| {
                    let page = Page::first(20);
                    timelines::by_account(db, Viewer::Anyone, AccountId(2), selection, &page)
                });
                ids.await.into_iter().map(|id| id.0).collect::<Vec<_>>()
            }
        };
        assert_eq!(of(Selection::All).await, [40, 12]);
        assert_eq!(of(Selection::WithoutReplies).await, [40, 12]);
        assert_eq!(of(Selection::Open).await, [40, 12]);
        assert_eq!(of(Selection::WithoutBoosts).await, [40]);
        assert_eq!(of(Selection::Own).await, [40]);
        let public = read(&store, |db| {
            timelines::public(
                db,
                Viewer::Anyone,
                Origin::Everywhere,
                crate::testing::rows::at(0, 0),
                &Page::first(20),
            )
            .map(ids_of)
        })
        .await;
        assert_eq!(public, [PostId(40), PostId(10)]);
    })
    .await;
}

#[tokio::test]
async fn a_home_timeline_shows_a_post_again_only_after_others() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let stranger = remote_account(9, "stranger", "far.test");
            accounts::insert(tx, &stranger)?;
            let shown = post(50, &stranger);
            posts::insert(tx, &shown)?;
            let first = remote_account(2, "p2", "far.test");
            posts::insert(tx, &boost(51, &first, &shown))?;
            home::add(tx, &[AccountId(1)], PostId(51))
        })
        .await;
        let wanting = |store: crate::Store| async move {
            let owners = vec![AccountId(1), AccountId(77)];
            read(&store, move |db| {
                home::wanting_boost(db, owners, PostId(50))
            })
            .await
        };
        assert_eq!(wanting(store.clone()).await, [AccountId(77)]);
        let more = i64::try_from(home::APART).unwrap();
        for count in [more - 1, more] {
            write(&store, move |tx| {
                let first = remote_account(2, "p2", "far.test");
                for id in 100..100 + count {
                    if posts::stub(tx, PostId(id))?.is_none() {
                        posts::insert(tx, &post(id, &first))?;
                    }
                    home::add(tx, &[AccountId(1)], PostId(id))?;
                }
                Ok(())
            })
            .await;
            let wants = wanting(store.clone()).await.contains(&AccountId(1));
            assert_eq!(wants, count == more, "{count}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_follow_and_a_rebuilt_timeline_bring_boosts_unless_they_are_unwanted() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let stranger = remote_account(9, "stranger", "far.test");
            accounts::insert(tx, &stranger)?;
            posts::insert(tx, &post(50, &stranger))?;
            for (id, by) in [(51, 2), (52, 3)] {
                let by = remote_account(by, &format!("p{by}"), "far.test");
                posts::insert(tx, &boost(id, &by, &post(50, &stranger)))?;
            }
            for (id, target) in [(1, 2), (2, 3)] {
                let wish = follow(id, AccountId(1), AccountId(target), FollowState::Accepted);
                follows::insert_if_new(tx, &wish)?;
            }
            Ok(())
        })
        .await;
        let home = |store: crate::Store| async move {
            let ids = read(&store, |db| {
                timelines::home(
                    db,
                    AccountId(1),
                    crate::testing::rows::at(0, 0),
                    &Page::first(20),
                )
                .map(ids_of)
            });
            ids.await.into_iter().map(|id| id.0).collect::<Vec<_>>()
        };
        write(&store, |tx| {
            home::remember(tx, AccountId(1), AccountId(2), 40)
        })
        .await;
        assert_eq!(home(store.clone()).await, [51, 12]);
        // Post 50 stands there already.
        write(&store, |tx| {
            home::remember(tx, AccountId(1), AccountId(3), 40)
        })
        .await;
        assert_eq!(home(store.clone()).await, [51, 12]);
        write(&store, |tx| {
            for other in [2, 3] {
                home::forget(tx, AccountId(1), AccountId(other))?;
            }
            home::rebuild(tx, AccountId(1))
        })
        .await;
        assert_eq!(home(store.clone()).await, [51, 10], "each post once");
        write(&store, |tx| {
            for id in [1, 2] {
                let quiet = follows::Options {
                    show_reblogs: Some(false),
                    notify: None,
                    languages: None,
                };
                follows::set_options(tx, kontor_domain::ids::FollowId(id), &quiet)?;
            }
            for other in [1, 2, 3] {
                home::forget(tx, AccountId(1), AccountId(other))?;
            }
            home::rebuild(tx, AccountId(1))?;
            home::remember(tx, AccountId(1), AccountId(2), 40)
        })
        .await;
        assert_eq!(home(store.clone()).await, [10]);
        let owners = [AccountId(1)];
        let wanting = read(&store, move |db| {
            follows::wanting_boosts(db, &owners, AccountId(2))
        });
        assert_eq!(wanting.await, []);
    })
    .await;
}

#[tokio::test]
async fn two_who_part_are_taken_out_of_timelines() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let other = remote_account(3, "p3", "far.test");
            let theirs = Post {
                audience: Audience::Unlisted,
                ..post(60, &other)
            };
            posts::insert(tx, &theirs)?;
            let second = remote_account(2, "p2", "far.test");
            posts::insert(tx, &boost(61, &second, &theirs))?;
            for id in [10, 60, 61] {
                home::add(tx, &[AccountId(1)], PostId(id))?;
            }
            home::forget_all(tx, AccountId(1), AccountId(3))
        })
        .await;
        let left = read(&store, |db| {
            timelines::home(
                db,
                AccountId(1),
                crate::testing::rows::at(0, 0),
                &Page::first(20),
            )
            .map(ids_of)
        })
        .await;
        assert_eq!(left, [PostId(10)]);
    })
    .await;
}
