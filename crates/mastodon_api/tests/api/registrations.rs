//! Making an account by an app.

use kontor_domain::user::Registrations;
use serde_json::{Value, json};

use crate::house::House;

const PATH: &str = "/api/v1/accounts";

/// An app with a token of its own.
pub async fn app(house: &House) -> String {
    let made = house
        .post("/api/v1/apps")
        .json(&json!({"client_name": "App", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}))
        .ok()
        .await
        .json;
    let token = house
        .post("/oauth/token")
        .json(&json!({
            "grant_type": "client_credentials", "scope": "read write",
            "client_id": made["client_id"], "client_secret": made["client_secret"],
        }))
        .ok()
        .await
        .json;
    token["access_token"].as_str().unwrap().to_owned()
}

fn form() -> Value {
    json!({
        "username": "nina", "email": "Nina@Mail.Test", "password": "long enough", "agreement": "true",
        "locale": "en", "reason": "to see", "date_of_birth": "1990-01-01",
    })
}

fn open() -> impl FnOnce(&mut kontor_actions::Settings) {
    |settings| settings.registrations = Registrations::Open
}

#[actix_web::test]
async fn an_app_makes_an_account_and_acts_for_it() {
    let house = House::set(open()).await;
    let app = app(&house).await;
    let token = house.post(PATH).with(&app).json(&form()).ok().await.json;
    assert_eq!(token["scope"], "read write");
    let token = token["access_token"].as_str().unwrap().to_owned();
    let own = house
        .get("/api/v1/accounts/verify_credentials")
        .with(&token)
        .ok()
        .await
        .json;
    assert_eq!(own["acct"], "nina");
    house
        .post("/api/v1/statuses")
        .with(&token)
        .form("status=here")
        .ok()
        .await;
    assert_eq!(
        house.post(PATH).with(&token).json(&form()).fails(403).await,
        "This method requires an client credentials authentication"
    );
}

#[actix_web::test]
async fn what_is_wrong_is_said_by_field() {
    let house = House::set(open()).await;
    let app = app(&house).await;
    house.post(PATH).with(&app).json(&form()).ok().await;
    for (field, value, code) in [
        ("username", json!("nina"), "ERR_TAKEN"),
        ("username", json!("no name"), "ERR_INVALID"),
        ("username", json!("admin"), "ERR_RESERVED"),
        ("username", json!(""), "ERR_BLANK"),
        ("email", json!("nobody"), "ERR_INVALID"),
        ("email", json!("nina@mail.test"), "ERR_TAKEN"),
        ("password", json!("short"), "ERR_TOO_SHORT"),
        ("agreement", json!("false"), "ERR_ACCEPTED"),
        ("locale", json!("?"), "ERR_INVALID"),
    ] {
        let mut body = form();
        if field != "username" {
            body["username"] = json!("olga");
        }
        if field != "email" {
            body["email"] = json!("olga@mail.test");
        }
        body[field] = value;
        let answer = house.post(PATH).with(&app).json(&body).send().await;
        assert_eq!(answer.status, 422, "{field} {code}: {}", answer.text);
        assert_eq!(
            answer.json["details"][field][0]["error"], code,
            "{}",
            answer.text
        );
        assert!(
            answer.json["error"]
                .as_str()
                .unwrap()
                .starts_with("Validation failed: "),
            "{}",
            answer.text
        );
    }
}

#[actix_web::test]
async fn registrations_are_let_in_as_the_instance_says() {
    let house = House::set(|settings| settings.registrations = Registrations::Approval).await;
    let asking = app(&house).await;
    let mut body = form();
    body["reason"] = json!("");
    let answer = house.post(PATH).with(&asking).json(&body).send().await;
    assert_eq!(answer.json["details"]["reason"][0]["error"], "ERR_BLANK");
    let token = house.post(PATH).with(&asking).json(&form()).ok().await.json;
    let token = token["access_token"].as_str().unwrap();
    assert_eq!(
        house
            .get("/api/v1/timelines/home")
            .with(token)
            .fails(403)
            .await,
        "Your login is currently pending approval"
    );
    for mode in [Registrations::Closed, Registrations::Invite] {
        let house = House::set(|settings| settings.registrations = mode).await;
        let asking = app(&house).await;
        house
            .post(PATH)
            .with(&asking)
            .json(&form())
            .fails(403)
            .await;
    }
}
