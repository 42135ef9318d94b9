//! Undo: a follow is taken back. By its id, or by what stands inside (FEDERATION: F5).

use kontor_actions::{App, Result, accounts, follows};
use kontor_domain::{event::EndedFollow, ids::ActivityId};
use kontor_store::{Tx, deliveries::Priority};
use serde_json::json;

use super::{Activity, Context, Received, follow, ignored, refused};
use crate::{
    objects::{NAMESPACE, loose::id_of},
    outgoing::{Outgoing, Recipients},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    match activity.object_kind() {
        None | Some("Follow") => {}
        Some(other) => {
            return ignored(format!(
                "Undo of {}",
                other.chars().take(40).collect::<String>()
            ));
        }
    }
    if let Some(id) = activity.object_id()
        && let Some(follow) = follows::by_uri(context.app, id.to_owned()).await?
    {
        if follow.follower_id != context.actor.id {
            return refused("the follow is not the actor's to undo");
        }
        return Ok(follows::unfollow(context.app, follow.follower_id, follow.target_id).await?);
    }
    let end = |name: &str| activity.object.get(name).and_then(id_of);
    if end("actor").is_some_and(|actor| actor != context.actor.uri) {
        return refused("the follow is not the actor's to undo");
    }
    let Some(target) = end("object") else {
        return ignored("nothing known is undone");
    };
    let target = match accounts::by_uri(context.app, target.to_owned()).await? {
        Some(target) if target.is_local() => target,
        _ => return ignored("nothing known is undone"),
    };
    Ok(follows::unfollow(context.app, context.actor.id, target.id).await?)
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
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "@context": NAMESPACE,
        "id": uri,
        "type": "Undo",
        "actor": follower.uri,
        "to": [target.uri],
        "object": follow::embedded(&ended.uri, &follower, &target),
    });
    Ok(Some(Outgoing {
        id,
        uri,
        sender: follower.id,
        body,
        order: target.uri.clone(),
        post: None,
        to: Recipients::one(&target, Priority::Direct),
    }))
}
