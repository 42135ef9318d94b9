//! Hosts.

use super::{read, write};
use crate::{
    hosts::{self, Dead, Host},
    testing::{each, rows::at},
};

#[tokio::test]
async fn failures_add_up_until_a_success() {
    each(|store| async move {
        write(&store, |tx| {
            hosts::failed(tx, "far.test", at(0, 0), None, "refused")?;
            hosts::failed(tx, "far.test", at(0, 10), Some(at(0, 100)), "timed out")?;
            hosts::failed(tx, "low.test", at(0, 10), Some(at(0, 50)), "timed out")
        })
        .await;
        let known = read(&store, |db| hosts::by_host(db, "far.test"))
            .await
            .unwrap();
        let wanted = Host {
            host: "far.test".to_owned(),
            failures: 2,
            paused_until: Some(at(0, 100)),
            last_success_at: None,
            last_failure_at: Some(at(0, 10)),
            last_error: Some("timed out".to_owned()),
            signature_form: None,
            failing_since: Some(at(0, 0)),
            errors: 0,
        };
        assert_eq!(known, wanted);
        let names = |hosts: Vec<Host>| hosts.into_iter().map(|host| host.host).collect::<Vec<_>>();
        assert_eq!(
            names(read(&store, |db| hosts::paused(db, at(0, 20))).await),
            ["low.test", "far.test"]
        );
        assert_eq!(
            names(read(&store, |db| hosts::paused(db, at(0, 50))).await),
            ["far.test"]
        );

        write(&store, |tx| hosts::succeeded(tx, "far.test", at(0, 60))).await;
        let known = read(&store, |db| hosts::by_host(db, "far.test"))
            .await
            .unwrap();
        let wanted = Host {
            failures: 0,
            paused_until: None,
            last_success_at: Some(at(0, 60)),
            last_error: None,
            failing_since: None,
            ..wanted
        };
        assert_eq!(known, wanted);
        assert_eq!(
            read(&store, |db| hosts::by_host(db, "new.test")).await,
            None
        );
    })
    .await;
}

#[tokio::test]
async fn errors_and_requests_for_time_are_kept_until_a_success() {
    each(|store| async move {
        write(&store, |tx| {
            let mut busy = Host::new("busy.test");
            busy.fail(at(0, 0), None, "timed out");
            busy.ask_for_time(at(0, 10), at(0, 100), "slow down");
            let mut odd = Host::new("odd.test");
            assert_eq!((odd.err(), odd.err()), (1, 2));
            hosts::put(tx, &[busy, odd])
        })
        .await;
        let state = async |name: &'static str| {
            let host = read(&store, move |db| hosts::by_host(db, name)).await;
            let host = host.unwrap();
            (
                host.failures,
                host.errors,
                host.failing_since,
                host.paused_until,
            )
        };
        // Who asks for time is there.
        assert_eq!(state("busy.test").await, (2, 0, None, Some(at(0, 100))));
        assert_eq!(state("odd.test").await, (0, 2, None, None));
        write(&store, |tx| {
            hosts::succeeded(tx, "odd.test", at(0, 20))?;
            hosts::failed(tx, "busy.test", at(0, 200), None, "timed out")
        })
        .await;
        assert_eq!(state("odd.test").await, (0, 0, None, None));
        assert_eq!(state("busy.test").await, (3, 0, Some(at(0, 200)), None));
    })
    .await;
}

#[tokio::test]
async fn the_failing_and_the_dead_are_found_among_others() {
    each(|store| async move {
        write(&store, |tx| {
            for (name, since, last) in [("dead.test", 1, 40), ("lately.test", 30, 40)] {
                hosts::failed(tx, name, at(since, 0), None, "timed out")?;
                hosts::failed(tx, name, at(last, 0), None, "timed out")?;
            }
            hosts::failed(tx, "else.test", at(1, 0), None, "timed out")?;
            hosts::failed(tx, "else.test", at(40, 0), None, "timed out")?;
            hosts::succeeded(tx, "well.test", at(1, 0))
        })
        .await;
        let names = ["dead.test", "lately.test", "well.test", "new.test"].map(str::to_owned);
        let among = names.clone();
        let failing = read(&store, move |db| hosts::failing_among(db, &among)).await;
        let mut failing: Vec<String> = failing.into_iter().map(|host| host.host).collect();
        failing.sort();
        assert_eq!(failing, ["dead.test", "lately.test"]);
        let dead = async |since: i64, asked: i64| {
            let (names, dead) = (
                names.clone(),
                Dead {
                    since: at(since, 0),
                    asked: at(asked, 0),
                },
            );
            read(&store, move |db| hosts::dead_among(db, &names, dead)).await
        };
        assert_eq!(dead(10, 39).await, ["dead.test"]);
        assert_eq!(dead(0, 39).await, [""; 0]);
        // Not asked since then.
        assert_eq!(dead(10, 40).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn of_hosts_that_fail_those_that_do_so_most_come_first() {
    each(|store| async move {
        write(&store, |tx| {
            for (host, times) in [
                ("low.test", 1),
                ("far.test", 3),
                ("old.test", 2),
                ("ill.test", 2),
            ] {
                for second in 0..times {
                    hosts::failed(tx, host, at(0, second), None, "refused")?;
                }
            }
            hosts::succeeded(tx, "well.test", at(0, 1))
        })
        .await;
        for (most, wanted) in [
            (3, "far.test ill.test old.test"),
            (9, "far.test ill.test old.test low.test"),
            (0, ""),
        ] {
            let found = read(&store, move |db| hosts::failing_most(db, most)).await;
            let names: Vec<String> = found.into_iter().map(|host| host.host).collect();
            assert_eq!(names.join(" "), wanted, "{most}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_time_of_a_success_is_written_now_and_then() {
    each(|store| async move {
        for (seconds, written) in [(0, 0), (59, 0), (60, 60), (61, 60)] {
            write(&store, move |tx| {
                hosts::succeeded(tx, "far.test", at(0, seconds))
            })
            .await;
            let known = read(&store, |db| hosts::by_host(db, "far.test"))
                .await
                .unwrap();
            assert_eq!(known.last_success_at, Some(at(0, written)), "{seconds}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_form_of_signature_is_remembered_beside_the_rest() {
    each(|store| async move {
        use kontor_domain::peer::SignatureForm::{Cavage, Rfc9421};
        let form = || read(&store, |db| hosts::signature_form(db, "far.test"));
        assert_eq!(form().await, None);
        write(&store, |tx| {
            hosts::failed(tx, "far.test", at(0, 1), None, "gone")
        })
        .await;
        assert_eq!(form().await, None);
        write(&store, |tx| {
            hosts::set_signature_form(tx, "far.test", Rfc9421)
        })
        .await;
        write(&store, |tx| hosts::succeeded(tx, "far.test", at(0, 2))).await;
        assert_eq!(form().await, Some(Rfc9421));
        write(&store, |tx| {
            hosts::set_signature_form(tx, "far.test", Cavage)
        })
        .await;
        assert_eq!(form().await, Some(Cavage));
        let known = read(&store, |db| hosts::by_host(db, "far.test"))
            .await
            .unwrap();
        assert_eq!((known.failures, known.last_success_at), (0, Some(at(0, 2))));
    })
    .await;
}
