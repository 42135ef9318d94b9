//! Remove: an author pins a post no longer, or recommends somebody no longer.

use kontor_actions::{App, Result, pins};
use kontor_domain::ids::{AccountId, PostId};
use kontor_store::Tx;

use super::{Activity, Context, Received, add, feature_request, ignored, known, refused};
use crate::{groups, outgoing::Outgoing};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    if let Some(done) = groups::deed(context, activity, &context.actor, None).await? {
        return done;
    }
    if let Some(done) = feature_request::removed(context, activity).await? {
        return done;
    }
    let id = add::pinned(context, activity)?;
    match known(context.app, id).await? {
        Some(stub) if stub.account_id == context.actor.id => {
            pins::unpin(context.app, context.actor.id, stub.id).await?;
            Ok(())
        }
        Some(_) => refused("the actor is not the author"),
        None => ignored("no such post"),
    }
}

pub(crate) fn outgoing(
    app: &App,
    tx: &mut Tx<'_>,
    account: AccountId,
    post: PostId,
) -> Result<Option<Outgoing>> {
    add::told(app, tx, "Remove", account, post)
}
