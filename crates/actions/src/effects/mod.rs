//! What follows from an event: rows in timelines and notifications. Each effect happens once, because all of them are written
//! in the transaction that removes the event.

mod home;
mod notifications;

use kontor_domain::event::Event;
use kontor_store::Tx;

use crate::{App, Error, Result};

/// The queue that events wait in.
pub const QUEUE: &str = "events";

/// Reads an event as it was recorded.
pub fn read(payload: &str) -> Result<Event> {
    serde_json::from_str(payload).map_err(|why| Error::Broken(format!("an event cannot be read: {why}")))
}

pub fn apply(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    home::apply(app, tx, event)?;
    notifications::apply(app, tx, event)
}
