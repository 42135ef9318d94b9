//! How the queues stand, for who watches them, and what of them is forgotten. Running them is `jobs`.

pub use kontor_store::jobs::Standing;
use kontor_store::jobs::{self, Aside};

use crate::{App, Result, inbox};

/// How many jobs go in one transaction.
const STEP: i64 = 500;

/// Nothing is counted further, so that a long queue is not slow to look at as well.
pub const COUNTED: i64 = 100_000;

pub async fn standing(app: &App, names: &[&'static str]) -> Result<Vec<(&'static str, Standing)>> {
    let names = names.to_vec();
    app.store
        .read(move |db| {
            let mut all = Vec::new();
            for name in names {
                all.push((name, jobs::standing(db, name, COUNTED)?));
            }
            Ok(all)
        })
        .await
}

/// Forgets jobs of these queues that were set aside long ago, but for those of the inbox, which are forgotten there. Returns how many.
pub async fn tidy(app: &App, names: &[&'static str]) -> Result<usize> {
    let age = chrono::Duration::from_std(app.settings.limits.set_aside.jobs_age)
        .unwrap_or(chrono::Duration::days(30));
    let before = app.now() - age;
    let mut gone = 0;
    for name in names.iter().copied().filter(|name| *name != inbox::QUEUE) {
        loop {
            let taken = app
                .store
                .write(move |tx| jobs::take_aside(tx, name, &Aside::Before(before), STEP))
                .await?
                .len();
            gone += taken;
            if i64::try_from(taken).is_ok_and(|taken| taken < STEP) {
                break;
            }
        }
    }
    Ok(gone)
}
