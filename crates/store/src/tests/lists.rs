//! Lists: somebody's own, with members, and timelines that show answers as each list says.

use kontor_domain::{
    follow::FollowState,
    ids::{AccountId, ListId, ListMemberId, PostId},
    list::RepliesPolicy,
    page::Page,
};

use super::{hold_pages_against, ids_of, read, write};
use crate::{
    Result, Tx, accounts, follows, home, list_entries,
    lists::{self, Change, List},
    posts,
    testing::{
        each,
        rows::{at, boost, follow, local_account, post, remote_account, reply, user},
    },
    timelines, users,
};

const ANN: AccountId = AccountId(1);

fn list(id: i64) -> List {
    List {
        id: ListId(id),
        account_id: ANN,
        title: format!("list {id}"),
        replies_policy: RepliesPolicy::List,
        exclusive: false,
        created_at: at(0, 0),
    }
}

/// Ann follows 2 to 7 and has list 1 with all of them but 7.
fn scene(tx: &mut Tx<'_>) -> Result<()> {
    accounts::insert(tx, &local_account(1, "ann"))?;
    users::insert(tx, &user(ANN))?;
    lists::insert(tx, &list(1))?;
    for id in 2..9 {
        accounts::insert(tx, &remote_account(id, &format!("p{id}"), "far.test"))?;
        if id < 8 {
            let new = follow(id, ANN, AccountId(id), FollowState::Accepted);
            follows::insert_if_new(tx, &new)?;
        }
        if id < 7 {
            assert!(lists::add_member(
                tx,
                ListMemberId(id),
                ListId(1),
                AccountId(id)
            )?);
            assert!(!lists::add_member(
                tx,
                ListMemberId(50 + id),
                ListId(1),
                AccountId(id)
            )?);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_list_is_its_owners_and_has_members() {
    each(|store| async move {
        write(&store, |tx| {
            scene(tx)?;
            lists::insert(tx, &list(2))
        })
        .await;
        read(&store, |db| {
            hold_pages_against(db, &[6, 5, 4, 3, 2], |db, page| {
                let rows = lists::members(db, ListId(1), page)?;
                Ok(rows.into_iter().map(|(row, _)| row).collect())
            })?;
            assert_eq!(lists::of(db, AccountId(2), ListId(1))?, None);
            assert_eq!(lists::by_account(db, ANN)?, [list(1), list(2)]);
            assert_eq!(lists::holding(db, ANN, AccountId(2))?, [list(1)]);
            assert_eq!(lists::holding(db, ANN, AccountId(7))?, []);
            assert_eq!(lists::wanting(db, &[ANN], AccountId(2))?, [ListId(1)]);
            assert_eq!(lists::wanting(db, &[], AccountId(2))?, []);
            Ok(())
        })
        .await;
        write(&store, |tx| {
            let change = Change {
                title: Some("other".to_owned()),
                exclusive: Some(true),
                replies_policy: None,
            };
            lists::change(tx, ListId(1), &change)?;
            lists::change(tx, ListId(1), &Change::default())?;
            let changed = List {
                title: "other".to_owned(),
                exclusive: true,
                ..list(1)
            };
            assert_eq!(lists::of(tx, ANN, ListId(1))?, Some(changed));
            lists::remove_members(tx, ListId(1), &[AccountId(2), AccountId(8)])?;
            assert_eq!(lists::holding(tx, ANN, AccountId(2))?, []);
            assert!(!lists::delete(tx, AccountId(2), ListId(1))?);
            assert!(lists::delete(tx, ANN, ListId(1))?);
            assert!(!lists::delete(tx, ANN, ListId(1))?);
            assert_eq!(lists::members(tx, ListId(1), &Page::first(9))?, []);
            Ok(())
        })
        .await;
    })
    .await;
}

/// By 2: a post, an answer to themselves, to 3 (a member), to 7 (followed), to 8 (neither), a boost of 8's.
fn said(tx: &mut Tx<'_>) -> Result<()> {
    scene(tx)?;
    let person = |id: i64| remote_account(id, &format!("p{id}"), "far.test");
    let own = post(10, &person(2));
    let parents = [
        post(11, &person(3)),
        post(12, &person(7)),
        post(13, &person(8)),
    ];
    let mut all = vec![own.clone(), reply(20, &person(2), &own)];
    for (id, parent) in (21..).zip(&parents) {
        posts::insert(tx, parent)?;
        all.push(reply(id, &person(2), parent));
    }
    all.push(boost(24, &person(2), &parents[2]));
    for post in &all {
        posts::insert(tx, post)?;
    }
    Ok(())
}

fn shown(tx: &mut Tx<'_>, list: &List) -> Result<Vec<i64>> {
    let page = list_entries::page(tx, list, at(0, 0), &Page::first(20))?;
    Ok(page.into_iter().map(|id| id.0).collect())
}

#[tokio::test]
async fn a_list_shows_answers_as_it_says() {
    each(|store| async move {
        write(&store, |tx| {
            said(tx)?;
            list_entries::remember(tx, ANN, ListId(1), AccountId(2), 20)?;
            list_entries::remember(tx, ANN, ListId(1), AccountId(2), 20)?;
            for (replies_policy, wanted) in [
                (RepliesPolicy::None, vec![24, 20, 10]),
                (RepliesPolicy::List, vec![24, 21, 20, 10]),
                (RepliesPolicy::Followed, vec![24, 22, 21, 20, 10]),
            ] {
                let list = List {
                    replies_policy,
                    ..list(1)
                };
                assert_eq!(shown(tx, &list)?, wanted, "{replies_policy}");
            }
            list_entries::forget(tx, ListId(1), &[AccountId(2)])?;
            assert_eq!(shown(tx, &list(1))?, Vec::<i64>::new());
            // Made anew it holds what all of its members said: 3's post too.
            list_entries::rebuild(tx, &list(1))?;
            list_entries::rebuild(tx, &list(1))?;
            assert_eq!(shown(tx, &list(1))?, [24, 21, 20, 11, 10]);
            list_entries::add(tx, &[ListId(1)], PostId(12))?;
            list_entries::add(tx, &[ListId(1)], PostId(12))?;
            assert_eq!(shown(tx, &list(1))?, [24, 21, 20, 12, 11, 10]);
            hold_pages_against(tx, &[24, 21, 20, 12, 11, 10], |db, page| {
                let ids = list_entries::page(db, &list(1), at(0, 0), page)?;
                Ok(ids.into_iter().map(|id| id.0).collect())
            })
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn members_of_an_exclusive_list_are_not_at_home() {
    each(|store| async move {
        write(&store, |tx| {
            said(tx)?;
            let own = post(30, &local_account(1, "ann"));
            posts::insert(tx, &own)?;
            lists::add_member(tx, ListMemberId(99), ListId(1), ANN)?;
            for id in [10, 12, 30] {
                home::add(tx, &[ANN], PostId(id))?;
            }
            let at_home =
                |tx: &mut Tx<'_>| timelines::home(tx, ANN, at(0, 0), &Page::first(9)).map(ids_of);
            assert_eq!(at_home(tx)?, [30, 12, 10].map(PostId));
            for (exclusive, wanted) in [(true, vec![30, 12]), (false, vec![30, 12, 10])] {
                let change = Change {
                    exclusive: Some(exclusive),
                    ..Change::default()
                };
                lists::change(tx, ListId(1), &change)?;
                let wanted: Vec<PostId> = wanted.into_iter().map(PostId).collect();
                assert_eq!(at_home(tx)?, wanted);
            }
            Ok(())
        })
        .await;
    })
    .await;
}
