//! Undo of a Delete by whoever wrote what they deleted: Lemmy lets people bring it back.

use std::sync::Arc;

use kontor_actions::{
    accounts::Account,
    communities::Community,
    posts::{self, Arrival, Created},
};
use kontor_domain::{ids::PostId, site::same_authority};

use super::{Activity, Context, Ending, create::Ends, ignored, known, refused};
use crate::{
    fetch::Memory,
    groups,
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
    if let Some(stub) = known(app, uri).await? {
        // The group may be about to show what came back before.
        return match group {
            Some(group)
                if stub.account_id == by.id && stub.community_id == Some(group.account_id) =>
            {
                Ok(stub.id)
            }
            _ => ignored("it was not deleted"),
        };
    }
    let ours = posts::was_deleted_by(app, uri.to_owned(), by.id).await?;
    // A group passes this on in the place of the Create, where it had heard of the end of a post before it had the post.
    if !ours && (group.is_none() || posts::was_deleted(app, uri.to_owned()).await?) {
        return ignored("it was not deleted");
    }
    let document = federation
        .document_at(app, uri, Memory::None, &context.budget)
        .await?;
    let note = IncomingNote::read(document.value)?;
    if note.check()?.author != by.uri {
        return refused("the actor is not the author");
    }
    if !note.is_post() || note.is_vote() {
        return ignored("what was deleted is no post");
    }
    let kept = if let Some(group) = group {
        let (arrival, budget) = (Arrival::Returned, &context.budget);
        federation
            .keep_vouched(app, &note, group.account_id, arrival, budget)
            .await?
    } else {
        if groups::appealed(context, &note).await? {
            return ignored("it is an appeal");
        }
        let community = context.end.as_ref().and_then(|end| end.is_by_words_for());
        if let Some(community) = community {
            Box::pin(groups::bring(context, &note, community)).await?;
        }
        keep(context, &note, by).await?
    };
    match kept {
        Created::New(id) | Created::Known(id) => Ok(id),
        Created::Unwanted => ignored("nobody here has to do with it"),
    }
}

/// With what a community of ours passes on, and the end of the activity.
async fn keep(context: &Context<'_>, note: &IncomingNote, by: &Account) -> Result<Created, Ending> {
    let (app, federation) = (context.app, context.federation);
    let mut new = federation.prepare(app, note, by, &context.budget).await?;
    new.group.vouched = federation.community_of(app, note).await?;
    let beside = Arc::new(Ends::of(context, note));
    let kept = posts::create_with(app, by.id, new, Arrival::Returned, beside).await?;
    if matches!(kept, Created::New(_)) {
        context.ended();
    }
    Ok(kept)
}
