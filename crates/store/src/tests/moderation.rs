//! Accounts and reports as operators look for them, and who may not register.

use kontor_domain::{
    ids::{AccountId, CanonicalEmailBlockId, EmailDomainBlockId, IpBlockId},
    page::Page,
    peer::SuspendedBy,
    user::{IpSeverity, Role, UserState},
};

use super::{hold_pages_against, read, write};
use crate::{
    accounts, canonical_email_blocks, email_domain_blocks, ip_blocks,
    moderation::{self, Origin, Selection, State},
    testing::{
        each,
        rows::{at, local_account, remote_account, user},
    },
    users,
};

#[tokio::test]
async fn accounts_are_chosen_by_everything_that_is_given() {
    each(|store| async move {
        write(&store, |tx| {
            for id in 1..5 {
                accounts::insert(tx, &local_account(id, &format!("p{id}")))?;
                let mut row = user(AccountId(id));
                row.email = Some(format!("P{id}@mail.test").to_lowercase());
                match id {
                    1 => row.role = Role::Admin,
                    2 => row.state = UserState::Pending,
                    3 => row.state = UserState::Disabled,
                    _ => {}
                }
                users::insert(tx, &row)?;
            }
            for id in 5..8 {
                accounts::insert(tx, &remote_account(id, &format!("r{id}"), "far.test"))?;
            }
            accounts::suspend(tx, AccountId(5), SuspendedBy::Operator, at(0, 0)).map(drop)
        })
        .await;
        let with = |change: fn(&mut Selection)| {
            let mut which = Selection::default();
            change(&mut which);
            which
        };
        for (which, ids) in [
            (
                with(|which| which.origin = Some(Origin::Local)),
                vec![4, 3, 2, 1],
            ),
            (
                with(|which| which.origin = Some(Origin::Remote)),
                vec![7, 6, 5],
            ),
            (
                with(|which| which.state = Some(State::Active)),
                vec![7, 6, 4, 1],
            ),
            (with(|which| which.state = Some(State::Pending)), vec![2]),
            (with(|which| which.state = Some(State::Disabled)), vec![3]),
            (with(|which| which.state = Some(State::Suspended)), vec![5]),
            (with(|which| which.state = Some(State::Silenced)), vec![]),
            (with(|which| which.staff = true), vec![1]),
            (
                with(|which| which.username = Some("P".to_owned())),
                vec![4, 3, 2, 1],
            ),
            (with(|which| which.username = Some("%".to_owned())), vec![]),
            (with(|which| which.email = Some("p2@".to_owned())), vec![2]),
            (
                with(|which| which.domain = Some("FAR.test".to_owned())),
                vec![7, 6, 5],
            ),
        ] {
            read(&store, move |db| {
                let found = moderation::page(db, &which, &Page::first(20))?;
                let found: Vec<i64> = found.into_iter().map(|id| id.0).collect();
                assert_eq!(found, ids, "{which:?}");
                Ok(())
            })
            .await;
        }
        read(&store, |db| {
            hold_pages_against(db, &[7, 6, 5, 4, 3, 2, 1], |db, page| {
                let found = moderation::page(db, &Selection::default(), page)?;
                Ok(found.into_iter().map(|id| id.0).collect())
            })
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn blocks_of_registrations_are_each_once() {
    each(|store| async move {
        write(&store, |tx| {
            for id in 1..7 {
                let domain = email_domain_blocks::EmailDomainBlock {
                    id: EmailDomainBlockId(id),
                    domain: format!("d{id}.test"),
                    created_at: at(0, 0),
                };
                assert!(email_domain_blocks::insert_if_new(tx, &domain)?);
                let again = email_domain_blocks::EmailDomainBlock {
                    id: EmailDomainBlockId(90 + id),
                    ..domain
                };
                assert!(!email_domain_blocks::insert_if_new(tx, &again)?);
                let mailbox = canonical_email_blocks::CanonicalEmailBlock {
                    id: CanonicalEmailBlockId(id),
                    hash: format!("hash {id}"),
                    created_at: at(0, 0),
                };
                assert!(canonical_email_blocks::insert_if_new(tx, &mailbox)?);
                let block = ip_blocks::IpBlock {
                    id: IpBlockId(id),
                    ip: format!("192.0.2.{id}/32"),
                    severity: IpSeverity::NoAccess,
                    comment: String::new(),
                    expires_at: (id > 3).then(|| at(id - 4, 0)),
                    created_at: at(0, 0),
                };
                assert!(ip_blocks::insert_if_new(tx, &block)?);
            }
            assert!(email_domain_blocks::delete(tx, EmailDomainBlockId(3))?);
            assert!(!email_domain_blocks::delete(tx, EmailDomainBlockId(3))?);
            assert!(canonical_email_blocks::delete(
                tx,
                CanonicalEmailBlockId(3)
            )?);
            assert!(ip_blocks::delete(tx, IpBlockId(3))?);
            Ok(())
        })
        .await;
        read(&store, |db| {
            let left = [6, 5, 4, 2, 1];
            hold_pages_against(db, &left, |db, page| {
                let rows = email_domain_blocks::page(db, page)?;
                Ok(rows.into_iter().map(|row| row.id.0).collect())
            })?;
            hold_pages_against(db, &left, |db, page| {
                let rows = canonical_email_blocks::page(db, page)?;
                Ok(rows.into_iter().map(|row| row.id.0).collect())
            })?;
            hold_pages_against(db, &left, |db, page| {
                let rows = ip_blocks::page(db, page)?;
                Ok(rows.into_iter().map(|row| row.id.0).collect())
            })?;
            let asked = ["d1.test".to_owned(), "d3.test".to_owned()];
            assert_eq!(email_domain_blocks::among(db, &asked)?.len(), 1);
            let mut holding: Vec<i64> = ip_blocks::holding(db, at(0, 0))?
                .into_iter()
                .map(|row| row.id.0)
                .collect();
            holding.sort_unstable();
            assert_eq!(holding, [1, 2, 5, 6]);
            Ok(())
        })
        .await;
    })
    .await;
}
