//! Accept: a follow is let in, by its target or by a moderator of the community that it asks to join. Matched by the Follow's id, then by
//! its two ends.

use kontor_actions::{
    App, Result,
    accounts::{self, Account},
    follows, quotes,
};
use kontor_domain::{
    follow::FollowState,
    ids::{ActivityId, FollowId},
};
use kontor_store::{Tx, deliveries::Priority, follows::Follow};
use serde_json::json;

use super::{Activity, Context, Ending, Received, feature_request, follow, ignored};
use crate::{
    groups,
    objects::{NAMESPACE, loose::id_of},
    outgoing::{Outgoing, Recipients},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    if let Some(ending) = quote(context, activity).await? {
        return ending;
    }
    if let Some(ending) = feature_request::accepted(context, activity).await? {
        return ending;
    }
    if let Some(ending) = groups::verdict(context, activity, true).await? {
        return ending;
    }
    if let Some(ending) = groups::settled(context, activity, true).await? {
        return ending;
    }
    let follow = answered(context, activity).await?;
    Ok(follows::accept(context.app, follow.target_id, follow.follower_id).await?)
}

/// Leave to quote, with the stamp as its `result`. `None`: it is no answer to a request to quote.
async fn quote(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Option<Received>, Ending> {
    let Some((request, quoting, quoted)) = asked(context, activity).await? else {
        return Ok(None);
    };
    let Some(stamp) = activity.rest.get("result").and_then(id_of) else {
        return Err(Ending::Refused("`result` names no stamp".to_owned()));
    };
    let (federation, app) = (context.federation, context.app);
    let good = federation
        .stamp(app, stamp, &quoting, &quoted, &context.budget)
        .await?;
    match good {
        Some(stamp) => Ok(Some(Ok(quotes::accept(
            app,
            context.actor.id,
            request,
            stamp,
        )
        .await?))),
        None => Err(Ending::Refused(
            "the stamp does not say that the quote is allowed".to_owned(),
        )),
    }
}

/// The request to quote that an activity answers, and the addresses of the two posts.
pub(super) async fn asked(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Option<(String, String, String)>, Ending> {
    let (Some(id), None | Some("QuoteRequest")) = (activity.object_id(), activity.object_kind())
    else {
        return Ok(None);
    };
    let found = quotes::asked(context.app, id.to_owned()).await?;
    Ok(found.map(|(quote, quoting)| (id.to_owned(), quoting, quote.quoted_uri)))
}

/// The follow of one of ours that the actor answers.
pub(super) async fn answered(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Follow, Ending> {
    if let Some(kind) = activity.object_kind()
        && kind != "Follow"
    {
        return ignored(format!("{} of {kind}", activity.kind));
    }
    if let Some(id) = activity.object_id() {
        if let Some(follow) = follows::by_uri(context.app, id.to_owned()).await? {
            if follow.target_id != context.actor.id {
                return Err(Ending::Refused(
                    "the follow is not the actor's to answer".to_owned(),
                ));
            }
            return local(context, follow).await;
        }
        // An answer to one that has ended says nothing of the one that came after it.
        if context.app.site.owns_str(id) {
            return ignored("no such follow");
        }
    }
    let Some((follower, target)) = ends(activity) else {
        return ignored("no such follow");
    };
    if target != context.actor.uri {
        return Err(Ending::Refused(
            "the follow is not the actor's to answer".to_owned(),
        ));
    }
    let Some(follower) = accounts::by_uri(context.app, follower).await? else {
        return ignored("no such follow");
    };
    match follows::between(context.app, follower.id, context.actor.id).await? {
        Some(follow) => local(context, follow).await,
        None => ignored("no such follow"),
    }
}

/// Follower and target of the Follow that an answer holds.
pub(crate) fn ends(activity: &Activity) -> Option<(String, String)> {
    let end = |name: &str| activity.object.get(name).and_then(id_of);
    Some((end("actor")?.to_owned(), end("object")?.to_owned()))
}

/// A peer answers follows of ours only.
async fn local(context: &Context<'_>, follow: Follow) -> std::result::Result<Follow, Ending> {
    let follower = accounts::get(context.app, follow.follower_id).await?;
    if follower.is_local() {
        Ok(follow)
    } else {
        Err(Ending::Refused("the follower is nobody here".to_owned()))
    }
}

/// The answer to a follow from elsewhere, with the Follow inside: the one form that everyone reads.
pub(crate) fn outgoing(app: &App, tx: &mut Tx<'_>, follow: FollowId) -> Result<Option<Outgoing>> {
    let follow = kontor_store::follows::by_id(tx, follow)?
        .filter(|follow| follow.state == FollowState::Accepted);
    let Some(follow) = follow else {
        return Ok(None);
    };
    let Some((follower, target)) = follow::ends(tx, follow.follower_id, follow.target_id)? else {
        return Ok(None);
    };
    Ok(answer(app, "Accept", &follow.uri, &follower, &target))
}

/// `None`: it is not ours to say, or there is nobody elsewhere to say it to.
pub(super) fn answer(
    app: &App,
    kind: &str,
    follow: &str,
    follower: &Account,
    target: &Account,
) -> Option<Outgoing> {
    if follower.is_local() || !target.is_local() {
        return None;
    }
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "@context": NAMESPACE,
        "id": uri,
        "type": kind,
        "actor": target.uri,
        "to": [follower.uri],
        "object": follow::embedded(follow, follower, target),
    });
    Some(Outgoing {
        id,
        uri,
        sender: target.id,
        body,
        order: follower.uri.clone(),
        post: None,
        to: Recipients::one(follower, Priority::Direct),
    })
}
