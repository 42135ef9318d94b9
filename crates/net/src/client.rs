//! One exchange: check the target, connect, send, read with limits. Following redirects is in `redirects.rs`.

use crate::addresses::Reachable;
use crate::error::describe;
use crate::hosts::Hosts;
use crate::resolver::{Pinned, Screened};
use crate::{Error, Refused, Settings};
use bytes::{Bytes, BytesMut};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, ClientBuilder, Method};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Position, Url};

/// How long an unused connection is kept, and how many per host.
const IDLE_TIME: Duration = Duration::from_secs(60);
const IDLE_CONNECTIONS: usize = 4;

/// How long a body is waited for that decides nothing.
const BODY_TIME: Duration = Duration::from_secs(1);

/// Derived from the URL, the body and the connection, never taken from a caller.
const OWN_HEADERS: [HeaderName; 5] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::UPGRADE,
];

#[derive(Debug, Clone)]
pub struct Request {
    pub method: Method,
    pub url: Url,
    /// `Host` and `Content-Length` are set by the client: `Host` is the URL's host and its port unless it is the scheme's default.
    pub headers: HeaderMap,
    pub body: Bytes,
    /// In bytes; the setting if absent.
    pub max_body: Option<usize>,
    /// The setting if absent.
    pub deadline: Option<Duration>,
    /// The head is the answer, whatever comes after it: a body that breaks off, hangs, is too large or cannot be decompressed is
    /// no error, and what of it was read is returned.
    pub head_decides: bool,
}

impl Request {
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            max_body: None,
            deadline: None,
            head_decides: false,
        }
    }

    pub fn post(url: Url, body: impl Into<Bytes>) -> Self {
        Self {
            method: Method::POST,
            body: body.into(),
            ..Self::get(url)
        }
    }
}

#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    /// Decompressed.
    pub body: Bytes,
    /// What was asked last: after redirects it is not the first URL.
    pub url: Url,
}

/// A clone shares the connections.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    reachable: Arc<Reachable>,
    hosts: Hosts,
    /// For every target that is looked up.
    screened: reqwest::Client,
    /// For the targets in `hosts`, by the address that is connected to.
    pinned: BTreeMap<IpAddr, ToOneAddress>,
}

/// Both connect to one address, whatever name is asked for.
#[derive(Debug)]
struct ToOneAddress {
    /// Where the port is the URL's own: the peer chooses between HTTP/1.1 and HTTP/2, as anywhere.
    same_port: reqwest::Client,
    /// Where another port is written into the URL: HTTP/1.1 alone, since HTTP/2 would send that one as its `:authority`.
    other_port: reqwest::Client,
}

impl Client {
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let authorities = authorities(&settings)?;
        let hosts = Hosts::new(&settings.hosts)?;
        let reachable = Arc::new(Reachable::new(settings.allow_private_networks.clone()));
        let screened = builder(&settings, &authorities).dns_resolver(Screened(reachable.clone()));
        let mut pinned = BTreeMap::new();
        for ip in hosts.ips() {
            let client = || builder(&settings, &authorities).dns_resolver(Pinned(ip));
            let clients = ToOneAddress {
                same_port: build(client())?,
                other_port: build(client().http1_only())?,
            };
            pinned.insert(ip, clients);
        }
        Ok(Self {
            inner: Arc::new(Inner {
                screened: build(screened)?,
                settings,
                reachable,
                hosts,
                pinned,
            }),
        })
    }

    /// What can be said about a target before its name is resolved.
    pub fn check_url(&self, url: &Url) -> Result<(), Refused> {
        match url.scheme() {
            "https" => {}
            "http" if self.inner.settings.allow_http => {}
            other => return Err(Refused::Scheme(other.to_owned())),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::Credentials);
        }
        let ip = match url.host() {
            None => return Err(Refused::NoHost),
            Some(Host::Domain(name)) if name.ends_with('.') => {
                return Err(Refused::TrailingDot(name.to_owned()));
            }
            Some(Host::Domain(_)) => return Ok(()),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        };
        if self.inner.reachable.names(ip) || self.inner.hosts.address_for(url).is_some() {
            Ok(())
        } else {
            Err(Refused::IpLiteral(ip))
        }
    }

    /// One exchange. A redirect is returned as it came, because a signed request must be signed anew for its next target.
    pub async fn send(&self, request: Request) -> Result<Response, Error> {
        let settings = &self.inner.settings;
        let limit = request.max_body.unwrap_or(settings.max_body_bytes);
        let deadline = request.deadline.unwrap_or(settings.total_timeout);
        let (url, head_decides) = (request.url.clone(), request.head_decides);
        if head_decides {
            let answer = within(deadline, self.open(request)).await?;
            return Ok(believe(answer, url, limit).await);
        }
        within(deadline, async {
            let answer = self.open(request).await?;
            collect(answer, url, limit).await
        })
        .await
    }

    /// Sends the request and returns once the head of the answer is here.
    pub(crate) async fn open(&self, request: Request) -> Result<reqwest::Response, Error> {
        self.check_url(&request.url)?;
        let mut headers = request.headers;
        for name in OWN_HEADERS {
            headers.remove(name);
        }
        let mut target = request.url.clone();
        let client = match self.inner.hosts.address_for(&request.url) {
            None => &self.inner.screened,
            Some(address) => {
                let clients = self.inner.pinned.get(&address.ip());
                let clients = clients.ok_or(Refused::NoHost)?;
                if request.url.port_or_known_default() == Some(address.port()) {
                    &clients.same_port
                } else {
                    // The name stays in the URL, for TLS; the port is where to connect; `Host` is what was asked for.
                    headers.insert(header::HOST, authority(&request.url)?);
                    target
                        .set_port(Some(address.port()))
                        .map_err(|()| Refused::NoHost)?;
                    &clients.other_port
                }
            }
        };
        let builder = client
            .request(request.method, target)
            .headers(headers)
            .body(request.body);
        builder.send().await.map_err(Error::from_exchange)
    }
}

pub(crate) async fn within<T, E: From<Error>>(
    deadline: Duration,
    exchange: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match tokio::time::timeout(deadline, exchange).await {
        Ok(result) => result,
        Err(_) => Err(Error::Timeout.into()),
    }
}

/// Reads the whole answer.
pub(crate) async fn collect(
    mut answer: reqwest::Response,
    url: Url,
    limit: usize,
) -> Result<Response, Error> {
    let mut body = BytesMut::new();
    read(&mut answer, limit, &mut body).await?;
    Ok(whole(answer, url, body))
}

/// Reads of the answer what comes soon, so that its connection can be used again.
async fn believe(mut answer: reqwest::Response, url: Url, limit: usize) -> Response {
    let mut body = BytesMut::new();
    let _unread = tokio::time::timeout(BODY_TIME, read(&mut answer, limit, &mut body)).await;
    whole(answer, url, body)
}

/// Reads the body, never holding more of it than the limit and one chunk.
async fn read(
    answer: &mut reqwest::Response,
    limit: usize,
    body: &mut BytesMut,
) -> Result<(), Error> {
    let too_large = Error::TooLarge { limit };
    let announced = answer.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        return Err(too_large);
    }
    while let Some(chunk) = answer.chunk().await.map_err(Error::from_exchange)? {
        if chunk.len() > limit - body.len() {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(())
}

fn whole(mut answer: reqwest::Response, url: Url, body: BytesMut) -> Response {
    Response {
        status: answer.status().as_u16(),
        headers: std::mem::take(answer.headers_mut()),
        body: body.freeze(),
        url,
    }
}

fn authority(url: &Url) -> Result<HeaderValue, Refused> {
    HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort])
        .map_err(|_| Refused::NoHost)
}

fn builder(settings: &Settings, authorities: &[Certificate]) -> ClientBuilder {
    ClientBuilder::new()
        .user_agent(settings.user_agent.as_str())
        .connect_timeout(settings.connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .pool_idle_timeout(IDLE_TIME)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .tls_certs_merge(authorities.iter().cloned())
}

fn build(builder: ClientBuilder) -> Result<reqwest::Client, Error> {
    builder
        .build()
        .map_err(|error| Error::Settings(format!("the HTTP client: {}", describe(&error))))
}

fn authorities(settings: &Settings) -> Result<Vec<Certificate>, Error> {
    let mut all = Vec::new();
    for file in &settings.extra_ca_files {
        let wrong =
            |why: String| Error::Settings(format!("extra_ca_files: {}: {why}", file.display()));
        let pem = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
        let found = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(describe(&error)))?;
        if found.is_empty() {
            return Err(wrong("no certificate in it".to_owned()));
        }
        all.extend(found);
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
