//! What operators said to people.

use kontor_domain::{
    ids::{AccountId, WarningId},
    notification::WarningAction,
};

use super::{read, write};
use crate::{
    accounts,
    testing::{
        each,
        rows::{at, local_account, user},
    },
    users,
    warnings::{self, Warning},
};

#[tokio::test]
async fn a_warning_outlives_who_gave_it_and_goes_with_whose_it_is() {
    each(|store| async move {
        let warning = Warning {
            id: WarningId(5),
            account_id: AccountId(1),
            by_account_id: Some(AccountId(2)),
            action: WarningAction::Silence,
            text: "softly".to_owned(),
            post_ids: "[\"7\"]".to_owned(),
            created_at: at(0, 0),
        };
        let kept = warning.clone();
        write(&store, move |tx| {
            for (id, name) in [(1, "ann"), (2, "ben")] {
                accounts::insert(tx, &local_account(id, name))?;
                users::insert(tx, &user(AccountId(id)))?;
            }
            warnings::insert(tx, std::slice::from_ref(&kept))
        })
        .await;
        let of = || {
            read(&store, |db| {
                warnings::by_ids(db, &[WarningId(5), WarningId(6)])
            })
        };
        assert_eq!(of().await, std::slice::from_ref(&warning));
        write(&store, |tx| accounts::delete(tx, AccountId(2))).await;
        let orphan = Warning {
            by_account_id: None,
            ..warning
        };
        assert_eq!(of().await, [orphan]);
        write(&store, |tx| users::delete(tx, AccountId(1)).map(drop)).await;
        assert_eq!(of().await, []);
    })
    .await;
}
