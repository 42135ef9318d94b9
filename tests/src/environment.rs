//! What `scripts/test` hands over by the environment.

/// # Panics
/// When it is not set: what a test needs is never missing silently.
#[expect(
    clippy::disallowed_methods,
    reason = "the scripts hand over their findings by the environment"
)]
pub fn required(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run the tests by scripts/test, which sets it")
    })
}

/// What somebody may hand over, and need not.
#[expect(
    clippy::disallowed_methods,
    reason = "who runs the tests hands it over by the environment"
)]
pub fn optional(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
