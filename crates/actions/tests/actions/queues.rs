//! Jobs that could not be done.

use std::time::Duration;

use kontor_actions::{App, Settings, inbox, queues};
use kontor_domain::{ids::JobId, page::Page};
use kontor_store::{
    jobs::{self, Job},
    testing::each,
};

use crate::house::*;

async fn set_aside(app: &App, queue: &'static str) -> JobId {
    let now = app.now();
    let job = Job {
        id: JobId(app.id()),
        queue: queue.to_owned(),
        lane: None,
        payload: String::new(),
        attempts: 0,
        run_at: now,
        locked_until: None,
        last_error: None,
        failed_at: None,
        created_at: now,
        share: None,
    };
    let id = job.id;
    app.store
        .write(move |tx| {
            jobs::insert(tx, &job)?;
            jobs::set_aside(tx, id, now, "no")
        })
        .await
        .unwrap();
    id
}

async fn left(app: &App, queue: &'static str) -> Vec<JobId> {
    let found = app
        .store
        .read(move |db| jobs::set_aside_of(db, queue, None, &Page::first(9)));
    found.await.unwrap().iter().map(|job| job.id).collect()
}

#[tokio::test]
async fn jobs_that_were_set_aside_are_forgotten_after_a_time() {
    each(|store| async move {
        let mut settings = Settings::test();
        let age = Duration::from_secs(1000);
        settings.limits.set_aside.jobs_age = age;
        let app = house_with(&store, settings);
        let names = ["cards", inbox::QUEUE, "films"];
        let came = set_aside(&app, inbox::QUEUE).await;
        for queue in ["cards", "cards", "films"] {
            set_aside(&app, queue).await;
        }
        app.clock.advance(age / 2);
        let young = set_aside(&app, "cards").await;
        assert_eq!(queues::tidy(&app, &names).await.unwrap(), 0);
        app.clock.advance(age / 2 + Duration::from_secs(1));
        assert_eq!(queues::tidy(&app, &names).await.unwrap(), 3);
        assert_eq!(queues::tidy(&app, &names).await.unwrap(), 0);
        assert_eq!(left(&app, "cards").await, [young]);
        assert!(left(&app, "films").await.is_empty());
        // What came from other servers has an age of its own.
        assert_eq!(left(&app, inbox::QUEUE).await, [came]);
    })
    .await;
}
