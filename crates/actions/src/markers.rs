//! How far a person has read: `home` and `notifications`.

use kontor_domain::ids::AccountId;
use kontor_store::markers;
pub use kontor_store::markers::Marker;

use crate::{App, Error, Result};

/// The timelines that have a marker.
pub const TIMELINES: &[&str] = &["home", "notifications"];

pub async fn get(app: &App, by: AccountId, timelines: Vec<String>) -> Result<Vec<Marker>> {
    app.store
        .read(move |db| Ok(markers::of(db, by, &timelines)?))
        .await
}

/// Sets markers and returns them as they are then. A marker may go back: some clients mark as unread.
pub async fn set(app: &App, by: AccountId, marks: Vec<(String, String)>) -> Result<Vec<Marker>> {
    for (timeline, last_read_id) in &marks {
        if !TIMELINES.contains(&timeline.as_str()) {
            return Err(Error::invalid("timeline", "has no marker"));
        }
        if last_read_id.is_empty()
            || last_read_id.len() > 20
            || !last_read_id.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(Error::invalid("last_read_id", "is not an id"));
        }
    }
    let now = app.now();
    app.store
        .write(move |tx| {
            for (timeline, last_read_id) in &marks {
                let marker = Marker {
                    account_id: by,
                    timeline: timeline.clone(),
                    last_read_id: last_read_id.clone(),
                    version: 1,
                    updated_at: now,
                };
                markers::set(tx, &marker)?;
            }
            let timelines: Vec<String> =
                marks.iter().map(|(timeline, _)| timeline.clone()).collect();
            Ok(markers::of(tx, by, &timelines)?)
        })
        .await
}
