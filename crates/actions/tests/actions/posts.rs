//! Posts: written, arriving, edited, deleted, threaded.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use kontor_actions::{
    App, Error, Result,
    communities::Source,
    posts::{
        self, Arrival, Beside, Created, Draft, Files, Parent, Revised, Text, context, create,
        create_with, delete, delete_by_uri, get, history, publish, revise, rewrite,
    },
};
use kontor_domain::{
    audience::{Audience, Viewer},
    time::Written,
};
use kontor_store::{Tx, accounts::Account, testing::each};

use crate::house::*;

#[tokio::test]
async fn the_same_key_names_the_same_post() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let keyed = || Draft {
            idempotency_key: Some("k1".to_owned()),
            ..draft("once", Audience::Public)
        };
        let first = publish(&app, ann, keyed()).await.unwrap();
        assert_eq!(publish(&app, ann, keyed()).await.unwrap(), first);
        let both = tokio::join!(
            publish(
                &app,
                ann,
                Draft {
                    idempotency_key: Some("k2".to_owned()),
                    ..draft("twice", Audience::Public)
                }
            ),
            publish(
                &app,
                ann,
                Draft {
                    idempotency_key: Some("k2".to_owned()),
                    ..draft("twice", Audience::Public)
                }
            )
        );
        assert_eq!(both.0.unwrap(), both.1.unwrap());
        assert_eq!(account(&app, ann).await.statuses_count, 2);
        app.clock
            .advance(std::time::Duration::from_secs(2 * 60 * 60));
        assert_ne!(publish(&app, ann, keyed()).await.unwrap(), first);
        sound(&app).await;
    })
    .await;
}

/// Whoever asks again has lost the answer, and is given it whatever has changed since.
#[tokio::test]
async fn the_same_key_names_a_post_that_could_not_be_written_again() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let question = post(&app, ben, "well?", Audience::Public).await;
        let keyed = |key: &str| Draft {
            in_reply_to: Some(question),
            idempotency_key: Some(key.to_owned()),
            ..draft("well", Audience::Public)
        };
        let answer = publish(&app, ann, keyed("k1")).await.unwrap();
        delete(&app, ben, question, Files::Stay).await.unwrap();
        assert_eq!(publish(&app, ann, keyed("k1")).await.unwrap(), answer);
        let other = publish(&app, ann, keyed("k2")).await;
        assert!(matches!(other, Err(Error::NotFound)), "{other:?}");
    })
    .await;
}

#[tokio::test]
async fn an_edit_keeps_the_version_before_and_one_that_changes_nothing_makes_none() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let id = post(&app, ann, "one", Audience::Public).await;
        let text = |text: &str| Text {
            text: text.to_owned(),
            ..Text::default()
        };
        rewrite(&app, ann, id, text("one")).await.unwrap();
        assert!(
            get(&app, Viewer::Anyone, id)
                .await
                .unwrap()
                .post
                .edited_at
                .is_none()
        );
        rewrite(&app, ann, id, text("two")).await.unwrap();
        let (view, versions) = history(&app, Viewer::Anyone, id).await.unwrap();
        assert!(view.post.edited_at.is_some());
        assert_eq!(
            versions
                .iter()
                .map(|v| v.content.as_str())
                .collect::<Vec<_>>(),
            ["<p>one</p>", "<p>two</p>"]
        );
        assert!(matches!(
            rewrite(&app, ben, id, text("mine")).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            rewrite(&app, ann, id, text(" ")).await,
            Err(Error::Invalid {
                field: "status",
                ..
            })
        ));
    })
    .await;
}

#[tokio::test]
async fn an_old_edit_of_a_remote_post_does_not_undo_a_newer_one() {
    each(|store| async move {
        let app = house(&store);
        let (ann, zoe) = (person(&app, "ann").await, remote(&app, "zoe").await);
        follows(&app, ann, zoe).await;
        kontor_actions::follows::accept(&app, zoe, ann)
            .await
            .unwrap();
        let hour = chrono::Duration::hours(1);
        let new = posts::NewPost {
            published: Some(Written {
                at: app.now() - hour * 3,
                exact: true,
            }),
            ..arriving("https://there.test/n/1")
        };
        let Created::New(id) = arrives(&app, zoe, new.clone()).await else {
            panic!("kept")
        };
        assert_eq!(arrives(&app, zoe, new).await, Created::Known(id));
        let edit = |content: &str, at| Revised {
            content: content.to_owned(),
            text: String::new(),
            content_type: posts::ContentType::Plain,
            spoiler_text: String::new(),
            sensitive: false,
            language: None,
            mentioned: Vec::new(),
            tags: Vec::new(),
            edited_at: at,
            parts: kontor_actions::posts::ChangedParts::default(),
        };
        assert!(
            revise(&app, zoe, id, edit("newer", app.now() - hour), Source::Peer)
                .await
                .unwrap()
        );
        assert!(
            !revise(
                &app,
                zoe,
                id,
                edit("older", app.now() - hour * 2),
                Source::Peer
            )
            .await
            .unwrap()
        );
        assert_eq!(
            get(&app, Viewer::Anyone, id).await.unwrap().post.content,
            "newer"
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_deleted_never_comes_back_and_only_its_author_deletes() {
    each(|store| async move {
        let app = house(&store);
        let (ann, zoe, eve) = (
            person(&app, "ann").await,
            remote(&app, "zoe").await,
            remote(&app, "eve").await,
        );
        let mine = post(&app, ann, "mine", Audience::Public).await;
        let uri = get(&app, Viewer::Anyone, mine)
            .await
            .unwrap()
            .post
            .uri
            .clone();
        assert!(matches!(
            delete_by_uri(&app, eve, uri.clone()).await,
            Err(Error::Forbidden(_))
        ));
        assert_eq!(
            delete(&app, ann, mine, Files::Stay)
                .await
                .unwrap()
                .post
                .text,
            "mine"
        );
        assert!(matches!(
            delete(&app, ann, mine, Files::Stay).await,
            Err(Error::NotFound)
        ));
        assert!(posts::was_deleted(&app, uri).await.unwrap());

        // A Delete that overtakes its Create.
        let late = "https://there.test/n/9";
        assert!(!delete_by_uri(&app, zoe, late.to_owned()).await.unwrap());
        assert!(matches!(
            create(&app, zoe, arriving(late), Arrival::Fetched).await,
            Err(Error::Gone)
        ));
        settle(&app).await;
        sound(&app).await;
    })
    .await;
}

/// Ends a transaction that was about to be committed.
struct CutShort;

impl Beside for CutShort {
    fn after(&self, _: &App, _: &mut kontor_store::Tx<'_>) -> Result<()> {
        Err(Error::Conflict("the end".to_owned()))
    }
}

#[tokio::test]
async fn what_its_author_brings_back_is_there_whole_or_deleted_still() {
    each(|store| async move {
        let app = house(&store);
        let zoe = remote(&app, "zoe").await;
        let uri = "https://there.test/n/1";
        create(&app, zoe, arriving(uri), Arrival::Fetched)
            .await
            .unwrap();
        assert!(delete_by_uri(&app, zoe, uri.to_owned()).await.unwrap());
        let back = |beside: Arc<dyn Beside>| {
            create_with(&app, zoe, arriving(uri), Arrival::Returned, beside)
        };
        let deleted = || posts::was_deleted(&app, uri.to_owned());
        let cut = back(Arc::new(CutShort)).await;
        assert!(matches!(cut, Err(Error::Conflict(_))), "{cut:?}");
        assert!(deleted().await.unwrap());
        let Ok(Created::New(id)) = back(Arc::new(())).await else {
            panic!("it comes back")
        };
        assert!(!deleted().await.unwrap());
        assert_eq!(back(Arc::new(())).await.unwrap(), Created::Known(id));
        settle(&app).await;
        sound(&app).await;
    })
    .await;
}

/// With a post that is taken for new.
struct News;

impl Beside for News {
    fn is_news(&self) -> bool {
        true
    }

    fn after(&self, _: &App, _: &mut kontor_store::Tx<'_>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_is_taken_for_new_and_was_here_is_known() {
    each(|store| async move {
        let app = house(&store);
        let (zoe, eve) = (remote(&app, "zoe").await, remote(&app, "eve").await);
        let comes =
            |by, uri| create_with(&app, by, arriving(uri), Arrival::Fetched, Arc::new(News));
        let first = "https://there.test/n/1";
        let Ok(Created::New(id)) = comes(zoe, first).await else {
            panic!("it is new")
        };
        assert_eq!(comes(zoe, first).await.unwrap(), Created::Known(id));
        let taken = comes(eve, first).await;
        assert!(matches!(taken, Err(Error::Forbidden(_))), "{taken:?}");
        let second = "https://there.test/n/2";
        let both = tokio::join!(comes(zoe, second), comes(zoe, second));
        match (both.0.unwrap(), both.1.unwrap()) {
            (Created::New(new), Created::Known(known))
            | (Created::Known(known), Created::New(new)) => assert_eq!(new, known),
            both => panic!("it is new once: {both:?}"),
        }
        assert!(delete_by_uri(&app, zoe, first.to_owned()).await.unwrap());
        assert!(matches!(comes(zoe, first).await, Err(Error::Gone)));
        assert_eq!(account(&app, zoe).await.statuses_count, 1);
        settle(&app).await;
        sound(&app).await;
    })
    .await;
}

/// How often it is begun to write a post that is taken for new.
#[derive(Default)]
struct Begun(AtomicU32);

impl Beside for Begun {
    fn is_news(&self) -> bool {
        true
    }

    fn before(&self, _: &App, _: &mut Tx<'_>, _: &Account) -> Result<()> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn after(&self, _: &App, _: &mut Tx<'_>) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_is_taken_for_new_is_looked_for_when_it_is_in_the_way() {
    each(|store| async move {
        let app = house(&store);
        let zoe = remote(&app, "zoe").await;
        let begun = Arc::new(Begun::default());
        let comes = || {
            let new = arriving("https://there.test/n/1");
            create_with(&app, zoe, new, Arrival::Fetched, begun.clone())
        };
        assert!(matches!(comes().await, Ok(Created::New(_))));
        assert!(matches!(comes().await, Ok(Created::Known(_))));
        let times = if store.is_postgres() { 2 } else { 1 };
        assert_eq!(begun.0.load(Ordering::SeqCst), times);
    })
    .await;
}

/// Whoever shares a host with an author may not keep the author's posts away by calling them deleted first.
#[tokio::test]
async fn a_deletion_of_the_unknown_holds_for_posts_of_who_said_it() {
    each(|store| async move {
        let app = house(&store);
        let (zoe, eve) = (remote(&app, "zoe").await, remote(&app, "eve").await);
        let uri = "https://there.test/n/7";
        for _ in 0..2 {
            assert!(!delete_by_uri(&app, eve, uri.to_owned()).await.unwrap());
        }
        assert!(!posts::was_deleted(&app, uri.to_owned()).await.unwrap());
        assert!(matches!(
            create(&app, zoe, arriving(uri), Arrival::Fetched).await,
            Ok(Created::New(_))
        ));
        assert!(delete_by_uri(&app, zoe, uri.to_owned()).await.unwrap());
        assert!(posts::was_deleted(&app, uri.to_owned()).await.unwrap());
        // Each keeps what they said of their own.
        let late = "https://there.test/n/8";
        for by in [eve, zoe] {
            delete_by_uri(&app, by, late.to_owned()).await.unwrap();
        }
        assert!(matches!(
            create(&app, zoe, arriving(late), Arrival::Fetched).await,
            Err(Error::Gone)
        ));
    })
    .await;
}

#[tokio::test]
async fn who_called_a_post_deleted_that_never_came_takes_that_back() {
    each(|store| async move {
        let app = house(&store);
        let (ann, zoe, eve) = (
            person(&app, "ann").await,
            remote(&app, "zoe").await,
            remote(&app, "eve").await,
        );
        let back = |by, uri| create(&app, by, arriving(uri), Arrival::Returned);
        let late = "https://there.test/n/8";
        for by in [eve, zoe] {
            assert!(!delete_by_uri(&app, by, late.to_owned()).await.unwrap());
        }
        // Nobody here follows whoever wrote it: it need not be kept, and may come.
        assert_eq!(back(zoe, late).await.unwrap(), Created::Unwanted);
        let said = |by| posts::was_deleted_by(&app, late.to_owned(), by);
        assert!(!said(zoe).await.unwrap());
        assert!(said(eve).await.unwrap(), "each has taken back their own");
        follows(&app, ann, zoe).await;
        kontor_actions::follows::accept(&app, zoe, ann)
            .await
            .unwrap();
        let later = "https://there.test/n/9";
        assert!(!delete_by_uri(&app, zoe, later.to_owned()).await.unwrap());
        for uri in [late, later] {
            let kept = back(zoe, uri).await;
            assert!(matches!(kept, Ok(Created::New(_))), "{uri}: {kept:?}");
        }
        settle(&app).await;
        sound(&app).await;
    })
    .await;
}

/// How many direct messages somebody writes, and when the last, shows nowhere.
#[tokio::test]
async fn direct_posts_are_not_counted() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let open = post(&app, ann, "open", Audience::Followers).await;
        let before = account(&app, ann).await;
        app.clock.advance(std::time::Duration::from_secs(90));
        let direct = post(&app, ann, "psst", Audience::Direct).await;
        let after = account(&app, ann).await;
        assert_eq!((before.statuses_count, after.statuses_count), (1, 1));
        assert_eq!(before.last_status_at, after.last_status_at);
        settle(&app).await;
        sound(&app).await;
        delete(&app, ann, direct, Files::Stay).await.unwrap();
        assert_eq!(account(&app, ann).await.statuses_count, 1);
        delete(&app, ann, open, Files::Stay).await.unwrap();
        assert_eq!(account(&app, ann).await.statuses_count, 0);
        sound(&app).await;
    })
    .await;
}

#[tokio::test]
async fn what_nobody_here_has_to_do_with_is_not_kept() {
    each(|store| async move {
        let app = house(&store);
        let (ann, zoe) = (person(&app, "ann").await, remote(&app, "zoe").await);
        assert_eq!(
            arrives(&app, zoe, arriving("https://there.test/n/1")).await,
            Created::Unwanted
        );
        let mut mention = arriving("https://there.test/n/2");
        mention.mentioned = vec![ann];
        assert!(matches!(arrives(&app, zoe, mention).await, Created::New(_)));
        let asked = create(
            &app,
            zoe,
            arriving("https://there.test/n/3"),
            Arrival::Fetched,
        )
        .await
        .unwrap();
        assert!(matches!(asked, Created::New(_)));
        let eve = remote(&app, "eve").await;
        let stolen = create(
            &app,
            eve,
            arriving("https://there.test/n/3"),
            Arrival::Fetched,
        )
        .await;
        assert!(matches!(stolen, Err(Error::Forbidden(_))));
    })
    .await;
}

#[tokio::test]
async fn an_answer_finds_its_parent_in_either_order() {
    each(|store| async move {
        let app = house(&store);
        let zoe = remote(&app, "zoe").await;
        let mut answer = arriving("https://there.test/n/2");
        answer.parent = Some(Parent::Uri("https://there.test/n/1".to_owned()));
        let Created::New(answer) = create(&app, zoe, answer, Arrival::Fetched).await.unwrap()
        else {
            panic!()
        };
        assert!(
            get(&app, Viewer::Anyone, answer)
                .await
                .unwrap()
                .post
                .in_reply_to_id
                .is_none()
        );
        let question = create(
            &app,
            zoe,
            arriving("https://there.test/n/1"),
            Arrival::Fetched,
        )
        .await
        .unwrap();
        let Created::New(question) = question else {
            panic!()
        };
        let thread = context(&app, Viewer::Anyone, answer).await.unwrap();
        assert_eq!(
            thread
                .ancestors
                .iter()
                .map(|view| view.post.id)
                .collect::<Vec<_>>(),
            [question]
        );
        let thread = context(&app, Viewer::Anyone, question).await.unwrap();
        assert_eq!(
            thread
                .descendants
                .iter()
                .map(|view| view.post.id)
                .collect::<Vec<_>>(),
            [answer]
        );
        assert_eq!(
            get(&app, Viewer::Anyone, question)
                .await
                .unwrap()
                .post
                .replies_count,
            1
        );
        sound(&app).await;
    })
    .await;
}

#[tokio::test]
async fn nobody_answers_what_they_cannot_read() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let hidden = post(&app, ann, "for followers", Audience::Followers).await;
        let try_it = Draft {
            in_reply_to: Some(hidden),
            ..draft("hm", Audience::Public)
        };
        assert!(matches!(
            publish(&app, ben, try_it).await,
            Err(Error::NotFound)
        ));
        // A remote post that claims to answer it stands alone.
        let zoe = remote(&app, "zoe").await;
        let uri = get(&app, Viewer::Account(ann), hidden)
            .await
            .unwrap()
            .post
            .uri
            .clone();
        let mut claim = arriving("https://there.test/n/1");
        claim.parent = Some(Parent::Uri(uri));
        let Created::New(claim) = create(&app, zoe, claim, Arrival::Fetched).await.unwrap() else {
            panic!()
        };
        assert!(
            get(&app, Viewer::Anyone, claim)
                .await
                .unwrap()
                .post
                .in_reply_to_id
                .is_none()
        );
        sound(&app).await;
    })
    .await;
}

#[tokio::test]
async fn limits_name_what_is_wrong() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let long = "x".repeat(app.settings.limits.post_characters + 1);
        for (text, language, field) in [
            (long.as_str(), None, "status"),
            ("", None, "status"),
            ("hi", Some("klingonese!"), "language"),
        ] {
            let mut bad = draft(text, Audience::Public);
            bad.text.language = language.map(str::to_owned);
            match publish(&app, ann, bad).await {
                Err(Error::Invalid { field: named, .. }) => assert_eq!(named, field),
                other => panic!("{other:?}"),
            }
        }
        let crowd = (0..=app.settings.limits.post_mentions)
            .map(|n| format!("@p{n}"))
            .collect::<Vec<_>>()
            .join(" ");
        let named = publish(&app, ann, draft(&crowd, Audience::Public)).await;
        assert!(matches!(named, Err(Error::Invalid { .. })));
    })
    .await;
}
