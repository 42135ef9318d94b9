//! What an instance says of itself.

use kontor_store::{counts, visits};
pub use kontor_store::{counts::Counts, visits::Week};

use crate::{App, Result};

/// Domains that a search finds.
const FOUND: i64 = 10;

/// People, posts and peers, counted now or a moment ago: a server with many posts has long to count, and is asked often.
pub async fn counts(app: &App) -> Result<Counts> {
    if let Some(counts) = app.counted.get(&()) {
        return Ok(counts);
    }
    let now = app.now();
    let counts = app
        .store
        .read(move |db| Ok::<_, crate::Error>(counts::counts(db, now)?))
        .await?;
    app.counted.insert((), counts);
    Ok(counts)
}

/// Does the database answer?
pub async fn answers(app: &App) -> Result<()> {
    app.store.read(|db| Ok(counts::any(db)?)).await
}

/// The domains of every account known here.
pub async fn peers(app: &App) -> Result<Vec<String>> {
    app.store.read(move |db| Ok(counts::peers(db)?)).await
}

/// The domains of accounts known here that begin so, in whatever case.
pub async fn search_peers(app: &App, text: &str) -> Result<Vec<String>> {
    let prefix = text.trim().to_lowercase();
    if prefix.is_empty() {
        return Ok(Vec::new());
    }
    app.store
        .read(move |db| Ok(counts::peers_starting_with(db, &prefix, FOUND)?))
        .await
}

/// What happened in the last weeks, this one first, each with when it began.
pub async fn activity(app: &App) -> Result<Vec<(kontor_domain::time::Time, Week)>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let weeks = visits::weeks(db, now)?.into_iter();
            Ok(weeks
                .filter_map(|week| Some((visits::beginning(week.number)?, week)))
                .collect())
        })
        .await
}
