//! Posts that are to appear later, as clients make, see and change them.

use kontor_domain::time;
use serde_json::{Value, json};

use crate::house::House;

fn later(house: &House, minutes: i64) -> String {
    let now = time::millis(house.app.now());
    time::rfc3339(time::from_millis(now + minutes * 60_000).unwrap())
}

#[actix_web::test]
async fn a_post_is_scheduled_seen_moved_and_cancelled() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let quoted = house
        .post("/api/v1/statuses")
        .by(&anna)
        .form("status=first")
        .ok()
        .await;
    let at = later(&house, 30);
    let body = json!({
        "status": "later", "spoiler_text": "mind", "visibility": "private", "language": "de", "scheduled_at": at,
        "in_reply_to_id": quoted.id(), "quoted_status_id": quoted.id(), "quote_approval_policy": "followers",
        "poll": {"options": ["a", "b"], "expires_in": "600", "multiple": "true"},
    });
    let made = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&body)
        .ok()
        .await;
    assert_eq!(made.json["scheduled_at"], json!(at));
    assert_eq!(made.json["media_attachments"], json!([]));
    let in_reply_to: i64 = quoted.id().parse().unwrap();
    assert_eq!(
        made.json["params"],
        json!({
            "text": "later", "visibility": "private", "sensitive": false, "spoiler_text": "mind", "language": "de",
            "in_reply_to_id": in_reply_to, "media_ids": null, "quoted_status_id": quoted.id(),
            "poll": {"options": ["a", "b"], "expires_in": 600, "multiple": true, "hide_totals": false},
            "quote_approval_policy": "followers", "idempotency": null, "application_id": 0, "scheduled_at": null,
            "with_rate_limit": false,
        })
    );
    let path = format!("/api/v1/scheduled_statuses/{}", made.id());
    assert_eq!(house.get(&path).by(&anna).ok().await.json, made.json);
    let list = house.get("/api/v1/scheduled_statuses").by(&anna).ok().await;
    assert_eq!(list.json, json!([made.json]));
    house.get(&path).by(&bert).fails(404).await;
    house.delete(&path).by(&bert).fails(404).await;
    assert_eq!(
        house
            .get("/api/v1/scheduled_statuses")
            .by(&bert)
            .ok()
            .await
            .json,
        json!([])
    );
    let to = later(&house, 60);
    let moved = house
        .put(&path)
        .by(&anna)
        .json(&json!({"scheduled_at": to}))
        .ok()
        .await;
    assert_eq!(
        (&moved.json["scheduled_at"], moved.id()),
        (&json!(to), made.id())
    );
    assert_eq!(house.delete(&path).by(&anna).ok().await.json, json!({}));
    house.delete(&path).by(&anna).fails(404).await;
    house.get(&path).by(&anna).fails(404).await;
}

#[actix_web::test]
async fn the_list_has_pages_and_nothing_of_it_is_seen_before_its_time() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let mut ids: Vec<String> = Vec::new();
    for number in 0..5 {
        let body = json!({"status": format!("later {number}"), "scheduled_at": later(&house, 30 + number)});
        let made = house
            .post("/api/v1/statuses")
            .by(&anna)
            .json(&body)
            .ok()
            .await;
        ids.insert(0, made.id());
    }
    let page = house
        .get(format!(
            "/api/v1/scheduled_statuses?limit=2&max_id={}",
            ids[1]
        ))
        .by(&anna)
        .ok()
        .await;
    assert_eq!(page.ids(), [ids[2].as_str(), ids[3].as_str()]);
    let none: Value = json!([]);
    assert_eq!(
        house
            .get(format!("/api/v1/accounts/{}/statuses", anna.id))
            .by(&anna)
            .ok()
            .await
            .json,
        none
    );
    let found = house.get("/api/v2/search?q=later").by(&anna).ok().await;
    assert_eq!(found.json["statuses"], none);
    // The same key is the same post, with or without a time.
    let send = async || {
        house
            .post("/api/v1/statuses")
            .by(&anna)
            .header("idempotency-key", "k")
            .json(&json!({"status": "keyed", "scheduled_at": later(&house, 90)}))
            .ok()
            .await
    };
    let (one, two) = (send().await, send().await);
    assert_eq!(one.id(), two.id());
    assert_eq!(one.json["params"]["idempotency"], "k");
}

#[actix_web::test]
async fn a_time_that_is_too_near_or_none_is_refused() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let body = json!({"status": "x", "scheduled_at": later(&house, 30)});
    let made = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&body)
        .ok()
        .await;
    let path = format!("/api/v1/scheduled_statuses/{}", made.id());
    for (bad, why) in [
        (
            later(&house, 4),
            "scheduled_at must be at least 5 minutes in the future",
        ),
        (
            "2020-01-01T00:00:00Z".to_owned(),
            "scheduled_at must be at least 5 minutes in the future",
        ),
        (
            "soon".to_owned(),
            "scheduled_at must be a date and time as 2026-01-31T12:00:00Z",
        ),
    ] {
        let wanted = format!("Validation failed: {why}");
        let body = json!({"status": "x", "scheduled_at": bad});
        assert_eq!(
            house
                .post("/api/v1/statuses")
                .by(&anna)
                .json(&body)
                .fails(422)
                .await,
            wanted
        );
        assert_eq!(
            house.put(&path).by(&anna).json(&body).fails(422).await,
            wanted
        );
    }
    let unsaid = house.put(&path).by(&anna).json(&json!({})).ok().await;
    assert_eq!(unsaid.json, made.json);
}
