//! Passing on what happens in a community: whom to, in which form, and how often.

use std::collections::HashSet;

use kontor_actions::{App, Result, posts::PostView};
use kontor_domain::{
    event::EndedBoost,
    ids::{AccountId, ActivityId, PostId},
    site,
    time::Time,
};
use kontor_store::{Conn, Tx, boosts, deliveries::Priority, follows, group_hosts, posts};
use serde_json::{Value, json};

use super::{
    Group,
    relays::{self, Form, Going, Turn},
    votes::{self, When},
};
use crate::{
    objects::{self, PUBLIC, loose::id_of, note::entitle},
    outgoing::{self, Outgoing, Recipients, to_value},
};

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
    let mut entitled = outgoing.body.clone();
    let differs = entitle(&mut entitled);
    if !group.is_ours() {
        outgoing.to.add(&group.account, Priority::Direct);
        let there = differs.then(|| there(app, &mut outgoing, entitled, group));
        outgoing::write(app, tx, outgoing)?;
        return there.map_or(Ok(()), |there| outgoing::write(app, tx, there));
    }
    let to = if kind == Kind::Deed {
        // Somebody's own server believes the group, with or without another member.
        outgoing.to.clone()
    } else {
        Recipients::default()
    };
    let passing = Passing {
        inner: outgoing::proven(app, tx, outgoing.sender, entitled)?,
        order: outgoing.order.clone(),
        post: outgoing.post,
        to,
        kind,
        by: Some(outgoing.sender),
    };
    outgoing::write(app, tx, outgoing)?;
    passing.announce(app, tx, group)
}

/// To the community's own server in the form that those take that understand groups. What is left goes as it is: others would show no more
/// of a Page than its title.
fn there(app: &App, outgoing: &mut Outgoing, body: Value, group: &Group) -> Outgoing {
    let host = site::authority_of(&group.account.inbox_url).unwrap_or_default();
    Outgoing {
        id: ActivityId(app.id()),
        uri: outgoing.uri.clone(),
        sender: outgoing.sender,
        body,
        order: outgoing.order.clone(),
        post: outgoing.post,
        to: outgoing.to.split_off(&host),
    }
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
    /// One in the place of the opposite one, which others may have heard.
    Turned,
    Post,
    Edit,
    /// Its author deletes a post.
    End,
    /// What a moderator here does: whom it concerns hears of it too.
    Deed,
    /// Anything else, of which there are few.
    Word,
}

impl Passing {
    /// As it is, inside an Announce by the group. Where it goes is looked up by `relays`: members are many.
    pub(crate) fn announce(self, app: &App, tx: &mut Tx<'_>, group: &Group) -> Result<()> {
        if group.stays_here() {
            return Ok(());
        }
        let at = group.account.id;
        let held = match (self.kind, self.by) {
            (Kind::Vote | Kind::Turned, Some(by)) => match votes::when(app, tx, (at, by), &self)? {
                When::Now => None,
                When::Later(held) => Some(held),
                When::Never => return Ok(()),
            },
            _ => None,
        };
        let turn = match (self.kind, self.by) {
            (Kind::Post, Some(by)) => Turn::Post(by),
            (Kind::Edit, Some(by)) => Turn::Edit(by),
            (Kind::End, _) => Turn::End,
            (Kind::Word | Kind::Deed, _) => Turn::Word,
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
        if let Some(held) = held {
            return relays::hold(app, tx, at, outgoing, held);
        }
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
