//! Subscriptions to pushes: one for each token, alive with it.

use kontor_domain::{
    ids::{AccountId, PushId, TokenId},
    notification::PushPolicy,
};

use super::{read, write};
use crate::{
    Result, Tx, accounts,
    oauth::{self, Token},
    pushes::{self, Subscription},
    testing::{
        each,
        rows::{at, local_account, user},
    },
    users,
};

fn subscription(id: i64, token: i64) -> Subscription {
    Subscription {
        id: PushId(id),
        token_id: TokenId(token),
        account_id: AccountId(1),
        endpoint: "https://push.test/x".to_owned(),
        p256dh: "key".to_owned(),
        auth: "auth".to_owned(),
        standard: true,
        alerts: "[\"mention\"]".to_owned(),
        policy: PushPolicy::All,
        sealed_token: "sealed".to_owned(),
        created_at: at(0, 0),
    }
}

fn set_up(tx: &mut Tx<'_>) -> Result<()> {
    accounts::insert(tx, &local_account(1, "ann"))?;
    users::insert(tx, &user(AccountId(1)))?;
    for id in 1..3 {
        let token = Token {
            id: TokenId(id),
            token_hash: format!("token {id}"),
            application_id: None,
            account_id: Some(AccountId(1)),
            scopes: "push".to_owned(),
            created_at: at(0, 0),
            last_used_at: None,
            revoked_at: None,
        };
        oauth::insert_token(tx, &token)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_token_has_one_subscription_that_ends_with_it() {
    each(|store| async move {
        write(&store, |tx| {
            set_up(tx)?;
            pushes::put(tx, &subscription(10, 1))?;
            pushes::put(tx, &subscription(11, 1))?;
            pushes::put(tx, &subscription(12, 2))
        })
        .await;
        let all = || {
            read(&store, |db| {
                pushes::of_accounts(db, &[AccountId(1), AccountId(2)])
            })
        };
        assert_eq!(all().await, [subscription(11, 1), subscription(12, 2)]);
        write(&store, |tx| {
            pushes::change(tx, PushId(11), "[]", PushPolicy::Follower)
        })
        .await;
        let changed = Subscription {
            alerts: "[]".to_owned(),
            policy: PushPolicy::Follower,
            ..subscription(11, 1)
        };
        let of = |token: i64| read(&store, move |db| pushes::of(db, TokenId(token)));
        assert_eq!(of(1).await, Some(changed));
        let live = |id: i64| read(&store, move |db| pushes::live(db, PushId(id)));
        assert!(live(11).await.is_some() && live(12).await.is_some());
        write(&store, |tx| oauth::revoke(tx, TokenId(1), at(0, 1))).await;
        assert_eq!(live(11).await, None);
        assert_eq!(of(1).await, None, "it goes with its token");
        let operator = kontor_domain::peer::SuspendedBy::Operator;
        write(&store, move |tx| {
            accounts::suspend(tx, AccountId(1), operator, at(0, 2))
        })
        .await;
        assert_eq!(live(12).await, None);
        assert!(of(2).await.is_some(), "it comes back with its person");
        for _ in 0..2 {
            write(&store, |tx| pushes::delete(tx, PushId(12))).await;
        }
        assert_eq!(all().await, []);
    })
    .await;
}

#[tokio::test]
async fn keys_are_made_once() {
    each(|store| async move {
        assert_eq!(read(&store, pushes::keys).await, None);
        for number in 0..2 {
            write(&store, move |tx| {
                pushes::insert_keys(tx, &format!("private {number}"), "public", at(0, 0))
            })
            .await;
        }
        let kept = ("private 0".to_owned(), "public".to_owned());
        assert_eq!(read(&store, pushes::keys).await, Some(kept));
    })
    .await;
}
