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
