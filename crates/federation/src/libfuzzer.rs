//! The targets in `fuzz/` are a workspace of their own, which is built by hand. They are compiled here with the tests, so that a reader
//! whose name or form changes is not missed there.
#![expect(
    unused_attributes,
    reason = "`no_main` is for libFuzzer, which brings a `main`"
)]

use std::{collections::BTreeSet, fs, path::Path};

#[path = "../../../fuzz/fuzz_targets/html.rs"]
mod html;
#[path = "../../../fuzz/fuzz_targets/inbox_json.rs"]
mod inbox_json;
#[path = "../../../fuzz/fuzz_targets/signature_headers.rs"]
mod signature_headers;
#[path = "../../../fuzz/fuzz_targets/urls.rs"]
mod urls;
#[path = "../../../fuzz/fuzz_targets/webfinger.rs"]
mod webfinger;

/// Stands where libFuzzer's stands. It comes after the targets, which have to name where they take it from.
macro_rules! fuzz_target {
    (|$bytes:ident: &[u8]| $body:expr) => {
        pub(super) fn feed($bytes: &[u8]) {
            $body;
        }
    };
}
pub(crate) use fuzz_target;

type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 5] = [
    ("html", html::feed),
    ("inbox_json", inbox_json::feed),
    ("signature_headers", signature_headers::feed),
    ("urls", urls::feed),
    ("webfinger", webfinger::feed),
];

/// The names of what cargo-fuzz builds, by their files.
fn files() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_target_is_compiled_here_and_takes_what_it_is_given() {
    let here: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(here, files());
    let manifest = include_str!("../../../fuzz/Cargo.toml");
    for (name, feed) in TARGETS {
        assert!(manifest.contains(&format!(
            "name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\""
        )));
        for bytes in [&b""[..], b"{\"id\": \"https://a.test/1\"}", b"\xff\x00<p>"] {
            feed(bytes);
        }
    }
}
