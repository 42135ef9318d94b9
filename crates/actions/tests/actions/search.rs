//! Searching: posts are found as they are written, changed and deleted, and what was there before the index is taken into it.

use kontor_actions::{
    App, Error, Settings,
    posts::{self, Arrival, Text, create},
    search::{self, Kind, Query},
    words,
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, PostId},
};
use kontor_jobs::Outcome;
use kontor_store::{
    jobs,
    testing::{Backend, Fresh, each},
};

use crate::house::*;

async fn results(app: &App, by: AccountId, typed: &str) -> search::Results {
    let query = Query {
        text: typed.to_owned(),
        limit: 40,
        ..Query::default()
    };
    search::search(app, Viewer::Account(by), query)
        .await
        .unwrap()
}

async fn found(app: &App, by: AccountId, typed: &str) -> Vec<PostId> {
    let results = results(app, by, typed).await;
    results.posts.iter().map(|view| view.post.id).collect()
}

#[tokio::test]
async fn a_post_is_found_from_its_writing_to_its_end() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let one = post(&app, ann, "The quick fox #Zoo", Audience::Public).await;
        let two = reply(&app, ann, one, "quick answer, see https://x.test/y").await;
        assert_eq!(found(&app, ann, "quick").await, [two, one]);
        assert_eq!(found(&app, ann, "quick from:me -is:reply").await, [one]);
        assert_eq!(found(&app, ann, "#zoo from:@ann@here.test").await, [one]);
        assert_eq!(found(&app, ann, "has:link").await, [two]);
        assert!(found(&app, ann, "quick from:ben").await.is_empty());
        assert!(
            found(&app, ann, "quick from:@nobody@x.test")
                .await
                .is_empty()
        );
        assert!(
            found(&app, ben, "quick").await.is_empty(),
            "their author did not offer them"
        );
        let text = Text {
            text: "slow".to_owned(),
            ..Text::default()
        };
        posts::rewrite(&app, ann, one, text).await.unwrap();
        assert_eq!(found(&app, ann, "slow").await, [one]);
        assert_eq!(found(&app, ann, "quick").await, [two]);
        assert!(found(&app, ann, "#zoo").await.is_empty());
        posts::delete(&app, ann, one, posts::Files::Go)
            .await
            .unwrap();
        assert!(found(&app, ann, "slow").await.is_empty());
        // From elsewhere, by somebody who offers theirs; and by name.
        let far = remote(&app, "farah").await;
        let mut new = arriving("https://there.test/p/1");
        new.content = "<p>A message from <i>afar</i></p>".to_owned();
        create(&app, far, new, Arrival::Fetched).await.unwrap();
        assert_eq!(found(&app, ben, "message afar").await.len(), 1);
        assert_eq!(results(&app, ben, "fara").await.accounts[0].id, far);
        assert_eq!(
            found(&app, ben, "after:2020-01-01 before:2021-01-01").await,
            []
        );
    })
    .await;
}

#[tokio::test]
async fn a_search_is_bounded() {
    each(|store| async move {
        let mut settings = Settings::test();
        (
            settings.limits.search_terms,
            settings.limits.search_offset,
            settings.limits.search_words,
        ) = (3, 5, 2);
        let app = house_with(&store, settings);
        let ann = person(&app, "ann").await;
        let why = async |query: Query| match search::search(&app, Viewer::Account(ann), query).await
        {
            Err(Error::Invalid { field, reason }) => format!("{field} {reason}"),
            other => panic!("{other:?}"),
        };
        let query = |text: &str, kind, offset| Query {
            text: text.to_owned(),
            kind: Some(kind),
            limit: 20,
            offset,
            ..Query::default()
        };
        for text in [
            "a b c d",
            "\"a b\" c d",
            "from:a from:b from:c from:d",
            "has:poll a b -c",
        ] {
            assert_eq!(
                why(query(text, Kind::Posts, 0)).await,
                "q has more than 3 words",
                "{text}"
            );
        }
        assert_eq!(
            why(query("a b c d", Kind::Accounts, 0)).await,
            "q has more than 3 words"
        );
        assert_eq!(
            why(query("a", Kind::Posts, 6)).await,
            "offset is more than 5"
        );
        assert!(
            why(query("before:noon", Kind::Posts, 0))
                .await
                .starts_with("q says before:noon")
        );
        let id = post(&app, ann, "one two three", Audience::Public).await;
        assert_eq!(found(&app, ann, "two").await, [id]);
        assert!(
            found(&app, ann, "three").await.is_empty(),
            "beyond the words that are indexed"
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_here_before_the_index_is_taken_into_it() {
    for backend in Backend::ALL {
        let fresh = Fresh::new(backend);
        let app = house(&fresh.store());
        let ann = person(&app, "ann").await;
        let mut ids = Vec::new();
        for number in 0..3 {
            ids.insert(
                0,
                post(&app, ann, &format!("word {number}"), Audience::Public).await,
            );
        }
        // As a version without an index left it.
        fresh.execute("DELETE FROM post_words; DELETE FROM account_words");
        assert!(found(&app, ann, "word").await.is_empty());
        fresh.execute(
            "INSERT INTO jobs (id, queue, payload, attempts, run_at, created_at) \
             VALUES (1, 'words', '{\"accounts\":0}', 0, '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
        );
        let mut steps = 0;
        loop {
            let now = app.now();
            let due = app
                .store
                .read(move |db| jobs::peek(db, words::QUEUE, now, &[], 9))
                .await
                .unwrap();
            let Some(job) = due.first() else { break };
            assert_eq!(words::queue(&app).handler.run(job).await, Outcome::Finished);
            steps += 1;
        }
        assert!((3..9).contains(&steps), "{steps}");
        assert_eq!(found(&app, ann, "word").await, ids);
        assert_eq!(results(&app, ann, "an").await.accounts.len(), 1);
        // Again, beside what is there.
        let done = words::rebuild(&app).await.unwrap();
        assert!(done.posts == 3 && done.accounts >= 1, "{done:?}");
        assert_eq!(found(&app, ann, "word").await, ids);
    }
}
