//! What the operators tell everybody here.

use kontor_actions::announcements::{self, Draft};
use kontor_domain::time::{Time, from_millis, millis};
use serde_json::{Value, json};

use crate::house::{House, Person};

fn later(than: Time, hours: i64) -> Time {
    from_millis(millis(than) + hours * 60 * 60 * 1000).unwrap()
}

async fn tell(house: &House, text: &str, ends_in: Option<i64>) -> String {
    let draft = Draft {
        text: text.to_owned(),
        starts_at: None,
        ends_at: ends_in.map(|time| later(house.app.now(), time)),
        all_day: false,
    };
    let id = announcements::create(&house.app, draft).await.unwrap();
    id.to_string()
}

async fn told(house: &House, who: &Person) -> Vec<Value> {
    let list = house.get("/api/v1/announcements").by(who).ok().await.json;
    list.as_array().unwrap().clone()
}

#[actix_web::test]
async fn announcements_are_read_by_each_for_themselves_until_they_end() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let post = house
        .post("/api/v1/statuses")
        .by(&anna)
        .form("status=look")
        .ok()
        .await;
    let text = format!(
        "Hello @anna, <read> {} #News",
        post.json["url"].as_str().unwrap()
    );
    let id = tell(&house, &text, Some(1)).await;
    let over = tell(&house, "long ago", Some(-1)).await;
    let shown = told(&house, &bert).await;
    assert_eq!(shown.len(), 1);
    let one = &shown[0];
    assert_eq!((&one["id"], &one["read"]), (&json!(id), &json!(false)));
    assert!(
        one["content"].as_str().unwrap().contains("&lt;read&gt;"),
        "{one}"
    );
    assert_eq!(one["mentions"][0]["acct"], "anna");
    assert_eq!(one["statuses"][0]["id"], post.json["id"]);
    assert_eq!(one["tags"][0]["name"], "news");
    let dismiss = |id: &str| format!("/api/v1/announcements/{id}/dismiss");
    for _ in 0..2 {
        house.post(dismiss(&id)).by(&bert).ok().await;
    }
    assert_eq!(told(&house, &bert).await[0]["read"], true);
    assert_eq!(told(&house, &anna).await[0]["read"], false);
    house.post(dismiss(&over)).by(&bert).fails(404).await;
    house.get("/api/v1/announcements").fails(401).await;
}

#[actix_web::test]
async fn a_whole_day_stands_until_its_end() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let today = house.app.now().date().and_hms_opt(0, 0, 0).unwrap();
    let all_day = |starts_at, ends_at| Draft {
        text: "a day".to_owned(),
        starts_at,
        ends_at,
        all_day: true,
    };
    announcements::create(&house.app, all_day(Some(today), Some(today)))
        .await
        .unwrap();
    let yesterday = later(today, -24);
    announcements::create(&house.app, all_day(Some(yesterday), Some(yesterday)))
        .await
        .unwrap();
    let shown = told(&house, &anna).await;
    assert_eq!((shown.len(), &shown[0]["all_day"]), (1, &json!(true)));
    for (starts_at, ends_at) in [(None, Some(today)), (Some(today), Some(yesterday))] {
        let refused = announcements::create(&house.app, all_day(starts_at, ends_at)).await;
        assert!(refused.is_err());
    }
}

#[actix_web::test]
async fn emoji_under_an_announcement_are_counted_and_bounded() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let id = tell(&house, "party", None).await;
    let path = |name: &str| format!("/api/v1/announcements/{id}/reactions/{name}");
    let party = "%F0%9F%8E%89";
    for who in [&anna, &anna, &bert] {
        house.put(path(party)).by(who).ok().await;
    }
    let reactions = told(&house, &anna).await[0]["reactions"].clone();
    assert_eq!(
        reactions,
        json!([{"name": "🎉", "count": 2, "me": true, "url": null, "static_url": null}])
    );
    for _ in 0..2 {
        house.delete(path(party)).by(&anna).ok().await;
    }
    let left = told(&house, &anna).await[0]["reactions"].clone();
    assert_eq!(
        (&left[0]["count"], &left[0]["me"]),
        (&json!(1), &json!(false))
    );
    assert_eq!(
        house.put(path("nonsense")).by(&anna).fails(422).await,
        "Validation failed: name is not a recognized emoji"
    );
    for emoji in ["1", "2", "3", "4", "5", "6", "7"] {
        let keycap = format!("{emoji}%EF%B8%8F%E2%83%A3");
        house.put(path(&keycap)).by(&anna).ok().await;
    }
    let ninth = house
        .put(path("8%EF%B8%8F%E2%83%A3"))
        .by(&anna)
        .fails(422)
        .await;
    assert!(ninth.contains("one more than the 8 emoji"), "{ninth}");
    house.put(path(party)).by(&anna).ok().await;
}
