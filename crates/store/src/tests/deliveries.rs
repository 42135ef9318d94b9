//! Deliveries.

use std::{collections::HashSet, time::Duration};

use kontor_domain::{
    ids::{AccountId, ActivityId, DeliveryId, PostId},
    time::Time,
};

use super::{activities::activity, read, take, write};
use crate::{
    Opener, Result, Store, Tx, accounts, activities,
    deliveries::{self, Counts, NewDelivery, Priority},
    hosts,
    testing::{
        Backend, Fresh, each,
        rows::{at, local_account},
    },
};

const LEASE: Duration = Duration::from_secs(60);

fn delivery(id: i64, host: &str, object: &str, seconds: i64) -> NewDelivery {
    NewDelivery {
        id: DeliveryId(id),
        activity_id: ActivityId(5),
        host: host.to_owned(),
        inbox_url: format!("https://{host}/inbox/{id}"),
        object_uri: object.to_owned(),
        priority: Priority::FanOut,
        next_attempt_at: at(0, seconds),
        created_at: at(0, 0),
    }
}

fn cast(tx: &mut Tx<'_>) -> Result<()> {
    accounts::insert(tx, &local_account(1, "ann"))?;
    activities::insert(tx, &activity(5))
}

/// The ids that may be sent, in order: by a claim on PostgreSQL that is undone, by a look on SQLite.
async fn due(store: &Store, now: Time, busy: &[i64], full: &[&str], most: i64) -> Vec<i64> {
    let busy: Vec<_> = busy.iter().copied().map(DeliveryId).collect();
    let full: Vec<_> = full.iter().map(|host| (*host).to_owned()).collect();
    let (seen_busy, seen_full) = (busy.clone(), full.clone());
    let seen = read(store, move |db| {
        deliveries::peek(db, now, &seen_busy, &seen_full, most)
    })
    .await;
    let claimed = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = claimed.clone();
    let undone: Result<()> = store
        .take(move |tx| {
            *told.lock().unwrap() = deliveries::claim(tx, now, &busy, &full, most, LEASE)?;
            Err(crate::Error::Lost)
        })
        .await;
    assert!(undone.is_err());
    let ids: Vec<i64> = seen.iter().map(|row| row.id.0).collect();
    assert_eq!(
        claimed
            .lock()
            .unwrap()
            .iter()
            .map(|row| row.id.0)
            .collect::<Vec<_>>(),
        ids
    );
    ids
}

#[tokio::test]
async fn an_inbox_gets_an_activity_once_and_the_whole_row_is_kept() {
    each(|store| async move {
        write(&store, cast).await;
        let many: Vec<_> = (1..=2500)
            .map(|id| delivery(id, "far.test", &format!("o{id}"), 0))
            .collect();
        let again: Vec<_> = many
            .iter()
            .cloned()
            .map(|row| NewDelivery {
                id: DeliveryId(row.id.0 + 9000),
                ..row
            })
            .collect();
        let rows = many.clone();
        assert_eq!(
            write(&store, move |tx| deliveries::insert_many(tx, &rows)).await,
            2500
        );
        assert_eq!(
            write(&store, move |tx| deliveries::insert_many(tx, &many)).await,
            0
        );
        assert_eq!(
            write(&store, move |tx| deliveries::insert_many(tx, &again)).await,
            0
        );
        assert_eq!(
            write(&store, |tx| deliveries::insert_many(tx, &[])).await,
            0
        );
        assert_eq!(
            read(&store, deliveries::counts).await,
            Counts {
                waiting: 2500,
                failed: 0
            }
        );
        let row = read(&store, |db| deliveries::peek(db, at(0, 0), &[], &[], 1))
            .await
            .remove(0);
        let NewDelivery {
            id,
            activity_id,
            host,
            inbox_url,
            object_uri,
            priority,
            next_attempt_at,
            created_at,
        } = delivery(1, "far.test", "o1", 0);
        let wanted = deliveries::Delivery {
            id,
            activity_id,
            host,
            inbox_url,
            object_uri,
            priority,
            attempts: 0,
            next_attempt_at,
            locked_until: None,
            last_status: None,
            last_error: None,
            created_at,
            delivered_at: None,
            failed_at: None,
        };
        assert_eq!(row, wanted);
    })
    .await;
}

#[tokio::test]
async fn those_addressed_go_first_then_by_time_and_about_one_object_to_one_host_in_order() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let direct = NewDelivery {
                priority: Priority::Direct,
                ..delivery(9, "far.test", "o9", 8)
            };
            let rows = [
                delivery(1, "far.test", "o1", 5),
                delivery(2, "far.test", "o1", 0),
                delivery(3, "low.test", "o1", 1),
                delivery(4, "far.test", "o2", 2),
                delivery(5, "far.test", "o3", 60),
                direct,
            ];
            deliveries::insert_many(tx, &rows).map(drop)
        })
        .await;
        assert_eq!(due(&store, at(0, 10), &[], &[], 9).await, [9, 3, 4, 1]);
        assert_eq!(due(&store, at(0, 10), &[], &[], 2).await, [9, 3]);
        assert_eq!(due(&store, at(0, 10), &[], &[], 0).await, [0; 0]);
        assert_eq!(due(&store, at(0, 4), &[], &[], 9).await, [3, 4]);
        assert_eq!(due(&store, at(0, 10), &[9, 4], &[], 9).await, [3, 1]);
        // Number 1 is on its way: number 2 waits for it, not for its claim.
        assert_eq!(due(&store, at(0, 10), &[1], &[], 9).await, [9, 3, 4]);
        assert_eq!(due(&store, at(0, 10), &[], &["far.test"], 9).await, [3]);
        assert!(
            write(&store, |tx| deliveries::delivered(
                tx,
                DeliveryId(1),
                202,
                at(0, 10)
            ))
            .await
        );
        assert_eq!(due(&store, at(0, 10), &[], &[], 9).await, [9, 2, 3, 4]);
    })
    .await;
}

#[tokio::test]
async fn a_paused_host_waits_and_the_others_do_not() {
    each(|store| async move {
        let next = async |busy: &[i64], full: &[&str]| {
            let busy: Vec<_> = busy.iter().copied().map(DeliveryId).collect();
            let full: Vec<_> = full.iter().map(|host| (*host).to_owned()).collect();
            read(&store, move |db| deliveries::next_due(db, &busy, &full)).await
        };
        assert_eq!(next(&[], &[]).await, None);
        write(&store, |tx| {
            cast(tx)?;
            hosts::failed(tx, "dead.test", at(0, 0), Some(at(0, 50)), "timed out")?;
            hosts::failed(tx, "well.test", at(0, 0), Some(at(0, 3)), "timed out")?;
            let rows = [
                delivery(1, "dead.test", "o1", 0),
                delivery(2, "dead.test", "o2", 90),
                delivery(3, "well.test", "o1", 5),
                delivery(4, "well.test", "o1", 6),
            ];
            deliveries::insert_many(tx, &rows).map(drop)
        })
        .await;
        assert_eq!(due(&store, at(0, 10), &[], &[], 9).await, [3]);
        assert_eq!(due(&store, at(0, 49), &[], &[], 9).await, [3]);
        assert_eq!(due(&store, at(0, 50), &[], &[], 9).await, [1, 3]);
        assert_eq!(next(&[], &[]).await, Some(at(0, 5)));
        assert_eq!(next(&[3], &[]).await, Some(at(0, 50)));
        assert_eq!(next(&[], &["well.test"]).await, Some(at(0, 50)));
        assert_eq!(next(&[1, 3], &[]).await, Some(at(0, 90)));
        assert_eq!(next(&[1, 2, 3], &[]).await, None);
        write(&store, |tx| hosts::succeeded(tx, "dead.test", at(0, 10))).await;
        assert_eq!(next(&[3], &[]).await, Some(at(0, 0)));
        assert_eq!(due(&store, at(0, 10), &[3], &[], 9).await, [1]);
    })
    .await;
}

async fn put_off(
    store: &Store,
    id: i64,
    until: Time,
    status: Option<i32>,
    why: &'static str,
) -> bool {
    let id = DeliveryId(id);
    write(store, move |tx| {
        deliveries::put_off(tx, id, until, status, why)
    })
    .await
}

async fn fail(store: &Store, id: i64, status: Option<i32>, why: &'static str, now: Time) -> bool {
    let id = DeliveryId(id);
    write(store, move |tx| deliveries::fail(tx, id, status, why, now)).await
}

async fn delivered(store: &Store, id: i64, now: Time) -> bool {
    let id = DeliveryId(id);
    write(store, move |tx| deliveries::delivered(tx, id, 202, now)).await
}

#[tokio::test]
async fn an_end_is_written_once() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let rows = [
                delivery(1, "far.test", "o1", 0),
                delivery(2, "far.test", "o1", 0),
                delivery(3, "far.test", "o3", 0),
            ];
            deliveries::insert_many(tx, &rows).map(drop)
        })
        .await;
        let done = at(0, 9);
        assert!(put_off(&store, 1, at(0, 30), None, "refused").await);
        assert!(fail(&store, 1, Some(410), "gone", done).await);
        assert!(!delivered(&store, 1, done).await);
        assert!(!put_off(&store, 1, done, Some(500), "late").await);
        assert!(delivered(&store, 2, done).await);
        assert!(!fail(&store, 2, None, "late", done).await);
        assert!(put_off(&store, 3, at(0, 30), Some(503), "busy").await);
        let rows = read(&store, |db| deliveries::of_post(db, PostId(5))).await;
        let ends: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.attempts,
                    row.last_status,
                    row.last_error.as_deref(),
                    row.delivered_at,
                    row.failed_at,
                )
            })
            .collect();
        assert_eq!(
            ends,
            [
                (2, Some(410), Some("gone"), None, Some(done)),
                (1, Some(202), None, Some(done), None),
                (1, Some(503), Some("busy"), None, None),
            ]
        );
        assert_eq!(rows[2].next_attempt_at, at(0, 30));
        assert_eq!(
            read(&store, |db| deliveries::of_post(db, PostId(6))).await,
            []
        );
        assert_eq!(
            read(&store, deliveries::counts).await,
            Counts {
                waiting: 1,
                failed: 1
            }
        );
        let cargo = read(&store, |db| {
            deliveries::bodies(db, &[DeliveryId(1), DeliveryId(3), DeliveryId(9)])
        })
        .await;
        assert_eq!(cargo.len(), 2);
        assert!(
            cargo
                .iter()
                .all(|cargo| cargo.body == activity(5).body && cargo.account_id == AccountId(1))
        );
    })
    .await;
}

#[tokio::test]
async fn a_claim_lapses_with_its_lease() {
    let fresh = Fresh::new(Backend::Postgres);
    let store = fresh.store();
    write(&store, |tx| {
        cast(tx)?;
        deliveries::insert_many(tx, &[delivery(1, "far.test", "o1", 0)]).map(drop)
    })
    .await;
    let claim = async |now| {
        take(&store, move |tx| {
            deliveries::claim(tx, now, &[], &[], 9, LEASE)
        })
        .await
        .len()
    };
    assert_eq!(claim(at(0, 0)).await, 1);
    assert_eq!(claim(at(0, 59)).await, 0);
    assert_eq!(
        read(&store, |db| deliveries::next_due(db, &[], &[])).await,
        Some(at(0, 60))
    );
    assert_eq!(claim(at(0, 60)).await, 1);
}

/// Two processes send what three hosts are to get: everything once, and in order for each host and object.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_delivery_is_claimed_twice_and_none_overtakes_another() {
    const MANY: i64 = 180;
    let fresh = Fresh::new(Backend::Postgres);
    let stores = [
        fresh.store(),
        Store::open(&fresh.settings(), Opener::Server).unwrap(),
    ];
    write(&stores[0], |tx| {
        cast(tx)?;
        let hosts = ["a.test", "b.test", "c.test"];
        let rows: Vec<_> = (0..MANY)
            .map(|id| {
                delivery(
                    id,
                    hosts[usize::try_from(id % 3).unwrap()],
                    &format!("o{}", id % 15),
                    0,
                )
            })
            .collect();
        deliveries::insert_many(tx, &rows).map(drop)
    })
    .await;
    let order = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..6 {
        let (store, order) = (stores[worker % 2].clone(), order.clone());
        workers.spawn(async move {
            loop {
                let claimed = take(&store, |tx| {
                    deliveries::claim(tx, at(0, 0), &[], &[], 4, LEASE)
                })
                .await;
                for row in &claimed {
                    order
                        .lock()
                        .unwrap()
                        .push((row.host.clone(), row.object_uri.clone(), row.id));
                    let id = row.id;
                    assert!(
                        write(&store, move |tx| deliveries::delivered(
                            tx,
                            id,
                            202,
                            at(0, 1)
                        ))
                        .await
                    );
                }
                if claimed.is_empty() && read(&store, deliveries::counts).await.waiting == 0 {
                    return;
                }
            }
        });
    }
    workers.join_all().await;
    let order = order.lock().unwrap();
    assert_eq!(
        order
            .iter()
            .map(|(_, _, id)| *id)
            .collect::<HashSet<_>>()
            .len(),
        order.len()
    );
    assert_eq!(order.len(), usize::try_from(MANY).unwrap());
    for (host, object, _) in order.iter() {
        let ids: Vec<_> = order
            .iter()
            .filter(|(h, o, _)| h == host && o == object)
            .map(|(_, _, id)| *id)
            .collect();
        assert!(ids.is_sorted(), "{host} {object}: {ids:?}");
    }
}
