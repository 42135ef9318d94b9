//! Post documents over HTTP, and who may read them.

use kontor_actions::communities;
use kontor_domain::{account::AccountKind, community::Access, follow::FollowState, text};
use kontor_store::activities;
use serde_json::json;

use super::*;

/// Asked for without a signature, and with an unreadable one.
async fn outsider_sees_nothing(house: &House, address: &str) {
    for suffix in ["", "/activity", "/replies", "/replies?page=true"] {
        let path = format!("{}{suffix}", path(address));
        assert_eq!(house.document(&path).await.status, 404, "{path}");
        assert_eq!(house.get(&path, BROWSER).await.status, 404, "{path}");
        let forged = [
            ("accept", ACTIVITY.to_owned()),
            ("signature", "keyId=\"https://x.test/1#k\"".to_owned()),
        ];
        assert_eq!(
            house.ask(Method::GET, &path, &forged).await.status,
            404,
            "{path}"
        );
    }
}

#[actix_web::test]
async fn a_public_post() {
    let house = House::new().await;
    let fred = house.remote(21, "fred", "friend.test").await;
    let text = "Look, @fred@friend.test and @bob: *new* #Bread";
    let view = house.publish(&house.ann, text, Audience::Public).await;
    let id = view.post.uri.clone();
    let got = house.document(path(&id)).await;
    assert_eq!(got.status, 200);
    assert!(got.header("cache-control").starts_with("public"));
    let mut note = got.json();
    note.as_object_mut().unwrap().remove("@context");
    let content = note["content"].as_str().unwrap().to_owned();
    assert_eq!(text::plain(&content), "Look, @fred and @bob: *new* #Bread");
    let expected = json!({
        "id": id,
        "type": "Note",
        "attributedTo": "https://here.test/users/11",
        "to": [PUBLIC],
        "cc": ["https://here.test/users/11/followers", "https://here.test/users/12", fred.uri],
        "summary": null,
        "sensitive": false,
        "content": content,
        "contentMap": {"en": content},
        "language": {"identifier": "en", "name": "English"},
        "source": {"content": text, "mediaType": "text/plain"},
        "published": kontor_domain::time::rfc3339(view.post.created_at),
        "inReplyTo": null,
        "url": format!("https://here.test/@ann/{}", view.post.id),
        "tag": [
            {"type": "Mention", "href": "https://here.test/users/12", "name": "@bob@here.test"},
            {"type": "Mention", "href": fred.uri, "name": "@fred@friend.test"},
            {"type": "Hashtag", "href": "https://here.test/tags/bread", "name": "#bread"}
        ],
        "attachment": [],
        "replies": {
            "id": format!("{id}/replies"),
            "type": "Collection",
            "first": {
                "type": "CollectionPage",
                "partOf": format!("{id}/replies"),
                "next": format!("{id}/replies?page=true"),
                "items": []
            }
        },
        "context": format!("https://here.test/contexts/{}", view.post.id),
        "interactionPolicy": {
            "canQuote": {"automaticApproval": [PUBLIC], "manualApproval": []},
            "canReply": {"automaticApproval": [PUBLIC], "manualApproval": []},
            "canLike": {"automaticApproval": [PUBLIC], "manualApproval": []},
            "canAnnounce": {"automaticApproval": [PUBLIC], "manualApproval": []}
        }
    });
    assert_eq!(note, expected);

    let create = house
        .document(&format!("{}/activity", path(&id)))
        .await
        .json();
    assert_eq!(
        (&create["type"], &create["actor"]),
        (&json!("Create"), &note["attributedTo"])
    );
    assert_eq!(create["id"], format!("{id}/activity"));
    assert_eq!((&create["to"], &create["cc"]), (&note["to"], &note["cc"]));
    assert_eq!(create["object"], note);
}

#[actix_web::test]
async fn what_we_write_reads_as_we_meant_it() {
    let house = House::new().await;
    let fred = house.remote(21, "fred", "friend.test").await;
    for audience in [
        Audience::Public,
        Audience::Unlisted,
        Audience::Followers,
        Audience::Direct,
    ] {
        let view = house
            .publish(&house.ann, "For @fred@friend.test #x", audience)
            .await;
        let note = serde_json::to_value(crate::objects::note::note(&house.app, &view)).unwrap();
        let read = crate::objects::note::IncomingNote::read(note).unwrap();
        assert_eq!(read.check().unwrap().author, house.ann.uri);
        assert_eq!(read.audience(&house.ann.followers_url), audience);
        assert_eq!(read.mentions(), [fred.uri.as_str()]);
        assert_eq!(
            read.recipients(&house.ann.followers_url),
            [fred.uri.as_str()]
        );
        assert_eq!(
            (read.hashtags(), read.language(&[]).as_deref()),
            (vec!["x".to_owned()], Some("en"))
        );
        assert_eq!(
            read.published().map(|made| made.at),
            Some(view.post.created_at)
        );
        // Spelled as ours, save for what marks a foreign link.
        assert_eq!(
            text::plain(&read.html(&[], 10_000)),
            text::plain(&view.post.content)
        );
    }
}

#[actix_web::test]
async fn a_warning_an_edit_and_a_parent_are_told() {
    let house = House::new().await;
    let parent = house.publish(&house.bob, "First", Audience::Public).await;
    let view = house
        .answer(
            &house.ann,
            "Second",
            Audience::Unlisted,
            Some(parent.post.id),
        )
        .await;
    let changed = Text {
        text: "Third".to_owned(),
        spoiler_text: "numbers".to_owned(),
        ..Text::default()
    };
    kontor_actions::posts::rewrite(&house.app, house.ann.id, view.post.id, changed)
        .await
        .unwrap();
    let note = house.document(path(&view.post.uri)).await.json();
    assert_eq!(note["inReplyTo"], parent.post.uri);
    assert_eq!(
        (&note["summary"], &note["sensitive"]),
        (&json!("numbers"), &json!(true))
    );
    assert_eq!(note["source"]["content"], "Third");
    let edited = kontor_domain::time::parse(note["updated"].as_str().unwrap()).unwrap();
    assert!(edited >= view.post.created_at);
    assert!(note.get("contentMap").is_none() && note.get("language").is_none());
    assert_eq!(
        (&note["to"], &note["cc"]),
        (
            &json!(["https://here.test/users/11/followers"]),
            &json!([PUBLIC])
        )
    );
}

#[actix_web::test]
async fn an_answer_to_what_is_not_here_still_says_what_it_answers() {
    let house = House::new().await;
    let view = house.publish(&house.ann, "Hm", Audience::Public).await;
    house
        .fresh
        .execute("UPDATE posts SET in_reply_to_uri = 'https://far.test/1'");
    assert_eq!(
        house.document(path(&view.post.uri)).await.json()["inReplyTo"],
        "https://far.test/1"
    );
}

/// Such as Lemmy's: it reads for its people as itself.
#[actix_web::test]
async fn a_server_reads_what_its_people_are_told_in_a_closed_community() {
    let house = House::new().await;
    let garden = communities::NewCommunity {
        access: Access::Private,
        ..communities::NewCommunity::named("garden", house.ann.id)
    };
    let garden = communities::create(&house.app, garden, true).await.unwrap();
    let fred = house.remote(21, "fred", "friend.test").await;
    house.remote(22, "nora", "other.test").await;
    let server = async |id: i64, domain: &str| {
        let account = Account {
            kind: AccountKind::Application,
            public_key_pem: KEY.public.clone(),
            ..cast::remote_account(id, "instance", domain)
        };
        insert(&house.app, account).await
    };
    let (friend, other) = (
        server(23, "friend.test").await,
        server(24, "other.test").await,
    );
    let view = house
        .publish(&house.ann, "@garden what is said inside", Audience::Public)
        .await;
    assert_eq!(view.post.audience, Audience::Community);
    let uri = path(&view.post.uri);
    outsider_sees_nothing(&house, &view.post.uri).await;
    assert_eq!(house.signed(uri, &friend).await.status, 404, "no member");
    let follow = cast::follow(31, fred.id, garden.id, FollowState::Accepted);
    house
        .app
        .store
        .write(move |tx| kontor_store::follows::insert_if_new(tx, &follow).map(drop))
        .await
        .unwrap();
    let got = house.signed(uri, &friend).await;
    assert_eq!(
        (got.status, got.header("cache-control")),
        (StatusCode::OK, "private, no-store")
    );
    assert_eq!(got.json()["id"], view.post.uri);
    assert_eq!(house.signed(uri, &fred).await.status, 200, "the member");
    assert_eq!(house.signed(uri, &other).await.status, 404, "elsewhere");
    let nora = house.remote(25, "nora", "friend.test").await;
    assert_eq!(house.signed(uri, &nora).await.status, 404, "a person there");
    // Nor what is not in the community.
    let aside = house
        .publish(&house.ann, "aside", Audience::Followers)
        .await;
    let aside = path(&aside.post.uri);
    assert_eq!(house.signed(aside, &friend).await.status, 404, "aside");
    house.fresh.execute("DELETE FROM follows WHERE id = 31");
    assert_eq!(house.signed(uri, &friend).await.status, 404, "who left");
}

#[actix_web::test]
async fn followers_alone_read_what_is_for_followers() {
    let house = House::new().await;
    let follower = house.remote(21, "fred", "friend.test").await;
    let neighbour = house.remote(22, "nora", "friend.test").await;
    house.follow(follower.id, house.ann.id).await;
    let view = house
        .publish(&house.ann, "Among us", Audience::Followers)
        .await;
    outsider_sees_nothing(&house, &view.post.uri).await;
    for suffix in ["", "/activity", "/replies"] {
        let path = format!("{}{suffix}", path(&view.post.uri));
        let got = house.signed(&path, &follower).await;
        assert_eq!(
            (got.status, got.header("cache-control")),
            (StatusCode::OK, "private, no-store"),
            "{path}"
        );
        assert_eq!(house.signed(&path, &neighbour).await.status, 404, "{path}");
    }
    let page = format!("/@ann/{}", view.post.id);
    assert_eq!(
        house.signed(&page, &follower).await.json()["id"],
        view.post.uri
    );
    assert_eq!(house.document(&page).await.status, 404);
}

#[actix_web::test]
async fn a_signature_with_another_key_is_nobodys() {
    let house = House::new().await;
    let follower = house.remote(21, "fred", "friend.test").await;
    house.follow(follower.id, house.ann.id).await;
    let view = house
        .publish(&house.ann, "Among us", Audience::Followers)
        .await;
    let url = view.post.uri.parse().unwrap();
    let request = SignRequest {
        method: "GET",
        url: &url,
        date: house.app.now().and_utc(),
        digest: None,
        content_type: None,
    };
    let other = KeyPems::generate(&mut ChaCha20Rng::seed_from_u64(8)).unwrap();
    let key = PrivateKey::from_pem(&other.private).unwrap();
    let mut headers = cavage::sign(&request, &follower.public_key_id, &key).unwrap();
    headers.push(("accept", ACTIVITY.to_owned()));
    // The key may have been changed: its server is asked, once, and does not answer.
    assert_eq!(
        house
            .ask(Method::GET, path(&view.post.uri), &headers)
            .await
            .status,
        503
    );
    assert_eq!(
        house
            .ask(Method::GET, path(&view.post.uri), &headers)
            .await
            .status,
        404
    );
}

#[actix_web::test]
async fn the_mentioned_alone_read_what_is_direct() {
    let house = House::new().await;
    let mentioned = house.remote(21, "fred", "friend.test").await;
    let follower = house.remote(22, "nora", "friend.test").await;
    house.follow(follower.id, house.ann.id).await;
    let view = house
        .publish(&house.ann, "Psst, @fred@friend.test", Audience::Direct)
        .await;
    outsider_sees_nothing(&house, &view.post.uri).await;
    let note = house.signed(path(&view.post.uri), &mentioned).await.json();
    assert_eq!(
        (&note["to"], &note["cc"]),
        (&json!([mentioned.uri]), &json!([]))
    );
    assert_eq!(
        house.signed(path(&view.post.uri), &follower).await.status,
        404
    );
}

#[actix_web::test]
async fn addresses_of_pages() {
    let house = House::new().await;
    let view = house.publish(&house.ann, "Here", Audience::Public).await;
    let got = house.get(path(&view.post.uri), BROWSER).await;
    assert_eq!(
        (got.status, got.header("location")),
        (StatusCode::FOUND, view.post.url.as_str())
    );
    let page = format!("/@ann/{}", view.post.id);
    assert_eq!(house.get(&page, BROWSER).await.text, "the page of a post");
    assert_eq!(house.document(&page).await.json()["id"], view.post.uri);
    assert_eq!(
        house
            .document(&format!("/@bob/{}", view.post.id))
            .await
            .status,
        404
    );
}

#[actix_web::test]
async fn what_is_not_ours_is_not_served() {
    let house = House::new().await;
    let eve = house.remote(21, "eve", "elsewhere.test").await;
    let post = cast::post(500, &eve);
    house
        .app
        .store
        .write(move |tx| kontor_store::posts::insert(tx, &post))
        .await
        .unwrap();
    for path in [
        "/posts/500",
        "/posts/500/activity",
        "/posts/500/replies",
        "/posts/1",
        "/posts/x",
        "/@eve/500",
    ] {
        assert_eq!(house.document(path).await.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn what_was_deleted_is_gone() {
    let house = House::new().await;
    let view = house.publish(&house.ann, "Oops", Audience::Direct).await;
    kontor_actions::posts::delete(
        &house.app,
        house.ann.id,
        view.post.id,
        kontor_actions::posts::Files::Go,
    )
    .await
    .unwrap();
    let got = house.document(path(&view.post.uri)).await;
    assert_eq!(got.status, 410);
    assert_eq!(got.json()["type"], "Tombstone");
    assert_eq!(
        house
            .document(&format!("/@ann/{}", view.post.id))
            .await
            .status,
        410
    );
    assert_eq!(
        house
            .document(&format!("{}/activity", path(&view.post.uri)))
            .await
            .status,
        404
    );
}

async fn keep_activity(house: &House, id: i64, post: Option<PostId>, body: Value) {
    let row = activities::Activity {
        id: kontor_domain::ids::ActivityId(id),
        uri: format!("https://here.test/activities/{id}"),
        account_id: house.ann.id,
        body: body.to_string(),
        object_uri: "https://here.test/x".to_owned(),
        post_id: post,
        created_at: cast::at(0, 0),
    };
    house
        .app
        .store
        .write(move |tx| activities::insert(tx, &row))
        .await
        .unwrap();
}

#[actix_web::test]
async fn activities_go_to_those_whom_they_concern() {
    let house = House::new().await;
    let fred = house.remote(21, "fred", "friend.test").await;
    let nora = house.remote(22, "nora", "friend.test").await;
    let open = house
        .publish(&house.ann, "All", Audience::Public)
        .await
        .post
        .id;
    let direct = house
        .publish(&house.ann, "@fred@friend.test", Audience::Direct)
        .await
        .post
        .id;
    keep_activity(&house, 1, Some(open), json!({"id": "a1", "to": []})).await;
    // What it says of itself counts for nothing where there is a post.
    keep_activity(&house, 2, Some(direct), json!({"id": "a2", "to": [PUBLIC]})).await;
    keep_activity(
        &house,
        3,
        None,
        json!({"id": "a3", "type": "Follow", "to": [fred.uri], "object": fred.uri}),
    )
    .await;
    let accept = json!({"id": "a4", "type": "Accept", "object": {"type": "Follow", "actor": fred.uri, "object": house.ann.uri}});
    keep_activity(&house, 4, None, accept).await;
    keep_activity(
        &house,
        5,
        None,
        json!({"id": "a5", "type": "Update", "to": [PUBLIC]}),
    )
    .await;
    for (id, anyone, to_fred, to_nora) in [
        (1, 200, 200, 200),
        (2, 404, 200, 404),
        (3, 404, 200, 404),
        (4, 404, 200, 404),
        (5, 200, 200, 200),
        (6, 404, 404, 404),
    ] {
        let path = format!("/activities/{id}");
        assert_eq!(house.document(&path).await.status, anyone, "{path}");
        let got = house.signed(&path, &fred).await;
        assert_eq!(got.status, to_fred, "{path}");
        if to_fred == 200 {
            assert_eq!(got.json()["id"], format!("a{id}"));
            assert_eq!(
                got.header("cache-control").starts_with("public"),
                anyone == 200,
                "{path}"
            );
        }
        assert_eq!(house.signed(&path, &nora).await.status, to_nora, "{path}");
    }
    kontor_actions::posts::delete(
        &house.app,
        house.ann.id,
        open,
        kontor_actions::posts::Files::Go,
    )
    .await
    .unwrap();
    assert_eq!(house.document("/activities/1").await.status, 404);
}
