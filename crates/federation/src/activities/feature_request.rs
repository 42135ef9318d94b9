//! `FeatureRequest`: somebody asks for leave to put an account into a collection (FEP-7aa9). Its answers are in `accept` and `reject`
//! too, the leave is a document of its own. What is told of collections themselves is here as well.

use kontor_actions::{
    App, Result,
    accounts::{self, Account},
    collections::{Collection, WithAccounts, whole},
    featuring::{self as leave, uri_of},
    follows,
};
use kontor_domain::{
    audience::Viewer,
    event::{AnsweredFeature, ChangedCollection, DeletedCollection, RemovedItem, RevokedFeature},
    ids::{ActivityId, CollectionId, CollectionItemId},
    site::same_authority,
};
use kontor_store::{Tx, collections, deliveries::Priority};
use serde_json::{Value, json};

use super::{Activity, Context, Ending, Received, create, ignored, refused};
use crate::{
    featuring::{self, Ask},
    objects::{self, PUBLIC, collection as shapes, loose::id_of},
    outgoing::{Outgoing, Recipients, to_value},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let Some(object) = activity.object_id() else {
        return refused("`object` has no `id`");
    };
    let account = match accounts::by_uri(context.app, object.to_owned()).await? {
        Some(account) if account.is_local() => account,
        _ => return ignored("`object` is nobody here"),
    };
    let Some(uri) = activity.rest.get("instrument").and_then(id_of) else {
        return refused("`instrument` has no `id`");
    };
    let (app, owner) = (context.app, &context.actor);
    let collection = context
        .federation
        .kept_collection(app, owner, uri, &context.budget)
        .await?;
    let request = activity.id.clone();
    leave::judge(app, owner.id, collection.id, account.id, request).await?;
    Ok(())
}

/// An Accept of a request of ours, with the leave as its `result`. `None`: it is no answer to one.
pub(super) async fn accepted(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Option<Received>, Ending> {
    let Some((request, collection, account)) = asked(context, activity).await? else {
        return Ok(None);
    };
    let Some(stamp) = activity.rest.get("result").and_then(id_of) else {
        return refused("`result` names no stamp");
    };
    let (federation, app) = (context.federation, context.app);
    let good = federation
        .feature_stamp(app, stamp, &collection, &account, &context.budget)
        .await?;
    let Some(stamp) = good else {
        return refused("the stamp does not say that the account may be in the collection");
    };
    leave::accept(app, context.actor.id, request, stamp).await?;
    Ok(Some(Ok(())))
}

/// The same for a Reject.
pub(super) async fn rejected(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Option<Received>, Ending> {
    let Some((request, ..)) = asked(context, activity).await? else {
        return Ok(None);
    };
    leave::reject(context.app, context.actor.id, request).await?;
    Ok(Some(Ok(())))
}

/// The request that an activity answers, and the addresses of the collection and of whom it is about.
async fn asked(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Option<(String, String, String)>, Ending> {
    let (Some(id), None | Some("FeatureRequest")) = (activity.object_id(), activity.object_kind())
    else {
        return Ok(None);
    };
    let found = leave::asked(context.app, id.to_owned()).await?;
    Ok(found.map(|(collection, account)| (id.to_owned(), collection, account)))
}

/// The address that an activity of a peer about its own collections has as its `target`: the list of them, or one of them.
async fn target(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Option<Target>, Ending> {
    let Some(uri) = activity.rest.get("target").and_then(id_of) else {
        return Ok(None);
    };
    if context.actor.featured_collections_url.as_deref() == Some(uri) {
        return Ok(Some(Target::List));
    }
    let known = leave::known(context.app, uri.to_owned()).await?;
    Ok(known
        .filter(|(row, _)| row.account_id == context.actor.id)
        .map(|_| Target::One(uri.to_owned())))
}

enum Target {
    List,
    One(String),
}

/// Something was added to a list of collections, or somebody to one of them: it is read anew. `None`: it is about something else.
pub(super) async fn added(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Option<Received>, Ending> {
    let uri = match target(context, activity).await? {
        None => return Ok(None),
        Some(Target::One(uri)) => uri,
        Some(Target::List) => match activity.object_id() {
            Some(uri) => uri.to_owned(),
            None => return refused("`object` has no `id`"),
        },
    };
    read_anew(context, uri).await.map(|()| Some(Ok(())))
}

/// A collection of a peer changed. `None`: it is about something else.
pub(super) async fn updated(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Option<Received>, Ending> {
    let (Some(uri), Some("FeaturedCollection")) = (activity.object_id(), activity.object_kind())
    else {
        return Ok(None);
    };
    read_anew(context, uri.to_owned())
        .await
        .map(|()| Some(Ok(())))
}

/// A collection, or somebody in one, is gone. `None`: it is about something else.
pub(super) async fn removed(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Option<Received>, Ending> {
    let (Some(target), Some(object)) = (target(context, activity).await?, activity.object_id())
    else {
        return Ok(None);
    };
    let (app, by, object) = (context.app, context.actor.id, object.to_owned());
    let was = match target {
        Target::List => leave::forget(app, by, object).await?,
        Target::One(uri) => leave::forget_item(app, by, uri, object).await?,
    };
    if was {
        Ok(Some(Ok(())))
    } else {
        ignored("it is not known here")
    }
}

/// The same by a Delete. `false`: it is about something else.
pub(super) async fn deleted(
    context: &Context<'_>,
    object: &str,
) -> std::result::Result<bool, Ending> {
    let (app, by) = (context.app, context.actor.id);
    if !leave::is_known(app, object.to_owned()).await? {
        return Ok(false);
    }
    if leave::revoke_by_stamp(app, by, object.to_owned()).await? {
        return Ok(true);
    }
    Ok(leave::forget(app, by, object.to_owned()).await?)
}

/// Later, at its own server, if anybody here has to do with it: they follow its owner, or it is kept already.
async fn read_anew(context: &Context<'_>, uri: String) -> std::result::Result<(), Ending> {
    let (app, actor) = (context.app, &context.actor);
    if !same_authority(&uri, &actor.uri) {
        return refused("the collection is on another server than the actor");
    }
    let known = leave::known(app, uri.clone()).await?;
    if known.is_none() && !follows::has_local_follower(app, actor.id).await? {
        return ignored("nobody here has to do with it");
    }
    let (this, ask) = (app.clone(), Ask::one(actor.id, uri));
    let asked: Result<()> = app
        .store
        .write(move |tx| featuring::enqueue(&this, tx, &ask))
        .await;
    Ok(asked?)
}

/// A collection of ours asks an account elsewhere for its leave.
pub(crate) fn outgoing(
    app: &App,
    tx: &mut Tx<'_>,
    collection: CollectionId,
    item: CollectionItemId,
) -> Result<Option<Outgoing>> {
    let (Some(row), Some(item)) = (
        collections::by_id(tx, collection)?,
        collections::item(tx, collection, item)?,
    ) else {
        return Ok(None);
    };
    let Some(owner) = create::speaker(tx, row.account_id)? else {
        return Ok(None);
    };
    let account = kontor_store::accounts::by_id(tx, item.account_id)?;
    let (Some(request), Some(account)) = (item.request_uri, account) else {
        return Ok(None);
    };
    let uri = uri_of(app, &row);
    let body = json!({
        "id": request,
        "type": "FeatureRequest",
        "actor": owner.uri,
        "to": [account.uri],
        "object": account.uri,
        "instrument": uri,
    });
    Ok(Some(Outgoing {
        id: ActivityId(app.id()),
        uri: request,
        sender: owner.id,
        order: uri,
        post: None,
        body: to_value(&objects::document(body))?,
        to: Recipients::one(&account, Priority::Direct),
    }))
}

/// What somebody here says to a request: an Accept with the leave, or a Reject.
pub(crate) fn answer(
    app: &App,
    tx: &mut Tx<'_>,
    answered: &AnsweredFeature,
) -> Result<Option<Outgoing>> {
    let Some(account) = create::speaker(tx, answered.account)? else {
        return Ok(None);
    };
    let Some(owner) = kontor_store::accounts::by_id(tx, answered.owner)? else {
        return Ok(None);
    };
    let mut said = json!({
        "type": if answered.stamp.is_some() { "Accept" } else { "Reject" },
        "to": [owner.uri],
        "object": answered.request,
    });
    if let (Some(stamp), Some(said)) = (&answered.stamp, said.as_object_mut()) {
        said.insert("result".to_owned(), json!(stamp));
    }
    let to = Recipients::one(&owner, Priority::Direct);
    told(app, &account, answered.collection_uri.clone(), said, to).map(Some)
}

/// Somebody here leaves a collection elsewhere: whoever may have it is told.
pub(crate) fn revoked(
    app: &App,
    tx: &mut Tx<'_>,
    revoked: &RevokedFeature,
) -> Result<Option<Outgoing>> {
    let Some(account) = create::speaker(tx, revoked.account)? else {
        return Ok(None);
    };
    let mut to = Recipients::default();
    let mut named = Vec::new();
    if let Some(owner) = kontor_store::accounts::by_id(tx, revoked.owner)? {
        to.add(&owner, Priority::Direct);
        named.push(owner.uri);
    }
    to.add_followers(tx, account.id)?;
    let said = json!({
        "type": "Delete",
        "to": [PUBLIC],
        "cc": named,
        "object": {
            "id": revoked.stamp,
            "type": "FeatureAuthorization",
            "interactingObject": revoked.collection_uri,
            "interactionTarget": account.uri,
        },
    });
    told(app, &account, revoked.stamp.clone(), said, to).map(Some)
}

/// One of ours as everybody sees it, and its owner.
fn ours(tx: &mut Tx<'_>, id: CollectionId) -> Result<Option<(WithAccounts, Account)>> {
    let Some(row) = collections::by_id(tx, id)?.filter(Collection::is_local) else {
        return Ok(None);
    };
    let Some(owner) = create::speaker(tx, row.account_id)? else {
        return Ok(None);
    };
    Ok(Some((whole(tx, Viewer::Anyone, id)?, owner)))
}

/// Who hears of a collection of ours: whoever is in it, and where others come upon it the followers of its owner.
fn hearers<'a>(
    tx: &mut Tx<'_>,
    owner: &Account,
    open: bool,
    inside: impl Iterator<Item = &'a Account>,
) -> Result<(Value, Recipients)> {
    let mut to = Recipients::default();
    let mut named = Vec::new();
    for account in inside.filter(|account| account.id != owner.id) {
        to.add(account, Priority::FanOut);
        named.push(account.uri.clone());
    }
    if !open {
        return Ok((json!({"to": named, "cc": []}), to));
    }
    to.add_followers(tx, owner.id)?;
    named.insert(0, owner.followers_url.clone());
    Ok((json!({"to": [PUBLIC], "cc": named}), to))
}

/// An activity of somebody here: `said` lacks its id and its actor.
fn told(
    app: &App,
    by: &Account,
    order: String,
    mut said: Value,
    to: Recipients,
) -> Result<Outgoing> {
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    if let Some(said) = said.as_object_mut() {
        said.insert("id".to_owned(), json!(uri));
        said.insert("actor".to_owned(), json!(by.uri));
    }
    Ok(Outgoing {
        id,
        uri,
        sender: by.id,
        order,
        post: None,
        body: to_value(&objects::document(said))?,
        to,
    })
}

/// What is said about a collection of ours, with whom it is addressed to.
fn about(
    app: &App,
    owner: &Account,
    uri: String,
    mut addressed: Value,
    said: Value,
    to: Recipients,
) -> Result<Outgoing> {
    if let (Some(all), Value::Object(said)) = (addressed.as_object_mut(), said) {
        all.extend(said);
    }
    told(app, owner, uri, addressed, to)
}

/// There is a new collection.
pub(crate) fn created(app: &App, tx: &mut Tx<'_>, id: CollectionId) -> Result<Option<Outgoing>> {
    let Some((found, owner)) =
        ours(tx, id)?.filter(|(found, _)| found.view.collection.discoverable)
    else {
        return Ok(None);
    };
    listed(app, tx, &found, &owner)
}

/// An Add to the list of those that others come upon.
fn listed(
    app: &App,
    tx: &mut Tx<'_>,
    found: &WithAccounts,
    owner: &Account,
) -> Result<Option<Outgoing>> {
    let Some(object) = shapes::featured(app, found) else {
        return Ok(None);
    };
    let (addressed, to) = hearers(tx, owner, true, found.accounts.iter())?;
    let uri = uri_of(app, &found.view.collection);
    let said = json!({
        "type": "Add",
        "object": object,
        "target": app.site.collections_of(owner.id),
    });
    about(app, owner, uri, addressed, said, to).map(Some)
}

/// Its owner says something else of it.
pub(crate) fn changed(
    app: &App,
    tx: &mut Tx<'_>,
    changed: &ChangedCollection,
) -> Result<Option<Outgoing>> {
    let Some((found, owner)) = ours(tx, changed.collection)? else {
        return Ok(None);
    };
    let row = &found.view.collection;
    if row.discoverable && !changed.was_discoverable {
        return listed(app, tx, &found, &owner);
    }
    let Some(object) = shapes::featured(app, &found) else {
        return Ok(None);
    };
    let open = changed.was_discoverable;
    let (addressed, to) = hearers(tx, &owner, open, found.accounts.iter())?;
    let said = json!({"type": "Update", "object": object});
    about(app, &owner, uri_of(app, row), addressed, said, to).map(Some)
}

/// It is gone.
pub(crate) fn ended(
    app: &App,
    tx: &mut Tx<'_>,
    gone: &DeletedCollection,
) -> Result<Option<Outgoing>> {
    let Some(owner) = create::speaker(tx, gone.owner)? else {
        return Ok(None);
    };
    let inside = kontor_store::accounts::by_ids(tx, &gone.accounts)?;
    let (addressed, to) = hearers(tx, &owner, gone.was_discoverable, inside.iter())?;
    let uri = app.site.collection(gone.collection);
    let said = json!({
        "type": "Remove",
        "object": uri,
        "target": app.site.collections_of(owner.id),
    });
    about(app, &owner, uri, addressed, said, to).map(Some)
}

/// Somebody is in a collection of ours.
pub(crate) fn entered(
    app: &App,
    tx: &mut Tx<'_>,
    id: CollectionId,
    item: CollectionItemId,
) -> Result<Option<Outgoing>> {
    let Some((found, owner)) = ours(tx, id)? else {
        return Ok(None);
    };
    let row = &found.view.collection;
    let Some(item) = found.view.items.iter().find(|one| one.id == item) else {
        return Ok(None);
    };
    let who = item.account_id;
    let Some(account) = found.accounts.iter().find(|one| one.id == who) else {
        return Ok(None);
    };
    let (addressed, to) = hearers(tx, &owner, row.discoverable, found.accounts.iter())?;
    let uri = uri_of(app, row);
    let said = json!({
        "type": "Add",
        "object": shapes::item(app, row, item, account),
        "target": uri,
    });
    about(app, &owner, uri, addressed, said, to).map(Some)
}

/// Somebody is no longer in it.
pub(crate) fn left(app: &App, tx: &mut Tx<'_>, gone: &RemovedItem) -> Result<Option<Outgoing>> {
    let Some((found, owner)) = ours(tx, gone.collection)? else {
        return Ok(None);
    };
    let row = &found.view.collection;
    let who: Option<Account> = kontor_store::accounts::by_id(tx, gone.account)?;
    let inside = found.accounts.iter().chain(who.iter());
    let (addressed, to) = hearers(tx, &owner, row.discoverable, inside)?;
    let uri = uri_of(app, row);
    let said = json!({
        "type": "Remove",
        "object": app.site.collection_item(gone.collection, gone.item),
        "target": uri,
    });
    about(app, &owner, uri, addressed, said, to).map(Some)
}
