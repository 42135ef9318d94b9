//! Links that were sent by mail, and addresses that wait for theirs, on both databases.

use kontor_domain::{
    ids::{AccountId, MailLinkId},
    user::MailPurpose,
};

use super::*;
use crate::{
    accounts,
    mail_links::{self, MailLink},
    testing::{each, rows},
    users::{self, User},
};

fn link(id: i64, account: AccountId, purpose: MailPurpose) -> MailLink {
    MailLink {
        id: MailLinkId(id),
        token_hash: format!("link {id}"),
        account_id: account,
        purpose,
        email: "ann@there.test".to_owned(),
        expires_at: rows::at(1, 0),
    }
}

#[tokio::test]
async fn a_link_is_good_for_its_purpose_until_its_time() {
    each(|store| async move {
        let (ann, bob) = (AccountId(1), AccountId(2));
        write(&store, move |tx| {
            for (id, name) in [(ann, "ann"), (bob, "bob")] {
                accounts::insert(tx, &rows::local_account(id.0, name))?;
                users::insert(tx, &rows::user(id))?;
            }
            mail_links::insert(tx, &link(1, ann, MailPurpose::Reset))?;
            mail_links::insert(tx, &link(2, ann, MailPurpose::Reset))?;
            mail_links::insert(tx, &link(3, ann, MailPurpose::Confirm))?;
            mail_links::insert(tx, &link(4, bob, MailPurpose::Reset))
        })
        .await;
        let live = |hash: &'static str, purpose, now| {
            read(&store, move |db| mail_links::live(db, hash, purpose, now))
        };
        let (early, late) = (rows::at(0, 0), rows::at(1, 0));
        assert_eq!(
            live("link 1", MailPurpose::Reset, early).await,
            Some(link(1, ann, MailPurpose::Reset))
        );
        assert_eq!(live("link 1", MailPurpose::Reset, late).await, None);
        assert_eq!(live("link 1", MailPurpose::Confirm, early).await, None);
        let gone = write(&store, move |tx| {
            mail_links::delete_of(tx, ann, MailPurpose::Reset)
        });
        assert_eq!(gone.await, 2);
        assert_eq!(live("link 2", MailPurpose::Reset, early).await, None);
        assert!(live("link 3", MailPurpose::Confirm, early).await.is_some());
        assert!(live("link 4", MailPurpose::Reset, early).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn an_address_can_be_changed_until_it_is_confirmed() {
    each(|store| async move {
        let (ann, bob) = (AccountId(1), AccountId(2));
        write(&store, move |tx| {
            accounts::insert(tx, &rows::local_account(1, "ann"))?;
            accounts::insert(tx, &rows::local_account(2, "bob"))?;
            users::insert(tx, &rows::user(bob))?;
            users::insert(
                tx,
                &User {
                    confirmed_at: None,
                    ..rows::user(ann)
                },
            )
        })
        .await;
        let old = |before| read(&store, move |db| users::unconfirmed_since(db, before, 9));
        assert_eq!(old(rows::at(0, 1)).await, [ann]);
        assert!(old(rows::at(0, 0)).await.is_empty());
        for (who, changed) in [(ann, true), (bob, false)] {
            let done = write(&store, move |tx| {
                users::set_unconfirmed_email(tx, who, "new@there.test")
            });
            assert_eq!(done.await, changed);
        }
        for first in [true, false] {
            let done = write(&store, move |tx| users::confirm(tx, ann, rows::at(0, 5)));
            assert_eq!(done.await, first);
        }
        let kept = read(&store, move |db| users::by_id(db, ann)).await.unwrap();
        assert_eq!(kept.email.as_deref(), Some("new@there.test"));
        assert_eq!(kept.confirmed_at, Some(rows::at(0, 5)));
        assert!(!kept.waits());
        assert!(old(rows::at(9, 0)).await.is_empty());
    })
    .await;
}
