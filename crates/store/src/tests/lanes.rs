//! Lanes: what may be sent now, host by host.

use std::{collections::HashSet, time::Duration};

use kontor_domain::{
    ids::{ActivityId, DeliveryId},
    time::Time,
};

use super::{
    deliveries::{cast, delivery},
    read, take, write,
};
use crate::{
    Opener, Result, Store,
    deliveries::{self, End, NewDelivery, Priority},
    hosts,
    lanes::{self, Next, Round, Terms, Wish},
    testing::{Backend, Fresh, each, rows::at},
};

fn terms(now: Time) -> Terms {
    Terms {
        now,
        lease: Duration::from_secs(60),
        failing_from: 3,
        probe: Duration::from_secs(20),
    }
}

fn wish(host: &str, room: usize) -> Wish {
    Wish {
        host: host.to_owned(),
        room,
        busy: 0,
    }
}

fn next(host: &str, seconds: i64, priority: Priority) -> Next {
    Next {
        host: host.to_owned(),
        at: at(0, seconds),
        priority,
    }
}

/// What may be sent: by a claim that is undone, and by a look, which must agree.
async fn due(store: &Store, now: Time, wishes: &[Wish], busy: &[i64]) -> Round {
    let busy: Vec<_> = busy.iter().copied().map(DeliveryId).collect();
    let (seen_busy, seen_wishes) = (busy.clone(), wishes.to_vec());
    let mut seen = read(store, move |db| {
        lanes::peek(db, &terms(now), &seen_wishes, &seen_busy)
    })
    .await;
    let claimed = std::sync::Arc::new(std::sync::Mutex::new(Round::default()));
    let (told, wishes) = (claimed.clone(), wishes.to_vec());
    let undone: Result<()> = store
        .write(move |tx| {
            *told.lock().unwrap() = lanes::claim(tx, &terms(now), &wishes, &busy)?;
            Err(crate::Error::Lost)
        })
        .await;
    assert!(undone.is_err());
    let mut claimed = claimed.lock().unwrap().clone();
    for row in claimed.rows.iter_mut().chain(&mut seen.rows) {
        row.locked_until = None;
    }
    claimed
        .rows
        .sort_by_key(|row| (row.priority, row.host.clone(), row.id));
    seen.rows
        .sort_by_key(|row| (row.priority, row.host.clone(), row.id));
    seen.later.sort();
    claimed.later.sort();
    assert_eq!(claimed, seen);
    seen
}

fn ids(round: &Round) -> Vec<i64> {
    round.rows.iter().map(|row| row.id.0).collect()
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
        let both = |room| {
            [
                wish("far.test", room),
                wish("low.test", room),
                wish("new.test", room),
            ]
        };
        let found = due(&store, at(0, 10), &both(9), &[]).await;
        assert_eq!(ids(&found), [9, 1, 4, 3]);
        assert_eq!(found.later, [next("far.test", 60, Priority::FanOut)]);
        assert_eq!(ids(&due(&store, at(0, 10), &both(1), &[]).await), [9, 3]);
        assert_eq!(ids(&due(&store, at(0, 10), &both(2), &[]).await), [9, 4, 3]);
        // By time, and nothing that another process could be about to send twice.
        let found = due(&store, at(0, 4), &both(9), &[]).await;
        assert_eq!(ids(&found), [4, 3]);
        assert_eq!(found.later, [next("far.test", 5, Priority::Direct)]);
        let busy = |room, busy| {
            [Wish {
                busy,
                ..wish("far.test", room)
            }]
        };
        assert_eq!(
            ids(&due(&store, at(0, 10), &busy(9, 2), &[9, 4]).await),
            [1]
        );
        // Number 1 is on its way: number 2 waits for it.
        assert_eq!(
            ids(&due(&store, at(0, 10), &busy(9, 1), &[1]).await),
            [9, 4]
        );
        assert_eq!(
            write(&store, |tx| deliveries::delivered(
                tx,
                &[DeliveryId(1)],
                202,
                at(0, 10)
            ))
            .await,
            1
        );
        assert_eq!(
            ids(&due(&store, at(0, 10), &both(9), &[]).await),
            [9, 2, 4, 3]
        );
    })
    .await;
}

#[tokio::test]
async fn what_goes_everywhere_goes_last() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let everywhere = |id: i64, seconds: i64| NewDelivery {
                priority: Priority::Everywhere,
                ..delivery(id, "far.test", &format!("o{id}"), seconds)
            };
            let rows = [
                everywhere(1, 0),
                delivery(2, "far.test", "o2", 5),
                everywhere(3, 60),
            ];
            deliveries::insert_many(tx, &rows).map(drop)
        })
        .await;
        let lane = |room| [wish("far.test", room)];
        assert_eq!(ids(&due(&store, at(0, 10), &lane(1), &[]).await), [2]);
        let found = due(&store, at(0, 10), &lane(9), &[]).await;
        assert_eq!(ids(&found), [2, 1]);
        assert_eq!(found.later, [next("far.test", 60, Priority::Everywhere)]);
        let waiting = read(&store, |db| lanes::waiting(db, "", 9)).await;
        assert_eq!(waiting, [next("far.test", 0, Priority::FanOut)]);
    })
    .await;
}

#[tokio::test]
async fn a_paused_host_gives_nothing_and_a_failing_one_gives_one() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            for _ in 0..3 {
                hosts::failed(tx, "dead.test", at(0, 0), Some(at(0, 50)), "timed out")?;
            }
            hosts::failed(tx, "well.test", at(0, 0), None, "timed out")?;
            let rows = [
                delivery(1, "dead.test", "o1", 0),
                delivery(2, "dead.test", "o2", 0),
                delivery(3, "well.test", "o1", 0),
                delivery(4, "well.test", "o2", 0),
            ];
            deliveries::insert_many(tx, &rows).map(drop)
        })
        .await;
        let both = [wish("dead.test", 4), wish("well.test", 4)];
        let found = due(&store, at(0, 49), &both, &[]).await;
        assert_eq!(ids(&found), [3, 4]);
        assert_eq!(found.hosts.len(), 2);
        assert_eq!(ids(&due(&store, at(0, 50), &both, &[]).await), [1, 3, 4]);
        let probing = [Wish {
            busy: 1,
            ..wish("dead.test", 3)
        }];
        assert_eq!(ids(&due(&store, at(0, 50), &probing, &[1]).await), [0; 0]);
        write(&store, |tx| hosts::succeeded(tx, "dead.test", at(0, 10))).await;
        assert_eq!(ids(&due(&store, at(0, 10), &both, &[]).await), [1, 2, 3, 4]);
    })
    .await;
}

#[tokio::test]
async fn hosts_are_found_with_the_time_of_their_first_and_those_of_an_activity_with_their_priority()
{
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let direct = NewDelivery {
                priority: Priority::Direct,
                ..delivery(5, "b.test", "o5", 9)
            };
            let rows = [
                delivery(1, "a.test", "o1", 7),
                delivery(2, "a.test", "o2", 3),
                delivery(3, "b.test", "o1", 20),
                delivery(4, "c.test", "o1", 1),
                direct,
            ];
            deliveries::insert_many(tx, &rows)?;
            let end = End::Failed {
                status: None,
                why: "gone".to_owned(),
            };
            deliveries::settle(tx, &[(DeliveryId(4), end)], at(0, 1))
        })
        .await;
        let waiting = async |after: &'static str, most| {
            read(&store, move |db| lanes::waiting(db, after, most)).await
        };
        let all = [
            next("a.test", 3, Priority::FanOut),
            next("b.test", 9, Priority::Direct),
        ];
        assert_eq!(waiting("", 9).await, all);
        assert_eq!(waiting("", 1).await, all[..1]);
        assert_eq!(waiting("a.test", 9).await, all[1..]);
        assert_eq!(waiting("b.test", 9).await, []);
        let mut hosts = read(&store, |db| {
            lanes::of_activities(db, &[ActivityId(5), ActivityId(6)])
        })
        .await;
        hosts.sort();
        assert_eq!(
            hosts,
            [
                ("a.test".to_owned(), Priority::FanOut),
                ("b.test".to_owned(), Priority::Direct)
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_claim_lapses_with_its_lease_unless_it_is_renewed() {
    let fresh = Fresh::new(Backend::Postgres);
    let store = fresh.store();
    write(&store, |tx| {
        cast(tx)?;
        deliveries::insert_many(tx, &[delivery(1, "far.test", "o1", 0)]).map(drop)
    })
    .await;
    let claim = async |now| {
        write(&store, move |tx| {
            lanes::claim(tx, &terms(now), &[wish("far.test", 4)], &[])
        })
        .await
        .rows
        .len()
    };
    let lapsed = async |now| read(&store, move |db| lanes::lapsed(db, now)).await;
    assert_eq!(claim(at(0, 0)).await, 1);
    assert_eq!(claim(at(0, 59)).await, 0);
    assert_eq!(lapsed(at(0, 59)).await, [""; 0]);
    write(&store, |tx| {
        lanes::renew(tx, &[DeliveryId(1)], at(0, 50), Duration::from_secs(60))
    })
    .await;
    assert_eq!(claim(at(0, 109)).await, 0);
    assert_eq!(lapsed(at(0, 110)).await, ["far.test"]);
    assert_eq!(claim(at(0, 110)).await, 1);
    // What has ended is not claimed anew by a late renewal.
    write(&store, |tx| {
        let end = End::Again {
            at: at(0, 111),
            status: None,
            why: "late".to_owned(),
        };
        deliveries::settle(tx, &[(DeliveryId(1), end)], at(0, 110))?;
        lanes::renew(tx, &[DeliveryId(1)], at(0, 110), Duration::from_secs(60))
    })
    .await;
    assert_eq!(claim(at(0, 111)).await, 1);
}

/// What was written a while ago is found by a look at everything.
#[tokio::test]
async fn what_was_written_just_now_and_nobody_took_up_is_found() {
    each(|store| async move {
        write(&store, |tx| {
            cast(tx)?;
            let row = |id, host, seconds, priority| NewDelivery {
                created_at: at(0, seconds),
                priority,
                ..delivery(id, host, &format!("o{id}"), seconds)
            };
            let rows = [
                row(1, "old.test", 0, Priority::FanOut),
                row(2, "a.test", 20, Priority::FanOut),
                row(3, "a.test", 21, Priority::Direct),
                row(4, "b.test", 22, Priority::FanOut),
                row(5, "tried.test", 23, Priority::FanOut),
                row(6, "done.test", 24, Priority::FanOut),
                row(7, "claimed.test", 25, Priority::FanOut),
            ];
            deliveries::insert_many(tx, &rows)?;
            deliveries::put_off(tx, DeliveryId(5), at(0, 60), None, "away")?;
            deliveries::delivered(tx, &[DeliveryId(6)], 202, at(0, 24))?;
            super::raw(
                tx,
                "UPDATE deliveries SET locked_until = created_at WHERE id = 7",
            )?;
            let found: Vec<(String, Priority)> =
                lanes::unheard(tx, at(0, 20))?.into_iter().collect();
            assert_eq!(
                found,
                [
                    ("a.test".to_owned(), Priority::Direct),
                    ("b.test".to_owned(), Priority::FanOut)
                ]
            );
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn of_two_processes_one_probes() {
    let fresh = Fresh::new(Backend::Postgres);
    let stores = [
        fresh.store(),
        Store::open(&fresh.settings(), Opener::Server).unwrap(),
    ];
    write(&stores[0], |tx| {
        cast(tx)?;
        for _ in 0..3 {
            hosts::failed(tx, "dead.test", at(0, 0), Some(at(0, 50)), "timed out")?;
        }
        let rows: Vec<_> = (1..9)
            .map(|id| delivery(id, "dead.test", &format!("o{id}"), 0))
            .collect();
        deliveries::insert_many(tx, &rows).map(drop)
    })
    .await;
    let claim = async |store: &Store, seconds| {
        write(store, move |tx| {
            lanes::claim(tx, &terms(at(0, seconds)), &[wish("dead.test", 4)], &[])
        })
        .await
        .rows
        .len()
    };
    let (one, other) = tokio::join!(claim(&stores[0], 50), claim(&stores[1], 50));
    assert_eq!(one + other, 1);
    assert_eq!(claim(&stores[1], 69).await, 0);
    // Whoever probed is gone: another may.
    assert_eq!(claim(&stores[1], 70).await, 1);
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
                let wishes = ["a.test", "b.test", "c.test"].map(|host| wish(host, 2));
                let claimed = take(&store, move |tx| {
                    lanes::claim(tx, &terms(at(0, 0)), &wishes, &[])
                })
                .await
                .rows;
                for row in &claimed {
                    order
                        .lock()
                        .unwrap()
                        .push((row.host.clone(), row.object_uri.clone(), row.id));
                    let id = row.id;
                    let new = write(&store, move |tx| {
                        deliveries::delivered(tx, &[id], 202, at(0, 1))
                    });
                    assert_eq!(new.await, 1);
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
