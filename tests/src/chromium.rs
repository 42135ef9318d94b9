//! A real browser, driven by scripts of `fedify/`.

use crate::{environment, fedify};

/// Names a Chromium.
pub const CHROMIUM: &str = "KONTOR_TEST_CHROMIUM";

/// Runs a script that drives it and returns what the script printed. The arguments go to it as they are, and the browser after them.
///
/// # Panics
/// When it fails or takes longer than two minutes; with what it said.
pub fn run(script: &str, arguments: &[&str]) -> String {
    let program = environment::required(CHROMIUM);
    let mut all = arguments.to_vec();
    all.push(program.as_str());
    fedify::run(script, &all)
}
