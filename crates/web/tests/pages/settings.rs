//! What is shown to and set by whoever is signed in: applications, announcements; and the texts of the operators.

use kontor_actions::{
    Document, Terms,
    announcements::{self, Draft},
    oauth::{self, NewApplication, OUT_OF_BAND},
};

use crate::{
    browser::{Browser, open},
    house::{House, settings},
};

#[actix_web::test]
async fn applications_are_listed_and_lose_what_is_taken_back() {
    let house = House::new();
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let new = NewApplication {
        name: "Client <b>".to_owned(),
        website: Some("https://client.test/".to_owned()),
        redirect_uris: vec![OUT_OF_BAND.to_owned()],
        scopes: "read write".parse().unwrap(),
    };
    let registered = oauth::register(&house.app, new).await.unwrap();
    let application = &registered.application;
    let tokens = [
        oauth::registered(&house.app, application, ann.id)
            .await
            .unwrap(),
        oauth::registered(&house.app, application, ann.id)
            .await
            .unwrap(),
    ];
    let others = oauth::registered(&house.app, application, ben.id)
        .await
        .unwrap();
    let personal = oauth::personal_token(&house.app, ann.id, &"read".parse().unwrap())
        .await
        .unwrap();
    let service = open(&house).await;
    let path = "/settings/applications";
    assert!(
        Browser::new(&service)
            .get(path)
            .await
            .location()
            .starts_with("/sign-in")
    );
    let mut browser = Browser::of(&service, &house, &ann).await;
    let page = browser.get(path).await;
    page.is(200)
        .says("Client &#60;b&#62;")
        .says("read, write")
        .says("Made at the command line");
    let good = |text: &str| {
        let (app, text) = (house.app.clone(), text.to_owned());
        async move { oauth::caller(&app, &text).await.is_ok() }
    };
    let id = application.id.to_string();
    for (id, kept) in [(id.as_str(), true), ("0", false)] {
        let action = format!("/settings/applications/{id}/revoke");
        let page = browser.get(path).await;
        let token = page.token(&action);
        // Without the token of the form nothing happens.
        browser
            .post(&action, &[("form_token", "made up")])
            .await
            .is(403);
        assert!(good(&personal.text).await);
        browser
            .post(&action, &[("form_token", &token)])
            .await
            .is(303);
        for token in &tokens {
            assert!(!good(&token.text).await);
        }
        assert_eq!(good(&personal.text).await, kept);
    }
    assert!(good(&others.text).await, "it may act for others still");
    browser.get(path).await.says("No application acts for you.");
}

#[actix_web::test]
async fn announcements_stand_at_home_until_they_are_read() {
    let house = House::new();
    let ann = house.person("ann").await;
    let draft = Draft {
        text: "We <move> on Monday".to_owned(),
        starts_at: None,
        ends_at: None,
        all_day: false,
    };
    let id = announcements::create(&house.app, draft).await.unwrap();
    let service = open(&house).await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    browser
        .get("/")
        .await
        .is(200)
        .says("We &lt;move&gt; on Monday");
    browser.get("/public").await.is_silent_about("on Monday");
    Browser::new(&service)
        .get("/")
        .await
        .is_silent_about("on Monday");
    announcements::dismiss(&house.app, ann.id, id)
        .await
        .unwrap();
    browser.get("/").await.is_silent_about("on Monday");
}

#[actix_web::test]
async fn the_operators_texts_have_pages_when_they_wrote_them() {
    let house = House::new();
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    for path in ["/privacy-policy", "/terms-of-service"] {
        browser.get(path).await.is(404);
    }
    browser.get("/about").await.is_silent_about("More to read");
    let mut own = settings();
    own.about.extended_description = Some(Document {
        html: "<p>We are <strong>many</strong>.</p>".to_owned(),
        updated_at: house.app.now(),
    });
    own.about.privacy_policy = Some(Document {
        html: "<p>Little is kept.</p>".to_owned(),
        updated_at: house.app.now(),
    });
    own.about.terms_of_service = vec![Terms {
        effective: "2020-01-01".parse().unwrap(),
        html: "<p>Be kind.</p>".to_owned(),
    }];
    let house = House::with("https", own);
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .get("/about")
        .await
        .says("<p>We are <strong>many</strong>.</p>")
        .says("/privacy-policy")
        .says("/terms-of-service");
    browser
        .get("/privacy-policy")
        .await
        .is(200)
        .says("Little is kept.");
    browser
        .get("/terms-of-service")
        .await
        .is(200)
        .says("Since 2020-01-01")
        .says("Be kind.");
}
