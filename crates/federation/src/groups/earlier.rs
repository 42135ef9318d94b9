//! An answer in a community of ours belongs where what it answers does, and that may still be on its way: no order holds between two posts.

use kontor_actions::{App, posts::Arrival};
use kontor_domain::time::Time;
use kontor_store::{posts, tombstones};

use crate::{
    activities::{Context, Ending},
    fetch::{Failure, Memory},
    objects::note::IncomingNote,
};

/// Brings what is answered here first. An error: its server cannot be asked now, and the answer, which came at `since`, has time yet.
pub(crate) async fn bring(
    context: &Context<'_>,
    note: &IncomingNote,
    since: Time,
) -> std::result::Result<(), Ending> {
    let Some(answered) = note.in_reply_to.clone() else {
        return Ok(());
    };
    match climb(context, answered).await {
        Err(why) if why.is_transient() && has_time(context, since) => Err(why.into()),
        Err(why) => {
            tracing::debug!(%why, "an answer stands without what it answers");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn has_time(context: &Context<'_>, since: Time) -> bool {
    chrono::Duration::from_std(context.federation.settings.answer_patience)
        .is_ok_and(|patience| context.app.now() - since < patience)
}

/// What is missing above it, the topmost first: each belongs where the one above it does.
async fn climb(context: &Context<'_>, mut uri: String) -> std::result::Result<(), Failure> {
    let (app, federation) = (context.app, context.federation);
    let mut notes = Vec::new();
    for depth in 1..=federation.settings.thread_depth {
        if !is_missing(app, uri.clone()).await? {
            break;
        }
        let document = federation
            .document_at(app, &uri, Memory::Short, &context.budget)
            .await?;
        let note = IncomingNote::read(document.value)?;
        let above = note.in_reply_to.clone();
        notes.push((depth, note));
        match above {
            Some(above) => uri = above,
            None => break,
        }
    }
    for (depth, note) in notes.iter().rev() {
        federation
            .keep_post(app, note, *depth, Arrival::Fetched, &context.budget)
            .await?;
    }
    Ok(())
}

async fn is_missing(app: &App, uri: String) -> kontor_actions::Result<bool> {
    if app.site.owns_str(&uri) {
        return Ok(false);
    }
    app.store
        .read(move |db| {
            Ok(posts::stub_by_uri(db, &uri)?.is_none()
                && tombstones::deleted_at(db, &uri)?.is_none())
        })
        .await
}
