//! A day with clients that people use, on one server: toot, and masto.js, on which web clients are built.

use kontor_tests::{Backend, Setup, fedify, python, server::PASSWORD};

/// Two people, and a program that acts for both.
async fn a_day(backend: Backend, program: fn(&[&str]) -> String) {
    let server = Setup::new("alpha.test", backend).start().await;
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
    a_day(Backend::Sqlite, |people| {
        python::run("interop/tooting.py", people)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_with_masto_js_postgres() {
    a_day(Backend::Postgres, |people| fedify::run("masto.mjs", people)).await;
}
