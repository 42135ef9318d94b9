//! The main entities, whole: what a client gets, key by key. Ids and times are taken out.

use insta::{Settings, assert_json_snapshot};
use kontor_actions::accounts::ensure_instance_actor;
use serde_json::{Value, json};

use crate::house::House;

/// Ids and times, wherever they stand.
fn steady(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(steady_text(text)),
        Value::Array(list) => list.iter().map(steady).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| match (name.as_str(), value) {
                ("day", Value::String(_)) => (name.clone(), json!("[day]")),
                ("public_key", Value::String(_)) => (name.clone(), json!("[key]")),
                _ => (name.clone(), steady(value)),
            })
            .collect(),
        plain => plain.clone(),
    }
}

fn steady_text(text: &str) -> String {
    if kontor_domain::time::parse(text).is_some() {
        return "[time]".to_owned();
    }
    if text.len() == 10 && kontor_domain::time::parse(&format!("{text}T00:00:00Z")).is_some() {
        return "[date]".to_owned();
    }
    let text = text.replace(env!("CARGO_PKG_VERSION"), "[version]");
    // Runs of so many digits are ids.
    let mut out = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        out.push_str(if digits.len() >= 15 { "[id]" } else { &digits });
        digits.clear();
        out.push(c);
    }
    out.pop();
    out
}

fn snapshot(name: &str, value: &Value) {
    let mut settings = Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| assert_json_snapshot!(name, steady(value)));
}

#[actix_web::test]
async fn accounts_and_relationships() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let far = house.stranger("farah").await;
    let body = json!({"note": "Hello", "fields_attributes": [{"name": "Site", "value": "https://a.example"}]});
    let own = house
        .patch("/api/v1/accounts/update_credentials")
        .by(&anna)
        .json(&body)
        .ok()
        .await
        .json;
    snapshot("credential_account", &own);
    snapshot(
        "account",
        &house
            .get(format!("/api/v1/accounts/{}", far.id))
            .ok()
            .await
            .json,
    );
    let path = format!("/api/v1/accounts/{}/follow", far.id);
    snapshot("relationship", &house.post(path).by(&anna).ok().await.json);
}

#[actix_web::test]
async fn statuses_and_what_hangs_on_them() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let body = json!({"status": "Hello @bert, look: https://a.example/page #Cats", "spoiler_text": "cats", "language": "en"});
    let post = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&body)
        .ok()
        .await;
    snapshot("status", &post.json);
    let path = format!("/api/v1/statuses/{}", post.id());
    snapshot("status_of_anyone", &house.get(&path).ok().await.json);
    snapshot(
        "status_source",
        &house
            .get(format!("{path}/source"))
            .by(&anna)
            .ok()
            .await
            .json,
    );
    snapshot(
        "status_history",
        &house.get(format!("{path}/history")).ok().await.json,
    );
    house.settle().await;
    snapshot(
        "notification",
        &house.get("/api/v1/notifications").by(&bert).ok().await.json[0],
    );
    snapshot(
        "search",
        &house.get("/api/v2/search?q=cats").ok().await.json,
    );
    snapshot(
        "deleted_status",
        &house.delete(&path).by(&anna).ok().await.json,
    );
}

#[actix_web::test]
async fn collections() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let body = json!({
        "name": "Gardens", "description": "People who grow things", "language": "en", "tag_name": "Garden",
        "discoverable": true, "account_ids": [bert.id.to_string()],
    });
    let made = house.post("/api/v1/collections").by(&anna).json(&body);
    snapshot("collection", &made.ok().await.json["collection"]);
}

#[actix_web::test]
async fn the_instance() {
    let house = House::new().await;
    ensure_instance_actor(&house.app).await.unwrap();
    snapshot(
        "instance_v1",
        &house.get("/api/v1/instance").ok().await.json,
    );
    snapshot(
        "instance_v2",
        &house.get("/api/v2/instance").ok().await.json,
    );
    snapshot(
        "oauth_authorization_server",
        &house
            .get("/.well-known/oauth-authorization-server")
            .ok()
            .await
            .json,
    );
}
