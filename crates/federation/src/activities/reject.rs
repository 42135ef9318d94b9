//! Reject: a follow is turned away, or ended by the followed; a community does not take in a post; an appeal is not upheld.

use kontor_actions::{App, Error, Result, follows, quotes};
use kontor_domain::event::EndedFollow;
use kontor_store::Tx;

use super::{Activity, Context, Received, accept, feature_request, follow, ignored};
use crate::{groups, outgoing::Outgoing};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    if let Some((request, ..)) = accept::asked(context, activity).await? {
        return Ok(quotes::reject(context.app, context.actor.id, request).await?);
    }
    if let Some(ending) = feature_request::rejected(context, activity).await? {
        return ending;
    }
    if let Some(ending) = groups::verdict(context, activity, false).await? {
        return ending;
    }
    if let Some(ending) = groups::refused(context, activity).await? {
        return ending;
    }
    if let Some(ending) = groups::settled(context, activity, false).await? {
        return ending;
    }
    let follow = accept::answered(context, activity).await?;
    match follows::reject(context.app, follow.target_id, follow.follower_id).await {
        Err(Error::NotFound) => ignored("no such follow"),
        other => Ok(other?),
    }
}

pub(crate) fn outgoing(
    app: &App,
    tx: &mut Tx<'_>,
    ended: &EndedFollow,
) -> Result<Option<Outgoing>> {
    let Some((follower, target)) = follow::ends(tx, ended.follower, ended.target)? else {
        return Ok(None);
    };
    Ok(accept::answer(
        app, "Reject", &ended.uri, &follower, &target,
    ))
}
