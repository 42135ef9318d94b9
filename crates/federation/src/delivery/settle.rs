//! What is written of attempts: of the deliveries, and of their hosts. Those that end at about the same time are written together.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
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

    /// Whoever had an inbox that is gone may be gone as well.
    fn look_after_gone(&self, tx: &mut Tx<'_>, batch: &Batch) -> Result<()> {
        let gone: BTreeSet<&str> = batch
            .iter()
            .filter(|(_, verdict)| verdict.is_gone())
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
        let old = row.created_at + chrono(settings.give_up_after) <= now;
        match verdict {
            Verdict::Delivered { status } => {
                host.succeed(now);
                End::Delivered {
                    status: i32::from(*status),
                }
            }
            Verdict::Hopeless { status, why } => {
                if status.is_some() {
                    host.succeed(now);
                }
                again(None, *status, why)
            }
            Verdict::Refused { status, why } => {
                host.succeed(now);
                let hopeless = old || attempts >= settings.refusals;
                again((!hopeless).then_some(next), Some(*status), why)
            }
            Verdict::Failed { status, why } => again((!old).then_some(next), *status, why),
            Verdict::HostDown { status, why } => {
                let over = host
                    .failures_in_a_row()
                    .saturating_add(2)
                    .saturating_sub(settings.failures_before_pause);
                let paused = (over > 0).then(|| now + chrono(settings.pause.pause(over, noise)));
                host.fail(now, paused, why);
                // While the host is left alone the row waits for it and not for itself: it goes as soon as the host is back.
                let at = if paused.is_some() { now } else { next };
                again((!old).then_some(at), *status, why)
            }
            Verdict::HostBusy { status, after, why } => {
                let asked = after
                    .filter(|after| !after.is_zero())
                    .unwrap_or(settings.pause.first);
                let wait = asked.min(settings.longest_retry_after);
                host.fail(now, Some(now + chrono(wait)), why);
                again((!old).then_some(now), Some(*status), why)
            }
        }
    }
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
