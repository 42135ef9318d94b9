//! Move: an account lives on as another, which names it among its own (`alsoKnownAs`).

use kontor_actions::{App, Result, moves};
use kontor_domain::ids::{AccountId, ActivityId};
use kontor_store::Tx;
use serde_json::json;

use super::{Activity, Context, Received, create, refused};
use crate::{
    fetch::Memory,
    objects::{self, loose::id_of},
    outgoing::{Outgoing, Recipients, to_value},
};

/// Both accounts are read at their own servers: the old one must say where it went, and the new one that it was the old.
pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    if !activity.is_of_its_actor() {
        return refused("an account moves only itself");
    }
    let (app, federation, budget) = (context.app, context.federation, &context.budget);
    let old = federation.refresh(app, &context.actor.uri, budget).await?;
    let Some(target) = old.moved_to_uri.clone() else {
        return refused("the account does not say where it moved (`movedTo`)");
    };
    if activity
        .target
        .as_ref()
        .and_then(id_of)
        .is_some_and(|named| named != target)
    {
        return refused("`target` is not where the account says that it moved");
    }
    let new = if app.site.owns_str(&target) {
        kontor_actions::accounts::by_uri(app, target).await?
    } else {
        let document = federation
            .document_at(app, &target, Memory::None, budget)
            .await?;
        Some(
            federation
                .keep_actor(app, &document, Memory::Long, budget)
                .await?,
        )
    };
    let Some(new) = new else {
        return refused("the account moved to nobody");
    };
    moves::depart_remote(app, old.id, new.id).await?;
    Ok(())
}

pub(crate) fn outgoing(
    app: &App,
    tx: &mut Tx<'_>,
    account: AccountId,
) -> Result<Option<Outgoing>> {
    let Some(account) = create::speaker(tx, account)? else {
        return Ok(None);
    };
    let Some(target) = account.moved_to_uri.clone() else {
        return Ok(None);
    };
    let mut to = Recipients::default();
    to.add_followers(tx, account.id)?;
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "id": uri,
        "type": "Move",
        "actor": account.uri,
        "object": account.uri,
        "target": target,
        "to": [account.followers_url],
        "cc": [],
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
