//! The program under test: `kontor`, as cargo built it beside the tests.

use std::path::PathBuf;

/// # Panics
/// When it has not been built.
pub fn path() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows its own file");
    // target/<profile>/deps/it-<hash>
    let folder = own
        .parent()
        .and_then(std::path::Path::parent)
        .expect("tests lie in target/<profile>/deps");
    let binary = folder.join("kontor");
    assert!(
        binary.is_file(),
        "{} is missing: `cargo build -p kontor-server` makes it (scripts/test does that by itself)",
        binary.display()
    );
    binary
}
