//! A peer for tests: a small HTTP/1.1 server on loopback that says exactly what a test tells it to, with or without TLS.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::{Client, Settings};
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

pub(crate) enum Reply {
    /// Status line's number, header lines, body.
    Whole(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// A body without length that never ends.
    Endless,
    /// A head and a first byte of the body, then nothing more.
    Stalled,
    /// A 202 whose body ends before its length.
    Short,
    Silent,
}

impl Reply {
    pub(crate) fn text(body: &str) -> Self {
        Self::Whole(200, Vec::new(), body.as_bytes().to_vec())
    }

    pub(crate) fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::Whole(status, vec![("Location", location.into())], Vec::new())
    }
}

type Answer = Arc<dyn Fn(&str) -> Reply + Send + Sync>;
type Heads = Arc<Mutex<Vec<String>>>;

/// Runs until the test's runtime ends.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    heads: Heads,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    /// `answer` is given the head of each request as it was received.
    pub(crate) async fn start(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(None, Arc::new(answer)).await
    }

    /// Speaks TLS with a certificate for `name`, signed by the authority that is returned as a file.
    pub(crate) async fn start_tls(
        name: &str,
        answer: impl Fn(&str) -> Reply + Send + Sync + 'static,
    ) -> (Self, Authority) {
        let (config, authority) = certified(name);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let peer = Self::listen(Some(acceptor), Arc::new(answer)).await;
        (peer, authority)
    }

    async fn listen(tls: Option<TlsAcceptor>, answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Heads::default();
        let connections = Arc::<AtomicUsize>::default();
        let (seen, count) = (heads.clone(), connections.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (tls, answer, seen) = (tls.clone(), answer.clone(), seen.clone());
                tokio::spawn(async move {
                    match tls {
                        None => converse(stream, answer, seen).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => converse(stream, answer, seen).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Self {
            address,
            heads,
            connections,
        }
    }

    /// The heads of the requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// With a certificate for `name`, signed by the authority.
pub(crate) fn certified(name: &str) -> (ServerConfig, Authority) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    (config, Authority::write(&issuer.pem()))
}

/// A certificate authority in a file.
pub(crate) struct Authority(tempfile::NamedTempFile);

impl Authority {
    fn write(pem: &str) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), pem).unwrap();
        Self(file)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }
}

/// `None` when the other side is gone.
async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: Answer,
    heads: Heads,
) -> Option<()> {
    loop {
        let head = read_request(&mut stream).await?;
        heads.lock().unwrap().push(head.clone());
        match answer(&head) {
            Reply::Whole(status, headers, body) => {
                let mut reply =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", body.len());
                for (name, value) in headers {
                    write!(reply, "{name}: {value}\r\n").unwrap();
                }
                stream.write_all(reply.as_bytes()).await.ok()?;
                stream.write_all(b"\r\n").await.ok()?;
                stream.write_all(&body).await.ok()?;
            }
            Reply::Endless => {
                let head = b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\n";
                stream.write_all(head).await.ok()?;
                loop {
                    stream.write_all(&[b'x'; 4096]).await.ok()?;
                }
            }
            Reply::Stalled => {
                let head = b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nx";
                stream.write_all(head).await.ok()?;
                std::future::pending::<()>().await;
            }
            Reply::Short => {
                let head = b"HTTP/1.1 202 X\r\nContent-Length: 100\r\n\r\nx";
                stream.write_all(head).await.ok()?;
                stream.flush().await.ok()?;
                return None;
            }
            Reply::Silent => std::future::pending().await,
        }
        stream.flush().await.ok()?;
    }
}

/// The head; a body is read and forgotten.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    Some(head)
}

/// The value of a header in a request's head.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Settings that let a test reach its peers at 127.0.0.1 over plain HTTP.
pub(crate) fn local() -> Settings {
    Settings {
        allow_http: true,
        allow_private_networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..Settings::default()
    }
}

pub(crate) fn client(settings: Settings) -> Client {
    Client::new(settings).unwrap()
}
