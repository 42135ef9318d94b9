//! Web Push, from the thing that happened to what the application reads.

use kontor_tests::{
    Address, Backend, Person, Server, Setup,
    answer::id,
    holds,
    push::{Application, Service, claims},
};
use serde_json::{Value, json};

async fn house(backend: Backend) -> (Server, Service) {
    let address = Address::new("push.test");
    let server = Setup::new("alpha.test", backend)
        .with("push.retry_first_ms", "50")
        .knows(&[&address])
        .start()
        .await;
    (server, Service::start(&address).await)
}

async fn subscribe(
    person: &Person,
    service: &Service,
    application: &Application,
    (standard, policy, alerts): (bool, &str, &Value),
) -> Value {
    let body = json!({
        "subscription": {
            "endpoint": service.address.url("/for/somebody"),
            "keys": { "p256dh": application.p256dh(), "auth": application.auth() },
            "standard": standard,
        },
        "data": { "alerts": alerts, "policy": policy },
    });
    person
        .client
        .post_json("/api/v1/push/subscription", &body)
        .await
        .ok()
}

async fn an_application_is_woken(backend: Backend, standard: bool) {
    let (server, service) = house(backend).await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let application = Application::default();
    let alerts = json!({ "mention": true, "favourite": "true", "follow": false });
    let subscription = subscribe(&bob, &service, &application, (standard, "all", &alerts)).await;
    assert_eq!(subscription["alerts"]["favourite"], true);
    assert_eq!(subscription["alerts"]["follow"], false);
    assert_eq!(subscription["standard"], standard);
    let key = subscription["server_key"].as_str().unwrap();
    let instance = server.get("/api/v2/instance").await.ok();
    assert_eq!(instance["configuration"]["vapid"]["public_key"], key);

    // No alert for that.
    alice.follow(&bob.id).await;
    let post = alice
        .post("@bob hello <there> & everywhere", "direct")
        .await;
    holds("a push comes", async || !service.received().is_empty()).await;
    server.settles().await;
    let received = service.received();
    assert_eq!(received.len(), 1);
    let push = &received[0];
    assert_eq!(
        (push.method.as_str(), push.path.as_str()),
        ("POST", "/for/somebody")
    );
    assert_eq!(push.header("ttl"), Some("172800"));
    let said = claims(push, key);
    assert_eq!(said["aud"], service.address.url(""));
    let now = kontor_tests::clock::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let end = said["exp"].as_u64().unwrap();
    assert!(end > now && end < now + 24 * 60 * 60, "{said}");
    let notification = &bob.notifications("mention").await[0];
    assert_eq!(notification["status"]["id"], post["id"]);
    assert_eq!(
        application.read(push),
        json!({
            "access_token": bob.token,
            "preferred_locale": "en",
            "notification_id": notification["id"],
            "notification_type": "mention",
            "icon": notification["account"]["avatar"],
            "title": "alice mentioned you",
            "body": "@bob hello <there> & everywhere",
        })
    );
    // Nothing of it can be read on the way.
    let bytes = String::from_utf8_lossy(&push.body).into_owned();
    assert!(!bytes.contains("everywhere") && !bytes.contains(&bob.token));
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_woken_sqlite() {
    an_application_is_woken(Backend::Sqlite, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_woken_postgres() {
    an_application_is_woken(Backend::Postgres, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_application_is_woken() {
    an_application_is_woken(Backend::Sqlite, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_its_tokens_own() {
    let (server, service) = house(Backend::Sqlite).await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let path = "/api/v1/push/subscription";
    bob.client.get(path).await.expect(404);
    bob.client
        .put(path, &[("data[policy]", "none")])
        .await
        .expect(404);
    let (first, second) = (Application::default(), Application::default());
    let all = json!({ "mention": true });
    subscribe(&bob, &service, &first, (true, "all", &all)).await;
    let shown = subscribe(&bob, &service, &second, (true, "followed", &all)).await;
    assert_eq!(bob.client.get(path).await.ok(), shown);
    assert_eq!(shown["policy"], "followed");
    alice.client.get(path).await.expect(404);

    // By those whom one follows, and nobody else.
    alice.post("@bob unheard", "public").await;
    server.settles().await;
    bob.follows(&alice.id).await;
    let heard = alice.post("@bob heard", "public").await;
    holds("a push comes", async || !service.received().is_empty()).await;
    let body = second.read(&service.received()[0])["body"].clone();
    assert_eq!(body, "@bob heard");
    // A change of what wakes changes no more than that.
    let changed = bob
        .client
        .put(
            path,
            &[("data[alerts][favourite]", "true"), ("data[policy]", "all")],
        )
        .await
        .ok();
    assert_eq!(changed["alerts"]["mention"], false);
    assert_eq!(changed["alerts"]["favourite"], true);
    assert_eq!(changed["id"], shown["id"]);
    alice.post("@bob not by a mention", "public").await;
    let own = id(&bob
        .reply(heard["id"].as_str().unwrap(), "an answer", "public")
        .await);
    alice
        .client
        .post(&format!("/api/v1/statuses/{own}/favourite"), &[])
        .await
        .ok();
    holds("another push comes", async || service.received().len() > 1).await;
    server.settles().await;
    let received = service.received();
    assert_eq!(received.len(), 2);
    assert_eq!(second.read(&received[1])["notification_type"], "favourite");

    bob.client.delete(path).await.ok();
    bob.client.delete(path).await.ok();
    bob.client.get(path).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_subscription_is_refused_by_name() {
    let (server, _service) = house(Backend::Sqlite).await;
    let bob = server.person("bob").await;
    let application = Application::default();
    let (key, auth) = (application.p256dh(), application.auth());
    let mut elsewhere = application.public.clone();
    elsewhere[40] ^= 1;
    let elsewhere = base64_of(&elsewhere);
    for (endpoint, key, auth, named) in [
        ("", key.as_str(), auth.as_str(), "subscription[endpoint]"),
        ("ftp://push.test/x", &key, &auth, "subscription[endpoint]"),
        ("https://push.test/x", "", &auth, "subscription[keys]"),
        ("https://push.test/x", "AAAA", &auth, "subscription[keys]"),
        (
            "https://push.test/x",
            &elsewhere,
            &auth,
            "subscription[keys]",
        ),
        ("https://push.test/x", &key, "AAAA", "subscription[keys]"),
    ] {
        let form = [
            ("subscription[endpoint]", endpoint),
            ("subscription[keys][p256dh]", key),
            ("subscription[keys][auth]", auth),
        ];
        let answer = bob
            .client
            .post("/api/v1/push/subscription", &form)
            .await
            .expect(422);
        assert!(answer.text().contains(named), "{named}: {}", answer.text());
    }
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_away_is_asked_again_and_one_that_says_gone_is_not() {
    let (server, service) = house(Backend::Sqlite).await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let application = Application::default();
    let alerts = json!({ "mention": true });
    subscribe(&bob, &service, &application, (true, "all", &alerts)).await;
    service.answers(&[503, 429, 201]);
    alice.post("@bob first", "public").await;
    holds("it is tried until it is taken", async || {
        service.received().len() == 3
    })
    .await;
    let bodies: Vec<Value> = service
        .received()
        .iter()
        .map(|push| application.read(push)["body"].clone())
        .collect();
    assert_eq!(bodies, ["@bob first", "@bob first", "@bob first"]);

    service.answers(&[410]);
    alice.post("@bob second", "public").await;
    holds("the subscription goes", async || {
        bob.client.get("/api/v1/push/subscription").await.status == 404
    })
    .await;
    alice.post("@bob third", "public").await;
    server.settles().await;
    assert_eq!(service.received().len(), 4);
}

/// What was deleted, or whose author is blocked, before it could be sent is not sent.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_pushed_that_may_not_be_read_any_more() {
    let (server, service) = house(Backend::Sqlite).await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let application = Application::default();
    let alerts = json!({ "mention": true });
    subscribe(&bob, &service, &application, (true, "all", &alerts)).await;
    service.answers(&[503]);
    alice.post("@bob a secret", "direct").await;
    holds("it is tried", async || !service.received().is_empty()).await;
    bob.client
        .post(&format!("/api/v1/accounts/{}/block", alice.id), &[])
        .await
        .ok();
    // What was on its way at that moment still counts.
    server.settles().await;
    service.answers(&[201]);
    let tried = service.received().len();
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    assert_eq!(service.received().len(), tried);
}

/// What somebody asked to be told of wakes their application as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_post_by_somebody_whose_posts_are_asked_for_wakes() {
    let (server, service) = house(Backend::Sqlite).await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let application = Application::default();
    let alerts = json!({ "status": true });
    let shown = subscribe(&bob, &service, &application, (true, "followed", &alerts)).await;
    assert_eq!(shown["alerts"]["status"], true);
    bob.follows(&alice.id).await;
    alice.post("unheard", "public").await;
    server.settles().await;
    assert!(service.received().is_empty());
    bob.client
        .post(
            &format!("/api/v1/accounts/{}/follow", alice.id),
            &[("notify", "true")],
        )
        .await
        .ok();
    alice.post("heard", "private").await;
    holds("a push comes", async || !service.received().is_empty()).await;
    server.settles().await;
    let received = service.received();
    assert_eq!(received.len(), 1);
    let said = application.read(&received[0]);
    assert_eq!(
        (&said["notification_type"], &said["title"], &said["body"]),
        (
            &json!("status"),
            &json!("alice just posted"),
            &json!("heard")
        )
    );
}
