//! What is shown besides the password, on both databases.

use kontor_domain::ids::{AccountId, HalfSignInId};

use super::*;
use crate::{
    accounts, prune,
    second_factors::{self as factors, HalfSignIn, SecondFactor},
    testing::{each, rows},
    users,
};

async fn somebody(store: &Store) -> AccountId {
    let account = rows::local_account(store.ids().next(rows::at(0, 0)), "alice");
    let id = account.id;
    write(store, move |tx| {
        accounts::insert(tx, &account)?;
        users::insert(tx, &rows::user(id))
    })
    .await;
    id
}

fn factor(id: AccountId, secret: &str) -> SecondFactor {
    SecondFactor {
        account_id: id,
        sealed_secret: secret.to_owned(),
        last_step: 0,
        created_at: rows::at(0, 0),
        confirmed_at: None,
    }
}

#[tokio::test]
async fn an_offer_is_replaced_until_it_is_confirmed() {
    each(|store| async move {
        let id = somebody(&store).await;
        for secret in ["one", "two"] {
            assert!(write(&store, move |tx| factors::offer(tx, &factor(id, secret))).await);
        }
        let kept = read(&store, move |db| factors::of(db, id)).await.unwrap();
        assert_eq!(kept, factor(id, "two"));
        let confirm = move |tx: &mut Tx<'_>| factors::confirm(tx, id, rows::at(0, 1));
        assert!(write(&store, confirm).await);
        assert!(!write(&store, confirm).await);
        assert!(!write(&store, move |tx| factors::offer(tx, &factor(id, "three"))).await);
        let kept = read(&store, move |db| factors::of(db, id)).await.unwrap();
        assert_eq!(kept.sealed_secret, "two");
        assert!(write(&store, move |tx| factors::remove(tx, id)).await);
        assert!(!write(&store, move |tx| factors::remove(tx, id)).await);
    })
    .await;
}

#[tokio::test]
async fn no_code_is_taken_twice() {
    each(|store| async move {
        let id = somebody(&store).await;
        write(&store, move |tx| factors::offer(tx, &factor(id, "one"))).await;
        for (step, taken) in [(7, true), (7, false), (6, false), (8, true)] {
            assert_eq!(
                write(&store, move |tx| factors::take_step(tx, id, step)).await,
                taken,
                "{step}"
            );
        }
        let codes = vec!["a".to_owned(), "b".to_owned()];
        write(&store, move |tx| factors::set_recovery(tx, id, &codes)).await;
        for (code, taken) in [("a", true), ("a", false), ("c", false)] {
            assert_eq!(
                write(&store, move |tx| factors::take_recovery(tx, id, code)).await,
                taken,
                "{code}"
            );
        }
        assert_eq!(
            read(&store, move |db| factors::recovery_left(db, id)).await,
            1
        );
        let others = vec!["d".to_owned()];
        write(&store, move |tx| factors::set_recovery(tx, id, &others)).await;
        assert!(!write(&store, move |tx| factors::take_recovery(tx, id, "b")).await);
    })
    .await;
}

#[tokio::test]
async fn a_half_sign_in_is_good_for_a_while_and_once() {
    each(|store| async move {
        let id = somebody(&store).await;
        let half = HalfSignIn {
            id: HalfSignInId(store.ids().next(rows::at(0, 0))),
            token_hash: "hash".to_owned(),
            account_id: id,
            expires_at: rows::at(0, 10),
        };
        let row = half.clone();
        write(&store, move |tx| factors::insert_half(tx, &row)).await;
        let found = |at| read(&store, move |db| factors::half(db, "hash", rows::at(0, at)));
        assert_eq!(found(9).await, Some(half.clone()));
        assert_eq!(found(10).await, None);
        assert_eq!(
            prune::prune(&store, rows::at(0, 9)).await.unwrap().sessions,
            0
        );
        assert_eq!(
            prune::prune(&store, rows::at(0, 10))
                .await
                .unwrap()
                .sessions,
            1
        );
        assert!(!write(&store, move |tx| factors::end_half(tx, half.id)).await);
    })
    .await;
}

#[tokio::test]
async fn tries_are_counted_for_a_window_and_wiped_by_a_right_code() {
    each(|store| async move {
        let id = somebody(&store).await;
        let tried = |store: Store, minute| async move {
            let (now, since) = (rows::at(0, minute), rows::at(0, minute - 15));
            write(&store, move |tx| factors::take_try(tx, id, 2, now, since)).await
        };
        assert!(!tried(store.clone(), 20).await, "there is no factor");
        write(&store, move |tx| factors::offer(tx, &factor(id, "one"))).await;
        for (minute, left) in [(20, true), (21, true), (22, false), (34, false), (35, true)] {
            assert_eq!(tried(store.clone(), minute).await, left, "{minute}");
        }
        assert!(tried(store.clone(), 36).await);
        assert!(!tried(store.clone(), 37).await);
        write(&store, move |tx| factors::give_back_try(tx, id)).await;
        assert!(tried(store.clone(), 37).await);
        write(&store, move |tx| factors::forget_tries(tx, id)).await;
        write(&store, move |tx| factors::give_back_try(tx, id)).await;
        assert!(tried(store.clone(), 38).await);
        let now = rows::at(0, 38);
        assert!(!write(&store, move |tx| factors::take_try(tx, id, 0, now, now)).await);
    })
    .await;
}
