//! An answer in a community of ours belongs where what it answers does, and that may still be on its way: no order holds between two posts.

use kontor_actions::{App, Error, communities, posts::Arrival};
use kontor_domain::ids::AccountId;
use kontor_store::{posts, tombstones};

use crate::{
    activities::{Context, Ending},
    fetch::{Budget, Failure, Memory},
    objects::note::IncomingNote,
};

/// Brings what is answered here first. An error: its server cannot be asked now, and the answer has time yet.
pub(crate) async fn bring(
    context: &Context<'_>,
    note: &IncomingNote,
    community: AccountId,
) -> std::result::Result<(), Ending> {
    let Some(answered) = note.in_reply_to.clone() else {
        return Ok(());
    };
    match communities::check_answers(context.app, community, context.actor.id).await {
        // It will not be let in, and nothing is asked for it.
        Err(Error::Forbidden(_) | Error::NotFound) => return Ok(()),
        other => other?,
    }
    let at_most = context.federation.settings.answer_timeout;
    let climbed = tokio::time::timeout(at_most, climb(context, answered)).await;
    let climbed =
        climbed.unwrap_or_else(|_| Err(Failure::Transient("it took too long".to_owned())));
    match climbed {
        Err(why) if why.is_transient() && has_time(context) => Err(why.into()),
        Err(why) => {
            tracing::debug!(%why, "an answer stands without what it answers");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// May what came still wait for something else that is to come?
pub(crate) fn has_time(context: &Context<'_>) -> bool {
    let Some(end) = &context.end else {
        return false;
    };
    // One that is too long to count has no end.
    chrono::Duration::from_std(context.federation.settings.answer_patience)
        .map_or(true, |patience| {
            context.app.now() - end.came_at() < patience
        })
}

/// What is missing above it, the topmost first: each belongs where the one above it does.
async fn climb(context: &Context<'_>, mut uri: String) -> std::result::Result<(), Failure> {
    let (app, federation) = (context.app, context.federation);
    // The answer itself has things to ask for, too.
    let budget = Budget::new(&federation.settings);
    let mut notes = Vec::new();
    for depth in 1..=federation.settings.thread_depth {
        if !is_missing(app, uri.clone()).await? {
            break;
        }
        let note = match above(context, &uri, &budget).await {
            // What is below it stands without it.
            Err(why) if !why.is_transient() && !notes.is_empty() => break,
            found => found?,
        };
        let next = note.in_reply_to.clone();
        notes.push((depth, note));
        match next {
            Some(next) => uri = next,
            None => break,
        }
    }
    for (depth, note) in notes.iter().rev() {
        let kept = federation
            .keep_post(app, note, *depth, Arrival::Fetched, &budget)
            .await;
        match kept {
            Err(why) if why.is_transient() => return Err(why),
            _ => {}
        }
    }
    Ok(())
}

async fn above(
    context: &Context<'_>,
    uri: &str,
    budget: &Budget,
) -> std::result::Result<IncomingNote, Failure> {
    let document = context
        .federation
        .document_at(context.app, uri, Memory::Short, budget)
        .await?;
    Ok(IncomingNote::read(document.value)?)
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
