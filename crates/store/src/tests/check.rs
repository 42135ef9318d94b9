//! Looking over a database, and mending counters.

use kontor_domain::{
    audience::Audience,
    follow::FollowState::{Accepted, Pending},
    ids::AccountId,
};

use super::{raw, read, write};
use crate::{
    Result, Tx, accounts, boosts,
    check::{self, Counter, Difference, Report},
    follows, posts,
    posts::Post,
    testing::{
        Backend, Fresh, each,
        rows::{follow, local_account, post, remote_account, reply},
    },
};

/// Everything that is counted, and beside it what is not.
fn cast(tx: &mut Tx<'_>) -> Result<()> {
    let (ann, bob) = (
        local_account(1, "ann"),
        remote_account(2, "bob", "far.test"),
    );
    accounts::insert(tx, &ann)?;
    accounts::insert(tx, &bob)?;
    accounts::insert(tx, &remote_account(3, "cat", "far.test"))?;
    follows::insert_if_new(tx, &follow(1, ann.id, bob.id, Accepted))?;
    follows::insert_if_new(tx, &follow(2, AccountId(3), bob.id, Pending))?;
    let parent = post(10, &bob);
    posts::insert(tx, &parent)?;
    posts::insert(tx, &reply(11, &ann, &parent))?;
    posts::insert(
        tx,
        &Post {
            audience: Audience::Unlisted,
            ..reply(12, &ann, &parent)
        },
    )?;
    posts::insert(
        tx,
        &Post {
            audience: Audience::Followers,
            ..reply(13, &ann, &parent)
        },
    )?;
    posts::insert(
        tx,
        &Post {
            audience: Audience::Direct,
            ..reply(14, &ann, &parent)
        },
    )?;
    posts::insert(tx, &reply(15, &ann, &reply(11, &ann, &parent)))
}

fn right(tx: &mut Tx<'_>) -> Result<()> {
    let (ann, bob) = (AccountId(1), AccountId(2));
    accounts::count(tx, bob, accounts::Counter::Followers, 1)?;
    accounts::count(tx, ann, accounts::Counter::Following, 1)?;
    accounts::count(tx, ann, accounts::Counter::Statuses, 4)?;
    accounts::count(tx, bob, accounts::Counter::Statuses, 1)?;
    posts::count_replies(tx, kontor_domain::ids::PostId(10), 2)?;
    posts::count_replies(tx, kontor_domain::ids::PostId(11), 1)
}

#[tokio::test]
async fn right_counters_raise_nothing_and_each_wrong_one_is_named() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            right(tx)
        })
        .await;
        assert!(read(&store, check::check).await.is_sound());
        write(&store, |tx| {
            accounts::count(tx, AccountId(2), accounts::Counter::Followers, 4)?;
            accounts::count(tx, AccountId(3), accounts::Counter::Following, 1)?;
            accounts::count(tx, AccountId(1), accounts::Counter::Statuses, -1)?;
            posts::count_replies(tx, kontor_domain::ids::PostId(12), -1)?;
            boosts::count(tx, kontor_domain::ids::PostId(10), 2)?;
            raw(tx, "UPDATE posts SET favourites_count = 3 WHERE id = 11")
        })
        .await;
        let report = read(&store, check::check).await;
        let differences = [
            Difference {
                counter: Counter::Followers,
                id: 2,
                kept: 5,
                counted: 1,
            },
            Difference {
                counter: Counter::Following,
                id: 3,
                kept: 1,
                counted: 0,
            },
            Difference {
                counter: Counter::Statuses,
                id: 1,
                kept: 3,
                counted: 4,
            },
            Difference {
                counter: Counter::Replies,
                id: 12,
                kept: -1,
                counted: 0,
            },
            Difference {
                counter: Counter::Reblogs,
                id: 10,
                kept: 2,
                counted: 0,
            },
            Difference {
                counter: Counter::Favourites,
                id: 11,
                kept: 3,
                counted: 0,
            },
        ];
        assert_eq!(
            report,
            Report {
                damage: vec![],
                differences: differences.to_vec()
            }
        );
        assert_eq!(
            report.differences[3].to_string(),
            "posts 12: replies_count is -1, counted 0"
        );
        assert_eq!(write(&store, check::repair_counters).await, 6);
        assert!(read(&store, check::check).await.is_sound());
        assert_eq!(write(&store, check::repair_counters).await, 0);
    })
    .await;
}

#[tokio::test]
async fn of_many_differences_some_are_listed() {
    each(|store| async move {
        write(&store, |tx| {
            for id in 1..=check::LISTED + 7 {
                let wrong = accounts::Account {
                    statuses_count: 1,
                    ..local_account(id, &format!("p{id}"))
                };
                accounts::insert(tx, &wrong)?;
            }
            Ok(())
        })
        .await;
        let listed = read(&store, check::check).await.differences;
        assert_eq!(i64::try_from(listed.len()).unwrap(), check::LISTED);
        assert_eq!(
            write(&store, check::repair_counters).await,
            listed.len() + 7
        );
    })
    .await;
}

#[tokio::test]
async fn a_reference_that_leads_nowhere_is_found() {
    let fresh = Fresh::new(Backend::Sqlite);
    let store = fresh.store();
    write(&store, |tx| accounts::insert(tx, &local_account(1, "ann"))).await;
    fresh.execute("PRAGMA foreign_keys = OFF; INSERT INTO account_keys VALUES (77, 'key', '2026-01-01 00:00:00')");
    let report = read(&store, check::check).await;
    assert_eq!(
        report.damage,
        ["row 77 of account_keys refers to a row of accounts that is not there"]
    );
    assert!(!report.is_sound());
}

/// A few bytes turn over inside the file.
#[tokio::test]
async fn a_damaged_file_is_found() {
    let fresh = Fresh::new(Backend::Sqlite);
    let store = fresh.store();
    write(&store, |tx| {
        (1..500).try_for_each(|id| accounts::insert(tx, &local_account(id, &format!("person{id}"))))
    })
    .await;
    drop(store);
    // The last connection to close writes everything into the file and takes the log away; of two
    // that close at once neither is the last.
    let file = fresh.folder().unwrap().join("kontor.db");
    for _ in 0..500 {
        if !file.with_extension("db-wal").exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
        fresh.execute("PRAGMA schema_version");
    }
    assert!(!file.with_extension("db-wal").exists());
    let mut bytes = std::fs::read(&file).unwrap();
    let last_page = bytes.len() - 4096;
    bytes[last_page..last_page + 8].fill(0xff);
    std::fs::write(&file, &bytes).unwrap();
    let report = read(&fresh.store(), check::check).await;
    assert!(!report.damage.is_empty());
}
