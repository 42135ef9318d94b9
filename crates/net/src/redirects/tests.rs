//! Journeys over several hops, over real connections.
#![allow(clippy::unwrap_used)]

use super::next_hop;
use crate::testing::{Peer, Reply, client, header, local};
use crate::{Error, HeaderMap, HeaderValue, Refused, Settings, Url};
use std::time::Duration;

/// Stands for a signature: it names the path it was made for.
async fn signed(url: Url) -> Result<HeaderMap, Error> {
    let value = HeaderValue::from_str(url.path()).map_err(|error| Error::Io(error.to_string()))?;
    Ok([("signature".parse().unwrap(), value)]
        .into_iter()
        .collect())
}

#[tokio::test]
async fn each_hop_is_signed_for_its_own_target() {
    let last = Peer::start(|_| Reply::text("here")).await;
    let target = format!("http://{}/c", last.address);
    let first = Peer::start(move |head| match head.split(' ').nth(1).unwrap() {
        "/a" => Reply::redirect(301, "b?x#fragment"),
        _ => Reply::redirect(307, target.as_str()),
    })
    .await;
    let url = format!("http://{}/a", first.address).parse().unwrap();
    let answer = client(local())
        .get_following(url, None, signed)
        .await
        .unwrap();
    assert_eq!(answer.body, "here");
    assert_eq!(answer.url.as_str(), format!("http://{}/c", last.address));
    let mut heads = first.heads();
    heads.extend(last.heads());
    let signatures: Vec<_> = heads.iter().map(|head| header(head, "signature")).collect();
    assert_eq!(signatures, [Some("/a"), Some("/b"), Some("/c")]);
    assert!(
        heads[1].starts_with("GET /b?x HTTP/1.1\r\n"),
        "{}",
        heads[1]
    );
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused_unseen() {
    let inner = Peer::start(|_| Reply::text("secret")).await;
    let port = inner.address.port();
    for location in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("//localhost:{port}/"),
        format!("http://me:pw@peer.test:{port}/"),
        "ftp://peer.test/".to_owned(),
    ] {
        let outer = Peer::start(move |_| Reply::redirect(302, location.as_str())).await;
        let settings = Settings {
            allow_http: true,
            hosts: [("peer.test".to_owned(), outer.address)].into(),
            ..Settings::default()
        };
        let url = "http://peer.test/".parse().unwrap();
        let journey = client(settings).get_following(url, None, signed).await;
        let error = journey.unwrap_err();
        assert!(matches!(error, Error::Refused(_)), "{error:?}");
    }
    assert!(inner.heads().is_empty());
}

#[tokio::test]
async fn a_loop_ends_after_the_allowed_redirects() {
    let peer = Peer::start(|_| Reply::redirect(308, "/again")).await;
    let url = format!("http://{}/", peer.address).parse().unwrap();
    let journey = client(local()).get_following(url, None, signed).await;
    assert!(matches!(journey, Err(Error::TooManyRedirects)));
    assert_eq!(peer.heads().len(), 4);
}

#[tokio::test]
async fn the_deadline_and_the_limit_hold_for_the_whole_journey() {
    let peer = Peer::start(|head| match head.split(' ').nth(1).unwrap() {
        "/a" => Reply::redirect(302, "/silent"),
        "/b" => Reply::redirect(302, "/endless"),
        "/silent" => Reply::Silent,
        _ => Reply::Endless,
    })
    .await;
    let client = client(Settings {
        total_timeout: Duration::from_millis(500),
        ..local()
    });
    let url = |path: &str| format!("http://{}{path}", peer.address).parse().unwrap();
    let silent = client.get_following(url("/a"), None, signed).await;
    assert!(matches!(silent, Err(Error::Timeout)), "{silent:?}");
    let endless = client.get_following(url("/b"), Some(5000), signed).await;
    assert!(
        matches!(endless, Err(Error::TooLarge { limit: 5000 })),
        "{endless:?}"
    );
}

#[tokio::test]
async fn a_journey_may_have_a_time_of_its_own() {
    let peer = Peer::start(|head| match head.split(' ').nth(1).unwrap() {
        "/a" => Reply::redirect(302, "/silent"),
        _ => Reply::Silent,
    })
    .await;
    let client = client(Settings {
        total_timeout: Duration::from_secs(600),
        ..local()
    });
    let url = format!("http://{}/a", peer.address).parse().unwrap();
    let moment = Some(Duration::from_millis(200));
    let silent = client.get_following_within(url, None, moment, signed).await;
    assert!(matches!(silent, Err(Error::Timeout)), "{silent:?}");
}

#[tokio::test]
async fn a_downgrade_to_http_is_refused_even_where_http_is_allowed() {
    let plain = Peer::start(|_| Reply::text("plain")).await;
    let location = format!("http://{}/", plain.address);
    let (sealed, authority) =
        Peer::start_tls("b.test", move |_| Reply::redirect(301, location.as_str())).await;
    let settings = Settings {
        hosts: [("b.test".to_owned(), sealed.address)].into(),
        extra_ca_files: vec![authority.path()],
        ..local()
    };
    let url = "https://b.test/".parse().unwrap();
    let journey = client(settings).get_following(url, None, signed).await;
    assert!(
        matches!(journey, Err(Error::Refused(Refused::Downgrade))),
        "{journey:?}"
    );
    assert_eq!(sealed.heads().len(), 1);
    assert!(plain.heads().is_empty());
}

#[tokio::test]
async fn answers_that_are_no_redirect_are_returned() {
    let peer = Peer::start(|head| match head.split(' ').nth(1).unwrap() {
        "/300" => Reply::redirect(300, "/x"),
        "/302" => Reply::Whole(302, Vec::new(), Vec::new()),
        _ => Reply::Whole(404, Vec::new(), Vec::new()),
    })
    .await;
    for status in [300, 302, 404] {
        let url = format!("http://{}/{status}", peer.address).parse().unwrap();
        let answer = client(local())
            .get_following(url, None, signed)
            .await
            .unwrap();
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn an_error_of_the_signer_ends_the_journey() {
    let peer = Peer::start(|_| Reply::redirect(302, "/b")).await;
    let url = format!("http://{}/a", peer.address).parse().unwrap();
    let client = client(local());
    let journey = client.get_following(url, None, |url| async move {
        match url.path() {
            "/a" => signed(url).await,
            _ => Err(Error::Io("no key".into())),
        }
    });
    let error = journey.await.unwrap_err();
    assert!(
        matches!(&error, Error::Io(text) if text == "no key"),
        "{error:?}"
    );
    assert_eq!(peer.heads().len(), 1);
}

#[test]
fn locations_are_resolved_against_the_last_url() {
    let from: Url = "https://a.test/x/y?z".parse().unwrap();
    for (location, expected) in [
        ("w", Ok("https://a.test/x/w")),
        ("/w#f", Ok("https://a.test/w")),
        ("//b.test/", Ok("https://b.test/")),
        ("https://b.test:8443/", Ok("https://b.test:8443/")),
        ("http://a.test/", Err(Refused::Downgrade)),
        ("https://", Err(Refused::Location)),
    ] {
        let next = next_hop(&from, &HeaderValue::from_static(location));
        let next = next.as_ref().map(Url::as_str).map_err(Clone::clone);
        assert_eq!(next, expected, "{location}");
    }
    let garbled = HeaderValue::from_bytes(b"/\xff").unwrap();
    assert_eq!(next_hop(&from, &garbled), Err(Refused::Location));
}
