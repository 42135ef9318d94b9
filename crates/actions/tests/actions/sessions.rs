//! Signing in: how many wrong passwords are tried, however they come.

use kontor_actions::{
    App, Error, Result, Settings,
    accounts::{NewLocal, create_local},
    sessions::{SignIn, Step, sign_in},
};
use kontor_store::{Store, testing::each};

use crate::house::*;

const MOST: usize = 5;

async fn with_alice(store: &Store) -> App {
    let mut settings = Settings::test();
    settings.limits.sign_in_attempts = u32::try_from(MOST).unwrap();
    let app = house_with(store, settings);
    let alice = NewLocal {
        email: Some("alice@mail.test".to_owned()),
        password: Some("correct horse".to_owned()),
        ..NewLocal::person("alice")
    };
    create_local(&app, alice).await.unwrap();
    app
}

async fn attempt(app: &App, login: &str, password: &str, address: &str) -> Result<Step> {
    let attempt = SignIn {
        login: login.to_owned(),
        password: password.to_owned(),
        address: address.to_owned(),
        user_agent: String::new(),
    };
    sign_in(app, attempt).await
}

/// How many of these tries, all made at once, were held against the password.
async fn evaluated(app: &App, logins: &[&'static str]) -> usize {
    let mut tries = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (app, login) = (app.clone(), logins[number % logins.len()]);
        tries.spawn(async move { attempt(&app, login, "wrong", "192.0.2.1").await });
    }
    let mut evaluated = 0;
    for answer in tries.join_all().await {
        match answer {
            Err(Error::Unauthorized(_)) => evaluated += 1,
            Err(Error::TooMany { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    evaluated
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_at_the_same_time_do_not_pass_the_limit() {
    each(|store| async move {
        let app = with_alice(&store).await;
        assert_eq!(evaluated(&app, &["alice"]).await, MOST);
        // Who is not here is told the same.
        assert_eq!(evaluated(&app, &["nobody"]).await, MOST);
    })
    .await;
}

#[tokio::test]
async fn every_name_of_a_person_counts_together() {
    each(|store| async move {
        let app = with_alice(&store).await;
        let names = [
            "alice",
            "@Alice",
            "alice@here.test",
            "@alice@here.test",
            "acct:alice",
            "alice@mail.test",
        ];
        assert_eq!(evaluated(&app, &names).await, MOST);
        let strange = ["nobody", "@nobody", "Nobody@here.test", " nobody "];
        assert_eq!(evaluated(&app, &strange).await, MOST);
        for name in names {
            assert!(
                matches!(
                    attempt(&app, name, "correct horse", "192.0.2.1").await,
                    Err(Error::TooMany { .. })
                ),
                "{name}"
            );
            assert!(
                attempt(&app, name, "correct horse", "192.0.2.2")
                    .await
                    .is_ok()
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_right_password_wipes_the_count_of_its_person_alone() {
    each(|store| async move {
        let app = with_alice(&store).await;
        for _ in 0..3 {
            for _ in 1..MOST {
                assert!(attempt(&app, "alice", "wrong", "192.0.2.1").await.is_err());
            }
            attempt(&app, "alice", "correct horse", "192.0.2.1")
                .await
                .unwrap();
        }
        // Of the 50 wrong tries that an address has, 12 are gone; right ones count for nothing.
        let mut tried = 0;
        for number in 0..60 {
            match attempt(&app, &format!("nobody{number}"), "wrong", "192.0.2.1").await {
                Err(Error::Unauthorized(_)) => tried += 1,
                Err(Error::TooMany { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(tried, 50 - 12);
    })
    .await;
}
