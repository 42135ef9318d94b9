//! Posts that are to appear later: once, when it is time, and only if they still may.

use std::time::Duration;

use kontor_actions::{
    App, Error, Settings, polls,
    posts::{self, Draft, Extras},
    scheduled_posts, timelines,
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, AttachmentId, PostId},
    page::Page,
    time::Time,
};
use kontor_jobs::{Job, Outcome};
use kontor_store::{attachments, jobs, testing::each, timelines::Selection};

use crate::house::*;

const HOUR: Duration = Duration::from_secs(3600);

fn later(app: &App, minutes: i64) -> Time {
    app.now() + chrono::Duration::minutes(minutes)
}

async fn due(app: &App) -> Vec<Job> {
    let now = app.now();
    app.store
        .read(move |db| jobs::peek(db, "scheduled", now, &[], 100))
        .await
        .unwrap()
}

/// Runs what is due; returns how each ended.
async fn run(app: &App) -> Vec<Outcome> {
    let mut ended = Vec::new();
    for job in due(app).await {
        let outcome = scheduled_posts::queue(app).handler.run(&job).await;
        if outcome == Outcome::Done {
            app.store
                .write(move |tx| jobs::finish(tx, job.id).map(drop))
                .await
                .unwrap();
        }
        ended.push(outcome);
    }
    ended
}

async fn by(app: &App, author: AccountId) -> Vec<posts::PostView> {
    timelines::account(
        app,
        Viewer::Account(author),
        author,
        Selection::All,
        Page::first(40),
    )
    .await
    .unwrap()
}

async fn waiting(app: &App, author: AccountId) -> usize {
    scheduled_posts::page(app, author, Page::first(40))
        .await
        .unwrap()
        .len()
}

async fn upload(app: &App, by: AccountId, id: i64) -> AttachmentId {
    let row = attachments::Attachment {
        id: AttachmentId(id),
        account_id: by,
        post_id: None,
        position: None,
        kind: kontor_domain::attachment::AttachmentKind::Image,
        media_type: Some("image/png".to_owned()),
        file: Some(format!("{id}.png")),
        preview_file: None,
        remote_url: None,
        remote_preview_url: None,
        description: None,
        blurhash: None,
        focus_x: None,
        focus_y: None,
        width: None,
        height: None,
        preview_width: None,
        preview_height: None,
        duration_ms: None,
        created_at: app.now(),
        file_name: None,
        file_size: None,
        frame_rate: None,
        bit_rate: None,
    };
    app.store
        .write(move |tx| attachments::insert(tx, std::slice::from_ref(&row)))
        .await
        .unwrap();
    AttachmentId(id)
}

fn carrying(id: AttachmentId) -> Draft {
    Draft {
        extras: Extras {
            uploads: vec![kontor_actions::attachments::Upload::new(id)],
            ..Extras::default()
        },
        ..draft("with a picture", Audience::Public)
    }
}

#[tokio::test]
async fn a_post_appears_once_whatever_dies_in_between() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let at = later(&app, 30);
        let keyed = || Draft {
            idempotency_key: Some("k".to_owned()),
            ..draft("later", Audience::Unlisted)
        };
        let id = scheduled_posts::schedule(&app, ann, keyed(), at)
            .await
            .unwrap();
        assert_eq!(
            scheduled_posts::schedule(&app, ann, keyed(), at)
                .await
                .unwrap(),
            id,
            "the same key"
        );
        assert!(due(&app).await.is_empty() && by(&app, ann).await.is_empty());
        app.clock.advance(HOUR);
        let jobs = due(&app).await;
        assert_eq!(jobs.len(), 1);
        // As if it was killed after its commit, and as if another process had claimed it as well.
        let queue = scheduled_posts::queue(&app);
        let both = tokio::join!(queue.handler.run(&jobs[0]), queue.handler.run(&jobs[0]));
        assert!(
            [&both.0, &both.1]
                .iter()
                .all(|ended| matches!(ended, Outcome::Done | Outcome::Later { .. })),
            "{both:?}"
        );
        assert_eq!(run(&app).await, [Outcome::Done]);
        assert_eq!(run(&app).await, []);
        let published = by(&app, ann).await;
        assert_eq!(published.len(), 1);
        assert_eq!(published[0].post.audience, Audience::Unlisted);
        assert!(published[0].post.created_at >= at);
        assert_eq!(waiting(&app, ann).await, 0);
        assert_eq!(settle(&app).await, 0, "what follows came with it");
        sound(&app).await;
    })
    .await;
}

#[tokio::test]
async fn one_that_is_put_off_or_cancelled_does_not_appear_at_its_old_time() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let first = later(&app, 30);
        let id = scheduled_posts::schedule(&app, ann, draft("x", Audience::Public), first)
            .await
            .unwrap();
        let gone = scheduled_posts::schedule(&app, ann, draft("y", Audience::Public), first)
            .await
            .unwrap();
        for foreign in [
            scheduled_posts::get(&app, ben, id).await.map(drop),
            scheduled_posts::put_off(&app, ben, id, first).await,
            scheduled_posts::cancel(&app, ben, id).await,
        ] {
            assert!(matches!(foreign, Err(Error::NotFound)));
        }
        let second = later(&app, 120);
        scheduled_posts::put_off(&app, ann, id, second)
            .await
            .unwrap();
        scheduled_posts::put_off(&app, ann, id, second)
            .await
            .unwrap();
        let soon = scheduled_posts::put_off(&app, ann, id, later(&app, 4)).await;
        assert!(matches!(
            soon,
            Err(Error::Invalid {
                field: "scheduled_at",
                ..
            })
        ));
        scheduled_posts::cancel(&app, ann, gone).await.unwrap();
        app.clock.advance(HOUR);
        assert_eq!(run(&app).await, [Outcome::Done, Outcome::Done]);
        assert!(by(&app, ann).await.is_empty());
        app.clock.advance(HOUR * 2);
        assert_eq!(run(&app).await, [Outcome::Done]);
        assert_eq!(by(&app, ann).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn files_polls_and_quotes_wait_with_it() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let file = upload(&app, ann, 77).await;
        let at = later(&app, 60 * 24 * 3);
        let id = scheduled_posts::schedule(&app, ann, carrying(file), at)
            .await
            .unwrap();
        // It is nobody else's meanwhile, and is not tidied away.
        let twice = scheduled_posts::schedule(&app, ann, carrying(file), at).await;
        assert!(matches!(
            twice,
            Err(Error::Invalid {
                field: "media_ids",
                ..
            })
        ));
        let now = posts::publish(&app, ann, carrying(file)).await;
        assert!(matches!(
            now,
            Err(Error::Invalid {
                field: "media_ids",
                ..
            })
        ));
        assert!(
            kontor_actions::uploads::delete(&app, ann, file)
                .await
                .is_err()
        );
        let view = scheduled_posts::get(&app, ann, id).await.unwrap();
        assert_eq!(view.attachments.len(), 1);
        let quoted = post(&app, ann, "quote me", Audience::Public).await;
        let with_poll = Draft {
            extras: Extras {
                poll: Some(polls::Wish {
                    choices: vec!["a".to_owned(), "b".to_owned()],
                    multiple: false,
                    hide_totals: false,
                    seconds: 3600,
                }),
                quoted: Some(quoted),
                ..Extras::default()
            },
            ..draft("choose", Audience::Public)
        };
        scheduled_posts::schedule(&app, ann, with_poll, at)
            .await
            .unwrap();
        app.clock.advance(HOUR * 24 * 4);
        assert_eq!(kontor_actions::uploads::tidy(&app).await.unwrap(), 0);
        assert_eq!(run(&app).await, [Outcome::Done, Outcome::Done]);
        let published = by(&app, ann).await;
        let parts: Vec<_> = published
            .iter()
            .map(|view| {
                (
                    view.parts.attachments.len(),
                    view.parts.poll.is_some(),
                    view.parts.quote.is_some(),
                )
            })
            .collect();
        assert_eq!(
            parts,
            [(0, true, true), (1, false, false), (0, false, false)]
        );
        let ends = published[0]
            .parts
            .poll
            .as_ref()
            .unwrap()
            .poll
            .expires_at
            .unwrap();
        assert!(ends > app.now(), "the poll begins with the post");
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_one_lets_go_of_its_files() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let file = upload(&app, ann, 78).await;
        let id = scheduled_posts::schedule(&app, ann, carrying(file), later(&app, 10))
            .await
            .unwrap();
        scheduled_posts::cancel(&app, ann, id).await.unwrap();
        posts::publish(&app, ann, carrying(file)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_may_not_appear_any_more_stays_with_its_author() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let parent = post(&app, ben, "answer me", Audience::Public).await;
        let answer = Draft {
            in_reply_to: Some(parent),
            ..draft("an answer", Audience::Public)
        };
        let unknown = Draft {
            in_reply_to: Some(PostId(1)),
            ..draft("an answer", Audience::Public)
        };
        let refused = scheduled_posts::schedule(&app, ann, unknown, later(&app, 30)).await;
        assert!(matches!(refused, Err(Error::NotFound)));
        let blank =
            scheduled_posts::schedule(&app, ann, draft(" ", Audience::Public), later(&app, 30))
                .await;
        assert!(matches!(
            blank,
            Err(Error::Invalid {
                field: "status",
                ..
            })
        ));
        scheduled_posts::schedule(&app, ann, answer, later(&app, 30))
            .await
            .unwrap();
        scheduled_posts::schedule(&app, ben, draft("x", Audience::Public), later(&app, 30))
            .await
            .unwrap();
        posts::delete(&app, ben, parent, posts::Files::Go)
            .await
            .unwrap();
        kontor_actions::departures::suspend(&app, ben)
            .await
            .unwrap();
        app.clock.advance(HOUR);
        assert_eq!(run(&app).await, [Outcome::Done, Outcome::Done]);
        assert!(by(&app, ann).await.is_empty());
        assert_eq!((waiting(&app, ann).await, waiting(&app, ben).await), (1, 1));
        let counted = account(&app, ben).await.statuses_count;
        assert_eq!(counted, 0, "the suspended one published nothing");
    })
    .await;
}

#[tokio::test]
async fn so_many_in_all_and_so_many_a_day() {
    each(|store| async move {
        let mut settings = Settings::test();
        (
            settings.limits.scheduled_posts,
            settings.limits.scheduled_posts_a_day,
        ) = (3, 2);
        let app = house_with(&store, settings);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let noon = |days| {
            (app.now() + chrono::Duration::days(days))
                .date()
                .and_hms_opt(12, 0, 0)
                .unwrap()
        };
        let schedule =
            |by, at| scheduled_posts::schedule(&app, by, draft("x", Audience::Public), at);
        for at in [noon(1), noon(1)] {
            schedule(ann, at).await.unwrap();
        }
        let why = |refused: kontor_actions::Result<_>| refused.map(drop).unwrap_err().to_string();
        assert_eq!(
            why(schedule(ann, noon(1)).await),
            "scheduled_at is for more than 2 scheduled posts on that day"
        );
        let third = schedule(ann, noon(2)).await.unwrap();
        assert_eq!(
            why(schedule(ann, noon(3)).await),
            "scheduled_at is for more than 3 scheduled posts"
        );
        let moved = scheduled_posts::put_off(&app, ann, third, noon(1)).await;
        assert_eq!(
            why(moved.map(|()| third)),
            "scheduled_at is for more than 2 scheduled posts on that day"
        );
        scheduled_posts::put_off(&app, ann, third, noon(4))
            .await
            .unwrap();
        schedule(ben, noon(1)).await.unwrap();
        assert_eq!(
            why(schedule(ben, later(&app, 4)).await),
            "scheduled_at must be at least 5 minutes in the future"
        );
    })
    .await;
}
