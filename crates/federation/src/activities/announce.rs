//! Announce: a post is boosted, or a group passes on what happened in it.

mod wrapped;

use kontor_actions::{
    App, Error, Result,
    boosts::{self, NewBoost},
    communities::{self, Community},
    follows,
    posts::{Arrival, Created, Named},
};
use kontor_domain::{
    account::AccountKind,
    audience::Audience,
    ids::{ActivityId, PostId},
    site::{self, same_authority},
    time,
};
use kontor_store::Tx;

use super::{Activity, Context, Ending, Received, create, ignored, known, refused};
use crate::{
    fetch::Memory,
    groups,
    objects::{
        self, is_public,
        loose::{self, id_of},
        note::IncomingNote,
    },
    outgoing::{Outgoing, to_value},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    if wrapped::is_activity(activity) {
        return Box::pin(wrapped::receive(context, activity)).await;
    }
    let Some(id) = activity.object_id() else {
        return refused("`object` has no `id`");
    };
    let suggested = suggested(context, activity).await?;
    if !concerns_us(context, id).await? {
        return if suggested {
            Ok(())
        } else {
            ignored("nobody here has to do with it")
        };
    }
    let group = match context.actor.kind {
        AccountKind::Group => groups::elsewhere(context.app, context.actor.id).await?,
        _ => None,
    };
    let audience = audience(activity, &context.actor.followers_url);
    let post = post(context, &activity.object, group.as_ref()).await?;
    match (group, &post) {
        (Some(group), Named::Uri(uri)) => match known(context.app, uri).await? {
            Some(stub) => wrapped::shown(context, activity, &group, stub.id).await,
            None => ignored("no such post"),
        },
        (Some(group), Named::Id(id)) => wrapped::shown(context, activity, &group, *id).await,
        (None, _) => keep(context, activity, post, audience).await,
    }
}

/// Shows a community of ours what a person boosts to it. `false`: it is addressed to none.
async fn suggested(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<bool, Ending> {
    if context.actor.kind == AccountKind::Group {
        return Ok(false);
    }
    let Some(community) = groups::addressed(context.app, &activity.rest).await? else {
        return Ok(false);
    };
    let (app, by) = (context.app, context.actor.id);
    // Nothing is fetched for whoever may not.
    match communities::check_begins(app, community, by).await {
        // It is a boost as any other, for those who follow whoever boosts.
        Err(Error::Forbidden(_)) => return Ok(false),
        other => other?,
    }
    let post = post(context, &activity.object, None).await?;
    match communities::suggest(app, community, by, post).await {
        Err(Error::Forbidden(_)) => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}

/// Is the post ours, or does somebody here follow the actor? Nothing is fetched for others.
async fn concerns_us(context: &Context<'_>, id: &str) -> std::result::Result<bool, Ending> {
    Ok(context.app.site.owns_str(id)
        || follows::has_local_follower(context.app, context.actor.id).await?)
}

async fn keep(
    context: &Context<'_>,
    activity: &Activity,
    post: Named,
    audience: Audience,
) -> Received {
    let published = activity.rest.get("published").and_then(|at| at.as_str());
    let new = NewBoost {
        post,
        uri: Some(activity.id.clone()),
        audience,
        published: published.and_then(time::read),
    };
    match boosts::boost(context.app, context.actor.id, new, Arrival::Delivered).await? {
        Created::New(_) | Created::Known(_) => Ok(()),
        Created::Unwanted => ignored("nobody here has to do with it"),
    }
}

/// The post that is announced: known here, or in its own server's words. What stands inside is believed only if it is on the
/// announcer's server, and no post of a server that this one does not speak with comes in so.
async fn post(
    context: &Context<'_>,
    object: &serde_json::Value,
    group: Option<&Community>,
) -> std::result::Result<Named, Ending> {
    let Some(id) = id_of(object) else {
        return Err(Ending::Refused("`object` has no `id`".to_owned()));
    };
    let app = context.app;
    if app.site.owns_str(id) {
        return match known(app, id).await? {
            Some(_) => Ok(Named::Uri(id.to_owned())),
            None => ignored("no such post"),
        };
    }
    let host = site::authority_of(id)
        .ok_or_else(|| Ending::Refused("`object` is no web address".to_owned()))?;
    if let Err(why) = context.federation.policy.allowed(&host) {
        return refused(why.to_string());
    }
    if known(app, id).await?.is_some() {
        return Ok(Named::Uri(id.to_owned()));
    }
    let whole = object.get("attributedTo").is_some() && same_authority(id, &context.actor.uri);
    let value = if whole {
        object.clone()
    } else {
        let document = context
            .federation
            .document_at(app, id, Memory::Long, &context.budget);
        document.await?.value
    };
    let note = IncomingNote::read(value)?;
    let (federation, budget) = (context.federation, &context.budget);
    let named = note.groups(|uri| uri == context.actor.uri);
    let created = match group.filter(|_| named.contains(&context.actor.uri)) {
        Some(group) => {
            let arrival = Arrival::Fetched;
            federation
                .keep_vouched(app, &note, group.account_id, arrival, budget)
                .await?
        }
        None => {
            federation
                .keep_post(app, &note, 0, Arrival::Fetched, budget)
                .await?
        }
    };
    match created {
        Created::New(id) | Created::Known(id) => Ok(Named::Id(id)),
        Created::Unwanted => ignored("nobody here has to do with it"),
    }
}

/// As of a post.
fn audience(activity: &Activity, followers: &str) -> Audience {
    let list = |name: &str| {
        let value = activity.rest.get(name).cloned().unwrap_or_default();
        loose::ids(value).unwrap_or_default()
    };
    let (to, cc) = (list("to"), list("cc"));
    if to.iter().any(|address| is_public(address)) {
        Audience::Public
    } else if cc.iter().any(|address| is_public(address)) {
        Audience::Unlisted
    } else if to.iter().chain(&cc).any(|address| address == followers) {
        Audience::Followers
    } else {
        Audience::Direct
    }
}

pub(crate) fn outgoing(app: &App, tx: &mut Tx<'_>, boost: PostId) -> Result<Option<Outgoing>> {
    let Some(view) = create::local(app, tx, boost)? else {
        return Ok(None);
    };
    if view.account.kind == AccountKind::Group {
        return groups::boost(app, tx, &view).map(|()| None);
    }
    let (Some(announce), Some(boosted)) = (objects::announce::announce(&view), &view.boosted)
    else {
        return Ok(None);
    };
    let to = create::readers(
        tx,
        view.account.id,
        view.post.audience,
        &[boosted.account.id],
        None,
    )?;
    Ok(Some(Outgoing {
        id: ActivityId(app.id()),
        uri: announce.id.clone(),
        sender: view.account.id,
        order: boosted.post.uri.clone(),
        post: Some(boost),
        body: to_value(&objects::document(announce))?,
        to,
    }))
}
