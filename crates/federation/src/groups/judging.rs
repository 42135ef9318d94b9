//! Appeals and moderators on several servers: a community tells those elsewhere of an appeal, and they answer by an Accept or a Reject of it.

use kontor_actions::{
    App, Error, Result,
    accounts::Account,
    communities::{self, Told},
};
use kontor_domain::{
    account::AccountKind,
    community::LogAction,
    event::AnsweredAppeal,
    ids::{ActivityId, LogEntryId},
    text::plain,
};
use kontor_store::{Tx, accounts, community_log, deliveries::Priority};
use serde_json::{Value, json};

use super::{group, moderators_elsewhere};
use crate::{
    activities::{Activity, Context, Ending, Received, create},
    objects::{self, loose::id_of},
    outgoing::{Outgoing, Recipients, to_value},
};

/// Tells the moderators elsewhere of a community of ours.
pub(crate) fn appeal(app: &App, tx: &mut Tx<'_>, entry: LogEntryId) -> Result<Option<Outgoing>> {
    let Some(found) = community_log::by_id(tx, entry)? else {
        return Ok(None);
    };
    let at = group(tx, found.community_id)?.filter(|at| at.is_ours() && !at.stays_here());
    let author = match found.account_id {
        Some(id) => accounts::by_id(tx, id)?,
        None => None,
    };
    let (Some(at), Some(author), Some(name), Some(text)) =
        (at, author, found.appeal_uri, found.appeal)
    else {
        return Ok(None);
    };
    let (kind, about) = match (found.action, found.post_uri) {
        (LogAction::Removed, Some(post)) => ("Delete", post),
        (LogAction::Locked, Some(post)) => ("Lock", post),
        (LogAction::Banned, _) => ("Block", author.uri.clone()),
        _ => return Ok(None),
    };
    let readers = moderators_elsewhere(tx, at.account.id, Some(author.id))?;
    if readers.is_empty() {
        return Ok(None);
    }
    let id = ActivityId(found.id.0);
    let uri = app.site.activity(id);
    let place = &at.account.uri;
    let body = json!({
        "id": uri,
        "type": "Appeal",
        "actor": place,
        "to": addresses(&readers),
        "audience": place,
        "object": name,
        "attributedTo": author.uri,
        "content": text,
        "target": {"type": kind, "object": about, "target": place, "summary": found.reason},
    });
    Ok(Some(Outgoing {
        id,
        uri,
        sender: at.account.id,
        body: to_value(&objects::document(body))?,
        order: name,
        post: None,
        to: inboxes(&readers),
    }))
}

fn addresses(readers: &[Account]) -> Vec<&str> {
    readers.iter().map(|one| one.uri.as_str()).collect()
}

fn inboxes(readers: &[Account]) -> Recipients {
    let mut to = Recipients::default();
    for one in readers {
        to.add_personal(one, Priority::Direct);
    }
    to
}

/// Keeps what a community elsewhere tells whoever here looks after it.
pub(crate) async fn appeal_came(context: &Context<'_>, activity: &Activity) -> Received {
    let refused = |why: &str| Err(Ending::Refused(why.to_owned()));
    let (app, by) = (context.app, &context.actor);
    if by.kind != AccountKind::Group {
        return refused("the actor is no community");
    }
    // Before anybody is fetched for it.
    if !communities::hears_of(app, by.id).await? {
        return Err(Ending::Ignored("nobody here looks after it".to_owned()));
    }
    let said = |value: &Value, name: &str| {
        let word = value.get(name).and_then(Value::as_str);
        word.map(plain).unwrap_or_default()
    };
    let target = activity.target.as_ref().unwrap_or(&Value::Null);
    let about = target.get("object").and_then(id_of);
    let author = activity.rest.get("attributedTo").and_then(id_of);
    let (Some(name), Some(author), Some(about)) = (activity.object_id(), author, about) else {
        return refused("it does not say whose it is, and against what");
    };
    let (action, post_uri) = match target.get("type").and_then(Value::as_str) {
        Some("Delete") => (LogAction::Removed, Some(about.to_owned())),
        Some("Lock") => (LogAction::Locked, Some(about.to_owned())),
        Some("Block") if about == author => (LogAction::Banned, None),
        _ => return refused("there is no appeal against that"),
    };
    let federation = context.federation;
    let Some(author) = federation.person(app, author, &context.budget).await? else {
        return refused("whoever appeals cannot be found");
    };
    let told = Told {
        community: by.id,
        uri: name.to_owned(),
        by: author,
        action,
        post_uri,
        reason: said(target, "summary"),
        text: said(&activity.rest, "content"),
    };
    match communities::hear_appeal(app, told, context.closing()).await {
        Ok(()) => {
            context.ended();
            Ok(())
        }
        Err(Error::NotFound) => Err(Ending::Ignored("nobody here looks after it".to_owned())),
        Err(why) => Err(why.into()),
    }
}

/// What was answered: of a community of ours, for its moderators elsewhere; of one elsewhere, for its server.
pub(crate) fn judged(
    app: &App,
    tx: &mut Tx<'_>,
    answered: &AnsweredAppeal,
) -> Result<Option<Outgoing>> {
    let Some(at) = group(tx, answered.community)?.filter(|at| !at.stays_here()) else {
        return Ok(None);
    };
    let (by, readers) = if at.is_ours() {
        let readers = moderators_elsewhere(tx, at.account.id, answered.concerned)?;
        (Some(at.account.clone()), readers)
    } else {
        (create::speaker(tx, answered.by)?, vec![at.account.clone()])
    };
    let Some(by) = by.filter(|_| !readers.is_empty()) else {
        return Ok(None);
    };
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let kind = if answered.upheld { "Accept" } else { "Reject" };
    let body = json!({
        "id": uri,
        "type": kind,
        "actor": by.uri,
        "to": addresses(&readers),
        "audience": at.account.uri,
        "object": answered.appeal,
        "content": answered.text,
    });
    Ok(Some(Outgoing {
        id,
        uri,
        sender: by.id,
        body: to_value(&objects::document(body))?,
        order: answered.appeal.clone(),
        post: None,
        to: inboxes(&readers),
    }))
}

/// Acts on the answer to an appeal: a moderator's elsewhere to one of ours, or that of a community elsewhere. `None` in answer: it is about none.
pub(crate) async fn verdict(
    context: &Context<'_>,
    activity: &Activity,
    upheld: bool,
) -> std::result::Result<Option<Received>, Ending> {
    let (app, by) = (context.app, context.actor.id);
    let (Some(name), None | Some("Appeal")) = (activity.object_id(), activity.object_kind()) else {
        return Ok(None);
    };
    let found = communities::appeal_known_as(app, name.to_owned()).await?;
    let Some((entry, ours)) = found else {
        return Ok(None);
    };
    let words = activity.rest.get("content").and_then(Value::as_str);
    let text = words.map(plain).unwrap_or_default();
    let done = if ours {
        communities::answer_from_elsewhere(app, by, entry.id, upheld, &text).await
    } else if entry.community_id == by {
        communities::hear_answer(app, entry.id, upheld, &text).await
    } else {
        Err(Error::Forbidden("The appeal is not theirs to answer"))
    };
    Ok(Some(done.map_err(Ending::from)))
}
