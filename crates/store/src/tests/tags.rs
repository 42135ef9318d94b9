//! Hashtags.

use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{PostId, TagId},
};

use super::{read, write};
use crate::{
    accounts, posts, tags,
    testing::{
        each,
        rows::{at, local_account, post},
    },
};

#[tokio::test]
async fn a_word_that_was_used_among_few_is_not_found() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            for (id, audience) in [
                (10, Audience::Public),
                (11, Audience::Unlisted),
                (12, Audience::Followers),
                (13, Audience::Direct),
            ] {
                let mut one = post(id, &ann);
                one.audience = audience;
                posts::insert(tx, &one)?;
                posts::set_tags(
                    tx,
                    PostId(id),
                    &[(TagId(id), format!("merger{id}"))],
                    at(0, 0),
                )?;
            }
            Ok(())
        })
        .await;
        for viewer in [Viewer::Anyone, Viewer::Account(ann_id())] {
            let found = read(&store, move |db| tags::search(db, viewer, "merger", 9, 0)).await;
            assert_eq!(found, ["merger10"]);
        }
        write(&store, |tx| posts::delete(tx, PostId(10)).map(drop)).await;
        let found = read(&store, |db| {
            tags::search(db, Viewer::Anyone, "merger", 9, 0)
        });
        assert!(found.await.is_empty(), "its last post is gone");
    })
    .await;
}

fn ann_id() -> kontor_domain::ids::AccountId {
    kontor_domain::ids::AccountId(1)
}

#[tokio::test]
async fn tags_of_a_post_are_replaced_and_searched_by_their_beginning() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            posts::insert(tx, &post(10, &ann))?;
            posts::insert(tx, &post(11, &ann))?;
            let named = |id, name: &str| (TagId(id), name.to_owned());
            posts::set_tags(
                tx,
                PostId(10),
                &[named(1, "rust"), named(2, "rust_lang")],
                at(0, 0),
            )?;
            posts::set_tags(
                tx,
                PostId(11),
                &[named(3, "rust"), named(4, "rustxlang")],
                at(0, 0),
            )?;
            posts::set_tags(
                tx,
                PostId(11),
                &[named(3, "rust"), named(4, "rustxlang")],
                at(0, 0),
            )?;
            posts::set_tags(
                tx,
                PostId(10),
                &[named(5, "rust_lang"), named(6, "ski")],
                at(0, 0),
            )
        })
        .await;
        read(&store, |db| {
            let named = |post, name: &str| (PostId(post), name.to_owned());
            let mut found = posts::tags_of(db, &[PostId(10), PostId(11)])?;
            found.sort();
            assert_eq!(
                found,
                [
                    named(10, "rust_lang"),
                    named(10, "ski"),
                    named(11, "rust"),
                    named(11, "rustxlang")
                ]
            );
            assert_eq!(posts::tags_of(db, &[])?, []);
            assert_eq!(
                tags::search(db, Viewer::Anyone, "rust_", 9, 0)?,
                ["rust_lang"]
            );
            let all = tags::search(db, Viewer::Anyone, "rust", 9, 0)?;
            assert_eq!(all.len(), 3);
            assert_eq!(
                tags::search(db, Viewer::Anyone, "rust", 1, 1)?,
                [all[1].clone()]
            );
            assert!(tags::search(db, Viewer::Anyone, "%", 9, 0)?.is_empty());
            Ok(())
        })
        .await;
        write(&store, |tx| posts::set_tags(tx, PostId(10), &[], at(0, 0))).await;
        assert_eq!(
            read(&store, |db| posts::tags_of(db, &[PostId(10)])).await,
            []
        );
    })
    .await;
}
