//! What no client would send, to every published operation: the server answers, and never with a failure of its own.

use kontor_tests::{Backend, Setup, environment, python};

/// Mastodon's published description, where somebody has it (docs/testing.md).
const DOCUMENT: &str = "KONTOR_MASTODON_OPENAPI";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_sent_breaks_the_server() {
    let Some(document) = environment::optional(DOCUMENT) else {
        // The test command says at its end that nothing was held against the description.
        return;
    };
    let server = Setup::new("alpha.test", Backend::Sqlite).start().await;
    let alice = server.person("alice").await;
    alice.post("something to be found", "public").await;
    let (base, token) = (server.address().url(""), alice.token.clone());
    let said = tokio::task::spawn_blocking(move || {
        python::run("api/hostile.py", &[&document, &base, &token])
    });
    eprint!(
        "{}",
        said.await
            .unwrap_or_else(|why| std::panic::resume_unwind(why.into_panic()))
    );
    server.settles().await;
    server.check();
}
