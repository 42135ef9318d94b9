//! Signing in and out, and which forms are taken.

use actix_web::{cookie::SameSite, http::header, test::TestRequest};
use kontor_actions::{
    Settings,
    accounts::{NewLocal, create_local},
};
use kontor_domain::user::UserState;

use crate::{
    browser::{Browser, open},
    house::{House, settings},
};

async fn with_password(house: &House, name: &str) {
    let new = NewLocal {
        password: Some("long enough".to_owned()),
        email: Some(format!("{name}@mail.test")),
        ..NewLocal::person(name)
    };
    create_local(&house.app, new).await.unwrap();
}

const RIGHT: [(&str, &str); 2] = [("login", "ann"), ("password", "long enough")];

#[actix_web::test]
async fn a_person_signs_in_by_name_or_mail_and_out_again() {
    let house = House::new();
    with_password(&house, "ann").await;
    let service = open(&house).await;
    for login in ["ann", " Ann ", "@ann@here.test", "ann@mail.test"] {
        let mut browser = Browser::new(&service);
        browser
            .get("/")
            .await
            .is(200)
            .says("Sign in")
            .is_silent_about("Sign out");
        let seen = browser
            .submit(
                "/sign-in",
                "/sign-in",
                &[("login", login), ("password", "long enough")],
            )
            .await;
        assert_eq!(
            (seen.status.as_u16(), seen.location()),
            (303, "/"),
            "{login}"
        );
        let home = browser.get("/").await;
        home.is(200)
            .says("<h1><bdi>Home</bdi></h1>")
            .says("Sign out");
        assert_eq!(home.header("cache-control"), "private, no-store");
        let before = browser.cookies.clone();
        browser.submit("/", "/sign-out", &[]).await.is(303);
        browser
            .get("/")
            .await
            .says("Sign in")
            .is_silent_about("Sign out");
        browser.cookies = before;
        browser.get("/").await.is_silent_about("Sign out");
    }
}

#[actix_web::test]
async fn the_cookie_is_kept_from_scripts_other_sites_and_http() {
    for (scheme, name, secure) in [
        ("https", "__Host-kontor_session", Some(true)),
        ("http", "kontor_session", None),
    ] {
        let house = House::with(scheme, settings());
        with_password(&house, "ann").await;
        let service = open(&house).await;
        let mut browser = Browser::new(&service);
        let seen = browser.submit("/sign-in", "/sign-in", &RIGHT).await;
        let cookie = seen
            .cookies
            .iter()
            .find(|cookie| cookie.name() == name)
            .unwrap();
        assert_eq!(cookie.http_only(), Some(true));
        assert_eq!(cookie.same_site(), Some(SameSite::Lax));
        assert_eq!(cookie.secure(), secure);
        assert_eq!(cookie.path(), Some("/"));
        assert_eq!(cookie.domain(), None);
        assert!(cookie.max_age().unwrap().whole_days() > 1);
        assert!(!seen.body.contains(cookie.value()));
    }
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_name_are_answered_alike() {
    let house = House::new();
    with_password(&house, "ann").await;
    let service = open(&house).await;
    let mut pages = Vec::new();
    for login in ["ann", "eve"] {
        let mut browser = Browser::new(&service);
        let fields = [
            ("login", login),
            ("password", "sesame sesame"),
            ("next", "/@ann"),
        ];
        let seen = browser.submit("/sign-in", "/sign-in", &fields).await;
        seen.is(422)
            .says("role=\"alert\"")
            .says("wrong")
            .says("name=\"next\" value=\"/@ann\"")
            .is_silent_about("sesame");
        seen.says(&format!("value=\"{login}\""));
        let token = seen.token("/sign-in");
        pages.push(seen.body.replace(login, "").replace(&token, ""));
    }
    // The way on names ann in both.
    assert_eq!(pages[0].replace("/@", ""), pages[1].replace("/@ann", ""));
}

#[actix_web::test]
async fn after_signing_in_it_goes_on_where_one_wanted_and_never_elsewhere() {
    let house = House::new();
    with_password(&house, "ann").await;
    let service = open(&house).await;
    for (next, location) in [
        ("/settings/invites", "/settings/invites"),
        ("/@ann?with=answers", "/@ann?with=answers"),
        ("https://evil.test/", "/"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("/.//evil.test", "/"),
    ] {
        let mut browser = Browser::new(&service);
        let fields = [RIGHT[0], RIGHT[1], ("next", next)];
        let seen = browser.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(
            (seen.status.as_u16(), seen.location()),
            (303, location),
            "{next}"
        );
        // One who is signed in already goes on at once.
        let path = format!(
            "/sign-in?next={}",
            url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>()
        );
        assert_eq!(browser.get(&path).await.location(), location, "{next}");
    }
    let mut browser = Browser::new(&service);
    let seen = browser.get("/settings/invites").await;
    assert_eq!(
        (seen.status.as_u16(), seen.location()),
        (303, "/sign-in?next=%2Fsettings%2Finvites")
    );
}

#[actix_web::test]
async fn tries_are_limited_and_the_page_says_how_long_to_wait() {
    let mut settings = settings();
    settings.limits.sign_in_attempts = 2;
    let house = House::with("https", Settings { ..settings });
    with_password(&house, "ann").await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    for _ in 0..2 {
        browser
            .submit(
                "/sign-in",
                "/sign-in",
                &[("login", "ann"), ("password", "nonsense")],
            )
            .await
            .is(422);
    }
    let seen = browser.submit("/sign-in", "/sign-in", &RIGHT).await;
    seen.is(429).says("Too many tries").says("15 minutes");
    assert_eq!(seen.header("retry-after"), "900");
}

#[actix_web::test]
async fn one_who_waits_for_approval_is_told_so_after_the_right_password_alone() {
    let house = House::new();
    let new = NewLocal {
        password: Some("long enough".to_owned()),
        state: UserState::Pending,
        ..NewLocal::person("ann")
    };
    create_local(&house.app, new).await.unwrap();
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .submit("/sign-in", "/sign-in", &RIGHT)
        .await
        .is(403)
        .says("pending approval");
    let wrong = [("login", "ann"), ("password", "nonsense")];
    browser
        .submit("/sign-in", "/sign-in", &wrong)
        .await
        .is(422)
        .is_silent_about("pending");
}

/// Every address that takes a form.
const FORMS: &[&str] = &[
    "/sign-in",
    "/sign-in/code",
    "/sign-out",
    "/register",
    "/oauth/authorize",
    "/settings/invites",
    "/settings/invites/1/revoke",
    "/settings/two-factor",
    "/settings/two-factor/confirm",
    "/settings/two-factor/recovery",
    "/settings/two-factor/off",
    "/admin/approvals/1/approve",
    "/admin/approvals/1/decline",
    "/setup/x",
    "/invite/x",
    "/confirm/x",
    "/password/forgotten",
    "/password/reset/x",
];

#[actix_web::test]
async fn no_form_is_taken_without_the_token_of_its_browser() {
    let house = House::new();
    let ann = house.person("ann").await;
    let service = open(&house).await;
    let other = Browser::new(&service)
        .get("/sign-in")
        .await
        .token("/sign-in");
    let mut other_person = Browser::of(&service, &house, &ann).await;
    let others = other_person
        .get("/settings/invites")
        .await
        .token("/settings/invites");
    for path in FORMS {
        for signed_in in [false, true] {
            let mut browser = if signed_in {
                Browser::of(&service, &house, &ann).await
            } else {
                Browser::new(&service)
            };
            browser.get("/sign-in").await;
            browser
                .post(path, &[])
                .await
                .is(403)
                .says("This form cannot be taken");
            for token in ["", "x", &other, &others] {
                browser
                    .post(path, &[("form_token", token)])
                    .await
                    .is(403)
                    .says("This form cannot be taken");
            }
        }
    }
    // Without any cookie there is no token that fits.
    Browser::new(&service)
        .post("/sign-in", &[("form_token", &other)])
        .await
        .is(403);
}

#[actix_web::test]
async fn a_form_from_another_site_is_refused_even_with_the_token() {
    let house = House::new();
    with_password(&house, "ann").await;
    let service = open(&house).await;
    let site = header::HeaderName::from_static("sec-fetch-site");
    for (name, value, status) in [
        (header::ORIGIN, "https://evil.test", 403),
        (header::ORIGIN, "null", 403),
        (header::ORIGIN, "https://here.test.evil.test", 403),
        (header::ORIGIN, "http://here.test", 403),
        (site.clone(), "cross-site", 403),
        (site.clone(), "same-site", 403),
        (header::ORIGIN, "https://here.test", 303),
        (site, "same-origin", 303),
    ] {
        let mut browser = Browser::new(&service);
        let token = browser.get("/sign-in").await.token("/sign-in");
        let form = [("form_token", token.as_str()), RIGHT[0], RIGHT[1]];
        let request = TestRequest::post()
            .uri("/sign-in")
            .insert_header((name.clone(), value))
            .set_form(form);
        let seen = browser.send(request).await;
        assert_eq!(seen.status.as_u16(), status, "{name}: {value}");
    }
}

#[actix_web::test]
async fn what_is_no_form_or_too_large_is_refused() {
    let house = House::new();
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let token = browser.get("/sign-in").await.token("/sign-in");
    let json = TestRequest::post()
        .uri("/sign-in")
        .set_json([("form_token", &token)]);
    browser.send(json).await.is(400).says("<h1>");
    let bytes = TestRequest::post()
        .uri("/sign-in")
        .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
        .set_payload(vec![0xff_u8, 0xfe]);
    browser.send(bytes).await.is(400);
    let large = "x".repeat(70_000);
    browser
        .post("/sign-in", &[("form_token", &token), ("login", &large)])
        .await
        .is(413)
        .says("Too large");
}
