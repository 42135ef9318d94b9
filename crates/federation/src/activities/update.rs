//! Update: a post or an account changed, or a community that its owner changes.

use kontor_actions::{
    App, Result,
    communities::Source,
    custom_emojis,
    posts::{self, Revised},
};
use kontor_domain::{
    account::AccountKind,
    community::Access,
    ids::{AccountId, ActivityId, PostId},
    time::rfc3339_seconds,
};
use kontor_store::{Tx, deliveries::Priority};
use serde_json::json;

use super::{Activity, Context, Received, create, feature_request, refused};
use crate::{
    assertion, groups,
    objects::{self, PUBLIC, actor::Beside},
    outgoing::{Outgoing, Recipients, to_value},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    if activity.is_of_its_actor() {
        // Asked of its server, so that neither an old Update nor half a document can set it back.
        let (app, budget) = (context.app, &context.budget);
        let account = context
            .federation
            .refresh(app, &context.actor.uri, budget)
            .await?;
        context
            .federation
            .moderators_again(app, &account, budget)
            .await?;
        return Ok(());
    }
    if let Some(done) = groups::changed(context, activity).await? {
        return done;
    }
    if activity
        .object_kind()
        .is_some_and(|kind| kind.parse::<AccountKind>().is_ok())
    {
        return refused("an actor changes only itself");
    }
    if let Some(done) = feature_request::updated(context, activity).await? {
        return done;
    }
    let note = create::by_actor(context, activity).await?;
    let id = note.check()?.id.to_owned();
    let known: Result<_> = context
        .app
        .store
        .read(move |db| Ok(kontor_store::posts::stub_by_uri(db, &id)?))
        .await;
    let id = match known? {
        // Its Create was lost or is still on its way: kept if it would have been. If that came in just now, it is edited.
        None => match create::keep(context, &note).await? {
            Some(known) => known,
            None => return Ok(()),
        },
        Some(known) if known.account_id != context.actor.id => {
            return refused("the actor is not the author");
        }
        Some(known) => known.id,
    };
    let revised: Revised = context
        .federation
        .prepare_edit(context.app, &note, &context.actor, &context.budget)
        .await?;
    let by = context.actor.id;
    posts::revise(context.app, by, id, revised, Source::Peer).await?;
    Ok(())
}

pub(crate) fn outgoing(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<Option<Outgoing>> {
    let Some(view) = create::local(app, tx, post)? else {
        return Ok(None);
    };
    let note = objects::note::note(app, &view);
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "id": uri,
        "type": "Update",
        "actor": view.account.uri,
        "published": note.updated.clone().unwrap_or_else(|| note.published.clone()),
        "to": note.addressing.to,
        "cc": note.addressing.cc,
        "object": to_value(&note)?,
    });
    let mut to = told(tx, &view)?;
    for inbox in kontor_store::boosts::reached(tx, post)? {
        to.add_inbox(inbox, Priority::FanOut);
    }
    for (inbox, shared) in kontor_store::polls::voter_inboxes(tx, post)? {
        to.add_inbox(shared.unwrap_or(inbox), Priority::FanOut);
    }
    Ok(Some(Outgoing {
        id,
        uri,
        sender: view.account.id,
        order: view.post.uri.clone(),
        post: Some(post),
        body: to_value(&objects::document(body))?,
        to,
    }))
}

/// Who hears of a change: everyone who gets the post, and of what all may read also those whom it no longer mentions.
fn told(tx: &mut Tx<'_>, view: &posts::PostView) -> Result<Recipients> {
    let mut to = create::recipients(tx, view)?;
    if view.post.audience.is_open() {
        let former = kontor_store::posts::formerly_mentioned(tx, view.post.id)?;
        for account in kontor_store::accounts::by_ids(tx, &former)? {
            to.add(&account, Priority::Direct);
        }
    }
    Ok(to)
}

/// Who hears of a change of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Followers,
    /// Every server that may know it: posts of it went further than to its followers.
    Everyone,
}

pub(crate) fn outgoing_account(
    app: &App,
    tx: &mut Tx<'_>,
    account: AccountId,
    told: Told,
) -> Result<Option<Outgoing>> {
    // That it is suspended is the last that is heard of it.
    let Some(account) = kontor_store::accounts::by_id(tx, account)?
        .filter(kontor_actions::accounts::Account::is_local)
    else {
        return Ok(None);
    };
    let beside = Beside {
        assertion: assertion::published(tx, account.id)?,
        community: kontor_store::communities::by_id(tx, account.id)?,
        emojis: custom_emojis::of_profile(tx, &account)?,
    };
    if beside
        .community
        .as_ref()
        .is_some_and(|community| community.access == Access::Local)
    {
        return Ok(None);
    }
    let mut to = Recipients::default();
    to.add_followers(tx, account.id)?;
    if told == Told::Everyone {
        for inbox in kontor_store::inboxes::known(tx)? {
            to.add_inbox(inbox, Priority::Everywhere);
        }
    }
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "id": uri,
        "type": "Update",
        "actor": account.uri,
        "published": rfc3339_seconds(app.now()),
        "to": [PUBLIC],
        "cc": [account.followers_url],
        "object": to_value(&objects::actor::actor(app, &account, beside))?,
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
