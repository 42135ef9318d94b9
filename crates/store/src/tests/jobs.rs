//! Jobs.

use std::{collections::HashSet, time::Duration};

use kontor_domain::{ids::JobId, time::Time};

use super::{read, take, write};
use crate::{
    Opener, Result, Store, Tx,
    jobs::{self, Aside, Job},
    testing::{Backend, Fresh, each, rows::at},
};

const LEASE: Duration = Duration::from_secs(60);

fn job(id: i64, lane: Option<&str>, run_at: Time) -> Job {
    Job {
        id: JobId(id),
        queue: "events".to_owned(),
        lane: lane.map(str::to_owned),
        payload: format!("payload {id}"),
        attempts: 0,
        run_at,
        locked_until: None,
        last_error: None,
        failed_at: None,
        created_at: at(0, 0),
        share: None,
    }
}

async fn claim(store: &Store, now: Time, busy: &[i64], most: i64) -> Vec<i64> {
    let busy: Vec<_> = busy.iter().copied().map(JobId).collect();
    take(store, move |tx| {
        jobs::claim(tx, "events", now, &busy, most, LEASE)
    })
    .await
    .iter()
    .map(|job| job.id.0)
    .collect()
}

fn insert_all(tx: &mut Tx<'_>, all: &[Job]) -> Result<()> {
    all.iter().try_for_each(|job| jobs::insert(tx, job))
}

#[tokio::test]
async fn due_jobs_come_by_time_and_those_of_a_lane_one_after_another() {
    each(|store| async move {
        let all = [
            job(1, Some("a"), at(0, 9)),
            job(2, Some("a"), at(0, 1)),
            job(3, Some("b"), at(0, 3)),
            job(4, None, at(0, 2)),
            job(5, None, at(0, 50)),
            Job {
                queue: "mail".to_owned(),
                ..job(6, Some("a"), at(0, 1))
            },
        ];
        let rows = all.clone();
        write(&store, move |tx| insert_all(tx, &rows)).await;
        let twice = all[0].clone();
        assert!(
            store
                .write(move |tx| jobs::insert(tx, &twice))
                .await
                .unwrap_err()
                .is_unique_violation()
        );
        assert_eq!(
            read(&store, |db| jobs::peek(db, "events", at(0, 9), &[], 9)).await,
            [all[3].clone(), all[2].clone(), all[0].clone()]
        );
        assert_eq!(claim(&store, at(0, 0), &[], 9).await, [0; 0]);
        assert_eq!(claim(&store, at(0, 9), &[], 1).await, [4]);
        // On SQLite the process that remembers is the claim.
        assert_eq!(claim(&store, at(0, 9), &[4], 9).await, [3, 1]);
        assert_eq!(claim(&store, at(0, 9), &[4, 3, 1], 9).await, [0; 0]);
        assert!(write(&store, |tx| jobs::finish(tx, JobId(1))).await);
        assert!(!write(&store, |tx| jobs::finish(tx, JobId(1))).await);
        assert_eq!(claim(&store, at(0, 9), &[4, 3], 9).await, [2]);
        assert_eq!(read(&store, |db| jobs::depth(db, "events")).await, (4, 0));
        assert_eq!(read(&store, |db| jobs::depth(db, "mail")).await, (1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_job_is_put_off_or_set_aside_with_its_reason() {
    each(|store| async move {
        write(&store, |tx| {
            insert_all(
                tx,
                &[job(1, Some("a"), at(0, 0)), job(2, Some("a"), at(0, 0))],
            )
        })
        .await;
        write(&store, |tx| {
            jobs::put_off(tx, JobId(1), at(0, 30), "not yet")
        })
        .await;
        // It still stands before the other of its lane.
        assert_eq!(claim(&store, at(0, 10), &[], 9).await, [0; 0]);
        let waiting = read(&store, |db| jobs::peek(db, "events", at(0, 30), &[], 9)).await;
        assert_eq!(
            (waiting[0].attempts, waiting[0].last_error.as_deref()),
            (1, Some("not yet"))
        );
        write(&store, |tx| {
            jobs::set_aside(tx, JobId(1), at(0, 31), "never")
        })
        .await;
        assert_eq!(read(&store, |db| jobs::depth(db, "events")).await, (1, 1));
        assert_eq!(claim(&store, at(0, 40), &[], 9).await, [2]);
    })
    .await;
}

#[tokio::test]
async fn the_next_due_is_the_first_that_could_be_claimed() {
    each(|store| async move {
        let next = async |busy: &[i64]| {
            let busy: Vec<_> = busy.iter().copied().map(JobId).collect();
            read(&store, move |db| jobs::next_due(db, "events", &busy)).await
        };
        assert_eq!(next(&[]).await, None);
        write(&store, |tx| {
            insert_all(
                tx,
                &[
                    job(1, Some("a"), at(0, 20)),
                    job(2, Some("a"), at(0, 5)),
                    job(3, None, at(0, 40)),
                ],
            )
        })
        .await;
        assert_eq!(next(&[]).await, Some(at(0, 20)));
        // Job 2 is due and waits behind a busy one: it is no reason to wake.
        assert_eq!(next(&[1]).await, Some(at(0, 40)));
        assert_eq!(next(&[1, 3]).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_claim_lapses_with_its_lease() {
    let fresh = Fresh::new(Backend::Postgres);
    let store = fresh.store();
    write(&store, |tx| {
        insert_all(
            tx,
            &[job(1, Some("a"), at(0, 0)), job(2, Some("a"), at(0, 0))],
        )
    })
    .await;
    assert_eq!(claim(&store, at(0, 0), &[], 9).await, [1]);
    assert_eq!(claim(&store, at(0, 59), &[], 9).await, [0; 0]);
    assert_eq!(
        read(&store, |db| jobs::next_due(db, "events", &[])).await,
        Some(at(0, 60))
    );
    assert_eq!(claim(&store, at(0, 60), &[], 9).await, [1]);
    write(&store, |tx| jobs::put_off(tx, JobId(1), at(0, 61), "again")).await;
    assert_eq!(claim(&store, at(0, 61), &[], 9).await, [1]);
}

#[tokio::test]
async fn a_renewed_claim_lapses_later() {
    let fresh = Fresh::new(Backend::Postgres);
    let store = fresh.store();
    write(&store, |tx| {
        insert_all(tx, &[job(1, None, at(0, 0)), job(2, None, at(0, 0))])
    })
    .await;
    assert_eq!(claim(&store, at(0, 0), &[], 9).await, [1, 2]);
    // The second ended in the meantime: it must not be kept from being claimed again.
    write(&store, |tx| jobs::put_off(tx, JobId(2), at(0, 51), "again")).await;
    write(&store, |tx| {
        jobs::renew(
            tx,
            &[JobId(1), JobId(2)],
            at(0, 50),
            Duration::from_secs(60),
        )
    })
    .await;
    assert_eq!(claim(&store, at(0, 60), &[], 9).await, [2]);
    assert_eq!(claim(&store, at(0, 109), &[2], 9).await, [0; 0]);
    assert_eq!(claim(&store, at(0, 110), &[2], 9).await, [1]);
}

/// Two processes on one database take turns over many jobs at once: each is run once, and no lane is overtaken.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_job_is_claimed_twice() {
    const JOBS: i64 = 240;
    let fresh = Fresh::new(Backend::Postgres);
    let stores = [
        fresh.store(),
        Store::open(&fresh.settings(), Opener::Server).unwrap(),
    ];
    write(&stores[0], |tx| {
        let lanes = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let all: Vec<_> = (0..JOBS)
            .map(|id| {
                job(
                    id,
                    lanes.get(usize::try_from(id % 12).unwrap()).copied(),
                    at(0, 0),
                )
            })
            .collect();
        insert_all(tx, &all)
    })
    .await;
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..6 {
        let store = stores[worker % 2].clone();
        workers.spawn(async move {
            let mut done = Vec::new();
            loop {
                let claimed = claim(&store, at(0, 0), &[], 3).await;
                for id in &claimed {
                    assert!(
                        write(&store, {
                            let id = JobId(*id);
                            move |tx| jobs::finish(tx, id)
                        })
                        .await
                    );
                    done.push(*id);
                }
                if claimed.is_empty() {
                    if read(&store, |db| jobs::depth(db, "events")).await.0 == 0 {
                        return done;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        });
    }
    let done: Vec<Vec<i64>> = workers.join_all().await;
    let all: Vec<i64> = done.iter().flatten().copied().collect();
    assert_eq!(all.len(), usize::try_from(JOBS).unwrap());
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
}

fn of_share(id: i64, share: &str, lane: Option<&str>) -> Job {
    Job {
        share: Some(share.to_owned()),
        ..job(id, lane, at(0, 1))
    }
}

/// A host that sent much has no more of its jobs under way than one that sent little, until the others have none left.
#[tokio::test]
async fn shares_take_turns() {
    each(|store| async move {
        let mut all: Vec<Job> = (1..=6).map(|id| of_share(id, "flood", None)).collect();
        all.extend([
            of_share(11, "brook", None),
            of_share(12, "brook", None),
            of_share(13, "calm", Some("x")),
            of_share(14, "calm", Some("x")),
        ]);
        write(&store, move |tx| insert_all(tx, &all)).await;
        let peek = |after: &str, busy: &[i64], most| {
            let after = after.to_owned();
            let busy: Vec<_> = busy.iter().copied().map(JobId).collect();
            read(&store, move |db| {
                let fair = jobs::peek_fair(db, "events", at(0, 9), &busy, most, &after)?;
                let ids: Vec<_> = fair.jobs.iter().map(|job| job.id.0).collect();
                Ok((ids, fair.after))
            })
        };
        let ids = |found: (Vec<i64>, String)| found.0;
        assert_eq!(
            peek("", &[], 3).await,
            (vec![11, 13, 1], "flood".to_owned())
        );
        assert_eq!(
            peek("brook", &[], 2).await,
            (vec![13, 1], "flood".to_owned())
        );
        assert_eq!(
            ids(peek("flood", &[], 1).await),
            [11],
            "after the last comes the first"
        );
        assert_eq!(
            ids(peek("", &[], 6).await),
            [11, 12, 13, 1, 2],
            "calm has one lane"
        );
        assert_eq!(
            ids(peek("", &[11, 13, 1], 3).await),
            [12, 2],
            "calm's next waits for its first"
        );
        assert_eq!(
            peek("", &[11, 12], 1).await,
            (vec![13], "calm".to_owned()),
            "a share with nothing to give holds up no other"
        );
        assert_eq!(peek("brook", &[], 0).await, (vec![], "brook".to_owned()));
        let early = read(&store, |db| {
            jobs::peek_fair(db, "events", at(0, 0), &[], 9, "")
        })
        .await;
        assert!(early.jobs.is_empty(), "nothing is due yet");

        let claim = || {
            write(&store, |tx| {
                let fair = jobs::claim_fair(tx, "events", at(0, 9), &[], 3, LEASE, "")?;
                Ok(fair.jobs.iter().map(|job| job.id.0).collect::<Vec<_>>())
            })
        };
        assert_eq!(claim().await, [11, 13, 1]);
        if store.is_postgres() {
            assert_eq!(claim().await, [12, 2]);
        }
        let waiting = |most| {
            read(&store, move |db| {
                jobs::waiting_of(db, "events", "flood", most)
            })
        };
        assert_eq!((waiting(99).await, waiting(4).await), (6, 4));
    })
    .await;
}

#[tokio::test]
async fn what_was_set_aside_is_listed_and_tried_again() {
    each(|store| async move {
        let all = [
            of_share(1, "a.test", Some("x")),
            of_share(2, "b.test", None),
            of_share(3, "a.test", None),
        ];
        write(&store, move |tx| {
            insert_all(tx, &all)?;
            for id in [1, 2] {
                jobs::set_aside(tx, JobId(id), at(0, 5), "broken")?;
            }
            Ok(())
        })
        .await;
        let listed = |share: Option<&'static str>, page| {
            read(&store, move |db| {
                Ok(jobs::set_aside_of(db, "events", share, &page)?
                    .iter()
                    .map(|job| (job.id.0, job.last_error.clone().unwrap()))
                    .collect::<Vec<_>>())
            })
        };
        let first = kontor_domain::page::Page::first(9);
        let broken = |id| (id, "broken".to_owned());
        assert_eq!(listed(None, first).await, [broken(2), broken(1)]);
        assert_eq!(listed(Some("a.test"), first).await, [broken(1)]);
        let below = kontor_domain::page::Page::below(2, 9);
        assert_eq!(listed(None, below).await, [broken(1)]);
        let again = |id| {
            write(&store, move |tx| {
                jobs::retry(tx, &[JobId(id), JobId(3)], at(0, 7))
            })
        };
        assert_eq!(again(1).await, 1, "one that waits is left as it is");
        assert_eq!(again(1).await, 0);
        assert_eq!(listed(None, first).await, [broken(2)]);
        let due = read(&store, |db| jobs::peek(db, "events", at(0, 7), &[], 9)).await;
        let one = due.iter().find(|job| job.id == JobId(1)).unwrap();
        assert_eq!((one.attempts, one.run_at), (0, at(0, 7)));
    })
    .await;
}

/// Whoever runs the queue is woken by the end of a job if another one of its lane waits, and only then.
#[tokio::test]
async fn the_end_of_a_job_is_told_if_something_waited_for_it() {
    each(|store| async move {
        let mut notices = store.notices();
        let mut told = async || {
            // What this writes comes after everything before it.
            store.tell("test", "end");
            let mut told = Vec::new();
            loop {
                let notice = notices.recv().await.unwrap();
                match notice.topic.as_str() {
                    "test" => return told,
                    jobs::TOPIC => told.push(notice.payload),
                    _ => {}
                }
            }
        };
        write(&store, |tx| {
            insert_all(
                tx,
                &[
                    job(1, Some("a"), at(0, 0)),
                    job(2, Some("a"), at(0, 0)),
                    job(3, None, at(0, 0)),
                    job(4, None, at(0, 0)),
                ],
            )
        })
        .await;
        assert_eq!(told().await, ["events"]);
        // There, one that was written meanwhile would not be seen.
        let last = if store.is_postgres() {
            vec!["events"]
        } else {
            vec![]
        };
        for (id, wanted) in [(1, vec!["events"]), (2, last), (3, vec![])] {
            assert!(write(&store, move |tx| jobs::finish(tx, JobId(id))).await);
            assert_eq!(told().await, wanted, "job {id}");
        }
        write(&store, |tx| {
            jobs::set_aside(tx, JobId(4), at(0, 5), "broken")
        })
        .await;
        assert_eq!(told().await, ["events"]);
    })
    .await;
}

#[tokio::test]
async fn what_was_set_aside_is_taken_away_by_age_and_by_share() {
    each(|store| async move {
        write(&store, |tx| {
            for id in 1..=6 {
                let share = if id % 2 == 0 { "even" } else { "odd" };
                jobs::insert(
                    tx,
                    &Job {
                        share: Some(share.to_owned()),
                        ..job(id, None, at(0, id))
                    },
                )?;
                if id < 6 {
                    jobs::set_aside(tx, JobId(id), at(0, 10 - id), "no")?;
                }
            }
            Ok(())
        })
        .await;
        let standing = || read(&store, |db| jobs::standing(db, "events", 100));
        let wanted = jobs::Standing {
            waiting: 1,
            set_aside: 5,
            first_due: Some(at(0, 6)),
        };
        assert_eq!(standing().await, wanted);
        let bound = read(&store, |db| jobs::standing(db, "events", 2)).await;
        assert_eq!((bound.waiting, bound.set_aside), (1, 2));
        assert_eq!(
            read(&store, |db| jobs::standing(db, "other", 2)).await,
            jobs::Standing::default()
        );
        let crowded = |most| read(&store, move |db| jobs::crowded(db, "events", most));
        assert_eq!(crowded(2).await, ["odd".to_owned()]);
        assert_eq!(crowded(3).await, Vec::<String>::new());
        let take = |which: Aside, most| {
            write(&store, move |tx| {
                let taken = jobs::take_aside(tx, "events", &which, most)?;
                Ok(taken.iter().map(|job| job.id.0).collect::<Vec<_>>())
            })
        };
        // 5 was set aside first.
        assert_eq!(take(Aside::Before(at(0, 6)), 9).await, [5]);
        assert_eq!(take(Aside::Of("odd".to_owned()), 1).await, [3]);
        assert_eq!(take(Aside::Of("even".to_owned()), 9).await, [4, 2]);
        assert_eq!(take(Aside::Before(at(1, 0)), 9).await, [1]);
        assert!(take(Aside::Before(at(1, 0)), 9).await.is_empty());
        assert_eq!(standing().await.waiting, 1);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_is_still_to_come_may_be_given_another_payload() {
    each(|store| async move {
        let all = [
            job(1, Some("a"), at(0, 9)),
            job(2, Some("a"), at(0, 1)),
            job(3, Some("a"), at(0, 7)),
            job(4, Some("b"), at(0, 9)),
            Job {
                failed_at: Some(at(0, 0)),
                ..job(5, Some("a"), at(0, 9))
            },
            Job {
                locked_until: Some(at(1, 0)),
                ..job(6, Some("a"), at(0, 9))
            },
        ];
        write(&store, move |tx| insert_all(tx, &all)).await;
        let to_come = || read(&store, |db| jobs::to_come(db, "events", "a", at(0, 5)));
        let ids = |jobs: &[Job]| jobs.iter().map(|job| job.id.0).collect::<Vec<_>>();
        assert_eq!(ids(&to_come().await), [1, 3]);
        let replace = |id: i64| {
            write(&store, move |tx| {
                jobs::replace(tx, JobId(id), "another", at(0, 5))
            })
        };
        assert!(replace(3).await);
        for id in [2, 5, 6, 7] {
            assert!(!replace(id).await, "{id}");
        }
        let payloads: Vec<String> = to_come().await.into_iter().map(|job| job.payload).collect();
        assert_eq!(payloads, ["payload 1", "another"]);
        let hasten = |tx: &mut Tx<'_>| jobs::hasten(tx, "events", "a", at(0, 5));
        write(&store, hasten).await;
        assert!(to_come().await.is_empty());
        assert_eq!(claim(&store, at(0, 5), &[], 9).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn what_is_still_to_come_of_a_share_may_be_hastened() {
    each(|store| async move {
        let waits = |id: i64, share: &str| Job {
            run_at: at(0, 9),
            ..of_share(id, share, Some("x"))
        };
        let all = [
            waits(1, "ann"),
            waits(2, "bob"),
            Job {
                queue: "mail".to_owned(),
                ..waits(3, "ann")
            },
        ];
        write(&store, move |tx| insert_all(tx, &all)).await;
        assert_eq!(claim(&store, at(0, 5), &[], 9).await, [0; 0]);
        let hasten = |tx: &mut Tx<'_>| jobs::hasten_of(tx, "events", "ann", at(0, 5));
        write(&store, hasten).await;
        assert_eq!(claim(&store, at(0, 5), &[], 9).await, [1]);
    })
    .await;
}
