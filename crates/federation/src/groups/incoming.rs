//! What comes in for a community of ours: which it is for, whether it is passed on, and in which turn.

use kontor_actions::{App, Error, Result, accounts::Account, reactions::Emoji};
use kontor_domain::{event::CameDeed, ids::AccountId, reaction::is_heart};
use kontor_store::{
    Conn, Tx, accounts, communities, deliveries::Priority, dislikes, favourites, group_hosts,
    inbox::Received, posts, reactions,
};
use serde_json::Value;

use super::{
    Group, group,
    passing::{Kind, Passing},
    relays,
    votes::stands,
};
use crate::{
    activities::{Activity, like::like},
    objects::{self, is_public, loose, loose::id_of, note::entitle},
    outgoing::Recipients,
};

/// Addresses that are looked at for the community that an activity is for.
const ADDRESSES: usize = 20;

/// What came of an activity, as far as its words alone do not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// It was taken in.
    In,
    /// It changed something in the transaction that is being written.
    Now,
    /// The same of a vote that takes the place of the opposite one.
    Turned,
    /// A moderator may do it, and it is done.
    Moderated,
}

/// A community of ours that an activity from elsewhere is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    community: AccountId,
    /// Its server says so itself, as those do that understand groups.
    named: bool,
    /// What it speaks of is in the community.
    about: bool,
    /// What an Undo takes back that says no more of it than its id.
    undone: Option<Value>,
}

impl Plan {
    pub(crate) fn of(&self) -> AccountId {
        self.community
    }

    /// Is it for the community by its words alone? Then what it answers is not known to be there.
    pub(crate) fn is_by_words(&self) -> bool {
        !self.about
    }
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
            | "EmojiReact"
            | "Dislike"
            | "Undo"
            | "Lock"
            | "Block"
            | "Add"
            | "Remove"
    );
    // Whoever looks after a community may give that up, and names themselves then.
    let of_oneself =
        activity.is_of_its_actor() && !matches!(activity.kind.as_str(), "Add" | "Remove");
    if !passed_on || of_oneself {
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
    let mut about = about(activity);
    let bare = activity
        .object_id()
        .filter(|_| activity.kind == "Undo" && about.is_empty())
        .map(|id| (id.to_owned(), activity.actor.clone()));
    app.store
        .read(move |db| {
            let undone = match &bare {
                Some((id, actor)) => opinion(db, id, actor)?,
                None => None,
            };
            about.extend(undone.as_ref().and_then(subject));
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
                        undone,
                    }));
                }
            }
            Ok(first_of_ours(db, &named)?.map(|community| Plan {
                community,
                named: says,
                about: false,
                undone: None,
            }))
        })
        .await
}

/// What an opinion is about.
fn subject(opinion: &Value) -> Option<String> {
    opinion.get("object").and_then(id_of).map(ToOwned::to_owned)
}

/// What somebody thinks of a post, by the id that they said it under.
fn opinion(db: &mut Conn, uri: &str, actor: &str) -> Result<Option<Value>> {
    let (account, post, kind, emoji) = if let Some(found) = favourites::by_uri(db, uri)? {
        (found.account_id, found.post_id, "Like", None)
    } else if let Some(found) = reactions::by_uri(db, uri)? {
        // The heart of a Like is a favourite.
        let kind = if is_heart(&found.name) {
            "EmojiReact"
        } else {
            "Like"
        };
        let emoji = Emoji {
            name: found.name,
            url: found.url,
        };
        (found.account_id, found.post_id, kind, Some(emoji))
    } else if let Some(found) = dislikes::by_uri(db, uri)? {
        (found.account_id, found.post_id, "Dislike", None)
    } else {
        return Ok(None);
    };
    let by = accounts::by_id(db, account)?.filter(|by| by.uri == actor);
    let (Some(by), Some(post)) = (by, posts::stub(db, post)?) else {
        return Ok(None);
    };
    let mut said = like(uri, &by, &post.uri, emoji.as_ref());
    if let Value::Object(fields) = &mut said {
        fields.insert("type".to_owned(), kind.into());
    }
    Ok(Some(said))
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
        let vote = |kind: &str| matches!(kind, "Like" | "EmojiReact" | "Dislike");
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
        "Create" => match post {
            Some(_) if came == Came::Now => true,
            Some(post) => {
                communities::banned(tx, plan.community, post.account_id, app.now())?.is_none()
            }
            None => false,
        },
        // Whether its author may change it was asked when it was changed.
        "Update" => post.is_some(),
        "Like" | "EmojiReact" | "Dislike" => match post {
            Some(post) => stands(tx, &received.activity_uri, post.id)?,
            None => false,
        },
        "Delete" => plan.about && came != Came::In,
        "Lock" => plan.about && moderated,
        "Undo" => match words.undone_kind {
            "Like" | "EmojiReact" | "Dislike" => plan.about && came == Came::Now,
            // What its author brings back was not there before.
            "Delete" if !plan.about => came == Came::Now && post.is_some(),
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
    let inner = with_undone(inner, plan);
    let words = Words::of(&inner);
    // What takes something back goes out after it.
    let object = if words.kind == "Undo" {
        words.undone.get("object")
    } else {
        inner.get("object")
    };
    let object = object.and_then(id_of).unwrap_or_default();
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
    if came == Came::Moderated {
        // A moderator's own server waits for the word, with or without another member.
        if let Some(moderator) = &actor {
            to.add(moderator, Priority::Direct);
        }
        let (account, order) = match &known {
            Some(_) => (None, object.to_owned()),
            // As what moderators here do to a person.
            None => (accounts::by_uri(tx, object)?, group.account.uri.clone()),
        };
        let deed = CameDeed {
            community: plan.community,
            by: actor.map(|actor| actor.id),
            account: account.map(|account| account.id),
            post: known.map(|post| post.id),
            activity: received.body.clone(),
            order,
            to: to.into_inboxes(),
        };
        return kontor_actions::communities::came(app, tx, deed);
    }
    let kind = match words.kind {
        "Create" => Kind::Post,
        // A change of what was not here brought it.
        "Update" if came == Came::Now => Kind::Post,
        "Update" => Kind::Edit,
        "Delete" => Kind::End,
        _ if vote && came == Came::Turned => Kind::Turned,
        _ if vote => Kind::Vote,
        _ => Kind::Word,
    };
    let passing = Passing {
        order: object.to_owned(),
        post: post.map(|post| post.id),
        to,
        inner: in_our_words(inner),
        kind,
        by: actor.map(|actor| actor.id),
    };
    passing.announce(app, tx, &group)
}

/// Others may know what is taken back by another id, or not know what the id is of.
fn with_undone(mut inner: Value, plan: &Plan) -> Value {
    if let (Some(undone), Value::Object(fields)) = (&plan.undone, &mut inner) {
        fields.insert("object".to_owned(), undone.clone());
        // They were of what stood there before; for votes the group vouches.
        fields.remove("proof");
        fields.remove("signature");
    }
    inner
}

/// What has no proof is read at its author's server, or believed from the group: it says of a thread what that is called.
fn in_our_words(mut inner: Value) -> Value {
    if inner.get("proof").is_none()
        && entitle(&mut inner)
        && let Value::Object(fields) = &mut inner
    {
        // It was of what stood there before.
        fields.remove("signature");
    }
    inner
}

/// Passes on what a moderator elsewhere did, in its turn.
pub(crate) fn pass_on(app: &App, tx: &mut Tx<'_>, deed: &CameDeed) -> Result<()> {
    let Some(group) = group(tx, deed.community)? else {
        return Ok(());
    };
    let inner: Value =
        serde_json::from_str(&deed.activity).map_err(|why| Error::Broken(why.to_string()))?;
    if let (Some(account), Some("Block")) =
        (deed.account, inner.get("type").and_then(Value::as_str))
    {
        relays::hasten(app, tx, deed.community, account)?;
    }
    let mut to = Recipients::default();
    for inbox in &deed.to {
        to.add_inbox(inbox.clone(), Priority::Direct);
    }
    let post = match deed.post {
        Some(id) => posts::stub(tx, id)?,
        None => None,
    };
    let passing = Passing {
        inner,
        order: deed.order.clone(),
        post: post
            .filter(|post| post.community_id == Some(deed.community))
            .map(|post| post.id),
        to,
        kind: Kind::Word,
        by: deed.by,
    };
    passing.announce(app, tx, &group)
}
