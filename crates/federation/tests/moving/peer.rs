//! Other servers, all of them in one process on one port: they are told apart by the `Host` that is asked for.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, LazyLock, Mutex},
    time::{Duration, Instant},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode, web};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use kontor_federation::signature::{
    Headers, KeyPems, Policy, PrivateKey, PublicKey, Scheme, SignRequest, Signature, VerifyRequest,
    cavage, digest, rfc9421,
};
use kontor_net::{Client, HeaderMap, HeaderName, HeaderValue, Request, Url};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use serde_json::{Value, json};

/// Keys take a while, so all tests share these.
pub struct Key {
    pub pem: String,
    pub private: PrivateKey,
}

fn key(seed: u64) -> Key {
    let pems = KeyPems::generate(&mut ChaCha20Rng::seed_from_u64(seed)).unwrap();
    Key {
        private: PrivateKey::from_pem(&pems.private).unwrap(),
        pem: pems.public,
    }
}

pub static ONE: LazyLock<Key> = LazyLock::new(|| key(1));
pub static OTHER: LazyLock<Key> = LazyLock::new(|| key(2));
pub static THIRD: LazyLock<Key> = LazyLock::new(|| key(3));

/// What reached an inbox.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub host: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
    pub raw: Bytes,
    pub at: Instant,
}

impl Arrived {
    pub fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap()
    }

    /// Is it signed as it must be, by the owner of this key?
    pub fn is_signed_by(&self, key_id: &str, pem: &str, now: DateTime<Utc>) -> bool {
        let place = ("POST", self.host.as_str(), self.path.as_str());
        signed(place, &self.headers, Some(&self.raw), (key_id, pem), now)
    }
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub url: String,
    pub host: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
}

impl Asked {
    /// The same of a request that asks.
    pub fn is_signed_by(&self, key_id: &str, pem: &str, now: DateTime<Utc>) -> bool {
        let place = ("GET", self.host.as_str(), self.path.as_str());
        signed(place, &self.headers, None, (key_id, pem), now)
    }
}

fn signed(
    (method, host, path): (&str, &str, &str),
    headers: &[(String, String)],
    body: Option<&[u8]>,
    (key_id, pem): (&str, &str),
    now: DateTime<Utc>,
) -> bool {
    let headers: Headers<'_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let request = VerifyRequest {
        method,
        path_and_query: path,
        host,
        headers: &headers,
        body,
    };
    let Ok(signature) = Signature::from_headers(&headers) else {
        return false;
    };
    let key = PublicKey::from_pem(pem).unwrap();
    signature.key_name() == key_id
        && signature
            .verify_over(Scheme::Http, &request, &key, now, &Policy::default())
            .is_ok()
}

/// What an inbox answers.
#[derive(Debug, Clone)]
pub enum Answer {
    Status(u16),
    Wait(u16, String),
    /// Nothing, for a long time.
    Hang,
    /// The same, to whoever asks for a page.
    Mute,
    /// 202 to what is signed by RFC 9421, 401 to the rest.
    Modern,
}

#[derive(Debug, Clone)]
struct Page {
    status: u16,
    content_type: String,
    body: Bytes,
}

#[derive(Default)]
struct State {
    pages: HashMap<(String, String), Page>,
    fetched: Vec<Asked>,
    arrived: Vec<Arrived>,
    answers: HashMap<String, Answer>,
    under_way: HashMap<String, usize>,
    most_under_way: HashMap<String, usize>,
}

#[derive(Clone, Default)]
pub struct Peers {
    state: Arc<Mutex<State>>,
    pub address: Option<SocketAddr>,
}

impl Peers {
    pub fn start() -> Self {
        let mut peers = Self::default();
        let shared = peers.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::new(shared.clone()))
                .app_data(web::PayloadConfig::new(4 << 20))
                .default_service(web::to(serve))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .bind("127.0.0.1:0")
        .unwrap();
        peers.address = server.addrs().first().copied();
        tokio::spawn(server.run());
        peers
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap())
    }

    /// Serves JSON as an activity at an `http` address.
    pub fn serve(&self, url: &str, body: &Value) {
        self.serve_as(url, 200, "application/activity+json", &body.to_string());
    }

    pub fn serve_as(&self, url: &str, status: u16, content_type: &str, body: &str) {
        self.serve_bytes(url, status, content_type, body.as_bytes());
    }

    pub fn serve_bytes(&self, url: &str, status: u16, content_type: &str, body: &[u8]) {
        let url = Url::parse(url).unwrap();
        let place = (url.host_str().unwrap().to_owned(), path_of(&url));
        let page = Page {
            status,
            content_type: content_type.to_owned(),
            body: Bytes::copy_from_slice(body),
        };
        self.with(|state| state.pages.insert(place, page));
    }

    pub fn gone(&self, url: &str) {
        self.serve_as(url, 410, "text/plain", "");
    }

    /// What the inboxes of a host answer from now on; 202 if nothing is said.
    pub fn answer(&self, host: &str, answer: Answer) {
        self.with(|state| state.answers.insert(host.to_owned(), answer));
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.with(|state| state.arrived.clone())
    }

    pub fn arrived_at(&self, host: &str) -> Vec<Arrived> {
        self.arrived()
            .into_iter()
            .filter(|arrived| arrived.host == host)
            .collect()
    }

    /// The requests for an address.
    pub fn asked(&self, url: &str) -> Vec<Asked> {
        let mut asked = self.with(|state| state.fetched.clone());
        asked.retain(|asked| asked.url == url);
        asked
    }

    /// How often an address was asked for.
    pub fn fetches(&self, url: &str) -> usize {
        self.asked(url).len()
    }

    pub fn all_fetches(&self) -> usize {
        self.with(|state| state.fetched.len())
    }

    pub fn most_under_way(&self, host: &str) -> usize {
        self.with(|state| state.most_under_way.get(host).copied().unwrap_or(0))
    }

    /// Begins to count anew.
    pub fn forget_most(&self) {
        self.with(|state| state.most_under_way.clear());
    }
}

fn path_of(url: &Url) -> String {
    url.query().map_or_else(
        || url.path().to_owned(),
        |query| format!("{}?{query}", url.path()),
    )
}

async fn serve(request: HttpRequest, body: Bytes, peers: web::Data<Peers>) -> HttpResponse {
    let host = request.connection_info().host().to_owned();
    let path = request.uri().path_and_query().unwrap().to_string();
    let modern = request.headers().contains_key("signature-input");
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    if request.method() == "GET" {
        let page = peers.with(|state| {
            state.fetched.push(Asked {
                url: format!("http://{host}{path}"),
                host: host.clone(),
                path: path.clone(),
                headers,
            });
            let demands = matches!(state.answers.get(&host), Some(Answer::Modern));
            let page = state.pages.get(&(host.clone(), path.clone())).cloned();
            page.map(|page| (page, demands && !path.starts_with("/.well-known")))
        });
        if let Some((_, true)) = page
            && !modern
        {
            return HttpResponse::Unauthorized().finish();
        }
        if peers.with(|state| matches!(state.answers.get(&host), Some(Answer::Mute))) {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        let page = page.map(|(page, _)| page);
        return match page {
            Some(page) => HttpResponse::build(StatusCode::from_u16(page.status).unwrap())
                .content_type(page.content_type)
                .body(page.body),
            None => HttpResponse::NotFound().finish(),
        };
    }
    let arrived = Arrived {
        host: host.clone(),
        path,
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
        raw: body,
        at: Instant::now(),
    };
    let answer = peers.with(|state| {
        state.arrived.push(arrived);
        let now = state.under_way.entry(host.clone()).or_default();
        *now += 1;
        let now = *now;
        let most = state.most_under_way.entry(host.clone()).or_default();
        *most = now.max(*most);
        state
            .answers
            .get(&host)
            .cloned()
            .unwrap_or(Answer::Status(202))
    });
    let answer = match answer {
        Answer::Status(status) => {
            HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish()
        }
        Answer::Wait(status, after) => HttpResponse::build(StatusCode::from_u16(status).unwrap())
            .insert_header(("Retry-After", after))
            .finish(),
        Answer::Modern if modern => HttpResponse::Accepted().finish(),
        Answer::Mute => HttpResponse::Accepted().finish(),
        Answer::Modern => HttpResponse::Unauthorized().finish(),
        Answer::Hang => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            HttpResponse::Ok().finish()
        }
    };
    peers.with(|state| *state.under_way.get_mut(&host).unwrap() -= 1);
    answer
}

/// Somebody on another server.
#[derive(Clone)]
pub struct Person {
    pub uri: String,
    pub host: String,
    pub name: String,
    pub key_id: String,
    pub key: &'static Key,
}

impl Person {
    pub fn new(host: &str, name: &str) -> Self {
        let uri = format!("http://{host}/users/{name}");
        Self {
            key_id: format!("{uri}#main-key"),
            uri,
            host: host.to_owned(),
            name: name.to_owned(),
            key: &ONE,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    pub fn document(&self) -> Value {
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.name,
            "inbox": format!("{}/inbox", self.uri),
            "outbox": format!("{}/outbox", self.uri),
            "followers": format!("{}/followers", self.uri),
            "following": format!("{}/following", self.uri),
            "endpoints": {"sharedInbox": self.url("/inbox")},
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": self.key.pem},
        })
    }

    pub fn finger_url(&self) -> String {
        finger_url(&self.host, &self.name, &self.host)
    }

    /// Their server answers for them.
    pub fn lives(&self, peers: &Peers) {
        peers.serve(&self.uri, &self.document());
        peers.serve_as(
            &self.finger_url(),
            200,
            "application/jrd+json",
            &jrd(&self.name, &self.host, &self.uri),
        );
    }

    pub fn note(&self, id: &str, content: &str) -> Value {
        json!({
            "id": self.url(&format!("/notes/{id}")),
            "type": "Note",
            "attributedTo": self.uri,
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            "cc": [format!("{}/followers", self.uri)],
            "content": format!("<p>{content}</p>"),
            "published": "2026-01-02T03:04:05Z",
        })
    }

    pub fn activity(&self, id: &str, kind: &str, object: &Value) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.url(&format!("/activities/{id}")),
            "type": kind,
            "actor": self.uri,
            "object": object,
        })
    }
}

pub fn finger_url(asked: &str, name: &str, domain: &str) -> String {
    let mut url = Url::parse(&format!("http://{asked}/.well-known/webfinger")).unwrap();
    url.query_pairs_mut()
        .append_pair("resource", &format!("acct:{name}@{domain}"));
    url.into()
}

pub fn jrd(name: &str, domain: &str, actor: &str) -> String {
    json!({
        "subject": format!("acct:{name}@{domain}"),
        "links": [{"rel": "self", "type": "application/activity+json", "href": actor}],
    })
    .to_string()
}

/// A signed POST that a test may spoil before it goes out.
pub struct Letter {
    pub url: Url,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Letter {
    pub fn new(from: &Person, to: &str, body: &Value, now: DateTime<Utc>) -> Self {
        Self::raw(from, to, body.to_string().into_bytes(), now)
    }

    pub fn raw(from: &Person, to: &str, body: Vec<u8>, now: DateTime<Utc>) -> Self {
        Self::with(from, to, body, &[], now)
    }

    /// With more headers, which are signed too.
    pub fn with(
        from: &Person,
        to: &str,
        body: Vec<u8>,
        more: &[(&'static str, String)],
        now: DateTime<Utc>,
    ) -> Self {
        let url = Url::parse(to).unwrap();
        let digest = digest::sha256(&body);
        let request = SignRequest {
            method: "POST",
            url: &url,
            date: now,
            digest: Some(&digest),
            content_type: Some("application/activity+json"),
        };
        let headers = cavage::sign_with(&request, more, &from.key_id, &from.key.private).unwrap();
        Self {
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            url,
            body,
        }
    }

    /// Signed by RFC 9421.
    pub fn modern(from: &Person, to: &str, body: &Value, now: DateTime<Utc>) -> Self {
        let (url, body) = (Url::parse(to).unwrap(), body.to_string().into_bytes());
        let digest = digest::sha256(&body);
        let request = SignRequest {
            method: "POST",
            url: &url,
            date: now,
            digest: Some(&digest),
            content_type: Some("application/activity+json"),
        };
        let headers = rfc9421::sign(&request, &from.key_id, &from.key.private).unwrap();
        Self {
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            url,
            body,
        }
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(header, _)| header != name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Returns the status and the reason.
    pub async fn send(self, net: &Client) -> (u16, String) {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.insert(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let answer = net
            .send(Request {
                headers,
                ..Request::post(self.url, self.body)
            })
            .await
            .unwrap();
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status >= 400 {
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert_eq!(body["status"], answer.status);
        }
        (
            answer.status,
            body["detail"].as_str().unwrap_or_default().to_owned(),
        )
    }
}
