//! What is past its time goes, and nothing else.

use kontor_domain::ids::{
    AccountId, ActivityId, ApplicationId, DeliveryId, GrantId, InboxId, InviteId, MailLinkId,
    PostId, SessionId, TIME_SHIFT,
};
use kontor_domain::{
    time,
    user::{MailPurpose, Role},
};

use super::{activities::activity, read, write};
use crate::{
    Result, Tx, accounts, activities, deliveries, home, idempotency, inbox, invites, mail_links,
    oauth, posts,
    prune::{self, Pruned},
    sessions,
    testing::{
        each,
        rows::{at, local_account, post, user},
    },
    tombstones, users, visits,
};

/// For each table a row that is just too old and one that is not. Now is day 0.
fn cast(tx: &mut Tx<'_>) -> Result<()> {
    let ann = local_account(1, "ann");
    accounts::insert(tx, &ann)?;
    users::insert(tx, &user(ann.id))?;
    tombstones::insert(tx, "https://far.test/1", at(-4000, 0))?;
    for days in [-7 * 14, -7 * 11, 0] {
        visits::record(tx, ann.id, at(days, 0))?;
    }
    for (id, seconds) in [(1, 0), (2, 1)] {
        sessions::insert(
            tx,
            &sessions::Session {
                id: SessionId(id),
                token_hash: format!("session {id}"),
                account_id: ann.id,
                user_agent: String::new(),
                created_at: at(-9, 0),
                last_seen_at: at(-9, 0),
                expires_at: at(0, seconds),
            },
        )?;
        posts::insert(tx, &post(id, &ann))?;
        idempotency::insert(
            tx,
            ann.id,
            &format!("key {id}"),
            PostId(id),
            at(-1, seconds - 1),
        )?;
        inbox::insert_if_new(
            tx,
            &inbox::Received {
                id: InboxId(id),
                activity_uri: format!("https://far.test/a/{id}"),
                actor_uri: "https://far.test/u".to_owned(),
                host: "far.test".to_owned(),
                body: "{}".to_owned(),
                received_at: at(-90, 0),
                done_at: None,
                outcome: None,
            },
        )?;
        inbox::finish(tx, InboxId(id), "done", at(-30, seconds - 1))?;
    }
    for (id, seconds) in [(1, 0), (2, 1)] {
        mail_links::insert(
            tx,
            &mail_links::MailLink {
                id: MailLinkId(id),
                token_hash: format!("link {id}"),
                account_id: AccountId(1),
                purpose: MailPurpose::Reset,
                email: "1@here.test".to_owned(),
                expires_at: at(0, seconds),
            },
        )?;
    }
    applications(tx)?;
    sent(tx)
}

fn applications(tx: &mut Tx<'_>) -> Result<()> {
    oauth::insert_application(
        tx,
        &oauth::Application {
            id: ApplicationId(1),
            name: String::new(),
            website: None,
            redirect_uris: String::new(),
            scopes: String::new(),
            client_id: String::new(),
            client_secret_hash: String::new(),
            created_at: at(-900, 0),
        },
    )?;
    for (id, seconds) in [(1, 0), (2, 1)] {
        oauth::insert_grant(
            tx,
            &oauth::Grant {
                id: GrantId(id),
                code_hash: format!("code {id}"),
                application_id: ApplicationId(1),
                account_id: AccountId(1),
                redirect_uri: String::new(),
                scopes: String::new(),
                code_challenge: None,
                token_id: None,
                created_at: at(-9, 0),
                expires_at: at(-1, seconds),
            },
        )?;
    }
    for (id, seconds, uses) in [(1, 0, 0), (2, 1, 0), (3, 0, 1)] {
        invites::insert(
            tx,
            &invites::Invite {
                id: InviteId(id),
                code_hash: format!("invite {id}"),
                created_by: None,
                role: Role::User,
                max_uses: 5,
                uses,
                expires_at: at(-30, seconds),
                created_at: at(-90, 0),
            },
        )?;
    }
    Ok(())
}

/// Activities 1 to 5 are old, 6 is young. Of the old ones, 2 waits, 4 was delivered lately, 5 was given up lately.
fn sent(tx: &mut Tx<'_>) -> Result<()> {
    for number in 1..=6 {
        let made = if number == 6 { at(-7, 1) } else { at(-60, 0) };
        let id = (time::millis(made) << TIME_SHIFT) + number;
        let uri = format!("https://here.test/activities/{number}");
        activities::insert(
            tx,
            &activities::Activity {
                id: ActivityId(id),
                uri,
                ..activity(id)
            },
        )?;
        if number == 6 {
            continue;
        }
        let row = deliveries::NewDelivery {
            id: DeliveryId(number),
            activity_id: ActivityId(id),
            host: "far.test".to_owned(),
            inbox_url: "https://far.test/inbox".to_owned(),
            object_uri: format!("o{number}"),
            priority: deliveries::Priority::FanOut,
            next_attempt_at: made,
            created_at: made,
        };
        deliveries::insert_many(tx, &[row])?;
    }
    deliveries::delivered(tx, &[DeliveryId(1)], 202, at(-7, -1))?;
    deliveries::fail(tx, DeliveryId(3), Some(410), "gone", at(-30, -1))?;
    deliveries::delivered(tx, &[DeliveryId(4)], 202, at(-7, 1))?;
    deliveries::fail(tx, DeliveryId(5), Some(410), "gone", at(-30, 1)).map(drop)
}

#[tokio::test]
async fn what_is_past_its_time_goes_once_and_nothing_else() {
    each(|store| async move {
        write(&store, cast).await;
        let gone = prune::prune(&store, at(0, 0)).await.unwrap();
        let wanted = Pruned {
            sessions: 1,
            grants: 1,
            invites: 1,
            idempotency_keys: 1,
            received: 1,
            deliveries: 2,
            activities: 2,
            home_entries: 0,
            list_entries: 0,
            mail_links: 1,
            mutes: 0,
            tag_days: 0,
            visits: 1,
        };
        assert_eq!(gone, wanted);
        assert_eq!(
            prune::prune(&store, at(0, 0)).await.unwrap(),
            Pruned::default()
        );
        read(&store, |db| {
            assert!(sessions::live(db, "session 2", at(0, 0))?.is_some());
            assert!(oauth::grant(db, "code 2")?.is_some() && oauth::grant(db, "code 1")?.is_none());
            assert!(
                invites::by_hash(db, "invite 2")?.is_some()
                    && invites::by_hash(db, "invite 3")?.is_some()
            );
            assert_eq!(
                idempotency::find(db, AccountId(1), "key 2", at(-9, 0))?,
                Some(PostId(2))
            );
            assert!(
                inbox::by_id(db, InboxId(2))?.is_some() && inbox::by_id(db, InboxId(1))?.is_none()
            );
            assert!(tombstones::deleted_at(db, "https://far.test/1")?.is_some());
            for (number, kept) in [
                (1, false),
                (2, true),
                (3, false),
                (4, true),
                (5, true),
                (6, true),
            ] {
                let uri = format!("https://here.test/activities/{number}");
                assert_eq!(activities::by_uri(db, &uri)?.is_some(), kept, "{number}");
            }
            Ok(())
        })
        .await;
    })
    .await;
}

/// More than one batch of each.
#[tokio::test]
async fn many_go_in_batches() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            users::insert(tx, &user(ann.id))?;
            for id in 0..1001 {
                posts::insert(tx, &post(id, &ann))?;
                home::add(tx, &[ann.id], PostId(id))?;
                idempotency::insert(tx, ann.id, &format!("key {id}"), PostId(id), at(-2, 0))?;
                activities::insert(tx, &activity(id))?;
            }
            Ok(())
        })
        .await;
        let gone = prune::prune(&store, at(0, 0)).await.unwrap();
        let wanted = Pruned {
            idempotency_keys: 1001,
            activities: 1001,
            home_entries: 201,
            ..Pruned::default()
        };
        assert_eq!(gone, wanted);
    })
    .await;
}
