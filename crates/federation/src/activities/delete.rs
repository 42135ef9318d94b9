//! Delete: a post or an account is gone.

use kontor_actions::{App, Result, accounts, posts, quotes};
use kontor_domain::{
    audience::Audience,
    event::{DeletedPost, RevokedQuote},
    ids::{AccountId, ActivityId},
    site::same_authority,
};
use kontor_store::{Tx, deliveries::Priority};
use serde_json::json;

use super::{Activity, Context, Received, create, feature_request, refused};
use crate::{
    groups,
    objects::{self, PUBLIC, note::addressing},
    outgoing::{Outgoing, Recipients, to_value},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let Some(object) = activity.object_id() else {
        return refused("`object` has no `id`");
    };
    if activity.is_of_its_actor() {
        // Its own signature says so.
        accounts::forget_remote(context.app, context.actor.uri.clone()).await?;
        context.federation.keys.forget(&context.actor.public_key_id);
        return Ok(());
    }
    if let Some(done) = groups::deed(context, activity, &context.actor, None).await? {
        return done;
    }
    if !same_authority(object, &context.actor.uri) {
        return refused("the object is on another server than the actor");
    }
    if quotes::revoke_by_stamp(context.app, context.actor.id, object.to_owned()).await? {
        return Ok(());
    }
    if feature_request::deleted(context, object).await? {
        return Ok(());
    }
    let (by, uri) = (context.actor.id, object.to_owned());
    if posts::delete_by_uri_with(context.app, by, uri, context.closing()).await? {
        context.ended();
    }
    Ok(())
}

/// Somebody here allows a quote no longer.
pub(crate) fn outgoing_stamp(
    app: &App,
    tx: &mut Tx<'_>,
    revoked: &RevokedQuote,
) -> Result<Option<Outgoing>> {
    let Some(author) = create::speaker(tx, revoked.author)? else {
        return Ok(None);
    };
    let mut to = Recipients::default();
    let mut named = Vec::new();
    if let Some(quoting) = kontor_store::accounts::by_id(tx, revoked.quoting_author)? {
        to.add(&quoting, Priority::Direct);
        named.push(quoting.uri);
    }
    to.add_followers(tx, author.id)?;
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "id": uri,
        "type": "Delete",
        "actor": author.uri,
        "to": [PUBLIC],
        "cc": named,
        "object": {"id": revoked.stamp, "type": "QuoteAuthorization"},
    });
    Ok(Some(Outgoing {
        id,
        uri,
        sender: author.id,
        order: revoked.stamp.clone(),
        post: None,
        body: to_value(&objects::document(body))?,
        to,
    }))
}

pub(crate) fn outgoing(
    app: &App,
    tx: &mut Tx<'_>,
    deleted: &DeletedPost,
) -> Result<Option<Outgoing>> {
    let Some(author) = create::speaker(tx, deleted.author)? else {
        return Ok(None);
    };
    let mentioned = kontor_store::accounts::by_ids(tx, &deleted.mentioned)?;
    let mentioned = mentioned.into_iter().map(|account| account.uri).collect();
    // Of what was in a community, Lemmy looks for Public in `to` alone.
    let audience = match deleted.audience {
        Audience::Unlisted if deleted.community.is_some() => Audience::Public,
        other => other,
    };
    let addressing = addressing(audience, &author.followers_url, mentioned);
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "id": uri,
        "type": "Delete",
        "actor": author.uri,
        "to": addressing.to,
        "cc": addressing.cc,
        "object": {"id": deleted.uri, "type": "Tombstone"},
    });
    let had_it: Vec<AccountId> = deleted
        .mentioned
        .iter()
        .chain(&deleted.formerly_mentioned)
        .copied()
        .collect();
    let mut to = create::readers(
        tx,
        author.id,
        deleted.audience,
        &had_it,
        deleted.in_reply_to_account,
    )?;
    for inbox in &deleted.reached {
        to.add_inbox(inbox.clone(), Priority::FanOut);
    }
    Ok(Some(Outgoing {
        id,
        uri,
        sender: author.id,
        order: deleted.uri.clone(),
        post: Some(deleted.post),
        body: to_value(&objects::document(body))?,
        to,
    }))
}

/// An account of ours is gone: every server that may know it is told.
pub(crate) fn outgoing_account(
    app: &App,
    tx: &mut Tx<'_>,
    account: AccountId,
) -> Result<Option<Outgoing>> {
    let Some(account) =
        kontor_store::accounts::by_id(tx, account)?.filter(kontor_actions::accounts::Account::is_local)
    else {
        return Ok(None);
    };
    let mut to = Recipients::default();
    for inbox in kontor_store::inboxes::known(tx)? {
        to.add_inbox(inbox, Priority::Everywhere);
    }
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "id": uri,
        "type": "Delete",
        "actor": account.uri,
        "to": [PUBLIC],
        "cc": [],
        "object": account.uri,
    });
    Ok(Some(Outgoing {
        id,
        uri,
        sender: account.id,
        order: account.uri.clone(),
        post: None,
        body: to_value(&objects::document(body))?,
        to,
    }))
}
