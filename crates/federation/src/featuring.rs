//! Collections of accounts across servers (FEP-7aa9): ours are served with the leave of whoever is in them, those of peers are read
//! from their own servers, and each leave from the server of whom it is about.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, HttpResponse, web::Data, web::Path};
use kontor_actions::{
    App, Error, Result,
    accounts::{self, Account},
    collections::{self, Collection, Item, WithAccounts},
    featuring::{self, RemoteCollection, RemoteItem},
};
use kontor_domain::{
    audience::Viewer,
    collection::ItemState,
    ids::{AccountId, CollectionId, CollectionItemId},
    site::same_authority,
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{Tx, jobs};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Federation,
    documents::{admit, keep, local_account},
    fetch::{self, Budget, Failure, Memory},
    negotiation::answer,
    objects::{
        self,
        collection::{self as shapes, Entry},
        loose::id_of,
    },
    problem::Problem,
};

type Answer = std::result::Result<HttpResponse, Problem>;

const QUEUE: &str = "featured_collections";

/// Pages of one list that are read.
const PAGES: usize = 5;

/// A collection of ours that is to be read by anybody.
async fn ours(app: &App, id: &str) -> std::result::Result<WithAccounts, Problem> {
    let id: CollectionId = id.parse().map_err(|_| Problem::not_found())?;
    let found = collections::get(app, Viewer::Anyone, id).await?;
    if found.view.collection.is_local() {
        Ok(found)
    } else {
        Err(Problem::not_found())
    }
}

/// `GET /users/{id}/collections`: those that others are to come upon.
pub(crate) async fn listed(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    admit(&app, &federation, &request).await?;
    let account = local_account(&app, &id).await?;
    let ids = featuring::listed(&app, account.id).await?;
    let uris: Vec<String> = ids.into_iter().map(|id| app.site.collection(id)).collect();
    let list = json!({
        "id": app.site.collections_of(account.id),
        "type": "OrderedCollection",
        "attributedTo": account.uri,
        "totalItems": uris.len(),
        "orderedItems": uris,
    });
    answer(&request, &objects::document(list), keep(&federation, true))
}

/// `GET /collections/{id}`
pub(crate) async fn collection(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    admit(&app, &federation, &request).await?;
    let found = ours(&app, &id).await?;
    let body = shapes::featured(&app, &found).ok_or_else(Problem::not_found)?;
    answer(&request, &objects::document(body), keep(&federation, true))
}

/// `GET /collections/{id}/items/{item}`
pub(crate) async fn item(
    request: HttpRequest,
    path: Path<(String, String)>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    admit(&app, &federation, &request).await?;
    let (id, item) = path.into_inner();
    let item: CollectionItemId = item.parse().map_err(|_| Problem::not_found())?;
    let found = ours(&app, &id).await?;
    let mut items = found.view.items.iter();
    let item = items
        .find(|one| one.id == item)
        .ok_or_else(Problem::not_found)?;
    let mut people = found.accounts.iter();
    let account = people
        .find(|one| one.id == item.account_id)
        .ok_or_else(Problem::not_found)?;
    let body = shapes::item(&app, &found.view.collection, item, account);
    answer(&request, &objects::document(body), keep(&federation, true))
}

/// `GET /feature_authorizations/{id}`: the leave of somebody here to be in a collection, wherever that is.
pub(crate) async fn authorization(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    admit(&app, &federation, &request).await?;
    let id: CollectionItemId = id.parse().map_err(|_| Problem::not_found())?;
    let (collection, account) = featuring::stamped(&app, id).await?;
    let body = shapes::authorization(&app, id, &collection, &account.uri);
    answer(&request, &objects::document(body), keep(&federation, true))
}

/// What is to be read of an account of another server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ask {
    account: AccountId,
    /// `None`: all that it lists.
    collection: Option<String>,
}

impl Ask {
    pub(crate) fn all(account: AccountId) -> Self {
        Self {
            account,
            collection: None,
        }
    }

    pub(crate) fn one(account: AccountId, collection: String) -> Self {
        Self {
            account,
            collection: Some(collection),
        }
    }
}

/// Each waits once, beside one that is being read.
pub(crate) fn enqueue(app: &App, tx: &mut Tx<'_>, ask: &Ask) -> Result<()> {
    let lane = match &ask.collection {
        None => ask.account.to_string(),
        Some(uri) => format!("{} {uri}", ask.account),
    };
    let payload = serde_json::to_string(ask).map_err(|why| Error::Broken(why.to_string()))?;
    if jobs::count_in_lane(tx, QUEUE, &lane)? > 1 {
        return Ok(());
    }
    app.enqueue(tx, QUEUE, Some(&lane), payload)
}

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Reading {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: 2,
        attempts: 3,
        timeout: Duration::from_secs(180),
        backoff: Backoff {
            first: Duration::from_secs(60),
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Reading {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Reading {
    async fn run(&self, job: &Job) -> Outcome {
        let ask: Ask = match serde_json::from_str(&job.payload) {
            Ok(ask) => ask,
            Err(why) => return Outcome::SetAside(why.to_string()),
        };
        fetch::outcome(self.read(&ask).await, &job.payload)
    }
}

impl Reading {
    async fn read(&self, ask: &Ask) -> std::result::Result<(), Failure> {
        let (app, federation) = (&self.app, &self.federation);
        let owner = match accounts::get(app, ask.account).await {
            Err(Error::NotFound) => return Ok(()),
            other => other?,
        };
        if owner.is_local() || owner.suspended_at.is_some() {
            return Ok(());
        }
        let limits = &app.settings.limits;
        let most = usize::try_from(limits.remote_collection_accounts).unwrap_or_default();
        // An account that is new here costs its document, its WebFinger and its leave.
        let budget = || Budget::of(most.saturating_mul(3).saturating_add(8));
        if let Some(uri) = &ask.collection {
            return federation
                .read_collection(app, &owner, uri, &budget())
                .await;
        }
        let Some(list) = &owner.featured_collections_url else {
            return Ok(());
        };
        let many = usize::try_from(limits.remote_collections).unwrap_or_default();
        let found = federation
            .list_of(
                app,
                list,
                (PAGES, many),
                Memory::Long,
                &budget(),
                shapes::entries,
            )
            .await?;
        for uri in found.iter().filter_map(id_of) {
            if let Err(why) = federation
                .read_collection(app, &owner, uri, &budget())
                .await
            {
                tracing::debug!(uri, reason = %why, "a collection stays unknown");
            }
        }
        Ok(())
    }
}

impl Federation {
    /// What a collection's own server says of it, and the document. Its owner must be on that server.
    pub(crate) async fn collection_document(
        &self,
        app: &App,
        owner: &Account,
        uri: &str,
        budget: &Budget,
    ) -> std::result::Result<(RemoteCollection, Value), Failure> {
        if !same_authority(uri, &owner.uri) || app.site.owns_str(uri) {
            return Err(Failure::unusable(
                "a collection is on another server than its owner",
            ));
        }
        let document = self.document_at(app, uri, Memory::None, budget).await?;
        let said = shapes::read(&document.value, uri, &owner.uri)?;
        Ok((said, document.value))
    }

    /// Reads a collection of another server with everybody in it. One that is gone there is gone here.
    pub(crate) async fn read_collection(
        &self,
        app: &App,
        owner: &Account,
        uri: &str,
        budget: &Budget,
    ) -> std::result::Result<(), Failure> {
        let (said, document) = match self.collection_document(app, owner, uri, budget).await {
            Err(why) if why.is_absence() => {
                featuring::forget(app, owner.id, uri.to_owned()).await?;
                return Ok(());
            }
            other => other?,
        };
        let most = app.settings.limits.remote_collection_accounts;
        let most = usize::try_from(most).unwrap_or_default();
        let mut entries = shapes::entries(&document, uri);
        if entries.is_empty() && document.get("first").is_some() {
            entries = self
                .list_of(
                    app,
                    uri,
                    (PAGES, most),
                    Memory::Long,
                    budget,
                    shapes::entries,
                )
                .await?;
        }
        let known = featuring::known(app, uri.to_owned()).await?;
        let known = known.map(|(_, items)| items).unwrap_or_default();
        let mut items = Vec::new();
        for value in entries.iter().take(most) {
            match self.featured_item(app, uri, value, &known, budget).await {
                Ok(found) => items.extend(found),
                // What is known costs nothing, so it goes on.
                Err(why) => {
                    tracing::debug!(collection = uri, reason = %why, "somebody in it stays unknown");
                }
            }
        }
        featuring::keep(app, owner.id, said, Some(items)).await?;
        Ok(())
    }

    /// Somebody in a collection of another server, if they gave leave. `None`: it is nobody, or they did not.
    async fn featured_item(
        &self,
        app: &App,
        collection: &str,
        value: &Value,
        known: &[Item],
        budget: &Budget,
    ) -> std::result::Result<Option<RemoteItem>, Failure> {
        let fetched;
        let value = match value {
            Value::String(uri) if same_authority(uri, collection) => {
                fetched = self.document_at(app, uri, Memory::Long, budget).await?;
                &fetched.value
            }
            other => other,
        };
        let Some(entry) = shapes::entry(value, collection) else {
            return Ok(None);
        };
        let Entry {
            uri,
            account,
            authorization,
            published,
        } = entry;
        let named = |account: AccountId, stamp: Option<String>| {
            Ok(Some(RemoteItem {
                uri: uri.clone(),
                account,
                stamp,
                published,
            }))
        };
        if app.site.owns_str(&account) {
            return match app.site.actor_id(&account) {
                Some(id) => named(id, None),
                None => Ok(None),
            };
        }
        let Some(stamp) = authorization else {
            return Ok(None);
        };
        let stands = known.iter().find(|item| {
            item.state == ItemState::Accepted
                && item.uri.as_ref() == Some(&uri)
                && item.stamp_uri.as_ref() == Some(&stamp)
        });
        if let Some(item) = stands {
            return named(item.account_id, Some(stamp));
        }
        let good = self
            .feature_stamp(app, &stamp, collection, &account, budget)
            .await?;
        let Some(stamp) = good else {
            return Ok(None);
        };
        let account = self.account(app, &account, budget).await?;
        named(account.id, Some(stamp))
    }

    /// Asks for a leave at its own server, which must be the account's. `None`: it does not say that `account` may be in
    /// `collection`.
    pub(crate) async fn feature_stamp(
        &self,
        app: &App,
        stamp: &str,
        collection: &str,
        account: &str,
        budget: &Budget,
    ) -> std::result::Result<Option<String>, Failure> {
        if !same_authority(stamp, account) || app.site.owns_str(stamp) {
            return Ok(None);
        }
        let document = self.document_at(app, stamp, Memory::Short, budget).await?;
        let named = |name: &str| document.value.get(name).and_then(id_of);
        let good = shapes::is_a(&document.value, "FeatureAuthorization")
            && named("interactingObject") == Some(collection)
            && named("interactionTarget") == Some(account)
            && named("attributedTo").is_none_or(|by| by == account);
        Ok(good.then(|| stamp.to_owned()))
    }

    /// The collection that somebody elsewhere speaks of, kept without those who are in it.
    pub(crate) async fn kept_collection(
        &self,
        app: &App,
        owner: &Account,
        uri: &str,
        budget: &Budget,
    ) -> std::result::Result<Collection, Failure> {
        let (said, _) = self.collection_document(app, owner, uri, budget).await?;
        Ok(featuring::keep(app, owner.id, said, None).await?)
    }
}
