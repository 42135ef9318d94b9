//! What the operators tell everybody here, as it is seen by whoever has a home timeline open.

use kontor_tests::{Backend, Setup, Socket};
use serde_json::json;

async fn announcements_are_seen_at_once(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let here = server.address();
    let mut home = Socket::open(here, &alice.token, "stream=user").await;
    let mut told = Socket::open(here, &alice.token, "stream=user:notification").await;
    home.caught_up().await;
    told.caught_up().await;
    let user = json!(["user"]);
    // By a command beside the server.
    let id = server.run(&["announcement", "create", "We move on Monday"], "");
    let id = id.trim();
    let announcement = home.expect(&user, "announcement").await;
    let list = alice.client.get("/api/v1/announcements").await.list();
    assert_eq!(announcement, list[0]);
    assert_eq!(announcement["id"], id);

    let path = format!("/api/v1/announcements/{id}/reactions/%F0%9F%91%8D");
    bob.client.put(&path, &[]).await.ok();
    let answered = |count: i64| json!({"announcement_id": id, "name": "👍", "count": count, "url": null, "static_url": null});
    let reaction = home.expect(&user, "announcement.reaction").await;
    assert_eq!(reaction, answered(1));
    // The same again is no news.
    bob.client.put(&path, &[]).await.ok();
    bob.client.delete(&path).await.ok();
    let reaction = home.expect(&user, "announcement.reaction").await;
    assert_eq!(reaction, answered(0));

    server.run(&["announcement", "delete", id], "");
    let frame = home.next().await;
    assert_eq!(
        frame,
        json!({ "stream": ["user"], "event": "announcement.delete", "payload": id })
    );
    assert_eq!(told.taken().await, Vec::<serde_json::Value>::new());
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn announcements_are_seen_at_once_sqlite() {
    announcements_are_seen_at_once(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn announcements_are_seen_at_once_postgres() {
    announcements_are_seen_at_once(Backend::Postgres).await;
}
