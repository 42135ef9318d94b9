//! How the queues stand, for who watches them. Running them is `jobs`.

use kontor_store::jobs;
pub use kontor_store::jobs::Standing;

use crate::{App, Result};

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
