//! Everything that reads what strangers write, in five families: a reader may refuse, it must not panic, and what comes out must
//! hold what it promises. The tests of `mangled` feed them, and the targets in `fuzz/` (feature `testing`). Nothing of it is in
//! the product.
#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use chrono::DateTime;
use kontor_domain::{site::same_authority, text::hashtag};
use serde_json::Value;

use crate::{
    activities::Activity,
    fetch::Finger,
    objects::{
        actor::IncomingActor,
        bounds, collection,
        loose::{self, id_of, web_address},
        note::{IncomingNote, entitle},
    },
    proof::Proof,
    signature::{Error, Headers, KeyId, Policy, PublicKey, Signature, VerifyRequest},
    synchronisation::Said,
};

/// Nobody has the other halves of these keys: what they verify is forged.
static RSA: LazyLock<PublicKey> = LazyLock::new(|| {
    PublicKey::from_pem(
        "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuh1q26yd0TcjYaT9N8Q3
bTOtPc/vC25yStvDYXZwgXd4hDcZNeU1lIUCsTQz9AoDYyn6h67jwLLNTub2MYA1
Bkr2pfyyKWgFICvLx4tbkL5bKOSODJ5O6TMgkbuFDqVZXOb9XySYRnLFrvhdv8RY
G5Y+rAdG2Ekd5Cysha6GcdLqBesGjnLwO6x0/3kKQC/bvf7qt8fWijl+ccDCzpCS
JyTDsqzoFMhzA24tIQ0zaz6JZbsaJPftiEkmsaS2v5RIV9Y1pNU4Ei+Vk1+HAQPb
rQ5sZ5RZlT8iR0JIcO5ldm/CgUwXpT8zWVhILOF2T82Qh1qwqbePxa5U2kRMXP5z
0wIDAQAB
-----END PUBLIC KEY-----
",
    )
    .unwrap()
});
static ED25519: LazyLock<PublicKey> = LazyLock::new(|| {
    PublicKey::from_pem(
        "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA9kcpUaoM1WJRX5iYd/9tN3blFNgYhme3byKuUooT5Os=
-----END PUBLIC KEY-----
",
    )
    .unwrap()
});

/// Ids, where something is made of it, are on the host that it came from.
fn document(value: &Value) {
    let place = "https://a.test/users/ann".parse().unwrap();
    if let Ok(actor) = IncomingActor::read(value.clone())
        && let Ok(checked) = actor.check(&place)
    {
        let url = web_address(&checked.uri).unwrap();
        assert_eq!(
            kontor_domain::site::authority(&url).as_deref(),
            Some("a.test")
        );
        assert_eq!(checked.domain, "a.test");
        assert!(web_address(&checked.endpoints.inbox_url).is_some());
        assert!(checked.keys.len() < 10);
    }
    if let Ok(note) = IncomingNote::read(value.clone())
        && let Ok(identity) = note.check()
    {
        assert!(same_authority(identity.id, identity.author));
        post(&note, identity.id);
    }
    if let Some(id) = id_of(value)
        && let Some(owner) = value.get("attributedTo").and_then(id_of)
        && let Ok(read) = collection::read(value, id, owner)
    {
        assert!(read.url.is_none_or(|page| same_authority(&page, id)));
        for entry in collection::entries(value, id)
            .iter()
            .filter_map(|one| collection::entry(one, id))
        {
            assert!(same_authority(&entry.uri, id));
            assert!(web_address(&entry.account).is_some());
        }
    }
    entitle(&mut value.clone());
}

/// All that is taken of a post.
fn post(note: &IncomingNote, id: &str) {
    let now = DateTime::from_timestamp(1_700_000_000, 0)
        .unwrap()
        .naive_utc();
    let (followers, following) = (
        "https://a.test/users/ann/followers",
        "https://a.test/users/ann/following",
    );
    let spoken = ["en".to_owned()];
    let is_address = |text: &str| web_address(text).is_some();

    is_harmless(&note.html(&spoken, 2_000));
    let files = note.files(16);
    assert!(files.len() <= 16);
    assert!(files.iter().all(|file| is_address(&file.url)));
    assert!(note.emojis().iter().all(|emoji| is_address(&emoji.url)));
    assert!(note.recipients(followers).into_iter().all(is_address));
    assert!(note.quoted().is_none_or(is_address));
    assert!(note.page().is_none_or(|page| same_authority(&page, id)));
    assert!(note.hashtags().iter().all(|name| hashtag::valid(name)));
    assert!(note.poll(now).is_none_or(|poll| !poll.choices.is_empty()));
    assert!(!note.spoiler_text().contains(char::is_control));
    let _ = note.thread_title();
    let _ = note.audience(followers);
    let _ = note.groups(|uri| uri.starts_with("https://here.test/"));
    let _ = note.limits(followers, following, |uri| {
        uri.starts_with("https://here.test/")
    });
    let _ = note.quote_policy(followers);
    let _ = note.language(&spoken);
    let _ = (note.published(), note.updated(), note.sensitive());
}

/// The body of a request to an inbox, or a document that was fetched.
pub fn inbox_json(bytes: &[u8]) {
    let Ok(value) = bounds::parse(bytes, 1 << 20, 32) else {
        return;
    };
    document(&value);
    if let Some(proof) = Proof::find(&value) {
        assert!(proof.verify(&ED25519).is_err());
    }
    if let Ok(activity) = Activity::read(value) {
        assert!(web_address(&activity.actor).is_some() && web_address(&activity.id).is_some());
        document(&activity.object);
    }
}

/// Of the body `{}`, so that it is read on to the signature itself.
const DIGEST: &[u8] = b"SHA-256=RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=";
const CONTENT_DIGEST: &[u8] = b"sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:";
const CAVAGE: &[u8] = include_bytes!("../tests/corpus/headers/cavage.txt");
const INPUT: &[u8] = include_bytes!("../tests/corpus/headers/rfc9421-input.txt");
const SIGNATURE: &[u8] = include_bytes!("../tests/corpus/headers/rfc9421-signature.txt");

/// What is made of a request with these fields beside the usual ones.
fn request(fields: &[(&str, &[u8])], key: &PublicKey) -> Result<(), Error> {
    let usual: [(&str, &[u8]); 3] = [
        ("host", b"here.test"),
        ("date", b"Tue, 14 Nov 2023 22:13:20 GMT"),
        ("content-type", b"application/activity+json"),
    ];
    let headers: Headers<'_> = usual.iter().chain(fields).copied().collect();
    let signature = Signature::from_headers(&headers)?;
    if let Ok(key_id) = signature.key_id() {
        assert!(key_id.url().host_str().is_some());
    }
    let request = VerifyRequest {
        method: "POST",
        path_and_query: "/inbox?x=1",
        host: "here.test",
        headers: &headers,
        body: Some(b"{}"),
    };
    let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    signature.verify(&request, key, now, &Policy::default())
}

fn is_refused(fields: &[(&str, &[u8])]) {
    for key in [&*RSA, &*ED25519] {
        assert!(request(fields, key).is_err());
    }
}

/// One header field, as each of those that have to do with signatures; or two lines, the `Signature-Input` and the `Signature` of one
/// request. What stands beside it is good, or nothing of it would be read.
pub fn signature_headers(bytes: &[u8]) {
    is_refused(&[("signature", bytes), ("digest", DIGEST)]);
    is_refused(&[("signature", CAVAGE), ("digest", bytes)]);
    is_refused(&[("authorization", bytes), ("digest", DIGEST)]);
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let (first, second) = (lines.next().unwrap_or_default(), lines.next());
    for (input, signature, digest) in [
        (bytes, SIGNATURE, CONTENT_DIGEST),
        (INPUT, bytes, CONTENT_DIGEST),
        (INPUT, SIGNATURE, bytes),
        (first, second.unwrap_or(SIGNATURE), CONTENT_DIGEST),
    ] {
        is_refused(&[("signature-input", input), ("signature", signature)]);
        is_refused(&[
            ("signature-input", input),
            ("signature", signature),
            ("content-digest", digest),
        ]);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Said::read(text);
        let _ = PublicKey::from_pem(text);
        let _ = PublicKey::from_multibase(text);
    }
}

/// The answer of a `WebFinger` server.
pub fn webfinger(bytes: &[u8]) {
    if let Ok(value) = bounds::parse(bytes, 1 << 20, 32) {
        let finger = Finger::read(&value);
        assert!(finger.actors.len() <= 50);
    }
}

/// Addresses, names of hosts, handles and ids of keys, one a line.
pub fn urls(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for line in text.lines() {
        if let Some(url) = web_address(line) {
            assert!(url.username().is_empty() && url.password().is_none());
            assert!(matches!(url.scheme(), "http" | "https"));
            assert!(kontor_domain::site::authority(&url).is_some());
        }
        if let Some(name) = kontor_domain::peer::normal(line) {
            assert_eq!(
                kontor_domain::peer::normal(&name).as_deref(),
                Some(name.as_str()),
                "{line}"
            );
            assert!(kontor_domain::peer::covers(&name, &name));
        }
        let _ = KeyId::parse(line);
        let _ = kontor_domain::text::Handle::parse(line);
    }
}

/// What becomes of a post's or an actor's HTML.
pub fn html(bytes: &[u8]) {
    is_harmless(&loose::html(&String::from_utf8_lossy(bytes), 20_000));
}

fn is_harmless(clean: &str) {
    let small = clean.to_lowercase();
    for bad in ["<script", "<img", "<svg", "<style", "<iframe"] {
        assert!(!small.contains(bad), "{bad} in {clean}");
    }
    // At the beginning of an attribute alone: text may speak of it, and an address have it anywhere else.
    for tag in small.split('<').skip(1) {
        let within = tag.split_once('>').map_or(tag, |(within, _)| within);
        for value in within.split('"').skip(1).step_by(2) {
            // What stands before it is passed over by browsers (WHATWG URL, 4.4).
            let value = value.trim_start_matches(|c: char| c <= ' ');
            assert!(!value.starts_with("javascript:"), "{within} in {clean}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If they were refused for anything else, what is made of them would be seen by nobody.
    #[test]
    fn the_good_fields_are_read_to_the_end() {
        let both = include_bytes!("../tests/corpus/headers/two-lines.txt");
        let (first, second) = both.split_at(both.iter().position(|byte| *byte == b'\n').unwrap());
        let cavage = [("signature", CAVAGE), ("digest", DIGEST)];
        let rfc9421 = |input, signature| {
            [
                ("signature-input", input),
                ("signature", signature),
                ("content-digest", CONTENT_DIGEST),
            ]
        };
        for (fields, key) in [
            (&cavage[..], &RSA),
            (&rfc9421(INPUT, SIGNATURE)[..], &RSA),
            (&rfc9421(first, second)[..], &ED25519),
        ] {
            assert_eq!(request(fields, key), Err(Error::BadSignature));
        }
    }
}
