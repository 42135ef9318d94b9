//! What an instance says of itself.

use kontor_store::counts;
pub use kontor_store::counts::Counts;

use crate::{App, Result};

/// People, posts and peers, counted now.
pub async fn counts(app: &App) -> Result<Counts> {
    let now = app.now();
    app.store.read(move |db| Ok(counts::counts(db, now)?)).await
}

/// The domains of every account known here.
pub async fn peers(app: &App) -> Result<Vec<String>> {
    app.store.read(move |db| Ok(counts::peers(db)?)).await
}
