//! Registering where mail is sent: what an app may do before the address is confirmed.

use std::sync::{Arc, Mutex};

use kontor_actions::{
    MailSettings, confirmations,
    mails::{self, Carrier, Letter, NotSent},
};
use kontor_domain::user::{Registrations, Role};
use kontor_store::jobs;
use serde_json::{Value, json};

use crate::{house::House, registrations::app};

#[derive(Default)]
struct Mailbox(Mutex<Vec<Letter>>);

#[async_trait::async_trait]
impl Carrier for Mailbox {
    async fn carry(&self, letter: &Letter) -> Result<(), NotSent> {
        self.0.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

/// Sends what waits. Returns whom to, and the token of the link.
async fn mails(house: &House) -> Vec<(String, String)> {
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
            let start = "https://here.test/confirm/";
            let link = letter.text.lines().find(|line| line.starts_with(start));
            let token = link.unwrap().trim_start_matches(start).to_owned();
            (letter.to.clone(), token)
        })
        .collect()
}

async fn house() -> House {
    House::set(|settings| {
        settings.registrations = Registrations::Open;
        settings.mail = Some(MailSettings {
            asked: 2,
            ..MailSettings::default()
        });
    })
    .await
}

async fn register(house: &House) -> String {
    let app = app(house).await;
    let form = json!({
        "username": "nina", "email": "nina@mail.test", "password": "long enough", "agreement": true, "locale": "en",
    });
    let made = house
        .post("/api/v1/accounts")
        .with(&app)
        .json(&form)
        .ok()
        .await;
    made.json["access_token"].as_str().unwrap().to_owned()
}

const OWN: &str = "/api/v1/accounts/verify_credentials";
const CHECK: &str = "/api/v1/emails/check_confirmation";
const AGAIN: &str = "/api/v1/emails/confirmations";

#[actix_web::test]
async fn a_token_is_good_for_little_until_the_address_is_confirmed() {
    let house = house().await;
    let token = register(&house).await;
    for path in [OWN, "/api/v1/timelines/home", "/api/v1/timelines/public"] {
        let why = house.get(path).with(&token).fails(403).await;
        assert!(why.contains("not confirmed"), "{path}: {why}");
    }
    house
        .get("/api/v1/accounts/lookup?acct=nina")
        .fails(404)
        .await;
    assert_eq!(house.get(CHECK).with(&token).ok().await.json, json!(false));
    let chief = house
        .person_as("chief", |_, user| user.role = Role::Admin)
        .await;
    let key = house.token(chief.id, "admin:read:accounts").await;
    let confirmed = |found: &Value| found[0]["confirmed"].clone();
    let path = "/api/v1/admin/accounts?username=nina";
    let seen = house.get(path).with(&key).ok().await.json;
    assert_eq!(confirmed(&seen), json!(false));
    let (to, link) = mails(&house).await.remove(0);
    assert_eq!(to, "nina@mail.test");
    confirmations::confirm(&house.app, &link).await.unwrap();
    assert_eq!(house.get(CHECK).with(&token).ok().await.json, json!(true));
    assert_eq!(house.get(OWN).with(&token).ok().await.json["acct"], "nina");
    let seen = house.get(path).with(&key).ok().await.json;
    assert_eq!(confirmed(&seen), json!(true));
}

#[actix_web::test]
async fn the_mail_is_sent_again_to_those_who_wait_for_it() {
    let house = house().await;
    let token = register(&house).await;
    house.post(AGAIN).with(&token).ok().await;
    let bad = house
        .post(AGAIN)
        .with(&token)
        .json(&json!({"email": "nobody"}));
    assert_eq!(
        bad.fails(422).await,
        "Validation failed: email is not a mail address"
    );
    let other = house.post(AGAIN).with(&token).form("email=n2%40mail.test");
    assert_eq!(other.ok().await.json, json!({}));
    assert_eq!(house.post(AGAIN).with(&token).send().await.status, 429);
    let sent = mails(&house).await;
    // They go where the person is reached now.
    assert!(sent.iter().all(|(to, _)| to == "n2@mail.test"), "{sent:?}");
    confirmations::confirm(&house.app, &sent[0].1)
        .await
        .unwrap();
    let why = house.post(AGAIN).with(&token).fails(403).await;
    assert!(why.contains("who have not confirmed"), "{why}");
    assert_eq!(house.post(AGAIN).send().await.status, 401);
    let application = app(&house).await;
    assert_eq!(
        house.post(AGAIN).with(&application).send().await.status,
        422
    );
}
