//! Follow: somebody wants to read somebody's posts. The answer is an Accept or a Reject.

use kontor_actions::{
    App, Result,
    accounts::{self, Account},
    follows::{self, Options, Wish},
};
use kontor_domain::ids::{ActivityId, FollowId};
use kontor_store::{Tx, deliveries::Priority};
use serde_json::{Value, json};

use super::{Activity, Context, Received, refused};
use crate::{
    objects::NAMESPACE,
    outgoing::{Outgoing, Recipients},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let Some(target) = activity.object_id() else {
        return refused("`object` is missing");
    };
    let target = match accounts::by_uri(context.app, target.to_owned()).await? {
        Some(target) if target.is_local() => target,
        _ => return refused("`object` is nobody here"),
    };
    let wish = Wish {
        follower: context.actor.id,
        target: target.id,
        uri: Some(activity.id.clone()),
        options: Options {
            show_reblogs: None,
            notify: None,
            languages: None,
        },
    };
    follows::follow(context.app, wish).await?;
    Ok(())
}

/// The Follow of a local account. Asked for again, it keeps its id.
pub(crate) fn outgoing(app: &App, tx: &mut Tx<'_>, follow: FollowId) -> Result<Option<Outgoing>> {
    // Also one that was accepted before it was sent, by an answer that names none: there it is known only by this.
    let Some(follow) = kontor_store::follows::by_id(tx, follow)? else {
        return Ok(None);
    };
    let Some((follower, target)) = ends(tx, follow.follower_id, follow.target_id)? else {
        return Ok(None);
    };
    if !follower.is_local() || target.is_local() || !app.site.owns_str(&follow.uri) {
        return Ok(None);
    }
    let mut body = embedded(&follow.uri, &follower, &target);
    if let Value::Object(body) = &mut body {
        body.insert("@context".to_owned(), NAMESPACE.into());
        body.insert("to".to_owned(), json!([target.uri]));
    }
    Ok(Some(Outgoing {
        id: ActivityId(follow.id.0),
        uri: follow.uri,
        sender: follower.id,
        body,
        order: target.uri.clone(),
        post: None,
        to: Recipients::one(&target, Priority::Direct),
    }))
}

/// Both accounts, if both are there.
pub(crate) fn ends(
    tx: &mut Tx<'_>,
    follower: kontor_domain::ids::AccountId,
    target: kontor_domain::ids::AccountId,
) -> Result<Option<(Account, Account)>> {
    let follower = kontor_store::accounts::by_id(tx, follower)?;
    let target = kontor_store::accounts::by_id(tx, target)?;
    Ok(follower.zip(target))
}

/// As it stands in an answer or an Undo: the four properties that everyone reads.
pub(crate) fn embedded(uri: &str, follower: &Account, target: &Account) -> Value {
    json!({"id": uri, "type": "Follow", "actor": follower.uri, "object": target.uri})
}
