//! Signing in by a password and a code.

use std::time::Duration;

use aws_lc_rs::hmac;
use kontor_actions::{
    App, Error, Result, Settings,
    accounts::{NewLocal, create_local},
    oauth,
    second_factors::{self as factors, Again, Offer, Standing},
    sessions::{self, Second, SignIn, Step},
};
use kontor_domain::{
    ids::{AccountId, SessionId},
    user::UserState,
};
use kontor_store::{Clock, Store, testing::each, users};

use crate::house::*;

const PASSWORD: &str = "correct horse";

/// Of whoever turns it on, where no test looks at it.
const HERE: SessionId = SessionId(0);

/// A device with an application for codes.
struct Device {
    secret: Vec<u8>,
}

impl Device {
    fn new(offer: &Offer) -> Self {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bits: String = offer
            .secret
            .chars()
            .filter(|letter| *letter != ' ')
            .flat_map(|letter| {
                let value = letters.find(letter).unwrap();
                (0..5_u32)
                    .rev()
                    .map(move |bit| if (value >> bit) & 1 == 1 { '1' } else { '0' })
            })
            .collect();
        let secret = bits
            .as_bytes()
            .chunks_exact(8)
            .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
            .collect();
        Self { secret }
    }

    fn shows(&self, clock: &Clock) -> String {
        let step = clock.now().and_utc().timestamp() / 30;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.secret);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let at = usize::from(tag.as_ref()[19] & 0xf);
        let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap());
        format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
    }
}

fn again(password: &str) -> Again {
    Again {
        password: password.to_owned(),
        address: "192.0.2.1".to_owned(),
    }
}

async fn alice(app: &App) -> AccountId {
    let alice = NewLocal {
        password: Some(PASSWORD.to_owned()),
        ..NewLocal::person("alice")
    };
    create_local(app, alice).await.unwrap().id
}

/// Turned on, half a minute ago.
async fn turned_on(app: &App, by: AccountId) -> (Device, Vec<String>) {
    let offer = factors::offer(app, by, again(PASSWORD)).await.unwrap();
    let device = Device::new(&offer);
    let codes = factors::confirm(app, by, HERE, &device.shows(&app.clock))
        .await
        .unwrap();
    app.clock.advance(Duration::from_secs(30));
    (device, codes)
}

async fn step(app: &App) -> Result<Step> {
    let attempt = SignIn {
        login: "alice".to_owned(),
        password: PASSWORD.to_owned(),
        address: "192.0.2.1".to_owned(),
        user_agent: String::new(),
    };
    sessions::sign_in(app, attempt).await
}

async fn half(app: &App) -> String {
    match step(app).await.unwrap() {
        Step::Code(half) => half,
        Step::In(_) => panic!("the password alone was enough"),
    }
}

async fn finish(app: &App, half: &str, code: &str) -> Result<String> {
    let second = Second {
        half: half.to_owned(),
        code: code.to_owned(),
        user_agent: String::new(),
    };
    sessions::finish(app, second).await
}

fn is_wrong(done: &Result<String>) -> bool {
    matches!(done, Err(Error::Unauthorized(_)))
}

#[tokio::test]
async fn the_password_alone_is_no_longer_enough() {
    each(|store| async move {
        let app = house(&store);
        let id = alice(&app).await;
        assert!(matches!(step(&app).await.unwrap(), Step::In(_)));
        let wrong = factors::offer(&app, id, again("battery staple")).await;
        assert!(matches!(
            wrong,
            Err(Error::Invalid {
                field: "password",
                ..
            })
        ));
        // A secret that was offered and never confirmed shuts nobody out.
        let lost = factors::offer(&app, id, again(PASSWORD)).await.unwrap();
        assert!(matches!(step(&app).await.unwrap(), Step::In(_)));
        let offer = factors::offer(&app, id, again(PASSWORD)).await.unwrap();
        let stale = factors::confirm(&app, id, HERE, &Device::new(&lost).shows(&app.clock)).await;
        assert!(matches!(stale, Err(Error::Invalid { field: "code", .. })));
        let device = Device::new(&offer);
        // One that waits too long is forgotten.
        app.clock.advance(app.settings.limits.second_step_age);
        let late = factors::confirm(&app, id, HERE, &device.shows(&app.clock)).await;
        assert!(matches!(late, Err(Error::NotFound)), "{late:?}");
        let offer = factors::offer(&app, id, again(PASSWORD)).await.unwrap();
        let device = Device::new(&offer);
        let codes = factors::confirm(&app, id, HERE, &device.shows(&app.clock))
            .await
            .unwrap();
        assert_eq!(codes.len(), 10);
        assert!(matches!(
            factors::standing(&app, id).await.unwrap(),
            Standing::WithCode {
                recovery_left: 10,
                ..
            }
        ));
        // What was shown to confirm it signs nobody in.
        let half = half(&app).await;
        assert!(is_wrong(
            &finish(&app, &half, &device.shows(&app.clock)).await
        ));
        app.clock.advance(Duration::from_secs(30));
        let token = finish(&app, &half, &device.shows(&app.clock))
            .await
            .unwrap();
        let who = sessions::resume(&app, &token).await.unwrap().unwrap();
        assert_eq!(who.account.id, id);
        // What was begun is done, and cannot be done again.
        app.clock.advance(Duration::from_secs(30));
        let twice = finish(&app, &half, &device.shows(&app.clock)).await;
        assert!(matches!(twice, Err(Error::Gone)));
        assert!(matches!(
            factors::offer(&app, id, again(PASSWORD)).await,
            Err(Error::Conflict(_))
        ));
    })
    .await;
}

#[tokio::test]
async fn a_code_signs_in_once_however_many_come_with_it() {
    each(|store| async move {
        let app = house(&store);
        let id = alice(&app).await;
        let (device, recovery) = turned_on(&app, id).await;
        for code in [device.shows(&app.clock), recovery[3].clone()] {
            let mut tries = tokio::task::JoinSet::new();
            for _ in 0..5 {
                let (app, half, code) = (app.clone(), half(&app).await, code.clone());
                tries.spawn(async move { finish(&app, &half, &code).await });
            }
            let done = tries.join_all().await;
            assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
            assert_eq!(
                done.iter().filter(|one| is_wrong(one)).count(),
                4,
                "{done:?}"
            );
        }
        // People write them down in their own way.
        let shouted = recovery[4].to_uppercase().replace('-', " ");
        finish(&app, &half(&app).await, &shouted).await.unwrap();
        let renewed = factors::renew_recovery(&app, id, again(PASSWORD))
            .await
            .unwrap();
        assert!(is_wrong(
            &finish(&app, &half(&app).await, &recovery[5]).await
        ));
        finish(&app, &half(&app).await, &renewed[5]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn wrong_codes_are_counted_wherever_they_come_from() {
    each(|store| async move {
        let mut settings = Settings::test();
        settings.limits.sign_in_attempts = 4;
        let app = house_with(&store, settings);
        let id = alice(&app).await;
        let (device, _) = turned_on(&app, id).await;
        // A right password gives no new tries.
        let mut wrong = 0;
        for number in 0..10 {
            let half = half(&app).await;
            match finish(&app, &half, &format!("00000{}", number % 10)).await {
                Err(Error::Unauthorized(_)) => wrong += 1,
                Err(Error::TooMany { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(wrong, 4);
        let half = half(&app).await;
        let done = finish(&app, &half, &device.shows(&app.clock)).await;
        assert!(matches!(done, Err(Error::TooMany { .. })), "{done:?}");
    })
    .await;
}

#[tokio::test]
async fn what_was_begun_ends_with_its_time_its_person_or_its_reason() {
    each(|store| async move {
        let app = house(&store);
        let id = alice(&app).await;
        let (device, _) = turned_on(&app, id).await;
        let late = half(&app).await;
        app.clock.advance(Duration::from_secs(601));
        let done = finish(&app, &late, &device.shows(&app.clock)).await;
        assert!(matches!(done, Err(Error::Gone)), "{done:?}");
        let shut = half(&app).await;
        let set = move |state| {
            let store: Store = app.store.clone();
            async move {
                store
                    .write(move |tx| users::set_state(tx, id, state))
                    .await
                    .unwrap();
            }
        };
        let app = house(&store);
        set(UserState::Disabled).await;
        let done = finish(&app, &shut, "123456").await;
        assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
        set(UserState::Active).await;
        let begun = half(&app).await;
        assert!(matches!(
            factors::turn_off(&app, id, again("battery staple")).await,
            Err(Error::Invalid {
                field: "password",
                ..
            })
        ));
        assert!(factors::take_away(&app, id).await.unwrap());
        assert!(!factors::take_away(&app, id).await.unwrap());
        finish(&app, &begun, "").await.unwrap();
        assert!(matches!(step(&app).await.unwrap(), Step::In(_)));
    })
    .await;
}

#[tokio::test]
async fn the_secret_does_not_lie_open_and_belongs_to_one() {
    each(|store| async move {
        let app = house(&store);
        let id = alice(&app).await;
        let offer = factors::offer(&app, id, again(PASSWORD)).await.unwrap();
        let row = store
            .read(move |db| kontor_store::second_factors::of(db, id))
            .await
            .unwrap()
            .unwrap();
        let plain = offer.secret.replace(' ', "");
        assert!(!row.sealed_secret.contains(&plain));
        // In another's row it opens nothing.
        let bert = create_local(&app, NewLocal::person("bert"))
            .await
            .unwrap()
            .id;
        let moved = kontor_store::second_factors::SecondFactor {
            account_id: bert,
            ..row
        };
        store
            .write(move |tx| kontor_store::second_factors::offer(tx, &moved))
            .await
            .unwrap();
        let opened = factors::confirm(&app, bert, HERE, "123456").await;
        assert!(matches!(opened, Err(Error::Broken(_))), "{opened:?}");
        assert_eq!(
            offer.uri,
            format!("otpauth://totp/here.test:alice?secret={plain}&issuer=here.test")
        );
    })
    .await;
}

#[tokio::test]
async fn wrong_codes_are_counted_by_all_processes_together_for_a_while() {
    each(|store| async move {
        let house = || {
            let mut settings = Settings::test();
            settings.limits.sign_in_attempts = 4;
            house_with(&store, settings)
        };
        let (app, beside) = (house(), house());
        let id = alice(&app).await;
        let (device, recovery) = turned_on(&app, id).await;
        for number in 0..4 {
            let app = if number % 2 == 0 { &app } else { &beside };
            let half = half(app).await;
            assert!(is_wrong(&finish(app, &half, "abcdef").await));
        }
        for app in [&app, &beside] {
            let half = half(app).await;
            let done = finish(app, &half, &recovery[0]).await;
            assert!(matches!(done, Err(Error::TooMany { .. })), "{done:?}");
        }
        app.clock.advance(app.settings.limits.sign_in_window);
        for _ in 0..2 {
            for _ in 0..3 {
                let half = half(&app).await;
                assert!(is_wrong(&finish(&app, &half, "abcdef").await));
            }
            // A right one wipes the count.
            app.clock.advance(Duration::from_secs(30));
            let half = half(&app).await;
            finish(&app, &half, &device.shows(&app.clock))
                .await
                .unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn turning_it_on_ends_what_was_begun_elsewhere_without_it() {
    each(|store| async move {
        let app = house(&store);
        let id = alice(&app).await;
        let bert = create_local(&app, NewLocal::person("bert"))
            .await
            .unwrap()
            .id;
        let start = |id| {
            let app = app.clone();
            async move { sessions::start(&app, id, String::new()).await.unwrap() }
        };
        let (here, elsewhere, his) = (start(id).await, start(id).await, start(bert).await);
        let session = sessions::resume(&app, &here).await.unwrap().unwrap();
        let scopes = "read".parse().unwrap();
        let token = oauth::personal_token(&app, id, &scopes).await.unwrap();
        let offer = factors::offer(&app, id, again(PASSWORD)).await.unwrap();
        let device = Device::new(&offer);
        let wrong = factors::confirm(&app, id, session.session, "000000x").await;
        assert!(wrong.is_err());
        assert!(sessions::resume(&app, &elsewhere).await.unwrap().is_some());
        factors::confirm(&app, id, session.session, &device.shows(&app.clock))
            .await
            .unwrap();
        assert!(sessions::resume(&app, &here).await.unwrap().is_some());
        assert!(sessions::resume(&app, &elsewhere).await.unwrap().is_none());
        assert!(sessions::resume(&app, &his).await.unwrap().is_some());
        let kept = oauth::caller(&app, &token.text).await;
        assert!(kept.is_ok(), "applications keep their tokens");
    })
    .await;
}
