//! Actor documents over HTTP.

use kontor_actions::communities;
use kontor_domain::community::Posting;
use serde_json::json;

use super::*;

#[actix_web::test]
async fn a_person() {
    let house = House::new().await;
    let got = house.document("/users/11").await;
    assert_eq!(got.status, 200);
    assert_eq!(
        got.header("content-type"),
        "application/activity+json; charset=utf-8"
    );
    assert_eq!(got.header("vary"), "Accept, Signature");
    assert!(got.header("cache-control").starts_with("public"));
    let mut actor = got.json();
    assert_eq!(
        actor["@context"][0],
        "https://www.w3.org/ns/activitystreams"
    );
    actor.as_object_mut().unwrap().remove("@context");
    let expected = json!({
        "id": "https://here.test/users/11",
        "type": "Person",
        "preferredUsername": "ann",
        "webfinger": "ann@here.test",
        "name": "ann",
        "summary": "",
        "url": "https://here.test/@ann",
        "published": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00.000Z",
        "inbox": "https://here.test/users/11/inbox",
        "outbox": "https://here.test/users/11/outbox",
        "followers": "https://here.test/users/11/followers",
        "following": "https://here.test/users/11/following",
        "featured": "https://here.test/users/11/featured",
        "featuredCollections": "https://here.test/users/11/collections",
        "interactionPolicy": {"canFeature": {"automaticApproval": [PUBLIC]}},
        "endpoints": {"sharedInbox": "https://here.test/inbox"},
        "manuallyApprovesFollowers": false,
        "discoverable": true,
        "indexable": false,
        "showFeatured": true,
        "showMedia": true,
        "showRepliesInMedia": true,
        "icon": {"type": "Image", "mediaType": "image/png", "url": "https://here.test/media/avatars/11.png"},
        "image": {"type": "Image", "mediaType": "image/png", "url": "https://here.test/media/headers/11.png"},
        "attachment": [],
        "tag": [],
        "alsoKnownAs": [],
        "publicKey": {
            "id": "https://here.test/users/11#main-key",
            "owner": "https://here.test/users/11",
            "publicKeyPem": "-----BEGIN PUBLIC KEY-----"
        },
        "generator": {
            "type": "Application",
            "id": "https://here.test/actor",
            "implements": [{
                "href": "https://datatracker.ietf.org/doc/html/rfc9421",
                "name": "RFC-9421: HTTP Message Signatures"
            }, {
                "href": "https://w3id.org/fep/1b12",
                "name": "FEP-1b12: Group federation"
            }]
        }
    });
    assert_eq!(actor, expected);
    // What we write, we would take from another.
    let read = crate::objects::actor::IncomingActor::read(actor).unwrap();
    let checked = read
        .check(&"https://here.test/users/11".parse().unwrap())
        .unwrap();
    assert_eq!(checked.profile.url, "https://here.test/@ann");
    assert_eq!(
        checked.endpoints.featured_collections_url.as_deref(),
        Some("https://here.test/users/11/collections")
    );
    assert!(checked.endpoints.feature_policy.is_some());
}

#[actix_web::test]
async fn a_profile_with_fields_and_pictures() {
    let house = House::new().await;
    let account = Account {
        fields:
            r#"[{"name":"Home","value":"<a href=\"https://ann.test\" rel=\"me\">ann.test</a>"}]"#
                .to_owned(),
        avatar_url: Some("https://here.test/media/a.webp".to_owned()),
        avatar_description: "Ann at sea".to_owned(),
        header_description: "of no picture".to_owned(),
        show_media_replies: false,
        attribution_domains: r#"["ann.test"]"#.to_owned(),
        also_known_as: r#"["https://old.test/users/ann"]"#.to_owned(),
        moved_to_uri: Some("https://new.test/users/ann".to_owned()),
        kind: kontor_domain::account::AccountKind::Service,
        locked: true,
        ..house.ann.clone()
    };
    let actor = serde_json::to_value(crate::objects::actor::actor(
        &house.app,
        &account,
        crate::objects::actor::Beside::default(),
    ))
    .unwrap();
    assert_eq!(actor["type"], "Service");
    assert_eq!(
        actor["attachment"],
        json!([{"type": "PropertyValue", "name": "Home", "value": "<a href=\"https://ann.test\" rel=\"me\">ann.test</a>"}])
    );
    assert_eq!(
        actor["icon"],
        json!({"type": "Image", "url": "https://here.test/media/a.webp", "name": "Ann at sea"})
    );
    assert_eq!(
        actor["image"].get("name"),
        None,
        "there is no picture to describe"
    );
    assert_eq!(
        (&actor["showMedia"], &actor["showRepliesInMedia"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(actor["attributionDomains"], json!(["ann.test"]));
    let read = crate::objects::actor::IncomingActor::read(actor.clone()).unwrap();
    let checked = read.check(&account.uri.parse().unwrap()).unwrap().profile;
    assert_eq!(checked.avatar_description, "Ann at sea");
    assert_eq!(
        (checked.show_media, checked.show_media_replies),
        (true, false)
    );
    assert_eq!(actor["alsoKnownAs"], json!(["https://old.test/users/ann"]));
    assert_eq!(actor["movedTo"], "https://new.test/users/ann");
    assert_eq!(actor["manuallyApprovesFollowers"], true);
}

#[actix_web::test]
async fn a_community_has_its_icon_and_its_banner() {
    let house = House::new().await;
    let picture = |actor: &serde_json::Value, which: &str| {
        assert_eq!(actor["type"], "Group");
        assert_eq!(actor[which]["type"], "Image");
        actor[which]["url"].as_str().unwrap().to_owned()
    };
    for (name, own) in [("garden", true), ("pond", false)] {
        let file = |file: &str| own.then(|| file.to_owned());
        let new = communities::NewCommunity {
            icon: file("leaf.png"),
            banner: file("field.jpg"),
            ..communities::NewCommunity::named(name, house.ann.id)
        };
        let group = communities::create(&house.app, new, true).await.unwrap();
        let actor = house.document(&format!("/users/{}", group.id)).await.json();
        let (icon, image) = if own {
            (
                house.app.site.file("leaf.png"),
                house.app.site.file("field.jpg"),
            )
        } else {
            let drawn = |folder: &str| format!("https://here.test/media/{folder}/{}.png", group.id);
            (drawn("avatars"), drawn("headers"))
        };
        assert_eq!(picture(&actor, "icon"), icon);
        assert_eq!(picture(&actor, "image"), image);
    }
}

#[actix_web::test]
async fn a_community_says_who_posts_in_it() {
    let house = House::new().await;
    for (name, posting, moderators) in [
        ("garden", Posting::Anyone, false),
        ("pond", Posting::Moderators, true),
    ] {
        let new = communities::NewCommunity {
            posting,
            purpose: "To grow".to_owned(),
            rules: "Be kind".to_owned(),
            ..communities::NewCommunity::named(name, house.ann.id)
        };
        let group = communities::create(&house.app, new, true).await.unwrap();
        let actor = house.document(&format!("/users/{}", group.id)).await.json();
        assert_eq!(actor["type"], "Group");
        assert_eq!(actor["postingRestrictedToMods"], moderators, "{name}");
        assert_eq!(actor["manuallyApprovesFollowers"], false, "{name}");
        let context = &actor["@context"][4];
        assert_eq!(context["kontor"], "urn:kontor:ns#");
        for (word, value) in [
            ("access", json!("public")),
            ("posting", json!(posting.as_str())),
            ("archived", json!(false)),
            ("purpose", json!("To grow")),
            ("rules", json!("Be kind")),
        ] {
            assert_eq!(actor[word], value, "{name}");
            assert_eq!(context[word], format!("kontor:{word}"));
        }
    }
}

#[actix_web::test]
async fn browsers_are_sent_to_the_page() {
    let house = House::new().await;
    for accept in [BROWSER, "*/*", "application/json", ""] {
        let got = house.get("/users/11", accept).await;
        assert_eq!(
            (got.status, got.header("location")),
            (StatusCode::FOUND, "https://here.test/@ann"),
            "{accept}"
        );
        assert_eq!(got.header("vary"), "Accept");
    }
}

#[actix_web::test]
async fn a_page_and_a_document_share_an_address() {
    let house = House::new().await;
    assert_eq!(
        house.get("/@ann", BROWSER).await.text,
        "the page of a person"
    );
    assert_eq!(
        house.document("/@ann").await.json()["id"],
        "https://here.test/users/11"
    );
    assert_eq!(
        house.document("/@Ann").await.json()["id"],
        "https://here.test/users/11"
    );
    let profile = r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;
    assert_eq!(
        house.get("/@ann", profile).await.json()["id"],
        "https://here.test/users/11"
    );
    assert_eq!(house.document("/@nobody").await.status, 404);
}

#[actix_web::test]
async fn only_our_own_are_served() {
    let house = House::new().await;
    house.remote(21, "eve", "elsewhere.test").await;
    for path in [
        "/users/21",
        "/@eve@elsewhere.test",
        "/users/99",
        "/users/x",
        "/users/-1",
        "/users/99999999999999999999",
    ] {
        let got = house.document(path).await;
        assert_eq!(got.status, 404, "{path}");
        assert_eq!(got.header("content-type"), "application/problem+json");
        assert_eq!(got.json()["status"], 404);
    }
}

#[actix_web::test]
async fn the_suspended_are_bare_and_the_deleted_are_gone() {
    let house = House::new().await;
    house
        .fresh
        .execute("UPDATE accounts SET suspended_at = '2026-01-02 00:00:00' WHERE id = 11");
    let document = house.document("/users/11").await.json();
    assert_eq!(document["suspended"], true);
    assert_eq!(
        (&document["name"], &document["summary"]),
        (&json!("ann"), &json!(""))
    );
    assert_eq!(house.get("/users/11", BROWSER).await.status, 404);
    assert_eq!(house.document("/users/11/outbox").await.status, 404);
    let app = house.app.clone();
    app.store
        .write(|tx| {
            rows::delete(tx, AccountId(12))?;
            kontor_store::tombstones::insert(tx, "https://here.test/users/12", cast::at(1, 0))
        })
        .await
        .unwrap();
    let got = house.document("/users/12").await;
    assert_eq!(got.status, 410);
    let tombstone = got.json();
    assert_eq!(
        (&tombstone["id"], &tombstone["type"]),
        (&json!("https://here.test/users/12"), &json!("Tombstone"))
    );
}

#[actix_web::test]
async fn the_instance_is_served_to_everyone_in_every_mode() {
    for mode in [Mode::Open, Mode::Allowlist, Mode::Closed] {
        let house = House::with(mode, Site::new("http", "localhost:4000").unwrap()).await;
        accounts::ensure_instance_actor(&house.app).await.unwrap();
        let actor = house.document("/actor").await.json();
        assert_eq!(actor["type"], "Application");
        assert_eq!(actor["id"], "http://localhost:4000/actor");
        assert_eq!(actor["preferredUsername"], "localhost");
        assert_eq!(actor["webfinger"], "localhost@localhost:4000");
        assert_eq!(actor["manuallyApprovesFollowers"], true);
        let read = crate::objects::actor::IncomingActor::read(actor).unwrap();
        read.check(&"http://localhost:4000/actor".parse().unwrap())
            .unwrap();
        for collection in ["outbox", "followers", "following", "featured"] {
            let got = house.document(&format!("/actor/{collection}")).await.json();
            assert_eq!(
                got["id"],
                format!("http://localhost:4000/actor/{collection}")
            );
            assert_eq!(
                (&got["totalItems"], &got["orderedItems"]),
                (&json!(0), &json!([]))
            );
        }
        assert_eq!(
            house.get("/actor", BROWSER).await.header("location"),
            "http://localhost:4000/"
        );
    }
}

/// Lemmy looks for the instance at its root, keeps 20 characters of its name, and takes reports by no Application.
#[actix_web::test]
async fn the_instance_is_at_its_root_and_reports_under_an_address_of_its_own() {
    for mode in [Mode::Open, Mode::Closed] {
        let site = Site::new("http", "a-long-name.localhost:4000").unwrap();
        let base = site.base();
        let house = House::with(mode, site).await;
        accounts::ensure_instance_actor(&house.app).await.unwrap();
        let actor = house.document("/actor").await.json();
        let root = house.document("/").await.json();
        for field in ["type", "name", "inbox", "preferredUsername"] {
            assert_eq!(root[field], actor[field], "{field}");
        }
        let id = format!("{base}/");
        assert_eq!(root["id"], id);
        assert_eq!(root["publicKey"]["id"], format!("{id}#main-key"));
        assert_eq!(root["publicKey"]["owner"], id);
        let pem = &actor["publicKey"]["publicKeyPem"];
        assert_eq!(&root["publicKey"]["publicKeyPem"], pem);
        assert_eq!(house.get("/", BROWSER).await.status, 404, "the page's own");
        assert_eq!(actor["name"], "a-long-name.localhos");
        let reporter = house.document("/actor/reporter").await.json();
        let id = format!("{base}/actor/reporter");
        assert_eq!(
            (&reporter["id"], &reporter["type"]),
            (&json!(id), &json!("Service"))
        );
        assert_eq!(
            reporter["preferredUsername"],
            "reports.a-long-name.localhost"
        );
        assert_eq!(reporter["inbox"], actor["inbox"]);
        let (key, own) = (&reporter["publicKey"], &actor["publicKey"]);
        assert_eq!(
            (&key["owner"], &key["id"]),
            (&json!(id), &json!(format!("{id}#main-key")))
        );
        assert_eq!(key["publicKeyPem"], own["publicKeyPem"]);
        for absent in [
            "assertionMethod",
            "featuredCollections",
            "interactionPolicy",
            "showMedia",
            "attributionDomains",
        ] {
            assert_eq!(reporter.get(absent), None, "{absent}");
        }
        let read = crate::objects::actor::IncomingActor::read(reporter).unwrap();
        read.check(&id.parse().unwrap()).unwrap();
        for resource in [
            "acct:reports.a-long-name.localhost@a-long-name.localhost:4000",
            id.as_str(),
        ] {
            let path = format!("/.well-known/webfinger?resource={resource}");
            let found = house.document(&path).await.json();
            assert_eq!(found["links"][1]["href"], json!(id), "{resource}");
            assert_eq!(found["links"].as_array().unwrap().len(), 2, "{resource}");
        }
    }
}

#[actix_web::test]
async fn the_instance_has_no_other_address() {
    let house = House::new().await;
    let id = accounts::ensure_instance_actor(&house.app)
        .await
        .unwrap()
        .id;
    assert_eq!(house.document(&format!("/users/{id}")).await.status, 404);
}

#[actix_web::test]
async fn an_allowlist_answers_its_own() {
    let house = House::with(Mode::Allowlist, Site::new("https", "here.test").unwrap()).await;
    let friend = house.remote(21, "fred", "friend.test").await;
    let stranger = house.remote(22, "sam", "stranger.test").await;
    for path in ["/users/11", "/users/11/outbox", "/users/11/followers"] {
        assert_eq!(house.document(path).await.status, 401, "{path}");
        assert_eq!(house.signed(path, &stranger).await.status, 403, "{path}");
        let got = house.signed(path, &friend).await;
        assert_eq!(
            (got.status, got.header("cache-control")),
            (StatusCode::OK, "private, no-store"),
            "{path}"
        );
    }
    let closed = House::with(Mode::Closed, Site::new("https", "here.test").unwrap()).await;
    let friend = closed.remote(21, "fred", "friend.test").await;
    assert_eq!(closed.document("/users/11").await.status, 401);
    assert_eq!(closed.signed("/users/11", &friend).await.status, 403);
}

#[actix_web::test]
async fn heads_and_known_versions_have_no_body() {
    let house = House::new().await;
    let head = house
        .ask(
            Method::HEAD,
            "/users/11",
            &[("accept", ACTIVITY.to_owned())],
        )
        .await;
    assert_eq!(head.status, 200);
    let tag = head.header("etag").to_owned();
    let again = [("accept", ACTIVITY.to_owned()), ("if-none-match", tag)];
    let got = house.ask(Method::GET, "/users/11", &again).await;
    assert_eq!(
        (got.status, got.text.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
}
