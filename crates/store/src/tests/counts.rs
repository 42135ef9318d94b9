//! What an instance counts of itself.

use kontor_domain::{ids::AccountId, user::UserState};

use super::{read, write};
use crate::{
    accounts,
    counts::{self, Counts},
    posts,
    testing::{
        each,
        rows::{at, local_account, post, remote_account, user},
    },
    users,
};

#[tokio::test]
async fn people_posts_and_peers_are_counted() {
    each(|store| async move {
        let none = Counts {
            users: 0,
            active_month: 0,
            active_half_year: 0,
            local_posts: 0,
            peers: 0,
        };
        assert_eq!(read(&store, |db| counts::counts(db, at(0, 0))).await, none);
        assert!(read(&store, counts::peers).await.is_empty());
        write(&store, |tx| {
            for (id, days) in [(1, 0), (2, 40), (3, 200)] {
                accounts::insert(tx, &local_account(id, &format!("p{id}")))?;
                users::insert(tx, &user(AccountId(id)))?;
                users::set_active(tx, AccountId(id), at(-days, 0))?;
            }
            // Who waits for approval is not among them yet.
            accounts::insert(tx, &local_account(7, "p7"))?;
            let waiting = users::User {
                state: UserState::Pending,
                last_active_at: at(0, 0),
                ..user(AccountId(7))
            };
            users::insert(tx, &waiting)?;
            for (id, domain) in [(4, "b.test"), (5, "a.test"), (6, "b.test")] {
                accounts::insert(tx, &remote_account(id, &format!("r{id}"), domain))?;
            }
            posts::insert(tx, &post(10, &local_account(1, "p1")))?;
            posts::insert(tx, &post(11, &remote_account(4, "r4", "b.test")))
        })
        .await;
        let some = Counts {
            users: 3,
            active_month: 1,
            active_half_year: 2,
            local_posts: 1,
            peers: 2,
        };
        assert_eq!(read(&store, |db| counts::counts(db, at(0, 0))).await, some);
        assert_eq!(read(&store, counts::peers).await, ["a.test", "b.test"]);
    })
    .await;
}
