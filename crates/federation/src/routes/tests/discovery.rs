//! WebFinger, host-meta and NodeInfo over HTTP.

use kontor_actions::communities;
use serde_json::json;

use super::*;

async fn finger(house: &House, resource: &str) -> Got {
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("resource", resource)
        .finish();
    house
        .get(&format!("/.well-known/webfinger?{query}"), "*/*")
        .await
}

#[actix_web::test]
async fn webfinger_knows_every_name_of_a_person() {
    let house = House::new().await;
    let expected = json!({
        "subject": "acct:ann@here.test",
        "aliases": ["https://here.test/@ann", "https://here.test/users/11"],
        "links": [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": "https://here.test/@ann"},
            {"rel": "self", "type": "application/activity+json", "href": "https://here.test/users/11",
             "properties": {"https://www.w3.org/ns/activitystreams#type": "Person"}},
            {"rel": "http://ostatus.org/schema/1.0/subscribe", "template": "https://here.test/authorize_interaction?uri={uri}"},
            {"rel": "https://w3id.org/fep/3b86/Object", "template": "https://here.test/authorize_interaction?uri={object}"},
            {"rel": "https://w3id.org/fep/3b86/Follow", "template": "https://here.test/authorize_interaction?intent=follow&uri={object}"},
            {"rel": "https://w3id.org/fep/3b86/Like", "template": "https://here.test/authorize_interaction?intent=like&uri={object}"},
            {"rel": "https://w3id.org/fep/3b86/Announce", "template": "https://here.test/authorize_interaction?intent=announce&uri={object}"},
            {"rel": "https://w3id.org/fep/3b86/Create", "template": "https://here.test/authorize_interaction?intent=create&content={content}&uri={inReplyTo}"}
        ]
    });
    for resource in [
        "acct:ann@here.test",
        "ACCT:Ann@HERE.test",
        "acct:@ann@here.test",
        "ann@here.test",
        "https://here.test/@ann",
        "https://here.test/users/11",
        "HTTPS://here.test/users/11",
    ] {
        let got = finger(&house, resource).await;
        assert_eq!(got.status, 200, "{resource}: {}", got.text);
        assert_eq!(got.json(), expected, "{resource}");
        assert_eq!(
            got.header("content-type"),
            "application/jrd+json; charset=utf-8"
        );
        assert_eq!(got.header("access-control-allow-origin"), "*");
    }
}

#[actix_web::test]
async fn webfinger_says_that_a_community_is_a_group() {
    let house = House::new().await;
    let garden = communities::NewCommunity::named("garden", house.ann.id);
    let garden = communities::create(&house.app, garden, true).await.unwrap();
    for resource in ["acct:garden@here.test", "acct:!garden@here.test"] {
        let got = finger(&house, resource).await.json();
        assert_eq!(got["subject"], "acct:garden@here.test", "{resource}");
        assert_eq!(
            got["links"][1],
            json!({
                "rel": "self",
                "type": "application/activity+json",
                "href": garden.uri,
                "properties": {"https://www.w3.org/ns/activitystreams#type": "Group"},
            })
        );
    }
    let got = finger(&house, "acct:!ann@here.test").await;
    assert_eq!(got.status, 404, "she is no group");
}

#[actix_web::test]
async fn webfinger_with_a_port() {
    let house = House::with(Mode::Open, Site::new("http", "localhost:4000").unwrap()).await;
    accounts::ensure_instance_actor(&house.app).await.unwrap();
    for resource in [
        "acct:ann@localhost:4000",
        "acct:ann@localhost",
        "http://localhost:4000/@ann",
    ] {
        assert_eq!(
            finger(&house, resource).await.json()["subject"],
            "acct:ann@localhost:4000",
            "{resource}"
        );
    }
    for resource in [
        "acct:ann@localhost:4001",
        "http://localhost:4001/@ann",
        "http://localhost/@ann",
    ] {
        assert_eq!(finger(&house, resource).await.status, 404, "{resource}");
    }
    for resource in [
        "acct:localhost@localhost:4000",
        "acct:localhost:4000@localhost:4000",
        "http://localhost:4000/actor",
    ] {
        let found = finger(&house, resource).await.json();
        assert_eq!(
            found["subject"], "acct:localhost@localhost:4000",
            "{resource}"
        );
        assert_eq!(found["links"][1]["href"], "http://localhost:4000/actor");
        // Nobody signs in as the instance.
        assert_eq!(found["links"].as_array().unwrap().len(), 2);
    }
}

#[actix_web::test]
async fn webfinger_says_what_is_wrong() {
    let house = House::new().await;
    house.remote(21, "eve", "elsewhere.test").await;
    for resource in [
        "",
        " ",
        "acct:",
        "acct:ann",
        "acct:@here.test",
        "acct:ann@",
        "mailto:ann",
        "acct:a b@here.test",
        "https://",
    ] {
        let got = finger(&house, resource).await;
        assert_eq!(got.status, 400, "{resource}: {}", got.text);
        assert!(
            got.json()["detail"]
                .as_str()
                .unwrap()
                .contains("`resource`"),
            "{}",
            got.text
        );
        assert_eq!(got.header("access-control-allow-origin"), "*");
    }
    let missing = house.get("/.well-known/webfinger", "*/*").await;
    assert_eq!(
        (missing.status, missing.header("content-type")),
        (StatusCode::BAD_REQUEST, "application/problem+json")
    );
    for resource in [
        "acct:nobody@here.test",
        "acct:ann@elsewhere.test",
        "acct:eve@elsewhere.test",
        "https://elsewhere.test/users/eve",
        "https://here.test/users/21",
        "https://here.test/users/11/inbox",
        "https://here.test/posts/1",
        "https://here.test/@eve@elsewhere.test",
        "http://sub.here.test/@ann",
    ] {
        assert_eq!(finger(&house, resource).await.status, 404, "{resource}");
    }
}

#[actix_web::test]
async fn host_meta_leads_to_webfinger() {
    let house = House::new().await;
    let got = house.get("/.well-known/host-meta", "*/*").await;
    assert_eq!(
        got.header("content-type"),
        "application/xrd+xml; charset=utf-8"
    );
    assert_eq!(got.header("access-control-allow-origin"), "*");
    assert!(
        got.text
            .contains(r#"template="https://here.test/.well-known/webfinger?resource={uri}""#),
        "{}",
        got.text
    );
    let json = house.get("/.well-known/host-meta.json", "*/*").await.json();
    assert_eq!(
        json["links"][0]["template"],
        "https://here.test/.well-known/webfinger?resource={uri}"
    );
}

#[actix_web::test]
async fn nodeinfo_counts() {
    let house = House::new().await;
    house.publish(&house.ann, "One", Audience::Public).await;
    house.remote(21, "eve", "elsewhere.test").await;
    let links = house.get("/.well-known/nodeinfo", "*/*").await.json();
    assert_eq!(links["links"].as_array().unwrap().len(), 3);
    assert_eq!(
        links["links"][2],
        json!({"rel": "https://www.w3.org/ns/activitystreams#Application", "href": "https://here.test/actor"})
    );
    for link in &links["links"].as_array().unwrap()[..2] {
        let rel = link["rel"].as_str().unwrap();
        let version = rel
            .strip_prefix("http://nodeinfo.diaspora.software/ns/schema/")
            .unwrap();
        let got = house.get(path(link["href"].as_str().unwrap()), "*/*").await;
        assert_eq!(got.header("access-control-allow-origin"), "*");
        assert!(
            got.header("content-type")
                .contains(&format!("profile=\"{rel}#\""))
        );
        let expected = json!({
            "version": version,
            "software": {"name": "kontor", "version": env!("CARGO_PKG_VERSION")},
            "protocols": ["activitypub"],
            "services": {"inbound": [], "outbound": []},
            "openRegistrations": true,
            "usage": {"users": {"total": 2, "activeMonth": got.json()["usage"]["users"]["activeMonth"], "activeHalfyear": got.json()["usage"]["users"]["activeHalfyear"]}, "localPosts": 1},
            "metadata": {"nodeName": "Here", "nodeDescription": "A house", "upstream": {"name": "mastodon"}}
        });
        assert_eq!(got.json(), expected);
        for active in ["activeMonth", "activeHalfyear"] {
            assert!((0..=2).contains(&got.json()["usage"]["users"][active].as_i64().unwrap()));
        }
    }
    assert_eq!(house.get("/nodeinfo/1.0", "*/*").await.status, 404);
}

#[actix_web::test]
async fn browsers_may_ask_before_they_ask() {
    let house = House::new().await;
    for path in [
        "/.well-known/webfinger",
        "/.well-known/host-meta",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.0",
    ] {
        let got = house
            .ask(
                Method::OPTIONS,
                path,
                &[("origin", "https://client.test".to_owned())],
            )
            .await;
        assert_eq!(
            (got.status, got.header("access-control-allow-origin")),
            (StatusCode::NO_CONTENT, "*"),
            "{path}"
        );
    }
}
