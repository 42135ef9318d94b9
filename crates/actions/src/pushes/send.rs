//! Pushes on their way: a job each, sealed at the moment of sending, tried again while the service is away.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kontor_domain::{
    ids::{AccountId, NotificationId, PushId},
    site::Site,
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_net::{Client, Request, header};
use kontor_store::{notifications::Notification, pushes};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Keys, Subscription, keys, receiver, seal};
use crate::{
    App, Error, Result,
    notifications::{self, NotificationView},
};

pub(super) const QUEUE: &str = "pushes";

/// How long a service may keep what it cannot hand over at once; what is older is not sent any more.
const KEPT: chrono::Duration = chrono::Duration::hours(48);
const KEPT_SECONDS: &str = "172800";
const ATTEMPTS: u32 = 10;
/// What services take at least (RFC 8030, section 7.2), without what sealing adds.
const LONGEST: usize = 3900;

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Waiting {
    subscription: PushId,
    owner: AccountId,
    notification: NotificationId,
}

/// As a job.
pub(super) fn waiting(subscription: PushId, told: &Notification) -> Result<String> {
    let waiting = Waiting {
        subscription,
        owner: told.account_id,
        notification: told.id,
    };
    serde_json::to_string(&waiting).map_err(|why| Error::Broken(why.to_string()))
}

/// What is pushed.
#[derive(Debug)]
pub struct Push {
    pub view: NotificationView,
    pub token: String,
    pub locale: String,
}

/// How a door says it, in so many bytes at most.
type Say = fn(&Site, &Push, usize) -> String;

/// Sends pushes. `say`: what they say, as the door whose clients are woken writes it.
pub fn queue(app: &App, net: Client, say: Say) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Sender {
            app: app.clone(),
            net,
            say,
        }),
        workers: 8,
        attempts: ATTEMPTS,
        timeout: Duration::from_secs(30),
        backoff: Backoff {
            first: app.settings.limits.push_retry_first,
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Sender {
    app: App,
    net: Client,
    say: Say,
}

#[async_trait::async_trait]
impl Handler for Sender {
    async fn run(&self, job: &Job) -> Outcome {
        let Ok(waiting) = serde_json::from_str::<Waiting>(&job.payload) else {
            return Outcome::SetAside("the job names no push".to_owned());
        };
        if job.created_at + KEPT < self.app.now() {
            return Outcome::Done;
        }
        match self.send(waiting).await {
            Ok(Sent::Done) => Outcome::Done,
            Ok(Sent::Later(why)) => Self::later(job, why),
            Err(why) => Self::later(job, why.to_string()),
        }
    }
}

enum Sent {
    Done,
    Later(String),
}

impl Sender {
    /// A push that cannot be sent is no loss worth keeping: what it tells of is there.
    fn later(job: &Job, why: String) -> Outcome {
        if u32::try_from(job.attempts).is_ok_and(|attempts| attempts + 1 >= ATTEMPTS) {
            tracing::info!(reason = %why, "a push is given up");
            return Outcome::Done;
        }
        Outcome::Later { after: None, why }
    }

    async fn send(&self, waiting: Waiting) -> Result<Sent> {
        let keys = keys(&self.app).await?;
        let Some((subscription, push)) = self.load(keys, waiting).await? else {
            return Ok(Sent::Done);
        };
        let text = (self.say)(&self.app.site, &push, LONGEST);
        let request = self.request(keys, &subscription, text.as_bytes())?;
        let answer = match self.net.send(request).await {
            Ok(answer) => answer,
            Err(why) if why.is_transient() => return Ok(Sent::Later(why.to_string())),
            Err(why) => {
                tracing::info!(reason = %why, "a push service cannot be reached at all");
                return Ok(Sent::Done);
            }
        };
        match answer.status {
            // The application does not want to be woken any more (RFC 8030, section 7.3).
            404 | 410 => {
                let id = subscription.id;
                self.app
                    .store
                    .write(move |tx| Ok::<_, Error>(pushes::delete(tx, id)?))
                    .await?;
                Ok(Sent::Done)
            }
            408 | 429 | 500.. => Ok(Sent::Later(format!(
                "the service answered {}",
                answer.status
            ))),
            400.. => {
                tracing::info!(status = answer.status, "a push service refused a push");
                Ok(Sent::Done)
            }
            _ => Ok(Sent::Done),
        }
    }

    /// As it stands now: `None` if the application, or the reader, may not hear of it any more.
    async fn load(&self, keys: &Keys, waiting: Waiting) -> Result<Option<(Subscription, Push)>> {
        let now = self.app.now();
        let found = self
            .app
            .store
            .read(move |db| {
                let Some(subscription) = pushes::live(db, waiting.subscription)? else {
                    return Ok(None);
                };
                let Some(user) = kontor_store::users::by_id(db, waiting.owner)? else {
                    return Ok(None);
                };
                let view = notifications::of(db, waiting.owner, waiting.notification, now)?;
                Ok::<_, Error>(view.map(|view| (subscription, view, user.default_language)))
            })
            .await?;
        let Some((subscription, view, language)) = found else {
            return Ok(None);
        };
        let Some(token) = keys.open(&subscription.sealed_token) else {
            return Ok(None);
        };
        let locale = language
            .or_else(|| self.app.settings.languages.first().cloned())
            .unwrap_or_else(|| "en".to_owned());
        let push = Push {
            view,
            token,
            locale,
        };
        Ok(Some((subscription, push)))
    }

    fn request(&self, keys: &Keys, to: &Subscription, text: &[u8]) -> Result<Request> {
        let broken = || Error::Broken("a push subscription cannot be used".to_owned());
        let url = Url::parse(&to.endpoint).map_err(|_| broken())?;
        let token = keys.token(&self.app, &url.origin().ascii_serialization())?;
        let receiver = receiver(&to.p256dh, &to.auth).ok_or_else(broken)?;
        let once = seal::Once::new(&self.app)?;
        let mut headers = vec![
            ("ttl", KEPT_SECONDS.to_owned()),
            ("urgency", "normal".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
        ];
        let body = if to.standard {
            headers.push(("content-encoding", "aes128gcm".to_owned()));
            headers.push((
                "authorization",
                format!("vapid t={token}, k={}", keys.public),
            ));
            seal::standard(&receiver, &once, text)?
        } else {
            let sealed = seal::older(&receiver, &once, text)?;
            let (salt, dh) = (
                URL_SAFE_NO_PAD.encode(sealed.salt),
                URL_SAFE_NO_PAD.encode(&sealed.public),
            );
            headers.push(("content-encoding", "aesgcm".to_owned()));
            headers.push(("encryption", format!("salt={salt}")));
            headers.push(("crypto-key", format!("dh={dh};p256ecdsa={}", keys.public)));
            headers.push(("authorization", format!("WebPush {token}")));
            sealed.body
        };
        let mut request = Request::post(url, body);
        request.max_body = Some(64 * 1024);
        for (name, value) in headers {
            let value = header::HeaderValue::from_str(&value).map_err(|_| broken())?;
            request
                .headers
                .insert(header::HeaderName::from_static(name), value);
        }
        Ok(request)
    }
}
