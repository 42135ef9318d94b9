//! Acting on what came in: one activity at a time for each thing that is spoken of, in the order in which they came, each once;
//! hosts take turns.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use kontor_actions::{App, Error, Result, accounts::Account, steps};
use kontor_domain::{
    ids::{AccountId, InboxId, JobId},
    site::{authority_of, same_authority},
    time::Time,
};
use kontor_jobs::{Backoff, Handler, Job, Order, Outcome, Place, Queue};
use kontor_store::{
    Tx,
    inbox::{self, Received},
    jobs,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    Federation,
    activities::{self, Activity, Context, Ending},
    fetch::Budget,
    forwarding::{self, Plan},
    groups,
    objects::loose::id_of,
    refresh, unnamed,
};

pub(crate) use kontor_actions::inbox::QUEUE;

/// What is acted on one after another: what speaks of one thing, so that an activity that has to wait holds up nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Of this name.
    Named(String),
    /// That of an activity that is named, and this one if it is not known.
    Of(String),
}

impl Lane {
    /// A post's Create, Update and Delete share the post's; whatever one account does to another, or to a post, and what takes it
    /// back or answers it, share that of the two.
    pub(crate) fn of(activity: &Activity) -> Self {
        let object = activity.object_id().unwrap_or_default();
        match activity.kind.as_str() {
            "Create" | "Update" | "Delete" => Self::Named(object.to_owned()),
            // What a group passes on about one thing comes in its order, and stands in the way of nobody else's word about it.
            "Announce" => {
                let about = match inner(activity) {
                    Some(inner) => match (moderated(&inner), Self::of(&inner)) {
                        (Some(about), _) => about.to_owned(),
                        (None, Self::Named(about) | Self::Of(about)) => about,
                    },
                    None => object.to_owned(),
                };
                Self::Named(between(&activity.actor, &about))
            }
            // A removal and what takes it back.
            "Undo" if activity.object_kind() == Some("Delete") => {
                match activity.object.get("object").and_then(id_of) {
                    Some(post) => Self::Named(post.to_owned()),
                    None => Self::Of(object.to_owned()),
                }
            }
            // What a group does not take in comes in the order of what it passes on about the same.
            "Reject" if names_a_post(activity) => {
                let post = activity.object.get("object").and_then(id_of);
                Self::Named(between(&activity.actor, post.unwrap_or(object)))
            }
            "Undo" | "Accept" | "Reject" => {
                let part = |name| activity.object.get(name).and_then(id_of);
                match (part("actor"), part("object")) {
                    (Some(actor), Some(inner)) => Self::Named(between(actor, inner)),
                    _ => Self::Of(object.to_owned()),
                }
            }
            _ => Self::Named(between(&activity.actor, object)),
        }
    }

    pub(crate) fn name(&self, tx: &mut Tx<'_>) -> Result<String> {
        let uri = match self {
            Self::Named(name) => return Ok(short(name.clone())),
            Self::Of(uri) => uri,
        };
        // One that has been acted on is in nobody's way.
        let waiting = inbox::by_uri(tx, uri)?.filter(|known| known.done_at.is_none());
        let named = waiting
            .and_then(|known| serde_json::from_str(&known.body).ok())
            .and_then(|value| Activity::read(value).ok())
            .map(|activity| Self::of(&activity));
        Ok(short(match named {
            Some(Self::Named(name)) => name,
            _ => uri.clone(),
        }))
    }
}

/// Is it about a post, or about what brought one?
fn names_a_post(activity: &Activity) -> bool {
    matches!(
        activity.object_kind(),
        Some("Create" | "Update" | "Note" | "Page" | "Question")
    )
}

/// What a group passes on: no Announce itself.
fn inner(activity: &Activity) -> Option<Activity> {
    activity.object.get("actor")?;
    let inner = Activity::read(activity.object.clone()).ok()?;
    (inner.kind != "Announce").then_some(inner)
}

/// What a moderator's word is about, or what takes it back: of another moderator's too, which undoes what the first one did.
fn moderated(activity: &Activity) -> Option<&str> {
    let (kind, object) = match activity.kind.as_str() {
        "Undo" => (activity.object_kind()?, activity.object.get("object")?),
        kind => (kind, &activity.object),
    };
    let is_deed = matches!(kind, "Lock" | "Block" | "Add" | "Remove");
    id_of(object).filter(|_| is_deed)
}

/// An entry of an index holds no more, and three addresses may be longer.
const LONGEST: usize = 1000;

/// The name, or what stands for it.
fn short(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    format!("{:x}", Sha256::digest(name.as_bytes()))
}

fn between(actor: &str, object: &str) -> String {
    format!("{actor} {object}")
}

/// Where a post waits, and changes of it, and its end.
pub(crate) fn lane_of_post(post: &str) -> String {
    short(post.to_owned())
}

/// Where what a group passes on about a post waits: what made it, changes of it, and its end.
pub(crate) fn lane_of_passed_on(group: &str, post: &str) -> String {
    short(between(group, post))
}

/// Activities of one lane that are looked through: more do not wait in earnest.
const LOOKED_THROUGH: i64 = 20;

/// Does something wait in this lane that brings the post, should that not be here? `from`: an address on the server that it has to come
/// from: others may put into a lane what they like.
pub(crate) async fn is_to_come(app: &App, lane: String, from: &str, post: &str) -> Result<bool> {
    let Some(host) = authority_of(from) else {
        return Ok(false);
    };
    let waiting = app
        .store
        .read(move |db| {
            Ok::<_, kontor_actions::Error>(inbox::waiting_in(
                db,
                (QUEUE, &lane),
                &host,
                LOOKED_THROUGH,
            )?)
        })
        .await?;
    Ok(waiting
        .iter()
        .filter_map(|received| serde_json::from_str(&received.body).ok())
        .filter_map(|value| Activity::read(value).ok())
        .any(|activity| brings(&activity, post)))
}

/// A change of what is not here is taken for its Create, and what was deleted comes back by an Undo. Who writes a post is on its server.
fn brings(activity: &Activity, post: &str) -> bool {
    let named = match activity.kind.as_str() {
        "Create" | "Update" => activity.object_id(),
        "Undo" if activity.object_kind() == Some("Delete") => {
            activity.object.get("object").and_then(id_of)
        }
        "Announce" => {
            return match inner(activity) {
                Some(inner) => brings(&inner, post),
                None => activity.object_id() == Some(post),
            };
        }
        _ => None,
    };
    named == Some(post) && same_authority(post, &activity.actor)
}

pub(crate) fn enqueue(app: &App, tx: &mut Tx<'_>, received: &Received, lane: &Lane) -> Result<()> {
    let lane = lane.name(tx)?;
    let place = Place {
        queue: QUEUE,
        lane: Some(&lane),
        share: Some(&received.host),
    };
    app.enqueue_for(tx, place, received.id.to_string())
}

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Inbox {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: federation.settings.inbox_workers,
        attempts: federation.settings.inbox_attempts,
        timeout: Duration::from_secs(30),
        backoff: Backoff {
            // Mostly a server that is there again in a moment.
            first: Duration::from_secs(1),
            most: Duration::from_secs(2 * 60 * 60),
        },
    }
}

struct Inbox {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Inbox {
    /// A flood from one host delays no other.
    fn order(&self) -> Order {
        Order::ByShare
    }

    /// Most jobs are a few milliseconds.
    fn ahead(&self) -> usize {
        self.federation.settings.inbox_workers.saturating_mul(3)
    }

    async fn run(&self, job: &Job) -> Outcome {
        let Ok(id) = job.payload.parse::<InboxId>() else {
            return Outcome::SetAside("the job names no activity".to_owned());
        };
        match Box::pin(self.act_on(job, id)).await {
            Ok(outcome) => outcome,
            Err(why) => Outcome::Later {
                after: None,
                why: why.to_string(),
            },
        }
    }
}

/// How an activity ends that was acted on.
pub(crate) const DONE: &str = "done";

impl Inbox {
    async fn act_on(&self, job: &Job, id: InboxId) -> Result<Outcome> {
        let found: Result<_> = self
            .app
            .store
            .read(move |db| {
                let Some(received) = inbox::by_id(db, id)? else {
                    return Ok(None);
                };
                let actor = kontor_store::accounts::by_uri(db, &received.actor_uri)?;
                Ok(Some((received, actor)))
            })
            .await;
        let (received, actor) = match found? {
            Some(found) if found.0.done_at.is_none() => found,
            _ => return Ok(Outcome::Done),
        };
        let mut body = self.federation.json(received.body.as_bytes());
        if let Ok(value) = &mut body {
            unnamed::complete(value, &received.actor_uri, &received.activity_uri);
        }
        let inside = match body
            .as_ref()
            .ok()
            .and_then(|value| Activity::read(value.clone()).ok())
        {
            Some(activity) => groups::plan(&self.app, &activity).await?,
            None => None,
        };
        let plan = match &body {
            Ok(value) => {
                let object = value.get("object").unwrap_or(&Value::Null);
                forwarding::plan(&self.app, value, object).await?
            }
            Err(_) => None,
        };
        let end = Arc::new(End {
            job: job.id,
            received,
            plan,
            inside,
            stale: actor
                .clone()
                .filter(|actor| refresh::is_due(&self.app, &self.federation.settings, actor)),
        });
        let mut turned_away = None;
        // What fails to the end is set aside with its reason, and can be listed and tried again.
        let ended = match self.act(body, actor, &end).await {
            Ok(false) => return Ok(Outcome::Finished),
            Ok(true) => DONE.to_owned(),
            Err(Ending::Later(why)) => return Ok(Outcome::Later { after: None, why }),
            Err(why) => {
                let words = why.to_string();
                if let Ending::TurnedAway { community, why } = why {
                    turned_away = Some((community, why));
                }
                words
            }
        };
        tracing::debug!(
            activity = end.received.activity_uri,
            outcome = ended,
            "an activity was taken in"
        );
        Ok(steps::finish_with(&self.app, job, move |app, tx| {
            end.say(app, tx, &ended, groups::Came::In)?;
            match &turned_away {
                Some((community, why)) => {
                    groups::turn_away(app, tx, &end.received, (*community, why.as_str()))
                }
                None => Ok(()),
            }
        })
        .await)
    }

    /// `false`: its end has been written.
    async fn act(
        &self,
        body: std::result::Result<Value, String>,
        actor: Option<Account>,
        end: &Arc<End>,
    ) -> std::result::Result<bool, Ending> {
        let activity = Activity::read(body.map_err(Ending::Refused)?)?;
        let Some(actor) = actor.filter(|actor| activity.may_be_said_by(actor)) else {
            return Err(Ending::Refused(
                "the actor is not known here any more".to_owned(),
            ));
        };
        let context = Context {
            app: &self.app,
            federation: &self.federation,
            actor,
            budget: Budget::new(&self.federation.settings),
            end: Some(end.clone()),
            has_ended: AtomicBool::new(false),
        };
        activities::receive(&context, &activity).await?;
        Ok(!context.has_ended.into_inner())
    }
}

/// What is written when an activity has been acted on.
pub(crate) struct End {
    job: JobId,
    received: Received,
    plan: Option<Plan>,
    /// A community of ours passes it on.
    inside: Option<groups::Plan>,
    /// The actor, if it is time to read it anew.
    stale: Option<Account>,
}

impl End {
    pub(crate) fn came_at(&self) -> Time {
        self.received.received_at
    }

    /// The community of ours that it is for by its words alone.
    pub(crate) fn is_by_words_for(&self) -> Option<AccountId> {
        let plan = self.inside.as_ref();
        plan.filter(|plan| plan.is_by_words()).map(groups::Plan::of)
    }

    /// In that transaction, before the deed.
    pub(crate) fn introduce(&self, app: &App, tx: &mut Tx<'_>) -> Result<()> {
        match &self.inside {
            Some(plan) => groups::introduce(app, tx, plan, &self.received.host),
            None => Ok(()),
        }
    }

    /// In the transaction of the deed itself.
    pub(crate) fn write(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        ended: &str,
        came: groups::Came,
    ) -> Result<()> {
        self.say(app, tx, ended, came)?;
        if jobs::finish(tx, self.job)? {
            Ok(())
        } else {
            // Another process did it, after our lease.
            Err(Error::Gone)
        }
    }

    fn say(&self, app: &App, tx: &mut Tx<'_>, ended: &str, came: groups::Came) -> Result<()> {
        inbox::finish(tx, self.received.id, ended, app.now())?;
        if let Some(plan) = self.plan.as_ref().filter(|_| ended == DONE) {
            forwarding::apply(app, tx, &self.received, plan)?;
        }
        if let Some(plan) = self.inside.as_ref().filter(|_| ended == DONE) {
            groups::relay(app, tx, &self.received, plan, came)?;
        }
        match &self.stale {
            // It may have been deleted by this very activity.
            Some(actor) if kontor_store::accounts::by_id(tx, actor.id)?.is_some() => {
                refresh::enqueue(app, tx, actor)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn lane(value: Value) -> Lane {
        let mut value = value;
        value["id"] = json!("https://a.test/activities/1");
        value["actor"] = json!("https://a.test/users/ann");
        Lane::of(&Activity::read(value).unwrap())
    }

    fn named(name: &str) -> Lane {
        Lane::Named(name.to_owned())
    }

    #[test]
    fn what_a_post_comes_by_and_what_it_does_not() {
        let note = "https://a.test/notes/1";
        let by = |actor: &str, kind: &str, object: Value| json!({"id": format!("{actor}/{kind}"), "type": kind, "actor": actor, "object": object});
        let ann = |kind: &str, object: Value| by("https://a.test/users/ann", kind, object);
        let group = |object: Value| by("https://b.test/c/bees", "Announce", object);
        let brings = |value: &Value| brings(&Activity::read(value.clone()).unwrap(), note);
        let whole = json!({"id": note, "type": "Note"});
        let undo = ann("Undo", ann("Delete", json!(note)));
        for value in [
            ann("Create", whole.clone()),
            ann("Update", whole.clone()),
            undo,
            group(json!(note)),
            group(whole.clone()),
        ] {
            assert!(brings(&value), "{value}");
            assert!(
                brings(&group(value.clone())) || value["type"] == "Announce",
                "{value}"
            );
        }
        for value in [
            ann("Delete", json!(note)),
            ann(
                "Create",
                json!({"id": "https://a.test/notes/2", "type": "Note", "inReplyTo": note}),
            ),
            by("https://b.test/users/bob", "Create", whole),
            ann("Undo", ann("Like", json!(note))),
            ann("Like", json!(note)),
        ] {
            assert!(!brings(&value), "{value}");
            assert!(!brings(&group(value.clone())), "{value}");
        }
    }

    #[test]
    fn what_speaks_of_one_thing_shares_a_lane() {
        let note = "https://a.test/notes/1";
        for value in [
            json!({"type": "Create", "object": {"id": note, "type": "Note"}}),
            json!({"type": "Update", "object": {"id": note, "type": "Note"}}),
            json!({"type": "Delete", "object": {"id": note, "type": "Tombstone"}}),
            json!({"type": "Delete", "object": note}),
            json!({"type": "Undo", "object": {"id": "https://a.test/deletes/1", "type": "Delete", "actor": "https://a.test/users/ann", "object": note}}),
        ] {
            assert_eq!(lane(value), named(note));
        }
        assert_eq!(
            lane(
                json!({"type": "Update", "object": {"id": "https://a.test/users/ann", "type": "Person"}})
            ),
            named("https://a.test/users/ann")
        );
        let about = |kind: &str, object: Value| json!({"type": "Announce", "object": {"id": format!("https://b.test/{kind}"), "type": kind, "actor": "https://b.test/users/bob", "object": object}});
        let passed_on = named(&format!("https://a.test/users/ann {note}"));
        for value in [
            about("Create", json!({"id": note, "type": "Page"})),
            about("Update", json!({"id": note, "type": "Page"})),
            about("Delete", json!(note)),
        ] {
            assert_eq!(lane(value), passed_on);
        }
        assert_eq!(lane(json!({"type": "Announce", "object": note})), passed_on);
        // An older Reject does not overtake what tells that the group has it after all.
        for object in [
            json!({"id": "https://b.test/1", "type": "Create", "actor": "https://b.test/users/bob", "object": note}),
            json!({"id": "https://b.test/2", "type": "Update", "object": {"id": note}}),
            json!({"id": note, "type": "Page"}),
        ] {
            let reject = json!({"type": "Reject", "object": object});
            assert_eq!(lane(reject), passed_on);
        }
        assert_eq!(
            lane(about("Like", json!(note))),
            named(&format!(
                "https://a.test/users/ann https://b.test/users/bob {note}"
            ))
        );
        let bob = "https://here.test/users/2";
        let two = named("https://a.test/users/ann https://here.test/users/2");
        let follow = json!({"id": "https://a.test/follows/1", "type": "Follow", "actor": "https://a.test/users/ann", "object": bob});
        assert_eq!(lane(json!({"type": "Follow", "object": bob})), two);
        assert_eq!(lane(json!({"type": "Undo", "object": follow})), two);
        assert_ne!(
            lane(json!({"type": "Follow", "object": "https://here.test/users/3"})),
            two
        );
        assert_eq!(
            lane(json!({"type": "Undo", "object": "https://a.test/follows/1"})),
            Lane::Of("https://a.test/follows/1".to_owned())
        );
    }

    #[test]
    fn what_moderators_do_to_one_thing_shares_a_lane() {
        let by = |actor: &str, kind: &str, object: Value| json!({"id": format!("{actor}/{kind}"), "type": kind, "actor": actor, "object": object});
        let (bob, cat) = ("https://b.test/users/bob", "https://c.test/users/cat");
        let announced = |inner: Value| lane(json!({"type": "Announce", "object": inner}));
        for about in ["https://a.test/notes/1", "https://a.test/users/eve"] {
            let one = named(&format!("https://a.test/users/ann {about}"));
            for kind in ["Lock", "Block", "Add", "Remove"] {
                assert_eq!(announced(by(bob, kind, json!(about))), one, "{kind}");
                let undo = by(cat, "Undo", by(cat, kind, json!(about)));
                assert_eq!(announced(undo), one, "Undo of {kind}");
            }
        }
    }
}
