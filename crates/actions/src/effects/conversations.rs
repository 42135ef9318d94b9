//! A direct post enters the conversations of those who take part in it here.

use kontor_domain::event::Event;
use kontor_store::Tx;

use crate::{App, Result, conversations};

pub(super) fn apply(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    match event {
        Event::PostCreated { post } | Event::PostEdited { post } => {
            conversations::enter(app, tx, *post, None)
        }
        _ => Ok(()),
    }
}
