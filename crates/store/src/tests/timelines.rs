//! Timelines.

use kontor_domain::{
    audience::{Audience, Viewer},
    follow::FollowState::{Accepted, Pending},
    ids::{AccountId, PostId, TagId},
    page::Page,
};

use super::{hold_pages_against, ids_of, read, write};
use crate::{
    Result, Tx, accounts, follows, home,
    posts::{self, Post},
    testing::{
        each,
        rows::{at, follow, local_account, post, remote_account, reply, user},
    },
    timelines::{self, Origin, Selection},
    users,
};

const ANN: AccountId = AccountId(1);
const BOB: AccountId = AccountId(2);

/// Ann is here, Bob elsewhere; both write one post after another, of every audience.
fn cast(tx: &mut Tx<'_>) -> Result<()> {
    let (ann, bob) = (
        local_account(1, "ann"),
        remote_account(2, "bob", "far.test"),
    );
    accounts::insert(tx, &ann)?;
    accounts::insert(tx, &bob)?;
    users::insert(tx, &user(ANN))?;
    let first = post(100, &ann);
    for id in 100..130 {
        let author = if id % 2 == 0 { &ann } else { &bob };
        let audience = match id % 6 {
            0 | 1 => Audience::Public,
            2 => Audience::Unlisted,
            3 | 4 => Audience::Followers,
            _ => Audience::Direct,
        };
        let base = if id % 10 == 9 {
            reply(id, author, &first)
        } else {
            post(id, author)
        };
        let listed = audience == Audience::Public && base.listed;
        posts::insert(
            tx,
            &Post {
                audience,
                listed,
                ..base
            },
        )?;
        if id % 3 == 0 {
            posts::set_tags(tx, PostId(id), &[(TagId(id), "ski".to_owned())], at(0, 0))?;
        }
    }
    Ok(())
}

fn ids(of: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = of.collect();
    ids.reverse();
    ids
}

fn numbers(of: Vec<PostId>) -> Vec<i64> {
    of.into_iter().map(|id| id.0).collect()
}

#[tokio::test]
async fn the_public_timeline_is_listed_posts_by_origin() {
    each(|store| async move {
        write(&store, cast).await;
        read(&store, |db| {
            let listed = |id: &i64| (id % 6 == 0 || id % 6 == 1) && id % 10 != 9;
            for (origin, keep) in [
                (Origin::Everywhere, [0, 1].as_slice()),
                (Origin::Local, &[0]),
                (Origin::Remote, &[1]),
            ] {
                let all = ids((100..130)
                    .filter(listed)
                    .filter(|id| keep.contains(&(id % 2))));
                for viewer in [Viewer::Anyone, Viewer::Account(ANN)] {
                    let list = |db: &mut _, page: &Page| {
                        timelines::public(db, viewer, origin, crate::testing::rows::at(0, 0), page)
                            .map(|seen| numbers(ids_of(seen)))
                    };
                    if all.len() >= 5 {
                        hold_pages_against(db, &all, list)?;
                    } else {
                        assert_eq!(list(db, &Page::first(99))?, all);
                    }
                }
            }
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_hashtag_shows_its_public_posts() {
    each(|store| async move {
        write(&store, cast).await;
        read(&store, |db| {
            let all = ids((100..130).filter(|id| id % 6 == 0));
            hold_pages_against(db, &all, |db, page| {
                timelines::tagged(
                    db,
                    Viewer::Account(ANN),
                    &timelines::Tagged::with("ski"),
                    crate::testing::rows::at(0, 0),
                    page,
                )
                .map(numbers)
            })?;
            assert_eq!(
                timelines::tagged(
                    db,
                    Viewer::Anyone,
                    &timelines::Tagged::with("other"),
                    crate::testing::rows::at(0, 0),
                    &Page::first(9)
                )?,
                []
            );
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn an_account_shows_each_viewer_what_they_may_read() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            posts::set_mentions(tx, PostId(105), &[ANN])?;
            follows::insert_if_new(tx, &follow(1, ANN, BOB, Pending)).map(drop)
        })
        .await;
        let of_bob = |selection| {
            move |db: &mut _, viewer, page: &Page| {
                timelines::by_account(db, viewer, BOB, selection, page).map(numbers)
            }
        };
        read(&store, move |db| {
            let bobs = || (100..130).filter(|id| id % 2 == 1);
            let all = of_bob(Selection::All);
            let open = ids(bobs().filter(|id| id % 6 == 1));
            hold_pages_against(db, &open, |db, page| all(db, Viewer::Anyone, page))?;
            let own = ids(bobs());
            hold_pages_against(db, &own, |db, page| all(db, Viewer::Account(BOB), page))?;
            let asked = ids(bobs().filter(|id| id % 6 == 1 || *id == 105));
            hold_pages_against(db, &asked, |db, page| all(db, Viewer::Account(ANN), page))?;
            let without_replies = of_bob(Selection::WithoutReplies);
            let alone = ids(bobs().filter(|id| id % 10 != 9));
            hold_pages_against(db, &alone, |db, page| {
                without_replies(db, Viewer::Account(BOB), page)
            })?;
            let outbox = of_bob(Selection::Open);
            hold_pages_against(db, &open, |db, page| outbox(db, Viewer::Account(BOB), page))
        })
        .await;
        write(&store, |tx| {
            follows::accept(tx, kontor_domain::ids::FollowId(1))
        })
        .await;
        let followed = read(&store, move |db| {
            of_bob(Selection::All)(db, Viewer::Account(ANN), &Page::first(99))
        })
        .await;
        let wanted =
            ids((100..130).filter(|id| id % 2 == 1 && (id % 6 == 1 || id % 6 == 3 || *id == 105)));
        assert_eq!(followed, wanted);
    })
    .await;
}

#[tokio::test]
async fn an_answer_stays_an_answer_when_its_parent_is_deleted() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let ann = local_account(1, "ann");
            let own = Post {
                id: PostId(99),
                uri: "https://here.test/own".to_owned(),
                ..post(99, &ann)
            };
            posts::insert(tx, &own)?;
            posts::insert(tx, &reply(200, &ann, &own))?;
            posts::delete(tx, PostId(100)).map(drop)
        })
        .await;
        read(&store, |db| {
            let bobs = timelines::by_account(
                db,
                Viewer::Account(BOB),
                BOB,
                Selection::WithoutReplies,
                &Page::first(99),
            )?;
            assert!(!numbers(bobs).contains(&129));
            let anns = timelines::by_account(
                db,
                Viewer::Account(ANN),
                ANN,
                Selection::WithoutReplies,
                &Page::first(1),
            )?;
            assert_eq!(numbers(anns), [200]);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn home_holds_what_was_put_there_and_may_still_be_read() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            for id in 100..130 {
                home::add(tx, &[ANN], PostId(id))?;
                home::add(tx, &[ANN], PostId(id))?;
            }
            follows::insert_if_new(tx, &follow(1, ANN, BOB, Accepted)).map(drop)
        })
        .await;
        read(&store, |db| {
            let all = ids((100..130).filter(|id| id % 2 == 0 || id % 6 != 5));
            hold_pages_against(db, &all, |db, page| {
                timelines::home(db, ANN, crate::testing::rows::at(0, 0), page)
                    .map(|seen| numbers(ids_of(seen)))
            })?;
            assert_eq!(
                ids_of(timelines::home(
                    db,
                    BOB,
                    crate::testing::rows::at(0, 0),
                    &Page::first(9)
                )?),
                []
            );
            Ok(())
        })
        .await;
        write(&store, |tx| {
            follows::delete(tx, kontor_domain::ids::FollowId(1))
        })
        .await;
        let left = read(&store, |db| {
            timelines::home(db, ANN, crate::testing::rows::at(0, 0), &Page::first(99))
                .map(|seen| numbers(ids_of(seen)))
        })
        .await;
        assert_eq!(
            left,
            ids((100..130).filter(|id| id % 2 == 0 || id % 6 == 1))
        );
    })
    .await;
}
