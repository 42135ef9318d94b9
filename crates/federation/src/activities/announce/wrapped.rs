//! What a group passes on (FEP-1b12): an activity inside of an Announce. Of a post its own server's word counts, or its author's
//! proof; for what its moderators do, and for votes, the group vouches.

use kontor_actions::{
    accounts::{self, Account},
    communities::{self, Community, Source},
    posts::{self, Arrival, Created, Named},
};
use kontor_domain::{account::AccountKind, audience::Viewer, ids::PostId, site::same_authority};

use super::{audience, concerns_us, keep, post};
use crate::{
    activities::{
        Activity, Context, Ending, Received, flag, ignored, known, like, refused, undelete, undo,
    },
    fetch::Memory,
    groups,
    inbox_job,
    objects::{loose::id_of, note::IncomingNote},
};

/// Types of what is no post: an Announce of them passes them on.
const ACTIVITIES: [&str; 16] = [
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
    "Resolve",
    "Warn",
];

pub(super) fn is_activity(activity: &Activity) -> bool {
    activity
        .object_kind()
        .is_some_and(|kind| ACTIVITIES.contains(&kind))
}

pub(super) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let kind = activity.object_kind().unwrap_or_default().to_owned();
    if context.actor.kind != AccountKind::Group {
        return ignored(format!("{kind} announced by no group"));
    }
    let id = context.actor.id;
    let community: kontor_actions::Result<Option<Community>> = context
        .app
        .store
        .read(move |db| Ok(kontor_store::communities::by_id(db, id)?))
        .await;
    let Some(community) = community? else {
        return bare(context, activity, &kind).await;
    };
    let inner = Activity::read(activity.object.clone())?;
    if is_early(context, &inner).await? {
        return Err(Ending::Later(
            "what it is about is still to come".to_owned(),
        ));
    }
    match kind.as_str() {
        "Create" => create(context, activity, &inner, &community).await,
        "Update" => update(context, activity, &inner, &community).await,
        "Like" | "EmojiReact" | "Dislike" => vote(context, &inner).await,
        // For whoever looks after it here; who reports it is between them and the group.
        "Flag" => flag::receive(context, &inner).await,
        "Delete" | "Undo" | "Lock" | "Block" | "Add" | "Remove" => {
            said(context, activity, &inner, &community).await
        }
        kind => ignored(format!("{kind} announced by a group")),
    }
}

/// Is it about a post that the group passed on before, and that waits, for its own server is not there? A vote would be lost.
async fn is_early(context: &Context<'_>, inner: &Activity) -> Result<bool, Ending> {
    let post = match inner.kind.as_str() {
        "Like" | "EmojiReact" | "Dislike" | "Lock" | "Add" | "Remove" => inner.object_id(),
        // One of a Delete stands in the lane of its post, behind what waits.
        "Undo" if inner.object_kind() != Some("Delete") => {
            inner.object.get("object").and_then(id_of)
        }
        _ => None,
    };
    let Some(post) = post else {
        return Ok(false);
    };
    if is_inside(context, post).await? {
        return Ok(false);
    }
    let lane = inbox_job::lane_of_passed_on(&context.actor.uri, post);
    Ok(inbox_job::is_to_come(context.app, lane, &context.actor.uri, post).await?)
}

/// A group of which no moderators are known: its posts are shown, and nothing else is acted on.
async fn bare(context: &Context<'_>, activity: &Activity, kind: &str) -> Received {
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
            let named = post(context, &object, None).await?;
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

async fn is_answer(context: &Context<'_>, named: &Named) -> Result<bool, Ending> {
    let viewer = Viewer::Account(context.actor.id);
    let view = match named {
        Named::Id(id) => Some(posts::get(context.app, viewer, *id).await?),
        Named::Uri(uri) => posts::by_uri(context.app, viewer, uri.clone()).await?,
    };
    Ok(view.is_none_or(|view| view.post.parent_uri.is_some()))
}

/// Did its actor sign what stands inside? Then nobody has to be asked for it, and what only members read comes in so.
async fn proven(
    context: &Context<'_>,
    activity: &Activity,
    inner: &Activity,
) -> Result<bool, Ending> {
    let prover = context
        .federation
        .prover(context.app, inner, &activity.object)
        .await;
    match prover {
        Ok(prover) => Ok(prover.is_some()),
        // Asked of its own server then.
        Err(_) => Ok(false),
    }
}

/// The note inside, in words that can be believed.
async fn note(
    context: &Context<'_>,
    activity: &Activity,
    inner: &Activity,
) -> Result<IncomingNote, Ending> {
    let Some(id) = inner.object_id() else {
        return refused("`object` has no `id`");
    };
    let host = kontor_domain::site::authority_of(id)
        .ok_or_else(|| Ending::Refused("`object` is no web address".to_owned()))?;
    if let Err(why) = context.federation.policy.allowed(&host) {
        return refused(why.to_string());
    }
    let whole = inner.object.is_object() && same_authority(id, &inner.actor);
    let value = if whole
        && (same_authority(id, &context.actor.uri) || proven(context, activity, inner).await?)
    {
        inner.object.clone()
    } else {
        context
            .federation
            .document_at(context.app, id, Memory::Long, &context.budget)
            .await?
            .value
    };
    let note = IncomingNote::read(value)?;
    if !note.is_post() {
        return ignored("no post");
    }
    if note.check()?.author != inner.actor {
        return refused("the actor is not the author");
    }
    Ok(note)
}

async fn create(
    context: &Context<'_>,
    activity: &Activity,
    inner: &Activity,
    community: &Community,
) -> Received {
    let Some(id) = inner.object_id() else {
        return refused("what is announced has no `object`");
    };
    if !concerns_us(context, id).await? {
        return ignored("nobody here has to do with it");
    }
    let post = match known(context.app, id).await? {
        Some(stub) => stub.id,
        None if context.app.site.owns_str(id) => return ignored("no such post"),
        None => {
            let note = note(context, activity, inner).await?;
            if note.is_vote() {
                return ignored("a vote in a poll");
            }
            match context
                .federation
                .keep_vouched(
                    context.app,
                    &note,
                    community.account_id,
                    Arrival::Fetched,
                    &context.budget,
                )
                .await?
            {
                Created::New(id) | Created::Known(id) => id,
                Created::Unwanted => return ignored("nobody here has to do with it"),
            }
        }
    };
    shown(context, activity, community, post).await
}

/// The community shows what begins a thread in it.
pub(super) async fn shown(
    context: &Context<'_>,
    activity: &Activity,
    community: &Community,
    post: PostId,
) -> Received {
    Ok(communities::shown(
        context.app,
        community.account_id,
        post,
        activity.id.clone(),
    )
    .await?)
}

async fn update(
    context: &Context<'_>,
    activity: &Activity,
    inner: &Activity,
    community: &Community,
) -> Received {
    let (app, federation) = (context.app, context.federation);
    let Some(id) = inner.object_id() else {
        return refused("`object` has no `id`");
    };
    if id == context.actor.uri {
        let account = federation.refresh(app, id, &context.budget).await?;
        federation
            .moderators_again(app, &account, &context.budget)
            .await?;
        return Ok(());
    }
    let Some(stub) = known(app, id).await? else {
        // The group may have taken it in by a change of it, having refused it before.
        return create(context, activity, inner, community).await;
    };
    if stub.local {
        // It was changed here first; but the group may have refused it before.
        return if communities::relent(app, context.actor.id, stub.id).await? {
            Ok(())
        } else {
            ignored("nothing known is changed")
        };
    }
    let note = note(context, activity, inner).await?;
    let author = federation
        .account(app, note.check()?.author, &context.budget)
        .await?;
    if author.id != stub.account_id {
        return refused("the post has another author");
    }
    let revised = federation
        .prepare_edit(app, &note, &author, &context.budget)
        .await?;
    posts::revise(app, author.id, stub.id, revised, Source::Group).await?;
    Ok(())
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
    posts::revise(app, author.id, stub.id, revised, Source::Peer).await?;
    Ok(())
}

/// Whoever did what is inside, unless it is somebody here, who did it here first.
async fn doer(context: &Context<'_>, inner: &Activity) -> Result<Option<Account>, Ending> {
    if context.app.site.owns_str(&inner.actor) {
        return Ok(None);
    }
    let host = kontor_domain::site::authority_of(&inner.actor).unwrap_or_default();
    if let Err(why) = context.federation.policy.allowed(&host) {
        return refused(why.to_string());
    }
    let account = context
        .federation
        .account(context.app, &inner.actor, &context.budget)
        .await?;
    Ok(Some(account))
}

async fn vote(context: &Context<'_>, inner: &Activity) -> Received {
    let Some(post) = inner.object_id() else {
        return refused("`object` has no `id`");
    };
    if !is_inside(context, post).await? {
        return ignored("no post of this community");
    }
    let Some(by) = doer(context, inner).await? else {
        return ignored("somebody here did it");
    };
    let post = Named::Uri(post.to_owned());
    like::take(context, inner, &by, (post, Source::Group)).await
}

/// A group vouches for what is in it, and for nothing else.
async fn is_inside(context: &Context<'_>, post: &str) -> Result<bool, Ending> {
    let stub = known(context.app, post).await?;
    Ok(stub.is_some_and(|stub| stub.community_id == Some(context.actor.id)))
}

async fn said(
    context: &Context<'_>,
    activity: &Activity,
    inner: &Activity,
    community: &Community,
) -> Received {
    let Some(by) = doer(context, inner).await? else {
        return own(context, inner, community).await;
    };
    if is_about_itself(context, inner) {
        let closed = inner.kind == "Delete";
        communities::close(context.app, community.account_id, closed).await?;
        return Ok(());
    }
    if let Some(done) = groups::deed(context, inner, &by, Some(community)).await? {
        return done;
    }
    match inner.kind.as_str() {
        "Undo" if inner.object_kind() == Some("Delete") => {
            let undeleted = undelete::receive(context, inner, &by, Some(community));
            let post = Box::pin(undeleted).await?;
            shown(context, activity, community, post).await
        }
        "Undo" => unvote(context, inner, &by).await,
        "Delete" => deleted(context, activity, inner, &by).await,
        kind => ignored(format!("{kind} of nothing known")),
    }
}

/// What a moderator here asked for was done, and comes back: in our words it is theirs. In words that nobody here sent it is the
/// group's, which may do as it likes in what is its own.
async fn own(context: &Context<'_>, inner: &Activity, community: &Community) -> Received {
    let Some(by) = accounts::by_uri(context.app, inner.actor.clone()).await? else {
        return ignored("nobody here did it");
    };
    let done = match sent(context, &inner.id, &by).await? {
        Some(sent) => groups::deed(context, &sent, &by, Some(community)).await?,
        None => groups::deed(context, inner, &context.actor, Some(community)).await?,
    };
    done.unwrap_or_else(|| ignored("somebody here did it"))
}

/// What somebody here sent under this id, as we wrote it.
async fn sent(context: &Context<'_>, id: &str, by: &Account) -> Result<Option<Activity>, Ending> {
    let id = id.to_owned();
    let known: kontor_actions::Result<_> = context
        .app
        .store
        .read(move |db| Ok(kontor_store::activities::by_uri(db, &id)?))
        .await;
    let Some(known) = known?.filter(|known| known.account_id == by.id) else {
        return Ok(None);
    };
    let body = serde_json::from_str(&known.body).unwrap_or_default();
    Ok(Activity::read(body).ok())
}

async fn unvote(context: &Context<'_>, inner: &Activity, by: &Account) -> Received {
    let post = inner.object.get("object").and_then(id_of);
    let Some(post) = post.map(ToOwned::to_owned) else {
        return ignored("nothing known is undone");
    };
    if !is_inside(context, &post).await? {
        return ignored("no post of this community");
    }
    let opinion = (inner.object_kind().unwrap_or_default(), &inner.object);
    undo::take_back(context, by, opinion, Named::Uri(post)).await
}

/// Is the group itself deleted, as Lemmy has it, or brought back? What it says of itself is so.
fn is_about_itself(context: &Context<'_>, inner: &Activity) -> bool {
    let about = match inner.kind.as_str() {
        "Delete" => inner.object_id(),
        "Undo" if inner.object_kind() == Some("Delete") => {
            inner.object.get("object").and_then(id_of)
        }
        _ => None,
    };
    about == Some(context.actor.uri.as_str())
}

/// Its author deleted it: by the proof, or because its own server has it no more.
async fn deleted(
    context: &Context<'_>,
    activity: &Activity,
    inner: &Activity,
    by: &Account,
) -> Received {
    let app = context.app;
    let Some(id) = inner.object_id() else {
        return refused("`object` has no `id`");
    };
    let Some(stub) = known(app, id).await? else {
        // It may come later, and is gone then.
        if same_authority(id, &by.uri) && proven(context, activity, inner).await? {
            posts::delete_by_uri(app, by.id, id.to_owned()).await?;
            return Ok(());
        }
        return ignored("no such post");
    };
    if stub.account_id != by.id {
        return ignored("no such post of theirs");
    }
    if !proven(context, activity, inner).await? {
        let found = context
            .federation
            .document_at(app, id, Memory::None, &context.budget)
            .await;
        match found {
            Err(why) if why.is_absence() => {}
            Err(why) => return Err(why.into()),
            Ok(_) => return ignored("its server has it still"),
        }
    }
    posts::delete_by_uri(app, stub.account_id, id.to_owned()).await?;
    Ok(())
}
