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
