//! HTTP/2 outside and HTTP/1.1 inside, as a proxy before a server has it; with a note of each request that came by it.

use std::{
    error::Error,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use h2::{RecvStream, server::SendResponse};
use reqwest::header::{CONNECTION, HOST, HeaderValue, TRANSFER_ENCODING, USER_AGENT};
use tokio::io::{AsyncRead, AsyncWrite};

/// A request that came over HTTP/2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub method: String,
    /// With its query.
    pub path: String,
    /// `User-Agent`
    pub agent: String,
}

pub struct Relay {
    http: reqwest::Client,
    inner: SocketAddr,
    heard: Mutex<Vec<Heard>>,
}

impl Relay {
    /// To a server that listens there.
    pub fn new(inner: SocketAddr) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .no_gzip()
            .http1_only()
            .build()
            .expect("an HTTP client");
        Self {
            http,
            inner,
            heard: Mutex::default(),
        }
    }

    /// In the order that they came in.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Until the caller is gone.
    pub async fn converse(self: Arc<Self>, outside: impl AsyncRead + AsyncWrite + Unpin) {
        let Ok(mut connection) = h2::server::handshake(outside).await else {
            return;
        };
        // To wait for the next request is also what moves the bodies of those before it.
        while let Some(Ok((request, answer))) = connection.accept().await {
            let relay = self.clone();
            tokio::spawn(async move {
                // A caller that breaks off, or a server that is down, is the business of the two.
                let _ended = relay.hand_on(request, answer).await;
            });
        }
    }

    async fn hand_on(
        &self,
        request: ::http::Request<RecvStream>,
        mut answer: SendResponse<Bytes>,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let (head, mut body) = request.into_parts();
        let mut read = Vec::new();
        while let Some(chunk) = body.data().await {
            let chunk = chunk?;
            body.flow_control().release_capacity(chunk.len())?;
            read.extend_from_slice(&chunk);
        }
        let mut headers = head.headers;
        let agent = headers.get(USER_AGENT).map(HeaderValue::to_str);
        let request_heard = Heard {
            method: head.method.to_string(),
            path: head
                .uri
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
            agent: agent.transpose()?.unwrap_or_default().to_owned(),
        };
        let url = format!("http://{}{}", self.inner, request_heard.path);
        self.heard.lock().unwrap().push(request_heard);
        if let Some(authority) = head.uri.authority() {
            headers.insert(HOST, HeaderValue::from_str(authority.as_str())?);
        }
        let request = self.http.request(head.method, url).headers(headers);
        let response = request.body(read).send().await?;
        let mut said = ::http::Response::new(());
        *said.status_mut() = response.status();
        *said.headers_mut() = response.headers().clone();
        // They are about the connection inside, and HTTP/2 has none of them.
        for name in [CONNECTION, TRANSFER_ENCODING] {
            said.headers_mut().remove(name);
        }
        let mut body = answer.send_response(said, false)?;
        body.send_data(response.bytes().await?, true)?;
        Ok(())
    }
}
