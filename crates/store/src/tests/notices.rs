//! Notices: told after the commit, here and in the other processes on the database.

use std::time::{Duration, Instant};

use tokio::{
    sync::broadcast::{Receiver, error::TryRecvError},
    time::timeout,
};

use super::write;
use crate::{
    Bell, Error, Notice, Opener, Result, Store,
    testing::{Backend, Fresh, each, rows::at},
    tombstones,
};

fn notice(payload: &str) -> Notice {
    Notice {
        topic: "topic".to_owned(),
        payload: payload.to_owned(),
    }
}

async fn heard(from: &mut Receiver<Notice>) -> Notice {
    timeout(Duration::from_secs(10), from.recv())
        .await
        .expect("a notice comes")
        .unwrap()
}

#[tokio::test]
async fn a_notice_is_heard_here_after_its_commit_and_once() {
    each(|store| async move {
        let mut notices = store.notices();
        let failed: Result<()> = store
            .write(|tx| {
                tx.notify("topic", "never");
                Err(Error::Lost)
            })
            .await;
        assert!(failed.is_err());
        write(&store, |tx| {
            tx.notify("topic", "one");
            tx.notify("topic", "two");
            tx.notify("topic", "one");
            tombstones::insert(tx, "a", at(0, 0))
        })
        .await;
        store.tell("topic", "three");
        for payload in ["one", "two", "three"] {
            assert_eq!(heard(&mut notices).await, notice(payload));
        }
        // Nor do they come back from the server.
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(notices.try_recv(), Err(TryRecvError::Empty));
    })
    .await;
}

async fn rings(bell: &Bell) -> bool {
    timeout(Duration::from_millis(100), bell.rung())
        .await
        .is_ok()
}

#[tokio::test]
async fn a_bell_rings_for_what_it_is_hung_for_and_once() {
    each(|store| async move {
        let (one, any) = (store.bell("topic", "one"), store.bell("topic", ""));
        for (payload, wanted) in [
            ("one", (true, true)),
            ("two", (false, true)),
            ("", (true, true)),
        ] {
            store.tell("topic", payload);
            store.tell("topic", payload);
            let rung = (rings(&one).await, rings(&any).await);
            assert_eq!(rung, wanted, "{payload}");
            let again = (rings(&one).await, rings(&any).await);
            assert_eq!(again, (false, false), "{payload}");
        }
        store.tell("another", "one");
        assert!(!rings(&one).await && !rings(&any).await);
    })
    .await;
}

fn two() -> (Fresh, Store, Store) {
    let fresh = Fresh::new(Backend::Postgres);
    let one = fresh.store();
    let two = Store::open(&fresh.settings(), Opener::Server).unwrap();
    (fresh, one, two)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_crosses_to_another_process_in_no_time() {
    let (_fresh, one, two) = two();
    let mut notices = two.notices();
    let mut quickest = Duration::MAX;
    for number in 0..10 {
        let payload = number.to_string();
        let told = payload.clone();
        write(&one, move |tx| {
            tx.notify("topic", told.as_str());
            Ok(())
        })
        .await;
        let committed = Instant::now();
        assert_eq!(heard(&mut notices).await, notice(&payload));
        quickest = quickest.min(committed.elapsed());
    }
    // The quickest of ten, since the machine may be busy with other tests.
    assert!(quickest < Duration::from_millis(200), "{quickest:?}");
}

#[tokio::test]
async fn many_cross_in_order_and_what_does_not_fit_is_left_out() {
    let (_fresh, one, two) = two();
    let mut notices = two.notices();
    let long = "x".repeat(7999 - "topic\n".len());
    one.tell("topic", format!("{long}x"));
    one.tell("topic", "a\0b");
    one.tell("topic", long.clone());
    for number in (0..500).rev() {
        one.tell("topic", number.to_string());
    }
    assert_eq!(heard(&mut notices).await, notice(&long));
    for number in (0..500).rev() {
        assert_eq!(heard(&mut notices).await, notice(&number.to_string()));
    }
}

#[tokio::test]
async fn a_broken_line_is_mended() {
    let (fresh, one, two) = two();
    let mut notices = two.notices();
    fresh.hang_up();
    let mut crossed = false;
    for number in 0..100 {
        one.tell("topic", number.to_string());
        if timeout(Duration::from_millis(100), notices.recv())
            .await
            .is_ok()
        {
            crossed = true;
            break;
        }
    }
    assert!(crossed);
}
