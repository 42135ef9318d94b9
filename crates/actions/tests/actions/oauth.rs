//! Codes, tokens and sessions.

use kontor_actions::{
    Error,
    accounts::{NewLocal, create_local},
    oauth::{self, Exchange, NewApplication, OUT_OF_BAND, Registered, Request},
    sessions::{SignIn, Step, resume, sign_in, sign_out},
};
use kontor_domain::user::{Role, UserState};
use kontor_store::testing::each;

use crate::house::*;

async fn application(app: &kontor_actions::App) -> Registered {
    let new = NewApplication {
        name: "Client".to_owned(),
        website: None,
        redirect_uris: vec![OUT_OF_BAND.to_owned(), "myapp://callback".to_owned()],
        scopes: "read write:statuses".parse().unwrap(),
    };
    oauth::register(app, new).await.unwrap()
}

fn request(client_id: &str) -> Request {
    Request {
        client_id: client_id.to_owned(),
        redirect_uri: OUT_OF_BAND.to_owned(),
        scopes: Some("read:statuses".to_owned()),
        code_challenge: None,
        code_challenge_method: None,
    }
}

fn exchange(code: &str) -> Exchange {
    Exchange {
        code: code.to_owned(),
        redirect_uri: OUT_OF_BAND.to_owned(),
        code_verifier: None,
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_a_second_use_takes_the_token_back() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let client = application(&app).await.application;
        let checked = oauth::check(&app, request(&client.client_id))
            .await
            .unwrap();
        let code = oauth::authorize(&app, ann, &checked).await.unwrap();
        let other = application(&app).await.application;
        assert!(
            oauth::exchange(&app, &other, exchange(&code))
                .await
                .is_err()
        );
        let issued = oauth::exchange(&app, &client, exchange(&code))
            .await
            .unwrap();
        let caller = oauth::caller(&app, &issued.text).await.unwrap();
        assert_eq!(caller.person.unwrap().0.id, ann);
        assert_eq!(caller.scopes.to_string(), "read:statuses");
        assert!(
            oauth::exchange(&app, &client, exchange(&code))
                .await
                .is_err()
        );
        assert!(matches!(
            oauth::caller(&app, &issued.text).await,
            Err(Error::Unauthorized(_))
        ));
    })
    .await;
}

#[tokio::test]
async fn pkce_and_time_are_held_to() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let client = application(&app).await.application;
        let mut asked = request(&client.client_id);
        asked.code_challenge = Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned());
        asked.code_challenge_method = Some("S256".to_owned());
        let checked = oauth::check(&app, asked).await.unwrap();
        let code = oauth::authorize(&app, ann, &checked).await.unwrap();
        assert!(
            oauth::exchange(&app, &client, exchange(&code))
                .await
                .is_err()
        );
        let verifier = Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        let good = Exchange {
            code_verifier: verifier,
            ..exchange(&code)
        };
        assert!(oauth::exchange(&app, &client, good.clone()).await.is_ok());
        let late = oauth::authorize(&app, ann, &checked).await.unwrap();
        app.clock.advance(std::time::Duration::from_secs(11 * 60));
        assert!(
            oauth::exchange(&app, &client, Exchange { code: late, ..good })
                .await
                .is_err()
        );
    })
    .await;
}

/// RFC 9700, 2.1.1: whoever sends a verifier had sent a challenge, so somebody took it away.
#[tokio::test]
async fn a_verifier_needs_a_challenge_and_what_is_empty_is_absent() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let client = application(&app).await.application;
        let mut asked = request(&client.client_id);
        asked.code_challenge = Some(String::new());
        asked.code_challenge_method = Some(String::new());
        let checked = oauth::check(&app, asked).await.unwrap();
        assert_eq!(checked.code_challenge, None);
        let code = oauth::authorize(&app, ann, &checked).await.unwrap();
        let with = |verifier: &str| Exchange {
            code_verifier: Some(verifier.to_owned()),
            ..exchange(&code)
        };
        let verified = with("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        match oauth::exchange(&app, &client, verified).await {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, "code"),
            other => panic!("{other:?}"),
        }
        assert!(oauth::exchange(&app, &client, with("")).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn requests_are_held_to_what_was_registered() {
    each(|store| async move {
        let app = house(&store);
        let client = application(&app).await;
        let id = client.application.client_id.clone();
        let cases: [(&str, Request); 5] = [
            ("client_id", request("nobody")),
            (
                "redirect_uri",
                Request {
                    redirect_uri: "https://evil.test/".to_owned(),
                    ..request(&id)
                },
            ),
            (
                "scope",
                Request {
                    scopes: Some("write".to_owned()),
                    ..request(&id)
                },
            ),
            (
                "scope",
                Request {
                    scopes: Some("everything".to_owned()),
                    ..request(&id)
                },
            ),
            (
                "code_challenge_method",
                Request {
                    code_challenge: Some("x".repeat(43)),
                    code_challenge_method: Some("plain".to_owned()),
                    ..request(&id)
                },
            ),
        ];
        for (field, bad) in cases {
            match oauth::check(&app, bad).await {
                Err(Error::Invalid { field: named, .. }) => assert_eq!(named, field),
                other => panic!("{field}: {other:?}"),
            }
        }
        assert!(
            oauth::authenticated(&app, &id, &client.client_secret)
                .await
                .is_ok()
        );
        assert!(oauth::authenticated(&app, &id, "guess").await.is_err());
        let bad = NewApplication {
            name: "Bad".to_owned(),
            website: None,
            redirect_uris: vec!["javascript:alert(1)".to_owned()],
            scopes: "read".parse().unwrap(),
        };
        assert!(matches!(
            oauth::register(&app, bad).await,
            Err(Error::Invalid {
                field: "redirect_uris",
                ..
            })
        ));
    })
    .await;
}

#[tokio::test]
async fn a_token_is_revoked_by_its_own_application_alone() {
    each(|store| async move {
        let app = house(&store);
        let (mine, other) = (
            application(&app).await.application,
            application(&app).await.application,
        );
        let issued = oauth::client_credentials(&app, &mine, None).await.unwrap();
        assert!(
            oauth::caller(&app, &issued.text)
                .await
                .unwrap()
                .person
                .is_none()
        );
        assert!(matches!(
            oauth::revoke(&app, &other, &issued.text).await,
            Err(Error::Forbidden(_))
        ));
        for _ in 0..2 {
            oauth::revoke(&app, &mine, &issued.text).await.unwrap();
        }
        assert!(oauth::caller(&app, &issued.text).await.is_err());
    })
    .await;
}

fn attempt(login: &str, password: &str) -> SignIn {
    SignIn {
        login: login.to_owned(),
        password: password.to_owned(),
        address: "192.0.2.1".to_owned(),
        user_agent: String::new(),
    }
}

fn token(step: kontor_actions::Result<Step>) -> String {
    match step.unwrap() {
        Step::In(token) => token,
        Step::Code(_) => panic!("there is no second step"),
    }
}

#[tokio::test]
async fn signing_in_by_name_or_mail_and_out_again() {
    each(|store| async move {
        let app = house(&store);
        let new = NewLocal {
            email: Some("Ann@Here.test".to_owned()),
            password: Some("long enough".to_owned()),
            ..NewLocal::person("ann")
        };
        let ann = create_local(&app, new).await.unwrap();
        for login in ["ann", "@ann", "ANN", "ann@here.test"] {
            let token = token(sign_in(&app, attempt(login, "long enough")).await);
            assert_eq!(
                resume(&app, &token).await.unwrap().unwrap().account.id,
                ann.id
            );
            sign_out(&app, &token).await.unwrap();
            assert!(resume(&app, &token).await.unwrap().is_none());
        }
        let token = token(sign_in(&app, attempt("ann", "long enough")).await);
        app.clock.advance(app.settings.limits.session_age);
        assert!(resume(&app, &token).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn wrong_passwords_run_out() {
    each(|store| async move {
        let mut settings = kontor_actions::Settings::test();
        settings.limits.sign_in_attempts = 3;
        let app = house_with(&store, settings);
        let new = NewLocal {
            password: Some("long enough".to_owned()),
            ..NewLocal::person("ann")
        };
        create_local(&app, new).await.unwrap();
        for _ in 0..3 {
            assert!(matches!(
                sign_in(&app, attempt("ann", "wrong one")).await,
                Err(Error::Unauthorized(_))
            ));
        }
        assert!(matches!(
            sign_in(&app, attempt("ann", "long enough")).await,
            Err(Error::TooMany { .. })
        ));
    })
    .await;
}

#[tokio::test]
async fn one_who_waits_for_approval_cannot_sign_in() {
    each(|store| async move {
        let app = house(&store);
        let new = NewLocal {
            password: Some("long enough".to_owned()),
            state: UserState::Pending,
            ..NewLocal::person("ann")
        };
        let ann = create_local(&app, new).await.unwrap();
        assert!(matches!(
            sign_in(&app, attempt("ann", "long enough")).await,
            Err(Error::Forbidden(_))
        ));
        let chief = create_local(
            &app,
            NewLocal {
                role: Role::Moderator,
                ..NewLocal::person("chief")
            },
        )
        .await
        .unwrap();
        kontor_actions::registrations::approve(&app, chief.id, ann.id)
            .await
            .unwrap();
        assert!(sign_in(&app, attempt("ann", "long enough")).await.is_ok());
    })
    .await;
}
