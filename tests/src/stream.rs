//! Listening to what happens: a WebSocket by an implementation that we did not write, and server-sent events.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        http::{HeaderValue, Response},
    },
};

use crate::{Address, wait::LIMIT};

/// Where a token stands in the request for a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Header,
    Query,
    Protocol,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With this code.
    Code(u16),
    /// Without a word.
    Broken,
}

pub struct Socket {
    inner: WebSocketStream<TcpStream>,
    /// What came and was not asked for yet.
    seen: VecDeque<Value>,
    /// The protocol that the server chose.
    pub protocol: Option<String>,
}

/// A plain connection; `small`: the system takes in hardly anything that is not read.
async fn connect(address: &Address, small: bool) -> TcpStream {
    let socket = if address.socket().is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }
    .expect("a socket");
    if small {
        socket.set_recv_buffer_size(4096).expect("a small buffer");
    }
    socket
        .connect(address.socket())
        .await
        .expect("a connection")
}

impl Socket {
    /// Opens `/api/v1/streaming` with this query.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn open(address: &Address, token: &str, query: &str) -> Self {
        Self::try_open(address, Some((By::Header, token)), query, false)
            .await
            .unwrap_or_else(|answer| panic!("no WebSocket: {answer:?}"))
    }

    /// Refused: the status, and what was said.
    pub async fn try_open(
        address: &Address,
        token: Option<(By, &str)>,
        query: &str,
        small: bool,
    ) -> Result<Self, (u16, String)> {
        let mut url = format!("ws://{}/api/v1/streaming?{query}", address.authority());
        if let Some((By::Query, token)) = token {
            url = format!("{url}&access_token={token}");
        }
        let mut request = url.into_client_request().expect("a request");
        let headers = request.headers_mut();
        match token {
            Some((By::Header, token)) => {
                let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a header");
                headers.insert("authorization", value);
            }
            Some((By::Protocol, token)) => {
                let value = HeaderValue::from_str(token).expect("a header");
                headers.insert("sec-websocket-protocol", value);
            }
            Some((By::Query, _)) | None => {}
        }
        match client_async(request, connect(address, small).await).await {
            Ok((inner, response)) => Ok(Self {
                inner,
                seen: VecDeque::new(),
                protocol: header(&response, "sec-websocket-protocol"),
            }),
            Err(Error::Http(response)) => {
                let body = response.body().clone().unwrap_or_default();
                let said = String::from_utf8_lossy(&body).into_owned();
                Err((response.status().as_u16(), said))
            }
            Err(other) => panic!("no answer to the request for a WebSocket: {other}"),
        }
    }

    pub async fn say(&mut self, message: &Value) {
        self.say_text(&message.to_string()).await;
    }

    pub async fn say_text(&mut self, text: &str) {
        self.inner
            .send(Message::text(text))
            .await
            .expect("a socket that is open");
    }

    /// Subscribes, and waits until everything that was said before has been heard: an unknown message is answered at once.
    pub async fn subscribe(&mut self, stream: &Value) {
        let mut message = stream.clone();
        message["type"] = "subscribe".into();
        self.say(&message).await;
        self.caught_up().await;
    }

    /// Everything that was said to the server has been heard.
    pub async fn caught_up(&mut self) {
        self.say(&serde_json::json!({ "type": "are you there" }))
            .await;
        let mut before = VecDeque::new();
        loop {
            let frame = self.frame().await;
            if frame["error"] == "type is not known" {
                break;
            }
            before.push_back(frame);
        }
        self.seen.append(&mut before);
    }

    /// The next frame from the wire.
    async fn frame(&mut self) -> Value {
        match tokio::time::timeout(LIMIT, self.message()).await {
            Ok(Ok(text)) => serde_json::from_str(&text).expect("JSON"),
            Ok(Err(ended)) => panic!("the socket ended: {ended:?}"),
            Err(tokio::time::error::Elapsed { .. }) => {
                panic!("nothing came; before: {:?}", self.seen)
            }
        }
    }

    async fn message(&mut self) -> Result<String, Ended> {
        loop {
            match self.inner.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(Some(close)))) => {
                    return Err(Ended::Code(close.code.into()));
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(Ended::Broken),
                Some(Ok(_)) => {}
            }
        }
    }

    /// What comes next.
    pub async fn next(&mut self) -> Value {
        match self.seen.pop_front() {
            Some(frame) => frame,
            None => self.frame().await,
        }
    }

    /// The payload of the next frame, which must be this event of this stream.
    #[track_caller]
    #[expect(
        clippy::manual_async_fn,
        reason = "`track_caller` says where it was expected"
    )]
    pub fn expect<'a>(
        &'a mut self,
        stream: &'a Value,
        event: &'a str,
    ) -> impl Future<Output = Value> + 'a {
        async move {
            let frame = self.next().await;
            assert_eq!(frame["event"], event, "{frame}");
            assert_eq!(&frame["stream"], stream, "{frame}");
            payload(&frame)
        }
    }

    /// Everything that came until now.
    pub async fn taken(&mut self) -> Vec<Value> {
        self.caught_up().await;
        self.seen.drain(..).collect()
    }

    /// What came before the news of this post, which is written after all else: news come in the order in which things happened.
    /// Its word begins with `fence`, and what else is said of such posts is passed over.
    pub async fn before(&mut self, fence: &str) -> Vec<Value> {
        let mut frames = Vec::new();
        loop {
            let frame = self.next().await;
            let text = frame["payload"].as_str().unwrap_or_default();
            if text.contains(fence) {
                return frames;
            }
            if !text.contains("fence") {
                frames.push(frame);
            }
        }
    }

    /// Goes on reading, so that it never looks like one who does not. Returns what came, as it comes.
    pub fn keep_reading(mut self) -> Arc<Mutex<Vec<Value>>> {
        let kept = Arc::new(Mutex::new(Vec::from(std::mem::take(&mut self.seen))));
        let frames = kept.clone();
        tokio::spawn(async move {
            while let Ok(text) = self.message().await {
                let frame = serde_json::from_str(&text).expect("JSON");
                frames.lock().unwrap().push(frame);
            }
        });
        kept
    }

    /// Reads until it ends.
    pub async fn end(&mut self) -> (Vec<String>, Ended) {
        let mut texts = Vec::new();
        let reading = async {
            loop {
                match self.message().await {
                    Ok(text) => texts.push(text),
                    Err(ended) => return ended,
                }
            }
        };
        let ended = tokio::time::timeout(LIMIT, reading)
            .await
            .expect("the socket ends");
        (texts, ended)
    }
}

fn header<T>(response: &Response<T>, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(value.to_str().expect("text").to_owned())
}

/// The JSON within the text of a frame's payload; the text itself where it is none.
pub fn payload(frame: &Value) -> Value {
    match &frame["payload"] {
        Value::String(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()))
        }
        other => other.clone(),
    }
}

/// An answer of server-sent events.
pub struct Events {
    response: reqwest::Response,
    buffer: String,
}

impl Events {
    /// # Panics
    /// When it is refused.
    pub async fn open(address: &Address, token: &str, path: &str) -> Self {
        let http = crate::client::plain(&[address]);
        let response = http
            .get(address.url(&format!("/api/v1/streaming/{path}")))
            .bearer_auth(token)
            .timeout(Duration::from_secs(120))
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status().as_u16(), 200, "{path}");
        let mut events = Self {
            response,
            buffer: String::new(),
        };
        assert_eq!(events.line().await.as_deref(), Some(":)"));
        events
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.response.headers().get(name);
        value.map_or("", |value| value.to_str().expect("text"))
    }

    /// `None`: it has ended.
    pub async fn line(&mut self) -> Option<String> {
        loop {
            if let Some((line, rest)) = self.buffer.split_once('\n') {
                let line = line.to_owned();
                rest.to_owned().clone_into(&mut self.buffer);
                return Some(line);
            }
            let chunk = tokio::time::timeout(LIMIT, self.response.chunk())
                .await
                .expect("something comes");
            let Ok(Some(chunk)) = chunk else {
                return None;
            };
            self.buffer.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    /// The next event and what is in it.
    pub async fn next(&mut self) -> (String, String) {
        let mut name = String::new();
        loop {
            let line = self.line().await.expect("the answer goes on");
            if let Some(event) = line.strip_prefix("event: ") {
                event.clone_into(&mut name);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (name, data.to_owned());
            }
        }
    }
}
