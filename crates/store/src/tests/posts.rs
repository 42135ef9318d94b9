//! Posts. Who may read them is in `audience`.

use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, PostId, RevisionId},
    page::Page,
};

use super::{read, write};
use crate::{
    accounts,
    posts::{self, Edit, Post, Revision},
    testing::{
        each,
        rows::{at, local_account, post, remote_account, reply},
    },
};

const ANYONE: Viewer = Viewer::Anyone;

async fn cast(store: &crate::Store) {
    write(store, |tx| {
        accounts::insert(tx, &local_account(1, "ann"))?;
        accounts::insert(tx, &remote_account(2, "bob", "far.test"))?;
        accounts::insert(tx, &remote_account(3, "cat", "far.test"))
    })
    .await;
}

#[tokio::test]
async fn every_way_to_find_one_asks_who_looks() {
    each(|store| async move {
        cast(&store).await;
        let open = Post {
            url: "https://here.test/@ann/10".to_owned(),
            ..post(10, &local_account(1, "ann"))
        };
        let shut = Post {
            audience: Audience::Direct,
            url: "https://here.test/@ann/11".to_owned(),
            ..post(11, &local_account(1, "ann"))
        };
        let rows = (open.clone(), shut.clone());
        write(&store, move |tx| {
            posts::insert(tx, &rows.0)?;
            posts::insert(tx, &rows.1)
        })
        .await;
        read(&store, move |db| {
            let ann = Viewer::Account(AccountId(1));
            assert_eq!(posts::by_id(db, ANYONE, open.id)?.as_ref(), Some(&open));
            assert_eq!(posts::by_uri(db, ANYONE, &open.uri)?.as_ref(), Some(&open));
            assert_eq!(posts::by_url(db, ANYONE, &open.url)?.as_ref(), Some(&open));
            assert_eq!(posts::by_url(db, ANYONE, &open.uri)?.as_ref(), Some(&open));
            assert_eq!(posts::by_id(db, ANYONE, shut.id)?, None);
            assert_eq!(posts::by_uri(db, ANYONE, &shut.uri)?, None);
            assert_eq!(posts::by_url(db, ANYONE, &shut.url)?, None);
            assert_eq!(posts::by_id(db, ann, shut.id)?.as_ref(), Some(&shut));
            assert_eq!(posts::by_uri(db, ann, &shut.uri)?.as_ref(), Some(&shut));
            assert_eq!(posts::by_url(db, ann, &shut.url)?.as_ref(), Some(&shut));
            assert_eq!(
                posts::visible(db, ANYONE, &[shut.id, open.id, PostId(99)])?,
                std::slice::from_ref(&open)
            );
            assert_eq!(posts::visible(db, ANYONE, &[])?, []);
            let stub = posts::stub_by_uri(db, &shut.uri)?.unwrap();
            assert_eq!(
                (stub.id, stub.account_id, stub.audience, stub.local),
                (shut.id, AccountId(1), shut.audience, true)
            );
            assert_eq!(posts::author(db, shut.id)?, Some(AccountId(1)));
            assert_eq!(posts::author(db, PostId(99))?, None);
            Ok(())
        })
        .await;
        let same = store
            .write(|tx| posts::insert(tx, &post(10, &local_account(1, "ann"))))
            .await;
        assert!(same.unwrap_err().is_unique_violation());
    })
    .await;
}

#[tokio::test]
async fn an_edit_replaces_the_text_and_what_was_stays_for_those_who_may_read_it() {
    each(|store| async move {
        cast(&store).await;
        let before = Post {
            audience: Audience::Followers,
            language: Some("en".to_owned()),
            ..post(10, &local_account(1, "ann"))
        };
        let row = before.clone();
        let edit = Edit {
            content: "<p>new</p>".to_owned(),
            text: "new".to_owned(),
            content_type: "text/markdown".to_owned(),
            spoiler_text: "cw".to_owned(),
            sensitive: true,
            language: None,
            edited_at: Some(at(1, 0)),
        };
        let change = edit.clone();
        write(&store, move |tx| {
            posts::insert(tx, &row)?;
            for id in [2, 1] {
                let revision = Revision {
                    id: RevisionId(id),
                    post_id: row.id,
                    content: format!("{id}"),
                    spoiler_text: String::new(),
                    sensitive: false,
                    created_at: at(0, id),
                    attachments: "[]".to_owned(),
                    poll_options: None,
                };
                posts::insert_revision(tx, &revision)?;
            }
            posts::edit(tx, row.id, &change)
        })
        .await;
        let after = read(&store, |db| {
            posts::by_id(db, Viewer::Account(AccountId(1)), PostId(10))
        })
        .await
        .unwrap();
        let wanted = Post {
            content: edit.content,
            text: edit.text,
            content_type: edit.content_type,
            spoiler_text: edit.spoiler_text,
            sensitive: true,
            language: None,
            edited_at: edit.edited_at,
            ..before
        };
        assert_eq!(after, wanted);
        let own = read(&store, |db| {
            posts::revisions(db, Viewer::Account(AccountId(1)), PostId(10))
        })
        .await;
        assert_eq!(
            own.iter().map(|revision| revision.id.0).collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!(
            read(&store, |db| posts::revisions(db, ANYONE, PostId(10))).await,
            []
        );
    })
    .await;
}

#[tokio::test]
async fn mentions_are_replaced_and_the_new_ones_named() {
    each(|store| async move {
        cast(&store).await;
        let (ann, bob, cat) = (AccountId(1), AccountId(2), AccountId(3));
        let new = write(&store, move |tx| {
            posts::insert(tx, &post(10, &local_account(1, "ann")))?;
            posts::insert(tx, &post(11, &local_account(1, "ann")))?;
            posts::set_mentions(tx, PostId(11), &[ann])?;
            Ok([
                posts::set_mentions(tx, PostId(10), &[bob])?,
                posts::set_mentions(tx, PostId(10), &[bob])?,
                posts::set_mentions(tx, PostId(10), &[cat, bob])?,
                posts::set_mentions(tx, PostId(10), &[cat])?,
            ])
        })
        .await;
        assert_eq!(new, [vec![bob], vec![], vec![cat], vec![]]);
        let kept = read(&store, |db| {
            posts::mentions_of(db, &[PostId(10), PostId(11)])
        })
        .await;
        assert_eq!(kept, [(PostId(11), ann), (PostId(10), cat)]);
        let former = async || read(&store, |db| posts::formerly_mentioned(db, PostId(10))).await;
        assert_eq!(former().await, [bob]);
        assert_eq!(
            write(&store, |tx| posts::set_mentions(tx, PostId(10), &[])).await,
            []
        );
        assert_eq!(
            read(&store, |db| posts::mentions_of(db, &[PostId(10)])).await,
            []
        );
        assert_eq!(former().await, [bob, cat]);
        write(&store, move |tx| {
            posts::set_mentions(tx, PostId(10), &[bob])
        })
        .await;
        assert_eq!(former().await, [cat], "whoever is back is not gone");
    })
    .await;
}

#[tokio::test]
async fn a_reply_that_came_first_finds_its_parent() {
    each(|store| async move {
        cast(&store).await;
        let bob = remote_account(2, "bob", "far.test");
        let parent = post(5, &local_account(1, "ann"));
        let orphan = |id| Post {
            in_reply_to_uri: Some(parent.uri.clone()),
            ..post(id, &bob)
        };
        let (one, two, row) = (orphan(10), orphan(11), parent.clone());
        write(&store, move |tx| {
            posts::insert(tx, &one)?;
            posts::insert(tx, &two)?;
            posts::insert(tx, &row)
        })
        .await;
        let uri = parent.uri.clone();
        let mut orphans = read(&store, move |db| posts::orphans_of(db, &uri)).await;
        orphans.sort_by_key(|stub| stub.id);
        assert_eq!(
            orphans.iter().map(|stub| stub.id.0).collect::<Vec<_>>(),
            [10, 11]
        );
        write(&store, |tx| {
            posts::adopt(tx, PostId(10), PostId(5), AccountId(1))
        })
        .await;
        let uri = parent.uri.clone();
        assert_eq!(
            read(&store, move |db| posts::orphans_of(db, &uri))
                .await
                .len(),
            1
        );
        let found = read(&store, |db| posts::by_id(db, ANYONE, PostId(10)))
            .await
            .unwrap();
        assert_eq!(
            (
                found.in_reply_to_id,
                found.in_reply_to_account_id,
                found.in_reply_to_uri
            ),
            (Some(PostId(5)), Some(AccountId(1)), None)
        );
    })
    .await;
}

#[tokio::test]
async fn a_post_is_deleted_once_and_its_answers_stay() {
    each(|store| async move {
        cast(&store).await;
        let (ann, bob) = (
            local_account(1, "ann"),
            remote_account(2, "bob", "far.test"),
        );
        write(&store, move |tx| {
            let parent = post(10, &ann);
            posts::insert(tx, &parent)?;
            posts::insert(tx, &reply(11, &bob, &parent))?;
            posts::insert(
                tx,
                &Post {
                    audience: Audience::Unlisted,
                    ..reply(12, &bob, &parent)
                },
            )?;
            posts::insert(
                tx,
                &Post {
                    audience: Audience::Followers,
                    ..reply(13, &bob, &parent)
                },
            )?;
            posts::insert(tx, &post(14, &bob))?;
            posts::count_replies(tx, parent.id, 2)
        })
        .await;
        let replied = read(&store, |db| posts::counted_replies_by(db, AccountId(2))).await;
        assert_eq!(replied, [(PostId(10), 2)]);
        let parent = read(&store, |db| posts::by_id(db, ANYONE, PostId(10)))
            .await
            .unwrap();
        assert_eq!(parent.replies_count, 2);
        assert!(write(&store, |tx| posts::delete(tx, PostId(10))).await);
        assert!(!write(&store, |tx| posts::delete(tx, PostId(10))).await);
        let answer = read(&store, |db| posts::by_id(db, ANYONE, PostId(11)))
            .await
            .unwrap();
        assert_eq!(
            (answer.in_reply_to_id, answer.in_reply_to_account_id),
            (None, Some(AccountId(1)))
        );
    })
    .await;
}

#[tokio::test]
async fn what_everyone_may_read_is_listed_and_counted() {
    each(|store| async move {
        cast(&store).await;
        let (ann, bob) = (
            local_account(1, "ann"),
            remote_account(2, "bob", "far.test"),
        );
        let parent = post(10, &ann);
        let uri = parent.uri.clone();
        write(&store, move |tx| {
            posts::insert(tx, &parent)?;
            for (id, audience) in (11..).zip(Audience::ALL.iter().chain(Audience::ALL)) {
                posts::insert(
                    tx,
                    &Post {
                        audience: *audience,
                        ..reply(id, &bob, &parent)
                    },
                )?;
            }
            Ok(())
        })
        .await;
        let page = |min_id, limit| Page {
            max_id: None,
            since_id: None,
            min_id: Some(min_id),
            limit,
        };
        let replies =
            |page: Page| read(&store, move |db| posts::open_replies(db, PostId(10), &page));
        let ids =
            |rows: Vec<(PostId, String)>| rows.into_iter().map(|(id, _)| id.0).collect::<Vec<_>>();
        assert_eq!(ids(replies(page(0, 40)).await), [18, 17, 12, 11]);
        assert_eq!(ids(replies(page(0, 3)).await), [17, 12, 11]);
        assert_eq!(ids(replies(page(17, 3)).await), [18]);
        assert_eq!(
            read(&store, |db| posts::count_open(db, AccountId(2))).await,
            4
        );
        assert_eq!(
            read(&store, |db| posts::count_open(db, AccountId(3))).await,
            0
        );
        let uris = read(&store, |db| posts::uris(db, &[PostId(10), PostId(99)])).await;
        assert_eq!(uris, [(PostId(10), uri.clone())]);
    })
    .await;
}
