//! Follows: asked for, accepted, rejected, undone, and all of it twice.

use kontor_actions::{
    Error,
    accounts::{ProfileChange, update_profile},
    follows::{Wish, accept, between, follow, reject, relationships, requests, unfollow},
    notifications::{Selection, page},
};
use kontor_domain::{follow::FollowState, notification::NotificationKind, page::Page};
use kontor_store::testing::each;

use crate::house::*;

#[tokio::test]
async fn following_twice_counts_once_and_leaving_twice_too() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        for _ in 0..2 {
            assert_eq!(
                follow(&app, wish(ann, ben)).await.unwrap(),
                FollowState::Accepted
            );
        }
        assert_eq!(account(&app, ben).await.followers_count, 1);
        assert_eq!(account(&app, ann).await.following_count, 1);
        for _ in 0..2 {
            unfollow(&app, ann, ben).await.unwrap();
        }
        assert_eq!(account(&app, ben).await.followers_count, 0);
        assert_eq!(account(&app, ann).await.following_count, 0);
        settle(&app).await;
        sound(&app).await;
    })
    .await;
}

#[tokio::test]
async fn a_locked_account_decides() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        update_profile(
            &app,
            ben,
            ProfileChange {
                locked: Some(true),
                ..ProfileChange::default()
            },
        )
        .await
        .unwrap();
        assert_eq!(
            follow(&app, wish(ann, ben)).await.unwrap(),
            FollowState::Pending
        );
        settle(&app).await;
        let waiting = requests(&app, ben, Page::first(40)).await.unwrap();
        assert_eq!(
            waiting
                .iter()
                .map(|(_, account)| account.id)
                .collect::<Vec<_>>(),
            [ann]
        );
        let kinds = Selection {
            kinds: vec![NotificationKind::FollowRequest],
            from: None,
            include_filtered: false,
        };
        assert_eq!(
            page(&app, ben, kinds.clone(), Page::first(40))
                .await
                .unwrap()
                .len(),
            1
        );

        for _ in 0..2 {
            accept(&app, ben, ann).await.unwrap();
        }
        assert_eq!(account(&app, ben).await.followers_count, 1);
        assert!(
            page(&app, ben, kinds, Page::first(40))
                .await
                .unwrap()
                .is_empty()
        );
        let seen = relationships(&app, ann, vec![ben]).await.unwrap();
        assert_eq!(seen[0].out.as_ref().unwrap().state, FollowState::Accepted);
        assert!(seen[0].back.is_none());

        reject(&app, ben, ann).await.unwrap();
        assert!(between(&app, ann, ben).await.unwrap().is_none());
        assert!(matches!(reject(&app, ben, ann).await, Err(Error::NotFound)));
        settle(&app).await;
        sound(&app).await;
    })
    .await;
}

#[tokio::test]
async fn a_remote_follow_that_comes_again_is_answered_again_and_takes_its_new_id() {
    each(|store| async move {
        let app = house(&store);
        let (ann, zoe) = (person(&app, "ann").await, remote(&app, "zoe").await);
        let mut first = wish(zoe, ann);
        first.uri = Some("https://there.test/follows/1".to_owned());
        follow(&app, first.clone()).await.unwrap();
        assert_eq!(settle(&app).await, 0, "the answer is written with it");
        first.uri = Some("https://there.test/follows/2".to_owned());
        follow(&app, first).await.unwrap();
        assert_eq!(settle(&app).await, 0, "the answer is written with it");
        assert_eq!(
            between(&app, zoe, ann).await.unwrap().unwrap().uri,
            "https://there.test/follows/2"
        );
        assert_eq!(account(&app, ann).await.followers_count, 1);
        sound(&app).await;
    })
    .await;
}

/// Refused for good: the answer is no failure of ours that another try could mend.
#[tokio::test]
async fn the_id_of_a_follow_names_no_other_follow() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let zoe = remote(&app, "zoe").await;
        let named = |target, uri: &str| Wish {
            uri: Some(uri.to_owned()),
            ..wish(zoe, target)
        };
        let (one, two) = ("https://there.test/f/1", "https://there.test/f/2");
        follow(&app, named(ann, one)).await.unwrap();
        assert!(matches!(
            follow(&app, named(ben, one)).await,
            Err(Error::Conflict(_))
        ));
        follow(&app, named(ben, two)).await.unwrap();
        assert!(matches!(
            follow(&app, named(ben, one)).await,
            Err(Error::Conflict(_))
        ));
        let kept = between(&app, zoe, ben).await.unwrap().unwrap();
        assert_eq!(kept.uri, two);
        follow(&app, named(ben, two)).await.unwrap();
        settle(&app).await;
        sound(&app).await;
    })
    .await;
}

/// What holds up one follow holds up no other.
#[tokio::test]
async fn each_pair_has_a_lane_of_its_own() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        follows(&app, ann, ben).await;
        unfollow(&app, ann, ben).await.unwrap();
        follows(&app, ben, ann).await;
        let now = app.now();
        let due = app
            .store
            .read(move |db| {
                kontor_store::jobs::peek(db, kontor_actions::effects::QUEUE, now, &[], 9)
            })
            .await
            .unwrap();
        // Of the three, the second waits for the first alone.
        assert_eq!(due.len(), 2, "{due:?}");
    })
    .await;
}

#[tokio::test]
async fn nobody_follows_oneself_or_the_instance() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let instance = kontor_actions::accounts::ensure_instance_actor(&app)
            .await
            .unwrap();
        assert!(matches!(
            follow(&app, wish(ann, ann)).await,
            Err(Error::Invalid { field: "id", .. })
        ));
        assert!(matches!(
            follow(&app, wish(ann, instance.id)).await,
            Err(Error::NotFound)
        ));
    })
    .await;
}

#[tokio::test]
async fn a_remote_account_that_goes_takes_its_rows_along_and_no_counter_stays_wrong() {
    each(|store| async move {
        let app = house(&store);
        let (ann, zoe) = (person(&app, "ann").await, remote(&app, "zoe").await);
        follows(&app, zoe, ann).await;
        follows(&app, ann, zoe).await;
        accept(&app, zoe, ann).await.unwrap();
        let mine = post(
            &app,
            ann,
            "hello",
            kontor_domain::audience::Audience::Public,
        )
        .await;
        let mut answer = arriving("https://there.test/n/1");
        answer.parent = Some(kontor_actions::posts::Parent::Known(mine));
        arrives(&app, zoe, answer).await;
        settle(&app).await;
        let uri = account(&app, zoe).await.uri;
        assert!(
            kontor_actions::accounts::forget_remote(&app, uri.clone())
                .await
                .unwrap()
        );
        assert!(
            !kontor_actions::accounts::forget_remote(&app, uri)
                .await
                .unwrap()
        );
        assert_eq!(account(&app, ann).await.followers_count, 0);
        assert_eq!(account(&app, ann).await.following_count, 0);
        sound(&app).await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_was_set_up_anew_takes_its_old_self_out_of_the_counters() {
    each(|store| async move {
        let app = house(&store);
        let (ann, zoe) = (person(&app, "ann").await, remote(&app, "zoe").await);
        follows(&app, zoe, ann).await;
        follows(&app, ann, zoe).await;
        accept(&app, zoe, ann).await.unwrap();
        let new = remote_at(&app, "zoe", "https://there.test/new/zoe".to_owned()).await;
        assert_ne!(new, zoe);
        assert_eq!(account(&app, ann).await.followers_count, 0);
        assert_eq!(account(&app, ann).await.following_count, 0);
        sound(&app).await;
    })
    .await;
}
