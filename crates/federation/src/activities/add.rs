//! Add: an author pins a post, or a moderator something in a community, or names another; somebody has a new collection of accounts,
//! or another account in one. What is added elsewhere is no concern of ours.

use kontor_actions::{
    App, Result, pins,
    posts::{Arrival, Created, Named},
};
use kontor_domain::{
    ids::{AccountId, ActivityId, PostId},
    site::same_authority,
};
use kontor_store::Tx;
use serde_json::json;

use super::{
    Activity, Context, Ending, Received, create, feature_request, ignored, known, refused,
};
use crate::{
    fetch::Memory,
    groups,
    objects::{loose::id_of, note::IncomingNote},
    outgoing::{Outgoing, to_value},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    if let Some(done) = groups::deed(context, activity, &context.actor, None).await? {
        return done;
    }
    if let Some(done) = feature_request::added(context, activity).await? {
        return done;
    }
    let id = pinned(context, activity)?;
    let post = match known(context.app, id).await? {
        Some(stub) if stub.account_id == context.actor.id => Named::Id(stub.id),
        Some(_) => return refused("the actor is not the author"),
        None => fetched(context, id).await?,
    };
    pins::pin(context.app, context.actor.id, post).await?;
    Ok(())
}

/// The address of the post that is added to or removed from the actor's pinned ones.
pub(super) fn pinned<'a>(
    context: &Context<'_>,
    activity: &'a Activity,
) -> std::result::Result<&'a str, Ending> {
    let target = activity.rest.get("target").and_then(id_of);
    if target.is_none() || target != context.actor.featured_url.as_deref() {
        return ignored("`target` is not the actor's pinned posts");
    }
    let Some(id) = activity.object_id() else {
        return refused("`object` has no `id`");
    };
    if !same_authority(id, &context.actor.uri) {
        return refused("the object is on another server than the actor");
    }
    Ok(id)
}

/// A post that is older than what is known of its author.
async fn fetched(context: &Context<'_>, id: &str) -> std::result::Result<Named, Ending> {
    let document = context
        .federation
        .document_at(context.app, id, Memory::Long, &context.budget)
        .await?;
    let note = IncomingNote::read(document.value)?;
    if note.check()?.author != context.actor.uri {
        return refused("the actor is not the author");
    }
    match context
        .federation
        .keep_post(context.app, &note, 0, Arrival::Gathered, &context.budget)
        .await?
    {
        Created::New(id) | Created::Known(id) => Ok(Named::Id(id)),
        Created::Unwanted => ignored("nobody here has to do with it"),
    }
}

pub(crate) fn outgoing(
    app: &App,
    tx: &mut Tx<'_>,
    account: AccountId,
    post: PostId,
) -> Result<Option<Outgoing>> {
    told(app, tx, "Add", account, post)
}

/// To everyone who has the post; its address is all that is said of it.
pub(super) fn told(
    app: &App,
    tx: &mut Tx<'_>,
    kind: &str,
    account: AccountId,
    post: PostId,
) -> Result<Option<Outgoing>> {
    let Some(view) = create::local(app, tx, post)?.filter(|view| view.account.id == account) else {
        return Ok(None);
    };
    let addressing = crate::objects::note::addressing(
        view.post.audience,
        &view.account.followers_url,
        Vec::new(),
    );
    let to = create::readers(tx, account, view.post.audience, &[], None)?;
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "id": uri,
        "type": kind,
        "actor": view.account.uri,
        "to": addressing.to,
        "cc": addressing.cc,
        "object": view.post.uri,
        "target": view.account.featured_url,
    });
    Ok(Some(Outgoing {
        id,
        uri,
        sender: account,
        order: view.post.uri.clone(),
        post: Some(post),
        body: to_value(&crate::objects::document(body))?,
        to,
    }))
}
