//! Two servers, two databases, one post between them: driven by a client library that we did not write.

mod clients;
mod fedify;
mod inputs;
mod lock;
mod tls;

use kontor_tests::{Backend, Server, Setup, python, server::PASSWORD};

/// Two servers that know each other.
pub async fn pair(alpha: Backend, beta: Backend) -> (Server, Server) {
    pair_with(alpha, beta, &[]).await
}

/// The same with settings of one's own.
pub async fn pair_with(
    alpha: Backend,
    beta: Backend,
    settings: &[(&'static str, &str)],
) -> (Server, Server) {
    let setup = |name, backend| {
        let setup = Setup::new(name, backend);
        settings
            .iter()
            .fold(setup, |setup, (key, value)| setup.with(key, *value))
    };
    let (alpha, beta) = (setup("alpha.test", alpha), setup("beta.test", beta));
    let (a, b) = (alpha.address.clone(), beta.address.clone());
    (
        alpha.knows(&[&b]).start().await,
        beta.knows(&[&a]).start().await,
    )
}

async fn journey(alpha: Backend, beta: Backend) {
    let (alpha, beta) = pair(alpha, beta).await;
    alpha.person("alice").await;
    beta.person("bob").await;
    beta.person("carol").await;
    let (first, second) = (alpha.address().url(""), beta.address().url(""));
    let said = tokio::task::spawn_blocking(move || {
        python::run(
            "interop/journey.py",
            &[&first, "alice", &second, "bob", "carol", PASSWORD],
        )
    });
    eprint!(
        "{}",
        said.await
            .unwrap_or_else(|why| std::panic::resume_unwind(why.into_panic()))
    );
    for server in [&alpha, &beta] {
        server.settles().await;
        server.check();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_crosses_from_postgres_to_sqlite() {
    journey(Backend::Sqlite, Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_crosses_from_sqlite_to_postgres() {
    journey(Backend::Postgres, Backend::Sqlite).await;
}

/// Somebody with nothing but a client library for Mastodon joins a community on another server, takes part and leaves.
async fn community(alpha: Backend, beta: Backend) {
    let (alpha, beta) = pair(alpha, beta).await;
    let ann = alpha.person("ann").await;
    beta.person("ben").await;
    for (name, access) in [("garden", "public"), ("den", "private")] {
        let body = serde_json::json!({"name": name, "title": "A Place", "access": access});
        let path = "/api/kontor/v1/communities";
        ann.client.post_json(path, &body).await.ok();
    }
    let [handle, closed] =
        ["garden", "den"].map(|name| format!("{name}@{}", alpha.address().authority()));
    let (home, near) = (alpha.address().url(""), beta.address().url(""));
    let said = tokio::task::spawn_blocking(move || {
        python::run(
            "interop/community.py",
            &[&home, "ann", &near, "ben", &handle, &closed, PASSWORD],
        )
    });
    eprint!(
        "{}",
        said.await
            .unwrap_or_else(|why| std::panic::resume_unwind(why.into_panic()))
    );
    for server in [&alpha, &beta] {
        server.settles().await;
        server.check();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_on_postgres_needs_nothing_but_a_client_for_mastodon() {
    community(Backend::Sqlite, Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_on_sqlite_needs_nothing_but_a_client_for_mastodon() {
    community(Backend::Postgres, Backend::Sqlite).await;
}
