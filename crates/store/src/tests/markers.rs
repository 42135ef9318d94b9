//! Markers.

use kontor_domain::ids::AccountId;

use super::{read, write};
use crate::{
    accounts,
    markers::{self, Marker},
    testing::{
        each,
        rows::{at, local_account, user},
    },
    users,
};

#[tokio::test]
async fn a_marker_moves_and_its_version_grows() {
    each(|store| async move {
        let marker = |timeline: &str, last: &str, seconds| Marker {
            account_id: AccountId(1),
            timeline: timeline.to_owned(),
            last_read_id: last.to_owned(),
            version: 1,
            updated_at: at(0, seconds),
        };
        write(&store, move |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            users::insert(tx, &user(AccountId(1)))?;
            markers::set(tx, &marker("home", "10", 1))?;
            markers::set(tx, &marker("home", "20", 2))?;
            markers::set(tx, &marker("notifications", "5", 3))
        })
        .await;
        read(&store, move |db| {
            let home = Marker {
                version: 2,
                ..marker("home", "20", 2)
            };
            assert_eq!(markers::of(db, AccountId(1), &["home".to_owned()])?, [home]);
            assert_eq!(
                markers::of(
                    db,
                    AccountId(1),
                    &["home".to_owned(), "notifications".to_owned()]
                )?
                .len(),
                2
            );
            assert_eq!(markers::of(db, AccountId(2), &["home".to_owned()])?, []);
            Ok(())
        })
        .await;
    })
    .await;
}
