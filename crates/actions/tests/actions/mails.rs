//! Mail: what is sent to whom, what its links are good for, and what happens while the mail server is away.

use std::sync::{Arc, Mutex};

use kontor_actions::{
    App, Error, MailSettings, Settings,
    accounts::{NewLocal, create_local},
    confirmations,
    mails::{self, Carrier, Letter, NotSent},
    moderation::{self, Act, Measure},
    oauth, password_resets,
    registrations::{self, Registered, Registration},
    sessions::{self, SignIn},
};
use kontor_domain::{
    ids::AccountId,
    user::{Registrations, Role, UserState},
};
use kontor_store::{
    Store, jobs, mail_links,
    testing::{each, rows},
    users,
};

use crate::house::*;

/// Keeps what it is given, while it is there.
#[derive(Default)]
struct Mailbox {
    letters: Mutex<Vec<Letter>>,
    away: Mutex<Option<NotSent>>,
}

#[async_trait::async_trait]
impl Carrier for Mailbox {
    async fn carry(&self, letter: &Letter) -> Result<(), NotSent> {
        if let Some(why) = self.away.lock().unwrap().clone() {
            return Err(why);
        }
        self.letters.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

struct Post {
    app: App,
    kept: Arc<Mailbox>,
}

impl Post {
    fn new(store: &Store, registrations: Registrations, mail: MailSettings) -> Self {
        let settings = Settings {
            registrations,
            mail: Some(mail),
            ..Settings::test()
        };
        Self {
            app: house_with(store, settings),
            kept: Arc::default(),
        }
    }

    /// Runs each mail once. Returns how they ended.
    async fn runs(&self) -> Vec<String> {
        let now = self.app.now();
        let due = self
            .app
            .store
            .read(move |db| jobs::peek(db, mails::QUEUE, now, &[], 100))
            .await
            .unwrap();
        let queue = mails::queue(&self.app, self.kept.clone());
        let mut ends = Vec::new();
        for job in due {
            let end = format!("{:?}", queue.handler.run(&job).await);
            if end == "Done" {
                self.app
                    .store
                    .write(move |tx| jobs::finish(tx, job.id))
                    .await
                    .unwrap();
            }
            ends.push(end);
        }
        ends
    }

    fn letters(&self) -> Vec<Letter> {
        std::mem::take(&mut *self.kept.letters.lock().unwrap())
    }

    /// The one mail that was sent meanwhile, and the token in it.
    async fn one(&self) -> (Letter, String) {
        assert_eq!(self.runs().await, ["Done"]);
        let mut letters = self.letters();
        assert_eq!(letters.len(), 1);
        let letter = letters.remove(0);
        let token = token(&letter);
        (letter, token)
    }

    async fn none(&self) {
        let ends = self.runs().await;
        assert!(ends.iter().all(|end| end == "Done"), "{ends:?}");
        assert!(self.letters().is_empty());
    }
}

fn token(letter: &Letter) -> String {
    let link = letter
        .text
        .lines()
        .find(|line| line.starts_with("https://here.test/"))
        .unwrap();
    link.rsplit('/').next().unwrap().to_owned()
}

fn registration(name: &str) -> Registration {
    Registration {
        username: name.to_owned(),
        email: Some(format!("{name}@Mail.Test")),
        password: "long enough".to_owned(),
        code: None,
        reason: Some("to see".to_owned()),
        address: "192.0.2.1".to_owned(),
    }
}

async fn register(app: &App, name: &str) -> Registered {
    registrations::register(app, registration(name))
        .await
        .unwrap()
}

async fn sign_in(app: &App, name: &str, password: &str) -> Result<sessions::Step, Error> {
    let attempt = SignIn {
        login: name.to_owned(),
        password: password.to_owned(),
        address: "192.0.2.1".to_owned(),
        user_agent: String::new(),
    };
    sessions::sign_in(app, attempt).await
}

/// Somebody with an address and a password.
async fn ann(app: &App) -> AccountId {
    let new = NewLocal {
        email: Some("ann@mail.test".to_owned()),
        password: Some("long enough".to_owned()),
        ..NewLocal::person("ann")
    };
    create_local(app, new).await.unwrap().id
}

#[tokio::test]
async fn a_registration_is_confirmed_by_its_link_once() {
    each(|store| async move {
        let post = Post::new(&store, Registrations::Open, MailSettings::default());
        let made = register(&post.app, "nina").await;
        assert!(!made.confirmed);
        let why = sign_in(&post.app, "nina", "long enough").await.unwrap_err();
        assert!(matches!(why, Error::Forbidden(confirmations::UNCONFIRMED)));
        let token_text =
            oauth::personal_token(&post.app, made.account.id, &"read".parse().unwrap())
                .await
                .unwrap()
                .text;
        assert!(matches!(
            oauth::caller(&post.app, &token_text).await,
            Err(Error::Forbidden(confirmations::UNCONFIRMED))
        ));
        let (_, user) = oauth::newcomer(&post.app, &token_text)
            .await
            .unwrap()
            .unwrap();
        assert!(user.confirmed_at.is_none());

        let (letter, link) = post.one().await;
        assert_eq!(letter.to, "nina@mail.test");
        assert_eq!(letter.subject, "Confirm your mail address at Here");
        assert!(letter.id.starts_with("mail."), "{}", letter.id);
        let looked = confirmations::look(&post.app, &link).await.unwrap();
        assert_eq!(looked.id, made.account.id);
        confirmations::confirm(&post.app, &link).await.unwrap();
        for again in [
            confirmations::confirm(&post.app, &link).await,
            confirmations::confirm(&post.app, "made-up").await,
        ] {
            assert!(matches!(again, Err(Error::Gone)));
        }
        sign_in(&post.app, "nina", "long enough").await.unwrap();
        oauth::caller(&post.app, &token_text).await.unwrap();
        post.none().await;
    })
    .await;
}

#[tokio::test]
async fn the_secret_of_a_link_is_nowhere_in_the_database() {
    each(|store| async move {
        let post = Post::new(&store, Registrations::Open, MailSettings::default());
        register(&post.app, "nina").await;
        let now = post.app.now();
        let waiting = post
            .app
            .store
            .read(move |db| jobs::peek(db, mails::QUEUE, now, &[], 9))
            .await
            .unwrap();
        assert_eq!(waiting.len(), 1);
        let (_, link) = post.one().await;
        assert!(!waiting[0].payload.contains(&link));
        let kept = {
            let link = link.clone();
            post.app.store.read(move |db| {
                mail_links::live(db, &link, kontor_domain::user::MailPurpose::Confirm, now)
            })
        };
        assert!(kept.await.unwrap().is_none(), "the secret itself is kept");
        confirmations::look(&post.app, &link).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn confirming_comes_before_approval() {
    each(|store| async move {
        let post = Post::new(&store, Registrations::Approval, MailSettings::default());
        let chief = NewLocal {
            role: Role::Moderator,
            ..NewLocal::person("chief")
        };
        let chief = create_local(&post.app, chief).await.unwrap().id;
        let nina = register(&post.app, "nina").await;
        assert_eq!((nina.state, nina.confirmed), (UserState::Pending, false));
        let asked = || async {
            registrations::pending(&post.app, chief)
                .await
                .unwrap()
                .len()
        };
        assert_eq!(asked().await, 0);
        let (_, link) = post.one().await;
        confirmations::confirm(&post.app, &link).await.unwrap();
        assert_eq!(asked().await, 1);
        let why = sign_in(&post.app, "nina", "long enough").await.unwrap_err();
        assert!(why.to_string().contains("pending approval"), "{why}");
        for _ in 0..2 {
            registrations::approve(&post.app, chief, nina.account.id)
                .await
                .unwrap();
        }
        assert_eq!(post.runs().await, ["Done"]);
        let letters = post.letters();
        assert_eq!(letters[0].subject, "Welcome to Here");
        sign_in(&post.app, "nina", "long enough").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn where_no_mail_is_sent_nobody_confirms() {
    each(|store| async move {
        let app = house_with(
            &store,
            Settings {
                registrations: Registrations::Open,
                ..Settings::test()
            },
        );
        let made = register(&app, "nina").await;
        assert!(made.confirmed);
        sign_in(&app, "nina", "long enough").await.unwrap();
        let now = app.now();
        let none = app
            .store
            .read(move |db| jobs::peek(db, mails::QUEUE, now, &[], 9))
            .await
            .unwrap();
        assert!(none.is_empty());
        assert!(matches!(
            password_resets::ask(&app, "nina@mail.test", "192.0.2.1").await,
            Err(Error::NotFound)
        ));
    })
    .await;
}

#[tokio::test]
async fn an_address_is_needed_and_must_be_one() {
    each(|store| async move {
        let post = Post::new(&store, Registrations::Open, MailSettings::default());
        for email in [
            None,
            Some(""),
            Some("nobody"),
            Some("\"a\"@mail.test"),
            Some("a,b@mail.test"),
        ] {
            let wish = Registration {
                email: email.map(str::to_owned),
                ..registration("nina")
            };
            let why = registrations::register(&post.app, wish).await.unwrap_err();
            assert!(
                matches!(why, Error::Invalid { field: "email", .. }),
                "{email:?}: {why:?}"
            );
        }
        post.none().await;
    })
    .await;
}

#[tokio::test]
async fn the_mail_is_sent_again_to_another_address_and_so_often_only() {
    each(|store| async move {
        let few = MailSettings {
            asked: 2,
            ..MailSettings::default()
        };
        let post = Post::new(&store, Registrations::Open, few);
        ann(&post.app).await;
        let nina = register(&post.app, "nina").await.account.id;
        let (_, first) = post.one().await;
        let taken = confirmations::send_again(&post.app, nina, Some("ann@mail.test".to_owned()));
        assert!(matches!(
            taken.await,
            Err(Error::Invalid { field: "email", .. })
        ));
        confirmations::send_again(&post.app, nina, Some("N2@mail.test".to_owned()))
            .await
            .unwrap();
        let (letter, second) = post.one().await;
        assert_eq!(letter.to, "n2@mail.test");
        assert!(matches!(
            confirmations::confirm(&post.app, &first).await,
            Err(Error::Gone)
        ));
        assert!(matches!(
            confirmations::send_again(&post.app, nina, None).await,
            Err(Error::TooMany { .. })
        ));
        confirmations::confirm(&post.app, &second).await.unwrap();
        let other = register(&post.app, "otto").await.account.id;
        assert!(
            confirmations::confirm_by_operator(&post.app, other)
                .await
                .unwrap()
        );
        assert!(matches!(
            confirmations::send_again(&post.app, other, None).await,
            Err(Error::Forbidden(_))
        ));
        // Its address was confirmed meanwhile: there is nothing to send.
        post.none().await;
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_everything_is_shut() {
    each(|store| async move {
        let post = Post::new(&store, Registrations::Open, MailSettings::default());
        let id = ann(&post.app).await;
        let session = sessions::start(&post.app, id, String::new()).await.unwrap();
        let key = oauth::personal_token(&post.app, id, &"read".parse().unwrap())
            .await
            .unwrap()
            .text;
        password_resets::ask(&post.app, " Ann@Mail.Test ", "192.0.2.1")
            .await
            .unwrap();
        password_resets::ask(&post.app, "nobody@mail.test", "192.0.2.1")
            .await
            .unwrap();
        assert_eq!(post.runs().await, ["Done", "Done"]);
        let letters = post.letters();
        assert_eq!(letters.len(), 1, "whoever is not here gets none");
        assert_eq!(letters[0].subject, "A new password for Here");
        let link = token(&letters[0]);
        // A link to confirm an address is not this, and the other way round.
        assert!(matches!(
            confirmations::look(&post.app, &link).await,
            Err(Error::Gone)
        ));
        let short = password_resets::reset(&post.app, &link, "short".to_owned()).await;
        assert!(matches!(
            short,
            Err(Error::Invalid {
                field: "password",
                ..
            })
        ));
        assert!(
            sessions::resume(&post.app, &session)
                .await
                .unwrap()
                .is_some()
        );
        password_resets::reset(&post.app, &link, "another one".to_owned())
            .await
            .unwrap();
        assert!(
            sessions::resume(&post.app, &session)
                .await
                .unwrap()
                .is_none()
        );
        assert!(matches!(
            oauth::caller(&post.app, &key).await,
            Err(Error::Unauthorized(_))
        ));
        assert!(sign_in(&post.app, "ann", "long enough").await.is_err());
        sign_in(&post.app, "ann", "another one").await.unwrap();
        assert!(matches!(
            password_resets::reset(&post.app, &link, "a third one".to_owned()).await,
            Err(Error::Gone)
        ));
        assert_eq!(post.runs().await, ["Done"]);
        let letters = post.letters();
        assert_eq!(letters[0].subject, "Your password at Here was changed");
        assert_eq!(letters[0].to, "ann@mail.test");
    })
    .await;
}

#[tokio::test]
async fn a_link_has_an_end() {
    each(|store| async move {
        let brief = MailSettings {
            confirmation_age: std::time::Duration::ZERO,
            reset_age: std::time::Duration::ZERO,
            ..MailSettings::default()
        };
        let post = Post::new(&store, Registrations::Open, brief);
        ann(&post.app).await;
        register(&post.app, "nina").await;
        let (_, link) = post.one().await;
        assert!(matches!(
            confirmations::confirm(&post.app, &link).await,
            Err(Error::Gone)
        ));
        password_resets::ask(&post.app, "ann@mail.test", "192.0.2.1")
            .await
            .unwrap();
        let (_, link) = post.one().await;
        assert!(matches!(
            password_resets::reset(&post.app, &link, "another one".to_owned()).await,
            Err(Error::Gone)
        ));
    })
    .await;
}

#[tokio::test]
async fn new_passwords_are_asked_for_so_often_only() {
    each(|store| async move {
        let few = MailSettings {
            asked: 2,
            asked_per_client: 3,
            ..MailSettings::default()
        };
        let post = Post::new(&store, Registrations::Open, few);
        let ask = |email: &'static str, address: &'static str| {
            password_resets::ask(&post.app, email, address)
        };
        for (email, address, taken) in [
            ("a@mail.test", "192.0.2.1", true),
            ("a@mail.test", "192.0.2.2", true),
            // Whether somebody has the address or not.
            ("a@mail.test", "192.0.2.3", false),
            ("b@mail.test", "192.0.2.1", true),
            ("c@mail.test", "192.0.2.1", true),
            ("d@mail.test", "192.0.2.1", false),
        ] {
            let asked = ask(email, address).await;
            assert_eq!(asked.is_ok(), taken, "{email} {address}: {asked:?}");
            assert!(taken || matches!(asked, Err(Error::TooMany { .. })));
        }
    })
    .await;
}

#[tokio::test]
async fn while_the_mail_server_is_away_a_mail_waits_and_stays_the_same_one() {
    each(|store| async move {
        let post = Post::new(&store, Registrations::Open, MailSettings::default());
        register(&post.app, "nina").await;
        let away = |why: Option<NotSent>| *post.kept.away.lock().unwrap() = why;
        away(Some(NotSent::Later("nobody answers".to_owned())));
        let mut ends = post.runs().await;
        assert_eq!(ends.len(), 1);
        assert!(ends.remove(0).starts_with("Later"));
        away(Some(NotSent::Refused("no such mailbox".to_owned())));
        let mut ends = post.runs().await;
        assert!(ends.remove(0).starts_with("SetAside"));
        away(None);
        // As if the answer of the server had been lost: it is sent twice.
        let now = post.app.now();
        let job = post
            .app
            .store
            .read(move |db| jobs::peek(db, mails::QUEUE, now, &[], 9))
            .await
            .unwrap()
            .remove(0);
        let queue = mails::queue(&post.app, post.kept.clone());
        for _ in 0..2 {
            assert_eq!(format!("{:?}", queue.handler.run(&job).await), "Done");
        }
        let letters = post.letters();
        assert_eq!(letters[0].id, letters[1].id);
        assert_eq!(letters[0].date, letters[1].date);
        // Whichever of them is read, its link is good, and the other is not after that.
        confirmations::look(&post.app, &token(&letters[1]))
            .await
            .unwrap();
        confirmations::confirm(&post.app, &token(&letters[0]))
            .await
            .unwrap();
        assert!(
            confirmations::look(&post.app, &token(&letters[1]))
                .await
                .is_err()
        );
        assert_eq!(queue.attempts, MailSettings::default().tries);
    })
    .await;
}

#[tokio::test]
async fn accounts_that_are_never_confirmed_go() {
    each(|store| async move {
        let post = Post::new(&store, Registrations::Open, MailSettings::default());
        ann(&post.app).await;
        register(&post.app, "nina").await;
        let old = kontor_store::users::User {
            confirmed_at: None,
            created_at: post.app.now() - chrono::Duration::days(8),
            ..rows::user(AccountId(1))
        };
        post.app
            .store
            .write(move |tx| {
                kontor_store::accounts::insert(tx, &rows::local_account(1, "otto"))?;
                users::insert(tx, &old)
            })
            .await
            .unwrap();
        assert_eq!(confirmations::tidy(&post.app).await.unwrap(), 1);
        assert_eq!(confirmations::tidy(&post.app).await.unwrap(), 0);
        let left = post
            .app
            .store
            .read(|db| {
                let mut left = Vec::new();
                for name in ["ann", "nina", "otto"] {
                    left.push(kontor_store::accounts::by_handle(db, name)?.is_some());
                }
                Ok::<_, kontor_store::Error>(left)
            })
            .await
            .unwrap();
        assert_eq!(left, [true, true, false]);
    })
    .await;
}

/// Whoever is suspended cannot be told in any other way.
#[tokio::test]
async fn people_are_written_to_of_what_operators_did() {
    each(|store| async move {
        let post = Post::new(&store, Registrations::Closed, MailSettings::default());
        let ann = ann(&post.app).await;
        let mut chief = NewLocal::person("chief");
        chief.role = Role::Admin;
        let chief = create_local(&post.app, chief).await.unwrap().id;
        let acts = async |measure, told| {
            let text = "Enough.\nReally.".to_owned();
            let report = None;
            let act = Act {
                measure,
                report,
                text,
                told,
            };
            moderation::act(&post.app, chief, ann, act).await.unwrap();
        };
        acts(Measure::Silence, false).await;
        post.none().await;
        acts(Measure::Suspend, true).await;
        assert_eq!(post.runs().await, ["Done"]);
        let Letter { to, text, .. } = post.letters().remove(0);
        assert_eq!(to, "ann@mail.test");
        assert!(text.contains("suspended your account") && text.contains("\n\nEnough.\nReally.\n"));
    })
    .await;
}
