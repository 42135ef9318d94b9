//! Deliveries.

use kontor_domain::{
    ids::{ActivityId, DeliveryId, PostId},
    time::Time,
};

use super::{activities::activity, read, write};
use crate::{
    Result, Store, Tx, accounts, activities,
    deliveries::{self, Counts, End, NewDelivery, Priority},
    testing::{
        Backend, Fresh, each,
        rows::{at, local_account},
    },
};

pub(super) fn delivery(id: i64, host: &str, object: &str, seconds: i64) -> NewDelivery {
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

pub(super) fn cast(tx: &mut Tx<'_>) -> Result<()> {
    accounts::insert(tx, &local_account(1, "ann"))?;
    activities::insert(tx, &activity(5))
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
        let row = read(&store, |db| deliveries::of_post(db, PostId(5)))
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
            refusals: 0,
        };
        assert_eq!(row, wanted);
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
    write(store, move |tx| deliveries::delivered(tx, &[id], 202, now)).await == 1
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
    })
    .await;
}

#[tokio::test]
async fn refusals_are_counted_apart() {
    each(|store| async move {
        write(&store, cast).await;
        write(&store, |tx| {
            deliveries::insert_many(tx, &[delivery(1, "far.test", "o1", 0)])?;
            let ends = [
                End::Again {
                    at: at(0, 1),
                    status: Some(502),
                    why: "away".to_owned(),
                },
                End::Refused {
                    at: at(0, 2),
                    status: 403,
                    why: "no".to_owned(),
                },
            ];
            for end in ends {
                deliveries::settle(tx, &[(DeliveryId(1), end)], at(0, 0))?;
            }
            Ok(())
        })
        .await;
        let row = read(&store, |db| deliveries::of_post(db, PostId(5)))
            .await
            .remove(0);
        assert_eq!(
            (
                row.attempts,
                row.refusals,
                row.last_status,
                row.next_attempt_at
            ),
            (2, 1, Some(403), at(0, 2))
        );
    })
    .await;
}

#[tokio::test]
async fn what_has_waited_too_long_is_given_up_but_for_what_is_under_way() {
    each(|store| async move {
        write(&store, cast).await;
        write(&store, |tx| {
            let rows: Vec<_> = (1..=7)
                .map(|id| NewDelivery {
                    created_at: at(0, id),
                    ..delivery(id, "far.test", &format!("o{id}"), 0)
                })
                .collect();
            deliveries::insert_many(tx, &rows)?;
            deliveries::put_off(tx, DeliveryId(1), at(9, 0), Some(504), "it was away")?;
            deliveries::delivered(tx, &[DeliveryId(2)], 202, at(0, 9)).map(drop)
        })
        .await;
        let state = || async { read(&store, |db| deliveries::backlog(db, 100)).await };
        assert_eq!(state().await, (6, Some(at(0, 1))));
        assert_eq!(read(&store, |db| deliveries::backlog(db, 3)).await.0, 3);
        let give_up = |before, busy: &[i64], most| {
            let busy: Vec<_> = busy.iter().copied().map(DeliveryId).collect();
            write(&store, move |tx| {
                deliveries::give_up_older(tx, at(0, before), at(1, 0), &busy, most)
            })
        };
        // 2 has ended, 3 is under way.
        assert_eq!(give_up(4, &[3], 1).await, 1);
        assert_eq!(give_up(4, &[3], 9).await, 1);
        assert_eq!(give_up(4, &[3], 9).await, 0);
        assert_eq!(state().await, (4, Some(at(0, 3))));
        assert_eq!(give_up(9, &[], 9).await, 4);
        assert_eq!(state().await, (0, None));
        let counts = read(&store, deliveries::counts).await;
        assert_eq!(
            counts,
            Counts {
                waiting: 0,
                failed: 6
            }
        );
        let why = read(&store, |db| {
            each!(db, |c| {
                use crate::schema::deliveries;
                use diesel::prelude::*;
                Ok(deliveries::table
                    .filter(deliveries::failed_at.eq(at(1, 0)))
                    .order(deliveries::id)
                    .limit(2)
                    .select(deliveries::last_error)
                    .load::<Option<String>>(c)?)
            })
        })
        .await;
        assert_eq!(
            why,
            [
                Some("it was away".to_owned()),
                Some("it was not delivered in time".to_owned())
            ]
        );
    })
    .await;
}

/// A claim of another process is not overrun; one that lapsed is nobody's.
#[tokio::test]
async fn what_another_process_sends_is_not_given_up() {
    let fresh = Fresh::new(Backend::Postgres);
    let store = fresh.store();
    write(&store, cast).await;
    write(&store, |tx| {
        let rows = [
            delivery(1, "far.test", "o1", 0),
            delivery(2, "far.test", "o2", 0),
        ];
        deliveries::insert_many(tx, &rows)
    })
    .await;
    fresh.execute("UPDATE deliveries SET locked_until = created_at + id * INTERVAL '10 seconds'");
    let given_up = write(&store, |tx| {
        deliveries::give_up_older(tx, at(0, 5), at(0, 15), &[], 9)
    })
    .await;
    assert_eq!(given_up, 1);
}
