//! Posts: written, read, changed, deleted.

use std::time::Duration;

use kontor_actions::oauth::{self, NewApplication};
use serde_json::{Value, json};

use crate::house::{House, Person};

fn create<'a>(house: &'a House, by: &Person, body: &Value) -> crate::client::Call<'a> {
    house.post("/api/v1/statuses").by(by).json(body)
}

#[actix_web::test]
async fn every_kind_of_body_makes_the_same_post() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let post = || house.post("/api/v1/statuses").by(&anna);
    let bodies = [
        post().json(&json!({"status": "Hello #World", "sensitive": "false", "spoiler_text": "hi", "visibility": "unlisted", "language": "de-DE", "media_ids": [], "poll": null})),
        post().form("status=Hello+%23World&sensitive=0&spoiler_text=hi&visibility=unlisted&language=de&media_ids[]=&poll[options][]="),
        post().multipart(&[("status", "Hello #World"), ("spoiler_text", "hi"), ("visibility", "unlisted"), ("language", "deu"), ("scheduled_at", "")]),
    ];
    for body in bodies {
        let made = body.ok().await.json;
        assert!(
            made["content"].as_str().unwrap().starts_with("<p>Hello "),
            "{made}"
        );
        assert_eq!(
            (
                &made["spoiler_text"],
                &made["visibility"],
                &made["language"]
            ),
            (&json!("hi"), &json!("unlisted"), &json!("de"))
        );
        assert_eq!(made["sensitive"], true, "a content warning makes it so");
        assert_eq!(
            made["tags"],
            json!([{"name": "world", "url": "https://here.test/tags/world"}])
        );
        assert!(
            made["url"]
                .as_str()
                .unwrap()
                .ends_with(made["id"].as_str().unwrap())
        );
        assert_eq!(made["application"], Value::Null);
    }
}

#[actix_web::test]
async fn what_is_not_said_is_as_the_person_has_set_it() {
    use kontor_domain::audience::Audience;
    let house = House::new().await;
    let anna = house
        .person_as("anna", |_, user| {
            user.default_audience = Audience::Followers;
            user.default_sensitive = true;
            user.default_language = Some("fr".to_owned());
        })
        .await;
    let made = create(
        &house,
        &anna,
        &json!({"status": "bonjour", "language": "", "sensitive": ""}),
    )
    .ok()
    .await
    .json;
    assert_eq!(
        (&made["visibility"], &made["sensitive"], &made["language"]),
        (&json!("private"), &json!(true), &json!("fr"))
    );
    let made = create(
        &house,
        &anna,
        &json!({"status": "", "spoiler_text": "only a warning", "sensitive": false}),
    )
    .ok()
    .await
    .json;
    assert_eq!(
        (&made["content"], &made["spoiler_text"]),
        (&json!("<p>only a warning</p>"), &json!(""))
    );
}

#[actix_web::test]
async fn markdown_is_asked_for_by_type() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let made = create(
        &house,
        &anna,
        &json!({"status": "**so**", "content_type": "text/markdown"}),
    )
    .ok()
    .await;
    assert!(
        made.json["content"]
            .as_str()
            .unwrap()
            .contains("<strong>so</strong>")
    );
    let source = house
        .get(format!("/api/v1/statuses/{}/source", made.id()))
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(
        (&source["text"], &source["content_type"]),
        (&json!("**so**"), &json!("text/markdown"))
    );
    let error = create(
        &house,
        &anna,
        &json!({"status": "x", "content_type": "text/html"}),
    )
    .fails(422)
    .await;
    assert_eq!(
        error,
        "Validation failed: content_type must be text/plain or text/markdown"
    );
}

#[actix_web::test]
async fn what_a_post_cannot_be_is_refused_by_name() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    for (body, error) in [
        (json!({"status": " "}), "status can't be blank"),
        (
            json!({"status": "x".repeat(501)}),
            "status is too long (maximum is 500 characters, this has 501)",
        ),
        (
            json!({"status": "x", "visibility": "friends"}),
            "visibility is `friends`, which is none of public, unlisted, private, direct",
        ),
        (
            json!({"status": "x", "language": "klingonish"}),
            "language is not a language code",
        ),
        (
            json!({"status": "x", "in_reply_to_id": "cat"}),
            "in_reply_to_id must be a whole number",
        ),
        (
            json!({"status": "x", "media_ids": ["1"]}),
            "media_ids holds what is no upload of yours",
        ),
        (
            json!({"status": "x", "local_only": "true"}),
            "local_only is not supported by this server yet",
        ),
    ] {
        assert_eq!(
            create(&house, &anna, &body).fails(422).await,
            format!("Validation failed: {error}")
        );
    }
    create(
        &house,
        &anna,
        &json!({"status": "x", "in_reply_to_id": "77"}),
    )
    .fails(404)
    .await;
    assert_eq!(
        house
            .get(format!("/api/v1/accounts/{}/statuses", anna.id))
            .ok()
            .await
            .json,
        json!([]),
        "nothing was posted"
    );
}

#[actix_web::test]
async fn the_same_key_names_the_same_post_for_an_hour() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let post = |by| create(&house, by, &json!({"status": "once"})).header("Idempotency-Key", "k-1");
    let first = post(&anna).ok().await.id();
    assert_eq!(post(&anna).ok().await.id(), first);
    assert_ne!(
        post(&bert).ok().await.id(),
        first,
        "keys are each person's own"
    );
    assert_ne!(
        create(&house, &anna, &json!({"status": "once"}))
            .header("Idempotency-Key", "k-2")
            .ok()
            .await
            .id(),
        first
    );
    house.app.clock.advance(Duration::from_secs(3601));
    assert_ne!(post(&anna).ok().await.id(), first);
    let long = "k".repeat(256);
    create(&house, &anna, &json!({"status": "x"}))
        .header("Idempotency-Key", &long)
        .fails(422)
        .await;
}

#[actix_web::test]
async fn a_post_says_what_it_was_written_with() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let new = NewApplication {
        name: "Pen".to_owned(),
        website: Some("https://pen.example".to_owned()),
        redirect_uris: vec![oauth::OUT_OF_BAND.to_owned()],
        scopes: "write".parse().unwrap(),
    };
    let registered = oauth::register(&house.app, new).await.unwrap();
    let request = oauth::Request {
        client_id: registered.application.client_id.clone(),
        redirect_uri: oauth::OUT_OF_BAND.to_owned(),
        scopes: Some("write".to_owned()),
        code_challenge: None,
        code_challenge_method: None,
    };
    let checked = oauth::check(&house.app, request).await.unwrap();
    let code = oauth::authorize(&house.app, anna.id, &checked)
        .await
        .unwrap();
    let exchange = oauth::Exchange {
        code,
        redirect_uri: oauth::OUT_OF_BAND.to_owned(),
        code_verifier: None,
    };
    let token = oauth::exchange(&house.app, &registered.application, exchange)
        .await
        .unwrap()
        .text;
    let made = house
        .post("/api/v1/statuses")
        .with(&token)
        .form("status=hi")
        .ok()
        .await
        .json;
    assert_eq!(
        made["application"],
        json!({"name": "Pen", "website": "https://pen.example"})
    );
}

#[actix_web::test]
async fn mentions_are_linked_and_listed() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let far = house.stranger("farah").await;
    house
        .elsewhere
        .knows("farah@away.test", kontor_actions::Found::Account(far.id));
    let made = create(
        &house,
        &anna,
        &json!({"status": "@bert and @farah@away.test and @nobody@away.test"}),
    )
    .ok()
    .await
    .json;
    let mut listed: Vec<_> = made["mentions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["acct"].as_str().unwrap())
        .collect();
    listed.sort_unstable();
    assert_eq!(listed, ["bert", "farah@away.test"]);
    let content = made["content"].as_str().unwrap();
    assert!(content.contains("class=\"u-url mention\""), "{content}");
    assert!(content.contains("@nobody@away.test"), "{content}");
    assert_eq!(
        made["mentions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|m| m["acct"] == "bert")
            .unwrap()["id"],
        bert.id.to_string()
    );
}

#[actix_web::test]
async fn only_its_readers_can_read_it() {
    let house = House::new().await;
    let (anna, bert, carl) = (
        house.person("anna").await,
        house.person("bert").await,
        house.person("carl").await,
    );
    house.follows(carl.id, anna.id).await;
    let private = create(
        &house,
        &anna,
        &json!({"status": "for followers", "visibility": "private"}),
    )
    .ok()
    .await
    .id();
    let direct = create(
        &house,
        &anna,
        &json!({"status": "@bert psst", "visibility": "direct"}),
    )
    .ok()
    .await
    .id();
    for (id, readers) in [(&private, [&anna, &carl]), (&direct, [&anna, &bert])] {
        for part in ["", "/context", "/history"] {
            let path = format!("/api/v1/statuses/{id}{part}");
            assert_eq!(house.get(&path).fails(404).await, "Record not found");
            for person in [&anna, &bert, &carl] {
                let status = house.get(&path).by(person).send().await.status;
                let may = readers.iter().any(|reader| reader.id == person.id);
                assert_eq!(
                    status,
                    if may { 200 } else { 404 },
                    "{path} for {}",
                    person.name
                );
            }
        }
    }
    let seen = house
        .get(format!(
            "/api/v1/statuses?id[]={direct}&id[]={private}&id[]=1&id[]=x"
        ))
        .by(&bert)
        .ok()
        .await;
    assert_eq!(seen.ids(), [&*direct]);
    house
        .get(format!("/api/v1/statuses/{private}/source"))
        .by(&bert)
        .fails(404)
        .await;
    create(
        &house,
        &bert,
        &json!({"status": "x", "in_reply_to_id": private}),
    )
    .fails(404)
    .await;
}

#[actix_web::test]
async fn how_one_stands_to_a_post_is_told_to_persons_alone() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let id = create(&house, &anna, &json!({"status": "x"}))
        .ok()
        .await
        .id();
    let path = format!("/api/v1/statuses/{id}");
    let (own, other, anyone) = (
        house.get(&path).by(&anna).ok().await.json,
        house.get(&path).by(&bert).ok().await.json,
        house.get(&path).ok().await.json,
    );
    for key in ["favourited", "reblogged", "muted", "bookmarked", "filtered"] {
        assert!(
            own.get(key).is_some() && other.get(key).is_some() && anyone.get(key).is_none(),
            "{key}"
        );
    }
    assert_eq!(
        (own.get("pinned"), other.get("pinned")),
        (Some(&json!(false)), None)
    );
}

#[actix_web::test]
async fn an_edit_keeps_the_version_before() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let first = create(
        &house,
        &anna,
        &json!({"status": "one", "spoiler_text": "cw", "language": "en"}),
    )
    .ok()
    .await;
    let path = format!("/api/v1/statuses/{}", first.id());
    assert_eq!(first.json["edited_at"], Value::Null);
    house.app.clock.advance(Duration::from_secs(5));
    let edited = house
        .put(&path)
        .by(&anna)
        .json(&json!({"status": "two", "media_ids": []}))
        .ok()
        .await
        .json;
    assert_eq!(
        (
            &edited["content"],
            &edited["spoiler_text"],
            &edited["language"]
        ),
        (&json!("<p>two</p>"), &json!("cw"), &json!("en"))
    );
    assert!(edited["edited_at"].is_string());
    house.patch(&path).by(&anna).form("status=two").ok().await;
    let versions = house.get(format!("{path}/history")).ok().await.json;
    let contents: Vec<_> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|version| &version["content"])
        .collect();
    assert_eq!(
        contents,
        ["<p>one</p>", "<p>two</p>"],
        "oldest first, and no version without a change"
    );
    assert_eq!(versions[0]["created_at"], first.json["created_at"]);
    assert_eq!(versions[1]["created_at"], edited["edited_at"]);
    let source = house
        .get(format!("{path}/source"))
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(
        (&source["text"], &source["spoiler_text"]),
        (&json!("two"), &json!("cw"))
    );
    house
        .put(&path)
        .by(&bert)
        .form("status=mine")
        .fails(404)
        .await;
    house.put(&path).by(&anna).form("status=").fails(422).await;
    assert_eq!(
        house
            .put(&path)
            .by(&anna)
            .form("status=x&poll[options][]=a")
            .fails(422)
            .await,
        "Validation failed: poll must say in how many seconds it ends"
    );
}

#[actix_web::test]
async fn a_deleted_post_comes_back_once_with_its_text() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let id = create(&house, &anna, &json!({"status": "try *again*"}))
        .ok()
        .await
        .id();
    let path = format!("/api/v1/statuses/{id}");
    house.delete(&path).by(&bert).fails(404).await;
    let gone = house.delete(&path).by(&anna).ok().await.json;
    assert_eq!(
        (&gone["id"], &gone["text"]),
        (&json!(id), &json!("try *again*"))
    );
    house.get(&path).fails(404).await;
    house.delete(&path).by(&anna).fails(404).await;
    let counts = house
        .get(format!("/api/v1/accounts/{}", anna.id))
        .ok()
        .await
        .json;
    assert_eq!(counts["statuses_count"], 0);
}

#[actix_web::test]
async fn a_thread_is_above_and_below() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let reply = async |by: &Person, to: &str, text: &str, visibility: &str| {
        create(
            &house,
            by,
            &json!({"status": text, "in_reply_to_id": to, "visibility": visibility}),
        )
        .ok()
        .await
        .id()
    };
    let root = create(&house, &anna, &json!({"status": "root"}))
        .ok()
        .await
        .id();
    let a = reply(&bert, &root, "a", "public").await;
    let b = reply(&anna, &root, "b", "unlisted").await;
    let aa = reply(&anna, &a, "aa", "public").await;
    let secret = reply(&bert, &a, "secret", "direct").await;
    let ids = |list: &Value| {
        list.as_array()
            .unwrap()
            .iter()
            .map(|s| s["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let around = house
        .get(format!("/api/v1/statuses/{root}/context"))
        .ok()
        .await
        .json;
    assert_eq!(ids(&around["descendants"]), [&*a, &*aa, &*b]);
    assert_eq!(around["ancestors"], json!([]));
    let around = house
        .get(format!("/api/v1/statuses/{aa}/context"))
        .ok()
        .await
        .json;
    assert_eq!(ids(&around["ancestors"]), [&*root, &*a]);
    let around = house
        .get(format!("/api/v1/statuses/{a}/context"))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(ids(&around["descendants"]), [&*aa, &*secret]);
    let top = house
        .get(format!("/api/v1/statuses/{root}"))
        .ok()
        .await
        .json;
    assert_eq!(top["replies_count"], 2);
    let below = house.get(format!("/api/v1/statuses/{a}")).ok().await.json;
    assert_eq!(
        (&below["in_reply_to_id"], &below["in_reply_to_account_id"]),
        (&json!(root), &json!(anna.id.to_string()))
    );
    house.get("/api/v1/statuses/1/context").fails(404).await;
    house.get("/api/v1/statuses/1/history").fails(404).await;
}
