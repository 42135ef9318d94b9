//! Undo of a Delete by whoever wrote what they deleted: Lemmy lets people bring it back.

use kontor_actions::{
    accounts::Account,
    communities::Community,
    posts::{self, Arrival, Created},
};
use kontor_domain::{ids::PostId, site::same_authority};

use super::{Activity, Context, Ending, ignored, known, refused};
use crate::{
    fetch::Memory,
    objects::{loose::id_of, note::IncomingNote},
};

/// The post as its own server has it again. `group`: the community elsewhere that passed this on.
pub(super) async fn receive(
    context: &Context<'_>,
    undo: &Activity,
    by: &Account,
    group: Option<&Community>,
) -> Result<PostId, Ending> {
    let (app, federation) = (context.app, context.federation);
    let Some(uri) = undo.object.get("object").and_then(id_of) else {
        return ignored("nothing known is undone");
    };
    if !same_authority(uri, &by.uri) {
        return refused("it is not the actor's to undo");
    }
    if known(app, uri).await?.is_some() || !posts::was_deleted(app, uri.to_owned()).await? {
        return ignored("it was not deleted");
    }
    let document = federation
        .document_at(app, uri, Memory::None, &context.budget)
        .await?;
    let note = IncomingNote::read(document.value)?;
    if note.check()?.author != by.uri {
        return refused("the actor is not the author");
    }
    posts::undelete(app, by.id, uri.to_owned()).await?;
    let (arrival, budget) = (Arrival::Fetched, &context.budget);
    let kept = match group {
        Some(group) => {
            federation
                .keep_vouched(app, &note, group.account_id, arrival, budget)
                .await?
        }
        None => federation.keep_post(app, &note, 0, arrival, budget).await?,
    };
    match kept {
        Created::New(id) | Created::Known(id) => Ok(id),
        Created::Unwanted => ignored("nobody here has to do with it"),
    }
}
