//! Follows that ended with a server.

use kontor_domain::{
    ids::{AccountId, SeveranceId},
    notification::SeveranceKind::{self, DomainBlock, UserDomainBlock},
};

use super::{read, write};
use crate::{
    accounts,
    severances::{self, Severance},
    testing::{
        each,
        rows::{at, local_account, user},
    },
    users,
};

const ANN: AccountId = AccountId(1);
const BOB: AccountId = AccountId(2);

fn severance(id: i64, of: AccountId, kind: SeveranceKind) -> Severance {
    Severance {
        id: SeveranceId(id),
        account_id: of,
        kind,
        target_name: "far.test".to_owned(),
        followers_count: 1,
        following_count: 2,
        created_at: at(0, id),
    }
}

#[tokio::test]
async fn what_ended_is_counted_until_all_of_it_has() {
    each(|store| async move {
        write(&store, |tx| {
            for (id, name) in [(1, "ann"), (2, "bob")] {
                accounts::insert(tx, &local_account(id, name))?;
                users::insert(tx, &user(AccountId(id)))?;
            }
            severances::insert(tx, &[])?;
            let rows = [
                severance(10, ANN, DomainBlock),
                severance(11, ANN, UserDomainBlock),
                severance(12, BOB, DomainBlock),
                severance(13, ANN, DomainBlock),
            ];
            severances::insert(tx, &rows)?;
            severances::add(tx, SeveranceId(10), 5, 7)
        })
        .await;
        read(&store, |db| {
            let more = Severance {
                followers_count: 6,
                following_count: 9,
                ..severance(10, ANN, DomainBlock)
            };
            let found = severances::by_ids(db, &[SeveranceId(10), SeveranceId(99)])?;
            assert_eq!(found, std::slice::from_ref(&more));
            let since = |db: &mut crate::Conn, seconds: i64| {
                severances::by_server_since(db, &[ANN], at(0, seconds))
            };
            let last = severance(13, ANN, DomainBlock);
            assert_eq!(since(db, 10)?, [last.clone(), more]);
            assert_eq!(since(db, 11)?, [last]);
            assert_eq!(since(db, 14)?, []);
            Ok(())
        })
        .await;
    })
    .await;
}
