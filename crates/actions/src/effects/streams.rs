//! Whoever has a timeline open sees what happens in it, once it has: told last, when the rows are there.

use kontor_domain::event::{AnsweredQuote, Event, RevokedQuote};
use kontor_store::{
    Tx,
    streams::{self, News},
};

pub(super) fn apply(tx: &mut Tx<'_>, event: &Event) {
    match event {
        Event::PostCreated { post } | Event::PostBoosted { boost: post, .. } => {
            streams::tell(tx, &News::Posted { post: *post });
        }
        Event::PostEdited { post }
        | Event::PolicyChanged { post }
        | Event::QuoteAccepted { post }
        | Event::QuoteAnswered(AnsweredQuote { post, .. })
        | Event::QuoteRevoked(RevokedQuote { post, .. }) => {
            streams::tell(tx, &News::Edited { post: *post });
        }
        _ => {}
    }
}
