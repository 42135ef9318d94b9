//! A bucket of a storage that speaks S3. Addresses are signed by `rusty_s3`; they are asked by the client of `kontor_net`, which is the
//! bucket's own and may go wherever the operator says that it is. What the answers mean is in `bucket::answers`.

mod answers;

use std::{path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use kontor_net::{
    Client, HeaderMap, HeaderValue, Incoming, Method, Request, Settings, Url, header,
};
use rusty_s3::{Credentials, S3Action, UrlStyle};

use crate::{Asked, Failed, Part, Reading};

pub(crate) use answers::Page;
use answers::{Span, refused, whole};

/// An address is asked at once; clocks may differ by a little.
const GOOD_FOR: Duration = Duration::from_secs(10 * 60);

/// Before the second try; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(100);

/// Bytes of a body that are sent in a second over the slowest line to a storage that is good for anything.
const SLOWEST: u64 = 128 * 1024;

fn sending(body: &Bytes) -> Duration {
    Duration::from_secs(u64::try_from(body.len()).unwrap_or(u64::MAX) / SLOWEST)
}

/// Names of one page.
const PAGE: &str = "500";

/// What is written, read and removed to see whether that is allowed.
const TRIAL: &str = "kontor-trial";

/// How a bucket is reached.
#[derive(Clone)]
#[expect(
    missing_debug_implementations,
    reason = "holds what must not be printed"
)]
pub struct BucketSettings {
    pub endpoint: Url,
    pub bucket: String,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    /// `endpoint/bucket/name`, not `bucket.endpoint/name`.
    pub path_style: bool,
    /// PEM files with certificate authorities that are trusted beside the system's.
    pub extra_ca_files: Vec<PathBuf>,
    pub connect_timeout: Duration,
    /// From the request, once its body is sent, to the head of the answer, and for each piece of a body.
    pub timeout: Duration,
    /// Of a request that fails in a way that passes.
    pub tries: u32,
}

/// What of the settings cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    pub field: &'static str,
    pub why: String,
}

impl Unusable {
    fn new(field: &'static str, why: impl Into<String>) -> Self {
        Self {
            field,
            why: why.into(),
        }
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Bucket(Arc<Inner>);

struct Inner {
    signer: rusty_s3::Bucket,
    credentials: Credentials,
    net: Client,
    timeout: Duration,
    tries: u32,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Bucket")
            .field(&self.0.signer.base_url().as_str())
            .finish()
    }
}

/// What is done with an object, or with all of them.
#[derive(Debug, Clone, Copy)]
enum Deed<'a> {
    Put(&'a str, &'a Bytes),
    Get(&'a str, Asked),
    Remove(&'a str),
    /// Those whose names begin so, from a page on: empty for the first one.
    List(&'a str, &'a str),
}

impl Bucket {
    pub fn new(settings: BucketSettings) -> Result<Self, Unusable> {
        let style = if settings.path_style {
            UrlStyle::Path
        } else {
            UrlStyle::VirtualHost
        };
        let bucket = settings.bucket.clone();
        let signer = rusty_s3::Bucket::new(settings.endpoint, style, bucket, settings.region)
            .map_err(|why| {
                let style = "as part of a host name, which `path_style` avoids";
                match why {
                    rusty_s3::BucketError::ParseError(why) if !settings.path_style => {
                        Unusable::new("bucket", format!("cannot be used {style}: {why}"))
                    }
                    why => Unusable::new("endpoint", why.to_string()),
                }
            })?;
        let net = Client::new(Settings {
            extra_ca_files: settings.extra_ca_files,
            connect_timeout: settings.connect_timeout,
            total_timeout: settings.timeout,
            ..Settings::for_the_operators_own()
        })
        .map_err(|why| Unusable::new("extra_ca_files", why.to_string()))?;
        net.check_url(signer.base_url())
            .map_err(|why| Unusable::new("endpoint", why.to_string()))?;
        Ok(Self(Arc::new(Inner {
            signer,
            credentials: Credentials::new(settings.access_key_id, settings.secret_access_key),
            net,
            timeout: settings.timeout,
            tries: settings.tries.max(1),
        })))
    }

    /// It is kept when this returns: a storage answers then, and not before.
    pub(crate) async fn put(&self, name: &str, bytes: Bytes) -> Result<(), Failed> {
        let answer = self.ask(Deed::Put(name, &bytes)).await?;
        self.done(answer).await
    }

    /// `None`: there is none.
    pub(crate) async fn get(&self, name: &str, asked: Asked) -> Result<Option<Reading>, Failed> {
        let answer = self.ask(Deed::Get(name, asked)).await?;
        let (length, part) = match answer.status() {
            404 => return self.absent(answer).await,
            416 => return self.beyond(name, &answer).await,
            200 => (answers::length(&answer)?, Part::Whole),
            206 => answers::part(&answer)?,
            _ => return Err(refused(answer, self.0.timeout).await),
        };
        let time = self.0.timeout;
        Ok(Some(Reading::of_bucket(length, part, answer, time)))
    }

    /// No object is `None`; no bucket is a failure.
    async fn absent(&self, answer: Incoming) -> Result<Option<Reading>, Failed> {
        match refused(answer, self.0.timeout).await {
            Failed::Bucket { code, .. } if code != answers::NO_BUCKET => Ok(None),
            why => Err(why),
        }
    }

    /// How long it is, not every storage says beside that.
    async fn beyond(&self, name: &str, answer: &Incoming) -> Result<Option<Reading>, Failed> {
        if let Some(Span::Nothing(length)) = answers::span(answer) {
            return Ok(Some(Reading::beyond(length)));
        }
        let first = Asked::From(0, Some(0));
        let answer = self.ask(Deed::Get(name, first)).await?;
        let length = match answer.status() {
            206 => answers::part(&answer)?.0,
            // It is empty.
            416 => 0,
            404 => return self.absent(answer).await,
            _ => return Err(refused(answer, self.0.timeout).await),
        };
        Ok(Some(Reading::beyond(length)))
    }

    /// What is not there is gone already.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), Failed> {
        let answer = self.ask(Deed::Remove(name)).await?;
        if answer.status() == 404 {
            return self.absent(answer).await.map(drop);
        }
        self.done(answer).await
    }

    /// A page of those whose names begin so.
    pub(crate) async fn list(&self, prefix: &str, from: &str) -> Result<Page, Failed> {
        let answer = self.ask(Deed::List(prefix, from)).await?;
        if answer.status() != 200 {
            return Err(refused(answer, self.0.timeout).await);
        }
        let text = whole(answer, self.0.timeout).await?;
        Page::read(&text).ok_or_else(|| Failed::Bucket {
            status: 200,
            code: "(a list that cannot be read)".to_owned(),
        })
    }

    /// Writes, reads, lists and removes something. Says which setting is to blame if that does not work.
    pub async fn try_out(&self) -> Result<(), Unusable> {
        self.list(TRIAL, "")
            .await
            .map_err(|why| answers::blame(&why))?;
        let word = Bytes::from_static(b"Kontor keeps files here.\n");
        self.put(TRIAL, word.clone())
            .await
            .map_err(|why| answers::blame(&why))?;
        let read = match self.get(TRIAL, Asked::Whole).await {
            Ok(Some(reading)) => reading.all().await,
            Ok(None) => Ok(Bytes::new()),
            Err(why) => Err(why),
        };
        let read = read.map_err(|why| answers::blame(&why))?;
        // Another process may have tried at the same moment, and removed it.
        if !read.is_empty() && read != word {
            return Err(Unusable::new(
                "endpoint",
                "gives back something else than it was given",
            ));
        }
        self.remove(TRIAL).await.map_err(|why| answers::blame(&why))
    }

    async fn done(&self, answer: Incoming) -> Result<(), Failed> {
        if (200..300).contains(&answer.status()) {
            return Ok(());
        }
        Err(refused(answer, self.0.timeout).await)
    }

    /// Asks, and again if it fails in a way that passes. Whatever is asked may be asked twice. What took too long is not: it
    /// would again, and somebody waits.
    async fn ask(&self, deed: Deed<'_>) -> Result<Incoming, Failed> {
        let mut pause = PAUSE;
        for _ in 1..self.0.tries {
            match self.once(deed).await {
                Ok(answer) if !answers::passes(answer.status()) => return Ok(answer),
                Ok(_) | Err(kontor_net::Error::Connect(_) | kontor_net::Error::Io(_)) => {}
                Err(why) => return Err(Failed::net(why)),
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
        self.once(deed).await.map_err(Failed::net)
    }

    async fn once(&self, deed: Deed<'_>) -> Result<Incoming, kontor_net::Error> {
        let mut headers = HeaderMap::new();
        // As it lies there, whatever stands between.
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        if let Deed::Get(_, asked) = deed
            && let Some(range) = asked.header().and_then(|text| text.parse().ok())
        {
            headers.insert(header::RANGE, range);
        }
        let (method, body) = match deed {
            Deed::Put(_, bytes) => (Method::PUT, bytes.clone()),
            Deed::Remove(_) => (Method::DELETE, Bytes::new()),
            Deed::Get(..) | Deed::List(..) => (Method::GET, Bytes::new()),
        };
        let deadline = self.0.timeout.saturating_add(sending(&body));
        let request = Request {
            method,
            headers,
            body,
            deadline: Some(deadline),
            ..Request::get(self.address(deed))
        };
        self.0.net.receive(request).await
    }

    /// Signed anew for each try, by the system's clock: the storage compares it with its own.
    fn address(&self, deed: Deed<'_>) -> Url {
        let (signer, by) = (&self.0.signer, Some(&self.0.credentials));
        match deed {
            Deed::Put(name, _) => signer.put_object(by, name).sign(GOOD_FOR),
            Deed::Get(name, _) => signer.get_object(by, name).sign(GOOD_FOR),
            Deed::Remove(name) => signer.delete_object(by, name).sign(GOOD_FOR),
            Deed::List(prefix, from) => {
                // ListObjectsV2 is a GET of the bucket itself, which is the object without a name.
                let mut list = signer.get_object(by, "");
                let query = list.query_mut();
                query.insert("list-type", "2");
                query.insert("max-keys", PAGE);
                query.insert("prefix", prefix);
                if !from.is_empty() {
                    query.insert("continuation-token", from);
                }
                list.sign(GOOD_FOR)
            }
        }
    }
}

#[cfg(test)]
mod tests;
