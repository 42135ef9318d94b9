//! Activities that somebody passes on who is not their actor (ActivityPub 7.1.2). One that carries a good proof of its actor's is
//! taken as if its actor had sent it; of another, what it speaks of is asked of its own server. Passing on is in `forwarding`.

use std::{sync::Arc, time::Duration};

use kontor_actions::{
    App, Result,
    accounts::Account,
    communities::Source,
    posts::{self, Arrival},
};
use kontor_domain::site::same_authority;
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::posts::Stub;
use serde_json::Value;

use crate::{
    Federation,
    activities::Activity,
    fetch::{self, Budget, Document, Failure, Memory},
    keys::Unverified,
    objects::note::IncomingNote,
    proof::Proof,
    signature::KeyId,
};

/// Addresses that are read again at their own server.
pub(crate) const QUEUE: &str = "rereads";

impl Federation {
    /// The account that the activity's proof is of. `None`: it has none of the kind that is known here.
    pub(crate) async fn prover(
        &self,
        app: &App,
        activity: &Activity,
        value: &Value,
    ) -> std::result::Result<Option<Account>, Unverified> {
        let Some(proof) = Proof::find(value) else {
            return Ok(None);
        };
        if !same_authority(&proof.method, &activity.actor) {
            return Err(Unverified::Unauthorized(
                "the proof is made with a key of another server than the actor's".to_owned(),
            ));
        }
        let key_id = KeyId::parse(&proof.method)?;
        let account = self
            .with_key(app, &key_id, &proof.method, |key| proof.verify(key))
            .await?;
        if account.uri == activity.actor {
            Ok(Some(account))
        } else {
            Err(Unverified::Unauthorized(
                "the proof is not that of `actor`".to_owned(),
            ))
        }
    }

    /// Takes what an activity without a proof speaks of as a hint, if it is about something known here. `false`: it is not.
    pub(crate) async fn hinted(&self, app: &App, activity: &Activity) -> Result<bool> {
        if !matches!(activity.kind.as_str(), "Create" | "Update" | "Delete") {
            return Ok(false);
        }
        let Some(object) = activity.object_id().map(ToOwned::to_owned) else {
            return Ok(false);
        };
        if !same_authority(&object, &activity.actor) {
            return Ok(false);
        }
        let parent = activity
            .object
            .get("inReplyTo")
            .and_then(crate::objects::loose::id_of)
            .map(ToOwned::to_owned);
        let known = {
            let object = object.clone();
            let found: Result<bool> = app
                .store
                .read(move |db| {
                    let mut known = kontor_store::posts::stub_by_uri(db, &object)?.is_some();
                    if let Some(parent) = parent {
                        known |= kontor_store::posts::stub_by_uri(db, &parent)?.is_some();
                    }
                    Ok(known)
                })
                .await;
            found?
        };
        let may_ask =
            kontor_domain::site::authority_of(&object).is_some_and(|host| self.keys.may_ask(&host));
        if known && may_ask {
            let this = app.clone();
            app.store
                .write(move |tx| this.enqueue(tx, QUEUE, Some(&object), object.clone()))
                .await?;
        }
        Ok(known)
    }
}

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Rereads {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: 2,
        attempts: 4,
        timeout: Duration::from_secs(30),
        backoff: Backoff {
            first: Duration::from_secs(30),
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Rereads {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Rereads {
    async fn run(&self, job: &Job) -> Outcome {
        fetch::outcome(self.read_again(&job.payload).await, &job.payload)
    }
}

impl Rereads {
    async fn read_again(&self, uri: &str) -> std::result::Result<(), Failure> {
        let (app, federation) = (&self.app, &self.federation);
        let budget = Budget::new(&federation.settings);
        let name = uri.to_owned();
        let known: Result<Option<Stub>> = app
            .store
            .read(move |db| Ok(kontor_store::posts::stub_by_uri(db, &name)?))
            .await;
        let known = known?;
        let document = federation
            .document_at(app, uri, Memory::None, &budget)
            .await;
        match (document, known) {
            (Err(why), Some(known)) if why.is_absence() => {
                posts::delete_by_uri(app, known.account_id, uri.to_owned()).await?;
                Ok(())
            }
            (Err(why), _) => Err(why),
            (Ok(Document { value, .. }), None) => {
                let note = IncomingNote::read(value)?;
                federation
                    .keep_post(app, &note, 0, Arrival::Fetched, &budget)
                    .await
                    .map(drop)
            }
            (Ok(Document { value, .. }), Some(known)) => {
                let note = IncomingNote::read(value)?;
                let author = kontor_actions::accounts::get(app, known.account_id).await?;
                if note.check()?.author != author.uri {
                    return Err(Failure::unusable("its author is another one now"));
                }
                let revised = federation
                    .prepare_edit(app, &note, &author, &budget)
                    .await?;
                Ok(
                    posts::revise(app, author.id, known.id, revised, Source::Peer)
                        .await
                        .map(drop)?,
                )
            }
        }
    }
}
