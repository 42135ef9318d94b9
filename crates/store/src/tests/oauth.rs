//! Applications, codes and tokens.

use kontor_domain::ids::{AccountId, ApplicationId, GrantId, TokenId};

use super::{read, write};
use crate::{
    Result, Tx, accounts,
    oauth::{self, Application, Grant, Token},
    testing::{
        each,
        rows::{at, local_account, user},
    },
    users,
};

fn token(id: i64) -> Token {
    Token {
        id: TokenId(id),
        token_hash: format!("token {id}"),
        application_id: Some(ApplicationId(7)),
        account_id: Some(AccountId(1)),
        scopes: "read".to_owned(),
        created_at: at(0, 0),
        last_used_at: None,
        revoked_at: None,
    }
}

fn set_up(tx: &mut Tx<'_>) -> Result<()> {
    accounts::insert(tx, &local_account(1, "ann"))?;
    users::insert(tx, &user(AccountId(1)))?;
    oauth::insert_application(
        tx,
        &Application {
            id: ApplicationId(7),
            name: "App".to_owned(),
            website: None,
            redirect_uris: "urn:ietf:wg:oauth:2.0:oob".to_owned(),
            scopes: "read write".to_owned(),
            client_id: "client".to_owned(),
            client_secret_hash: "hash".to_owned(),
            created_at: at(0, 0),
        },
    )?;
    oauth::insert_grant(
        tx,
        &Grant {
            id: GrantId(8),
            code_hash: "code".to_owned(),
            application_id: ApplicationId(7),
            account_id: AccountId(1),
            redirect_uri: "urn:ietf:wg:oauth:2.0:oob".to_owned(),
            scopes: "read".to_owned(),
            code_challenge: Some("challenge".to_owned()),
            token_id: None,
            created_at: at(0, 0),
            expires_at: at(0, 600),
        },
    )
}

#[tokio::test]
async fn a_code_is_exchanged_once() {
    each(|store| async move {
        write(&store, set_up).await;
        assert!(write(&store, |tx| oauth::exchange(tx, GrantId(8), TokenId(20))).await);
        assert!(!write(&store, |tx| oauth::exchange(tx, GrantId(8), TokenId(21))).await);
        let grant = read(&store, |db| oauth::grant(db, "code")).await.unwrap();
        assert_eq!(
            (grant.token_id, grant.code_challenge.as_deref()),
            (Some(TokenId(20)), Some("challenge"))
        );
        assert!(read(&store, |db| oauth::grant(db, "other")).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_token_is_found_used_and_revoked_once() {
    each(|store| async move {
        write(&store, |tx| {
            set_up(tx)?;
            oauth::insert_token(tx, &token(20))?;
            oauth::insert_token(
                tx,
                &Token {
                    application_id: None,
                    account_id: None,
                    ..token(21)
                },
            )?;
            oauth::used(tx, TokenId(20), at(1, 0))?;
            oauth::revoke(tx, TokenId(20), at(2, 0))?;
            oauth::revoke(tx, TokenId(20), at(3, 0))
        })
        .await;
        let found = read(&store, |db| oauth::token(db, "token 20"))
            .await
            .unwrap();
        assert_eq!(
            (found.last_used_at, found.revoked_at),
            (Some(at(1, 0)), Some(at(2, 0)))
        );
        assert!(
            read(&store, |db| oauth::token(db, "token 21"))
                .await
                .unwrap()
                .account_id
                .is_none()
        );
        let same = store
            .write(|tx| {
                oauth::insert_token(
                    tx,
                    &Token {
                        id: TokenId(22),
                        ..token(20)
                    },
                )
            })
            .await;
        assert!(same.unwrap_err().is_unique_violation());
        assert_eq!(
            read(&store, |db| oauth::application(db, "client"))
                .await
                .unwrap()
                .name,
            "App"
        );
        assert!(
            read(&store, |db| oauth::application(db, "no"))
                .await
                .is_none()
        );
        let known = [ApplicationId(7), ApplicationId(9)];
        assert_eq!(
            read(&store, move |db| oauth::applications_by_ids(db, &known))
                .await
                .len(),
            1
        );
    })
    .await;
}
