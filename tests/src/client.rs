//! A small client of the Mastodon API, with or without a token. What it gets back is judged by the test.

use std::time::Duration;

use reqwest::{Method, redirect};
use serde_json::Value;

use crate::{Address, Answer};

#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// A connection to `addresses`, whose names are in no DNS. Redirects are shown and not followed.
pub fn plain(addresses: &[&Address]) -> reqwest::Client {
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .http1_only()
        // Shorter than the server keeps an idle connection: none is used at the moment when it is closed.
        .pool_idle_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(30));
    for address in addresses {
        if address.is_secure() {
            let pem = crate::tls::authority().pem();
            let authority = reqwest::Certificate::from_pem(pem.as_bytes()).expect("a certificate");
            builder = builder.tls_certs_merge([authority]);
        }
        builder = builder.resolve(address.host(), address.socket());
    }
    builder.build().expect("an HTTP client")
}

impl Client {
    /// Nobody in particular.
    pub fn stranger(server: &Address) -> Self {
        Self {
            http: plain(&[server]),
            base: server.url(""),
            token: None,
        }
    }

    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        let request = self.http.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// # Panics
    /// When there is no answer at all.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_send(request)
            .await
            .unwrap_or_else(|why| panic!("no answer: {why:?}"))
    }

    pub async fn try_send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let request = request.build()?;
        let asked = format!("{} {}", request.method(), request.url());
        let response = self.http.execute(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer {
            asked,
            status,
            headers,
            body: response.bytes().await?,
        })
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// As a browser or a peer asks: with an `Accept` header.
    pub async fn get_as(&self, path: &str, accept: &str) -> Answer {
        self.send(self.request(Method::GET, path).header("accept", accept))
            .await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(with_form(self.request(Method::POST, path), form))
            .await
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("content-type", "application/json")
            .body(body.to_string());
        self.send(request).await
    }

    pub async fn put(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(with_form(self.request(Method::PUT, path), form))
            .await
    }

    pub async fn patch(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(with_form(self.request(Method::PATCH, path), form))
            .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }
}

fn with_form(request: reqwest::RequestBuilder, form: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
}

/// A path with its query.
pub fn query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    format!("{path}?{query}")
}
