//! What the server says of itself.

use kontor_actions::accounts::ensure_instance_actor;
use serde_json::json;

use crate::house::House;

#[actix_web::test]
async fn both_versions_describe_the_same_place() {
    let house = House::new().await;
    ensure_instance_actor(&house.app).await.unwrap();
    let anna = house.person("anna").await;
    house
        .post("/api/v1/statuses")
        .by(&anna)
        .form("status=x")
        .ok()
        .await;
    house.stranger("farah").await;

    let two = house.get("/api/v2/instance").ok().await.json;
    assert_eq!(
        (
            &two["domain"],
            &two["title"],
            &two["usage"]["users"]["active_month"]
        ),
        (&json!("here.test"), &json!("Here"), &json!(1))
    );
    assert_eq!(two["registrations"]["enabled"], true);
    assert_eq!(two["registrations"]["approval_required"], true);
    assert_eq!(two["configuration"]["statuses"]["max_characters"], 500);
    assert_eq!(two["configuration"]["urls"]["streaming"], "wss://here.test");
    assert_eq!(two["contact"]["email"], "desk@here.test");
    // Clients read a number from the first characters.
    let version = two["version"].as_str().unwrap();
    assert!(
        version[..3]
            .parse::<f32>()
            .is_ok_and(|number| number >= 4.0),
        "{version}"
    );
    assert!(version.contains("Kontor"), "{version}");

    let one = house.get("/api/v1/instance").ok().await.json;
    assert_eq!(
        (&one["uri"], &one["version"], &one["max_toot_chars"]),
        (&json!("here.test"), &two["version"], &json!(500))
    );
    assert_eq!(
        one["stats"],
        json!({"user_count": 1, "status_count": 1, "domain_count": 1})
    );
    assert_eq!(one["rules"], two["rules"]);
}

#[actix_web::test]
async fn rules_and_peers_are_listed() {
    let house = House::new().await;
    house.stranger("farah").await;
    let rules = house.get("/api/v1/instance/rules").ok().await;
    assert_eq!(rules.ids(), ["1", "2"]);
    assert_eq!(rules.json[0]["text"], "Be kind.");
    assert_eq!(
        house.get("/api/v1/instance/peers").ok().await.json,
        json!(["away.test"])
    );
}
