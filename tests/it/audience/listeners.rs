//! Readers who hold a connection open or have an application that is woken: what is pushed to each of them, before they ask for anything.

use std::sync::{Arc, Mutex};

use kontor_tests::{
    Address, Events, Socket,
    push::{Application, Service},
    until,
};
use serde_json::{Value, json};

use super::{
    readers::{Cast, Reader, Secret, Standing, may_read},
    ways::{PUSHED, Seen},
};

pub struct Listener<S = Standing> {
    pub name: &'static str,
    pub standing: S,
    frames: Arc<Mutex<Vec<Value>>>,
}

/// What anybody with a token may listen to, beside their own home timeline.
pub fn streams() -> Vec<Value> {
    let mut streams: Vec<Value> = ["public", "public:local", "direct", "user:notification"]
        .iter()
        .map(|name| json!({ "stream": name }))
        .collect();
    streams.push(json!({ "stream": "hashtag", "tag": "secret" }));
    streams
}

/// What came by an answer of server-sent events before this post.
pub async fn read_until(events: &mut Events, fence: &str) -> String {
    let mut text = String::new();
    loop {
        let (_, data) = events.next().await;
        if data.contains(fence) {
            return text;
        }
        text.push_str(&data);
    }
}

/// Applications of readers, each woken by an address of its own.
pub struct Applications<S = Standing>(Vec<(&'static str, S, String, Application)>);

impl<S> Default for Applications<S> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<S: Copy> Applications<S> {
    /// To all that there is.
    pub async fn subscribe(&mut self, pushes: &Service, reader: &Reader<S>) {
        let application = Application::default();
        let path = format!("/for/{}", self.0.len());
        let body = json!({
            "subscription": {
                "endpoint": pushes.address.url(&path),
                "keys": { "p256dh": application.p256dh(), "auth": application.auth() },
                "standard": true,
            },
            "data": { "alerts": { "mention": true, "status": true, "update": true }, "policy": "all" },
        });
        let subscribed = reader
            .client
            .post_json("/api/v1/push/subscription", &body)
            .await;
        subscribed.ok();
        self.0
            .push((reader.name, reader.standing, path, application));
    }

    /// What each was woken by.
    pub fn woken(&self, pushes: &Service) -> Vec<(&'static str, S, String)> {
        let received = pushes.received();
        let heard = |path: &str, application: &Application| -> String {
            received
                .iter()
                .filter(|push| push.path == path)
                .map(|push| application.read(push).to_string())
                .collect()
        };
        self.0
            .iter()
            .map(|(name, standing, path, application)| (*name, *standing, heard(path, application)))
            .collect()
    }
}

/// Everybody with a token of their own, at everything that there is to listen to.
pub struct Audience {
    listeners: Vec<Listener>,
    /// At their own stream, the other way to listen.
    events: Vec<(&'static str, Standing, Events)>,
    applications: Applications,
}

impl Audience {
    pub async fn open(cast: &Cast) -> Self {
        let address = cast.server.address();
        let mut audience = Self {
            listeners: Vec::new(),
            events: Vec::new(),
            applications: Applications::default(),
        };
        for reader in &cast.readers {
            let Some(token) = &reader.token else { continue };
            let mut wanted = streams();
            if let Some(list) = &reader.list {
                wanted.push(json!({ "stream": "list", "list": list }));
            }
            let who = (reader.name, reader.standing);
            let listener = Listener::open(address, who, token, &wanted).await;
            audience.listeners.push(listener);
            if reader.standing != Standing::Author {
                let events = Events::open(address, token, "user").await;
                audience.events.push((reader.name, reader.standing, events));
                let applications = &mut audience.applications;
                applications.subscribe(&cast.pushes, reader).await;
            }
        }
        audience
    }

    /// Cries something that everybody hears: the operator is muted and blocked by nobody.
    async fn cry(cast: &Cast, fence: &str) {
        let words = format!("@other @follower @mentioned @blocked @muter {fence}");
        cast.operator.post(&words, "public").await;
    }

    /// What was pushed to each since the last time, for each of these posts.
    pub async fn hears<'a>(
        &mut self,
        cast: &Cast,
        secrets: &'a [Secret],
        after: After,
    ) -> Vec<Heard<'a>> {
        let fence = format!("fence-{after:?}");
        Self::cry(cast, &fence).await;
        let mut heard = Vec::new();
        for listener in &self.listeners {
            let text = Value::from(listener.before(&fence).await).to_string();
            let (name, standing) = (listener.name, listener.standing);
            let certain = |secret: &Secret| is_reached(standing, secret, after);
            heard.extend(told(
                secrets,
                (name, standing),
                ("a socket", &text),
                certain,
            ));
        }
        if after != After::Writing {
            return heard;
        }
        for (name, standing, events) in &mut self.events {
            let (name, standing) = (*name, *standing);
            let text = read_until(events, &fence).await;
            let certain = |secret: &Secret| {
                standing != Standing::Outsider && is_reached(standing, secret, after)
            };
            let by = ("server-sent events", text.as_str());
            heard.extend(told(secrets, (name, standing), by, certain));
        }
        cast.server.settles().await;
        for (name, standing, text) in self.applications.woken(&cast.pushes) {
            let certain = |_: &Secret| standing == Standing::Mentioned;
            heard.extend(told(secrets, (name, standing), ("a push", &text), certain));
        }
        heard
    }

    /// What each was told wrongly of the end of these posts.
    pub async fn is_deceived(&self, cast: &Cast, secrets: &[Secret]) -> Vec<String> {
        let fence = "fence-of-the-end";
        Self::cry(cast, fence).await;
        let mut wrong = Vec::new();
        for listener in &self.listeners {
            wrong.extend(listener.deceived(secrets, fence).await);
        }
        wrong
    }
}

/// Who was told of which post, and what.
pub type Heard<'a> = (&'static str, Standing, &'a Secret, Seen);

fn told<'a>(
    secrets: &'a [Secret],
    (name, standing): (&'static str, Standing),
    (by, text): (&str, &str),
    certain: impl Fn(&Secret) -> bool,
) -> Vec<Heard<'a>> {
    let seen = |secret: &Secret| Seen {
        way: format!("{PUSHED} {by}"),
        text: text.to_owned(),
        status: 200,
        certain: certain(secret),
    };
    secrets
        .iter()
        .map(|secret| (name, standing, secret, seen(secret)))
        .collect()
}

/// Is somebody of this standing told of a post for certain?
fn is_reached(standing: Standing, secret: &Secret, after: After) -> bool {
    match standing {
        Standing::Author => true,
        // By an answer to somebody whom one does not follow nobody is reached at home.
        Standing::Follower => secret.audience != "direct" && !secret.reply,
        // Told of once.
        Standing::Mentioned => after == After::Writing,
        Standing::Outsider => secret.audience == "public" && !secret.reply,
        Standing::Muter | Standing::Blocked => false,
    }
}

/// When it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    Writing,
    Editing,
}

impl<S> Listener<S> {
    pub async fn open(
        address: &Address,
        (name, standing): (&'static str, S),
        token: &str,
        streams: &[Value],
    ) -> Self {
        let mut socket = Socket::open(address, token, "stream=user").await;
        for stream in streams {
            socket.subscribe(stream).await;
        }
        Self {
            name,
            standing,
            frames: socket.keep_reading(),
        }
    }

    /// What came until this post, which is written after all else.
    pub async fn before(&self, fence: &str) -> Vec<Value> {
        until(&format!("{} hears of {fence}", self.name), async || {
            let mut frames = self.frames.lock().unwrap();
            let at = frames.iter().position(|frame| {
                let text = frame["payload"].as_str().unwrap_or_default();
                text.contains(fence)
            })?;
            let mut before: Vec<Value> = frames.drain(..=at).collect();
            before.pop();
            Some(before)
        })
        .await
    }
}

impl Listener {
    /// The posts that this one was told are gone and never could read, or could read and still shows.
    pub async fn deceived(&self, secrets: &[Secret], fence: &str) -> Vec<String> {
        let frames = self.before(fence).await;
        let told = |secret: &Secret| {
            frames
                .iter()
                .any(|frame| frame["event"] == "delete" && frame["payload"] == secret.id.as_str())
        };
        let mut wrong = Vec::new();
        for secret in secrets {
            // That somebody blocks them is known to whom it concerns, and open posts to everybody.
            let blocked = self.standing == Standing::Blocked && secret.is_open();
            let may = may_read(secret.audience, self.standing) || blocked;
            if told(secret) && !may {
                wrong.push(format!(
                    "LEAK: {} is told that a {} post is gone",
                    self.name, secret.audience
                ));
            }
            if !told(secret) && self.standing == Standing::Author {
                wrong.push(format!(
                    "{} is not told that a {} post is gone",
                    self.name, secret.audience
                ));
            }
        }
        wrong
    }
}
