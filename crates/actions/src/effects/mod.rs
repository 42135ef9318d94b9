//! What follows from an event: rows in timelines and notifications. Each effect happens once, because all of them are written
//! in the transaction that removes the event.

mod home;
mod notifications;

use kontor_domain::event::{DeletedPost, EndedBoost, EndedFavourite, EndedReaction, Event};
use kontor_store::Tx;

use crate::{App, Error, Result};

/// The queue that events wait in.
pub const QUEUE: &str = "events";

/// Reads an event as it was recorded.
pub fn read(payload: &str) -> Result<Event> {
    serde_json::from_str(payload)
        .map_err(|why| Error::Broken(format!("an event cannot be read: {why}")))
}

/// Effects of events about one thing happen in the order in which it changed: nobody hears of a deletion before the creation.
pub(crate) fn lane(event: &Event) -> String {
    match event {
        Event::PostCreated { post }
        | Event::PostEdited { post }
        | Event::PostDeleted(DeletedPost { post, .. })
        | Event::PostBoosted { post, .. }
        | Event::BoostUndone(EndedBoost { post, .. })
        | Event::PostFavourited { post, .. }
        | Event::FavouriteUndone(EndedFavourite { post, .. })
        | Event::PostReacted { post, .. }
        | Event::ReactionUndone(EndedReaction { post, .. })
        | Event::PostPinned { post, .. }
        | Event::PostUnpinned { post, .. } => {
            format!("post {post}")
        }
        // A follow that ended is known by its two ends, one that stands by its id, so they share one lane.
        Event::FollowRequested { .. }
        | Event::FollowAccepted { .. }
        | Event::FollowRejected(_)
        | Event::FollowUndone(_)
        // A block ends follows, and they are told of in this order.
        | Event::AccountBlocked { .. }
        | Event::AccountUnblocked(_) => "follows".to_owned(),
        Event::AccountReported { report } => format!("report {report}"),
        Event::AccountUpdated { account } => format!("account {account}"),
    }
}

pub fn apply(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    home::apply(app, tx, event)?;
    notifications::apply(app, tx, event)
}
