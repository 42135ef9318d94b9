//! FEDERATION.md gives numbers and statuses; these are the code's.

use std::{collections::BTreeSet, time::Duration};

use actix_web::http::StatusCode;

use crate::{outgoing::LARGE, settings::Settings};

/// The document on one line.
fn document() -> String {
    include_str!("../../../FEDERATION.md")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// The statuses of errors that a source names.
fn named(source: &str) -> BTreeSet<u16> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let constant = |status: StatusCode| {
        let reason = status.canonical_reason().unwrap_or_default();
        reason.to_uppercase().replace([' ', '-'], "_")
    };
    (400..600)
        .filter(|status| {
            let status = StatusCode::from_u16(*status).unwrap();
            let name = constant(status);
            !name.is_empty()
                && code
                    .split(&format!("StatusCode::{name}"))
                    .skip(1)
                    .any(|rest| !rest.starts_with(|c: char| c == '_' || c.is_alphanumeric()))
        })
        .collect()
}

#[test]
fn the_inbox_has_the_statuses_that_it_says() {
    let text = include_str!("../../../FEDERATION.md");
    let table = text.split("| Status | Meaning |").nth(1).unwrap();
    let said: BTreeSet<u16> = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').nth(1).unwrap().trim().parse().unwrap())
        .collect();
    let mut found = named(include_str!("inbox.rs"));
    found.extend(named(include_str!("backlog.rs")));
    // What breaks here is no answer to what was sent.
    assert!(found.remove(&500));
    assert_eq!(said, found);
}

fn in_words(number: u32) -> &'static str {
    match number {
        2 => "two",
        3 => "three",
        4 => "four",
        5 => "five",
        other => panic!("{other} has no word here"),
    }
}

#[test]
fn the_numbers_are_those_of_the_settings() {
    let text = document();
    let settings = Settings::default();
    let limits = kontor_actions::Limits::default();
    let delivery = &settings.delivery;
    let mebibytes = settings.max_body_bytes / (1024 * 1024);
    let hours = |time: Duration| time.as_secs() / 3600;
    for said in [
        format!(
            "Bodies up to {mebibytes} MiB both ways, nested {} levels deep at most; a body must arrive within {} seconds",
            settings.max_json_depth,
            settings.body_timeout.as_secs()
        ),
        format!(
            "leads to at most {} requests; {} unknown mentioned accounts are looked up for a post; threads are followed {} posts up",
            settings.fetches_per_activity, settings.lookups_per_post, settings.thread_depth
        ),
        format!(
            "At most {} unknown keys of one server",
            settings.key_fetches
        ),
        format!("below {} kB", LARGE / 1000),
        format!(
            "{} steps down: {} posts",
            settings.backfill_depth, settings.backfill_posts
        ),
        format!(
            "when it is {} minutes old",
            limits.backfill_delay.as_secs() / 60
        ),
        format!(
            "of one server's posts {} in a minute, while no more than {} wait",
            limits.backfill_arrivals_per_host, limits.backfill_arrivals_waiting
        ),
        format!(
            "most {} requests of a process run",
            delivery.in_flight_per_host
        ),
        format!(
            "tried again in the same way, at least {} times and for {} hours",
            delivery.refusals,
            hours(delivery.give_up_refused_after)
        ),
        format!(
            "answered {} deliveries with an error of its own",
            delivery.errors_before_pause
        ),
        format!("Of requests that ask so, {} run at a time", delivery.probes),
        format!(
            "nothing has reached for {} days",
            hours(limits.peer_dead_after) / 24
        ),
        format!(
            "no more than {} such posts wait to be fetched",
            limits.ancestors_waiting_per_host
        ),
        format!(
            "after {} seconds at first and {} hours in the end",
            delivery.backoff.first.as_secs(),
            hours(delivery.backoff.most)
        ),
        format!(
            "What has waited {} days is given up",
            hours(delivery.give_up_after) / 24
        ),
        format!(
            "did not answer {} times in a row",
            in_words(delivery.failures_before_pause)
        ),
        format!("is tried {} times in some hours", settings.inbox_attempts),
    ] {
        assert!(text.contains(&said), "FEDERATION.md does not say: {said}");
    }
    // What it says in words alone.
    assert_eq!(settings.refetch_interval, Duration::from_secs(60));
    assert_eq!(delivery.stalled_after, Duration::from_millis(500));
    assert_eq!(delivery.longest_retry_after, Duration::from_secs(3600));
    assert_eq!(delivery.pause.most, Duration::from_secs(3600));
}
