//! The WebSocket: clients say what they want to hear, by messages of their own or in its address.
//! <https://docs.joinmastodon.org/methods/streaming/#websocket>

use std::{collections::HashMap, fmt, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::header::{SEC_WEBSOCKET_PROTOCOL, UPGRADE},
    rt,
    web::Payload,
};
use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Closed, ProtocolError,
    Session,
};
use kontor_actions::streams::{self, Arrival, Connection, End, Stream};
use kontor_domain::scope::Scopes;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, timeout};

use super::{
    Here,
    answer::heartbeat,
    names::{Asked, check},
    news::frame,
    open,
};
use crate::{Error, Result, caller::Caller, scope};

/// A client that takes nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn socket(
    app: Here,
    req: HttpRequest,
    caller: Caller<scope::Streaming>,
    body: Payload,
) -> Result<HttpResponse> {
    if !upgrades(&req) {
        return Err(Error::UpgradeRequired);
    }
    let asked: Asked = kontor_http::params::from_query(&req)
        .map_err(|_| Error::bad("stream", "cannot be read"))?;
    let connection = open(&app, &req, &caller).await?;
    // Browsers close a socket whose protocol is not named back to them; it may be the token.
    let protocols: Vec<&str> = req
        .headers()
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    let (response, session, messages) = actix_ws::handle_with_protocols(&req, body, &protocols)
        .map_err(|_| Error::UpgradeRequired)?;
    let most = app.settings.limits.streaming.message_bytes;
    let messages = messages
        .max_frame_size(most)
        .aggregate_continuations()
        .max_continuation_size(most);
    let talk = Talk {
        app,
        scopes: caller.scopes,
        connection,
        labels: HashMap::new(),
        session,
    };
    rt::spawn(talk.run(messages, asked));
    Ok(response)
}

fn upgrades(req: &HttpRequest) -> bool {
    let upgrade = req.headers().get(UPGRADE);
    upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// What a client says.
#[derive(Debug, Deserialize)]
struct Said {
    #[serde(rename = "type", default)]
    kind: Value,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

/// The connection is over.
struct Over(Option<CloseReason>);

impl From<Closed> for Over {
    fn from(_: Closed) -> Self {
        Self(None)
    }
}

impl Over {
    fn because(code: CloseCode, why: impl fmt::Display) -> Self {
        Self(Some(CloseReason::from((code, why.to_string()))))
    }
}

impl From<End> for Over {
    fn from(why: End) -> Self {
        match why {
            End::Refused => Self::because(CloseCode::Policy, "The access token was revoked"),
            End::Slow => Self::because(CloseCode::Policy, "Too much is waiting to be taken"),
            End::Missed => Self::because(CloseCode::Restart, "Come again: something was missed"),
            End::Stopping => Self::because(CloseCode::Away, "The server stops"),
        }
    }
}

struct Talk {
    app: Here,
    scopes: Scopes,
    connection: Connection,
    /// What is listened to, by the names that it was asked for.
    labels: HashMap<Stream, Value>,
    session: Session,
}

impl Talk {
    async fn run(mut self, mut messages: AggregatedMessageStream, first: Asked) {
        let Err(Over(why)) = self.talk(&mut messages, first).await;
        if let Some(why) = why {
            // It may be gone already, or not listen any more.
            let _gone = timeout(PATIENCE, self.session.close(Some(why))).await;
        }
    }

    async fn talk(
        &mut self,
        messages: &mut AggregatedMessageStream,
        first: Asked,
    ) -> std::result::Result<std::convert::Infallible, Over> {
        if first.stream.is_some() {
            self.subscribe(&first).await?;
        }
        let every = heartbeat(&self.app);
        let mut beat = tokio::time::interval_at(Instant::now() + every, every);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                message = messages.recv() => {
                    heard = Instant::now();
                    match message {
                        None => return Err(Over(None)),
                        Some(Err(why)) => return Err(spoiled(&why)),
                        Some(Ok(message)) => self.hear(message).await?,
                    }
                }
                arrival = self.connection.next() => self.tell(&arrival?).await?,
                _ = beat.tick() => {
                    if heard.elapsed() > every * 2 + PATIENCE {
                        return Err(Over::because(CloseCode::Away, "Nobody is there"));
                    }
                    let session = &mut self.session;
                    patiently(&self.connection, session.ping(b"")).await?;
                }
            }
        }
    }

    async fn hear(&mut self, message: AggregatedMessage) -> std::result::Result<(), Over> {
        match message {
            AggregatedMessage::Text(text) => self.hear_text(&text).await,
            AggregatedMessage::Binary(_) => Err(Over::because(
                CloseCode::Unsupported,
                "Messages are JSON texts",
            )),
            AggregatedMessage::Ping(bytes) => {
                let session = &mut self.session;
                patiently(&self.connection, session.pong(&bytes)).await
            }
            AggregatedMessage::Pong(_) => Ok(()),
            AggregatedMessage::Close(reason) => Err(Over(Some(
                reason.unwrap_or_else(|| CloseCode::Normal.into()),
            ))),
        }
    }

    async fn hear_text(&mut self, text: &str) -> std::result::Result<(), Over> {
        let said = serde_json::from_str::<Said>(text)
            .map_err(|_| ())
            .and_then(|said| {
                let asked = kontor_http::params::read::<Asked>(Value::Object(said.rest));
                asked.map(|asked| (said.kind, asked)).map_err(|_| ())
            });
        let Ok((kind, asked)) = said else {
            return self
                .complain(&Error::bad("message", "cannot be read"))
                .await;
        };
        match kind.as_str() {
            Some("subscribe") => self.subscribe(&asked).await,
            Some("unsubscribe") => match asked.stream() {
                Some(Ok(stream)) => {
                    self.connection.ignore(&stream);
                    self.labels.remove(&stream);
                    Ok(())
                }
                Some(Err(why)) => self.complain(&why).await,
                None => self.complain(&Error::bad("stream", "is missing")).await,
            },
            _ => self.complain(&Error::bad("type", "is not known")).await,
        }
    }

    async fn subscribe(&mut self, asked: &Asked) -> std::result::Result<(), Over> {
        match self.try_subscribe(asked).await {
            Ok(()) => Ok(()),
            Err(why) => self.complain(&why).await,
        }
    }

    async fn try_subscribe(&mut self, asked: &Asked) -> Result<()> {
        let stream = asked
            .stream()
            .ok_or_else(|| Error::bad("stream", "is missing"))??;
        check(&stream, &self.scopes)?;
        streams::listen(&self.app, &self.connection, stream.clone()).await?;
        self.labels.entry(stream).or_insert_with(|| asked.label());
        Ok(())
    }

    /// The socket stays open.
    async fn complain(&mut self, why: &Error) -> std::result::Result<(), Over> {
        let text = json!({ "error": why.to_string(), "status": why.status_code().as_u16() });
        let session = &mut self.session;
        patiently(&self.connection, session.text(text.to_string())).await
    }

    async fn tell(&mut self, arrival: &Arrival) -> std::result::Result<(), Over> {
        // Not listened to any more; this was on its way.
        let Some(label) = self.labels.get(&arrival.stream) else {
            return Ok(());
        };
        let text = format!(
            "{{\"stream\":{label},{}",
            frame(&self.app.site, &arrival.news)
        );
        let session = &mut self.session;
        patiently(&self.connection, session.text(text)).await
    }
}

/// Sends, for as long as somebody takes it and may.
async fn patiently(
    connection: &Connection,
    sending: impl Future<Output = std::result::Result<(), Closed>>,
) -> std::result::Result<(), Over> {
    tokio::select! {
        sent = timeout(PATIENCE, sending) => match sent {
            Ok(sent) => Ok(sent?),
            Err(_) => Err(Over(None)),
        },
        why = connection.end() => Err(why.into()),
    }
}

fn spoiled(why: &ProtocolError) -> Over {
    match why {
        ProtocolError::Overflow => Over::because(CloseCode::Size, "The message is too long"),
        why => Over::because(CloseCode::Protocol, why),
    }
}
