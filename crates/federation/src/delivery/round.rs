//! Claiming what lanes have, and keeping it claimed.

use std::{collections::HashMap, panic::AssertUnwindSafe};

use futures_util::FutureExt as _;
use kontor_actions::Result;
use kontor_domain::time::Time;
use kontor_store::{
    deliveries::{self, Priority},
    hosts,
    lanes::{self, Round, Terms, Wish},
};

use super::{Desk, Engine, LOOK_AROUND, NAP, UNHEARD, Verdict, chrono};

/// How many deliveries are given up for their age in one transaction.
const GIVEN_UP: i64 = 500;

/// How many hosts are read at a time.
const PAGE: i64 = 1000;

impl Engine {
    /// Claims what these lanes have and starts it.
    pub(super) async fn round(&self, desk: &mut Desk, wishes: Vec<Wish>, now: Time) -> Result<()> {
        let claimed = self.claim(desk, wishes.clone(), now).await;
        let round = match claimed {
            Ok(round) => round,
            Err(why) => {
                for wish in wishes {
                    desk.lanes
                        .wake(&wish.host, now + chrono(NAP), Priority::FanOut);
                }
                return Err(why);
            }
        };
        begin(desk, &round, now);
        for next in &round.later {
            desk.lanes.wake(&next.host, next.at, next.priority);
        }
        for host in &round.hosts {
            if let Some(until) = host.paused_until.filter(|until| *until > now) {
                desk.lanes.wake(&host.host, until, Priority::FanOut);
            }
            desk.lanes
                .learn(&host.host, host.failures_in_a_row(), host.paused_until);
        }
        self.start(desk, round).await
    }

    async fn claim(&self, desk: &Desk, wishes: Vec<Wish>, now: Time) -> Result<Round> {
        let settings = self.settings();
        let terms = Terms {
            now,
            lease: settings.lease,
            failing_from: settings.failures_before_pause,
            probe: settings.timeout + settings.lease,
        };
        let (store, busy) = (&self.app.store, desk.lanes.busy());
        if store.is_postgres() {
            store
                .take(move |tx| Ok(lanes::claim(tx, &terms, &wishes, &busy)?))
                .await
        } else {
            store
                .read(move |db| Ok(lanes::peek(db, &terms, &wishes, &busy)?))
                .await
        }
    }

    async fn start(&self, desk: &mut Desk, round: Round) -> Result<()> {
        let activities = round.rows.iter().map(|row| row.activity_id);
        let now = self.app.now();
        let parcels = match self.parcels.get(&self.app.store, activities).await {
            Ok(parcels) => parcels,
            Err(why) => {
                // On PostgreSQL they are sent when the claim lapses.
                for row in &round.rows {
                    desk.lanes.end(row.id, now + chrono(NAP));
                }
                return Err(why);
            }
        };
        for row in round.rows {
            // Without a body the row went with its activity since it was claimed.
            let Some(parcel) = parcels.get(&row.activity_id).cloned() else {
                desk.lanes.end(row.id, now);
                continue;
            };
            let (engine, verdicts) = (self.clone(), desk.verdicts.clone());
            tokio::spawn(async move {
                let attempt = AssertUnwindSafe(engine.send(&row, &parcel)).catch_unwind();
                let verdict = attempt.await.unwrap_or_else(|_| Verdict::Failed {
                    status: None,
                    why: "the attempt broke off".to_owned(),
                });
                let _stopped = verdicts.send((row, verdict));
            });
        }
        Ok(())
    }

    /// PostgreSQL: what is under way here stays claimed.
    pub(super) async fn keep_claims(&self, desk: &mut Desk) {
        let (now, lease) = (self.app.now(), self.settings().lease);
        let busy = desk.lanes.busy();
        if !self.app.store.is_postgres() || busy.is_empty() {
            desk.renewed = now;
            return;
        }
        if now - desk.renewed < chrono(lease / 3) {
            return;
        }
        let renewed: Result<()> = self
            .app
            .store
            .take(move |tx| Ok(lanes::renew(tx, &busy, now, lease)?))
            .await;
        match renewed {
            Ok(()) => desk.renewed = now,
            Err(why) => tracing::warn!(error = %why, "claims cannot be renewed"),
        }
    }

    /// Finds every host that something waits for, and those that failed.
    pub(super) async fn look_around(&self, desk: &mut Desk, now: Time) -> Result<()> {
        let mut after = String::new();
        loop {
            let from = after.clone();
            let page: Result<_> = self
                .app
                .store
                .read(move |db| Ok(lanes::waiting(db, &from, PAGE)?))
                .await;
            let page = page?;
            for next in &page {
                desk.lanes.wake(&next.host, next.at, next.priority);
            }
            match page.into_iter().last() {
                Some(last) => after = last.host,
                None => break,
            }
        }
        let mut failing = HashMap::new();
        let mut after = String::new();
        loop {
            let from = after.clone();
            let page: Result<_> = self
                .app
                .store
                .read(move |db| Ok(hosts::failing(db, &from, PAGE)?))
                .await;
            let page = page?;
            for host in &page {
                let state = (host.failures_in_a_row(), host.paused_until);
                failing.insert(host.host.clone(), state);
            }
            match page.into_iter().last() {
                Some(last) => after = last.host,
                None => break,
            }
        }
        desk.lanes.learn_all(&failing);
        desk.looked_around = Some(now);
        Ok(())
    }

    /// What waits for a host that is left alone is not tried, and so its age is looked at here. What stood behind it may go.
    pub(super) async fn give_up_old(&self, desk: &mut Desk, now: Time) -> Result<()> {
        if desk.gave_up.is_some_and(|at| now - at < LOOK_AROUND) {
            return Ok(());
        }
        let (busy, before) = (
            desk.lanes.busy(),
            now - chrono(self.settings().give_up_after),
        );
        let given_up: Result<usize> = self
            .app
            .store
            .take(move |tx| Ok(deliveries::give_up_older(tx, before, now, &busy, GIVEN_UP)?))
            .await;
        let given_up = given_up?;
        if given_up > 0 {
            tracing::info!(
                deliveries = given_up,
                "deliveries are given up for their age"
            );
            desk.looked_around = None;
        }
        let more = i64::try_from(given_up).is_ok_and(|count| count >= GIVEN_UP);
        desk.gave_up = (!more).then_some(now);
        Ok(())
    }

    /// PostgreSQL: what another process had claimed and can send no more, and what it wrote and said to nobody.
    pub(super) async fn look_for_lapsed(&self, desk: &mut Desk, now: Time) -> Result<()> {
        if !self.app.store.is_postgres() || now - desk.looked_for_lapsed < chrono(NAP) {
            return Ok(());
        }
        desk.looked_for_lapsed = now;
        let since = now - UNHEARD;
        let left: Result<_> = self
            .app
            .store
            .read(move |db| Ok((lanes::lapsed(db, now)?, lanes::unheard(db, since)?)))
            .await;
        let (lapsed, unheard) = left?;
        for host in lapsed {
            desk.lanes.wake(&host, now, Priority::FanOut);
        }
        for (host, priority) in unheard {
            desk.lanes.wake(&host, now, priority);
        }
        Ok(())
    }
}

fn begin(desk: &mut Desk, round: &Round, now: Time) {
    let failures: HashMap<&str, u32> = round
        .hosts
        .iter()
        .map(|host| (host.host.as_str(), host.failures_in_a_row()))
        .collect();
    for row in &round.rows {
        let failures = failures.get(row.host.as_str()).copied().unwrap_or(0);
        let turn = desk.lanes.turn(row.priority, failures);
        desk.lanes.begin(row.id, &row.host, turn, now);
    }
}
