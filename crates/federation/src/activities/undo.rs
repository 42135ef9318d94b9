//! Undo: something said before is taken back. By its id, or by what stands inside.

use kontor_actions::{
    App, Error, Result, accounts, blocks, boosts, dislikes, favourites, follows,
    posts::Named,
    reactions::{self, Emoji},
};
use kontor_domain::{
    account::AccountKind,
    event::{EndedBlock, EndedBoost, EndedFavourite, EndedFollow, EndedReaction},
    ids::ActivityId,
    site::same_authority,
};
use kontor_store::{Tx, deliveries::Priority};
use serde_json::{Value, json};

use super::{
    Activity, Context, Ending, Received, create, follow, ignored, known, like, refused, undelete,
};
use crate::{
    groups,
    objects::{self, NAMESPACE, loose::id_of, note::addressing},
    outgoing::{Outgoing, Recipients, to_value},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    if let Some(done) = groups::deed(context, activity, &context.actor, None).await? {
        return done;
    }
    match activity.object_kind() {
        None => by_id(context, activity).await,
        Some("Follow") => unfollow(context, activity).await,
        Some("Block") => unblock(context, activity).await,
        Some("Announce" | "Like" | "EmojiReact" | "Dislike") => opinion(context, activity).await,
        Some("Delete") => Box::pin(undelete::receive(context, activity, &context.actor, None))
            .await
            .map(drop),
        Some(other) => ignored(format!(
            "Undo of {}",
            other.chars().take(40).collect::<String>()
        )),
    }
}

/// Nothing but an id: whatever it is that has it.
async fn by_id(context: &Context<'_>, activity: &Activity) -> Received {
    let (app, by) = (context.app, context.actor.id);
    let Some(id) = activity.object_id().map(str::to_owned) else {
        return refused("`object` has no `id`");
    };
    if follows::by_uri(app, id.clone()).await?.is_some() {
        return unfollow(context, activity).await;
    }
    own(context, &id)?;
    if undone(blocks::undo(app, by, id.clone()).await)?
        || undone(boosts::undo(app, by, id.clone()).await)?
    {
        return Ok(());
    }
    let closing = || context.closing();
    if undone(favourites::undo(app, by, id.clone(), closing()).await)?
        || undone(reactions::undo(app, by, id.clone(), closing()).await)?
        || undone(dislikes::undo(app, by, id, closing()).await)?
    {
        context.ended();
        return Ok(());
    }
    ignored("nothing known is undone")
}

fn undone(found: Result<bool>) -> std::result::Result<bool, Ending> {
    match found {
        Err(Error::Forbidden(_)) => refused("it is not the actor's to undo"),
        other => Ok(other?),
    }
}

/// What is undone was said on the actor's own server, or it is not the actor's.
fn own(context: &Context<'_>, id: &str) -> std::result::Result<(), Ending> {
    if same_authority(id, &context.actor.uri) {
        Ok(())
    } else {
        refused("it is not the actor's to undo")
    }
}

fn end<'a>(activity: &'a Activity, name: &str) -> Option<&'a str> {
    activity.object.get(name).and_then(id_of)
}

async fn unfollow(context: &Context<'_>, activity: &Activity) -> Received {
    if let Some(id) = activity.object_id()
        && let Some(follow) = follows::by_uri(context.app, id.to_owned()).await?
    {
        if follow.follower_id != context.actor.id {
            return refused("the follow is not the actor's to undo");
        }
        return Ok(follows::unfollow(context.app, follow.follower_id, follow.target_id).await?);
    }
    if end(activity, "actor").is_some_and(|actor| actor != context.actor.uri) {
        return refused("the follow is not the actor's to undo");
    }
    let Some(target) = end(activity, "object") else {
        return ignored("nothing known is undone");
    };
    let target = match accounts::by_uri(context.app, target.to_owned()).await? {
        Some(target) if target.is_local() => target,
        _ => return ignored("nothing known is undone"),
    };
    Ok(follows::unfollow(context.app, context.actor.id, target.id).await?)
}

async fn unblock(context: &Context<'_>, activity: &Activity) -> Received {
    let (app, by) = (context.app, context.actor.id);
    if let Some(id) = activity.object_id()
        && undone(blocks::undo(app, by, id.to_owned()).await)?
    {
        return Ok(());
    }
    if end(activity, "actor").is_some_and(|actor| actor != context.actor.uri) {
        return refused("the block is not the actor's to undo");
    }
    let target = match end(activity, "object") {
        Some(target) => accounts::by_uri(app, target.to_owned()).await?,
        None => None,
    };
    match target {
        Some(target) if target.is_local() => Ok(blocks::unblock(app, by, target.id).await?),
        _ => ignored("nothing known is undone"),
    }
}

/// A boost, a favourite, a reaction or a vote: by its id, then by its post.
async fn opinion(context: &Context<'_>, activity: &Activity) -> Received {
    let (app, by) = (context.app, context.actor.id);
    if end(activity, "actor").is_some_and(|actor| actor != context.actor.uri) {
        return refused("it is not the actor's to undo");
    }
    let kind = activity.object_kind().unwrap_or_default();
    let emoji = like::emoji_in(context, &context.actor, kind, &activity.object);
    if let Some(id) = activity.object_id() {
        own(context, id)?;
        let id = id.to_owned();
        let closing = context.closing();
        let found = match kind {
            "Announce" => boosts::undo(app, by, id).await,
            "Dislike" => dislikes::undo(app, by, id, closing).await,
            "Like" if emoji.is_none() => favourites::undo(app, by, id, closing).await,
            _ => reactions::undo(app, by, id, closing).await,
        };
        if undone(found)? {
            if kind != "Announce" {
                context.ended();
            }
            return Ok(());
        }
    }
    let Some(post) = end(activity, "object") else {
        return ignored("nothing known is undone");
    };
    if known(app, post).await?.is_none() {
        return ignored("nothing known is undone");
    }
    let post = Named::Uri(post.to_owned());
    if kind == "Announce" {
        boosts::unboost(app, by, post).await?;
        return Ok(());
    }
    take_back(context, &context.actor, (kind, &activity.object), post).await
}

/// Ends what somebody thinks of a post, whatever the id that they said it under.
pub(super) async fn take_back(
    context: &Context<'_>,
    by: &accounts::Account,
    (kind, opinion): (&str, &Value),
    post: Named,
) -> Received {
    let (app, closing) = (context.app, context.closing());
    let emoji = like::emoji_in(context, by, kind, opinion);
    let ended = match (kind, emoji) {
        ("Dislike", _) => dislikes::undislike(app, by.id, post, closing).await?,
        (_, Some(emoji)) => reactions::unreact_and(app, by.id, post, emoji.name, closing).await?.1,
        ("Like", None) => favourites::unfavourite_with(app, by.id, post, closing).await?.1,
        _ => return ignored("nothing known is undone"),
    };
    if ended {
        context.ended();
    }
    Ok(())
}

pub(crate) fn outgoing(
    app: &App,
    tx: &mut Tx<'_>,
    ended: &EndedFollow,
) -> Result<Option<Outgoing>> {
    let Some((follower, target)) = follow::ends(tx, ended.follower, ended.target)? else {
        return Ok(None);
    };
    if !follower.is_local() || target.is_local() {
        return Ok(None);
    }
    let object = follow::embedded(&ended.uri, &follower, &target);
    Ok(Some(of_account(app, &follower, &target, &object)))
}

pub(crate) fn outgoing_block(
    app: &App,
    tx: &mut Tx<'_>,
    ended: &EndedBlock,
) -> Result<Option<Outgoing>> {
    let Some((by, target)) = like::ends(tx, ended.account, ended.target)? else {
        return Ok(None);
    };
    let object =
        json!({"id": ended.uri, "type": "Block", "actor": by.uri, "object": target.uri});
    Ok(Some(of_account(app, &by, &target, &object)))
}

/// What was between two accounts.
fn of_account(
    app: &App,
    by: &accounts::Account,
    target: &accounts::Account,
    object: &Value,
) -> Outgoing {
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "@context": NAMESPACE,
        "id": uri,
        "type": "Undo",
        "actor": by.uri,
        "to": [target.uri],
        "object": object,
    });
    Outgoing {
        id,
        uri,
        sender: by.id,
        body,
        order: target.uri.clone(),
        post: None,
        to: Recipients::one(target, Priority::Direct),
    }
}

pub(crate) fn outgoing_favourite(
    app: &App,
    tx: &mut Tx<'_>,
    ended: &EndedFavourite,
) -> Result<Option<Outgoing>> {
    let Some((by, author)) = like::ends(tx, ended.account, ended.post_author)? else {
        return Ok(None);
    };
    let object = like::like(&ended.uri, &by, &ended.post_uri, None);
    of_opinion(app, &by, &author, &ended.post_uri, &object).map(Some)
}

pub(crate) fn outgoing_reaction(
    app: &App,
    tx: &mut Tx<'_>,
    ended: &EndedReaction,
) -> Result<Option<Outgoing>> {
    let Some((by, author)) = like::ends(tx, ended.account, ended.post_author)? else {
        return Ok(None);
    };
    let emoji = Emoji {
        name: ended.name.clone(),
        url: ended.url.clone(),
    };
    let object = like::like(&ended.uri, &by, &ended.post_uri, Some(&emoji));
    of_opinion(app, &by, &author, &ended.post_uri, &object).map(Some)
}

fn of_opinion(
    app: &App,
    by: &accounts::Account,
    author: &accounts::Account,
    post: &str,
    object: &Value,
) -> Result<Outgoing> {
    let uri = app.site.activity(ActivityId(app.id()));
    let body = json!({"id": uri, "type": "Undo", "actor": by.uri, "object": object});
    like::opinion(app, &uri, by, author, post, body)
}

pub(crate) fn outgoing_boost(
    app: &App,
    tx: &mut Tx<'_>,
    ended: &EndedBoost,
) -> Result<Option<Outgoing>> {
    let Some(by) = create::speaker(tx, ended.account)? else {
        return Ok(None);
    };
    let author = kontor_store::accounts::by_id(tx, ended.post_author)?;
    let author = author.into_iter().map(|author| author.uri).collect();
    let addressing = addressing(ended.audience, &by.followers_url, author);
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "id": uri,
        "type": "Undo",
        "actor": by.uri,
        "to": addressing.to,
        "cc": addressing.cc,
        "object": {
            "id": ended.uri,
            "type": "Announce",
            "actor": by.uri,
            "to": addressing.to,
            "cc": addressing.cc,
            "object": ended.post_uri,
        },
    });
    let mut outgoing = Outgoing {
        id,
        uri,
        sender: by.id,
        order: ended.post_uri.clone(),
        post: Some(ended.boost),
        body: to_value(&objects::document(body))?,
        to: Recipients::default(),
    };
    if by.kind == AccountKind::Group {
        return groups::unboost(app, tx, outgoing, ended).map(|()| None);
    }
    outgoing.to = create::readers(tx, by.id, ended.audience, &[ended.post_author], None)?;
    Ok(Some(outgoing))
}
