//! What moderators say and are told: removals, locks, pins, bans, and who they are.

use kontor_actions::{
    App, Result,
    accounts::{self, Account},
    communities::{self, Community, Deed, Source, What},
    posts::Named,
};
use kontor_domain::{
    community::LogAction,
    event::Moderated,
    ids::{AccountId, ActivityId},
    text::plain,
    time,
};
use kontor_store::{Tx, deliveries::Priority};
use serde_json::{Value, json};

use super::{Group, group, relays};
use crate::{
    activities::{Activity, Context, Ending, Received},
    objects::{self, PUBLIC, actor::moderators, loose::id_of},
    outgoing::{Outgoing, Recipients, to_value},
};

/// Acts on what a moderator says. `from`: the group that passed it on; `None`: the moderator themselves. `None` in answer: it is no
/// such thing.
pub(crate) async fn deed(
    context: &Context<'_>,
    activity: &Activity,
    by: &Account,
    from: Option<&Community>,
) -> std::result::Result<Option<Received>, Ending> {
    let Some((community, what)) = read(context, activity, by, from).await? else {
        return Ok(None);
    };
    let summary = |value: &Value| value.get("summary").and_then(Value::as_str).map(plain);
    let deed = Deed {
        community,
        by: by.id,
        reason: summary(&activity.rest)
            .or_else(|| summary(&activity.object))
            .unwrap_or_default(),
        what,
    };
    let source = if from.is_some() {
        Source::Group
    } else {
        Source::Peer
    };
    let (app, beside) = (context.app, context.closing_moderated());
    let done = if is_wide(activity, &deed.what) {
        communities::act_widely(app, deed, source, beside).await
    } else {
        communities::act_with(app, deed, source, beside).await
    };
    if done.is_ok() {
        context.ended();
    }
    Ok(Some(done.map_err(Ending::from)))
}

/// Does it hold for more than what it names? Lemmy says so.
fn is_wide(activity: &Activity, what: &What) -> bool {
    let says = |value: &Value, name: &str| value.get(name).and_then(Value::as_bool) == Some(true);
    match what {
        What::Remove(_) => says(&activity.rest, "withReplies"),
        What::Restore(_) => says(&activity.object, "withReplies"),
        What::Unban(_) => says(&activity.rest, "restoreData"),
        _ => false,
    }
}

async fn read(
    context: &Context<'_>,
    activity: &Activity,
    by: &Account,
    from: Option<&Community>,
) -> std::result::Result<Option<(AccountId, What)>, Ending> {
    let undo = activity.kind == "Undo";
    let (kind, object, whole) = if undo {
        let Some(kind) = activity.object_kind() else {
            return Ok(None);
        };
        let object = activity.object.get("object").unwrap_or(&Value::Null);
        (kind, object, &activity.object)
    } else {
        (activity.kind.as_str(), &activity.object, &activity.rest)
    };
    let Some(object) = id_of(object) else {
        return Ok(None);
    };
    match kind {
        "Lock" | "Delete" => {
            let Some(post) = crate::activities::known(context.app, object).await? else {
                return Ok(None);
            };
            let Some(community) = post.community_id else {
                return Ok(None);
            };
            // Whoever wrote it deletes it, and that is another thing; a moderator's removal always has a summary, if an empty one.
            let removal = whole.get("summary").is_some_and(Value::is_string);
            if (kind == "Delete" && post.account_id == by.id && !removal)
                || from.is_some_and(|from| from.account_id != community)
                || (from.is_none() && !is_ours(context.app, community).await?)
            {
                return Ok(None);
            }
            let post = Named::Id(post.id);
            let what = match (kind, undo) {
                ("Lock", false) => What::Lock(post),
                ("Lock", true) => What::Unlock(post),
                (_, false) => What::Remove(post),
                (_, true) => What::Restore(post),
            };
            Ok(Some((community, what)))
        }
        "Block" => ban(context, object, whole, from, undo).await,
        "Add" | "Remove" if !undo => listed(context, kind == "Add", object, whole, from).await,
        _ => Ok(None),
    }
}

async fn is_ours(app: &App, id: AccountId) -> Result<bool> {
    app.store
        .read(move |db| {
            Ok(kontor_store::communities::by_id(db, id)?
                .is_some_and(|community| communities::is_ours(&community)))
        })
        .await
}

/// The community that an address is of, its own or one of its lists: the one that passes it on, or one of ours.
async fn of_address(
    context: &Context<'_>,
    uri: &str,
    from: Option<&Community>,
) -> Result<Option<Account>> {
    if from.is_some() {
        return Ok(Some(context.actor.clone()));
    }
    let Some(group) = accounts::by_uri(context.app, uri.to_owned()).await? else {
        return Ok(None);
    };
    let ours = group.is_local() && is_ours(context.app, group.id).await?;
    Ok(Some(group).filter(|_| ours))
}

async fn ban(
    context: &Context<'_>,
    object: &str,
    whole: &Value,
    from: Option<&Community>,
    undo: bool,
) -> std::result::Result<Option<(AccountId, What)>, Ending> {
    let Some(target) = whole.get("target").and_then(id_of) else {
        return Ok(None);
    };
    let Some(group) = of_address(context, target, from).await? else {
        return Ok(None);
    };
    if group.uri != target {
        return Ok(None);
    }
    let account = person(context, object).await?;
    let what = if undo {
        What::Unban(account)
    } else {
        What::Ban {
            account,
            until: ["endTime", "expires"]
                .iter()
                .filter_map(|name| whole.get(*name)?.as_str())
                .find_map(time::parse),
            purge: whole
                .get("removeData")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        }
    };
    Ok(Some((group.id, what)))
}

async fn listed(
    context: &Context<'_>,
    add: bool,
    object: &str,
    whole: &Value,
    from: Option<&Community>,
) -> std::result::Result<Option<(AccountId, What)>, Ending> {
    let Some(target) = whole.get("target").and_then(id_of) else {
        return Ok(None);
    };
    let base = target.rsplit_once('/').map_or(target, |(base, _)| base);
    let Some(group) = of_address(context, base, from).await? else {
        return Ok(None);
    };
    let at_moderators = match from {
        Some(from) => from.moderators_url.as_deref() == Some(target),
        None => moderators(&group.uri) == target,
    };
    if at_moderators {
        let account = person(context, object).await?;
        let what = if add {
            What::AddModerator(account)
        } else {
            What::RemoveModerator(account)
        };
        return Ok(Some((group.id, what)));
    }
    if group.featured_url.as_deref() != Some(target) {
        return Ok(None);
    }
    let Some(post) = crate::activities::known(context.app, object).await? else {
        return Ok(None);
    };
    let post = Named::Id(post.id);
    let what = if add {
        What::Pin(post)
    } else {
        What::Unpin(post)
    };
    Ok(Some((group.id, what)))
}

async fn person(context: &Context<'_>, uri: &str) -> std::result::Result<AccountId, Ending> {
    if let Some(known) = accounts::by_uri(context.app, uri.to_owned()).await? {
        return Ok(known.id);
    }
    let account = context
        .federation
        .account(context.app, uri, &context.budget)
        .await?;
    Ok(account.id)
}

/// What somebody here did as a moderator, as others read it. What came of a moderator's answer from elsewhere a community of ours says itself.
pub(crate) fn moderated(app: &App, tx: &mut Tx<'_>, done: &Moderated) -> Result<Option<Outgoing>> {
    let Some(at) = group(tx, done.community)? else {
        return Ok(None);
    };
    let by = match crate::activities::create::speaker(tx, done.by)? {
        None if at.is_ours() => at.account.clone(),
        None => return Ok(None),
        Some(by) => by,
    };
    let account = match done.account {
        Some(id) => kontor_store::accounts::by_id(tx, id)?,
        None => None,
    };
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let Some(body) = body(&uri, done, &by, &at, account.as_ref()) else {
        return Ok(None);
    };
    let mut to = Recipients::default();
    if let (true, Some(account), LogAction::Banned) = (at.is_ours(), &account, done.action) {
        relays::hasten(app, tx, done.community, account.id)?;
    }
    if at.is_ours()
        && let Some(account) = &account
    {
        // Whom it concerns may be at a server without another member.
        to.add(account, Priority::Direct);
    }
    Ok(Some(Outgoing {
        id,
        uri,
        sender: by.id,
        body: to_value(&objects::document(body))?,
        order: done
            .post_uri
            .clone()
            .unwrap_or_else(|| at.account.uri.clone()),
        post: None,
        to,
    }))
}

fn body(
    uri: &str,
    done: &Moderated,
    by: &Account,
    at: &Group,
    account: Option<&Account>,
) -> Option<Value> {
    let group = &at.account.uri;
    let first = if at.is_closed() { group } else { PUBLIC };
    let base = |id: String, kind: &str, object: Value| {
        json!({
            "id": id,
            "type": kind,
            "actor": by.uri,
            "to": [first],
            "cc": [group],
            "audience": group,
            "object": object,
        })
    };
    let with = |mut body: Value, name: &str, value: Value| {
        if let Value::Object(fields) = &mut body {
            fields.insert(name.to_owned(), value);
        }
        body
    };
    let reasoned = |body: Value| {
        if done.reason.is_empty() {
            body
        } else {
            with(body, "summary", done.reason.clone().into())
        }
    };
    let post = || done.post_uri.clone().map(Value::from);
    let person = || account.map(|account| Value::from(account.uri.clone()));
    let undo = |inner: Value| base(uri.to_owned(), "Undo", inner);
    let inner = || format!("{uri}#undone");
    let moderators = at
        .community
        .moderators_url
        .clone()
        .unwrap_or_else(|| moderators(group));
    let featured = at.account.featured_url.clone().unwrap_or_default();
    let block = |id: String, account: Value| {
        let body = reasoned(with(
            base(id, "Block", account),
            "target",
            group.clone().into(),
        ));
        let body = with(body, "removeData", done.purge.into());
        match done.until {
            Some(until) => with(body, "endTime", time::rfc3339(until).into()),
            None => body,
        }
    };
    let id = uri.to_owned();
    Some(match done.action {
        // A removal always has a summary: by it others tell it from the author's own Delete.
        LogAction::Removed => with(
            base(id, "Delete", post()?),
            "summary",
            done.reason.clone().into(),
        ),
        LogAction::Restored => undo(with(
            base(inner(), "Delete", post()?),
            "summary",
            done.reason.clone().into(),
        )),
        LogAction::Locked => reasoned(base(id, "Lock", post()?)),
        LogAction::Unlocked => undo(base(inner(), "Lock", post()?)),
        LogAction::Pinned => with(base(id, "Add", post()?), "target", featured.into()),
        LogAction::Unpinned => with(base(id, "Remove", post()?), "target", featured.into()),
        LogAction::Banned => block(id, person()?),
        LogAction::Unbanned => undo(block(inner(), person()?)),
        LogAction::ModeratorAdded
        | LogAction::OwnerAdded
        | LogAction::Transferred
        | LogAction::Inherited => with(base(id, "Add", person()?), "target", moderators.into()),
        LogAction::ModeratorRemoved => {
            with(base(id, "Remove", person()?), "target", moderators.into())
        }
        // Who owns it no longer is on the list of moderators still: that, and what it says of itself, the group tells by an Update.
        _ => return None,
    })
}
