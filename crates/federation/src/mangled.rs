//! The `readers` of what strangers write are fed with spoiled copies of what they do write. `KONTOR_MANGLED` says how many copies
//! (docs/testing.md).

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
use sha2::{Digest as _, Sha256};

use crate::readers;

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

#[test]
fn what_comes_to_the_inbox() {
    each("tests/fixtures", 1, readers::inbox_json);
}

#[test]
fn signatures_and_digests() {
    each("tests/corpus/headers", 2, readers::signature_headers);
}

#[test]
fn answers_of_webfinger() {
    each("tests/corpus/webfinger", 3, readers::webfinger);
}

#[test]
fn addresses_and_handles() {
    each("tests/corpus/addresses", 4, readers::urls);
}

#[test]
fn html_is_harmless() {
    each("tests/corpus/html", 5, readers::html);
}

/// The targets are built by `scripts/fuzz --libfuzzer` alone, so that nobody else would see what they lack.
#[test]
fn libfuzzer_has_a_target_for_each_reader() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(crate_folder.join(path)).unwrap();
    let mut readers: Vec<String> = read("src/readers.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub fn ")?.split_once('('))
        .map(|(name, _)| name.to_owned())
        .collect();
    readers.sort();
    let mut targets: Vec<String> = fs::read_dir(crate_folder.join("../../fuzz/fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    targets.sort();
    assert_eq!(readers, targets);
    let manifest = read("../../fuzz/Cargo.toml");
    let script = read("../../scripts/fuzz");
    for name in readers {
        assert!(manifest.contains(&format!(
            "\nname = \"{name}\"\npath = \"fuzz_targets/{name}.rs\""
        )));
        assert!(
            read(&format!("../../fuzz/fuzz_targets/{name}.rs"))
                .contains(&format!("readers::{name}("))
        );
        assert!(
            script.contains(&format!("\n        {name}) corpus=")),
            "{name}"
        );
    }
}
