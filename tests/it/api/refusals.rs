//! How the client API says no: the status and the words that clients know.

use kontor_tests::{Backend, Setup};
use serde_json::{Value, json};

async fn errors_are_as_clients_know_them(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let (alice, stranger) = (server.person("alice").await, server.stranger());
    let reader = stranger.with_token(
        server
            .run(&["token", "create", "alice", "--scopes", "read"], "")
            .trim(),
    );
    let bad = stranger.with_token("not a token");
    let said = |answer: &kontor_tests::Answer| {
        answer.json()["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };

    for client in [&stranger, &bad] {
        let answer = client
            .get("/api/v1/accounts/verify_credentials")
            .await
            .expect(401);
        assert_eq!(said(&answer), "The access token is invalid");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    let outside = reader
        .post("/api/v1/statuses", &[("status", "x")])
        .await
        .expect(403);
    assert_eq!(
        said(&outside),
        "This action is outside the authorized scopes"
    );
    for path in [
        "/api/v1/statuses/1",
        "/api/v1/statuses/nonsense",
        "/api/v1/accounts/1",
        "/api/v1/accounts/lookup?acct=nobody",
        // What one of the databases has no room for, or does not take in a text.
        "/api/v1/statuses/9223372036854775808",
        "/api/v1/accounts/99999999999999999999",
        "/api/v1/accounts/lookup?acct=no%00body",
    ] {
        assert_eq!(
            said(&alice.client.get(path).await.expect(404)),
            "Record not found",
            "{path}"
        );
    }
    // What is not built answers 404 as JSON, whatever the client says that it takes.
    for path in ["/api/v1/nothing", "/api/v9/statuses", "/api/"] {
        for accept in ["*/*", "text/html"] {
            let answer = alice.client.get_as(path, accept).await.expect(404);
            assert!(
                answer
                    .header("content-type")
                    .starts_with("application/json"),
                "{path}: {}",
                answer.text()
            );
        }
    }
    for (form, word) in [
        (vec![("status", "")], "status"),
        (vec![("status", "   ")], "status"),
        (
            vec![("status", "x"), ("visibility", "everyone")],
            "visibility",
        ),
        (
            vec![("status", "x"), ("language", "tlhIngan Hol")],
            "language",
        ),
    ] {
        let answer = alice
            .client
            .post("/api/v1/statuses", &form)
            .await
            .expect(422);
        assert!(
            said(&answer).to_lowercase().contains(word)
                || said(&answer).starts_with("Validation failed"),
            "{}",
            answer.text()
        );
    }
    let long = "x".repeat(5001);
    alice
        .client
        .post("/api/v1/statuses", &[("status", &long)])
        .await
        .expect(422);
    alice
        .client
        .post(
            "/api/v1/statuses",
            &[("status", "x"), ("in_reply_to_id", "1")],
        )
        .await
        .expect(404);
    // An authenticated answer is nobody else's.
    let mine = alice.client.get("/api/v1/timelines/home").await.expect(200);
    assert!(
        mine.header("cache-control").contains("no-store")
            || mine.header("cache-control").contains("no-cache")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_as_clients_know_them_sqlite() {
    errors_are_as_clients_know_them(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_as_clients_know_them_postgres() {
    errors_are_as_clients_know_them(Backend::Postgres).await;
}

/// Web clients live on other hosts.
#[tokio::test(flavor = "multi_thread")]
async fn web_clients_may_ask() {
    let server = Setup::new("alpha.test", Backend::Sqlite).start().await;
    let stranger = server.stranger();
    let preflight = stranger
        .request(reqwest::Method::OPTIONS, "/api/v1/statuses")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type,idempotency-key",
        );
    let answer = stranger.send(preflight).await;
    assert!(matches!(answer.status, 200 | 204), "{}", answer.status);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let allowed = answer.header("access-control-allow-headers").to_lowercase();
    assert!(
        allowed == "*"
            || ["authorization", "content-type", "idempotency-key"]
                .iter()
                .all(|name| allowed.contains(name)),
        "{allowed}"
    );
    assert!(
        answer
            .header("access-control-allow-methods")
            .contains("DELETE")
    );
    let asked = stranger
        .request(reqwest::Method::GET, "/api/v2/instance")
        .header("origin", "https://app.example");
    let answer = stranger.send(asked).await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(
        answer
            .header("access-control-expose-headers")
            .to_lowercase()
            .contains("link")
    );
}

/// Two tokens of an application: one is taken back, the other goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_can_be_taken_back() {
    let server = Setup::new("alpha.test", Backend::Postgres).start().await;
    let stranger = server.stranger();
    let body = json!({ "client_name": "Two", "redirect_uris": ["urn:ietf:wg:oauth:2.0:oob", "app://done"], "scopes": "read write" });
    let app = stranger.post_json("/api/v1/apps", &body).await.ok();
    let text = |value: &Value, key: &str| {
        value[key]
            .as_str()
            .unwrap_or_else(|| panic!("{key}: {value}"))
            .to_owned()
    };
    assert_eq!(
        app["redirect_uris"],
        json!(["urn:ietf:wg:oauth:2.0:oob", "app://done"])
    );
    assert!(
        app["redirect_uri"].is_string()
            && app["scopes"].is_array()
            && app["client_secret_expires_at"] == 0,
        "{app}"
    );
    let (client_id, client_secret) = (text(&app, "client_id"), text(&app, "client_secret"));
    let own = [
        ("client_id", client_id.as_str()),
        ("client_secret", client_secret.as_str()),
    ];
    let grant = [
        &own[..],
        &[("grant_type", "client_credentials"), ("scope", "read")],
    ]
    .concat();
    let one = text(
        &stranger.post("/oauth/token", &grant).await.ok(),
        "access_token",
    );
    let other = text(
        &stranger.post("/oauth/token", &grant).await.ok(),
        "access_token",
    );
    assert_ne!(one, other);
    stranger
        .with_token(&one)
        .get("/api/v1/apps/verify_credentials")
        .await
        .expect(200);
    for _ in 0..2 {
        let answer = stranger
            .post(
                "/oauth/revoke",
                &[&own[..], &[("token", one.as_str())]].concat(),
            )
            .await;
        assert_eq!(answer.ok(), json!({}));
    }
    stranger
        .with_token(&one)
        .get("/api/v1/apps/verify_credentials")
        .await
        .expect(401);
    stranger
        .with_token(&other)
        .get("/api/v1/apps/verify_credentials")
        .await
        .expect(200);
    let wrong = [
        ("client_id", client_id.as_str()),
        ("client_secret", "guess"),
        ("token", other.as_str()),
    ];
    assert!(matches!(
        stranger.post("/oauth/revoke", &wrong).await.status,
        401 | 403
    ));
    // More than was registered is not given.
    let more = [
        &own[..],
        &[
            ("grant_type", "client_credentials"),
            ("scope", "admin:write"),
        ],
    ]
    .concat();
    let answer = stranger.post("/oauth/token", &more).await.expect(400);
    assert_eq!(answer.json()["error"], "invalid_scope");
    // An application is no person.
    stranger
        .with_token(&other)
        .get("/api/v1/timelines/home")
        .await
        .expect(422);
}
