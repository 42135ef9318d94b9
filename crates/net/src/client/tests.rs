//! The client against real connections on loopback.
#![allow(clippy::unwrap_used)]

use crate::addresses::Reachable;
use crate::client::{Inner, authorities, build, builder};
use crate::hosts::Hosts;
use crate::resolver::Turning;
use crate::testing::{Peer, Reply, client, header, local};
use crate::{Client, Error, HeaderMap, Refused, Request, Settings, Url};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

mod http2;

fn get(url: impl AsRef<str>) -> Request {
    Request::get(url.as_ref().parse().unwrap())
}

fn refusal(settings: Settings, url: &str) -> Option<Refused> {
    let url: Url = url.parse().unwrap();
    client(settings).check_url(&url).err()
}

#[test]
fn urls_are_judged_before_anything_is_sent() {
    let scheme = |name: &str| Some(Refused::Scheme(name.into()));
    let literal = |ip: &str| Some(Refused::IpLiteral(ip.parse().unwrap()));
    for (url, expected) in [
        ("https://peer.test/x", None),
        ("https://peer.test:8443/x", None),
        ("http://peer.test/x", scheme("http")),
        ("ftp://peer.test/x", scheme("ftp")),
        ("file:///etc/passwd", scheme("file")),
        ("data:,x", scheme("data")),
        ("https://me@peer.test/", Some(Refused::Credentials)),
        ("https://me:pw@peer.test/", Some(Refused::Credentials)),
        ("https://:pw@peer.test/", Some(Refused::Credentials)),
        (
            "https://peer.test./",
            Some(Refused::TrailingDot("peer.test.".into())),
        ),
        ("https://8.8.8.8/", literal("8.8.8.8")),
        ("https://127.1/", literal("127.0.0.1")),
        ("https://0x7f000001/", literal("127.0.0.1")),
        ("https://2130706433/", literal("127.0.0.1")),
        ("https://[::1]/", literal("::1")),
        ("https://[::ffff:10.0.0.1]/", literal("::ffff:10.0.0.1")),
    ] {
        assert_eq!(refusal(Settings::default(), url), expected, "{url}");
    }
}

#[test]
fn settings_open_http_and_addresses() {
    for url in [
        "http://peer.test/",
        "http://127.0.0.1/",
        "https://127.9.9.9/",
    ] {
        assert_eq!(refusal(local(), url), None, "{url}");
    }
    assert!(refusal(local(), "http://10.0.0.1/").is_some());
    let hosts = [("[::1]:4000".to_owned(), "[::1]:4001".parse().unwrap())];
    let named = Settings {
        hosts: hosts.into(),
        ..Settings::default()
    };
    assert_eq!(refusal(named.clone(), "https://[::1]:4000/"), None);
    assert!(refusal(named, "https://[::1]:4001/").is_some());
}

#[tokio::test]
async fn loopback_is_refused_by_default_and_opened_by_its_network() {
    let peer = Peer::start(|_| Reply::text("hello")).await;
    let port = peer.address.port();
    let by_name = format!("http://localhost:{port}/");
    let shut = client(Settings {
        allow_http: true,
        ..Settings::default()
    });

    let error = shut.send(get(&by_name)).await.unwrap_err();
    let expected = Refused::Address {
        host: "localhost".into(),
        range: "loopback",
    };
    assert!(
        matches!(&error, Error::Refused(refused) if *refused == expected),
        "{error:?}"
    );
    assert!(!error.is_transient());
    let by_address = shut.send(get(format!("http://127.0.0.1:{port}/"))).await;
    let error = by_address.unwrap_err();
    assert!(
        matches!(error, Error::Refused(Refused::IpLiteral(_))),
        "{error:?}"
    );
    assert!(peer.heads().is_empty());

    let open = client(local());
    for url in [by_name, format!("http://127.0.0.1:{port}/")] {
        let answer = open.send(get(&url)).await.unwrap();
        assert_eq!((answer.status, &answer.body[..]), (200, &b"hello"[..]));
        assert_eq!(answer.url.as_str(), url);
    }
}

/// The same client with a resolver of a test's own.
fn resolved_by(settings: Settings, answers: Vec<Vec<&str>>) -> Client {
    let reachable = Arc::new(Reachable::new(settings.allow_private_networks.clone()));
    let answers = answers.into_iter().map(|found| {
        let found = found
            .into_iter()
            .map(|ip| SocketAddr::new(ip.parse().unwrap(), 0));
        found.collect()
    });
    let turning = Turning {
        reachable: reachable.clone(),
        answers: answers.collect::<Vec<_>>().into(),
    };
    let authorities = authorities(&settings).unwrap();
    let screened = build(builder(&settings, &authorities).dns_resolver(turning)).unwrap();
    Client {
        inner: Arc::new(Inner {
            hosts: Hosts::new(&settings.hosts).unwrap(),
            settings,
            reachable,
            screened,
            pinned: BTreeMap::new(),
        }),
    }
}

/// 127.0.0.1 stands for the open internet here, and 127.0.0.2 for what is within.
#[tokio::test]
async fn a_name_that_turns_inwards_leads_nowhere() {
    let peer = Peer::start(|_| {
        let close = vec![("Connection", "close".to_owned())];
        Reply::Whole(200, close, b"hello".to_vec())
    })
    .await;
    let port = peer.address.port();
    let within = tokio::net::TcpListener::bind(("127.0.0.2", port))
        .await
        .unwrap();
    let settings = Settings {
        allow_http: true,
        allow_private_networks: vec!["127.0.0.1/32".parse().unwrap()],
        ..Settings::default()
    };
    let answers = vec![
        vec!["127.0.0.1"],
        vec!["127.0.0.2"],
        vec!["127.0.0.2", "127.0.0.1"],
        vec![],
    ];
    let client = resolved_by(settings, answers);
    let url = format!("http://turning.test:{port}/");
    let ask = || client.send(get(&url));
    assert_eq!(ask().await.unwrap().body, "hello");
    let refused = ask().await.unwrap_err();
    let expected = Refused::Address {
        host: "turning.test".into(),
        range: "loopback",
    };
    assert!(
        matches!(&refused, Error::Refused(refused) if *refused == expected),
        "{refused:?}"
    );
    // Of a mixed answer, the open part alone.
    assert_eq!(ask().await.unwrap().body, "hello");
    assert!(ask().await.is_err());
    assert_eq!(peer.connections(), 2);
    let met = tokio::time::timeout(Duration::from_millis(100), within.accept()).await;
    assert!(met.is_err(), "somebody came in: {met:?}");
}

#[tokio::test]
async fn two_ports_of_one_name_are_two_hosts() {
    let one = Peer::start(|_| Reply::text("one")).await;
    let two = Peer::start(|_| Reply::text("two")).await;
    let three = Peer::start(|_| Reply::text("three")).await;
    let hosts = [
        ("a.test:1".to_owned(), one.address),
        ("a.test:2".to_owned(), two.address),
        ("a.test".to_owned(), three.address),
    ];
    let client = client(Settings {
        allow_http: true,
        hosts: hosts.into(),
        ..Settings::default()
    });
    for (host, peer, body) in [
        ("a.test:1", &one, "one"),
        ("a.test:2", &two, "two"),
        ("a.test", &three, "three"),
    ] {
        let url = format!("http://{host}/x?y");
        let answer = client.send(get(&url)).await.unwrap();
        assert_eq!(answer.body, body);
        assert_eq!(answer.url.as_str(), url);
        let heads = peer.heads();
        let head = heads.last().unwrap();
        assert!(head.starts_with("GET /x?y HTTP/1.1\r\n"), "{head}");
        assert_eq!(header(head, "host"), Some(host));
    }
    let unlisted = client.send(get("http://a.test:3/")).await.unwrap_err();
    assert!(matches!(unlisted, Error::Connect(_)), "{unlisted:?}");
}

#[tokio::test]
async fn tls_asks_for_the_name_and_trusts_the_named_authority() {
    let (peer, authority) = Peer::start_tls("b.test", |_| Reply::text("sealed")).await;
    let trusting = Settings {
        hosts: [
            ("b.test:4002".to_owned(), peer.address),
            ("c.test".to_owned(), peer.address),
        ]
        .into(),
        extra_ca_files: vec![authority.path()],
        ..Settings::default()
    };
    let url = "https://b.test:4002/";
    let answer = client(trusting.clone()).send(get(url)).await.unwrap();
    assert_eq!(answer.body, "sealed");
    assert_eq!(header(&peer.heads()[0], "host"), Some("b.test:4002"));

    let wrong_name = client(trusting.clone()).send(get("https://c.test/")).await;
    let doubting = Settings {
        extra_ca_files: Vec::new(),
        ..trusting
    };
    let unknown_authority = client(doubting).send(get(url)).await;
    for error in [wrong_name.unwrap_err(), unknown_authority.unwrap_err()] {
        assert!(matches!(error, Error::Connect(_)), "{error:?}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
    assert_eq!(peer.heads().len(), 1);
}

#[tokio::test]
async fn a_post_carries_its_headers_and_body_and_no_borrowed_host() {
    let peer = Peer::start(|_| Reply::Whole(202, vec![("X-Kind", "ok".into())], Vec::new())).await;
    let mut request = Request::post(
        format!("http://{}/inbox", peer.address).parse().unwrap(),
        "{}",
    );
    request.headers = HeaderMap::from_iter([
        (
            "content-type".parse().unwrap(),
            "application/json".parse().unwrap(),
        ),
        ("host".parse().unwrap(), "elsewhere.test".parse().unwrap()),
        ("content-length".parse().unwrap(), "7".parse().unwrap()),
    ]);
    let answer = client(local()).send(request).await.unwrap();
    assert_eq!(answer.status, 202);
    assert_eq!(answer.headers["x-kind"], "ok");
    let head = peer.heads().remove(0);
    assert!(head.starts_with("POST /inbox "), "{head}");
    assert_eq!(header(&head, "host"), Some(&*peer.address.to_string()));
    assert_eq!(header(&head, "content-length"), Some("2"));
    assert_eq!(header(&head, "content-type"), Some("application/json"));
    assert!(header(&head, "user-agent").unwrap().starts_with("Kontor/"));
    assert_eq!(header(&head, "referer"), None);
}

#[tokio::test]
async fn a_redirect_is_returned_and_not_followed() {
    let peer = Peer::start(|_| Reply::redirect(302, "/next")).await;
    let url = format!("http://{}/", peer.address);
    let answer = client(local()).send(get(url)).await.unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!(answer.headers["location"], "/next");
    assert_eq!(peer.heads().len(), 1);
}

#[tokio::test]
async fn bodies_end_at_the_limit() {
    let peer = Peer::start(|head| {
        if head.starts_with("GET /endless") {
            Reply::Endless
        } else {
            Reply::text(&"x".repeat(1000))
        }
    })
    .await;
    let client = client(local());
    let fetch = async |path: &str, limit: Option<usize>| {
        let mut request = get(format!("http://{}{path}", peer.address));
        request.max_body = limit;
        client.send(request).await
    };
    assert_eq!(fetch("/", Some(1000)).await.unwrap().body.len(), 1000);
    for (path, limit, expected) in [
        ("/", Some(999), 999),
        ("/endless", Some(10_000), 10_000),
        ("/endless", None, 1024 * 1024),
    ] {
        let error = fetch(path, limit).await.unwrap_err();
        assert!(
            matches!(error, Error::TooLarge { limit } if limit == expected),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn the_limit_counts_what_was_decompressed() {
    let zip = |length: usize| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b'x'; length]).unwrap();
        encoder.finish().unwrap()
    };
    let bomb = zip(64 * 1024 * 1024);
    assert!(bomb.len() < 100_000);
    let small = zip(50_000);
    let peer = Peer::start(move |head| {
        assert!(header(head, "accept-encoding").unwrap().contains("gzip"));
        let body = if head.starts_with("GET /bomb") {
            &bomb
        } else {
            &small
        };
        Reply::Whole(200, vec![("Content-Encoding", "gzip".into())], body.clone())
    })
    .await;
    let client = client(local());
    let url = format!("http://{}", peer.address);
    let answer = client.send(get(format!("{url}/small"))).await.unwrap();
    assert_eq!(answer.body, "x".repeat(50_000));
    let mut request = get(format!("{url}/bomb"));
    request.max_body = Some(100_000);
    let error = client.send(request).await.unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { limit: 100_000 }),
        "{error:?}"
    );
}

#[tokio::test]
async fn where_the_head_decides_no_fault_of_the_body_counts() {
    let zip = |length: usize| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b'x'; length]).unwrap();
        encoder.finish().unwrap()
    };
    let (bomb, mut broken) = (zip(16 * 1024 * 1024), zip(100_000));
    broken.truncate(40);
    let peer = Peer::start(move |head| {
        let zipped = || {
            vec![
                ("Content-Encoding", "gzip".to_owned()),
                ("X-Kind", "ok".into()),
            ]
        };
        match head.split(' ').nth(1).unwrap() {
            "/endless" => Reply::Endless,
            "/stalled" => Reply::Stalled,
            "/short" => Reply::Short,
            "/bomb" => Reply::Whole(202, zipped(), bomb.clone()),
            "/broken" => Reply::Whole(202, zipped(), broken.clone()),
            "/silent" => Reply::Silent,
            path => Reply::Whole(200, Vec::new(), path.as_bytes().to_vec()),
        }
    })
    .await;
    let client = client(local());
    let ask = async |path: &str, head_decides| {
        let request = Request {
            max_body: Some(10_000),
            deadline: Some(Duration::from_millis(300)),
            head_decides,
            ..get(format!("http://{}{path}", peer.address))
        };
        client.send(request).await
    };
    for (path, status) in [
        ("/endless", 200),
        ("/stalled", 200),
        ("/short", 202),
        ("/bomb", 202),
        ("/broken", 202),
    ] {
        assert!(ask(path, false).await.is_err(), "{path}");
        let answer = ask(path, true).await.unwrap();
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.body.len() <= 10_000, "{path}");
        let kind = answer.headers.get("x-kind").is_some();
        assert_eq!(kind, path == "/bomb" || path == "/broken", "{path}");
    }
    let error = ask("/silent", true).await.unwrap_err();
    assert!(matches!(error, Error::Timeout), "{error:?}");
    // A body that is in order is read, and its connection used again.
    assert_eq!(ask("/whole", true).await.unwrap().body, "/whole");
    let before = peer.connections();
    assert_eq!(ask("/again", true).await.unwrap().body, "/again");
    assert_eq!(peer.connections(), before);
}

#[tokio::test]
async fn silence_before_and_within_the_body_times_out() {
    let peer = Peer::start(|head| {
        if head.starts_with("GET /silent") {
            Reply::Silent
        } else {
            Reply::Stalled
        }
    })
    .await;
    let settings = Settings {
        total_timeout: Duration::from_millis(150),
        ..local()
    };
    for (settings, deadline) in [
        (settings, None),
        (local(), Some(Duration::from_millis(150))),
    ] {
        for path in ["/silent", "/stalled"] {
            let mut request = get(format!("http://{}{path}", peer.address));
            request.deadline = deadline;
            let error = client(settings.clone()).send(request).await.unwrap_err();
            assert!(matches!(error, Error::Timeout), "{error:?}");
            assert!(error.is_transient());
        }
    }
    assert_eq!(peer.heads().len(), 4);
}

#[tokio::test]
async fn a_closed_port_is_a_transient_failure_to_connect() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret", listener.local_addr().unwrap());
    drop(listener);
    let error = client(local()).send(get(url)).await.unwrap_err();
    assert!(matches!(error, Error::Connect(_)), "{error:?}");
    assert!(error.is_transient());
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn connections_are_used_again() {
    let peer = Peer::start(|head| Reply::text(head.lines().next().unwrap())).await;
    let client = client(local());
    for _ in 0..3 {
        let url = format!("http://{}/", peer.address);
        client.clone().send(get(url)).await.unwrap();
    }
    assert_eq!(peer.heads().len(), 3);
    assert_eq!(peer.connections(), 1);
}

#[test]
fn settings_that_cannot_work_are_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for path in [file.path().to_owned(), "/nonexistent/ca.pem".into()] {
        let settings = Settings {
            extra_ca_files: vec![path],
            ..Settings::default()
        };
        let error = crate::Client::new(settings).unwrap_err();
        assert!(error.to_string().starts_with("extra_ca_files: "), "{error}");
    }
    let settings = Settings {
        user_agent: "a\nb".into(),
        ..Settings::default()
    };
    assert!(matches!(
        crate::Client::new(settings),
        Err(Error::Settings(_))
    ));
}
