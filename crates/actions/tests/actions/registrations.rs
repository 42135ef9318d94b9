//! Making an account, by each setting.

use kontor_actions::{
    App, Error, Settings,
    accounts::{NewLocal, create_local},
    invites,
    registrations::{Registration, approve, decline, pending, register},
};
use kontor_domain::{
    ids::AccountId,
    text::Handle,
    user::{Registrations, Role, UserState},
};
use kontor_store::{
    Store, accounts,
    testing::{each, rows},
    users,
};

use crate::house::*;

fn by(store: &Store, registrations: Registrations) -> App {
    house_with(
        store,
        Settings {
            registrations,
            ..Settings::test()
        },
    )
}

fn registration(name: &str, code: Option<&str>) -> Registration {
    Registration {
        username: name.to_owned(),
        email: None,
        password: "long enough".to_owned(),
        code: code.map(str::to_owned),
        reason: None,
        address: "192.0.2.1".to_owned(),
    }
}

async fn moderator(app: &App) -> AccountId {
    create_local(
        app,
        NewLocal {
            role: Role::Moderator,
            ..NewLocal::person("chief")
        },
    )
    .await
    .unwrap()
    .id
}

fn code(link: &str) -> String {
    link.rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_setup_link_makes_one_administrator_whatever_the_setting() {
    each(|store| async move {
        let app = by(&store, Registrations::Closed);
        let stale = invites::setup_link(&app).await.unwrap().unwrap();
        let link = invites::setup_link(&app).await.unwrap().unwrap();
        assert!(
            register(&app, registration("early", Some(&code(&stale))))
                .await
                .is_err()
        );
        let made = register(&app, registration("chief", Some(&code(&link))))
            .await
            .unwrap();
        assert_eq!((made.role, made.state), (Role::Admin, UserState::Active));
        assert!(
            register(&app, registration("late", Some(&code(&link))))
                .await
                .is_err()
        );
        assert!(invites::setup_link(&app).await.unwrap().is_none());
    })
    .await;
}

/// Two at once, and one after an administrator that the command line made: the link makes the first administrator only.
#[tokio::test]
async fn no_setup_link_makes_a_second_administrator() {
    each(|store| async move {
        let app = by(&store, Registrations::Open);
        let link = invites::setup_link(&app).await.unwrap().unwrap();
        let invite = invites::open(&app, &code(&link)).await.unwrap();
        create_local(&app, admin("chief")).await.unwrap();
        assert!(matches!(
            invites::open(&app, &code(&link)).await,
            Err(Error::Gone)
        ));
        assert!(matches!(
            invites::open(&app, "nonsense").await,
            Err(Error::NotFound)
        ));
        // Checked before the administrator came, and sent after.
        let late = NewLocal {
            invite: Some(invite.id),
            ..admin("late")
        };
        assert!(matches!(
            create_local(&app, late).await,
            Err(Error::Invalid {
                field: "invite_code",
                ..
            })
        ));
        assert!(invites::setup_link(&app).await.unwrap().is_none());
    })
    .await;
}

/// A link of a database in which it was not ended with the coming of an administrator.
#[tokio::test]
async fn a_setup_link_that_is_still_open_is_refused_all_the_same() {
    each(|store| async move {
        let app = by(&store, Registrations::Open);
        let link = invites::setup_link(&app).await.unwrap().unwrap();
        let invite = invites::open(&app, &code(&link)).await.unwrap();
        app.store
            .write(|tx| {
                let chief = rows::local_account(1, "chief");
                accounts::insert(tx, &chief)?;
                let user = users::User {
                    role: Role::Admin,
                    ..rows::user(chief.id)
                };
                users::insert(tx, &user)
            })
            .await
            .unwrap();
        assert!(matches!(
            invites::open(&app, &code(&link)).await,
            Err(Error::Gone)
        ));
        let late = NewLocal {
            invite: Some(invite.id),
            ..admin("late")
        };
        assert!(create_local(&app, late).await.is_err());
    })
    .await;
}

fn admin(name: &str) -> NewLocal {
    NewLocal {
        role: Role::Admin,
        ..NewLocal::person(name)
    }
}

#[tokio::test]
async fn invitations_are_used_up() {
    each(|store| async move {
        let app = by(&store, Registrations::Invite);
        assert!(matches!(
            register(&app, registration("ann", None)).await,
            Err(Error::Forbidden(_))
        ));
        let host = person(&app, "host_1").await;
        let link = invites::invite(&app, host, 1).await.unwrap();
        let both = tokio::join!(
            register(&app, registration("ann", Some(&code(&link)))),
            register(&app, registration("ben", Some(&code(&link))))
        );
        assert!(both.0.is_ok() != both.1.is_ok(), "one of two");
        let link = invites::invite(&app, host, 5).await.unwrap();
        let mine = invites::by_creator(&app, host).await.unwrap();
        invites::revoke(&app, host, mine[0].id).await.unwrap();
        assert!(
            register(&app, registration("cyd", Some(&code(&link))))
                .await
                .is_err()
        );
        assert!(matches!(
            invites::invite(&app, host, 0).await,
            Err(Error::Invalid {
                field: "max_uses",
                ..
            })
        ));
    })
    .await;
}

#[tokio::test]
async fn approval_wants_a_reason_and_can_be_declined() {
    each(|store| async move {
        let app = by(&store, Registrations::Approval);
        assert!(matches!(
            register(&app, registration("ann", None)).await,
            Err(Error::Invalid {
                field: "reason",
                ..
            })
        ));
        let asked = Registration {
            reason: Some("I work here".to_owned()),
            ..registration("ann", None)
        };
        let made = register(&app, asked).await.unwrap();
        assert_eq!(made.state, UserState::Pending);
        // Nobody finds who is not let in yet.
        let ann = Handle::parse("ann@here.test").unwrap();
        assert!(matches!(
            kontor_actions::accounts::lookup(&app, &ann).await,
            Err(Error::NotFound)
        ));
        assert_eq!(
            kontor_actions::accounts::resolve(&app, &ann).await.unwrap(),
            None
        );
        let user = person(&app, "ben").await;
        assert!(matches!(
            pending(&app, user).await,
            Err(Error::Forbidden(_))
        ));
        assert!(matches!(
            approve(&app, user, made.account.id).await,
            Err(Error::Forbidden(_))
        ));
        assert!(matches!(
            decline(&app, user, made.account.id).await,
            Err(Error::Forbidden(_))
        ));
        let chief = moderator(&app).await;
        assert_eq!(pending(&app, chief).await.unwrap().len(), 1);
        decline(&app, chief, made.account.id).await.unwrap();
        assert!(pending(&app, chief).await.unwrap().is_empty());
        assert!(matches!(
            decline(&app, chief, made.account.id).await,
            Err(Error::NotFound)
        ));
    })
    .await;
}

#[tokio::test]
async fn registrations_without_an_invitation_are_counted_by_address() {
    each(|store| async move {
        let mut settings = Settings {
            registrations: Registrations::Open,
            ..Settings::test()
        };
        settings.limits.sign_in_attempts = 1;
        let app = house_with(&store, settings);
        register(&app, registration("ann", None)).await.unwrap();
        for _ in 0..9 {
            assert!(matches!(
                register(&app, registration("ann", None)).await,
                Err(Error::Conflict(_))
            ));
        }
        assert!(matches!(
            register(&app, registration("ben", None)).await,
            Err(Error::TooMany { .. })
        ));
        let elsewhere = Registration {
            address: "192.0.2.2".to_owned(),
            ..registration("ben", None)
        };
        register(&app, elsewhere).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn names_are_checked_and_taken_once() {
    each(|store| async move {
        let app = by(&store, Registrations::Open);
        for (name, field) in [
            ("no spaces", "username"),
            ("", "username"),
            ("admin", "username"),
            ("here", "username"),
        ] {
            match register(&app, registration(name, None)).await {
                Err(Error::Invalid { field: named, .. }) => assert_eq!(named, field, "{name}"),
                other => panic!("{name}: {other:?}"),
            }
        }
        let short = Registration {
            password: "short".to_owned(),
            ..registration("ann", None)
        };
        assert!(matches!(
            register(&app, short).await,
            Err(Error::Invalid {
                field: "password",
                ..
            })
        ));
        let mail = Registration {
            email: Some("nonsense".to_owned()),
            ..registration("ann", None)
        };
        assert!(matches!(
            register(&app, mail).await,
            Err(Error::Invalid { field: "email", .. })
        ));
        register(&app, registration("Ann", None)).await.unwrap();
        assert!(matches!(
            register(&app, registration("aNN", None)).await,
            Err(Error::Conflict(_))
        ));
    })
    .await;
}

#[tokio::test]
async fn addresses_on_the_network_are_kept_out_as_operators_say() {
    use kontor_actions::{
        sessions::{self, SignIn},
        sign_up_blocks::{self, IpDraft},
    };
    use kontor_domain::user::IpSeverity;
    each(|store| async move {
        let app = by(&store, Registrations::Open);
        let admin = create_local(
            &app,
            NewLocal {
                role: Role::Admin,
                password: Some("long enough".to_owned()),
                ..NewLocal::person("boss")
            },
        )
        .await
        .unwrap();
        let draft = |severity| IpDraft {
            ip: Some("192.0.2.0/24".to_owned()),
            severity: Some(severity),
            comment: None,
            expires_in: None,
        };
        let block =
            sign_up_blocks::block_ip(&app, admin.id, draft(IpSeverity::SignUpRequiresApproval))
                .await
                .unwrap();
        let asked = register(
            &app,
            Registration {
                reason: Some("to see".to_owned()),
                ..registration("ann", None)
            },
        );
        assert_eq!(asked.await.unwrap().state, UserState::Pending);
        let sign_in = |address: &str| SignIn {
            login: "boss".to_owned(),
            password: "long enough".to_owned(),
            address: address.to_owned(),
            user_agent: String::new(),
        };
        for (severity, signs_in) in [
            (IpSeverity::SignUpBlock, true),
            (IpSeverity::NoAccess, false),
        ] {
            sign_up_blocks::change_ip(&app, admin.id, block.id, draft(severity))
                .await
                .unwrap();
            assert!(matches!(
                register(&app, registration("ben", None)).await,
                Err(Error::Forbidden(_))
            ));
            let done = sessions::sign_in(&app, sign_in("192.0.2.9")).await;
            assert_eq!(done.is_ok(), signs_in, "{done:?}");
        }
        sessions::sign_in(&app, sign_in("198.51.100.1"))
            .await
            .unwrap();
        // Whoever is no administrator blocks nobody.
        let ann = create_local(&app, NewLocal::person("cat")).await.unwrap();
        let tried = sign_up_blocks::block_ip(&app, ann.id, draft(IpSeverity::NoAccess)).await;
        assert!(matches!(tried, Err(Error::Forbidden(_))));
    })
    .await;
}
