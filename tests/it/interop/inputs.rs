//! What the fediverse-pasture sends to every kind of server (<https://inputs.funfedi.dev>), sent by a scripted peer and looked at as a
//! client sees it: each of its families is taken and shown in a sensible way.

use std::collections::BTreeMap;

use kontor_tests::{Address, Backend, PUBLIC, Peer, Setup, holds, python};
use serde_json::{Value, json};

/// The people and pages that the inputs name.
const THEIRS: &str = "http://pasture-one-actor";

/// An input as an object of our peer: its own words over the usual ones; what it says is null is left out.
fn object(peer: &Peer, actor: &str, example: &Value) -> Value {
    let mut note = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": peer.id("notes"), "type": "Note", "attributedTo": actor,
        "to": [PUBLIC], "cc": [], "published": "2026-01-02T03:04:05Z"
    });
    let text = example
        .to_string()
        .replace(&format!("{THEIRS}/actor"), actor)
        .replace(THEIRS, &peer.address.url(""));
    let example: Value = serde_json::from_str(&text).unwrap();
    let note_map = note.as_object_mut().unwrap();
    for (name, value) in example.as_object().unwrap() {
        if value.is_null() {
            note_map.remove(name);
        } else {
            note_map.insert(name.clone(), value.clone());
        }
    }
    note
}

/// May it be refused? It is nobody's, nameless, or no kind of post.
fn is_no_post(note: &Value) -> bool {
    let kinds: Vec<&str> = match &note["type"] {
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let posts = [
        "Note", "Question", "Article", "Page", "Video", "Event", "Audio", "Image",
    ];
    note.get("id").is_none()
        || note.get("attributedTo").is_none()
        || !kinds.iter().any(|kind| posts.contains(kind))
}

fn count(status: &Value, list: &str) -> usize {
    status[list].as_array().unwrap().len()
}

/// What a family is about, held against what is shown. `told` counts what must be seen at least once in a family.
fn hold(family: &str, note: &Value, status: &Value, told: &mut BTreeMap<String, usize>) {
    let content = status["content"].as_str().unwrap();
    for bad in [
        "<script",
        "onclick",
        "javascript:",
        "<img",
        "<form",
        "<input",
    ] {
        assert!(!content.contains(bad), "{family}: {content}");
    }
    let mut tell = |what: &str, seen: bool| {
        *told.entry(format!("{family}: {what}")).or_default() += usize::from(seen);
    };
    match family {
        "attachments"
        | "image_attachments"
        | "image_description"
        | "recommended_media_attachments" => {
            for file in status["media_attachments"].as_array().unwrap() {
                assert!(file["url"].as_str().unwrap().starts_with("http"), "{file}");
                tell("described", file["description"].is_string());
                tell(file["type"].as_str().unwrap(), true);
            }
        }
        "content_warnings" => {
            assert_eq!(
                status["spoiler_text"],
                note.get("summary").cloned().unwrap_or_else(|| json!(""))
            );
            tell("sensitive", status["sensitive"] == true);
        }
        "hashtags" | "hashtag_jsonld" => tell("tags", count(status, "tags") > 0),
        "mentions" => tell("mentions", count(status, "mentions") > 0),
        "language" => tell(status["language"].as_str().unwrap_or("none"), true),
        "in_reply_to" => tell("answers", !status["in_reply_to_id"].is_null()),
        "quotes" => assert!(status["quote"]["state"].is_string(), "{note}: {status}"),
        "public" => assert_eq!(status["visibility"], "public"),
        "url" => assert!(status["url"].as_str().unwrap().starts_with("http")),
        "object_type" => {
            let shown = content.contains("content") || content.contains("summary");
            assert!(shown && content.contains("<h2>name</h2>"), "{content}");
        }
        // Of a script and of a picture in the text nothing stays.
        "html_tags" | "html_tags_bad" | "html_anchor" => tell("shown", !content.is_empty()),
        _ => {}
    }
}

async fn every_family_of_inputs_is_shown_sensibly(backend: Backend) {
    let address = Address::new("peer.test");
    let server = Setup::new("alpha.test", backend)
        .knows(&[&address])
        .start()
        .await;
    let peer = Peer::start(&address, &["cow"], &[server.address()]).await;
    let alice = server.person("alice").await;
    let (cow, inbox) = (peer.actor("cow"), server.address().url("/inbox"));
    let id = alice.resolve(&cow.id).await;
    alice.follow(&id).await;
    peer.accept(&cow, &alice.actor(), &inbox).await;
    holds("the follow stands", || async {
        alice.relationship(&id).await["following"] == true
    })
    .await;
    for number in ["1", "2"] {
        let mut asset = peer.public_note(&cow, number);
        asset["id"] = json!(address.url(&format!("/assets/note{number}.jsonap")));
        peer.publish(&asset);
    }
    let families = tokio::task::spawn_blocking(|| python::run("interop/inputs.py", &[]))
        .await
        .unwrap();
    let families: Vec<Value> = serde_json::from_str(&families).unwrap();
    assert_eq!(families.len(), 22);
    let mut sent = Vec::new();
    for family in &families {
        for example in family["examples"].as_array().unwrap() {
            let note = object(&peer, &cow.id, example);
            let mut create = peer.activity(&cow, "Create", &note);
            create["to"] = json!([PUBLIC]);
            let answer = peer.send(&cow, &inbox, &create).await;
            assert!((200..500).contains(&answer.status), "{create}");
            sent.push((family["name"].as_str().unwrap(), note));
        }
    }
    // One after another, and some name servers that nobody finds.
    let (_, last) = sent.last().unwrap();
    for _ in 0..180 {
        if alice
            .find_post(last["id"].as_str().unwrap())
            .await
            .is_some()
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    let mut told = BTreeMap::new();
    for (family, note) in &sent {
        if is_no_post(note) {
            continue;
        }
        let found = alice.find_post(note["id"].as_str().unwrap()).await;
        let post = found.unwrap_or_else(|| panic!("{family}: {note} is not here"));
        let status = alice
            .client
            .get(&format!("/api/v1/statuses/{post}"))
            .await
            .ok();
        hold(family, note, &status, &mut told);
    }
    for (what, least) in [
        ("attachments: image", 10),
        ("attachments: video", 1),
        ("attachments: audio", 2),
        ("image_attachments: image", 14),
        ("image_description: described", 2),
        ("recommended_media_attachments: described", 3),
        ("content_warnings: sensitive", 5),
        // A name with spaces, hyphens or brackets is none, and neither is a number or a picture.
        ("hashtags: tags", 7),
        ("hashtag_jsonld: tags", 4),
        ("mentions: mentions", 4),
        ("language: de", 1),
        ("language: en", 3),
        ("in_reply_to: answers", 4),
        ("html_anchor: shown", 18),
        ("html_tags: shown", 29),
        ("html_tags_bad: shown", 13),
    ] {
        let seen = told.get(what).copied().unwrap_or_default();
        assert!(seen >= least, "{what}: {seen} of {least}; {told:#?}");
    }
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_family_of_inputs_is_shown_sensibly_sqlite() {
    every_family_of_inputs_is_shown_sensibly(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_family_of_inputs_is_shown_sensibly_postgres() {
    every_family_of_inputs_is_shown_sensibly(Backend::Postgres).await;
}
