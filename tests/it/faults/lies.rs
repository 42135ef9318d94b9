//! What is signed well and is a lie nevertheless: taken in, acted on, and without any consequence.

use kontor_tests::{Backend, PUBLIC};
use serde_json::{Value, json};

use super::inbox::Stage;

/// Each is sent by mallory, signed by mallory, and not mallory's to say.
fn lies(stage: &Stage, mine: &Value, trudys: &Value) -> Vec<(&'static str, Value)> {
    let say = |kind: &str, object: Value| stage.peer.activity(&stage.mallory, kind, &object);
    let alice = stage.alice.actor();
    let follow_of = |actor: &str, object: &str| json!({ "id": stage.peer.id("activities"), "type": "Follow", "actor": actor, "object": object });
    let mut changed = trudys.clone();
    changed["content"] = json!("<p>as mallory wants it</p>");
    changed["updated"] = json!("2030-01-01T00:00:00Z");
    let mut mine_by_mallory = stage
        .peer
        .public_note(&stage.mallory, "as mallory wants it");
    mine_by_mallory["id"] = mine["uri"].clone();
    vec![
        ("deletes a post of ours", say("Delete", mine["uri"].clone())),
        (
            "deletes a post of ours, as a tombstone",
            say("Delete", json!({ "id": mine["uri"], "type": "Tombstone" })),
        ),
        ("deletes an account of ours", say("Delete", json!(alice))),
        (
            "deletes the post of another",
            say("Delete", trudys["id"].clone()),
        ),
        (
            "deletes another account",
            say("Delete", json!(stage.trudy.id)),
        ),
        ("changes the post of another", say("Update", changed)),
        ("changes a post of ours", say("Update", mine_by_mallory)),
        (
            "changes another account",
            say(
                "Update",
                json!({
                    "id": stage.trudy.id, "type": "Person", "preferredUsername": "trudy", "name": "Mallory was here",
                    "inbox": stage.mallory.id, "outbox": stage.mallory.id,
                    "publicKey": { "id": stage.trudy.key.id, "owner": stage.trudy.id, "publicKeyPem": stage.mallory.key.public_pem() },
                }),
            ),
        ),
        (
            "undoes the follow of another",
            say("Undo", follow_of(&stage.trudy.id, &alice)),
        ),
        (
            "undoes our follow",
            say("Undo", follow_of(&alice, &stage.trudy.id)),
        ),
        (
            "rejects for another",
            say("Reject", follow_of(&alice, &stage.trudy.id)),
        ),
        (
            "accepts what nobody asked",
            say(
                "Accept",
                follow_of(&alice, &stage.peer.address.url("/users/eve")),
            ),
        ),
        ("follows in another's name", {
            let mut follow = say("Follow", json!(alice));
            follow["object"] = follow_of(&stage.trudy.id, &alice);
            follow
        }),
        ("says what nobody knows", say("Sabotage", json!(alice))),
        ("sends nothing at all", say("Create", Value::Null)),
        ("sends a number", say("Create", json!(7))),
        ("likes a number", say("Like", json!(7))),
        (
            "sends a note without anything",
            say("Create", json!({ "type": "Note" })),
        ),
        (
            "sends a note of wrong types",
            say(
                "Create",
                json!({
                    "id": stage.peer.id("notes"), "type": ["Note", 3], "attributedTo": { "a": 1 }, "content": [1], "to": 5, "cc": { },
                    "tag": "x", "published": "yesterday", "inReplyTo": [[]],
                }),
            ),
        ),
    ]
}

async fn lies_have_no_consequence(backend: Backend) {
    let stage = Stage::new(backend).await;
    let mine = stage.alice.post("mine", "public").await;
    let trudys = stage.peer.public_note(&stage.trudy, "trudy's own words");
    stage.peer.publish(&trudys);
    let create = stage.peer.activity(&stage.trudy, "Create", &trudys);
    stage
        .peer
        .send(&stage.trudy, &stage.inbox, &create)
        .await
        .expect(202);
    stage.alice.sees("trudy's own words").await;
    stage
        .peer
        .follow(&stage.trudy, &stage.alice.actor(), &stage.inbox)
        .await;

    let picture = async || {
        stage.server.settles().await;
        let mut census = stage.server.database().census();
        // That it came is remembered; so is an address that its own server says is deleted.
        census.retain(|(table, _)| !matches!(*table, "inbox" | "tombstones"));
        let trudy = stage.alice.resolve(&stage.trudy.id).await;
        let account = stage.alice.account(&trudy).await;
        let relation = stage.alice.relationship(&trudy).await;
        (census, stage.alice.home().await, account, relation)
    };
    let before = picture().await;
    for (what, lie) in lies(&stage, &mine, &trudys) {
        let answer = stage.peer.send(&stage.mallory, &stage.inbox, &lie).await;
        assert!(
            answer.status == 202 || (400..500).contains(&answer.status),
            "mallory {what}: {answer:?}"
        );
        let after = picture().await;
        assert_eq!(after, before, "mallory {what}");
    }
    // Trudy's own key still works, and mallory's does not do for it.
    let note = stage.peer.public_note(&stage.trudy, "still myself");
    let create = stage.peer.activity(&stage.trudy, "Create", &note);
    stage
        .peer
        .send(&stage.trudy, &stage.inbox, &create)
        .await
        .expect(202);
    stage.alice.sees("still myself").await;
    stage.server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn lies_have_no_consequence_sqlite() {
    lies_have_no_consequence(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lies_have_no_consequence_postgres() {
    lies_have_no_consequence(Backend::Postgres).await;
}

/// What is odd and true arrives without harm: markup is cleaned, control characters hurt no database.
async fn odd_things_do_no_harm(backend: Backend) {
    let stage = Stage::new(backend).await;
    let content = "<script>alert(1)</script><img src=x onerror=alert(2)><a href=\"javascript:alert(3)\">odd</a>\u{0}\u{202e}end";
    let mut note = stage.peer.note(&stage.mallory, content, &[PUBLIC], &[]);
    note["summary"] = json!("<b>bold</b>\u{0}");
    note["tag"] = json!({ "type": "Hashtag", "name": "#Odd", "href": "javascript:alert(4)" });
    note["url"] = json!("javascript:alert(5)");
    note["published"] = json!("2999-01-01T00:00:00Z");
    let create = stage.peer.activity(&stage.mallory, "Create", &note);
    stage
        .peer
        .send(&stage.mallory, &stage.inbox, &create)
        .await
        .expect(202);
    let seen = stage.alice.sees("odd").await;
    for bad in ["<script", "onerror", "javascript:", "<img", "\u{0}"] {
        assert!(!seen.to_string().contains(bad), "{bad}: {seen}");
    }
    assert!(seen["created_at"].as_str().unwrap() < "2999", "{seen}");
    stage.server.settles().await;
    stage.server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_things_do_no_harm_sqlite() {
    odd_things_do_no_harm(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_things_do_no_harm_postgres() {
    odd_things_do_no_harm(Backend::Postgres).await;
}
