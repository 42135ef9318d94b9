//! When connections end, and how news reach them from another process.

use std::time::{Duration, Instant};

use kontor_tests::{
    Backend, Events, Person, Server, Setup, Socket, answer::id, client::query, stream::Ended,
};
use serde_json::json;

/// A token of an application, which can revoke it: with what it needs for that.
async fn signed_in(server: &Server, person: &Person) -> (String, [String; 2]) {
    let form = [
        ("client_name", "Listener"),
        ("redirect_uris", "urn:ietf:wg:oauth:2.0:oob"),
        ("scopes", "read"),
    ];
    let stranger = server.stranger();
    let app = stranger.post("/api/v1/apps", &form).await.ok();
    let text = |key: &str| app[key].as_str().unwrap().to_owned();
    let (client_id, secret) = (text("client_id"), text("client_secret"));
    let mut browser = kontor_tests::browser::Browser::new(server.address());
    browser.sign_in(&person.name).await;
    let asking = [
        ("client_id", client_id.as_str()),
        ("redirect_uri", "urn:ietf:wg:oauth:2.0:oob"),
        ("response_type", "code"),
        ("scope", "read"),
    ];
    let page = browser
        .get(&query("/oauth/authorize", &asking))
        .await
        .expect(200);
    let agreed = [("client_id", client_id.as_str()), ("decision", "allow")];
    let page = browser.submit(&page, &agreed).await.expect(200).text();
    let shown = page.split("id=\"code\"").nth(1).unwrap();
    let code = shown
        .split("value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let code = code.to_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client_id.as_str()),
        ("client_secret", secret.as_str()),
        ("code", code.as_str()),
        ("redirect_uri", "urn:ietf:wg:oauth:2.0:oob"),
    ];
    let token = stranger.post("/oauth/token", &form).await.ok();
    (
        token["access_token"].as_str().unwrap().to_owned(),
        [client_id, secret],
    )
}

async fn a_revoked_token_ends_its_connections(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let alice = server.person("alice").await;
    let (token, [client_id, secret]) = signed_in(&server, &alice).await;
    let mut socket = Socket::open(server.address(), &token, "stream=user").await;
    let mut other = Socket::open(server.address(), &alice.token, "stream=user").await;
    let mut events = Events::open(server.address(), &token, "user").await;
    socket.caught_up().await;
    other.caught_up().await;
    let form = [
        ("client_id", client_id.as_str()),
        ("client_secret", secret.as_str()),
        ("token", token.as_str()),
    ];
    server.stranger().post("/oauth/revoke", &form).await.ok();
    let began = Instant::now();
    assert_eq!(socket.end().await.1, Ended::Code(1008));
    assert_eq!(events.line().await, None);
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    // What was revoked is that token, and not the person.
    let post = id(&alice.post("still here", "public").await);
    assert_eq!(
        other.expect(&json!(["user"]), "update").await["id"],
        post.as_str()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_its_connections_sqlite() {
    a_revoked_token_ends_its_connections(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_its_connections_postgres() {
    a_revoked_token_ends_its_connections(Backend::Postgres).await;
}

/// By a command, which is another process, and on `SQLite` tells the server nothing.
async fn who_is_suspended_hears_no_more(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let mut socket = Socket::open(server.address(), &alice.token, "stream=user").await;
    let mut other = Socket::open(server.address(), &bob.token, "stream=user").await;
    socket.caught_up().await;
    server.run(&["account", "suspend", "alice"], "");
    let began = Instant::now();
    assert_eq!(socket.end().await.1, Ended::Code(1008));
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    other.caught_up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_hears_no_more_sqlite() {
    who_is_suspended_hears_no_more(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_hears_no_more_postgres() {
    who_is_suspended_hears_no_more(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_so_and_does_not_wait() {
    let mut server = Setup::new("alpha.test", Backend::Sqlite).start().await;
    let alice = server.person("alice").await;
    let mut socket = Socket::open(server.address(), &alice.token, "stream=user").await;
    let mut events = Events::open(server.address(), &alice.token, "user").await;
    socket.caught_up().await;
    let began = Instant::now();
    server.tell_to_stop();
    assert_eq!(socket.end().await.1, Ended::Code(1001));
    assert_eq!(events.line().await, None);
    server.ended().await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert!(!server.log().contains("not everything ended in time"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_at_one_entrance_is_seen_at_the_other() {
    let first = Setup::new("alpha.test", Backend::Postgres);
    let domain = format!("\"{}\"", first.address.authority());
    let mut second = Setup::new("alpha.test", Backend::Sqlite).with("instance.domain", domain);
    second.database = first.database.clone();
    let (first, second) = (first.start().await, second.start().await);
    let (alice, bob) = (first.person("alice").await, first.person("bob").await);
    bob.follows(&alice.id).await;
    let mut here = Socket::open(first.address(), &bob.token, "stream=user").await;
    let mut there = Socket::open(second.address(), &bob.token, "stream=user").await;
    here.caught_up().await;
    there.caught_up().await;
    let user = json!(["user"]);
    for number in 0..20 {
        let post = alice.post(&format!("number {number}"), "private").await;
        for socket in [&mut here, &mut there] {
            assert_eq!(socket.expect(&user, "update").await["id"], post["id"]);
        }
    }
    let post = id(&alice.post("gone soon", "public").await);
    alice
        .client
        .delete(&format!("/api/v1/statuses/{post}"))
        .await
        .ok();
    let mut seen = Vec::new();
    for socket in [&mut here, &mut there] {
        loop {
            let frame = socket.next().await;
            if frame["event"] == "delete" {
                seen.push(frame["payload"].as_str().unwrap().to_owned());
                break;
            }
        }
    }
    assert_eq!(seen, [post.clone(), post]);
}
