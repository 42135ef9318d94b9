//! What all pages have in common: headers, escaping, a way for keyboards and screen readers, nothing from outside.

use actix_web::test::TestRequest;
use kontor_actions::{
    communities::{self, Deed, NewCommunity, Source, What},
    oauth::{self, NewApplication, OUT_OF_BAND},
    posts::Text,
};
use kontor_domain::{
    audience::Audience,
    ids::PostId,
    user::{Registrations, Role},
};
use kontor_store::{accounts::Account, posts::Post, testing::rows};

use crate::{
    browser::{Browser, Seen, between, open},
    house::{House, settings},
};

const SECURITY: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
];

#[actix_web::test]
async fn every_answer_keeps_to_itself() {
    let house = House::new();
    let ann = house.person("ann").await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    for path in [
        "/",
        "/public",
        "/about",
        "/communities",
        "/sign-in",
        "/register",
        "/@ann",
        "/@ann.rss",
        "/tags/x",
        "/nothing",
        "/@nobody",
        "/sign-out",
        "/assets/kontor.css",
        "/assets/kontor.svg",
        &format!("/media/avatars/{}.png", ann.id),
        "/media/avatars/1.png",
        "/oauth/authorize",
        "/?max_id=x",
        "/settings/invites",
        "/invite/x",
        "/setup/x",
    ] {
        let seen = browser.get(path).await;
        for (name, value) in SECURITY {
            assert_eq!(seen.header(name), value, "{name} of {path}");
        }
    }
    let plain = House::with("http", settings());
    let service = open(&plain).await;
    let seen = Browser::new(&service).get("/").await;
    assert!(
        seen.header("content-security-policy")
            .contains("img-src 'self' https: http: data:;")
    );
}

#[actix_web::test]
async fn pages_of_a_person_are_kept_by_nobody() {
    let house = House::new();
    let ann = house.person("ann").await;
    let id = house.post(&ann, "hello", Audience::Public).await;
    let service = open(&house).await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    for path in [
        "/",
        "/public",
        "/about",
        "/@ann",
        &format!("/@ann/{id}"),
        "/tags/x",
        "/settings/invites",
        "/nothing",
    ] {
        let seen = browser.get(path).await;
        assert_eq!(seen.header("cache-control"), "private, no-store", "{path}");
    }
    // Pages to read set no cookie.
    let mut anyone = Browser::new(&service);
    for path in ["/", "/@ann", &format!("/@ann/{id}"), "/about", "/nothing"] {
        assert!(anyone.get(path).await.cookies.is_empty(), "{path}");
    }
}

#[actix_web::test]
async fn a_wrong_way_in_has_a_page_too() {
    let house = House::new();
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    for (path, status, words) in [
        ("/nothing", 404, "Nothing is here"),
        ("/nothing/at/all", 404, "Nothing is here"),
        ("/?max_id=x", 400, "This cannot be understood"),
        ("/@ann?with=everything", 400, "This cannot be understood"),
        ("/sign-out", 405, "Not this way"),
    ] {
        let seen = browser.get(path).await;
        seen.is(status).says(words).says("<!DOCTYPE html>");
        assert_eq!(seen.header("content-type"), "text/html; charset=utf-8");
    }
    // The client API answers for itself.
    browser
        .get("/api/v1/nothing")
        .await
        .is(404)
        .is_silent_about("<html");
    let seen = browser
        .send(
            TestRequest::default()
                .method(actix_web::http::Method::HEAD)
                .uri("/"),
        )
        .await;
    seen.is(200);
}

#[actix_web::test]
async fn what_people_call_themselves_is_text() {
    const NAME: &str = "<script>alert(1)</script>\"'&";
    let house = House::by(Registrations::Open);
    let eve = rows::local_account(house.app.id(), "eve");
    let fields =
        serde_json::json!([{ "name": NAME, "value": "<a href=\"https://eve.test/\">x</a>" }]);
    let eve = house
        .account(Account {
            display_name: NAME.to_owned(),
            fields: fields.to_string(),
            ..eve
        })
        .await;
    let ann = house.person("ann").await;
    let root = house
        .post(&eve, "<script>alert(2)</script> #tag", Audience::Public)
        .await;
    let warned = Text {
        text: "x".to_owned(),
        spoiler_text: NAME.to_owned(),
        ..Text::default()
    };
    house
        .publish(&eve, warned, Audience::Public, Some(root))
        .await;
    let service = open(&house).await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    for path in [
        "/public",
        "/@eve",
        "/@eve?with=answers",
        &format!("/@eve/{root}"),
        "/tags/tag",
        "/@eve.rss",
        "/@eve.atom",
    ] {
        browser
            .get(path)
            .await
            .is(200)
            .is_silent_about("<script")
            .is_silent_about("\"'&\"");
    }
    browser
        .get("/@eve")
        .await
        .says("&#60;script&#62;alert(1)&#60;/script&#62;")
        .says("<a href=\"https://eve.test/\"");
    let mut anyone = Browser::new(&service);
    anyone.get("/").await.is(200).is_silent_about("<script");
    let form = [
        ("login", "\"><script>"),
        ("password", "x"),
        ("next", "/\"><script>"),
    ];
    anyone
        .submit("/sign-in", "/sign-in", &form)
        .await
        .is(422)
        .is_silent_about("<script");
    let form = [
        ("username", "\"><script>"),
        ("email", "\"><script>"),
        ("password", "x"),
    ];
    anyone
        .submit("/register", "/register", &form)
        .await
        .is(422)
        .is_silent_about("<script");
    anyone
        .get("/nothing/%3Cscript%3E")
        .await
        .is(404)
        .is_silent_about("<script");
    anyone
        .get("/tags/%3Cscript%3E")
        .await
        .is(404)
        .is_silent_about("<script");
    anyone
        .get("/oauth/authorize?client_id=%3Cscript%3E&redirect_uri=%3Cscript%3E")
        .await
        .is(400)
        .is_silent_about("<script");
}

#[actix_web::test]
async fn what_others_call_their_address_is_a_link_to_the_web_or_none() {
    const HOSTILE: &str = "javascript:alert(1)//https://";
    let house = House::new();
    let eve = rows::remote_account(house.app.id(), "eve", "there.test");
    let eve = Account {
        url: HOSTILE.to_owned(),
        avatar_url: Some(HOSTILE.to_owned()),
        header_url: Some("http://there.test/x.png".to_owned()),
        moved_to_uri: Some(HOSTILE.to_owned()),
        ..eve
    };
    let eve = house.account(eve).await;
    let id = house.app.id();
    let post = Post {
        url: HOSTILE.to_owned(),
        ..rows::post(id, &eve)
    };
    house.arrived(post).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    for path in [
        "/@eve@there.test".to_owned(),
        format!("/@eve@there.test/{id}"),
    ] {
        let page = browser.get(&path).await;
        page.is(200)
            .is_silent_about("javascript:")
            .is_silent_about("http://there.test/x.png");
        page.says(&format!("/media/avatars/{}.png", eve.id));
    }
}

#[actix_web::test]
async fn pictures_are_drawn_for_accounts_and_for_nothing_else() {
    let house = House::new();
    let (ann, ben) = (house.person("ann").await, house.stranger("ben").await);
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    for account in [&ann, &ben] {
        for kind in ["avatars", "headers"] {
            let path = format!("/media/{kind}/{}.png", account.id);
            let seen = browser.get(&path).await;
            seen.is(200);
            assert_eq!(seen.header("content-type"), "image/png");
            assert!(
                seen.header("cache-control").contains("public")
                    && seen.header("cache-control").contains("immutable")
            );
            assert!(seen.bytes.starts_with(b"\x89PNG"));
            assert_eq!(browser.get(&path).await.bytes, seen.bytes);
        }
    }
    for path in [
        "/media/avatars/1.png",
        "/media/avatars/99999999999999999999.png",
        "/media/avatars/x.png",
        "/media/x/1.png",
    ] {
        browser.get(path).await.is(404);
    }
    browser
        .get("/@ann")
        .await
        .says(&format!("src=\"/media/avatars/{}.png\"", ann.id));
}

#[actix_web::test]
async fn the_style_sheet_is_named_after_what_it_holds() {
    let house = House::new();
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let page = browser.get("/").await;
    let href = between(&page.body, "rel=\"stylesheet\" href=\"", "\"");
    let seen = browser.get(&href).await;
    seen.is(200)
        .says("prefers-color-scheme: dark")
        .is_silent_about("url(")
        .is_silent_about("@import");
    assert_eq!(
        seen.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    let tag = seen.header("etag").to_owned();
    let again = browser
        .send(
            TestRequest::get()
                .uri(&href)
                .insert_header(("if-none-match", tag)),
        )
        .await;
    assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
    let unnamed = browser.get("/assets/kontor.css").await;
    assert_eq!(unnamed.header("cache-control"), "public, max-age=3600");
}

/// A thread that is pinned in the community `garden`.
async fn in_a_community(house: &House, owner: &Account) -> PostId {
    let garden = NewCommunity {
        purpose: "plants".to_owned(),
        rules: "Be kind.".to_owned(),
        ..NewCommunity::named("garden", owner.id)
    };
    let garden = communities::create(&house.app, garden, true).await.unwrap();
    let thread = house.post(owner, "@garden seeds", Audience::Public).await;
    let pin = Deed {
        community: garden.id,
        by: owner.id,
        reason: "good".to_owned(),
        what: What::Pin(thread.into()),
    };
    communities::act(&house.app, pin, Source::Here)
        .await
        .unwrap();
    thread
}

/// Where somebody is asked whether an application may act for them.
async fn consent(house: &House) -> String {
    let new = NewApplication {
        name: "Client".to_owned(),
        website: None,
        redirect_uris: vec![OUT_OF_BAND.to_owned()],
        scopes: "read".parse().unwrap(),
    };
    let made = oauth::register(&house.app, new).await.unwrap();
    let client = made.application.client_id;
    format!(
        "/oauth/authorize?client_id={client}&redirect_uri={OUT_OF_BAND}&response_type=code&scope=read"
    )
}

/// Every kind of page there is.
async fn all_pages(house: &House) -> Vec<(String, Seen)> {
    let ann = house.member("ann", Role::Admin).await;
    let ben = house.stranger("ben").await;
    let root = house.post(&ann, "hello #harbour", Audience::Public).await;
    let thread = in_a_community(house, &ann).await;
    let answer = Text {
        text: "folded".to_owned(),
        spoiler_text: "warning".to_owned(),
        ..Text::default()
    };
    house
        .publish(&ann, answer, Audience::Public, Some(root))
        .await;
    let consent = consent(house).await;
    let invite = kontor_actions::invites::invite(&house.app, ann.id, 2)
        .await
        .unwrap()
        .replace("https://here.test", "");
    let service = open(house).await;
    let mut seen = Vec::new();
    let paths = [
        "/",
        "/public",
        "/about",
        "/sign-in?again=1",
        "/register",
        "/tags/harbour",
        "/@ann",
        "/@ben@there.test",
        "/nothing",
        "/settings/invites",
        "/admin/approvals",
        &consent,
        &invite,
        &format!("/@ann/{root}"),
        "/communities",
        "/@garden",
        "/@garden/log",
        &format!("/@ann/{thread}"),
        "/setup/x",
        "/authorize_interaction?intent=create",
        "/authorize_interaction?uri=%40ben%40there.test",
        &format!("/authorize_interaction?uri=https%3A%2F%2Fhere.test%2F%40ann%2F{root}"),
    ];
    for signed_in in [false, true] {
        let mut browser = if signed_in {
            Browser::of(&service, house, &ann).await
        } else {
            Browser::new(&service)
        };
        for path in paths {
            let page = browser.get(path).await;
            if page.status.as_u16() != 303 {
                seen.push((format!("{path}, signed in: {signed_in}"), page));
            }
        }
        if signed_in {
            let at = "/settings/invites";
            let made = browser.submit(at, at, &[("max_uses", "1")]).await;
            seen.push(("a new invitation".to_owned(), made));
        } else {
            let wrong = [("username", "x y"), ("password", "x")];
            seen.push((
                "a wrong form".to_owned(),
                browser.submit("/register", "/register", &wrong).await,
            ));
        }
    }
    assert!(ben.id > ann.id && seen.len() > 25, "{}", seen.len());
    seen
}

#[actix_web::test]
async fn keyboards_and_screen_readers_find_their_way() {
    let house = House::by(Registrations::Approval);
    for (path, page) in all_pages(&house).await {
        let body = &page.body;
        assert!(body.starts_with("<!DOCTYPE html>"), "{path}");
        assert!(body.contains("<html lang=\"en\""), "{path}");
        assert_eq!(body.matches("<h1").count(), 1, "{path}");
        assert_eq!(body.matches("<main").count(), 1, "{path}");
        assert_eq!(body.matches("<header class=\"top\"").count(), 1, "{path}");
        assert_eq!(body.matches("<footer class=\"foot\"").count(), 1, "{path}");
        assert!(
            body.contains("<a class=\"skip\" href=\"#content\">")
                && body.contains("<main id=\"content\""),
            "{path}"
        );
        assert!(
            body.contains("<title>") && !body.contains("<title></title>"),
            "{path}"
        );
        for image in body.split("<img ").skip(1) {
            assert!(
                image.split('>').next().unwrap().contains("alt="),
                "{path}: {image}"
            );
        }
        for input in body
            .split("<input ")
            .chain(body.split("<textarea "))
            .skip(1)
        {
            let input = input.split('>').next().unwrap();
            if input.contains("type=\"hidden\"")
                || !input.contains("id=\"")
                || input.contains("<html")
            {
                continue;
            }
            let id = between(input, "id=\"", "\"");
            assert!(
                body.contains(&format!("<label for=\"{id}\">")),
                "{path}: {id} has no label"
            );
        }
        for described in body.split("aria-describedby=\"").skip(1) {
            for id in described.split('"').next().unwrap().split_whitespace() {
                assert!(
                    body.contains(&format!("id=\"{id}\"")),
                    "{path}: {id} describes nothing"
                );
            }
        }
        for sign in body.split("<use href=\"#").skip(1) {
            let id = sign.split('"').next().unwrap();
            assert!(
                body.contains(&format!("<symbol id=\"{id}\"")),
                "{path}: no sign {id}"
            );
        }
        let mut ids: Vec<&str> = body
            .split(" id=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{path}: an id comes twice");
    }
}

#[actix_web::test]
async fn nothing_comes_from_outside_and_nothing_is_inline() {
    let house = House::by(Registrations::Approval);
    for (path, page) in all_pages(&house).await {
        for inline in [
            "<script",
            "<style",
            " style=",
            " onclick=",
            " onload=",
            "javascript:",
        ] {
            assert!(!page.body.contains(inline), "{path}: {inline}");
        }
        for source in page.body.split(" src=\"").skip(1) {
            assert!(
                source.starts_with('/') && !source.starts_with("//"),
                "{path}: {source}"
            );
        }
    }
}

#[test]
fn html_goes_into_pages_unescaped_in_one_place_alone() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut templates = 0;
    for entry in std::fs::read_dir(folder.join("templates")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("safe"), "{}", path.display());
        templates += 1;
    }
    assert!(templates > 10);
    for entry in std::fs::read_dir(folder.join("src")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text.contains("HtmlSafe"),
            path.ends_with("html.rs"),
            "{}",
            path.display()
        );
        assert!(!text.contains("escape = \"none\""), "{}", path.display());
    }
}
