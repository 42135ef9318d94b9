//! Two-factor sign-in on the pages, from the secret to the application that waits for its code.

use aws_lc_rs::hmac;
use kontor_actions::{
    accounts::{NewLocal, create_local},
    oauth::{self, NewApplication, OUT_OF_BAND},
};

use crate::{
    browser::{Browser, Seen, between, open},
    house::House,
};

const PATH: &str = "/settings/two-factor";
const RIGHT: [(&str, &str); 2] = [("login", "ann"), ("password", "long enough")];

/// What an application shows that took the secret of this page.
fn shown(house: &House, page: &Seen) -> String {
    let text = between(&page.body, "id=\"secret\" class=\"code\" value=\"", "\"");
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = text
        .chars()
        .filter(|letter| *letter != ' ')
        .flat_map(|letter| {
            let value = letters.find(letter).unwrap();
            (0..5_u32)
                .rev()
                .map(move |bit| if (value >> bit) & 1 == 1 { '1' } else { '0' })
        })
        .collect();
    let secret: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let step = house.app.now().and_utc().timestamp() / 30;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 0xf);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap());
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

async fn with_password(house: &House) -> kontor_actions::accounts::Account {
    let new = NewLocal {
        password: Some("long enough".to_owned()),
        ..NewLocal::person("ann")
    };
    create_local(&house.app, new).await.unwrap()
}

#[actix_web::test]
async fn it_is_set_up_asked_for_and_turned_off() {
    let house = House::new();
    let ann = with_password(&house).await;
    let service = open(&house).await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    let path = "/sign-in?next=%2Fsettings%2Ftwo-factor";
    assert_eq!(Browser::new(&service).get(PATH).await.location(), path);
    browser
        .submit(PATH, PATH, &[("password", "nonsense")])
        .await
        .is(422)
        .says("The password is wrong");
    let offered = browser
        .submit(PATH, PATH, &[("password", "long enough")])
        .await;
    offered
        .is(200)
        .says("class=\"qr\"")
        .says("<path d=\"M4,4h1");
    let token = offered.token("/settings/two-factor/confirm");
    let wrong = [("form_token", token.as_str()), ("code", "nonsense")];
    let again = browser.post("/settings/two-factor/confirm", &wrong).await;
    again
        .is(422)
        .says("The code does not fit")
        .says("begin anew")
        .is_silent_about("class=\"qr\"")
        .is_silent_about("id=\"secret\"");
    let mut elsewhere = Browser::of(&service, &house, &ann).await;
    elsewhere.get("/").await.says("Sign out");
    let code = shown(&house, &offered);
    let done = browser
        .post(
            "/settings/two-factor/confirm",
            &[("form_token", &token), ("code", &code)],
        )
        .await;
    let recovery = between(&done.body, "<li><code>", "</code>");
    done.is(200).says("They are shown this once");
    elsewhere.get("/").await.is_silent_about("Sign out");
    browser
        .get(PATH)
        .await
        .says("10 recovery codes left")
        .is_silent_about(&recovery);

    let mut other = Browser::new(&service);
    let asked = other.submit("/sign-in", "/sign-in", &RIGHT).await;
    asked.is(200).says("Your password is right");
    other.get("/").await.is_silent_about("Sign out");
    let half = between(&asked.body, "name=\"half\" value=\"", "\"");
    let token = asked.token("/sign-in/code");
    for (code, status) in [("000", 422), (recovery.as_str(), 303)] {
        let fields = [
            ("form_token", token.as_str()),
            ("half", &half),
            ("code", code),
            ("next", "/@ann"),
        ];
        let seen = other.post("/sign-in/code", &fields).await;
        seen.is(status);
        if status == 303 {
            assert_eq!(seen.location(), "/@ann");
        } else {
            seen.says("The code is wrong").says("value=\"/@ann\"");
        }
    }
    other.get("/").await.says("Sign out");
    other.get(PATH).await.says("9 recovery codes left");
    let renewed = other
        .submit(
            PATH,
            "/settings/two-factor/recovery",
            &[("password", "long enough")],
        )
        .await;
    renewed.is(200).says("<li><code>");
    let off = "/settings/two-factor/off";
    other
        .submit(PATH, off, &[("password", "nonsense")])
        .await
        .is(422);
    other.get(PATH).await.says("10 recovery codes left");
    other
        .submit(PATH, off, &[("password", "long enough")])
        .await
        .is(303);
    let mut third = Browser::new(&service);
    third.submit("/sign-in", "/sign-in", &RIGHT).await.is(303);
}

#[actix_web::test]
async fn an_application_gets_its_code_after_both_steps_alone() {
    let house = House::new();
    let ann = with_password(&house).await;
    let service = open(&house).await;
    let mut first = Browser::of(&service, &house, &ann).await;
    let offered = first
        .submit(PATH, PATH, &[("password", "long enough")])
        .await;
    let code = shown(&house, &offered);
    let fields = [
        ("form_token", offered.token("/settings/two-factor/confirm")),
        ("code", code),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let done = first.post("/settings/two-factor/confirm", &fields).await;
    let recovery = between(&done.body, "<li><code>", "</code>");
    let new = NewApplication {
        name: "Client".to_owned(),
        website: None,
        redirect_uris: vec![OUT_OF_BAND.to_owned()],
        scopes: "read".parse().unwrap(),
    };
    let registered = oauth::register(&house.app, new).await.unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &registered.application.client_id)
        .append_pair("redirect_uri", OUT_OF_BAND)
        .append_pair("response_type", "code")
        .append_pair("scope", "read")
        .finish();
    let wanted = format!("/oauth/authorize?{query}");
    let mut browser = Browser::new(&service);
    let sign_in = browser.get(&wanted).await.location().to_owned();
    let page = browser.get(&sign_in).await;
    let next = between(&page.body, "name=\"next\" value=\"", "\"").replace("&#38;", "&");
    let token = page.token("/sign-in");
    let fields = [
        ("form_token", token.as_str()),
        RIGHT[0],
        RIGHT[1],
        ("next", &next),
    ];
    let asked = browser.post("/sign-in", &fields).await;
    asked.is(200);
    // Half signed in is not signed in.
    assert_eq!(browser.get(&wanted).await.location(), sign_in);
    let half = between(&asked.body, "name=\"half\" value=\"", "\"");
    let next = between(&asked.body, "name=\"next\" value=\"", "\"").replace("&#38;", "&");
    let fields = [
        ("form_token", asked.token("/sign-in/code")),
        ("half", half),
        ("code", recovery),
        ("next", next),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let seen = browser.post("/sign-in/code", &fields).await;
    seen.is(303);
    let back = seen.location().to_owned();
    assert!(back.starts_with("/oauth/authorize?"), "{back}");
    browser.get(&back).await.is(200).says("Allow <bdi>Client");
}
