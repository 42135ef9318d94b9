//! What a group passes on (FEP-1b12): an activity inside of an Announce. Of a Create the post is read, from its own server, and
//! shown as boosted by the group; of an Update it is read again. Nothing else is acted on.

use kontor_actions::posts::{self, Named};
use kontor_domain::{account::AccountKind, audience::Viewer};

use super::{audience, concerns_us, keep, post};
use crate::{
    activities::{Activity, Context, Received, ignored, known, refused},
    fetch::Memory,
    objects::{loose::id_of, note::IncomingNote},
};

/// Types of what is no post: an Announce of them passes them on.
const ACTIVITIES: [&str; 14] = [
    "Create",
    "Update",
    "Delete",
    "Undo",
    "Like",
    "Dislike",
    "EmojiReact",
    "Announce",
    "Add",
    "Remove",
    "Block",
    "Flag",
    "Lock",
    "Follow",
];

pub(super) fn is_activity(activity: &Activity) -> bool {
    activity
        .object_kind()
        .is_some_and(|kind| ACTIVITIES.contains(&kind))
}

pub(super) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let kind = activity.object_kind().unwrap_or_default();
    if context.actor.kind != AccountKind::Group {
        return ignored(format!("{kind} announced by no group"));
    }
    let object = activity.object.get("object").cloned().unwrap_or_default();
    let Some(id) = id_of(&object) else {
        return refused("what is announced has no `object`");
    };
    match kind {
        "Create" => {
            if !concerns_us(context, id).await? {
                return ignored("nobody here has to do with it");
            }
            let audience = audience(activity, &context.actor.followers_url);
            let named = post(context, &object).await?;
            if is_answer(context, &named).await? {
                // A boost of every answer in a group would bury what else its followers read.
                return Ok(());
            }
            keep(context, activity, named, audience).await
        }
        "Update" => read_again(context, id).await,
        kind => ignored(format!("{kind} announced by a group")),
    }
}

async fn is_answer(
    context: &Context<'_>,
    named: &Named,
) -> std::result::Result<bool, crate::activities::Ending> {
    let viewer = Viewer::Account(context.actor.id);
    let view = match named {
        Named::Id(id) => Some(posts::get(context.app, viewer, *id).await?),
        Named::Uri(uri) => posts::by_uri(context.app, viewer, uri.clone()).await?,
    };
    Ok(view.is_none_or(|view| view.parent_uri.is_some()))
}

/// By its own server's word: a group changes nobody's post.
async fn read_again(context: &Context<'_>, id: &str) -> Received {
    let (app, federation) = (context.app, context.federation);
    let Some(stub) = known(app, id).await?.filter(|stub| !stub.local) else {
        return ignored("nothing known is changed");
    };
    let document = federation
        .document_at(app, id, Memory::Long, &context.budget)
        .await?;
    let note = IncomingNote::read(document.value)?;
    let author = federation
        .account(app, note.check()?.author, &context.budget)
        .await?;
    if author.id != stub.account_id {
        return refused("the post has another author");
    }
    let revised = federation
        .prepare_edit(app, &note, &author, &context.budget)
        .await?;
    posts::revise(app, author.id, stub.id, revised).await?;
    Ok(())
}
