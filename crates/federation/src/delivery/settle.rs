//! What is written of an attempt: of the delivery, and of its host.

use std::time::Duration;

use kontor_actions::Result;
use kontor_domain::time::Time;
use kontor_store::{
    Tx,
    deliveries::{self, Delivery},
    hosts,
};

use super::{Engine, verdict::Verdict};

/// When a row is tried again, and whether its host is left alone meanwhile.
#[derive(Debug, Clone, Copy)]
struct Later {
    row: Time,
    host: Option<Time>,
}

impl Engine {
    pub(super) async fn settle(&self, row: &Delivery, verdict: Verdict) -> Result<()> {
        let (engine, row, now, noise) = (self.clone(), row.clone(), self.app.now(), self.noise());
        tell(&row, &verdict);
        self.app
            .store
            .write(move |tx| engine.write(tx, &row, &verdict, now, noise))
            .await
    }

    fn write(
        &self,
        tx: &mut Tx<'_>,
        row: &Delivery,
        verdict: &Verdict,
        now: Time,
        noise: u64,
    ) -> Result<()> {
        let settings = self.settings();
        let attempts = u32::try_from(row.attempts).unwrap_or(0).saturating_add(1);
        let next = now + chrono(settings.backoff.pause(attempts, noise));
        let old = row.created_at + chrono(settings.give_up_after) <= now;
        match verdict {
            Verdict::Delivered { status } => {
                deliveries::delivered(tx, row.id, i32::from(*status), now)?;
                hosts::succeeded(tx, &row.host, now)?;
            }
            Verdict::Hopeless { status, why } => {
                deliveries::fail(tx, row.id, status.map(i32::from), why, now)?;
                if status.is_some() {
                    hosts::succeeded(tx, &row.host, now)?;
                }
            }
            Verdict::Refused { status, why } => {
                let later = Later {
                    row: next,
                    host: None,
                };
                again(
                    tx,
                    row,
                    attempts >= settings.refusals || old,
                    later,
                    Some(*status),
                    why,
                    now,
                )?;
                hosts::succeeded(tx, &row.host, now)?;
            }
            Verdict::Failed { status, why } => {
                again(
                    tx,
                    row,
                    old,
                    Later {
                        row: next,
                        host: None,
                    },
                    *status,
                    why,
                    now,
                )?;
            }
            Verdict::HostDown { status, why } => {
                let before = hosts::by_host(tx, &row.host)?.map_or(0, |host| host.failures);
                let failures = u32::try_from(before).unwrap_or(0).saturating_add(1);
                let over = failures
                    .saturating_add(1)
                    .saturating_sub(settings.failures_before_pause);
                let host = (over > 0).then(|| now + chrono(settings.pause.pause(over, noise)));
                // While the host is left alone the row waits for it and not for itself: it goes as soon as the host is back.
                let later = Later {
                    row: if host.is_some() { now } else { next },
                    host,
                };
                again(tx, row, old, later, *status, why, now)?;
                hosts::failed(tx, &row.host, now, later.host, why)?;
            }
            Verdict::HostBusy { status, after, why } => {
                let asked = after
                    .filter(|after| !after.is_zero())
                    .unwrap_or(settings.pause.first);
                let wait = asked.min(settings.longest_retry_after);
                let later = Later {
                    row: now,
                    host: Some(now + chrono(wait)),
                };
                again(tx, row, old, later, Some(*status), why, now)?;
                hosts::failed(tx, &row.host, now, later.host, why)?;
            }
        }
        Ok(())
    }
}

fn again(
    tx: &mut Tx<'_>,
    row: &Delivery,
    given_up: bool,
    later: Later,
    status: Option<u16>,
    why: &str,
    now: Time,
) -> Result<()> {
    let status = status.map(i32::from);
    if given_up {
        deliveries::fail(tx, row.id, status, why, now)?;
    } else {
        deliveries::put_off(tx, row.id, later.row, status, why)?;
    }
    Ok(())
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

fn chrono(duration: Duration) -> chrono::Duration {
    chrono::Duration::from_std(duration).unwrap_or(chrono::Duration::days(1))
}
