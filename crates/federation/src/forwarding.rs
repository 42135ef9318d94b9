//! Passing on what came in (ActivityPub 7.1.2): an answer to a post of ours that is addressed to its author's followers reaches
//! all of them, for its own server knows only some. Passed on is what its receivers can check: what carries a proof.

use kontor_actions::{App, Result};
use kontor_domain::{
    ids::{AccountId, ActivityId, DeliveryId},
    site,
};
use kontor_store::{
    Tx, accounts, activities,
    deliveries::{self, NewDelivery, Priority},
    follows,
    inbox::Received,
    posts,
};
use serde_json::Value;

use crate::{objects::loose::id_of, outgoing};

/// Followers' collections that one activity is passed on to.
const COLLECTIONS: usize = 3;

/// Whose followers get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    owners: Vec<AccountId>,
}

/// Looked up before it is acted on: a Delete leaves nothing to ask. `None`: it is not passed on.
pub(crate) async fn plan(app: &App, value: &Value, object: &Value) -> Result<Option<Plan>> {
    let signed = ["proof", "signature"]
        .iter()
        .any(|name| value.get(name).is_some_and(Value::is_object));
    let collections: Vec<String> = ["to", "cc", "audience"]
        .iter()
        .filter_map(|name| value.get(name))
        .flat_map(many)
        .filter_map(id_of)
        .filter(|address| app.site.owns_str(address))
        .map(ToOwned::to_owned)
        .collect();
    if !signed || collections.is_empty() {
        return Ok(None);
    }
    // What the object is about: that must be ours.
    let mut about: Vec<String> = [object.get("inReplyTo"), value.get("target")]
        .into_iter()
        .flatten()
        .chain([object])
        .flat_map(many)
        .filter_map(id_of)
        .map(ToOwned::to_owned)
        .collect();
    about.truncate(2 * COLLECTIONS);
    app.store
        .read(move |db| {
            let mut authors = Vec::new();
            for uri in &about {
                let Some(stub) = posts::stub_by_uri(db, uri)? else {
                    continue;
                };
                authors.push(stub.account_id);
                // A reply that is known here: what counts is whom it answers.
                authors.extend(posts::parent_author(db, stub.id)?);
            }
            let mut owners = Vec::new();
            for address in collections.iter().take(COLLECTIONS) {
                if let Some(owner) = accounts::by_followers_url(db, address)?
                    .filter(|owner| owner.is_local() && owner.suspended_at.is_none())
                    .filter(|owner| authors.contains(&owner.id))
                {
                    owners.push(owner.id);
                }
            }
            Ok((!owners.is_empty()).then_some(Plan { owners }))
        })
        .await
}

fn many(value: &Value) -> &[Value] {
    match value {
        Value::Array(many) => many,
        one => std::slice::from_ref(one),
    }
}

/// Writes the deliveries, in the transaction that ends the activity: once. The bytes are those that came.
pub(crate) fn apply(app: &App, tx: &mut Tx<'_>, received: &Received, plan: &Plan) -> Result<()> {
    let now = app.now();
    for owner in &plan.owners {
        let id = ActivityId(app.id());
        let inboxes: Vec<(String, String)> = follows::follower_inboxes(tx, *owner)?
            .into_iter()
            .filter_map(|inbox_url| Some((site::authority_of(&inbox_url)?, inbox_url)))
            .filter(|(host, _)| *host != received.host && host != app.site.domain())
            .filter(|(host, _)| app.remote.speaks_with(host))
            .collect();
        let dead = outgoing::dead(app, tx, inboxes.iter().map(|(host, _)| host.clone()))?;
        let rows: Vec<NewDelivery> = inboxes
            .into_iter()
            .filter(|(host, _)| !dead.contains(host))
            .map(|(host, inbox_url)| NewDelivery {
                id: DeliveryId(app.id()),
                activity_id: id,
                host,
                inbox_url,
                object_uri: received.activity_uri.clone(),
                priority: Priority::FanOut,
                next_attempt_at: now,
                created_at: now,
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        let activity = activities::Activity {
            id,
            // Not an address of ours: it is not ours to serve.
            uri: format!("{}#{id}", received.activity_uri),
            account_id: *owner,
            body: received.body.clone(),
            object_uri: received.activity_uri.clone(),
            post_id: None,
            created_at: now,
        };
        activities::insert(tx, &activity)?;
        deliveries::insert_many(tx, &rows)?;
    }
    Ok(())
}
