//! Everything that reads what strangers write is fed with spoiled copies of what they do write: it may refuse, it must not panic,
//! and what comes out must hold what it promises. `KONTOR_MANGLED` says how many copies (docs/testing.md).

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use kontor_coverage::Ways;
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore as _, SeedableRng as _},
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    activities::Activity,
    fetch::Finger,
    objects::{
        actor::IncomingActor,
        bounds,
        loose::{self, web_address},
        note::IncomingNote,
    },
    proof::Proof,
    signature::{Headers, KeyId, Policy, PublicKey, Signature, VerifyRequest, cast},
};

/// Copies of each file, without a word from outside.
const COPIES: usize = 300;

#[expect(
    clippy::disallowed_methods,
    reason = "whoever wants more copies says so by the environment"
)]
fn copies() -> usize {
    std::env::var("KONTOR_MANGLED")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(COPIES)
}

/// The files of a folder, and of the folders in it.
fn corpus(folder: &str) -> Vec<Vec<u8>> {
    fn read(folder: &Path, found: &mut Vec<Vec<u8>>) {
        let mut paths: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                read(&path, found);
            } else {
                found.push(fs::read(&path).unwrap());
            }
        }
    }
    let mut found = Vec::new();
    read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        &mut found,
    );
    assert!(!found.is_empty(), "{folder} holds nothing");
    found
}

/// What readers tend to stumble over.
const PIECES: &[&str] = &[
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "-0",
    "1e999",
    "9223372036854775808",
    "\u{0}",
    "\u{202e}",
    "\u{fffd}",
    "\u{1f600}",
    "%00",
    "%2e",
    "..",
    "//",
    "@",
    "#",
    "?",
    "&#x0;",
    "<",
    ">",
    "</",
    "<!--",
    "<a href=\"",
    "javascript:",
    "data:",
    "=",
    ";",
    "(",
    ")",
    ":AAAA:",
    "\r\n",
    "\t",
    "https://",
    "http://[",
    "xn--",
    "https://www.w3.org/ns/activitystreams#Public",
];

fn number(dice: &mut ChaCha20Rng, below: usize) -> usize {
    usize::try_from(dice.next_u64()).unwrap_or(usize::MAX / 2) % below.max(1)
}

/// Spoils a copy: bits, bytes and whole parts are turned, taken away, doubled, and put in.
fn mangle(original: &[u8], others: &[Vec<u8>], dice: &mut ChaCha20Rng) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=number(dice, 6) {
        let at = number(dice, bytes.len() + 1);
        let end = at + number(dice, (bytes.len() - at).min(64) + 1);
        match number(dice, 7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << number(dice, 8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(number(dice, 256)).unwrap(),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            4 => {
                let piece = PIECES[number(dice, PIECES.len())];
                bytes.splice(at..at, piece.bytes());
            }
            5 => {
                let other = &others[number(dice, others.len())];
                let from = number(dice, other.len() + 1);
                let to = from + number(dice, (other.len() - from).min(200) + 1);
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

fn each(folder: &str, seed: u64, check: impl Fn(&[u8])) {
    let files = corpus(folder);
    let mut dice = ChaCha20Rng::seed_from_u64(seed);
    let check = |bytes: &[u8]| {
        let done = catch_unwind(AssertUnwindSafe(|| check(bytes)));
        assert!(done.is_ok(), "it is broken by {}", bytes.escape_ascii());
    };
    if let Some(ways) = Ways::look() {
        return guided(folder, files, ways, &mut dice, check);
    }
    for file in &files {
        check(file);
        for _ in 0..copies() {
            check(&mangle(file, &files, &mut dice));
        }
    }
}

/// The same with counters in the code: copies that lead somewhere new are spoiled further, and kept for the next time.
fn guided(
    folder: &str,
    mut pool: Vec<Vec<u8>>,
    mut ways: Ways,
    dice: &mut ChaCha20Rng,
    check: impl Fn(&[u8]),
) {
    let wanted = copies() * pool.len();
    let kept = kept(folder);
    fs::create_dir_all(&kept).unwrap();
    for entry in fs::read_dir(&kept).unwrap() {
        pool.push(fs::read(entry.unwrap().path()).unwrap());
    }
    for bytes in &pool {
        ways.clear();
        check(bytes);
        ways.grow();
    }
    let before = ways.covered();
    for _ in 0..wanted {
        // Half of the time one of the newest.
        let newest = pool.len().saturating_sub(16);
        let at = if number(dice, 2) == 0 {
            number(dice, pool.len())
        } else {
            newest + number(dice, pool.len() - newest)
        };
        let bytes = mangle(&pool[at], &pool, dice);
        ways.clear();
        check(&bytes);
        if ways.grow() {
            let name = format!("{:x}", Sha256::digest(&bytes));
            fs::write(kept.join(&name[..16]), &bytes).unwrap();
            pool.push(bytes);
        }
    }
    let after = ways.covered();
    eprintln!(
        "{folder}: {wanted} copies, {} inputs, {} and now {} of {} counters",
        pool.len(),
        before.0,
        after.0,
        after.1
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "`scripts/fuzz` hands the folder over by the environment"
)]
fn kept(folder: &str) -> PathBuf {
    let root = std::env::var("KONTOR_FUZZ").expect("scripts/fuzz sets the folder");
    Path::new(&root).join(folder)
}

/// Ids, where something is made of it, are on the host that it came from.
fn document(value: &Value) {
    let place = "https://a.test/users/ann".parse().unwrap();
    if let Ok(actor) = IncomingActor::read(value.clone())
        && let Ok(checked) = actor.check(&place)
    {
        assert!(checked.uri.starts_with("https://a.test"), "{}", checked.uri);
        assert!(web_address(&checked.endpoints.inbox_url).is_some());
        assert!(checked.keys.len() < 10);
    }
    if let Ok(note) = IncomingNote::read(value.clone())
        && let Ok(identity) = note.check()
    {
        assert!(kontor_domain::site::same_authority(
            identity.id,
            identity.author
        ));
    }
}

#[test]
fn what_comes_to_the_inbox() {
    each("tests/fixtures", 1, |bytes| {
        let Ok(value) = bounds::parse(bytes, 1 << 20, 32) else {
            return;
        };
        document(&value);
        if let Some(proof) = Proof::find(&value) {
            assert!(proof.verify(&cast::eda().public).is_err());
        }
        if let Ok(activity) = Activity::read(value) {
            assert!(web_address(&activity.actor).is_some() && web_address(&activity.id).is_some());
            document(&activity.object);
        }
    });
}

#[test]
fn signatures_and_digests() {
    let now = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let verify = |fields: &[(&str, &[u8])], key: &PublicKey| {
        let headers: Headers<'_> = fields.iter().copied().collect();
        let Ok(signature) = Signature::from_headers(&headers) else {
            return;
        };
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
        assert!(
            signature
                .verify(&request, key, now, &Policy::default())
                .is_err()
        );
    };
    let input = corpus("tests/corpus/headers");
    each("tests/corpus/headers", 2, |bytes| {
        let date = ("date", &b"Tue, 14 Nov 2023 22:13:20 GMT"[..]);
        for key in [&cast::ann().public, &cast::eda().public] {
            verify(&[date, ("signature", bytes), ("digest", bytes)], key);
            verify(&[date, ("authorization", bytes)], key);
            for other in &input {
                verify(
                    &[
                        ("signature-input", bytes),
                        ("signature", other),
                        ("content-digest", bytes),
                    ],
                    key,
                );
                verify(
                    &[
                        ("signature-input", other),
                        ("signature", bytes),
                        ("content-digest", other),
                    ],
                    key,
                );
            }
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            let _ = crate::synchronisation::Said::read(text);
            let _ = PublicKey::from_pem(text);
            let _ = PublicKey::from_multibase(text);
        }
    });
}

#[test]
fn answers_of_webfinger() {
    each("tests/corpus/webfinger", 3, |bytes| {
        if let Ok(value) = bounds::parse(bytes, 1 << 20, 32) {
            let finger = Finger::read(&value);
            assert!(finger.actors.len() <= 50);
        }
    });
}

#[test]
fn addresses_and_handles() {
    each("tests/corpus/addresses", 4, |bytes| {
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
    });
}

#[test]
fn html_is_harmless() {
    each("tests/corpus/html", 5, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let clean = loose::html(&text, 20_000);
        let small = clean.to_lowercase();
        for bad in ["<script", "<img", "<svg", "<style", "<iframe"] {
            assert!(!small.contains(bad), "{bad} in {clean}");
        }
        // At the beginning of an attribute alone: text may speak of it, and an address have it anywhere else.
        for tag in small.split('<').skip(1) {
            let within = tag.split('>').next().unwrap();
            for value in within.split('"').skip(1).step_by(2) {
                // What stands before it is passed over by browsers (WHATWG URL, 4.4).
                let value = value.trim_start_matches(|c: char| c <= ' ');
                assert!(!value.starts_with("javascript:"), "{within} in {clean}");
            }
        }
    });
}
