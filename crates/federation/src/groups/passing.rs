//! Passing on what happens in a community: whom to, in which form, and how often.

use kontor_actions::{App, Result, accounts::Account, posts::PostView};
use kontor_domain::{
    ids::{AccountId, ActivityId, PostId},
    site,
};
use kontor_store::{
    Tx, accounts, communities, deliveries::Priority, follows, inbox::Received, posts,
};
use serde_json::{Value, json};

use super::{Group, group};
use crate::{
    activities::Activity,
    objects::{self, PUBLIC, is_public, loose, loose::id_of},
    outgoing::{self, Outgoing, Recipients, to_value},
};

/// Addresses that are looked at for the community that an activity is for.
const ADDRESSES: usize = 20;

/// Names the community in an activity about what is in it.
fn address(body: &mut Value, group: &Group) {
    let uri = &group.account.uri;
    let named = ["to", "cc"].iter().any(|list| {
        body.get(*list)
            .and_then(Value::as_array)
            .is_some_and(|list| list.iter().any(|one| id_of(one) == Some(uri)))
    });
    let Value::Object(body) = body else { return };
    body.insert("audience".to_owned(), uri.clone().into());
    if named {
        return;
    }
    match body.get_mut("cc") {
        Some(Value::Array(cc)) => cc.push(uri.clone().into()),
        _ => {
            body.insert("cc".to_owned(), json!([uri]));
        }
    }
}

/// Sends what somebody here did in a community: to the community, or out again in its name.
pub(crate) fn send(
    app: &App,
    tx: &mut Tx<'_>,
    mut outgoing: Outgoing,
    group: &Group,
    vote: bool,
) -> Result<()> {
    if group.stays_here() {
        return Ok(());
    }
    address(&mut outgoing.body, group);
    if !group.is_ours() {
        outgoing.to.add(&group.account, Priority::Direct);
        return outgoing::write(app, tx, outgoing);
    }
    let passing = Passing {
        inner: outgoing::proven(app, tx, &outgoing)?,
        order: outgoing.order.clone(),
        post: outgoing.post,
        to: Recipients::default(),
        vote,
    };
    outgoing::write(app, tx, outgoing)?;
    passing.announce(app, tx, group)
}

/// Is it a ban, or about its moderators or pinned posts?
fn is_deed(inner: &Value, inside: &str, group: &Group) -> bool {
    let whole = if inside.is_empty() {
        Some(inner)
    } else {
        inner.get(inside)
    };
    whole
        .and_then(|whole| whole.get("target"))
        .and_then(id_of)
        .is_some_and(|target| {
            target == group.account.uri
                || target == objects::actor::moderators(&group.account.uri)
                || group.account.featured_url.as_deref() == Some(target)
        })
}

/// Whom a moderator's deed concerns: their server hears of it, should it have no other member.
fn concerned(
    tx: &mut Tx<'_>,
    inner: &Value,
    kind: &str,
    post: Option<&posts::Stub>,
) -> Result<Vec<Account>> {
    let object = if kind == "Undo" {
        inner.get("object").and_then(|object| object.get("object"))
    } else {
        inner.get("object")
    };
    let named = match object.and_then(id_of) {
        Some(uri) => accounts::by_uri(tx, uri)?,
        None => None,
    };
    let author = match post.filter(|_| !matches!(kind, "Create" | "Update")) {
        Some(post) => accounts::by_id(tx, post.account_id)?,
        None => None,
    };
    Ok(named.into_iter().chain(author).collect())
}

/// An activity that a community of ours passes on.
pub(crate) struct Passing {
    pub(crate) inner: Value,
    pub(crate) order: String,
    pub(crate) post: Option<PostId>,
    /// Whoever hears of it beside the servers of its members.
    pub(crate) to: Recipients,
    pub(crate) vote: bool,
}

impl Passing {
    /// As it is, inside an Announce by the group.
    pub(crate) fn announce(self, app: &App, tx: &mut Tx<'_>, group: &Group) -> Result<()> {
        let now = app.now();
        if group.stays_here() || (self.vote && !app.votes.may(group.account.id, now)) {
            return Ok(());
        }
        let mut to = self.to;
        let aware = communities::group_hosts(tx)?;
        for (inbox, shared) in follows::follower_inboxes(tx, group.account.id)? {
            let inbox = shared.unwrap_or(inbox);
            if site::authority_of(&inbox).is_some_and(|host| aware.contains(&host)) {
                to.add_inbox(inbox, Priority::FanOut);
            }
        }
        let id = ActivityId(app.id());
        let uri = app.site.activity(id);
        let followers = &group.account.followers_url;
        let (first, second) = if group.is_closed() {
            (vec![followers.as_str()], Vec::new())
        } else {
            (vec![PUBLIC], vec![followers.as_str()])
        };
        let body = json!({
            "id": uri,
            "type": "Announce",
            "actor": group.account.uri,
            "to": first,
            "cc": second,
            "object": self.inner,
        });
        let outgoing = Outgoing {
            id,
            uri,
            sender: group.account.id,
            body: to_value(&objects::document(body))?,
            order: self.order,
            post: self.post,
            to,
        };
        outgoing::write(app, tx, outgoing)
    }
}

/// Where a group's boosts go: to servers of members that know nothing else of groups. What is for members alone is nothing for
/// these, for they would not know whom to show it.
pub(crate) fn microblogs(tx: &mut Tx<'_>, group: AccountId, open: bool) -> Result<Recipients> {
    let mut to = Recipients::default();
    if !open {
        return Ok(to);
    }
    let aware = communities::group_hosts(tx)?;
    for (inbox, shared) in follows::follower_inboxes(tx, group)? {
        let inbox = shared.unwrap_or(inbox);
        if site::authority_of(&inbox).is_some_and(|host| !aware.contains(&host)) {
            to.add_inbox(inbox, Priority::FanOut);
        }
    }
    Ok(to)
}

/// The boost by which a community of ours shows a thread.
pub(crate) fn boost(app: &App, tx: &mut Tx<'_>, view: &PostView) -> Result<Option<Outgoing>> {
    let (Some(announce), Some(boosted)) = (objects::announce::announce(view), &view.boosted) else {
        return Ok(None);
    };
    Ok(Some(Outgoing {
        id: ActivityId(app.id()),
        uri: announce.id.clone(),
        sender: view.account.id,
        order: boosted.post.uri.clone(),
        post: Some(view.post.id),
        body: to_value(&objects::document(announce))?,
        to: microblogs(tx, view.account.id, view.post.audience.is_open())?,
    }))
}

/// A community of ours that an activity from elsewhere is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    community: AccountId,
    /// Its server says so itself, as those do that understand groups.
    named: bool,
    /// What it speaks of is in the community.
    about: bool,
}

/// Looked up before it is acted on: a Delete leaves nothing to ask.
pub(crate) async fn plan(app: &App, activity: &Activity) -> Result<Option<Plan>> {
    let passed_on = matches!(
        activity.kind.as_str(),
        "Create"
            | "Update"
            | "Delete"
            | "Like"
            | "Dislike"
            | "Undo"
            | "Lock"
            | "Block"
            | "Add"
            | "Remove"
    );
    if !passed_on || activity.is_of_its_actor() {
        return Ok(None);
    }
    let list = |value: &Value, name: &str| {
        loose::ids(value.get(name).cloned().unwrap_or_default()).unwrap_or_default()
    };
    let ours = |uri: &String| app.site.owns_str(uri) && !is_public(uri);
    let mut named = list(&activity.rest, "audience");
    named.extend(list(&activity.object, "audience"));
    let mut addressed: Vec<String> = named.iter().filter(|uri| ours(uri)).cloned().collect();
    let says = !addressed.is_empty();
    addressed.extend(
        list(&activity.rest, "to")
            .into_iter()
            .chain(list(&activity.rest, "cc"))
            .filter(|uri| ours(uri)),
    );
    addressed.truncate(ADDRESSES);
    // What it is about: a post, what that answers, or what is undone.
    let about: Vec<String> = [
        Some(&activity.object),
        activity.object.get("inReplyTo"),
        activity.object.get("object"),
    ]
    .into_iter()
    .flatten()
    .filter_map(id_of)
    .map(ToOwned::to_owned)
    .collect();
    app.store
        .read(move |db| {
            for uri in &about {
                let community = posts::stub_by_uri(db, uri)?.and_then(|stub| stub.community_id);
                if let Some(id) = community {
                    let ours = communities::by_id(db, id)?
                        .is_some_and(|community| kontor_actions::communities::is_ours(&community));
                    return Ok(ours.then_some(Plan {
                        community: id,
                        named: says,
                        about: true,
                    }));
                }
            }
            let addressed: Vec<&str> = addressed.iter().map(String::as_str).collect();
            for (id, _) in communities::groups_by_uris(db, &addressed)? {
                if communities::by_id(db, id)?
                    .is_some_and(|community| kontor_actions::communities::is_ours(&community))
                {
                    return Ok(Some(Plan {
                        community: id,
                        named: says,
                        about: false,
                    }));
                }
            }
            Ok(None)
        })
        .await
}

/// Passes on what was acted on, in the transaction that ends it: the same activity, word for word.
pub(crate) fn relay(app: &App, tx: &mut Tx<'_>, received: &Received, plan: &Plan) -> Result<()> {
    let Some(group) = group(tx, plan.community)? else {
        return Ok(());
    };
    if plan.named {
        communities::learn_host(tx, &received.host, app.now())?;
    }
    let Ok(inner) = serde_json::from_str::<Value>(&received.body) else {
        return Ok(());
    };
    let kind = inner
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let object = inner
        .get("object")
        .and_then(id_of)
        .unwrap_or_default()
        .to_owned();
    let post = posts::stub_by_uri(tx, &object)?;
    let inside = post
        .as_ref()
        .is_some_and(|post| post.community_id == Some(plan.community) && post.removed_at.is_none());
    // A post of somebody who was not let in is nothing of the community's, and neither is what speaks of something else.
    let passed_on = match kind {
        "Create" | "Update" => inside,
        "Delete" | "Like" | "Dislike" | "Lock" => plan.about,
        "Undo" => plan.about || is_deed(&inner, "object", &group),
        _ => is_deed(&inner, "", &group),
    };
    if !passed_on {
        return Ok(());
    }
    let vote = matches!(kind, "Like" | "Dislike")
        || (kind == "Undo"
            && inner
                .get("object")
                .and_then(|object| object.get("type"))
                .and_then(Value::as_str)
                .is_some_and(|kind| matches!(kind, "Like" | "Dislike")));
    let mut to = Recipients::default();
    if !vote {
        for account in concerned(tx, &inner, kind, post.as_ref())? {
            to.add(&account, Priority::Direct);
        }
    }
    let passing = Passing {
        order: object,
        post: post.filter(|_| inside).map(|post| post.id),
        to,
        inner,
        vote,
    };
    passing.announce(app, tx, &group)
}
