//! The documents: who gets which form of them, what is in them, how collections are paged, what a deleted post leaves.

use kontor_tests::{
    ACTIVITY, Address, Backend, Client, PUBLIC, Peer, Person, Server, Setup, answer::text,
};
use serde_json::{Value, json};

const LD: &str = "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";

async fn house(backend: Backend) -> (Server, Client, Person) {
    let server = Setup::new("alpha.test", backend).start().await;
    let (stranger, alice) = (server.stranger(), server.person("alice").await);
    (server, stranger, alice)
}

/// The ActivityPub form of what is at this address.
async fn document(client: &Client, url: &str) -> Value {
    let answer = client.get_as(url, ACTIVITY).await.expect(200);
    assert!(
        answer.header("content-type").starts_with(ACTIVITY),
        "{}",
        answer.header("content-type")
    );
    let vary = answer.header("vary").to_ascii_lowercase();
    assert!(vary.contains("accept"), "{url}: Vary is {vary:?}");
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_gets_the_form_that_was_asked_for() {
    let (server, stranger, alice) = house(Backend::Sqlite).await;
    let status = alice.post("in two forms", "public").await;
    let page = text(&status, "url");
    let short = server.address().url("/@alice");
    for (url, kind) in [
        (alice.actor(), "Person"),
        (short, "Person"),
        (text(&status, "uri"), "Note"),
        (page, "Note"),
    ] {
        for accept in [
            ACTIVITY,
            LD,
            "application/activity+json, application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            "application/activity+json; charset=utf-8",
            "text/html;q=0.1, application/activity+json",
        ] {
            let answer = stranger.get_as(&url, accept).await.expect(200);
            assert!(
                answer.header("content-type").starts_with("application/"),
                "{url} as {accept}"
            );
            assert_eq!(answer.json()["type"], kind, "{url} as {accept}");
        }
        for accept in [
            "text/html",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "*/*",
        ] {
            let answer = stranger.get_as(&url, accept).await;
            let html =
                answer.status == 200 && answer.header("content-type").starts_with("text/html");
            let moved = (300..400).contains(&answer.status)
                && answer.header("location").contains("/@alice");
            assert!(
                html || moved,
                "{url} as {accept}: {} {}",
                answer.status,
                answer.header("content-type")
            );
        }
    }
    for path in [
        "/users/1",
        "/users/nobody",
        "/posts/1",
        "/posts/x",
        "/activities/1",
        "/@nobody",
        "/@alice/1",
    ] {
        let answer = stranger.get_as(path, ACTIVITY).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
}

async fn an_actor_says_what_peers_need(backend: Backend) {
    let (server, stranger, alice) = house(backend).await;
    let form = [
        ("display_name", "Alice A."),
        ("note", "keeps <the> harbour"),
        ("locked", "true"),
        ("discoverable", "true"),
        ("indexable", "true"),
        ("fields_attributes[0][name]", "Berth"),
        ("fields_attributes[0][value]", "four"),
    ];
    alice
        .client
        .patch("/api/v1/accounts/update_credentials", &form)
        .await
        .ok();
    let id = alice.actor();
    let actor = document(&stranger, &id).await;
    let url = |path: &str| server.address().url(path);
    for (key, value) in [
        ("id", json!(id)),
        ("type", json!("Person")),
        ("preferredUsername", json!("alice")),
        ("name", json!("Alice A.")),
        ("url", json!(url("/@alice"))),
        ("inbox", json!(format!("{id}/inbox"))),
        ("manuallyApprovesFollowers", json!(true)),
        ("discoverable", json!(true)),
        ("indexable", json!(true)),
    ] {
        assert_eq!(actor[key], value, "{key}");
    }
    assert_eq!(actor["endpoints"]["sharedInbox"], url("/inbox"));
    for key in ["outbox", "followers", "following", "featured"] {
        let address = text(&actor, key);
        let collection = document(&stranger, &address).await;
        assert_eq!(collection["id"], address, "{key}");
        assert_eq!(collection["type"], "OrderedCollection", "{key}");
        assert_eq!(collection["totalItems"], 0, "{key}");
    }
    assert!(
        text(&actor, "summary").contains("&lt;the&gt;"),
        "{}",
        actor["summary"]
    );
    assert!(actor["published"].is_string());
    assert_eq!(actor["publicKey"]["owner"], id);
    assert!(text(&actor["publicKey"], "publicKeyPem").starts_with("-----BEGIN PUBLIC KEY-----"));
    assert_eq!(actor["attachment"][0]["type"], "PropertyValue");
    assert_eq!(actor["attachment"][0]["name"], "Berth");
    let context = actor["@context"].to_string();
    assert!(
        context.contains("https://www.w3.org/ns/activitystreams")
            && context.contains("https://w3id.org/security/v1")
    );
    assert!(
        !actor.to_string().contains("PRIVATE"),
        "a private key is shown"
    );

    // The instance's own actor is there for everybody: secure servers need it to talk to one another.
    let instance = document(&stranger, &url("/actor")).await;
    assert_eq!(instance["type"], "Application");
    assert_eq!(instance["id"], url("/actor"));
    assert!(text(&instance["publicKey"], "publicKeyPem").starts_with("-----BEGIN PUBLIC KEY-----"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_says_what_peers_need_sqlite() {
    an_actor_says_what_peers_need(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_actor_says_what_peers_need_postgres() {
    an_actor_says_what_peers_need(Backend::Postgres).await;
}

async fn a_post_and_what_it_leaves(backend: Backend) {
    let (server, stranger, alice) = house(backend).await;
    let form = [
        ("status", "see **this** #tide"),
        ("spoiler_text", "careful"),
        ("language", "en"),
        ("visibility", "unlisted"),
    ];
    let status = alice.client.post("/api/v1/statuses", &form).await.ok();
    let uri = text(&status, "uri");
    let note = document(&stranger, &uri).await;
    for (key, value) in [
        ("id", json!(uri)),
        ("type", json!("Note")),
        ("attributedTo", json!(alice.actor())),
        ("summary", json!("careful")),
        ("sensitive", json!(true)),
        ("to", json!([format!("{}/followers", alice.actor())])),
        ("cc", json!([PUBLIC])),
        ("url", status["url"].clone()),
    ] {
        assert_eq!(note[key], value, "{key}");
    }
    assert!(note["contentMap"]["en"].is_string());
    assert_eq!(note["tag"][0]["type"], "Hashtag");
    assert_eq!(note["tag"][0]["name"], "#tide");
    assert!(
        note["@context"]
            .to_string()
            .contains("https://www.w3.org/ns/activitystreams")
    );
    assert!(note.get("updated").is_none());

    alice
        .client
        .put(
            &format!("/api/v1/statuses/{}", text(&status, "id")),
            &[("status", "seen")],
        )
        .await
        .ok();
    let edited = document(&stranger, &uri).await;
    assert!(
        text(&edited, "content").contains("seen") && edited["updated"].is_string(),
        "{edited}"
    );

    alice
        .client
        .delete(&format!("/api/v1/statuses/{}", text(&status, "id")))
        .await
        .ok();
    for url in [uri.clone(), text(&status, "url")] {
        let left = stranger.get_as(&url, ACTIVITY).await.expect(410).json();
        assert_eq!(
            (&left["type"], &left["id"]),
            (&json!("Tombstone"), &json!(uri)),
            "{url}"
        );
        assert!(!left.to_string().contains("seen") && !left.to_string().contains("careful"));
    }
    let page = stranger.get_as(&text(&status, "url"), "text/html").await;
    assert!(matches!(page.status, 404 | 410), "{}", page.status);
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_and_what_it_leaves_sqlite() {
    a_post_and_what_it_leaves(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_and_what_it_leaves_postgres() {
    a_post_and_what_it_leaves(Backend::Postgres).await;
}

/// Walks a collection to its end and returns its items, in their order.
async fn walk(client: &Client, collection: &Value) -> Vec<Value> {
    let mut items = Vec::new();
    let mut next = match &collection["first"] {
        Value::String(url) => document(client, url).await,
        page => page.clone(),
    };
    for _ in 0..100 {
        let kind = text(&next, "type");
        assert!(kind.ends_with("CollectionPage"), "{next}");
        assert_eq!(next["partOf"], collection["id"]);
        items.extend(
            ["orderedItems", "items"]
                .iter()
                .filter_map(|key| next[*key].as_array())
                .flatten()
                .cloned(),
        );
        let Some(url) = next["next"].as_str() else {
            return items;
        };
        next = document(client, url).await;
    }
    panic!("{} has no end", collection["id"]);
}

async fn collections_are_paged(backend: Backend) {
    let peer = Address::new("peer.test");
    let server = Setup::new("alpha.test", backend)
        .knows(&[&peer])
        .start()
        .await;
    let (stranger, alice) = (server.stranger(), server.person("alice").await);
    let names: Vec<String> = (0..3).map(|number| format!("fan{number}")).collect();
    let peer = Peer::start(
        &peer,
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
        &[server.address()],
    )
    .await;
    for name in &names {
        peer.follow(
            &peer.actor(name),
            &alice.actor(),
            &server.address().url("/inbox"),
        )
        .await;
    }
    let question = alice.post("question", "public").await;
    let mut wanted = vec![text(&question, "uri")];
    for number in 0..45 {
        let status = match number % 3 {
            0 => alice.post(&format!("hidden {number}"), "private").await,
            1 => alice.post(&format!("shown {number}"), "public").await,
            _ => {
                alice
                    .reply(
                        &text(&question, "id"),
                        &format!("answer {number}"),
                        "public",
                    )
                    .await
            }
        };
        if number % 3 != 0 {
            wanted.push(text(&status, "uri"));
        }
    }
    wanted.reverse();
    let outbox = document(&stranger, &format!("{}/outbox", alice.actor())).await;
    assert_eq!(outbox["totalItems"], wanted.len());
    let activities = walk(&stranger, &outbox).await;
    let objects: Vec<String> = activities
        .iter()
        .map(|activity| {
            assert_eq!(activity["type"], "Create", "{activity}");
            activity["object"]
                .as_str()
                .map_or_else(|| text(&activity["object"], "id"), str::to_owned)
        })
        .collect();
    assert_eq!(objects, wanted);

    let note = document(&stranger, &wanted[wanted.len() - 1]).await;
    let replies = match &note["replies"] {
        Value::String(url) => document(&stranger, url).await,
        inline => document(&stranger, &text(inline, "id")).await,
    };
    let answers = walk(&stranger, &replies).await;
    assert_eq!(answers.len(), 15, "{answers:?}");

    let followers = document(&stranger, &format!("{}/followers", alice.actor())).await;
    assert_eq!(followers["totalItems"], 3);
    server.settles().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_are_paged_sqlite() {
    collections_are_paged(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_are_paged_postgres() {
    collections_are_paged(Backend::Postgres).await;
}
