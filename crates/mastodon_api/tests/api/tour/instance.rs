//! What the server says of itself to anybody, and how applications come in.

use serde_json::json;

use super::{Cast, Tour};

pub(super) async fn is_described(tour: &Tour) {
    for path in [
        "/api/v1/instance",
        "/api/v2/instance",
        "/api/v1/instance/peers",
        "/api/v1/instance/activity",
        "/api/v1/instance/extended_description",
        "/api/v1/instance/languages",
        "/api/v1/instance/privacy_policy",
        "/api/v1/instance/rules",
        "/api/v1/instance/terms_of_service",
        "/api/v1/instance/terms_of_service/2021-01-01",
        "/api/v1/instance/translation_languages",
        "/api/v1/peers/search?q=away",
        "/api/v1/custom_emojis",
        "/api/v1/trends",
        "/api/v1/trends/tags",
        "/api/v1/trends/links",
        "/api/v1/trends/statuses",
        "/api/v1/streaming/health",
        "/.well-known/oauth-authorization-server",
    ] {
        tour.sends(tour.house.get(path)).await;
    }
}

/// An application registers, has somebody sign up, and gives back what it has.
pub(super) async fn lets_applications_in(tour: &Tour, cast: &Cast) {
    let house = &tour.house;
    let new = json!({"client_name": "App", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"});
    let made = tour.sends(house.post("/api/v1/apps").json(&new)).await.json;
    let mut body = json!({
        "grant_type": "client_credentials", "scope": "read write",
        "client_id": made["client_id"], "client_secret": made["client_secret"],
    });
    let token = tour.sends(house.post("/oauth/token").json(&body)).await;
    let token = token.json["access_token"].as_str().unwrap().to_owned();
    let known = house.get("/api/v1/apps/verify_credentials").with(&token);
    tour.sends(known).await;
    let form = json!({
        "username": "nina", "email": "nina@mail.test", "password": "long enough", "agreement": true, "locale": "en",
    });
    let nina = house.post("/api/v1/accounts").with(&token).json(&form);
    let nina = tour.sends(nina).await;
    let nina = nina.json["access_token"].as_str().unwrap();
    let confirmed = house.get("/api/v1/emails/check_confirmation").with(nina);
    assert_eq!(tour.sends(confirmed).await.json, json!(false));
    let again = house.post("/api/v1/emails/confirmations").with(nina);
    tour.sends(again).await;
    body["token"] = json!(token);
    tour.sends(house.post("/oauth/revoke").json(&body)).await;
    for method in ["GET", "POST"] {
        tour.call(&cast.anna, method, "/oauth/userinfo", None).await;
    }
}
