//! The same request as form, multipart and JSON; the same key twice.

use kontor_tests::{Backend, Setup, answer::text};
use serde_json::json;

async fn bodies(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let alice = server.person("alice").await;
    let client = &alice.client;
    let form = client
        .post(
            "/api/v1/statuses",
            &[
                ("status", "one text"),
                ("sensitive", "1"),
                ("visibility", "unlisted"),
            ],
        )
        .await
        .ok();
    let body = json!({ "status": "one text", "sensitive": "true", "visibility": "unlisted", "unknown": [1, { "a": null }] });
    let json = client.post_json("/api/v1/statuses", &body).await.ok();
    let part = |name: &str, value: &str| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let parts = part("status", "one text")
        + &part("sensitive", "on")
        + &part("visibility", "unlisted")
        + "--edge--\r\n";
    let request = client
        .request(reqwest::Method::POST, "/api/v1/statuses")
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(parts);
    let multipart = client.send(request).await.ok();
    for status in [&form, &json, &multipart] {
        for key in [
            "content",
            "sensitive",
            "visibility",
            "spoiler_text",
            "mentions",
            "tags",
        ] {
            assert_eq!(status[key], form[key], "{key}");
        }
        assert_eq!(status["sensitive"], true);
        assert!(text(status, "url").ends_with(&text(status, "id")));
    }
    for broken in [
        ("application/json", "{\"status\":"),
        ("multipart/form-data; boundary=edge", "--edge\r\n"),
        ("application/json", "[1]"),
    ] {
        let request = client
            .request(reqwest::Method::POST, "/api/v1/statuses")
            .header("content-type", broken.0)
            .body(broken.1);
        let answer = client.send(request).await;
        assert!(
            (400..500).contains(&answer.status),
            "{broken:?}: {}",
            answer.status
        );
        assert!(answer.json()["error"].is_string(), "{broken:?}");
    }
    // Sent again with its key, at the same time and later: one post.
    let mut together = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let alice = alice.clone();
        together.spawn(async move {
            text(
                &alice
                    .client
                    .send(alice.post_once("once", "a key"))
                    .await
                    .ok(),
                "id",
            )
        });
    }
    let ids = together.join_all().await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let later = alice
        .client
        .send(alice.post_once("once", "a key"))
        .await
        .ok();
    assert_eq!(text(&later, "id"), ids[0]);
    let another = alice
        .client
        .send(alice.post_once("once", "another key"))
        .await
        .ok();
    assert_ne!(text(&another, "id"), ids[0]);
    server.settles().await;
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_sqlite() {
    bodies(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_postgres() {
    bodies(Backend::Postgres).await;
}
