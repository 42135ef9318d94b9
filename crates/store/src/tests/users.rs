//! Users.

use kontor_domain::{
    audience::Audience,
    ids::AccountId,
    quote::QuotePolicy,
    user::{Role, UserState},
};

use super::{read, write};
use crate::{
    accounts,
    testing::{
        each,
        rows::{at, local_account, user},
    },
    users::{self, User},
};

#[tokio::test]
async fn what_is_set_is_read_again() {
    each(|store| async move {
        write(&store, |tx| {
            for (id, name) in [(1, "ann"), (2, "bob"), (3, "cat")] {
                accounts::insert(tx, &local_account(id, name))?;
            }
            users::insert(tx, &user(AccountId(1)))?;
            for id in [3, 2] {
                users::insert(
                    tx,
                    &User {
                        state: UserState::Pending,
                        email: None,
                        ..user(AccountId(id))
                    },
                )?;
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            assert_eq!(
                users::by_email(db, "1@here.test")?.unwrap().account_id,
                AccountId(1)
            );
            assert!(users::by_email(db, "9@here.test")?.is_none());
            let waiting: Vec<_> = users::pending(db, 9)?
                .iter()
                .map(|user| user.account_id.0)
                .collect();
            assert_eq!(waiting, [2, 3]);
            assert_eq!(users::pending(db, 1)?.len(), 1);
            assert!(!users::any_admin(db)?);
            Ok(())
        })
        .await;
        write(&store, |tx| {
            users::set_password(tx, AccountId(1), "$argon2")?;
            users::set_active(tx, AccountId(1), at(3, 0))?;
            assert!(users::set_state(tx, AccountId(2), UserState::Active)?);
            assert!(!users::set_state(tx, AccountId(9), UserState::Active)?);
            let mut changed = user(AccountId(1));
            changed.default_audience = Audience::Followers;
            changed.default_sensitive = true;
            changed.default_language = Some("de".to_owned());
            changed.default_quote_policy = QuotePolicy::Followers;
            users::set_defaults(tx, &changed)
        })
        .await;
        let ann = read(&store, |db| users::by_id(db, AccountId(1)))
            .await
            .unwrap();
        assert_eq!(
            (ann.password_hash.as_deref(), ann.last_active_at),
            (Some("$argon2"), at(3, 0))
        );
        assert_eq!(
            (ann.default_audience, ann.default_sensitive),
            (Audience::Followers, true)
        );
        assert_eq!(
            (ann.default_language.as_deref(), ann.role),
            (Some("de"), Role::User)
        );
        assert_eq!(ann.default_quote_policy, QuotePolicy::Followers);
        assert_eq!(read(&store, |db| users::pending(db, 9)).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_address_belongs_to_one_person_and_an_admin_is_seen() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            accounts::insert(tx, &local_account(2, "bob"))?;
            users::insert(
                tx,
                &User {
                    role: Role::Admin,
                    ..user(AccountId(1))
                },
            )
        })
        .await;
        let same = User {
            email: user(AccountId(1)).email,
            ..user(AccountId(2))
        };
        assert!(
            store
                .write(move |tx| users::insert(tx, &same))
                .await
                .unwrap_err()
                .is_unique_violation()
        );
        assert!(read(&store, users::any_admin).await);
        let shown = format!("{:?}", user(AccountId(1)));
        assert!(!shown.contains("here.test"), "{shown}");
    })
    .await;
}
