//! Readers who hold a connection open: what is pushed to each of them, before they ask for anything.

use std::sync::{Arc, Mutex};

use kontor_tests::{Address, Socket, until};
use serde_json::{Value, json};

use super::{
    readers::{Cast, Secret, Standing, may_read},
    ways::Seen,
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

/// Everybody with a token of their own, at everything that there is to listen to.
pub async fn listen(cast: &Cast) -> Vec<Listener> {
    let mut listeners = Vec::new();
    for reader in &cast.readers {
        let Some(token) = &reader.token else { continue };
        let who = (reader.name, reader.standing);
        let address = cast.server.address();
        listeners.push(Listener::open(address, who, token, &streams()).await);
    }
    listeners
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
    /// What was pushed since the last look, for each of these posts.
    pub async fn heard<'a>(
        &self,
        secrets: &'a [Secret],
        after: After,
        fence: &str,
    ) -> Vec<(&'a Secret, Seen)> {
        let text = Value::from(self.before(fence).await).to_string();
        let certain = |secret: &Secret| match self.standing {
            Standing::Author => true,
            // By an answer to somebody whom one does not follow nobody is reached at home.
            Standing::Follower => secret.audience != "direct" && !secret.reply,
            // Told of once.
            Standing::Mentioned => after == After::Writing,
            Standing::Outsider => secret.audience == "public" && !secret.reply,
        };
        let seen = |secret: &Secret| Seen {
            way: format!("what is pushed {after:?}"),
            text: text.clone(),
            status: 200,
            certain: certain(secret),
        };
        secrets
            .iter()
            .map(|secret| (secret, seen(secret)))
            .collect()
    }

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
            let may = may_read(secret.audience, self.standing);
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
