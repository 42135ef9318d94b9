//! A signed request is accepted; the same request with any one thing changed is not.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::signature::cavage::{parse, sign};
use crate::signature::{Headers, PrivateKey, SignRequest, cast};
use proptest::prelude::*;
use std::time::Duration;
use url::Url;

const KEY_ID: &str = "https://a.example/ann#main-key";
const BODY: &[u8] = br#"{"type":"Follow"}"#;
const SENT: i64 = 1_700_000_000;
const HOUR: i64 = 3600;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// A request as the receiver sees it, open to tampering.
#[derive(Clone)]
struct Received {
    method: String,
    path: String,
    host: String,
    fields: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    now: DateTime<Utc>,
}

impl Received {
    fn post(url: &str) -> Self {
        let digest = digest::sha256(BODY);
        Self::signed("POST", url, Some((&digest, "application/activity+json")))
    }

    fn get(url: &str) -> Self {
        Self::signed("GET", url, None)
    }

    fn signed(method: &str, url: &str, content: Option<(&str, &str)>) -> Self {
        let url = Url::parse(url).unwrap();
        let request = SignRequest {
            method,
            url: &url,
            date: at(SENT),
            digest: content.map(|(digest, _)| digest),
            content_type: content.map(|(_, kind)| kind),
        };
        let headers = sign(&request, KEY_ID, &cast::ann().private).unwrap();
        let host = url.host_str().unwrap().to_owned();
        Self {
            method: method.to_owned(),
            path: format!(
                "{}{}",
                url.path(),
                url.query().map(|q| format!("?{q}")).unwrap_or_default()
            ),
            host: url
                .port()
                .map_or(host.clone(), |port| format!("{host}:{port}")),
            fields: headers
                .into_iter()
                .map(|(n, v)| (n.to_owned(), v))
                .collect(),
            body: content.map(|_| BODY.to_vec()),
            now: at(SENT + 5),
        }
    }

    /// Signed by hand over any list of names, as peers do who choose otherwise than we.
    fn by_hand(parameters: &str, names: &str, message: &str, key: &PrivateKey) -> Self {
        use base64::Engine as _;
        let signature = crate::signature::BASE64.encode(key.sign(message.as_bytes()).unwrap());
        let mut received = Self::get("https://b.example/ann");
        received.set(
            "signature",
            &format!(r#"keyId="{KEY_ID}",{parameters}headers="{names}",signature="{signature}""#),
        );
        received
    }

    fn set(&mut self, name: &str, value: &str) {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    fn verify(&self) -> Result<(), Error> {
        self.verify_by(&cast::ann().public, &Policy::default())
    }

    fn verify_by(&self, key: &PublicKey, policy: &Policy) -> Result<(), Error> {
        let fields = self.fields.iter();
        let headers: Headers<'_> = fields.map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
        let parsed = parse(&headers.text("signature")?.unwrap())?;
        let request = VerifyRequest {
            method: &self.method,
            path_and_query: &self.path,
            host: &self.host,
            headers: &headers,
            body: self.body.as_deref(),
        };
        verify(&parsed, &request, key, self.now, policy)
    }
}

#[test]
fn what_we_sign_we_accept() {
    for url in [
        "https://b.example/inbox",
        "https://b.example/users/bob/inbox?shared=1",
        "http://localhost:4001/inbox",
    ] {
        assert_eq!(Received::post(url).verify(), Ok(()), "{url}");
        assert_eq!(Received::get(url).verify(), Ok(()), "{url}");
    }
}

#[test]
fn each_tampered_part_fails() {
    let good = Received::post("https://b.example/inbox");
    assert_eq!(good.verify(), Ok(()));
    let other_digest = digest::sha256(b"other");
    let bad_signature = [
        good.with(|r| r.method = "PUT".to_owned()),
        good.with(|r| r.path = "/outbox".to_owned()),
        good.with(|r| r.host = "c.example".to_owned()),
        good.with(|r| r.host = "b.example:8443".to_owned()),
        good.with(|r| r.set("date", "Tue, 14 Nov 2023 22:13:21 GMT")),
        good.with(|r| r.set("content-type", "application/ld+json")),
        good.with(|r| {
            r.fields
                .push(("content-type".to_owned(), "text/html".to_owned()));
        }),
        // A body and a digest exchanged together still miss the signature.
        good.with(|r| {
            r.body = Some(b"other".to_vec());
            r.set("digest", &other_digest);
        }),
    ];
    for (case, request) in bad_signature.iter().enumerate() {
        assert_eq!(request.verify(), Err(Error::BadSignature), "case {case}");
    }
    assert_eq!(
        good.verify_by(&cast::bob().public, &Policy::default()),
        Err(Error::BadSignature)
    );
    let body_only = good.with(|r| r.body = Some(b"other".to_vec()));
    assert_eq!(body_only.verify(), Err(Error::BadDigest));
    let digest_only = good.with(|r| r.set("digest", &other_digest));
    assert_eq!(digest_only.verify(), Err(Error::BadDigest));
}

#[test]
fn a_missing_signed_header_is_an_error() {
    let good = Received::post("https://b.example/inbox");
    for name in ["date", "digest", "content-type"] {
        let without = good.with(|r| r.fields.retain(|(field, _)| field != name));
        assert_eq!(without.verify(), Err(Error::Missing(name.to_owned())));
    }
}

#[test]
fn enough_must_be_signed() {
    let good = Received::post("https://b.example/inbox");
    for (dropped, says) in [
        ("(request-target) ", "(request-target)"),
        ("host ", "host"),
        ("date ", "date"),
        ("digest ", "digest"),
    ] {
        let fewer = good.with(|r| {
            for (_, value) in r.fields.iter_mut().filter(|(name, _)| name == "signature") {
                *value = value.replace(dropped, "");
            }
        });
        assert_eq!(fewer.verify(), Err(Error::Unsigned(says)));
    }
    // A signed GET does not vouch for a body.
    let get_with_body = Received::get("https://b.example/inbox").with(|r| {
        r.body = Some(BODY.to_vec());
        r.set("digest", &digest::sha256(BODY));
    });
    assert_eq!(get_with_body.verify(), Err(Error::Unsigned("digest")));
    let no_list = Received::get("https://b.example/")
        .with(|r| r.set("signature", r#"keyId="k",signature="AA==""#));
    assert_eq!(no_list.verify(), Err(Error::Unsigned("(request-target)")));
}

#[test]
fn the_date_must_lie_in_the_window() {
    let good = Received::get("https://b.example/ann");
    for offset in [-HOUR, 0, HOUR] {
        assert_eq!(good.with(|r| r.now = at(SENT + offset)).verify(), Ok(()));
    }
    let late = good.with(|r| r.now = at(SENT + HOUR + 1));
    assert_eq!(late.verify(), Err(Error::Stale(Duration::from_secs(1))));
    let early = good.with(|r| r.now = at(SENT - HOUR - 9));
    assert_eq!(early.verify(), Err(Error::Early(Duration::from_secs(9))));
    let strict = Policy {
        max_age: Duration::from_secs(1),
        ..Policy::default()
    };
    assert!(matches!(
        good.verify_by(&cast::ann().public, &strict),
        Err(Error::Stale(_))
    ));
    let nonsense = good.with(|r| r.set("date", "yesterday"));
    assert!(matches!(nonsense.verify(), Err(Error::Malformed(_))));
}

#[test]
fn a_query_may_be_signed_or_not() {
    let bare = Received::get("https://b.example/outbox");
    assert_eq!(
        bare.with(|r| r.path = "/outbox?page=1".to_owned()).verify(),
        Ok(())
    );
    // The reverse is tampering: what was signed with a query is good for that query only.
    let full = Received::get("https://b.example/outbox?page=1");
    assert_eq!(full.verify(), Ok(()));
    assert_eq!(
        full.with(|r| r.path = "/outbox".to_owned()).verify(),
        Err(Error::BadSignature)
    );
    assert_eq!(
        full.with(|r| r.path = "/outbox?page=2".to_owned()).verify(),
        Err(Error::BadSignature)
    );
}

/// The form of the `activitypub_federation` crate's default: no `date`, the times in the signature.
fn created_at(created: i64, expires: i64, algorithm: &str) -> Received {
    let message = format!(
        "(request-target): get /ann\nhost: b.example\n(created): {created}\n(expires): {expires}"
    );
    Received::by_hand(
        &format!("{algorithm}created={created},expires={expires},"),
        "(request-target) host (created) (expires)",
        &message,
        &cast::ann().private,
    )
}

#[test]
fn created_stands_in_for_date_with_hs2019() {
    let hs2019 = "algorithm=\"hs2019\",";
    assert_eq!(created_at(SENT, SENT + 300, hs2019).verify(), Ok(()));
    let stale = created_at(SENT - HOUR, SENT + 300, hs2019);
    assert_eq!(stale.verify(), Err(Error::Stale(Duration::from_secs(5))));
    let early = created_at(SENT + 2 * HOUR, SENT + 3 * HOUR, hs2019);
    assert!(matches!(early.verify(), Err(Error::Early(_))));
    let expired = created_at(SENT, SENT - HOUR, hs2019);
    assert_eq!(expired.verify(), Err(Error::Stale(Duration::from_secs(5))));
    let slightly_expired = created_at(SENT, SENT + 1, hs2019);
    assert_eq!(slightly_expired.verify(), Ok(()));
    for algorithm in ["algorithm=\"rsa-sha256\",", ""] {
        let error = created_at(SENT, SENT + 300, algorithm).verify();
        assert!(matches!(error, Err(Error::Malformed(_))), "{algorithm}");
    }
}

#[test]
fn times_that_are_signed_must_be_there_and_be_the_signed_ones() {
    let good = created_at(SENT, SENT + 300, "algorithm=\"hs2019\",");
    let alter = |from: &str, to: &str| {
        good.with(|r| {
            for (_, value) in r.fields.iter_mut().filter(|(name, _)| name == "signature") {
                *value = value.replace(from, to);
            }
        })
        .verify()
    };
    assert_eq!(
        alter("created=1700000000,", ""),
        Err(Error::Missing("created".to_owned()))
    );
    assert_eq!(
        alter("expires=1700000300,", ""),
        Err(Error::Missing("(expires)".to_owned()))
    );
    assert_eq!(
        alter("created=1700000000", "created=1700000001"),
        Err(Error::BadSignature)
    );
    assert_eq!(
        alter("expires=1700000300", "expires=1700009999"),
        Err(Error::BadSignature)
    );
    let far = alter("created=1700000000", "created=9223372036854775807");
    assert!(matches!(far, Err(Error::Malformed(_))));
}

#[test]
fn an_unsigned_expiry_is_honoured_too() {
    let header = |r: &mut Received| {
        for (_, value) in r.fields.iter_mut().filter(|(name, _)| name == "signature") {
            *value = format!("{value},expires={}", SENT - HOUR);
        }
    };
    let expired = Received::get("https://b.example/ann").with(header);
    assert_eq!(expired.verify(), Err(Error::Stale(Duration::from_secs(5))));
}

#[test]
fn algorithms() {
    let names = "(request-target) host date";
    let message =
        "(request-target): get /ann\nhost: b.example\ndate: Tue, 14 Nov 2023 22:13:20 GMT";
    let with = |algorithm: &str| {
        Received::by_hand(algorithm, names, message, &cast::ann().private).verify()
    };
    for algorithm in [
        "",
        "algorithm=\"rsa-sha256\",",
        "algorithm=\"RSA-SHA256\",",
        "algorithm=\"hs2019\",",
    ] {
        assert_eq!(with(algorithm), Ok(()), "{algorithm}");
    }
    for algorithm in [
        "algorithm=\"rsa-sha1\",",
        "algorithm=\"hmac-sha256\",",
        "algorithm=\"ed25519\",",
        "algorithm=\"\",",
    ] {
        assert!(
            matches!(with(algorithm), Err(Error::Unsupported(_))),
            "{algorithm}"
        );
    }
}

#[test]
fn repeated_headers_are_signed_joined() {
    let message = "(request-target): get /ann\nhost: b.example\ndate: Tue, 14 Nov 2023 22:13:20 GMT\naccept: a, b";
    let names = "(request-target) host date accept";
    let good = Received::by_hand("", names, message, &cast::ann().private).with(|r| {
        for value in ["a", " b "] {
            r.fields.push(("Accept".to_owned(), value.to_owned()));
        }
    });
    assert_eq!(good.verify(), Ok(()));
    assert_eq!(
        good.with(|r| {
            r.fields.pop();
        })
        .verify(),
        Err(Error::BadSignature)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_body_and_path_goes_round(body: Vec<u8>, path in "/[ -~]{0,40}", other: Vec<u8>) {
        let url = Url::parse("https://b.example").unwrap().join(&path);
        prop_assume!(url.as_ref().is_ok_and(|url| url.host_str() == Some("b.example") && url.port().is_none()));
        let digest = digest::sha256(&body);
        let mut received = Received::signed("POST", url.unwrap().as_str(), Some((&digest, "application/activity+json")));
        received.body = Some(body.clone());
        prop_assert_eq!(received.verify(), Ok(()));
        prop_assume!(other != body);
        received.body = Some(other);
        prop_assert_eq!(received.verify(), Err(Error::BadDigest));
    }
}
