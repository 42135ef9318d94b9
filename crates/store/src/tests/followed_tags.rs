//! Hashtags that people follow and show, their uses day by day, and timelines by several at once.

use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, FeaturedTagId, FollowedTagId, PostId, TIME_SHIFT, TagId},
    page::Page,
};

use super::{hold_pages_against, ids_of, read, write};
use crate::{
    Result, Tx, accounts, check, followed_tags, home, moderation,
    peers::{self, Standing},
    posts::{self, Post},
    prune,
    tag_days::{self, Step},
    testing::{
        each,
        rows::{at, local_account, post, remote_account, user},
    },
    timelines::{self, Origin, Part, Tagged},
    users,
};

const ANN: AccountId = AccountId(1);

/// Ann and Bob here, Far elsewhere; hashtags 1 to 9 are `t1` to `t9`.
fn people(tx: &mut Tx<'_>) -> Result<()> {
    for (id, name) in [(1, "ann"), (2, "bob")] {
        accounts::insert(tx, &local_account(id, name))?;
        users::insert(tx, &user(AccountId(id)))?;
    }
    accounts::insert(tx, &remote_account(3, "far", "far.test"))?;
    for id in 1..10 {
        let tag = followed_tags::tag(tx, TagId(id), &format!("t{id}"), at(0, 0))?;
        assert_eq!(tag, TagId(id));
        let again = followed_tags::tag(tx, TagId(50 + id), &format!("t{id}"), at(0, 0))?;
        assert_eq!(again, tag);
    }
    Ok(())
}

fn put(tx: &mut Tx<'_>, post: &Post, tags: &[i64]) -> Result<()> {
    posts::insert(tx, post)?;
    let tags: Vec<(TagId, String)> = tags
        .iter()
        .map(|id| (TagId(*id), format!("t{id}")))
        .collect();
    posts::set_tags(tx, post.id, &tags, at(0, 0))?;
    tag_days::count(tx, post.id, Step::Used)
}

/// An id of a moment.
fn id_at(days: i64, seconds: i64) -> i64 {
    kontor_domain::time::millis(at(days, seconds)) << TIME_SHIFT
}

/// Days whose uses or accounts are not what is counted anew.
fn miscounted(tx: &mut Tx<'_>) -> Result<usize> {
    let of_tags = [check::Counter::TagUses, check::Counter::TagAccounts];
    let all = check::check(tx)?.differences;
    let wrong = all.iter().filter(|one| of_tags.contains(&one.counter));
    Ok(wrong.count())
}

#[tokio::test]
async fn uses_are_counted_by_day_and_account() {
    each(|store| async move {
        write(&store, |tx| {
            people(tx)?;
            let (ann, far) = (
                local_account(1, "ann"),
                remote_account(3, "far", "far.test"),
            );
            put(tx, &post(id_at(0, 0), &ann), &[1, 2])?;
            put(tx, &post(id_at(0, 1), &ann), &[1])?;
            put(tx, &post(id_at(0, 2), &far), &[1])?;
            put(tx, &post(id_at(1, 0), &far), &[1])?;
            let quiet = Post {
                audience: Audience::Unlisted,
                ..post(id_at(0, 3), &far)
            };
            put(tx, &quiet, &[1, 3])?;
            let names = ["t1", "t2", "t3"].map(str::to_owned);
            let first = tag_days::day_at(at(0, 0));
            let of = |tx: &mut Tx<'_>| -> Result<Vec<(String, i64, i64, i64)>> {
                let mut all: Vec<_> = tag_days::of(tx, &names, first)?
                    .into_iter()
                    .map(|one| (one.name, one.day - first, one.uses, one.accounts))
                    .collect();
                all.sort();
                Ok(all)
            };
            let row = |name: &str, day, uses, accounts| (name.to_owned(), day, uses, accounts);
            assert_eq!(
                of(tx)?,
                [row("t1", 0, 3, 2), row("t1", 1, 1, 1), row("t2", 0, 1, 1)]
            );
            assert_eq!(tag_days::most_used(tx, first, 1, 9, 0)?, ["t1", "t2"]);
            assert_eq!(tag_days::most_used(tx, first, 2, 9, 0)?, ["t1"]);
            assert_eq!(tag_days::most_used(tx, first, 1, 9, 1)?, ["t2"]);
            assert_eq!(miscounted(tx)?, 0);
            for seconds in [0, 2] {
                let gone = PostId(id_at(0, seconds));
                tag_days::count(tx, gone, Step::Unused)?;
                posts::delete(tx, gone)?;
            }
            assert_eq!(
                of(tx)?,
                [row("t1", 0, 1, 1), row("t1", 1, 1, 1), row("t2", 0, 0, 0)]
            );
            assert_eq!(miscounted(tx)?, 0);
            super::raw(tx, "UPDATE tag_days SET accounts = 7 WHERE tag_id = 2")?;
            assert_eq!(miscounted(tx)?, 1);
            check::repair_counters(tx)?;
            assert_eq!(miscounted(tx)?, 0);
            Ok(())
        })
        .await;
        let gone = prune::prune(&store, at(8, 0)).await.unwrap().tag_days;
        assert_eq!(gone, 2, "seven days and one are kept");
    })
    .await;
}

/// Uses and accounts of the hashtags 1 to 3 on the first day.
fn first_day(tx: &mut Tx<'_>) -> Result<Vec<(String, i64, i64)>> {
    let first = tag_days::day_at(at(0, 0));
    let names = ["t1", "t2", "t3"].map(str::to_owned);
    let mut all: Vec<_> = tag_days::of(tx, &names, first)?
        .into_iter()
        .filter(|one| one.day == first)
        .map(|one| (one.name, one.uses, one.accounts))
        .collect();
    all.sort();
    assert_eq!(miscounted(tx)?, 0);
    Ok(all)
}

#[tokio::test]
async fn posts_of_limited_accounts_do_not_count_while_they_are() {
    each(|store| async move {
        write(&store, |tx| {
            people(tx)?;
            let (ann, far) = (
                local_account(1, "ann"),
                remote_account(3, "far", "far.test"),
            );
            put(tx, &post(id_at(0, 0), &ann), &[1])?;
            put(tx, &post(id_at(0, 1), &far), &[1, 2])?;
            let row = |name: &str, uses, accounts| (name.to_owned(), uses, accounts);
            let first = tag_days::day_at(at(0, 0));
            assert_eq!(first_day(tx)?, [row("t1", 2, 2), row("t2", 1, 1)]);
            assert!(moderation::set_silenced(tx, far.id, true)?);
            assert_eq!(first_day(tx)?, [row("t1", 1, 1), row("t2", 0, 0)]);
            put(tx, &post(id_at(0, 2), &far), &[3])?;
            assert_eq!(first_day(tx)?[2], row("t3", 0, 0));
            assert_eq!(tag_days::most_used(tx, first, 1, 9, 0)?, ["t1"]);
            // What goes meanwhile did not count.
            tag_days::count(tx, PostId(id_at(0, 1)), Step::Unused)?;
            posts::delete(tx, PostId(id_at(0, 1)))?;
            assert_eq!(first_day(tx)?[0], row("t1", 1, 1));
            put(tx, &post(id_at(0, 3), &far), &[1])?;
            assert!(moderation::set_silenced(tx, far.id, false)?);
            let again = [row("t1", 2, 2), row("t2", 0, 0), row("t3", 1, 1)];
            assert_eq!(first_day(tx)?, again);
            // So it is by a rule about its server.
            peers::set_standing(tx, &[far.id], Standing::Limited, at(0, 9))?;
            let without = [row("t1", 1, 1), row("t2", 0, 0), row("t3", 0, 0)];
            assert_eq!(first_day(tx)?, without);
            peers::set_standing(tx, &[far.id], Standing::Open, at(0, 10))?;
            assert_eq!(first_day(tx)?, again);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_hashtag_is_followed_and_shown_once() {
    each(|store| async move {
        write(&store, |tx| {
            people(tx)?;
            for id in 1..7 {
                followed_tags::follow(tx, FollowedTagId(id), ANN, TagId(id))?;
                followed_tags::follow(tx, FollowedTagId(50 + id), ANN, TagId(id))?;
            }
            hold_pages_against(tx, &[6, 5, 4, 3, 2, 1], |db, page| {
                let rows = followed_tags::followed(db, ANN, page)?;
                Ok(rows.into_iter().map(|(row, _)| row).collect())
            })?;
            let names = ["t1", "t7"].map(str::to_owned);
            assert_eq!(followed_tags::followed_among(tx, ANN, &names)?, ["t1"]);
            assert!(followed_tags::feature(tx, FeaturedTagId(1), ANN, TagId(2))?);
            assert!(!followed_tags::feature(
                tx,
                FeaturedTagId(2),
                ANN,
                TagId(2)
            )?);
            assert!(followed_tags::feature(tx, FeaturedTagId(3), ANN, TagId(1))?);
            let shown: Vec<String> = followed_tags::featured(tx, ANN)?
                .into_iter()
                .map(|one| one.name)
                .collect();
            assert_eq!(shown, ["t2", "t1"]);
            assert!(!followed_tags::unfeature(
                tx,
                AccountId(2),
                FeaturedTagId(1)
            )?);
            assert!(followed_tags::unfeature(tx, ANN, FeaturedTagId(1))?);
            assert!(!followed_tags::unfeature(tx, ANN, FeaturedTagId(1))?);
            // What came by it alone leaves home.
            let far = remote_account(3, "far", "far.test");
            for (id, tags) in [(20, vec![1]), (21, vec![1, 2]), (22, vec![2])] {
                put(tx, &post(id, &far), &tags)?;
                home::add(tx, &[ANN], PostId(id))?;
            }
            put(tx, &post(23, &local_account(1, "ann")), &[1])?;
            home::add(tx, &[ANN], PostId(23))?;
            assert!(followed_tags::unfollow(tx, ANN, "t1")?);
            assert!(!followed_tags::unfollow(tx, ANN, "t1")?);
            assert!(!followed_tags::unfollow(tx, ANN, "never")?);
            assert_eq!(
                ids_of(timelines::home(tx, ANN, at(0, 0), &Page::first(9))?),
                [23, 22, 21].map(PostId)
            );
            let followers =
                |tx: &mut Tx<'_>, id| followed_tags::followers_of(tx, PostId(id), at(0, 0), 9);
            assert_eq!(followers(tx, 21)?, [ANN]);
            assert_eq!(followers(tx, 20)?, []);
            assert_eq!(
                followed_tags::followers_of(tx, PostId(21), at(1, 0), 9)?,
                []
            );
            super::raw(tx, "UPDATE accounts SET limited = TRUE WHERE id = 3")?;
            assert_eq!(followers(tx, 21)?, []);
            let uses = followed_tags::uses_by(tx, AccountId(3), &[TagId(1), TagId(9)])?;
            assert_eq!(uses, [(TagId(1), 2, Some(PostId(21)))]);
            assert_eq!(followed_tags::recent_uses(tx, AccountId(3), 1)?, ["t2"]);
            Ok(())
        })
        .await;
    })
    .await;
}

/// Hashtags of which one, every one, and none; which part; and which posts that means.
type Case = (Vec<i64>, Vec<i64>, Vec<i64>, Part, fn(i64) -> bool);

/// Forty posts, by Ann and Far in turns, each with one of three hashtags, some with more, every seventh with a file.
fn tagged(tx: &mut Tx<'_>) -> Result<()> {
    people(tx)?;
    let (ann, far) = (
        local_account(1, "ann"),
        remote_account(3, "far", "far.test"),
    );
    for id in 100..140 {
        let by = if id % 2 == 0 { &ann } else { &far };
        let mut tags = vec![1 + id % 3];
        if id % 4 == 0 {
            tags.push(4);
        }
        if id % 5 == 0 {
            tags.push(5);
        }
        put(tx, &post(id, by), &tags)?;
    }
    super::raw(
        tx,
        "INSERT INTO attachments (id, account_id, post_id, kind, created_at) \
         SELECT id, account_id, id, 'image', created_at FROM posts WHERE id % 7 = 0",
    )
}

#[tokio::test]
async fn a_timeline_by_several_hashtags_is_paged_as_one() {
    each(|store| async move {
        write(&store, tagged).await;
        let names = |ids: &[i64]| ids.iter().map(|id| format!("t{id}")).collect::<Vec<_>>();
        let everywhere = Part {
            origin: Origin::Everywhere,
            only_media: false,
        };
        let local = Part {
            origin: Origin::Local,
            ..everywhere
        };
        let media = Part {
            only_media: true,
            ..everywhere
        };
        let cases: [Case; 6] = [
            (vec![1], vec![], vec![], everywhere, |id| id % 3 == 0),
            (vec![1, 2], vec![], vec![], everywhere, |id| id % 3 < 2),
            (vec![1, 4], vec![], vec![5], everywhere, |id| {
                (id % 3 == 0 || id % 4 == 0) && id % 5 > 0
            }),
            (vec![1, 2, 3], vec![4], vec![5, 99], everywhere, |id| {
                id % 4 == 0 && id % 5 > 0
            }),
            (vec![1, 2], vec![], vec![], local, |id| {
                id % 3 < 2 && id % 2 == 0
            }),
            (vec![1, 2, 3], vec![], vec![], media, |id| id % 7 == 0),
        ];
        read(&store, move |db| {
            for (any, all, none, part, holds) in cases {
                let which = Tagged {
                    any: names(&any),
                    all: names(&all),
                    none: names(&none),
                    part,
                };
                let wanted: Vec<i64> = (100..140).rev().filter(|id| holds(*id)).collect();
                hold_pages_against(db, &wanted, |db, page| {
                    let ids = timelines::tagged(db, Viewer::Anyone, &which, at(0, 0), page)?;
                    Ok(ids.into_iter().map(|id| id.0).collect())
                })?;
            }
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn what_nobody_used_is_empty_and_files_are_asked_for() {
    each(|store| async move {
        write(&store, tagged).await;
        read(&store, |db| {
            let unheard = Tagged {
                all: vec!["t99".to_owned()],
                ..Tagged::with("t1")
            };
            let page = Page::first(9);
            assert_eq!(
                timelines::tagged(db, Viewer::Anyone, &unheard, at(0, 0), &page)?,
                []
            );
            let with_media = [133, 126, 119, 112, 105];
            hold_pages_against(db, &with_media, |db, page| {
                let (viewer, all) = (Viewer::Anyone, Origin::Everywhere);
                let ids = timelines::public_media(db, viewer, all, at(0, 0), page)?;
                Ok(ids.into_iter().map(|id| id.0).collect())
            })?;
            let narrow = timelines::Narrow {
                only_media: true,
                tag: Some("t1".to_owned()),
            };
            let own = timelines::by_account_of(
                db,
                Viewer::Anyone,
                ANN,
                timelines::Selection::All,
                &narrow,
                &Page::first(9),
            )?;
            assert_eq!(own, [PostId(126)]);
            Ok(())
        })
        .await;
    })
    .await;
}
