//! Followers synchronisation (FEP-8fcf): with what only followers get, each server is told a digest of those of its people whom we
//! believe to follow, and asks for the list if it believes otherwise. So follows that one side lost do not stay for ever.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use activitypub_federation::kinds::collection::OrderedCollectionType;
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data, web::Path};
use kontor_actions::{
    App, Result,
    accounts::{self, Account},
    follows,
};
use kontor_domain::{
    audience::Viewer,
    ids::AccountId,
    site::{self, same_authority},
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_net::Url;
use moka::sync::Cache;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    Federation,
    documents::local_account,
    fetch::{self, Budget, Failure, Memory},
    negotiation::{Keep, answer},
    objects::{self, PUBLIC, loose::id_of},
    problem::Problem,
    signature::{Headers, Signature},
};

pub(crate) const HEADER: &str = "collection-synchronization";
pub(crate) const QUEUE: &str = "synchronisation";

/// One account's list is asked for no more often.
const EVERY: Duration = Duration::from_secs(60 * 60);
const ACCOUNTS: u64 = 50_000;
/// A longer list is not read: so many people here follow nobody.
const LONGEST: usize = 100_000;

pub(crate) struct Asked(Cache<String, ()>);

impl Default for Asked {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(ACCOUNTS)
                .time_to_live(EVERY)
                .build(),
        )
    }
}

/// The digest of a set of ids: each hashed, and the hashes added bit by bit, so that their order does not matter.
fn digest<'a>(uris: impl IntoIterator<Item = &'a String>) -> String {
    let mut sum = [0_u8; 32];
    for uri in uris {
        for (byte, hashed) in sum.iter_mut().zip(Sha256::digest(uri.as_bytes())) {
            *byte ^= hashed;
        }
    }
    sum.iter().fold(String::new(), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
        text
    })
}

fn base(address: &Url) -> Option<String> {
    Some(format!(
        "{}://{}",
        address.scheme(),
        site::authority(address)?
    ))
}

fn place(account: &Account) -> String {
    format!("{}_synchronization", account.followers_url)
}

/// The collections of followers that an activity is for and nobody else: looked for once, however many it is delivered to.
pub(crate) fn closed_to(body: &str) -> Vec<String> {
    if body.contains(PUBLIC) || !body.contains("/followers") {
        return Vec::new();
    }
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    ["to", "cc"]
        .iter()
        .filter_map(|name| value.get(*name))
        .flat_map(|named| match named {
            Value::Array(many) => many.as_slice(),
            one => std::slice::from_ref(one),
        })
        .filter_map(id_of)
        .filter(|address| address.ends_with("/followers"))
        .map(ToOwned::to_owned)
        .collect()
}

/// What goes with a delivery to an inbox, if the activity is for the followers of its sender alone.
pub(crate) async fn header(
    app: &App,
    sender: kontor_domain::ids::AccountId,
    closed_to: &[String],
    inbox: &Url,
) -> Result<Option<String>> {
    if closed_to.is_empty() {
        return Ok(None);
    }
    let account = accounts::get(app, sender).await?;
    let addressed = closed_to.contains(&account.followers_url);
    let (true, Some(base)) = (addressed && account.is_local(), base(inbox)) else {
        return Ok(None);
    };
    let uris: Result<_> = app
        .store
        .read(move |db| Ok(kontor_store::follows::follower_uris_on(db, sender, &base)?))
        .await;
    Ok(Some(format!(
        r#"collectionId="{}", url="{}", digest="{}""#,
        account.followers_url,
        place(&account),
        digest(&uris?)
    )))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Followers {
    id: String,
    #[serde(rename = "type")]
    kind: OrderedCollectionType,
    ordered_items: Vec<String>,
}

/// `GET /users/{id}/followers_synchronization`: to each server, its own people.
pub(crate) async fn followers(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> std::result::Result<HttpResponse, Problem> {
    let account = local_account(&app, &id).await?;
    let reader = match federation.verify_get(&app, &request).await {
        Ok(Viewer::Account(reader)) => accounts::get(&app, reader).await?,
        Ok(Viewer::Anyone) => {
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "each server is told of its own people alone, so it must sign",
            ));
        }
        Err(why) => return Err(Problem::new(StatusCode::UNAUTHORIZED, why.to_string())),
    };
    let base = Url::parse(&reader.uri)
        .ok()
        .and_then(|url| base(&url))
        .ok_or_else(Problem::not_found)?;
    let target = account.id;
    let uris: Result<_> = app
        .store
        .read(move |db| Ok(kontor_store::follows::follower_uris_on(db, target, &base)?))
        .await;
    answer(
        &request,
        &objects::document(Followers {
            id: place(&account),
            kind: OrderedCollectionType::OrderedCollection,
            ordered_items: uris?,
        }),
        Keep::Nobody,
    )
}

/// What a server says of its account's followers here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    collection: String,
    url: String,
    digest: String,
}

impl Said {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut said = Self::default();
        for part in text.split(',') {
            let (name, value) = part.trim().split_once('=')?;
            let value = value
                .trim()
                .strip_prefix('"')?
                .strip_suffix('"')?
                .to_owned();
            match name.trim() {
                "collectionId" => said.collection = value,
                "url" => said.url = value,
                "digest" => said.digest = value,
                _ => {}
            }
        }
        Some(said)
    }
}

/// Looks at what came with an activity of this actor, whose signature is good. If the two sides differ, the list is asked for.
pub(crate) async fn heard(
    app: &App,
    federation: &Federation,
    actor: AccountId,
    headers: &Headers<'_>,
) -> Result<()> {
    let Some(value) = headers
        .get(HEADER)
        .and_then(|value| String::from_utf8(value).ok())
    else {
        return Ok(());
    };
    let actor = &accounts::get(app, actor).await?;
    let signed = Signature::from_headers(headers).is_ok_and(|signature| signature.covers(HEADER));
    let Some(said) = Said::read(&value).filter(|said| {
        signed && said.collection == actor.followers_url && same_authority(&said.url, &actor.uri)
    }) else {
        return Ok(());
    };
    let uris = ours(app, actor).await?;
    if digest(&uris) == said.digest.to_ascii_lowercase()
        || !federation
            .asked
            .0
            .entry_by_ref(&actor.uri)
            .or_insert(())
            .is_fresh()
    {
        return Ok(());
    }
    let (this, payload) = (app.clone(), format!("{} {}", actor.id, said.url));
    let lane = actor.uri.clone();
    app.store
        .write(move |tx| this.enqueue(tx, QUEUE, Some(&lane), payload.clone()))
        .await
}

/// The ids of those here who follow it, as we believe.
async fn ours(app: &App, actor: &Account) -> Result<BTreeSet<String>> {
    let (target, base) = (actor.id, app.site.base());
    app.store
        .read(move |db| {
            Ok(kontor_store::follows::follower_uris_on(db, target, &base)?
                .into_iter()
                .collect())
        })
        .await
}

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Lists {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: 1,
        attempts: 3,
        timeout: Duration::from_secs(60),
        backoff: Backoff {
            first: Duration::from_secs(60),
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Lists {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Lists {
    async fn run(&self, job: &Job) -> Outcome {
        let parts = job.payload.split_once(' ');
        let Some((Ok(id), url)) = parts.map(|(id, url)| (id.parse(), url)) else {
            return Outcome::SetAside("the job names no list".to_owned());
        };
        fetch::outcome(
            self.compare(kontor_domain::ids::AccountId(id), url).await,
            url,
        )
    }
}

impl Lists {
    async fn compare(
        &self,
        id: kontor_domain::ids::AccountId,
        url: &str,
    ) -> std::result::Result<(), Failure> {
        let app = &self.app;
        let actor = accounts::get(app, id).await?;
        let budget = Budget::new(&self.federation.settings);
        let document = self
            .federation
            .document_at(app, url, Memory::None, &budget)
            .await?;
        let items = ["orderedItems", "items"]
            .iter()
            .find_map(|name| document.value.get(*name)?.as_array())
            .ok_or_else(|| Failure::unusable("it holds no items"))?;
        if items.len() > LONGEST {
            return Err(Failure::unusable("it is too long"));
        }
        // Only what it says of people here counts.
        let theirs: BTreeSet<String> = items
            .iter()
            .filter_map(id_of)
            .filter(|uri| app.site.owns_str(uri))
            .map(ToOwned::to_owned)
            .collect();
        let ours = ours(app, &actor).await?;
        for uri in ours.difference(&theirs) {
            if let Some(follower) = accounts::by_uri(app, uri.clone()).await? {
                follows::unfollow(app, follower.id, actor.id).await?;
            }
        }
        for uri in theirs.difference(&ours) {
            if let Some(follower) = accounts::by_uri(app, uri.clone()).await? {
                follows::settle(app, follower.id, actor.id).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests of one id, of two in either order, and of none.
    #[test]
    fn a_digest_is_of_a_set() {
        let (one, two) = (
            "https://here.test/users/1".to_owned(),
            "https://here.test/users/2".to_owned(),
        );
        let hash = |uri: &String| -> String {
            Sha256::digest(uri.as_bytes())
                .iter()
                .fold(String::new(), |mut text, byte| {
                    use std::fmt::Write as _;
                    write!(text, "{byte:02x}").unwrap();
                    text
                })
        };
        assert_eq!(digest([&one]), hash(&one));
        assert_eq!(digest([&one, &two]), digest([&two, &one]));
        assert_ne!(digest([&one, &two]), digest([&one]));
        assert_eq!(digest([]), "0".repeat(64));
    }

    #[test]
    fn the_header_reads_in_any_order() {
        let said = Said {
            collection: "https://a.test/users/ann/followers".to_owned(),
            url: "https://a.test/sync".to_owned(),
            digest: "ab".to_owned(),
        };
        for text in [
            r#"collectionId="https://a.test/users/ann/followers", url="https://a.test/sync", digest="ab""#,
            r#"digest="ab",url="https://a.test/sync",  collectionId="https://a.test/users/ann/followers", more="x""#,
        ] {
            assert_eq!(Said::read(text).as_ref(), Some(&said), "{text}");
        }
        for bad in ["", "digest", r"digest=ab", r#"digest="ab"#] {
            assert_eq!(Said::read(bad), None, "{bad}");
        }
    }
}
