//! Asking other servers for their documents: signed, bounded, each address once at a time. What a document says is read in
//! `objects`; what is done with it, in `remote`.

mod file;
mod finger;
mod node;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use kontor_actions::App;
use kontor_domain::{peer::SignatureForm, site, time::Time};
use kontor_jobs::Outcome;
use kontor_net::{HeaderMap, HeaderName, HeaderValue, Response, Url, header};
use moka::{future::Cache as Running, sync::Cache};
use serde_json::Value;

use crate::{
    Federation,
    keys::LocalKey,
    knock, media_type,
    objects::{self, bounds},
    policy::NotAllowed,
    settings::Settings,
    signature::SignRequest,
};

pub(crate) use finger::{Finger, TYPE};

/// Why there is no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It may go better later.
    Transient(String),
    /// Its server says 410.
    Gone,
    /// Its server says 404.
    NotFound,
    NotAllowed(NotAllowed),
    /// Something came that is not what was asked for.
    Unusable(String),
    /// The activity has led to as many requests as it may.
    OverBudget,
    /// We failed, not they.
    Internal(String),
}

impl Failure {
    pub(crate) fn unusable(why: impl Into<String>) -> Self {
        Self::Unusable(why.into())
    }

    /// May the same request succeed later?
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_) | Self::Internal(_))
    }

    pub(crate) fn is_absence(&self) -> bool {
        matches!(self, Self::Gone | Self::NotFound)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transient(why) | Self::Unusable(why) | Self::Internal(why) => f.write_str(why),
            Self::Gone => f.write_str("it is gone"),
            Self::NotFound => f.write_str("it is not there"),
            Self::NotAllowed(why) => why.fmt(f),
            Self::OverBudget => f.write_str("too many requests would be needed"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<kontor_net::Error> for Failure {
    fn from(why: kontor_net::Error) -> Self {
        if why.is_transient() {
            Self::Transient(why.to_string())
        } else {
            Self::Unusable(why.to_string())
        }
    }
}

impl From<NotAllowed> for Failure {
    fn from(why: NotAllowed) -> Self {
        Self::NotAllowed(why)
    }
}

impl From<kontor_actions::Error> for Failure {
    fn from(why: kontor_actions::Error) -> Self {
        match why {
            kontor_actions::Error::Internal(_)
            | kontor_actions::Error::Storage(_)
            | kontor_actions::Error::Broken(_) => Self::Internal(why.to_string()),
            kontor_actions::Error::Gone => Self::Gone,
            other => Self::Unusable(other.to_string()),
        }
    }
}

/// What a job comes to that asks other servers: what may go better later is tried again, anything else stays unknown.
pub(crate) fn outcome(done: Result<(), Failure>, about: &str) -> Outcome {
    match done {
        Ok(()) => Outcome::Done,
        Err(why) if why.is_transient() => Outcome::Later {
            after: None,
            why: why.to_string(),
        },
        Err(why) => {
            tracing::debug!(about, reason = %why, "what a job asked for cannot be had");
            Outcome::Done
        }
    }
}

/// How many requests are left: every chain of fetches spends from one of these.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Budget {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self(AtomicU32::new(settings.fetches_per_activity))
    }

    /// For work that is bounded otherwise too.
    pub(crate) fn of(requests: usize) -> Self {
        Self(AtomicU32::new(u32::try_from(requests).unwrap_or(u32::MAX)))
    }

    pub(crate) fn left(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    fn spend(&self) -> Result<(), Failure> {
        let left = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        left.map(drop).map_err(|_| Failure::OverBudget)
    }
}

/// What stands at an address, by its own server's word: `id` is where it was found.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) value: Value,
}

/// For how long what failed is not asked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    /// Nobody waits, or strangers make us ask.
    Long,
    /// A person waits.
    Short,
    /// It is known to have changed.
    None,
}

impl Memory {
    /// Does it reach back so far?
    fn holds(self, age: chrono::Duration, settings: &Settings) -> bool {
        let long = chrono::Duration::from_std(settings.failure_memory)
            .unwrap_or(chrono::Duration::minutes(2));
        match self {
            Self::Long => age < long,
            Self::Short => age < long.min(chrono::Duration::seconds(5)),
            Self::None => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of `ActivityStreams`, asked for with a signature.
    Document,
    /// Of WebFinger.
    Finger,
}

/// What is asked for, and how much of it is taken.
#[derive(Debug, Clone)]
struct Wanted {
    accept: HeaderValue,
    bytes: usize,
    /// `None`: as long as any request may take.
    time: Option<Duration>,
    /// A file, of which some hosts are refused that are spoken with.
    media: bool,
}

/// How a request is signed.
#[derive(Debug, Clone, Copy)]
struct Seal {
    form: SignatureForm,
    /// Is the query part of what is signed?
    query: bool,
}

impl Seal {
    fn new(form: SignatureForm) -> Self {
        Self { form, query: true }
    }
}

#[derive(Debug)]
struct Got {
    url: Url,
    value: Value,
}

/// Requests under way, and those that failed lately.
pub(crate) struct Fetching {
    running: Running<String, Arc<Got>>,
    failed: Cache<String, Failed>,
}

#[derive(Debug, Clone)]
struct Failed {
    why: Failure,
    at: Time,
}

/// Failed addresses that are remembered; more are forgotten early.
const FAILURES: u64 = 10_000;
/// What is under way; an entry lives only as long as its request.
const RUNNING: u64 = 10_000;

impl Fetching {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            running: Running::new(RUNNING),
            failed: Cache::builder()
                .max_capacity(FAILURES)
                .time_to_live(settings.failure_memory)
                .build(),
        }
    }
}

const ACCEPT_DOCUMENT: HeaderValue = HeaderValue::from_static(objects::ACCEPT);
const ACCEPT_FINGER: HeaderValue =
    HeaderValue::from_static("application/jrd+json, application/json;q=0.9");

impl Federation {
    /// The document at `url`. Its `id` must be where it was found; if it names another place on the same host, it is asked
    /// for there, once.
    pub(crate) async fn document(
        &self,
        app: &App,
        url: &Url,
        memory: Memory,
        budget: &Budget,
    ) -> Result<Document, Failure> {
        let mut at = url.clone();
        at.set_fragment(None);
        for last in [false, true] {
            let got = self.get(app, &at, Kind::Document, memory, budget).await?;
            let id = got
                .value
                .get("id")
                .and_then(Value::as_str)
                .ok_or_else(|| Failure::unusable("it has no `id`"))?;
            if id.len() > self.settings.max_address {
                return Err(Failure::unusable(format!(
                    "its `id` is longer than {} characters",
                    self.settings.max_address
                )));
            }
            let place = Url::parse(id).map_err(|_| Failure::unusable("its `id` is not a URL"))?;
            if place == got.url {
                return Ok(Document {
                    id: id.to_owned(),
                    value: got.value.clone(),
                });
            }
            if last || site::authority(&place) != site::authority(&got.url) {
                break;
            }
            at = place;
            at.set_fragment(None);
        }
        Err(Failure::unusable(
            "its `id` is another place than where it was found",
        ))
    }

    /// The same by text.
    pub(crate) async fn document_at(
        &self,
        app: &App,
        url: &str,
        memory: Memory,
        budget: &Budget,
    ) -> Result<Document, Failure> {
        let url = Url::parse(url).map_err(|_| Failure::unusable("its address is not a URL"))?;
        self.document(app, &url, memory, budget).await
    }

    async fn get(
        &self,
        app: &App,
        url: &Url,
        kind: Kind,
        memory: Memory,
        budget: &Budget,
    ) -> Result<Arc<Got>, Failure> {
        let key = url.to_string();
        if let Some(failed) = self.fetching.failed.get(&key)
            && memory.holds(app.now() - failed.at, &self.settings)
        {
            return Err(failed.why);
        }
        budget.spend()?;
        let got = self
            .fetching
            .running
            .try_get_with_by_ref(&key, self.exchange(app, url, kind))
            .await;
        // Only those who waited share it: the next one asks anew.
        self.fetching.running.invalidate(&key).await;
        got.map_err(|why| {
            // Rules change at once, and are asked without a request, unless they are about whom the address leads to.
            let at_once = match &*why {
                Failure::Internal(_) => true,
                Failure::NotAllowed(_) => self.may_ask(app, url).is_err(),
                _ => false,
            };
            if !at_once {
                self.fetching.failed.insert(
                    key,
                    Failed {
                        why: (*why).clone(),
                        at: app.now(),
                    },
                );
            }
            (*why).clone()
        })
    }

    async fn exchange(&self, app: &App, url: &Url, kind: Kind) -> Result<Arc<Got>, Failure> {
        let wanted = |accept| Wanted {
            accept,
            bytes: self.settings.max_body_bytes,
            time: None,
            media: false,
        };
        let response = match kind {
            Kind::Finger => self.request(app, url, &wanted(ACCEPT_FINGER), None).await?,
            Kind::Document => self.signed(app, url, &wanted(ACCEPT_DOCUMENT)).await?,
        };
        self.read(kind, &response).map(Arc::new)
    }

    /// Asks, and asks again with another signature if the first is refused: in the other form, and without the query, which
    /// older servers do not sign.
    async fn signed(&self, app: &App, url: &Url, wanted: &Wanted) -> Result<Response, Failure> {
        let host =
            site::authority(url).ok_or_else(|| Failure::unusable("its address has no host"))?;
        let form = self.form_of(app, &host).await?;
        let seal = Some(Seal::new(form));
        let first = self.request(app, url, wanted, seal).await?;
        if !self.another_form(&host, first.status) {
            return Ok(first);
        }
        let seal = Some(Seal::new(form.other()));
        let second = self.request(app, url, wanted, seal).await?;
        if !self.another_form(&host, second.status) {
            if second.status < 300 && second.url == *url {
                self.remember_form(app, &host, form.other()).await?;
            }
            return Ok(second);
        }
        if url.query().is_some() {
            let bare = Seal {
                form: SignatureForm::Cavage,
                query: false,
            };
            return self.request(app, url, wanted, Some(bare)).await;
        }
        self.refuses_both(&host);
        Ok(first)
    }

    async fn request(
        &self,
        app: &App,
        url: &Url,
        wanted: &Wanted,
        seal: Option<Seal>,
    ) -> Result<Response, Failure> {
        let signer = match seal {
            Some(_) => Some(self.keys.instance(app).await?),
            None => None,
        };
        let (now, first) = (app.now().and_utc(), site::authority(url));
        let bytes = Some(wanted.bytes);
        self.net
            .get_following_within(url.clone(), bytes, wanted.time, |hop| {
                let (signer, first) = (signer.clone(), first.as_deref());
                async move {
                    let host = self.may_ask(app, &hop)?;
                    if wanted.media && !self.policy.takes_media(&host) {
                        return Err(Failure::unusable("its host's files are not taken"));
                    }
                    let mut headers = HeaderMap::new();
                    headers.insert(header::ACCEPT, wanted.accept.clone());
                    let (Some(key), Some(seal)) = (signer, seal) else {
                        return Ok(headers);
                    };
                    let form = if first == Some(host.as_str()) {
                        seal.form
                    } else {
                        self.form_at_hand(&host)
                    };
                    let mut target = hop;
                    if !seal.query {
                        target.set_query(None);
                    }
                    extend(&mut headers, sealed(form, target, now, key).await?)?;
                    Ok(headers)
                }
            })
            .await
    }

    /// The host of an address that may be asked.
    pub(crate) fn may_ask(&self, app: &App, url: &Url) -> Result<String, Failure> {
        let host =
            site::authority(url).ok_or_else(|| Failure::unusable("its address has no host"))?;
        self.policy.allowed(&host)?;
        if app.site.owns(url) {
            return Err(Failure::unusable("its address is one of ours"));
        }
        Ok(host)
    }

    fn read(&self, kind: Kind, response: &Response) -> Result<Got, Failure> {
        answered(response.status)?;
        let content_type = response
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        let right = match kind {
            Kind::Document => media_type::is_activity(content_type),
            Kind::Finger => media_type::is_json(content_type),
        };
        if !right {
            return Err(Failure::unusable(format!(
                "it came as `{}`",
                excerpt(content_type)
            )));
        }
        Ok(Got {
            url: response.url.clone(),
            value: self.json(&response.body).map_err(Failure::Unusable)?,
        })
    }

    /// Reads JSON from outside, within the bounds.
    pub(crate) fn json(&self, body: &[u8]) -> Result<Value, String> {
        let settings = &self.settings;
        bounds::parse(body, settings.max_body_bytes, settings.max_json_depth)
            .map_err(|why| format!("it {why}"))
    }
}

/// Did the server give what it was asked for?
fn answered(status: u16) -> Result<(), Failure> {
    Err(match status {
        200..=299 => return Ok(()),
        404 => Failure::NotFound,
        410 => Failure::Gone,
        408 | 425 | 429 | 500..=599 => Failure::Transient(format!("its server answered {status}")),
        status => Failure::unusable(format!("its server answered {status}")),
    })
}

/// The signature of a GET; made on a thread where it stops nobody else, for it is a millisecond of work.
async fn sealed(
    form: SignatureForm,
    url: Url,
    now: DateTime<Utc>,
    key: Arc<LocalKey>,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let internal = |why: String| Failure::Internal(why);
    let signing = tokio::task::spawn_blocking(move || {
        let request = SignRequest {
            method: "GET",
            url: &url,
            date: now,
            digest: None,
            content_type: None,
        };
        knock::sign(form, &request, &[], &key.key_id, &key.key)
    });
    signing
        .await
        .map_err(|why| internal(why.to_string()))?
        .map_err(|why| internal(why.to_string()))
}

/// Adds what the signature made to a request's headers.
pub(crate) fn extend(
    headers: &mut HeaderMap,
    signed: Vec<(&'static str, String)>,
) -> Result<(), Failure> {
    for (name, value) in signed {
        let value =
            HeaderValue::from_str(&value).map_err(|why| Failure::Internal(why.to_string()))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(())
}

fn excerpt(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
