//! What is written of attempts: of the deliveries, and of their hosts. Those that end at about the same time are written together.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use kontor_actions::Result;
use kontor_domain::{ids::DeliveryId, time::Time};
use kontor_jobs::Stop;
use kontor_store::{
    Tx,
    deliveries::{self, Delivery, End},
    hosts::{self, Host},
};
use tokio::sync::mpsc;

use super::{Engine, NAP, chrono, verdict::Verdict};
use crate::refresh;

/// An attempt that is written down, and how its host stands since.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) id: DeliveryId,
    pub(super) host: String,
    /// Failures in a row, and until when it is left alone; `None` when that could not be written.
    pub(super) host_state: Option<(u32, Option<Time>)>,
}

type Batch = Vec<(Delivery, Verdict)>;
type States = BTreeMap<String, (u32, Option<Time>)>;

/// How many attempts are written in one transaction: others' writes wait behind it.
const MOST: usize = 256;

/// How often it is tried to write the ends of attempts. Then they are left as they stand, and are sent again.
const TRIES: u32 = 5;

impl Engine {
    pub(super) async fn settle(
        self,
        mut judged: mpsc::UnboundedReceiver<(Delivery, Verdict)>,
        written: mpsc::UnboundedSender<Vec<Ended>>,
        stop: Stop,
    ) {
        let mut batch = Vec::new();
        while judged.recv_many(&mut batch, MOST).await > 0 {
            for (row, verdict) in &batch {
                tell(row, verdict);
                self.gauges.count(verdict);
            }
            let batch: Arc<Batch> = Arc::new(std::mem::take(&mut batch));
            let states = self.write_down(&batch, &stop).await;
            let ended = batch.iter().map(|(row, _)| Ended {
                id: row.id,
                host: row.host.clone(),
                host_state: states.get(&row.host).copied(),
            });
            let _stopped = written.send(ended.collect());
        }
    }

    async fn write_down(&self, batch: &Arc<Batch>, stop: &Stop) -> States {
        for tries in 1..=TRIES {
            let (engine, batch, now, noise) =
                (self.clone(), batch.clone(), self.app.now(), self.noise());
            let write = self
                .app
                .store
                .take(move |tx| engine.write(tx, &batch, now, noise))
                .await;
            match write {
                Ok(states) => return states,
                Err(why) => {
                    tracing::error!(tries, error = %why, "the ends of deliveries cannot be written");
                    tokio::time::sleep(NAP).await;
                }
            }
            if stop.is_stopped() {
                break;
            }
        }
        States::new()
    }

    fn write(&self, tx: &mut Tx<'_>, batch: &Batch, now: Time, noise: u64) -> Result<States> {
        let names: BTreeSet<&str> = batch.iter().map(|(row, _)| row.host.as_str()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let mut known: BTreeMap<String, Host> = hosts::by_hosts(tx, &names)?
            .into_iter()
            .map(|host| (host.host.clone(), host))
            .collect();
        let before = known.clone();
        let mut ends = Vec::new();
        let mut noise = noise;
        for (row, verdict) in batch {
            let host = known
                .entry(row.host.clone())
                .or_insert_with(|| Host::new(&row.host));
            noise = noise.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17);
            ends.push((row.id, self.end(row, verdict, host, now, noise)));
        }
        deliveries::settle(tx, &ends, now)?;
        self.look_after_gone(tx, batch)?;
        let changed: Vec<Host> = known
            .values()
            .filter(|host| before.get(&host.host) != Some(host))
            .cloned()
            .collect();
        if !changed.is_empty() {
            hosts::put(tx, &changed)?;
        }
        Ok(known
            .into_iter()
            .map(|(name, host)| (name, (host.failures_in_a_row(), host.paused_until)))
            .collect())
    }

    /// Whoever had an inbox that is not there may have another one, or be gone as well.
    fn look_after_gone(&self, tx: &mut Tx<'_>, batch: &Batch) -> Result<()> {
        let gone: BTreeSet<&str> = batch
            .iter()
            .filter(|(_, verdict)| verdict.is_absence())
            .map(|(row, _)| row.inbox_url.as_str())
            .collect();
        for inbox in gone {
            refresh::enqueue_of_inbox(&self.app, tx, &self.federation.settings, inbox)?;
        }
        Ok(())
    }

    /// What becomes of a delivery, and of what is known of its host.
    fn end(
        &self,
        row: &Delivery,
        verdict: &Verdict,
        host: &mut Host,
        now: Time,
        noise: u64,
    ) -> End {
        let settings = self.settings();
        let attempts = u32::try_from(row.attempts).unwrap_or(0).saturating_add(1);
        let next = now + chrono(settings.backoff.pause(attempts, noise));
        let old = is_older(row, settings.give_up_after, now);
        match verdict {
            Verdict::Delivered { status } => {
                host.succeed(now);
                End::Delivered {
                    status: i32::from(*status),
                }
            }
            Verdict::Hopeless { status, why } => {
                match status {
                    Some(_) => host.succeed(now),
                    None => self.go_on(host, now),
                }
                again(None, *status, why)
            }
            Verdict::Refused { status, why } => {
                // Whoever is being probed and refuses is not back: so does the page in front of a server that is worked on.
                if self.is_parked(host) {
                    self.down(host, now, noise, why);
                }
                if old || self.was_refused_enough(row, now) {
                    return again(None, Some(*status), why);
                }
                End::Refused {
                    at: next,
                    status: i32::from(*status),
                    why: why.clone(),
                }
            }
            Verdict::Failed { status, why } => {
                match status {
                    Some(status) => self.erred(row, *status, host, (now, noise), why),
                    None => self.go_on(host, now),
                }
                again((!old).then_some(next), *status, why)
            }
            Verdict::HostDown { status, why } => {
                self.down(host, now, noise, why);
                // While the host is left alone the row waits for it and not for itself: it goes as soon as the host is back.
                let at = host.paused_until.map_or(next, |_| now);
                again((!old).then_some(at), *status, why)
            }
            Verdict::HostBusy { status, after, why } => {
                let asked = after
                    .filter(|after| !after.is_zero())
                    .unwrap_or(settings.pause.first);
                let wait = asked.min(settings.longest_retry_after);
                host.ask_for_time(now, now + chrono(wait), why);
                again((!old).then_some(now), Some(*status), why)
            }
        }
    }

    /// Has it been refused often, and for long, now that it is again?
    fn was_refused_enough(&self, row: &Delivery, now: Time) -> bool {
        let settings = self.settings();
        let refusals = u32::try_from(row.refusals).unwrap_or(0).saturating_add(1);
        refusals >= settings.refusals && is_older(row, settings.give_up_refused_after, now)
    }

    /// Was it left alone, so that what went there now was a probe?
    fn is_parked(&self, host: &Host) -> bool {
        host.failures_in_a_row() >= self.settings().failures_before_pause
    }

    /// The host did not take it for a reason that is the host's: the more often in a row, the longer it is left alone.
    fn down(&self, host: &mut Host, now: Time, noise: u64, why: &str) {
        let settings = self.settings();
        let over = host
            .failures_in_a_row()
            .saturating_add(2)
            .saturating_sub(settings.failures_before_pause);
        let paused = (over > 0).then(|| now + chrono(settings.pause.pause(over, noise)));
        host.fail(now, paused, why);
    }

    /// It answered with an error: about this delivery, unless it is being probed or answers others so as well. One delivery counts
    /// once.
    fn erred(
        &self,
        row: &Delivery,
        status: u16,
        host: &mut Host,
        (now, noise): (Time, u64),
        why: &str,
    ) {
        let settings = self.settings();
        let counted = row.last_status == Some(i32::from(status));
        let many = status >= 500 && !counted && host.err() >= settings.errors_before_pause;
        if !self.is_parked(host) {
            if !many {
                return;
            }
            host.failures = i32::try_from(settings.failures_before_pause)
                .unwrap_or(i32::MAX)
                .saturating_sub(1);
        }
        self.down(host, now, noise, why);
    }

    /// Nobody was asked, so a probe told nothing: the next one may go at once.
    fn go_on(&self, host: &mut Host, now: Time) {
        if self.is_parked(host) {
            host.paused_until = Some(now);
        }
    }
}

fn is_older(row: &Delivery, age: Duration, now: Time) -> bool {
    row.created_at + chrono(age) <= now
}

/// Without a time to try again it is given up.
fn again(at: Option<Time>, status: Option<u16>, why: &str) -> End {
    let (status, why) = (status.map(i32::from), why.to_owned());
    match at {
        Some(at) => End::Again { at, status, why },
        None => End::Failed { status, why },
    }
}

fn tell(row: &Delivery, verdict: &Verdict) {
    match verdict {
        Verdict::Delivered { .. } => {
            tracing::debug!(delivery = %row.id, host = row.host, "delivered");
        }
        Verdict::Hopeless { why, .. } => {
            tracing::info!(delivery = %row.id, host = row.host, reason = why, "a delivery is given up");
        }
        Verdict::Refused { why, .. }
        | Verdict::Failed { why, .. }
        | Verdict::HostDown { why, .. }
        | Verdict::HostBusy { why, .. } => {
            tracing::debug!(delivery = %row.id, host = row.host, attempts = row.attempts, reason = why, "a delivery failed");
        }
    }
}
