//! A day with clients that people use, on one server: toot; Mastodon.py; and masto.js, on which web clients are built, by itself
//! and in a browser.

use kontor_tests::{Backend, Setup, chromium, fedify, python, server::PASSWORD};

/// Two people, and a program that acts for both.
async fn a_day(setup: Setup, program: fn(&[&str]) -> String) {
    let server = setup.start().await;
    server.person("alice").await;
    server.person("bob").await;
    let base = server.address().url("");
    let said =
        tokio::task::spawn_blocking(move || program(&[&base, "alice", "bob", PASSWORD])).await;
    eprint!(
        "{}",
        said.unwrap_or_else(|why| std::panic::resume_unwind(why.into_panic()))
    );
    server.settles().await;
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_toot_sqlite() {
    a_day(Setup::new("alpha.test", Backend::Sqlite), |people| {
        python::run("interop/tooting.py", people)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_mastodon_py_sqlite() {
    a_day(Setup::new("alpha.test", Backend::Sqlite), |people| {
        python::run("interop/library.py", people)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_masto_js_postgres() {
    a_day(Setup::new("alpha.test", Backend::Postgres), |people| {
        fedify::run("masto.mjs", people)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_a_web_client_in_chromium_postgres() {
    a_day(
        Setup::new("alpha.test", Backend::Postgres).over_tls(),
        |people| chromium::run("client.mjs", people),
    )
    .await;
}

/// With no client at all: what the pages alone let people do.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_at_the_pages_in_chromium_sqlite() {
    a_day(
        Setup::new("alpha.test", Backend::Sqlite).over_tls(),
        |people| chromium::run("pages.mjs", people),
    )
    .await;
}
