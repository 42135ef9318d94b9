//! Those who want to be found.

use kontor_domain::audience::Viewer;
use kontor_store::directory;
pub use kontor_store::directory::{Order, Part, Whose};

use crate::{
    App, Result,
    accounts::{Account, map},
};

/// A part of the directory. Beyond its end, which the settings say, there is nothing.
pub async fn part(app: &App, viewer: Viewer, part: Part) -> Result<Vec<Account>> {
    let (now, most) = (app.now(), app.settings.limits.directory_accounts);
    let part = Part {
        limit: part.limit.min(most - part.offset),
        ..part
    };
    if part.limit <= 0 {
        return Ok(Vec::new());
    }
    app.store
        .read(move |db| {
            let ids = directory::part(db, viewer, part, now)?;
            let mut found = map(db, &ids)?;
            Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
        })
        .await
}
