//! What follows for other servers from what happened here: one activity, and one delivery for each inbox that it goes to. The
//! activities themselves are in `activities`, sending them is in `delivery`.

use std::collections::{BTreeMap, BTreeSet};

use kontor_actions::{App, Error, Result, accounts::Account};
use kontor_domain::{
    event::Event,
    ids::{AccountId, ActivityId, DeliveryId, PostId},
    site,
};
use kontor_store::{
    Conn, Tx, activities,
    deliveries::{self, NewDelivery, Priority},
    follows,
    hosts::{self, Dead},
    posts::Post,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    activities::{
        accept, add, announce, block, create, delete, feature_request, flag, follow, like, moved,
        quote_request, reject, remove, undo,
        update::{self, Told},
        vote,
    },
    assertion, groups, sights,
};

/// An activity of ours and where it goes.
pub(crate) struct Outgoing {
    pub(crate) id: ActivityId,
    pub(crate) uri: String,
    pub(crate) sender: AccountId,
    pub(crate) body: Value,
    /// What is said about one thing reaches a server in the order in which it was said.
    pub(crate) order: String,
    pub(crate) post: Option<PostId>,
    pub(crate) to: Recipients,
}

/// Inboxes, each once. Whoever is addressed by name goes first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recipients(BTreeMap<String, Priority>);

impl Recipients {
    pub(crate) fn one(account: &Account, priority: Priority) -> Self {
        let mut to = Self::default();
        to.add_personal(account, priority);
        to
    }

    /// By the inbox that the account's server shares, if it has one.
    pub(crate) fn add(&mut self, account: &Account, priority: Priority) {
        if is_reachable(account) {
            self.add_inbox(
                account
                    .shared_inbox_url
                    .clone()
                    .unwrap_or_else(|| account.inbox_url.clone()),
                priority,
            );
        }
    }

    /// By the account's own inbox.
    pub(crate) fn add_personal(&mut self, account: &Account, priority: Priority) {
        if is_reachable(account) {
            self.add_inbox(account.inbox_url.clone(), priority);
        }
    }

    pub(crate) fn add_inbox(&mut self, inbox: String, priority: Priority) {
        let known = self.0.entry(inbox).or_insert(priority);
        *known = priority.min(*known);
    }

    /// Those who follow an account.
    pub(crate) fn add_followers(&mut self, db: &mut Conn, of: AccountId) -> Result<()> {
        for inbox in follows::follower_inboxes(db, of)? {
            self.add_inbox(inbox, Priority::FanOut);
        }
        Ok(())
    }
}

impl Recipients {
    /// Host, inbox and turn of each.
    fn elsewhere<'a>(
        &'a self,
        app: &'a App,
    ) -> impl Iterator<Item = (String, &'a str, Priority)> + 'a {
        self.0
            .iter()
            .filter_map(|(inbox, priority)| {
                Some((site::authority_of(inbox)?, inbox.as_str(), *priority))
            })
            .filter(move |(host, _, _)| host != app.site.domain() && app.remote.speaks_with(host))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of one server, which are no longer among these.
    pub(crate) fn split_off(&mut self, host: &str) -> Self {
        let there = |(inbox, _): &(String, Priority)| {
            site::authority_of(inbox).is_some_and(|at| at == host)
        };
        let (split, others) = std::mem::take(&mut self.0).into_iter().partition(there);
        self.0 = others;
        Self(split)
    }

    pub(crate) fn into_inboxes(self) -> Vec<String> {
        self.0.into_keys().collect()
    }
}

fn is_reachable(account: &Account) -> bool {
    !account.is_local() && account.suspended_at.is_none()
}

pub(crate) fn to_value<T: Serialize>(object: &T) -> Result<Value> {
    serde_json::to_value(object).map_err(|why| Error::Broken(why.to_string()))
}

/// Writes what goes out because of an event, in the transaction that ends it, or in that of what happened.
pub(crate) fn apply(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let outgoing = match event {
        Event::PostCreated { post } => create::outgoing(app, tx, *post),
        Event::PostEdited { post }
        | Event::PollTallied { post }
        | Event::PollEnded { post }
        | Event::PolicyChanged { post }
        | Event::QuoteAccepted { post } => update::outgoing(app, tx, *post),
        Event::PollVoted { vote } => vote::outgoing(app, tx, *vote),
        Event::QuoteRequested { post } => quote_request::outgoing(app, tx, *post),
        Event::QuoteAnswered(answered) => quote_request::answer(app, tx, answered),
        Event::QuoteRevoked(revoked) => delete::outgoing_stamp(app, tx, revoked),
        Event::PostDeleted(deleted) => delete::outgoing(app, tx, deleted),
        Event::FollowRequested { follow, .. } => {
            sights::enqueue(app, tx, *follow)?;
            follow::outgoing(app, tx, *follow)
        }
        Event::FollowAccepted { follow, .. } => {
            groups::servers::enqueue(app, tx, *follow)?;
            sights::enter(app, tx, *follow)?;
            accept::outgoing(app, tx, *follow)
        }
        Event::FollowRejected(ended) => reject::outgoing(app, tx, ended),
        Event::FollowUndone(ended) => undo::outgoing(app, tx, ended),
        Event::AccountUpdated { account } => {
            update::outgoing_account(app, tx, *account, Told::Followers)
        }
        Event::AccountSuspended { account } => {
            update::outgoing_account(app, tx, *account, Told::Everyone)
        }
        Event::PostBoosted { boost, .. } => announce::outgoing(app, tx, *boost),
        Event::BoostUndone(ended) => undo::outgoing_boost(app, tx, ended),
        Event::PostFavourited { favourite, .. } => like::outgoing(app, tx, *favourite),
        Event::FavouriteUndone(ended) => undo::outgoing_favourite(app, tx, ended),
        Event::PostReacted { reaction, .. } => like::outgoing_reaction(app, tx, *reaction),
        Event::ReactionUndone(ended) => undo::outgoing_reaction(app, tx, ended),
        Event::AccountBlocked { block } => block::outgoing(app, tx, *block),
        Event::AccountUnblocked(ended) => undo::outgoing_block(app, tx, ended),
        Event::CollectionCreated { collection } => feature_request::created(app, tx, *collection),
        Event::CollectionUpdated(changed) => feature_request::changed(app, tx, changed),
        Event::CollectionDeleted(gone) => feature_request::ended(app, tx, gone),
        Event::CollectionItemAdded { collection, item } => {
            feature_request::entered(app, tx, *collection, *item)
        }
        Event::CollectionItemRemoved(gone) => feature_request::left(app, tx, gone),
        Event::FeatureRequested { collection, item } => {
            feature_request::outgoing(app, tx, *collection, *item)
        }
        Event::FeatureAnswered(answered) => feature_request::answer(app, tx, answered),
        Event::FeatureRevoked(revoked) => feature_request::revoked(app, tx, revoked),
        // Each follow that ends says so itself; announcements are for the people here.
        Event::DomainBlocked { .. }
        | Event::AnnouncementPublished { .. }
        | Event::AnnouncementDeleted { .. } => Ok(None),
        Event::AccountReported { report } => flag::outgoing(app, tx, *report),
        Event::PostPinned { account, post } => add::outgoing(app, tx, *account, *post),
        Event::PostUnpinned { account, post } => remove::outgoing(app, tx, *account, *post),
        Event::CommunityModerated(done) => groups::moderated(app, tx, done),
        Event::CommunityDeedCame(deed) => groups::pass_on(app, tx, deed).map(|()| None),
        Event::CommunityEditAsked(asked) => groups::asked(app, tx, asked),
        Event::CommunityAppealed { entry } => groups::appeal(app, tx, *entry),
        Event::CommunityAppealAnswered(answered) => groups::judged(app, tx, answered),
        Event::CommunityRequestAnswered(answered) => groups::answered(app, tx, answered),
        Event::AccountMoved { account } => moved::outgoing(app, tx, *account),
        Event::AccountDeleted { account } => delete::outgoing_account(app, tx, *account),
    }?;
    let Some(outgoing) = outgoing else {
        return Ok(());
    };
    match groups::of_event(tx, event)? {
        Some(group) => groups::send(app, tx, outgoing, &group, groups::kind(event)),
        None => write(app, tx, outgoing),
    }
}

/// Writes what goes out of a post in the transaction that makes it, in no community. Whom it concerns is asked first: often nobody
/// elsewhere.
pub(crate) fn publish(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Post,
    mentioned: &[AccountId],
) -> Result<()> {
    let parent = post.in_reply_to_account_id;
    let to = create::readers(tx, post.account_id, post.audience, mentioned, parent)?;
    if to.elsewhere(app).next().is_none() {
        return Ok(());
    }
    match create::outgoing_to(app, tx, post, to)? {
        Some(outgoing) => write(app, tx, outgoing),
        None => Ok(()),
    }
}

/// An activity with its sender's proof, as it stands inside another.
pub(crate) fn proven(
    app: &App,
    tx: &mut Tx<'_>,
    sender: AccountId,
    mut body: Value,
) -> Result<Value> {
    assertion::prove(tx, sender, &mut body, app.now())?;
    Ok(body)
}

/// Peers with small inboxes take no more.
pub(crate) const LARGE: usize = 60_000;

pub(crate) fn write(app: &App, tx: &mut Tx<'_>, mut outgoing: Outgoing) -> Result<()> {
    let to = std::mem::take(&mut outgoing.to);
    if to.elsewhere(app).next().is_none() {
        return Ok(());
    }
    let order = outgoing.order.clone();
    let id = keep(app, tx, outgoing)?;
    send(app, tx, id, &order, &to)?;
    Ok(())
}

/// The activity, for nobody yet.
pub(crate) fn keep(app: &App, tx: &mut Tx<'_>, outgoing: Outgoing) -> Result<ActivityId> {
    let now = app.now();
    let mut body = outgoing.body;
    assertion::prove(tx, outgoing.sender, &mut body, now)?;
    let body = body.to_string();
    if body.len() > LARGE {
        tracing::warn!(
            activity = outgoing.uri,
            bytes = body.len(),
            "an activity is larger than some peers take"
        );
    }
    let mut activity = activities::Activity {
        id: outgoing.id,
        uri: outgoing.uri,
        account_id: outgoing.sender,
        body,
        object_uri: outgoing.order,
        post_id: outgoing.post,
        created_at: now,
    };
    // A Follow that is asked for again keeps its id; here it is another thing to send.
    if !activities::insert_if_new(tx, &activity)? {
        activity.id = ActivityId(app.id());
        activity.uri = format!("{}#{}", activity.uri, activity.id);
        activities::insert(tx, &activity)?;
    }
    Ok(activity.id)
}

/// A dead host is asked once in so long all the same: it may be back and have nothing to say.
const DEAD_ASKED: chrono::Duration = chrono::Duration::days(1);

/// Of these hosts, those that nothing has reached for so long that it is kept for nobody there but whoever is addressed by name.
pub(crate) fn dead(
    app: &App,
    tx: &mut Tx<'_>,
    among: impl Iterator<Item = String>,
) -> Result<BTreeSet<String>> {
    let names: BTreeSet<String> = among.collect();
    if names.is_empty() {
        return Ok(names);
    }
    let names: Vec<String> = names.into_iter().collect();
    let (now, age) = (app.now(), app.settings.limits.peer_dead_after);
    let age = chrono::Duration::from_std(age).unwrap_or(chrono::Duration::days(30));
    let dead = Dead {
        since: now - age,
        asked: now - DEAD_ASKED,
    };
    Ok(hosts::dead_among(tx, &names, dead)?.into_iter().collect())
}

/// `false`: it goes to nobody elsewhere.
pub(crate) fn send(
    app: &App,
    tx: &mut Tx<'_>,
    id: ActivityId,
    order: &str,
    to: &Recipients,
) -> Result<bool> {
    let now = app.now();
    let many = to
        .elsewhere(app)
        .filter(|(_, _, priority)| *priority != Priority::Direct);
    let dead = dead(app, tx, many.map(|(host, ..)| host))?;
    let rows: Vec<NewDelivery> = to
        .elsewhere(app)
        .filter(|(host, _, priority)| *priority == Priority::Direct || !dead.contains(host))
        .map(|(host, inbox_url, priority)| NewDelivery {
            id: DeliveryId(app.id()),
            activity_id: id,
            host,
            inbox_url: inbox_url.to_owned(),
            object_uri: order.to_owned(),
            priority,
            next_attempt_at: now,
            created_at: now,
        })
        .collect();
    deliveries::insert_many(tx, &rows)?;
    Ok(!rows.is_empty())
}
