//! HTTP/2, which a peer chooses while TLS is agreed on (RFC 7301): on the open internet, where names are looked up, and in the
//! operator's own address book.

use super::resolved_by;
use crate::testing::{Authority, certified, client};
use crate::{Error, HeaderMap, Request, Settings};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

type Heard = (http::request::Parts, Vec<u8>);

/// Speaks nothing but HTTP/2, and answers everything with 202.
struct Peer {
    address: SocketAddr,
    authority: Authority,
    heard: mpsc::UnboundedReceiver<Heard>,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    async fn start(name: &str) -> Self {
        let (mut config, authority) = certified(name);
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, heard) = mpsc::unbounded_channel();
        let connections = Arc::<AtomicUsize>::default();
        let count = connections.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(converse(acceptor.clone(), stream, tell.clone()));
            }
        });
        Self {
            address,
            authority,
            heard,
            connections,
        }
    }
}

async fn converse(acceptor: TlsAcceptor, stream: TcpStream, tell: mpsc::UnboundedSender<Heard>) {
    // A caller who does not offer HTTP/2 is turned away.
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let mut connection = h2::server::handshake(stream).await.unwrap();
    // To wait for the next request is also what moves the bodies of those before it.
    while let Some(Ok((request, mut answer))) = connection.accept().await {
        let tell = tell.clone();
        tokio::spawn(async move {
            let (head, mut body) = request.into_parts();
            let mut read = Vec::new();
            while let Some(chunk) = body.data().await {
                let chunk = chunk.unwrap();
                body.flow_control().release_capacity(chunk.len()).unwrap();
                read.extend_from_slice(&chunk);
            }
            tell.send((head, read)).unwrap();
            let said = http::Response::builder().status(202).header("x-kind", "ok");
            let mut body = answer.send_response(said.body(()).unwrap(), false).unwrap();
            body.send_data("taken".into(), true).unwrap();
        });
    }
}

#[tokio::test]
async fn a_peer_that_chooses_http2_is_spoken_with_in_it() {
    let mut peer = Peer::start("b.test").await;
    let settings = Settings {
        allow_private_networks: vec!["127.0.0.0/8".parse().unwrap()],
        extra_ca_files: vec![peer.authority.path()],
        ..Settings::default()
    };
    let client = resolved_by(settings, vec![vec!["127.0.0.1"]]);
    let host = format!("b.test:{}", peer.address.port());
    let body = vec![b'x'; 200_000];
    let post = |head_decides| Request {
        headers: HeaderMap::from_iter([
            ("x-sent".parse().unwrap(), "yes".parse().unwrap()),
            ("host".parse().unwrap(), "elsewhere.test".parse().unwrap()),
        ]),
        max_body: Some(5),
        head_decides,
        ..Request::post(
            format!("https://{host}/inbox?x").parse().unwrap(),
            body.clone(),
        )
    };
    for head_decides in [false, true] {
        let answer = client.send(post(head_decides)).await.unwrap();
        assert_eq!((answer.status, &answer.body[..]), (202, &b"taken"[..]));
        assert_eq!(answer.headers["x-kind"], "ok");
        let (head, read) = peer.heard.recv().await.unwrap();
        assert_eq!(head.version, http::Version::HTTP_2);
        assert_eq!((head.method.as_str(), read.len()), ("POST", body.len()));
        assert_eq!(head.uri.to_string(), format!("https://{host}/inbox?x"));
        assert_eq!(head.headers["x-sent"], "yes");
        assert_eq!(head.headers.get("host"), None);
    }
    let short = Request {
        max_body: Some(4),
        ..post(false)
    };
    let error = client.send(short).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 4 }), "{error:?}");
    assert_eq!(peer.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_peer_in_the_address_book_is_spoken_with_in_it_where_the_port_is_its_own() {
    let mut peer = Peer::start("b.test").await;
    let own = format!("b.test:{}", peer.address.port());
    let client = client(Settings {
        hosts: [
            (own.clone(), peer.address),
            ("b.test:1".to_owned(), peer.address),
        ]
        .into(),
        extra_ca_files: vec![peer.authority.path()],
        ..Settings::default()
    });
    let post =
        |host: &str| Request::post(format!("https://{host}/inbox").parse().unwrap(), "a body");
    assert_eq!(client.send(post(&own)).await.unwrap().status, 202);
    let (head, read) = peer.heard.recv().await.unwrap();
    assert_eq!(head.version, http::Version::HTTP_2);
    assert_eq!(head.uri.to_string(), format!("https://{own}/inbox"));
    assert_eq!((head.headers.get("host"), read.len()), (None, 6));
    // By another port HTTP/1.1 alone is offered, which this peer does not speak.
    let error = client.send(post("b.test:1")).await.unwrap_err();
    assert!(matches!(error, Error::Connect(_)), "{error:?}");
    assert!(peer.heard.try_recv().is_err());
}
