//! Who sees what where.

use kontor_actions::{
    Settings,
    follows::{accept, follow, unfollow},
    notifications::{self, Selection},
    posts::{Created, PostView},
    tags, timelines,
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, PostId},
    notification::NotificationKind,
    page::Page,
    time::Written,
};
use kontor_store::testing::each;

use crate::house::*;

fn ids(views: &[PostView]) -> Vec<PostId> {
    views.iter().map(|view| view.post.id).collect()
}

async fn home(app: &kontor_actions::App, of: AccountId) -> Vec<PostId> {
    ids(&timelines::home(app, of, Page::first(40)).await.unwrap())
}

#[tokio::test]
async fn home_holds_ones_own_and_those_of_whom_one_follows() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let old = post(&app, ben, "before", Audience::Public).await;
        follows(&app, ann, ben).await;
        assert_eq!(
            home(&app, ann).await,
            [old],
            "a new follow brings the latest posts along"
        );
        let new = post(&app, ben, "after", Audience::Followers).await;
        let own = post(&app, ann, "mine", Audience::Public).await;
        assert_eq!(home(&app, ann).await, [own, new, old]);
        settle(&app).await;
        assert_eq!(home(&app, ann).await, [own, new, old]);
        unfollow(&app, ann, ben).await.unwrap();
        assert_eq!(home(&app, ann).await, [own]);
    })
    .await;
}

#[tokio::test]
async fn what_follows_from_a_post_is_written_with_it_unless_many_follow() {
    each(|store| async move {
        let mut settings = Settings::test();
        settings.limits.homes_at_once = 2;
        let app = house_with(&store, settings);
        let (ann, ben, cyd) = (
            person(&app, "ann").await,
            person(&app, "ben").await,
            person(&app, "cyd").await,
        );
        follows(&app, ann, ben).await;
        settle(&app).await;
        let few = post(&app, ben, "few of you, @cyd", Audience::Public).await;
        assert_eq!(home(&app, ann).await, [few]);
        assert_eq!(mentions(&app, cyd).await, [few]);
        assert_eq!(settle(&app).await, 0);
        follows(&app, cyd, ben).await;
        settle(&app).await;
        let many = post(&app, ben, "more of you, @cyd", Audience::Public).await;
        assert_eq!(home(&app, ann).await, [few]);
        assert_eq!(mentions(&app, cyd).await, [few]);
        assert_eq!(settle(&app).await, 1);
        assert_eq!(home(&app, ann).await, [many, few]);
        assert_eq!(mentions(&app, cyd).await, [many, few]);
    })
    .await;
}

#[tokio::test]
async fn a_post_of_which_no_activity_can_be_made_stands_and_is_sent_later() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        follows(&app, ann, ben).await;
        settle(&app).await;
        let post = post(&app, ben, UNSAYABLE, Audience::Public).await;
        assert_eq!(home(&app, ben).await, [post]);
        // What follows from it waits as an event.
        assert_eq!(home(&app, ann).await, []);
        assert_eq!(settle(&app).await, 1);
        assert_eq!(home(&app, ann).await, [post]);
    })
    .await;
}

#[tokio::test]
async fn who_follows_its_hashtags_and_whom_it_mentions_are_many_too() {
    each(|store| async move {
        let mut settings = Settings::test();
        settings.limits.homes_at_once = 2;
        let app = house_with(&store, settings);
        let (ann, ben, cyd, dan) = (
            person(&app, "ann").await,
            person(&app, "ben").await,
            person(&app, "cyd").await,
            person(&app, "dan").await,
        );
        for reader in [ann, cyd] {
            tags::follow(&app, reader, "ski").await.unwrap();
        }
        let few = post(&app, ben, "few of you #ski", Audience::Public).await;
        assert_eq!(home(&app, ann).await, [few]);
        assert_eq!(settle(&app).await, 0);
        tags::follow(&app, dan, "ski").await.unwrap();
        let many = post(&app, ben, "more of you #ski", Audience::Public).await;
        assert_eq!(home(&app, ann).await, [few]);
        assert_eq!(settle(&app).await, 1);
        for reader in [ann, cyd] {
            assert_eq!(home(&app, reader).await, [many, few]);
        }
        assert_eq!(home(&app, dan).await, [many]);
        let named = post(&app, ben, "@ann @cyd @dan", Audience::Public).await;
        assert_eq!(mentions(&app, ann).await, []);
        assert_eq!(settle(&app).await, 1);
        assert_eq!(mentions(&app, ann).await, [named]);
    })
    .await;
}

/// What one was told to be mentioned in, the newest first.
async fn mentions(app: &kontor_actions::App, of: AccountId) -> Vec<PostId> {
    told(app, of, NotificationKind::Mention).await
}

/// The posts that one was told of, the newest first.
async fn told(app: &kontor_actions::App, of: AccountId, kind: NotificationKind) -> Vec<PostId> {
    let which = Selection {
        kinds: vec![kind],
        from: None,
        include_filtered: false,
    };
    let told = notifications::page(app, of, which, Page::first(40)).await;
    let told = told.unwrap().into_iter();
    told.map(|one| one.post.unwrap().post.id).collect()
}

#[tokio::test]
async fn what_arrives_is_told_to_those_who_asked_for_it_unless_it_is_late() {
    each(|store| async move {
        let app = house(&store);
        let (ann, zoe) = (person(&app, "ann").await, remote(&app, "zoe").await);
        let mut wanted = wish(ann, zoe);
        wanted.options.notify = Some(true);
        wanted.options.languages = Some("[\"de\"]".to_owned());
        follow(&app, wanted).await.unwrap();
        accept(&app, zoe, ann).await.unwrap();
        let come = async |number: u32, language: &str, hours: i64| {
            let mut new = arriving(&format!("https://there.test/p/{number}"));
            new.language = Some(language.to_owned());
            new.published = Some(Written {
                at: app.now() - chrono::Duration::hours(hours),
                exact: true,
            });
            match arrives(&app, zoe, new).await {
                Created::New(id) => id,
                other => panic!("{other:?}"),
            }
        };
        let new = come(1, "de", 0).await;
        let late = come(2, "de", 7).await;
        come(3, "en", 0).await;
        settle(&app).await;
        assert_eq!(home(&app, ann).await, [new, late]);
        assert_eq!(told(&app, ann, NotificationKind::Status).await, [new]);
    })
    .await;
}

#[tokio::test]
async fn answers_to_strangers_and_direct_posts_to_others_stay_out_of_home() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben, cyd) = (
            person(&app, "ann").await,
            person(&app, "ben").await,
            person(&app, "cyd").await,
        );
        follows(&app, ann, ben).await;
        let question = post(&app, cyd, "anyone?", Audience::Public).await;
        reply(&app, ben, question, "me").await;
        post(&app, ben, "@cyd between us", Audience::Direct).await;
        let to_ann = post(&app, ben, "@ann for you", Audience::Direct).await;
        settle(&app).await;
        assert_eq!(home(&app, ann).await, [to_ann]);
        follows(&app, ann, cyd).await;
        let wanted = reply(&app, ben, question, "me too").await;
        settle(&app).await;
        assert!(home(&app, ann).await.contains(&wanted));
    })
    .await;
}

#[tokio::test]
async fn one_who_returns_after_long_finds_home_made_anew() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        follows(&app, ann, ben).await;
        let token = kontor_actions::oauth::personal_token(&app, ann, &"read".parse().unwrap())
            .await
            .unwrap();
        app.clock
            .advance(std::time::Duration::from_secs(40 * 24 * 60 * 60));
        let missed = post(&app, ben, "while you were away", Audience::Public).await;
        settle(&app).await;
        assert!(home(&app, ann).await.is_empty());
        kontor_actions::oauth::caller(&app, &token.text)
            .await
            .unwrap();
        assert_eq!(home(&app, ann).await, [missed]);
    })
    .await;
}

#[tokio::test]
async fn a_mention_is_told_once_and_only_to_those_who_may_read() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let id = post(
            &app,
            ann,
            "hello @ben and @ben and @nobody",
            Audience::Direct,
        )
        .await;
        settle(&app).await;
        let text = kontor_actions::posts::Text {
            text: "hello again @ben @ann".to_owned(),
            ..Default::default()
        };
        kontor_actions::posts::rewrite(&app, ann, id, text)
            .await
            .unwrap();
        settle(&app).await;
        let kinds = || Selection {
            kinds: NotificationKind::ALL.to_vec(),
            from: None,
            include_filtered: false,
        };
        let told = notifications::page(&app, ben, kinds(), Page::first(40))
            .await
            .unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].post.as_ref().unwrap().post.id, id);
        assert!(
            notifications::page(&app, ann, kinds(), Page::first(40))
                .await
                .unwrap()
                .is_empty()
        );
        kontor_actions::posts::delete(&app, ann, id, kontor_actions::posts::Files::Go)
            .await
            .unwrap();
        assert!(
            notifications::page(&app, ben, kinds(), Page::first(40))
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn the_public_timeline_holds_public_posts_that_answer_nobody_else() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben, zoe) = (
            person(&app, "ann").await,
            person(&app, "ben").await,
            remote(&app, "zoe").await,
        );
        let open = post(&app, ann, "open #Harbour", Audience::Public).await;
        post(&app, ann, "quiet #harbour", Audience::Unlisted).await;
        post(&app, ann, "followers", Audience::Followers).await;
        reply(&app, ben, open, "to ann").await;
        let thread = reply(&app, ann, open, "to myself").await;
        let kontor_actions::posts::Created::New(far) = kontor_actions::posts::create(
            &app,
            zoe,
            arriving("https://there.test/n/1"),
            kontor_actions::posts::Arrival::Fetched,
        )
        .await
        .unwrap() else {
            panic!()
        };
        let page = |origin| timelines::public(&app, Viewer::Anyone, origin, Page::first(40));
        assert_eq!(
            ids(&page(timelines::Origin::Everywhere).await.unwrap()),
            [far, thread, open]
        );
        assert_eq!(
            ids(&page(timelines::Origin::Local).await.unwrap()),
            [thread, open]
        );
        assert_eq!(ids(&page(timelines::Origin::Remote).await.unwrap()), [far]);
        let tagged = timelines::tagged(&app, Viewer::Anyone, "HARBOUR", Page::first(40))
            .await
            .unwrap();
        assert_eq!(ids(&tagged), [open]);
    })
    .await;
}
