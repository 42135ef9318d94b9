//! A signed request of a peer, as a value: a test changes what it is about, then sends it.

use std::time::{Duration, SystemTime};

use reqwest::{Method, Url};
use serde_json::Value;

use crate::{ACTIVITY, Answer, clock, signing};

#[derive(Clone)]
pub struct Letter {
    pub method: Method,
    pub url: String,
    /// Without `Host`, which is the address's.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Letter {
    /// An activity, not signed yet.
    pub fn activity(url: &str, activity: &Value) -> Self {
        Self::raw(url, activity.to_string().into_bytes())
    }

    /// Any body, not signed yet.
    pub fn raw(url: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self {
            method: Method::POST,
            url: url.to_owned(),
            headers: vec![
                ("Date".to_owned(), httpdate::fmt_http_date(clock::now())),
                ("Digest".to_owned(), signing::digest(&body)),
                ("Content-Type".to_owned(), ACTIVITY.to_owned()),
            ],
            body,
        }
    }

    pub fn get(url: &str) -> Self {
        Self {
            method: Method::GET,
            url: url.to_owned(),
            headers: vec![
                ("Date".to_owned(), httpdate::fmt_http_date(clock::now())),
                ("Accept".to_owned(), ACTIVITY.to_owned()),
            ],
            body: Vec::new(),
        }
    }

    #[must_use]
    pub fn dated(self, seconds: i64) -> Self {
        let shift = Duration::from_secs(seconds.unsigned_abs());
        let at: SystemTime = if seconds < 0 {
            clock::now() - shift
        } else {
            clock::now() + shift
        };
        self.with("Date", &httpdate::fmt_http_date(at))
    }

    /// Sets a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Signs what it is now: request target, host, and every header of ours but `Accept`.
    #[must_use]
    pub fn signed(self, key: &signing::Key) -> Self {
        let url = Url::parse(&self.url).expect("an address");
        let path = url.query().map_or_else(
            || url.path().to_owned(),
            |query| format!("{}?{query}", url.path()),
        );
        let target = format!("{} {path}", self.method.as_str().to_lowercase());
        let host = url.port().map_or_else(
            || url.host_str().unwrap_or_default().to_owned(),
            |port| format!("{}:{port}", url.host_str().unwrap_or_default()),
        );
        let signature = {
            let lower: Vec<(String, &str)> = self
                .headers
                .iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
                .collect();
            let mut lines = vec![
                ("(request-target)", target.as_str()),
                ("host", host.as_str()),
            ];
            let own = ["date", "digest", "content-type"];
            lines.extend(
                lower
                    .iter()
                    .filter(|(name, _)| own.contains(&name.as_str()))
                    .map(|(name, value)| (name.as_str(), *value)),
            );
            key.signature(&lines)
        };
        self.with("Signature", &signature)
    }

    pub async fn send(&self, http: &reqwest::Client) -> Answer {
        self.try_send(http)
            .await
            .unwrap_or_else(|why| panic!("{} gave no answer: {why:?}", self.url))
    }

    pub async fn try_send(&self, http: &reqwest::Client) -> reqwest::Result<Answer> {
        let mut request = http
            .request(self.method.clone(), &self.url)
            .body(self.body.clone());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer {
            asked: format!("{} {}", self.method, self.url),
            status,
            headers,
            body: response.bytes().await?,
        })
    }
}
