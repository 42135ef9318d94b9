//! What pages do by mail: confirming an address, and a new password for a forgotten one.

use std::sync::{Arc, Mutex};

use kontor_actions::{
    MailSettings, Settings,
    accounts::{NewLocal, create_local},
    mails::{self, Carrier, Letter, NotSent},
};
use kontor_domain::user::Registrations;
use kontor_store::jobs;

use crate::{
    browser::{Browser, open},
    house::{House, settings},
};

#[derive(Default)]
struct Mailbox(Mutex<Vec<Letter>>);

#[async_trait::async_trait]
impl Carrier for Mailbox {
    async fn carry(&self, letter: &Letter) -> Result<(), NotSent> {
        self.0.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

fn house(registrations: Registrations) -> House {
    House::with(
        "https",
        Settings {
            registrations,
            mail: Some(MailSettings {
                asked: 2,
                ..MailSettings::default()
            }),
            ..settings()
        },
    )
}

/// Sends what waits. Returns the path of the link in each mail.
async fn paths(house: &House) -> Vec<String> {
    let now = house.app.now();
    let mailbox = Arc::new(Mailbox::default());
    let queue = mails::queue(&house.app, mailbox.clone());
    let due = house
        .app
        .store
        .read(move |db| jobs::peek(db, mails::QUEUE, now, &[], 100))
        .await
        .unwrap();
    for job in due {
        assert_eq!(format!("{:?}", queue.handler.run(&job).await), "Done");
        house
            .app
            .store
            .write(move |tx| jobs::finish(tx, job.id))
            .await
            .unwrap();
    }
    let letters = mailbox.0.lock().unwrap();
    letters
        .iter()
        .map(|letter| {
            let start = "https://here.test";
            let link = letter.text.lines().find(|line| line.starts_with(start));
            link.unwrap().trim_start_matches(start).to_owned()
        })
        .collect()
}

const NINA: [(&str, &str); 5] = [
    ("username", "nina"),
    ("email", "nina@mail.test"),
    ("password", "long enough"),
    ("password_again", "long enough"),
    ("reason", "to see"),
];

#[actix_web::test]
async fn whoever_registers_follows_the_link_in_the_mail_first() {
    for registrations in [Registrations::Open, Registrations::Approval] {
        let house = house(registrations);
        let service = open(&house).await;
        let mut browser = Browser::new(&service);
        browser
            .get("/register")
            .await
            .is(200)
            .is_silent_about("(optional)");
        let without: Vec<_> = NINA
            .into_iter()
            .filter(|(name, _)| *name != "email")
            .collect();
        browser
            .submit("/register", "/register", &without)
            .await
            .is(422)
            .says("be blank.");
        browser
            .submit("/register", "/register", &NINA)
            .await
            .is(200)
            .says("Look at your mail");
        browser.get("/").await.is_silent_about("Sign out");
        let sign_in = [("login", "nina"), ("password", "long enough")];
        browser
            .submit("/sign-in", "/sign-in", &sign_in)
            .await
            .is(403)
            .says("not confirmed yet");
        let link = paths(&house).await.remove(0);
        assert!(link.starts_with("/confirm/"), "{link}");
        // Looking at it, as programs do, confirms nothing.
        for _ in 0..2 {
            browser.get(&link).await.is(200).says("@nina");
        }
        let words = if registrations == Registrations::Open {
            "You can sign in as nina"
        } else {
            "will read your request"
        };
        browser.submit(&link, &link, &[]).await.is(200).says(words);
        browser.get(&link).await.is(410).says("is not good");
        let seen = browser.submit("/sign-in", "/sign-in", &sign_in).await;
        if registrations == Registrations::Open {
            seen.is(303);
        } else {
            seen.is(403).says("pending approval");
        }
    }
}

#[actix_web::test]
async fn a_forgotten_password_is_replaced_and_nobody_learns_who_is_here() {
    let house = house(Registrations::Invite);
    let ann = NewLocal {
        password: Some("long enough".to_owned()),
        email: Some("ann@mail.test".to_owned()),
        ..NewLocal::person("ann")
    };
    let ann = create_local(&house.app, ann).await.unwrap();
    let service = open(&house).await;
    let mut elsewhere = Browser::of(&service, &house, &ann).await;
    elsewhere.get("/").await.is(200).says("Sign out");
    let mut browser = Browser::new(&service);
    browser
        .get("/sign-in")
        .await
        .is(200)
        .says("/password/forgotten");
    let form = "/password/forgotten";
    let known = browser
        .submit(form, form, &[("email", "ann@mail.test")])
        .await;
    let unknown = browser
        .submit(form, form, &[("email", "eve@mail.test")])
        .await;
    known.is(200);
    assert_eq!(known.body, unknown.body);
    browser
        .submit(form, form, &[("email", "nobody")])
        .await
        .is(422)
        .says("is not a mail address");
    let mut links = paths(&house).await;
    assert_eq!(links.len(), 1);
    let link = links.remove(0);
    for (one, two, words) in [
        ("another one", "another two", "The two passwords differ."),
        ("short", "short", "is too short"),
    ] {
        let fields = [("password", one), ("password_again", two)];
        browser
            .submit(&link, &link, &fields)
            .await
            .is(422)
            .says(words);
    }
    let fields = [
        ("password", "another one"),
        ("password_again", "another one"),
    ];
    browser
        .submit(&link, &link, &fields)
        .await
        .is(200)
        .says("Your password is changed");
    browser.get(&link).await.is(410);
    elsewhere.get("/").await.is_silent_about("Sign out");
    let right = [("login", "ann"), ("password", "another one")];
    browser.submit("/sign-in", "/sign-in", &right).await.is(303);
    // Two mails to one address in an hour, whoever has it.
    for (email, status) in [
        ("ann@mail.test", 200),
        ("ann@mail.test", 429),
        ("eve@mail.test", 200),
        ("eve@mail.test", 429),
    ] {
        let seen = browser.submit(form, form, &[("email", email)]).await;
        seen.is(status);
    }
}

#[actix_web::test]
async fn where_no_mail_is_sent_there_is_nothing_of_it() {
    let house = House::new();
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .get("/sign-in")
        .await
        .is(200)
        .is_silent_about("/password/forgotten");
    browser.get("/password/forgotten").await.is(404);
    browser.get("/password/reset/x").await.is(410);
    browser.get("/confirm/x").await.is(410);
}
