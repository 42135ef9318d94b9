//! Markers, preferences, filters, emojis.

use kontor_domain::audience::Audience;
use serde_json::json;

use crate::house::House;

#[actix_web::test]
async fn markers_are_kept_by_timeline_and_counted() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let set = || house.post("/api/v1/markers").by(&anna);
    let first = set()
        .json(&json!({"home": {"last_read_id": 103}, "notifications": {"last_read_id": "35"}}))
        .ok()
        .await
        .json;
    assert_eq!(
        (&first["home"]["last_read_id"], &first["home"]["version"]),
        (&json!("103"), &json!(1))
    );
    let second = set().form("home[last_read_id]=104").ok().await.json;
    assert_eq!(
        (&second["home"]["last_read_id"], &second["home"]["version"]),
        (&json!("104"), &json!(2))
    );
    assert_eq!(
        second.as_object().unwrap().len(),
        1,
        "what was set comes back, and nothing else"
    );
    let get = |query: &str| house.get(format!("/api/v1/markers?{query}")).by(&anna);
    assert_eq!(
        get("timeline[]=home&timeline[]=notifications")
            .ok()
            .await
            .json
            .as_object()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        get("timeline=notifications").ok().await.json["notifications"]["last_read_id"],
        "35"
    );
    assert_eq!(get("").ok().await.json, json!({}));
    assert_eq!(
        house
            .get("/api/v1/markers?timeline[]=home")
            .by(&bert)
            .ok()
            .await
            .json,
        json!({})
    );
    assert_eq!(
        set().form("home[last_read_id]=cat").fails(422).await,
        "Validation failed: last_read_id is not an id"
    );
    assert_eq!(
        set().form("home=3").fails(422).await,
        "Validation failed: home must hold named values"
    );
}

#[actix_web::test]
async fn preferences_have_their_literal_names() {
    let house = House::new().await;
    let anna = house
        .person_as("anna", |_, user| user.default_audience = Audience::Unlisted)
        .await;
    let found = house.get("/api/v1/preferences").by(&anna).ok().await.json;
    assert_eq!(
        found,
        json!({
            "posting:default:visibility": "unlisted",
            "posting:default:sensitive": false,
            "posting:default:language": null,
            "posting:default:quote_policy": "public",
            "reading:expand:media": "default",
            "reading:expand:spoilers": false,
            "reading:autoplay:gifs": false,
        })
    );
}

#[actix_web::test]
async fn where_nothing_can_be_the_list_is_empty() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    assert_eq!(
        house.get("/api/v1/custom_emojis").ok().await.json,
        json!([])
    );
    assert_eq!(
        house.get("/api/v1/filters").by(&anna).ok().await.json,
        json!([])
    );
    assert_eq!(
        house.get("/api/v2/filters").by(&anna).ok().await.json,
        json!([])
    );
    assert_eq!(
        house
            .get("/api/v1/instance/translation_languages")
            .ok()
            .await
            .json,
        json!({})
    );
}
