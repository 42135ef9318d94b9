//! What people are told of.

use serde_json::json;

use crate::house::{House, Person};

/// A locked account that was mentioned, followed and asked.
async fn told(house: &House) -> (Person, Person, Person) {
    let anna = house.person("anna").await;
    let (bert, carl) = (house.person("bert").await, house.person("carl").await);
    house
        .post(format!("/api/v1/accounts/{}/follow", anna.id))
        .by(&bert)
        .ok()
        .await;
    house
        .post("/api/v1/statuses")
        .by(&bert)
        .form("status=@anna+hello")
        .ok()
        .await;
    let own = house
        .patch("/api/v1/accounts/update_credentials")
        .by(&anna)
        .form("locked=true")
        .ok()
        .await;
    assert_eq!(own.json["locked"], true);
    house
        .post(format!("/api/v1/accounts/{}/follow", anna.id))
        .by(&carl)
        .ok()
        .await;
    house.settle().await;
    (anna, bert, carl)
}

fn kinds(answer: &crate::client::Answer) -> Vec<&str> {
    let mut kinds = answer.each("type");
    kinds.sort_unstable();
    kinds
}

#[actix_web::test]
async fn a_mention_a_follow_and_a_request_are_told() {
    let house = House::new().await;
    let (anna, bert, carl) = told(&house).await;
    let all = house.get("/api/v1/notifications").by(&anna).ok().await;
    assert_eq!(kinds(&all), ["follow", "follow_request", "mention"]);
    for notification in all.json.as_array().unwrap() {
        let id = notification["id"].as_str().unwrap();
        let alone = notification["group_key"] == format!("ungrouped-{id}");
        assert_eq!(alone, notification["type"] != "follow");
        assert_eq!(
            notification["status"].is_object(),
            notification["type"] == "mention"
        );
        let one = house
            .get(format!("/api/v1/notifications/{id}"))
            .by(&anna)
            .ok()
            .await;
        assert_eq!(&one.json, notification);
        house
            .get(format!("/api/v1/notifications/{id}"))
            .by(&bert)
            .fails(404)
            .await;
    }
    let get = |query: &str| {
        house
            .get(format!("/api/v1/notifications?{query}"))
            .by(&anna)
    };
    assert_eq!(
        kinds(&get("types[]=mention&types[]=favourite").ok().await),
        ["mention"]
    );
    assert_eq!(
        kinds(&get("types[]=favourite").ok().await),
        Vec::<&str>::new()
    );
    assert_eq!(
        kinds(
            &get("exclude_types[]=mention&exclude_types[]=poll")
                .ok()
                .await
        ),
        ["follow", "follow_request"]
    );
    assert_eq!(
        kinds(&get(&format!("account_id={}", carl.id)).ok().await),
        ["follow_request"]
    );
    assert_eq!(
        house.get("/api/v1/notifications").by(&carl).ok().await.json,
        json!([])
    );
}

#[actix_web::test]
async fn notifications_are_paged_by_their_links() {
    let house = House::new().await;
    let (anna, ..) = told(&house).await;
    let all = house.get("/api/v1/notifications").by(&anna).ok().await;
    let ids = all.ids();
    let first = house
        .get("/api/v1/notifications?types[]=mention&types[]=follow&types[]=follow_request&limit=2")
        .by(&anna)
        .ok()
        .await;
    assert_eq!(first.ids(), ids[..2]);
    let next = first.link("next").unwrap();
    assert!(
        next.contains("types[]=mention&types[]=follow&types[]=follow_request&limit=2"),
        "{next}"
    );
    let second = house.get(next).by(&anna).ok().await;
    assert_eq!(second.ids(), ids[2..]);
    assert_eq!(
        house
            .get(second.link("prev").unwrap())
            .by(&anna)
            .ok()
            .await
            .ids(),
        ids[..2]
    );
}

#[actix_web::test]
async fn they_are_put_away_one_by_one_or_all() {
    let house = House::new().await;
    let (anna, bert, _) = told(&house).await;
    let all = house.get("/api/v1/notifications").by(&anna).ok().await;
    let path = format!("/api/v1/notifications/{}/dismiss", all.ids()[0]);
    house.post(&path).by(&bert).fails(404).await;
    assert_eq!(house.post(&path).by(&anna).ok().await.json, json!({}));
    house.post(&path).by(&anna).fails(404).await;
    assert_eq!(
        house
            .get("/api/v1/notifications")
            .by(&anna)
            .ok()
            .await
            .ids(),
        all.ids()[1..]
    );
    assert_eq!(
        house
            .post("/api/v1/notifications/clear")
            .by(&anna)
            .ok()
            .await
            .json,
        json!({})
    );
    assert_eq!(
        house.get("/api/v1/notifications").by(&anna).ok().await.json,
        json!([])
    );
}

#[actix_web::test]
async fn the_unread_are_those_above_the_marker() {
    let house = House::new().await;
    let (anna, _, carl) = told(&house).await;
    let count = async |query: &str| {
        house
            .get(format!("/api/v1/notifications/unread_count{query}"))
            .by(&anna)
            .ok()
            .await
            .json["count"]
            .clone()
    };
    assert_eq!(count("").await, 3);
    assert_eq!(count("?limit=2").await, 2);
    assert_eq!(count("?types[]=mention&types[]=follow").await, 2);
    assert_eq!(count("?exclude_types[]=mention").await, 2);
    assert_eq!(count(&format!("?account_id={}", carl.id)).await, 1);
    let all = house.get("/api/v1/notifications").by(&anna).ok().await;
    let read = json!({"notifications": {"last_read_id": all.ids()[1]}});
    house
        .post("/api/v1/markers")
        .by(&anna)
        .json(&read)
        .ok()
        .await;
    assert_eq!(count("").await, 1);
}
