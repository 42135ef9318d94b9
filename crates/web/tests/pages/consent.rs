//! OAuth: an application asks on the consent page, and gets a code or a refusal.

use actix_web::{App as Actix, dev::ServiceResponse, middleware::from_fn, test, web::Data};
use kontor_actions::{
    accounts::{NewLocal, create_local},
    oauth::{self, Exchange, NewApplication, OUT_OF_BAND, Registered, caller, exchange},
};
use url::Url;

use crate::{
    browser::{Browser, Seen, between, open},
    house::House,
};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CUSTOM: &str = "myapp://callback";

async fn application(house: &House) -> Registered {
    let new = NewApplication {
        name: "Client <b>".to_owned(),
        website: Some("https://client.test/".to_owned()),
        redirect_uris: vec![
            OUT_OF_BAND.to_owned(),
            CUSTOM.to_owned(),
            "https://client.test/back?x=1".to_owned(),
        ],
        scopes: "read write:statuses push".parse().unwrap(),
    };
    oauth::register(&house.app, new).await.unwrap()
}

fn path(pairs: &[(&str, &str)]) -> String {
    format!(
        "/oauth/authorize?{}",
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    )
}

fn asked<'a>(client_id: &'a str, redirect_uri: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("scope", "read write:statuses"),
        ("state", "a b&c=d\"<"),
    ]
}

/// The fields of the consent form, as the page gives them.
fn fields(page: &Seen) -> Vec<(String, String)> {
    let form = page
        .body
        .split_once("action=\"/oauth/authorize\"")
        .unwrap()
        .1;
    let form = form.split_once("</form>").unwrap().0;
    form.split("<input type=\"hidden\" ")
        .skip(1)
        .map(|input| {
            (
                between(input, "name=\"", "\""),
                unescape(&between(input, "value=\"", "\"")),
            )
        })
        .collect()
}

fn unescape(text: &str) -> String {
    text.replace("&#34;", "\"")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}

async fn decide<S>(browser: &mut Browser<'_, S>, page: &Seen, decision: &str) -> Seen
where
    S: actix_web::dev::Service<
            actix_http::Request,
            Response = ServiceResponse,
            Error = actix_web::Error,
        >,
{
    let fields = fields(page);
    let mut fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    fields.push(("decision", decision));
    browser.post("/oauth/authorize", &fields).await
}

fn query(location: &str, name: &str) -> Option<String> {
    let url = Url::parse(location).unwrap();
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

#[actix_web::test]
async fn from_signed_out_to_a_token() {
    let house = House::new();
    let new = NewLocal {
        password: Some("long enough".to_owned()),
        ..NewLocal::person("ann")
    };
    let ann = create_local(&house.app, new).await.unwrap();
    let client = application(&house).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);

    let mut pairs = asked(&client.application.client_id, CUSTOM);
    pairs.extend([
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("lang", "de"),
    ]);
    let to_sign_in = browser.get(&path(&pairs)).await;
    to_sign_in.is(303);
    assert!(
        to_sign_in.location().starts_with("/sign-in?next="),
        "{}",
        to_sign_in.location()
    );
    let sign_in = browser.get(to_sign_in.location()).await;
    sign_in.says("An application asks for access");
    let next = unescape(&between(&sign_in.body, "name=\"next\" value=\"", "\""));
    let token = sign_in.token("/sign-in");
    let form = [
        ("form_token", token.as_str()),
        ("login", "ann"),
        ("password", "long enough"),
        ("next", next.as_str()),
    ];
    let back = browser.post("/sign-in", &form).await;
    back.is(303);

    let page = browser.get(back.location()).await;
    page.is(200)
        .says("Client &#60;b&#62;")
        .says("https://client.test/")
        .says("@ann@here.test")
        .says("myapp:");
    page.says("Read everything that you can read here")
        .says("Publish, change and delete posts")
        .is_silent_about("notifications while");
    // Chromium would stop the redirect to the application otherwise.
    assert!(
        page.header("content-security-policy")
            .contains("form-action 'self' myapp:;")
    );

    let answer = decide(&mut browser, &page, "allow").await;
    answer.is(303);
    assert!(
        answer.location().starts_with("myapp://callback?code="),
        "{}",
        answer.location()
    );
    assert_eq!(
        query(answer.location(), "state").as_deref(),
        Some("a b&c=d\"<")
    );
    let code = query(answer.location(), "code").unwrap();
    let with = |verifier: Option<&str>| Exchange {
        code: code.clone(),
        redirect_uri: CUSTOM.to_owned(),
        code_verifier: verifier.map(str::to_owned),
    };
    assert!(
        exchange(&house.app, &client.application, with(None))
            .await
            .is_err(),
        "the challenge came along"
    );
    let issued = exchange(&house.app, &client.application, with(Some(VERIFIER)))
        .await
        .unwrap();
    let caller = caller(&house.app, &issued.text).await.unwrap();
    assert_eq!(caller.person.unwrap().0.id, ann.id);
    assert_eq!(caller.scopes.to_string(), "read write:statuses");
}

#[actix_web::test]
async fn a_refusal_goes_back_with_the_state() {
    let house = House::new();
    let ann = house.person("ann").await;
    let client = application(&house).await;
    let service = open(&house).await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    let page = browser
        .get(&path(&asked(
            &client.application.client_id,
            "https://client.test/back?x=1",
        )))
        .await;
    page.is(200).says("client.test");
    assert!(
        page.header("content-security-policy")
            .contains("form-action 'self' https:;")
    );
    let answer = decide(&mut browser, &page, "deny").await;
    answer.is(303);
    assert!(
        answer
            .location()
            .starts_with("https://client.test/back?x=1&error=access_denied"),
        "{}",
        answer.location()
    );
    assert_eq!(
        query(answer.location(), "state").as_deref(),
        Some("a b&c=d\"<")
    );
    assert_eq!(query(answer.location(), "code"), None);
}

#[actix_web::test]
async fn out_of_band_shows_the_code_to_be_copied() {
    let house = House::new();
    let ann = house.person("ann").await;
    let client = application(&house).await;
    let service = open(&house).await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    // Some clients put a slash at the end.
    let at = path(&asked(&client.application.client_id, OUT_OF_BAND))
        .replace("authorize?", "authorize/?");
    let page = browser.get(&at).await;
    page.is(200).says("a code to copy");
    let answer = decide(&mut browser, &page, "allow").await;
    answer.is(200);
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let input = between(&answer.body, "<input id=\"code\"", ">");
    assert!(input.contains("readonly"));
    let code = between(&input, "value=\"", "\"");
    let given = Exchange {
        code,
        redirect_uri: OUT_OF_BAND.to_owned(),
        code_verifier: None,
    };
    exchange(&house.app, &client.application, given)
        .await
        .unwrap();
    let page = browser.get(&at).await;
    decide(&mut browser, &page, "deny")
        .await
        .is(400)
        .says("gets no code");
}

#[actix_web::test]
async fn an_unknown_application_or_address_is_never_redirected_to() {
    let house = House::new();
    let ann = house.person("ann").await;
    let client = application(&house).await;
    let service = open(&house).await;
    let id = client.application.client_id.as_str();
    for signed_in in [false, true] {
        for pairs in [
            asked("nobody", CUSTOM),
            asked(id, "https://evil.test/"),
            asked(id, "myapp://callback/deeper"),
            asked(id, ""),
            vec![("client_id", id)],
            vec![],
        ] {
            let mut browser = if signed_in {
                Browser::of(&service, &house, &ann).await
            } else {
                Browser::new(&service)
            };
            let seen = browser.get(&path(&pairs)).await;
            assert_eq!(
                (seen.status.as_u16(), seen.location()),
                (400, ""),
                "{pairs:?}"
            );
            seen.says("Nothing was given to it");
            let token = browser.get("/sign-in?again=1").await.token("/sign-in");
            let mut form = pairs.clone();
            form.extend([("decision", "allow"), ("form_token", token.as_str())]);
            let seen = browser.post("/oauth/authorize", &form).await;
            assert_eq!(
                (seen.status.as_u16(), seen.location()),
                (400, ""),
                "{pairs:?}"
            );
        }
    }
}

#[actix_web::test]
async fn other_mistakes_are_told_to_the_application() {
    let house = House::new();
    let client = application(&house).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    for (changed, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", ""), "unsupported_response_type"),
        (("scope", "read write"), "invalid_scope"),
        (("scope", "everything"), "invalid_scope"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge_method", "S256"), "invalid_request"),
    ] {
        let mut pairs = asked(&client.application.client_id, CUSTOM);
        pairs.retain(|(name, _)| *name != changed.0);
        pairs.push(changed);
        let seen = browser.get(&path(&pairs)).await;
        seen.is(303);
        assert!(
            seen.location().starts_with("myapp://callback?"),
            "{}",
            seen.location()
        );
        assert_eq!(
            query(seen.location(), "error").as_deref(),
            Some(error),
            "{changed:?}"
        );
        assert_eq!(
            query(seen.location(), "state").as_deref(),
            Some("a b&c=d\"<")
        );
    }
    let mut pairs = asked(&client.application.client_id, CUSTOM);
    pairs.extend([
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "plain"),
    ]);
    assert_eq!(
        query(browser.get(&path(&pairs)).await.location(), "error").as_deref(),
        Some("invalid_request")
    );
}

#[actix_web::test]
async fn force_login_asks_for_the_password_once_more() {
    let house = House::new();
    let new = NewLocal {
        password: Some("long enough".to_owned()),
        ..NewLocal::person("ben")
    };
    create_local(&house.app, new).await.unwrap();
    let ann = house.person("ann").await;
    let client = application(&house).await;
    let service = open(&house).await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    let mut pairs = asked(&client.application.client_id, CUSTOM);
    pairs.push(("force_login", "true"));
    let seen = browser.get(&path(&pairs)).await;
    seen.is(303);
    let sign_in = browser.get(seen.location()).await;
    sign_in.is(200);
    let next = unescape(&between(&sign_in.body, "name=\"next\" value=\"", "\""));
    let token = sign_in.token("/sign-in");
    let form = [
        ("form_token", token.as_str()),
        ("login", "ben"),
        ("password", "long enough"),
        ("next", next.as_str()),
    ];
    let back = browser.post("/sign-in", &form).await;
    browser
        .get(back.location())
        .await
        .is(200)
        .says("@ben@here.test");
}

#[actix_web::test]
async fn a_decision_needs_a_session_and_a_known_word() {
    let house = House::new();
    let ann = house.person("ann").await;
    let client = application(&house).await;
    let service = open(&house).await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    let page = browser
        .get(&path(&asked(&client.application.client_id, CUSTOM)))
        .await;
    decide(&mut browser, &page, "perhaps").await.is(400);
    let mut stranger = Browser::new(&service);
    let token = stranger.get("/sign-in").await.token("/sign-in");
    let mut form = asked(&client.application.client_id, CUSTOM);
    form.extend([("decision", "allow"), ("form_token", token.as_str())]);
    let seen = stranger.post("/oauth/authorize", &form).await;
    seen.is(303);
    assert!(seen.location().starts_with("/sign-in?next="));
}

/// Over the limit of requests, a browser is told so on a page.
#[actix_web::test]
async fn who_comes_too_often_reads_it_on_a_page() {
    let house = House::new();
    let service = test::init_service(
        Actix::new()
            .app_data(Data::new(house.app.clone()))
            .app_data(Data::new(kontor_http::Settings::default()))
            .app_data(Data::new(kontor_http::Limiter::new(kontor_http::Rates {
                requests: 1,
                ..kontor_http::Rates::default()
            })))
            .wrap(from_fn(kontor_http::front))
            .configure(kontor_web::configure),
    )
    .await;
    let mut browser = Browser::new(&service);
    browser.get("/oauth/authorize").await;
    for path in [
        "/oauth/authorize",
        "/oauth/authorize/",
        "/oauth/%61uthorize",
    ] {
        let seen = browser.get(path).await;
        seen.is(429).says("Too many tries").says("<!DOCTYPE html>");
        assert_eq!(seen.header("content-type"), "text/html; charset=utf-8");
        assert!(!seen.header("retry-after").is_empty());
    }
    // What is no page is told in the language of programs.
    browser
        .get("/oauth/nothing")
        .await
        .is(429)
        .is_silent_about("<html");
}
