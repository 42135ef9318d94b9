//! Somebody here begins to follow an account that nobody here followed before: its latest and its featured posts are fetched, so
//! that its profile is not empty. They are old, so nobody is told of them.

use std::{sync::Arc, time::Duration};

use kontor_actions::{
    App, Error, Result,
    accounts::{self, Account},
};
use kontor_domain::{
    community::Access,
    ids::{AccountId, FollowId, PostId},
    time,
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{Tx, communities, first_sights, follows, posts};
use serde_json::Value;

use crate::{
    Federation,
    backfill::{Entry, missing},
    featuring,
    fetch::{self, Budget, Failure},
    groups,
};

const QUEUE: &str = "first_sights";

/// With the follow that makes it known, in the transaction that asks for the follow.
pub(crate) fn enqueue(app: &App, tx: &mut Tx<'_>, follow: FollowId) -> Result<()> {
    let Some(follow) = follows::by_id(tx, follow)? else {
        return Ok(());
    };
    let target = kontor_store::accounts::by_id(tx, follow.target_id)?;
    if target.is_none_or(|target| target.is_local())
        || !first_sights::insert_if_new(tx, follow.target_id, app.now())?
    {
        return Ok(());
    }
    look(app, tx, follow.target_id)
}

/// With the first answer that lets somebody here into a private community: what it shows can be read from here only since.
pub(crate) fn enter(app: &App, tx: &mut Tx<'_>, follow: FollowId) -> Result<()> {
    let Some(follow) = follows::by_id(tx, follow)? else {
        return Ok(());
    };
    let id = follow.target_id;
    let closed = communities::by_id(tx, id)?.is_some_and(|known| known.access == Access::Private);
    let target = kontor_store::accounts::by_id(tx, id)?;
    if !closed
        || target.is_none_or(|target| target.is_local())
        || !first_sights::enter(tx, id, app.now())?
    {
        return Ok(());
    }
    look(app, tx, id)
}

fn look(app: &App, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    let lane = account.to_string();
    app.enqueue(tx, QUEUE, Some(&lane), lane.clone())
}

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Sights {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: 2,
        attempts: 3,
        timeout: Duration::from_secs(120),
        backoff: Backoff {
            first: Duration::from_secs(60),
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Sights {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Sights {
    async fn run(&self, job: &Job) -> Outcome {
        let Ok(id) = job.payload.parse::<AccountId>() else {
            return Outcome::SetAside("the job names no account".to_owned());
        };
        fetch::outcome(self.take(id).await, &job.payload)
    }
}

impl Sights {
    async fn take(&self, id: AccountId) -> std::result::Result<(), Failure> {
        let account = match accounts::get(&self.app, id).await {
            Err(Error::NotFound) => return Ok(()),
            other => other?,
        };
        let most = self.federation.settings.first_posts;
        let budget = Budget::of(most * 2 + 8);
        match self.featured(&account, &budget).await {
            Ok(posts) => kontor_actions::pins::replace(&self.app, account.id, posts).await?,
            Err(why) => {
                tracing::debug!(account = account.uri, reason = %why, "featured posts stay unknown");
            }
        }
        self.federation
            .read_moderators(&self.app, &account, &budget)
            .await;
        if account.featured_collections_url.is_some() {
            let app = self.app.clone();
            let asked: Result<()> = self
                .app
                .store
                .write(move |tx| featuring::enqueue(&app, tx, &featuring::Ask::all(id)))
                .await;
            asked?;
        }
        if account.outbox_url.is_empty() {
            return Ok(());
        }
        if let Some(community) = groups::elsewhere(&self.app, account.id).await? {
            let id = account.id;
            let inside: Result<_> = self
                .app
                .store
                .read(move |db| Ok(first_sights::inside_at(db, id)?))
                .await;
            let which = (account.outbox_url.as_str(), inside?);
            return self
                .federation
                .read_group(&self.app, &community, which, &budget)
                .await;
        }
        // The collection itself and its first page.
        let entries = self
            .federation
            .list(&self.app, &account.outbox_url, 2, most, &budget)
            .await?;
        self.keep(&account, entries, &budget).await?;
        Ok(())
    }

    /// The posts that an account shows first, in its order.
    async fn featured(
        &self,
        account: &Account,
        budget: &Budget,
    ) -> std::result::Result<Vec<PostId>, Failure> {
        let Some(url) = &account.featured_url else {
            return Ok(Vec::new());
        };
        let most = self.federation.settings.first_posts;
        let entries = self
            .federation
            .list(&self.app, url, 2, most, budget)
            .await?;
        let uris: Vec<String> = entries.iter().map(|entry| entry.uri.clone()).collect();
        match groups::elsewhere(&self.app, account.id).await? {
            Some(community) => {
                let (app, federation) = (&self.app, &self.federation);
                federation
                    .gather_in(app, &community, entries, budget)
                    .await?;
            }
            None => self.keep_all(account, entries, budget).await?,
        }
        let author = account.id;
        let found: Result<Vec<PostId>> = self
            .app
            .store
            .read(move |db| {
                let uris: Vec<&str> = uris.iter().map(String::as_str).collect();
                let known = posts::stubs_by_uris(db, &uris)?;
                let of = |uri: &&str| {
                    known
                        .iter()
                        .find(|stub| {
                            stub.uri == *uri
                                && (stub.account_id == author || stub.community_id == Some(author))
                        })
                        .map(|stub| stub.id)
                };
                Ok(uris.iter().filter_map(of).collect())
            })
            .await;
        Ok(found?)
    }

    /// Those of the account itself that are young enough.
    async fn keep(
        &self,
        account: &Account,
        entries: Vec<Entry>,
        budget: &Budget,
    ) -> std::result::Result<(), Failure> {
        let age = chrono::Duration::from_std(self.federation.settings.first_posts_age)
            .unwrap_or(chrono::Duration::days(90));
        let oldest = self.app.now() - age;
        let young = |entry: &Entry| {
            let published = entry
                .embedded
                .as_ref()
                .and_then(|value| value.get("published"))
                .and_then(Value::as_str)
                .and_then(time::parse);
            published.is_none_or(|published| published >= oldest)
        };
        let entries = entries.into_iter().filter(young).collect();
        self.keep_all(account, entries, budget).await
    }

    async fn keep_all(
        &self,
        account: &Account,
        entries: Vec<Entry>,
        budget: &Budget,
    ) -> std::result::Result<(), Failure> {
        // A list names what it will; only what is the account's own is its profile.
        let own = entries
            .into_iter()
            .filter(|entry| kontor_domain::site::same_authority(&entry.uri, &account.uri))
            .collect();
        for entry in missing(&self.app, own).await? {
            match self.federation.gather(&self.app, entry, budget).await {
                Err(Failure::OverBudget) => break,
                Err(why) => tracing::debug!(reason = %why, "a post of a profile stays unknown"),
                Ok(_) => {}
            }
        }
        Ok(())
    }
}
