//! OAuth as clients go through it.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use kontor_actions::oauth::{self, Request};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    client::Answer,
    house::{House, Person},
};

const CALLBACK: &str = "app://callback";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

async fn registered(house: &House) -> Value {
    let body = json!({"client_name": "Pen", "redirect_uris": [CALLBACK, "urn:ietf:wg:oauth:2.0:oob"], "scopes": "read write", "website": "https://pen.example"});
    house.post("/api/v1/apps").json(&body).ok().await.json
}

/// What the consent page does when the person agrees.
async fn code(house: &House, app: &Value, by: &Person, scopes: &str, challenge: bool) -> String {
    let request = Request {
        client_id: app["client_id"].as_str().unwrap().to_owned(),
        redirect_uri: CALLBACK.to_owned(),
        scopes: Some(scopes.to_owned()),
        code_challenge: challenge.then(|| URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))),
        code_challenge_method: challenge.then(|| "S256".to_owned()),
    };
    let checked = oauth::check(&house.app, request).await.unwrap();
    oauth::authorize(&house.app, by.id, &checked).await.unwrap()
}

fn exchange(app: &Value, code: &str) -> Value {
    json!({
        "grant_type": "authorization_code", "client_id": app["client_id"], "client_secret": app["client_secret"],
        "redirect_uri": CALLBACK, "code": code, "code_verifier": VERIFIER,
    })
}

fn refused(answer: &Answer) -> (u16, &str) {
    assert!(
        answer.json["error_description"].is_string(),
        "{}",
        answer.text
    );
    (answer.status, answer.json["error"].as_str().unwrap())
}

#[actix_web::test]
async fn an_application_registers_by_string_or_list() {
    let house = House::new().await;
    let app = registered(&house).await;
    assert_eq!(
        app["redirect_uris"],
        json!([CALLBACK, "urn:ietf:wg:oauth:2.0:oob"])
    );
    assert_eq!(
        app["redirect_uri"],
        format!("{CALLBACK}\nurn:ietf:wg:oauth:2.0:oob")
    );
    assert_eq!(
        (&app["scopes"], &app["client_secret_expires_at"]),
        (&json!(["read", "write"]), &json!(0))
    );
    let post = |body: &str| house.post("/api/v1/apps").form(body);
    let one = post("client_name=Pen&redirect_uris=app://a%0Aapp://b&website=")
        .ok()
        .await
        .json;
    assert_eq!(
        (&one["redirect_uris"], &one["scopes"], &one["website"]),
        (
            &json!(["app://a", "app://b"]),
            &json!(["read"]),
            &Value::Null
        )
    );
    assert_eq!(
        post("redirect_uris=app://a").fails(422).await,
        "Validation failed: client_name can't be blank"
    );
    assert_eq!(
        post("client_name=Pen").fails(422).await,
        "Validation failed: redirect_uris can't be blank"
    );
    assert_eq!(
        post("client_name=Pen&redirect_uris=javascript:alert(1)")
            .fails(422)
            .await,
        "Validation failed: redirect_uris must be absolute addresses without a fragment"
    );
    assert_eq!(
        post("client_name=Pen&redirect_uris=app://a&scopes=read+everything")
            .fails(422)
            .await,
        "Validation failed: scopes `everything` is not a scope that this server knows"
    );
}

#[actix_web::test]
async fn a_code_with_its_verifier_becomes_a_token_once() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let app = registered(&house).await;
    let code = code(&house, &app, &anna, "read", true).await;
    let wrong = |change: &str, value: &str| {
        let mut body = exchange(&app, &code);
        body[change] = json!(value);
        house.post("/oauth/token").json(&body)
    };
    for (change, value) in [
        ("code_verifier", "x"),
        ("redirect_uri", "app://other"),
        ("code", "x"),
    ] {
        assert_eq!(
            refused(&wrong(change, value).send().await),
            (400, "invalid_grant"),
            "{change}"
        );
    }
    assert_eq!(
        refused(&wrong("client_secret", "x").send().await),
        (401, "invalid_client")
    );
    assert_eq!(
        refused(&wrong("client_id", "x").send().await),
        (401, "invalid_client")
    );
    assert_eq!(
        refused(&wrong("grant_type", "password").send().await),
        (400, "unsupported_grant_type")
    );
    assert_eq!(
        refused(&wrong("grant_type", "").send().await),
        (400, "invalid_request")
    );

    let token = house
        .post("/oauth/token")
        .json(&exchange(&app, &code))
        .ok()
        .await;
    assert_eq!(
        (&token.json["token_type"], &token.json["scope"]),
        (&json!("Bearer"), &json!("read"))
    );
    assert!(token.json["created_at"].is_i64());
    assert_eq!(token.header("cache-control"), Some("private, no-store"));
    let text = token.json["access_token"].as_str().unwrap();
    house.get("/api/v1/timelines/home").with(text).ok().await;
    house
        .post("/api/v1/statuses")
        .with(text)
        .form("status=x")
        .fails(403)
        .await;
    let shown = house
        .get("/api/v1/apps/verify_credentials")
        .with(text)
        .ok()
        .await
        .json;
    assert_eq!(
        (&shown["name"], shown.get("client_secret")),
        (&json!("Pen"), None)
    );

    let again = house
        .post("/oauth/token")
        .json(&exchange(&app, &code))
        .send()
        .await;
    assert_eq!(refused(&again), (400, "invalid_grant"));
    house
        .get("/api/v1/timelines/home")
        .with(text)
        .fails(401)
        .await;
}

#[actix_web::test]
async fn a_client_may_say_who_it_is_by_basic_or_form_or_multipart() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let app = registered(&house).await;
    let (id, secret) = (
        app["client_id"].as_str().unwrap(),
        app["client_secret"].as_str().unwrap(),
    );
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let first = code(&house, &app, &anna, "read write", false).await;
    let form = format!("grant_type=authorization_code&code={first}&redirect_uri={CALLBACK}");
    let token = house
        .post("/oauth/token")
        .header("Authorization", &basic)
        .form(&form)
        .ok()
        .await
        .json;
    assert_eq!(token["scope"], "read write");
    let second = code(&house, &app, &anna, "read", true).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", id),
        ("client_secret", secret),
        ("code", &*second),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    house.post("/oauth/token").multipart(&fields).ok().await;
    let nobody = house
        .post("/oauth/token")
        .form("grant_type=client_credentials")
        .send()
        .await;
    assert_eq!(refused(&nobody), (401, "invalid_client"));
    assert!(nobody.header("www-authenticate").is_some());
    let broken = house
        .post("/oauth/token")
        .body("application/json", "{")
        .send()
        .await;
    assert_eq!(refused(&broken), (400, "invalid_request"));
}

#[actix_web::test]
async fn a_code_grows_old() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let app = registered(&house).await;
    let code = code(&house, &app, &anna, "read", true).await;
    house.app.clock.advance(std::time::Duration::from_secs(601));
    assert_eq!(
        refused(
            &house
                .post("/oauth/token")
                .json(&exchange(&app, &code))
                .send()
                .await
        ),
        (400, "invalid_grant")
    );
}

#[actix_web::test]
async fn an_application_gets_a_token_of_its_own() {
    let house = House::new().await;
    let app = registered(&house).await;
    let ask = |scope: &str| {
        let body = json!({"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"], "scope": scope});
        house.post("/oauth/token").json(&body)
    };
    assert_eq!(ask("").ok().await.json["scope"], "read");
    let token = ask("read write").ok().await.json;
    let text = token["access_token"].as_str().unwrap();
    house
        .get("/api/v1/apps/verify_credentials")
        .with(text)
        .ok()
        .await;
    house.get("/api/v1/timelines/public").with(text).ok().await;
    house
        .get("/api/v1/timelines/home")
        .with(text)
        .fails(422)
        .await;
    assert_eq!(refused(&ask("push").send().await), (400, "invalid_scope"));
    assert_eq!(refused(&ask("cats").send().await), (400, "invalid_scope"));
}

#[actix_web::test]
async fn a_token_is_revoked_by_its_application_alone() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let (app, other) = (registered(&house).await, registered(&house).await);
    let code = code(&house, &app, &anna, "read", true).await;
    let token = house
        .post("/oauth/token")
        .json(&exchange(&app, &code))
        .ok()
        .await
        .json;
    let text = token["access_token"].as_str().unwrap();
    let revoke = |by: &Value, token: &str| {
        house.post("/oauth/revoke").json(&json!({"client_id": by["client_id"], "client_secret": by["client_secret"], "token": token}))
    };
    assert_eq!(
        refused(&revoke(&other, text).send().await),
        (403, "unauthorized_client")
    );
    assert_eq!(
        refused(&house.post("/oauth/revoke").form("token=x").send().await),
        (401, "invalid_client")
    );
    house.get("/api/v1/timelines/home").with(text).ok().await;
    assert_eq!(revoke(&app, text).ok().await.json, json!({}));
    house
        .get("/api/v1/timelines/home")
        .with(text)
        .fails(401)
        .await;
    assert_eq!(revoke(&app, text).ok().await.json, json!({}));
    assert_eq!(revoke(&app, "unknown").ok().await.json, json!({}));
}

#[actix_web::test]
async fn a_token_of_the_command_line_has_no_application() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    house
        .get("/api/v1/apps/verify_credentials")
        .by(&anna)
        .fails(404)
        .await;
}

#[actix_web::test]
async fn what_the_server_can_do_is_published() {
    let house = House::new().await;
    let found = house
        .get("/.well-known/oauth-authorization-server")
        .ok()
        .await
        .json;
    assert_eq!(found["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(found["token_endpoint"], "https://here.test/oauth/token");
    assert!(
        found["scopes_supported"]
            .as_array()
            .unwrap()
            .contains(&json!("write:statuses"))
    );
}

#[actix_web::test]
async fn who_a_token_speaks_for() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let token = house.token(anna.id, "profile").await;
    let found = house.get("/oauth/userinfo").with(&token).ok().await.json;
    assert_eq!(
        (&found["preferred_username"], &found["iss"]),
        (&json!("anna"), &json!("https://here.test/"))
    );
    assert_eq!(found["sub"], format!("https://here.test/users/{}", anna.id));
}

#[actix_web::test]
async fn a_verifier_without_a_challenge_is_refused() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let app = registered(&house).await;
    let code = code(&house, &app, &anna, "read", false).await;
    let mut body = exchange(&app, &code);
    assert_eq!(
        refused(&house.post("/oauth/token").json(&body).send().await),
        (400, "invalid_grant")
    );
    body["code_verifier"] = json!("");
    house.post("/oauth/token").json(&body).ok().await;
}
