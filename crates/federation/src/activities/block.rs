//! Block: somebody wants nothing to do with somebody. It is sent to the blocked person's server, which keeps the two apart. With a
//! `target`, it is a ban from a community.

use kontor_actions::{App, Result, accounts, blocks};
use kontor_domain::ids::{ActivityId, BlockId};
use kontor_store::{Tx, deliveries::Priority};
use serde_json::json;

use super::{Activity, Context, Received, ignored, like, refused};
use crate::{
    groups,
    objects::NAMESPACE,
    outgoing::{Outgoing, Recipients},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    if is_ban(activity) {
        return match groups::deed(context, activity, &context.actor, None).await? {
            Some(done) => done,
            None => ignored("a ban from a server, or from a community elsewhere"),
        };
    }
    let Some(target) = activity.object_id() else {
        return refused("`object` is missing");
    };
    let target = match accounts::by_uri(context.app, target.to_owned()).await? {
        Some(target) if target.is_local() => target,
        _ => return ignored("`object` is nobody here"),
    };
    let uri = Some(activity.id.clone());
    blocks::block(context.app, context.actor.id, target.id, uri).await?;
    Ok(())
}

/// With a `target`, moderators say it of a member.
fn is_ban(activity: &Activity) -> bool {
    activity
        .rest
        .get("target")
        .is_some_and(|target| !target.is_null())
}

pub(crate) fn outgoing(_app: &App, tx: &mut Tx<'_>, block: BlockId) -> Result<Option<Outgoing>> {
    let Some(block) = kontor_store::blocks::by_id(tx, block)? else {
        return Ok(None);
    };
    let Some((by, target)) = like::ends(tx, block.account_id, block.target_id)? else {
        return Ok(None);
    };
    let body = json!({
        "@context": NAMESPACE,
        "id": block.uri,
        "type": "Block",
        "actor": by.uri,
        "to": [target.uri],
        "object": target.uri,
    });
    Ok(Some(Outgoing {
        id: ActivityId(block.id.0),
        uri: block.uri,
        sender: by.id,
        body,
        order: target.uri.clone(),
        post: None,
        to: Recipients::one(&target, Priority::Direct),
    }))
}
