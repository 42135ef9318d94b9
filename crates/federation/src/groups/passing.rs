//! Passing on what happens in a community: whom to, in which form, and how often.

use std::collections::HashSet;

use kontor_actions::{App, Result, accounts::Account, posts::PostView};
use kontor_domain::{
    event::EndedBoost,
    ids::{AccountId, ActivityId, PostId},
    site,
    time::Time,
};
use kontor_store::{
    Conn, Tx, accounts, boosts, communities, deliveries::Priority, dislikes, favourites, follows,
    group_hosts, inbox::Received, posts, reactions,
};
use serde_json::{Value, json};

use super::{
    Group, group,
    relays::{self, Form, Going, Turn},
};
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
    kind: Kind,
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
        kind,
        by: Some(outgoing.sender),
    };
    outgoing::write(app, tx, outgoing)?;
    passing.announce(app, tx, group)
}

/// Is it a ban from this community, or about its moderators or pinned posts?
fn is_deed(whole: &Value, kind: &str, group: &Group) -> bool {
    let Some(target) = whole.get("target").and_then(id_of) else {
        return false;
    };
    match kind {
        "Block" => target == group.account.uri,
        "Add" | "Remove" => {
            target == objects::actor::moderators(&group.account.uri)
                || group.account.featured_url.as_deref() == Some(target)
        }
        _ => false,
    }
}

/// What came of an activity, as far as its words alone do not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// It was taken in.
    In,
    /// It changed something in the transaction that is being written.
    Now,
    /// A moderator may do it, and it is done.
    Moderated,
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
    pub(crate) kind: Kind,
    pub(crate) by: Option<AccountId>,
}

/// What is passed on: of some there may be so many that there is a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Vote,
    Post,
    Edit,
    /// Its author deletes a post.
    End,
    /// Anything else, of which there are few.
    Word,
}

impl Passing {
    /// As it is, inside an Announce by the group. Where it goes is looked up by `relays`: members are many.
    pub(crate) fn announce(self, app: &App, tx: &mut Tx<'_>, group: &Group) -> Result<()> {
        if group.stays_here() {
            return Ok(());
        }
        let (at, now) = (group.account.id, app.now());
        let turn = match (self.kind, self.by) {
            (Kind::Vote, Some(by)) if !app.votes.may(at, by, now) => return Ok(()),
            (Kind::Post, Some(by)) => Turn::Post(by),
            (Kind::Edit, Some(by)) => Turn::Edit(by),
            (Kind::End, _) => Turn::End,
            (Kind::Word, _) => Turn::Word,
            _ => Turn::Now,
        };
        let shown = match self.post {
            Some(post) if self.kind == Kind::Post => boosts::of(tx, at, post)?,
            _ => None,
        };
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
            to: self.to,
        };
        let going = Going {
            outgoing,
            form: Form::Activity,
            shown: shown.map(|boost| boost.id),
            turn,
        };
        relays::enqueue(app, tx, at, going)
    }
}

/// Where members elsewhere are reached who get this form: those whose servers understand what groups pass on, as far as that was known
/// at a certain time, or the others.
pub(super) fn members(db: &mut Conn, group: AccountId, form: Form, at: Time) -> Result<Recipients> {
    let inboxes: Vec<(String, String)> = follows::follower_inboxes(db, group)?
        .into_iter()
        .map(|(inbox, shared)| shared.unwrap_or(inbox))
        .filter_map(|inbox| Some((site::authority_of(&inbox)?, inbox)))
        .collect();
    let mut hosts: Vec<String> = inboxes.iter().map(|(host, _)| host.clone()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    // An id is no finer than a millisecond.
    let at = at + chrono::Duration::milliseconds(1);
    let known: HashSet<String> = group_hosts::among_at(db, &hosts, at)?.into_iter().collect();
    let mut to = Recipients::default();
    for (host, inbox) in inboxes {
        let gets = match form {
            Form::Activity => known.contains(&host),
            Form::Boost => !known.contains(&host),
            Form::Alone => true,
        };
        if gets {
            to.add_inbox(inbox, Priority::FanOut);
        }
    }
    Ok(to)
}

/// In which form a community shows a post: its own is told as what it is, too; of what stands elsewhere there is nothing else to tell.
fn form(tx: &mut Tx<'_>, group: AccountId, post: PostId) -> Result<Form> {
    let own = posts::stub(tx, post)?.is_none_or(|stub| stub.community_id == Some(group));
    Ok(if own { Form::Boost } else { Form::Alone })
}

/// The boost by which a community of ours shows a thread. What is for members alone is nothing for servers that know nothing of groups,
/// for they would not know whom to show it.
pub(crate) fn boost(app: &App, tx: &mut Tx<'_>, view: &PostView) -> Result<()> {
    let (Some(announce), Some(boosted)) = (objects::announce::announce(view), &view.boosted) else {
        return Ok(());
    };
    let (group, boost) = (view.account.id, view.post.id);
    if !view.post.audience.is_open() {
        return Ok(());
    }
    let outgoing = Outgoing {
        id: ActivityId(app.id()),
        uri: announce.id.clone(),
        sender: group,
        order: boosted.post.uri.clone(),
        post: Some(boost),
        body: to_value(&objects::document(announce))?,
        to: Recipients::default(),
    };
    let going = Going {
        outgoing,
        form: form(tx, group, boosted.post.id)?,
        shown: Some(boost),
        turn: Turn::Now,
    };
    relays::enqueue(app, tx, group, going)
}

/// The end of one, to whom it went.
pub(crate) fn unboost(
    app: &App,
    tx: &mut Tx<'_>,
    outgoing: Outgoing,
    ended: &EndedBoost,
) -> Result<()> {
    if !ended.audience.is_open() {
        return Ok(());
    }
    let going = Going {
        outgoing,
        form: form(tx, ended.account, ended.post)?,
        shown: Some(ended.boost),
        turn: Turn::Now,
    };
    relays::enqueue(app, tx, ended.account, going)
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

/// What it speaks of, where that can be a post: a new one or a change by what it answers too, something undone by what that was
/// about. Anything else is no word about the post that it happens to hold.
fn about(activity: &Activity) -> Vec<String> {
    let object = &activity.object;
    let named = match activity.kind.as_str() {
        "Create" | "Update" => vec![Some(object), object.get("inReplyTo")],
        "Undo" => vec![object.get("object")],
        _ => vec![Some(object)],
    };
    named
        .into_iter()
        .flatten()
        .filter_map(id_of)
        .map(ToOwned::to_owned)
        .collect()
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
    let says = named.iter().any(ours);
    named.extend(list(&activity.rest, "to"));
    named.extend(list(&activity.rest, "cc"));
    named.retain(ours);
    named.truncate(ADDRESSES);
    let about = about(activity);
    app.store
        .read(move |db| {
            for uri in &about {
                // A boost is no post of a community, whatever it boosts.
                let community = posts::stub_by_uri(db, uri)?
                    .filter(|stub| stub.reblog_of_id.is_none())
                    .and_then(|stub| stub.community_id);
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
            Ok(first_of_ours(db, &named)?.map(|community| Plan {
                community,
                named: says,
                about: false,
            }))
        })
        .await
}

fn first_of_ours(db: &mut Conn, uris: &[String]) -> Result<Option<AccountId>> {
    let uris: Vec<&str> = uris.iter().map(String::as_str).collect();
    for (id, _) in communities::groups_by_uris(db, &uris)? {
        if communities::by_id(db, id)?
            .is_some_and(|community| kontor_actions::communities::is_ours(&community))
        {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// The community of ours that an activity is addressed to.
pub(crate) async fn addressed(app: &App, rest: &Value) -> Result<Option<AccountId>> {
    let mut named: Vec<String> = ["audience", "to", "cc"]
        .iter()
        .filter_map(|list| loose::ids(rest.get(*list).cloned()?).ok())
        .flatten()
        .filter(|uri| app.site.owns_str(uri) && !is_public(uri))
        .collect();
    named.truncate(ADDRESSES);
    if named.is_empty() {
        return Ok(None);
    }
    app.store.read(move |db| first_of_ours(db, &named)).await
}

/// Is it this vote that stands, and not one that its author gave before?
fn stands(tx: &mut Tx<'_>, uri: &str, post: PostId) -> Result<bool> {
    let voted = match favourites::by_uri(tx, uri)? {
        Some(favourite) => Some(favourite.post_id),
        None => match reactions::by_uri(tx, uri)? {
            Some(reaction) => Some(reaction.post_id),
            None => dislikes::by_uri(tx, uri)?.map(|dislike| dislike.post_id),
        },
    };
    Ok(voted == Some(post))
}

/// What an activity says, as far as it decides whether it is passed on.
struct Words<'a> {
    kind: &'a str,
    whole: &'a Value,
    /// Of an Undo: what is taken back.
    undone: &'a Value,
    undone_kind: &'a str,
}

impl<'a> Words<'a> {
    fn of(whole: &'a Value) -> Self {
        let kind = |value: &'a Value| {
            value
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let undone = whole.get("object").unwrap_or(&Value::Null);
        Self {
            kind: kind(whole),
            whole,
            undone,
            undone_kind: kind(undone),
        }
    }

    fn is_vote(&self) -> bool {
        let vote = |kind: &str| matches!(kind, "Like" | "Dislike");
        vote(self.kind) || (self.kind == "Undo" && vote(self.undone_kind))
    }
}

/// What changed nothing is passed on to nobody, or anybody could have anything sent to every member's server; and neither is a post of
/// somebody who was not let in.
fn is_passed_on(
    app: &App,
    tx: &mut Tx<'_>,
    (received, plan, group): (&Received, &Plan, &Group),
    (words, came): (&Words<'_>, Came),
    post: Option<&posts::Stub>,
) -> Result<bool> {
    let moderated = came == Came::Moderated;
    let limits = &app.settings.limits.communities;
    let most = if words.is_vote() {
        limits.vote_bytes
    } else {
        limits.passed_on_bytes
    };
    if received.body.len() > most {
        let activity = &received.activity_uri;
        tracing::debug!(activity, "it is too large to be passed on");
        return Ok(false);
    }
    Ok(match words.kind {
        "Create" | "Update" => match post {
            Some(post) => {
                communities::banned(tx, plan.community, post.account_id, app.now())?.is_none()
            }
            None => false,
        },
        "Like" | "Dislike" => match post {
            Some(post) => stands(tx, &received.activity_uri, post.id)?,
            None => false,
        },
        "Delete" => plan.about && came != Came::In,
        "Lock" => plan.about && moderated,
        "Undo" => match words.undone_kind {
            "Like" | "Dislike" => plan.about && came == Came::Now,
            "Delete" | "Lock" => plan.about && moderated,
            kind => moderated && is_deed(words.undone, kind, group),
        },
        kind => moderated && is_deed(words.whole, kind, group),
    })
}

/// A server that says itself which community it speaks of understands what that passes on. Learnt before the post is kept that it sends, it
/// gets that too as what it is.
pub(crate) fn introduce(app: &App, tx: &mut Tx<'_>, plan: &Plan, host: &str) -> Result<()> {
    if plan.named {
        group_hosts::learn(tx, host, app.now())?;
    }
    Ok(())
}

/// Passes on what was acted on, in the transaction that ends it: the same activity, word for word.
pub(crate) fn relay(
    app: &App,
    tx: &mut Tx<'_>,
    received: &Received,
    plan: &Plan,
    came: Came,
) -> Result<()> {
    let Some(group) = group(tx, plan.community)? else {
        return Ok(());
    };
    introduce(app, tx, plan, &received.host)?;
    let Ok(inner) = serde_json::from_str::<Value>(&received.body) else {
        return Ok(());
    };
    let words = Words::of(&inner);
    // What takes something back goes out after it.
    let object = if words.kind == "Undo" {
        words.undone.get("object")
    } else {
        inner.get("object")
    };
    let object = object.and_then(id_of).unwrap_or_default();
    let order = object.to_owned();
    let known = posts::stub_by_uri(tx, object)?.filter(|stub| stub.reblog_of_id.is_none());
    // What was taken away may come back, and is the same everywhere then.
    let post = known
        .as_ref()
        .filter(|post| post.community_id == Some(plan.community));
    if !is_passed_on(app, tx, (received, plan, &group), (&words, came), post)? {
        return Ok(());
    }
    let vote = words.is_vote();
    let mut to = Recipients::default();
    if !vote {
        for account in concerned(tx, &inner, words.kind, known.as_ref())? {
            to.add(&account, Priority::Direct);
        }
    }
    let actor = accounts::by_uri(tx, &received.actor_uri)?;
    // A moderator's own server waits for the word, with or without another member.
    if came == Came::Moderated
        && let Some(moderator) = &actor
    {
        to.add(moderator, Priority::Direct);
    }
    let kind = match words.kind {
        "Create" => Kind::Post,
        "Update" => Kind::Edit,
        "Delete" if came != Came::Moderated => Kind::End,
        _ if vote => Kind::Vote,
        _ => Kind::Word,
    };
    let passing = Passing {
        order,
        post: post.map(|post| post.id),
        to,
        inner,
        kind,
        by: actor.map(|actor| actor.id),
    };
    passing.announce(app, tx, &group)
}
