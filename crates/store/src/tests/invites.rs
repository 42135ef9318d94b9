//! Invitations.

use kontor_domain::{
    ids::{AccountId, InviteId},
    user::Role,
};

use super::{read, write};
use crate::{
    accounts,
    invites::{self, Invite},
    testing::{
        each,
        rows::{at, local_account},
    },
};

fn invite(id: i64, by: Option<i64>, max_uses: i64) -> Invite {
    Invite {
        id: InviteId(id),
        code_hash: format!("hash {id}"),
        created_by: by.map(AccountId),
        role: if by.is_some() {
            Role::User
        } else {
            Role::Admin
        },
        max_uses,
        uses: 0,
        expires_at: at(7, 0),
        created_at: at(0, 0),
    }
}

#[tokio::test]
async fn an_invitation_is_taken_as_often_as_it_says_and_not_later() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            invites::insert(tx, &invite(1, Some(1), 2))?;
            invites::insert(tx, &invite(2, Some(1), 2))
        })
        .await;
        write(&store, |tx| {
            assert!(invites::take(tx, InviteId(1), at(1, 0))?);
            assert!(invites::take(tx, InviteId(1), at(1, 0))?);
            assert!(!invites::take(tx, InviteId(1), at(1, 0))?);
            assert!(!invites::take(tx, InviteId(2), at(7, 0))?);
            Ok(())
        })
        .await;
        let taken = read(&store, |db| invites::by_hash(db, "hash 1"))
            .await
            .unwrap();
        assert_eq!(taken.uses, 2);
        assert!(!taken.is_open(at(1, 0)));
        let fresh = read(&store, |db| invites::by_hash(db, "hash 2"))
            .await
            .unwrap();
        assert!(fresh.is_open(at(1, 0)) && !fresh.is_open(at(7, 0)));
        assert!(
            read(&store, |db| invites::by_hash(db, "hash 3"))
                .await
                .is_none()
        );
    })
    .await;
}

/// Many take the last uses at once: no more get one than there are.
#[tokio::test]
async fn no_use_is_given_twice() {
    each(|store| async move {
        write(&store, |tx| invites::insert(tx, &invite(1, None, 3))).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let store = store.clone();
            tasks.spawn(async move {
                write(&store, |tx| invites::take(tx, InviteId(1), at(1, 0))).await
            });
        }
        let got = tasks
            .join_all()
            .await
            .into_iter()
            .filter(|got| *got)
            .count();
        assert_eq!(got, 3);
    })
    .await;
}

#[tokio::test]
async fn links_end_when_replaced_or_revoked_by_their_maker() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            accounts::insert(tx, &local_account(2, "bob"))?;
            for id in [1, 2, 3] {
                invites::insert(tx, &invite(id, Some(1), 1))?;
            }
            invites::insert(tx, &invite(4, None, 1))?;
            invites::expire_unsigned(tx, Role::Admin, at(1, 0))?;
            invites::expire_unsigned(tx, Role::User, at(1, 0))?;
            assert!(invites::revoke(tx, InviteId(2), AccountId(1), at(1, 0))?);
            assert!(!invites::revoke(tx, InviteId(3), AccountId(2), at(1, 0))?);
            Ok(())
        })
        .await;
        read(&store, |db| {
            let open = |db: &mut _, hash: &str| -> crate::Result<bool> {
                Ok(invites::by_hash(db, hash)?.unwrap().is_open(at(1, 1)))
            };
            assert!(
                open(db, "hash 1")?
                    && !open(db, "hash 2")?
                    && open(db, "hash 3")?
                    && !open(db, "hash 4")?
            );
            let made: Vec<_> = invites::by_creator(db, AccountId(1), 2)?
                .iter()
                .map(|invite| invite.id.0)
                .collect();
            assert_eq!(made, [3, 2]);
            Ok(())
        })
        .await;
    })
    .await;
}
