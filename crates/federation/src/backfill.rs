//! The answers to a post are asked for: the lists of them that its server names are read, and what is missing here is fetched,
//! within bounds. Nobody waits for it and nobody is told of what it brings.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use kontor_actions::{
    App, Error, Result,
    contexts::{self, Ask, Cause, Rest},
    posts::{Arrival, Created},
};
use kontor_domain::{
    ids::PostId,
    site::{authority_of, same_authority},
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{posts, tombstones};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    Federation,
    fetch::{Budget, Failure, Memory},
    objects::{collection::is_a, loose::id_of, note::IncomingNote},
    settings::Settings,
    threads,
};

/// One step gathers no longer: what it came to, and what lies below that, is worth more than a step that begins anew.
const GATHERING: Duration = Duration::from_secs(60);

/// Time enough for the lists before, and for the one that is being fetched when the gathering ends.
const STEP_TIME: Duration = Duration::from_secs(180);

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    named(contexts::QUEUE, federation, app)
}

/// What nobody waits for, so that it is in nobody's way.
pub(crate) fn arrivals(federation: &Federation, app: &App) -> Queue {
    named(contexts::ARRIVALS, federation, app)
}

fn named(name: &'static str, federation: &Federation, app: &App) -> Queue {
    Queue {
        name,
        handler: Arc::new(Answers {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: 2,
        attempts: 2,
        timeout: STEP_TIME,
        backoff: Backoff {
            first: Duration::from_secs(60),
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Answers {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Answers {
    async fn run(&self, job: &Job) -> Outcome {
        let ask: Ask = match serde_json::from_str(&job.payload) {
            Ok(ask) => ask,
            Err(why) => return Outcome::SetAside(why.to_string()),
        };
        match self.take(&ask).await {
            Ok(()) => Outcome::Done,
            Err(Failure::Internal(why)) => Outcome::Later { after: None, why },
            Err(why) => {
                tracing::debug!(post = %ask.post, reason = %why, "answers stay missing");
                Outcome::Done
            }
        }
    }
}

/// One entry of a list: an address, or the object that stands there in the words of the list's own server.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) uri: String,
    pub(crate) embedded: Option<Value>,
}

/// Something that a list holds: of what is named twice the first counts.
pub(crate) trait Listed {
    fn name(&self) -> Option<&str>;
}

impl Listed for Entry {
    fn name(&self) -> Option<&str> {
        Some(&self.uri)
    }
}

/// Somebody, and what they are there.
impl<T> Listed for (String, T) {
    fn name(&self) -> Option<&str> {
        Some(&self.0)
    }
}

impl Listed for Value {
    fn name(&self) -> Option<&str> {
        id_of(self)
    }
}

impl Answers {
    async fn take(&self, ask: &Ask) -> std::result::Result<(), Failure> {
        let (app, federation) = (&self.app, &self.federation);
        let settings = &federation.settings;
        let mut rest = ask.rest.clone().unwrap_or_else(|| Rest {
            posts: settings.backfill_posts,
            requests: whole(settings),
            below: VecDeque::new(),
        });
        let budget = Budget::of(usize::try_from(rest.requests).unwrap_or(usize::MAX));
        let until = Instant::now() + GATHERING;
        if ask.depth == 0 {
            self.ask_above(ask.post).await?;
        }
        let wanted = self.listed(ask, &budget).await?;
        let mut of_host: HashMap<String, usize> = HashMap::new();
        for entry in missing(app, wanted).await? {
            let Some(host) = authority_of(&entry.uri) else {
                continue;
            };
            let taken = of_host.entry(host).or_default();
            if *taken >= settings.backfill_posts_per_host {
                continue;
            }
            if rest.posts == 0 || Instant::now() > until {
                break;
            }
            *taken += 1;
            rest.posts -= 1;
            match federation.gather(app, entry, &budget).await {
                Ok(Some(Created::New(post))) => rest.below.push_back((post, ask.depth + 1)),
                Ok(_) => {}
                Err(Failure::OverBudget) => break,
                Err(why) => tracing::debug!(reason = %why, "an answer stays missing"),
            }
        }
        rest.requests = budget.left();
        self.go_on(ask.cause, rest).await?;
        Ok(())
    }

    /// What the thread goes on with above may not have come when it was asked for, or was too far up.
    async fn ask_above(&self, post: PostId) -> Result<()> {
        let app = self.app.clone();
        let missing: Result<_> = self
            .app
            .store
            .read(move |db| contexts::missing_above(&app, db, post))
            .await;
        let Some(parent) = missing? else {
            return Ok(());
        };
        let app = self.app.clone();
        self.app
            .store
            .write(move |tx| threads::ask_above(&app, tx, &parent, 1))
            .await
    }

    /// What the server of a post lists as answers to it.
    async fn listed(&self, ask: &Ask, budget: &Budget) -> std::result::Result<Vec<Entry>, Failure> {
        let (app, federation, id) = (&self.app, &self.federation, ask.post);
        let settings = &federation.settings;
        let row: Result<_> = app
            .store
            .read(move |db| Ok(kontor_store::contexts::of_post(db, id)?))
            .await;
        let Some(row) = row? else {
            return Ok(Vec::new());
        };
        let mut entries = Vec::new();
        // The thread as a whole is listed once, where somebody looks; below that each post knows its own answers.
        let thread = row.context_uri.filter(|_| ask.depth == 0);
        for list in [row.replies_uri, thread].into_iter().flatten() {
            if app.site.owns_str(&list) {
                continue;
            }
            let (pages, most) = (settings.backfill_pages, settings.backfill_posts);
            match federation.list(app, &list, pages, most, budget).await {
                Ok(found) => entries.extend(found),
                Err(why) => {
                    tracing::debug!(list, reason = %why, "a list of answers cannot be read");
                }
            }
        }
        Ok(entries)
    }

    /// What came may have answers of its own.
    async fn go_on(&self, cause: Cause, mut rest: Rest) -> Result<()> {
        let (app, now) = (self.app.clone(), self.app.now());
        let deepest = self.federation.settings.backfill_depth;
        rest.below.retain(|(_, depth)| *depth <= deepest);
        if rest.below.is_empty() {
            return Ok(());
        }
        self.app
            .store
            .write(move |tx| {
                let mut rest = rest.clone();
                let ids: Vec<PostId> = rest.below.iter().map(|(post, _)| *post).collect();
                let rows = kontor_store::contexts::of_posts(tx, &ids)?;
                rest.below.retain(|(post, _)| {
                    rows.iter()
                        .any(|row| row.post_id == *post && row.replies_uri.is_some())
                });
                contexts::go_on(&app, tx, cause, &rest, now)
            })
            .await
    }
}

/// Requests that may be made for a post that somebody looks at, and for everything below it.
fn whole(settings: &Settings) -> u32 {
    let requests = settings.backfill_posts * 2 + settings.backfill_pages;
    u32::try_from(requests).unwrap_or(u32::MAX)
}

/// Those that are neither here nor deleted, each once.
pub(crate) async fn missing(app: &App, entries: Vec<Entry>) -> Result<Vec<Entry>> {
    let mut unique: Vec<Entry> = Vec::new();
    for entry in entries {
        if !app.site.owns_str(&entry.uri) && unique.iter().all(|known| known.uri != entry.uri) {
            unique.push(entry);
        }
    }
    app.store
        .read(move |db| {
            let uris: Vec<&str> = unique.iter().map(|entry| entry.uri.as_str()).collect();
            let mut known = tombstones::among(db, &uris)?;
            let here = posts::stubs_by_uris(db, &uris)?;
            known.extend(here.into_iter().map(|stub| stub.uri));
            unique.retain(|entry| !known.contains(&entry.uri));
            Ok(unique)
        })
        .await
}

impl Federation {
    /// A post that somebody wanted to see: what answers it may be missing here.
    pub(crate) async fn ask_for_answers(&self, app: &App, post: PostId) -> Result<()> {
        let (this, now) = (app.clone(), app.now());
        app.store
            .write(move |tx| {
                let ask = Ask::first(post, Cause::Opened);
                contexts::ask(&this, tx, &ask, now).map(drop)
            })
            .await
    }

    /// Reads a collection: its own items and those of its pages, all of one server.
    pub(crate) async fn list(
        &self,
        app: &App,
        url: &str,
        pages: usize,
        most: usize,
        budget: &Budget,
    ) -> std::result::Result<Vec<Entry>, Failure> {
        self.list_of(app, url, (pages, most), Memory::Long, budget, items)
            .await
    }

    /// The same of whatever `read` finds on a page of the list with this address, each once: the collection itself may hold what its
    /// first page does.
    pub(crate) async fn list_of<T: Listed>(
        &self,
        app: &App,
        url: &str,
        (pages, most): (usize, usize),
        memory: Memory,
        budget: &Budget,
        read: fn(&Value, &str) -> Vec<T>,
    ) -> std::result::Result<Vec<T>, Failure> {
        let mut entries = Vec::new();
        let mut names = HashSet::new();
        let mut page = self.document_at(app, url, memory, budget).await?.value;
        let mut seen = vec![url.to_owned()];
        for _ in 0..pages.max(1) {
            for entry in read(&page, url) {
                if entry
                    .name()
                    .is_none_or(|name| names.insert(name.to_owned()))
                {
                    entries.push(entry);
                }
            }
            if entries.len() >= most {
                break;
            }
            // A page may say where the first one is, too.
            let first = page.get("first").filter(|_| !is_page(&page));
            let next = first.or_else(|| page.get("next"));
            match next.cloned() {
                // A first page that stands inside.
                Some(inner @ Value::Object(_)) if inner.get("id") != page.get("id") => page = inner,
                Some(Value::String(next))
                    if same_authority(&next, url) && !seen.contains(&next) =>
                {
                    page = self.document_at(app, &next, memory, budget).await?.value;
                    seen.push(next);
                }
                _ => break,
            }
        }
        entries.truncate(most);
        Ok(entries)
    }

    /// Fetches and keeps one post of a list. `None`: it is no post.
    pub(crate) async fn gather(
        &self,
        app: &App,
        entry: Entry,
        budget: &Budget,
    ) -> std::result::Result<Option<Created>, Failure> {
        let value = match entry.embedded {
            Some(value) => value,
            None => {
                self.document_at(app, &entry.uri, Memory::Long, budget)
                    .await?
                    .value
            }
        };
        let note = IncomingNote::read(value)?;
        if !note.is_post() || note.is_vote() {
            return Ok(None);
        }
        let depth = self.settings.thread_depth;
        self.keep_post(app, &note, depth, Arrival::Gathered, budget)
            .await
            .map(Some)
    }
}

/// Is it a page of a collection, and not a collection?
fn is_page(value: &Value) -> bool {
    is_a(value, "CollectionPage") || is_a(value, "OrderedCollectionPage")
}

/// The items of a page. An object counts as it stands only in the list of its own server; of a Create, its object.
pub(crate) fn items(page: &Value, url: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for name in ["items", "orderedItems"] {
        let many = match page.get(name) {
            Some(Value::Array(many)) => many.as_slice(),
            Some(one @ (Value::String(_) | Value::Object(_))) => std::slice::from_ref(one),
            _ => &[],
        };
        for item in many {
            let activity = item.get("actor").is_some();
            if activity && item.get("type").and_then(Value::as_str) != Some("Create") {
                continue;
            }
            let object = if activity {
                item.get("object").unwrap_or(&Value::Null)
            } else {
                item
            };
            if let Some(uri) = id_of(object) {
                let whole = object.get("attributedTo").is_some() && same_authority(uri, url);
                entries.push(Entry {
                    uri: uri.to_owned(),
                    embedded: whole.then(|| object.clone()),
                });
            }
        }
    }
    entries
}

impl From<Failure> for Error {
    fn from(why: Failure) -> Self {
        match why {
            Failure::Internal(why) => Self::Broken(why),
            other => Self::Remote(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn items_in_every_form() {
        let page = json!({
            "items": ["https://a.test/1", {"id": "https://a.test/2", "attributedTo": "https://a.test/u"}, {"id": "https://b.test/3", "attributedTo": "https://b.test/u"}],
            "orderedItems": [
                {"type": "Create", "actor": "https://a.test/u", "object": "https://a.test/4"},
                {"type": "Announce", "actor": "https://a.test/u", "object": "https://b.test/5"},
                7
            ]
        });
        let found: Vec<_> = items(&page, "https://a.test/list")
            .into_iter()
            .map(|entry| (entry.uri, entry.embedded.is_some()))
            .collect();
        let entry = |uri: &str, whole: bool| (uri.to_owned(), whole);
        assert_eq!(
            found,
            [
                entry("https://a.test/1", false),
                entry("https://a.test/2", true),
                entry("https://b.test/3", false),
                entry("https://a.test/4", false)
            ]
        );
        assert_eq!(
            items(&json!({"items": "https://a.test/1"}), "https://a.test/l").len(),
            1
        );
    }
}
