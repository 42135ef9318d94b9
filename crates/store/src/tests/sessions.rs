//! Sessions.

use kontor_domain::ids::{AccountId, SessionId};

use super::{read, write};
use crate::{
    accounts,
    sessions::{self, Session},
    testing::{
        each,
        rows::{at, local_account, user},
    },
    users,
};

#[tokio::test]
async fn a_session_lives_until_it_expires_or_is_ended() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            users::insert(tx, &user(AccountId(1)))?;
            sessions::insert(
                tx,
                &Session {
                    id: SessionId(5),
                    token_hash: "hash".to_owned(),
                    account_id: AccountId(1),
                    user_agent: "browser".to_owned(),
                    created_at: at(0, 0),
                    last_seen_at: at(0, 0),
                    expires_at: at(10, 0),
                },
            )?;
            sessions::seen(tx, SessionId(5), at(2, 0))
        })
        .await;
        let live = read(&store, |db| sessions::live(db, "hash", at(3, 0)))
            .await
            .unwrap();
        assert_eq!((live.id, live.last_seen_at), (SessionId(5), at(2, 0)));
        assert!(
            read(&store, |db| sessions::live(db, "hash", at(10, 0)))
                .await
                .is_none()
        );
        assert!(
            read(&store, |db| sessions::live(db, "other", at(3, 0)))
                .await
                .is_none()
        );
        write(&store, |tx| sessions::end(tx, "hash")).await;
        write(&store, |tx| sessions::end(tx, "hash")).await;
        assert!(
            read(&store, |db| sessions::live(db, "hash", at(3, 0)))
                .await
                .is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn all_but_one_of_a_person_are_ended() {
    each(|store| async move {
        write(&store, |tx| {
            for (id, name) in [(1, "ann"), (2, "ben")] {
                accounts::insert(tx, &local_account(id, name))?;
                users::insert(tx, &user(AccountId(id)))?;
            }
            for (id, owner) in [(5, 1), (6, 1), (7, 1), (8, 2)] {
                sessions::insert(
                    tx,
                    &Session {
                        id: SessionId(id),
                        token_hash: format!("hash{id}"),
                        account_id: AccountId(owner),
                        user_agent: "browser".to_owned(),
                        created_at: at(0, 0),
                        last_seen_at: at(0, 0),
                        expires_at: at(10, 0),
                    },
                )?;
            }
            Ok(())
        })
        .await;
        let ended = |store, but| async move {
            let store: crate::Store = store;
            write(&store, move |tx| {
                sessions::end_others(tx, AccountId(1), SessionId(but))
            })
            .await
        };
        assert_eq!(ended(store.clone(), 6).await, 2);
        assert_eq!(ended(store.clone(), 6).await, 0);
        for (id, lives) in [(5, false), (6, true), (7, false), (8, true)] {
            let hash = format!("hash{id}");
            let live = read(&store, move |db| sessions::live(db, &hash, at(1, 0))).await;
            assert_eq!(live.is_some(), lives, "{id}");
        }
    })
    .await;
}
