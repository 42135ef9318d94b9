//! A community with more votes than it passes on in a minute: in the end the other servers count the same.

use std::time::Duration;

use kontor_tests::{Address, Backend, Person, Server, Setup, answer::id, wait::within};
use serde_json::json;

use super::{community, is_member, joins, sees};
use crate::federation::social::{act, status};

/// Votes that go out in a minute: one less than are given.
const A_MINUTE: &str = "2";

async fn pair([home, far]: [Backend; 2]) -> [Server; 2] {
    let home = Setup::new("home.test", home).with("communities.votes_a_minute", A_MINUTE);
    let far = Setup::new("far.test", far);
    let known: [Address; 2] = [home.address.clone(), far.address.clone()];
    [
        home.knows(&[&known[1]]).start().await,
        far.knows(&[&known[0]]).start().await,
    ]
}

/// Another minute begins within one, and what waits for it goes then.
async fn counts(who: &Person, post: &str, wanted: i64) {
    let what = format!("{} sees {wanted} votes", who.name);
    within(Duration::from_secs(90), &what, async || {
        (status(who, post).await["favourites_count"] == wanted).then_some(())
    })
    .await;
}

async fn more_than_go_in_a_minute(backends: [Backend; 2]) {
    let [home, far] = pair(backends).await;
    let (ann, ben, eve) = (
        home.person("ann").await,
        home.person("ben").await,
        home.person("eve").await,
    );
    let cleo = far.person("cleo").await;
    community(&ann, "garden", "public").await;
    let handle = format!("@garden@{}", home.address().authority());
    let there = cleo.resolve(&handle).await;
    joins(&cleo, &there).await;
    is_member(&cleo, &there).await;
    let body = json!({"status": format!("{handle} what shall we sow?"), "title": "Seeds"});
    let posted = ann.client.post_json("/api/v1/statuses", &body).await.ok();
    let seen = id(&sees(&cleo, &there, "what shall we sow").await);
    for who in [&ann, &ben, &eve] {
        act(who, &id(&posted), "favourite").await;
    }
    counts(&cleo, &seen, 3).await;
    for server in [&home, &far] {
        server.settles().await;
        server.check();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_votes_than_go_in_a_minute_are_counted_everywhere_from_sqlite() {
    more_than_go_in_a_minute([Backend::Sqlite, Backend::Postgres]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_votes_than_go_in_a_minute_are_counted_everywhere_from_postgres() {
    more_than_go_in_a_minute([Backend::Postgres, Backend::Sqlite]).await;
}
