//! The path of production: TLS by a private authority, and none of the switches of development.

use kontor_tests::{Backend, Setup, tls};

#[tokio::test(flavor = "multi_thread")]
async fn a_post_crosses_over_tls() {
    let (alpha, beta) = (
        Setup::new("alpha.test", Backend::Sqlite).over_tls(),
        Setup::new("beta.test", Backend::Postgres).over_tls(),
    );
    let (a, b) = (alpha.address.clone(), beta.address.clone());
    let (alpha, beta) = (
        alpha.knows(&[&b]).start().await,
        beta.knows(&[&a]).start().await,
    );
    let (ann, bob) = (alpha.person("ann").await, beta.person("bob").await);
    assert!(ann.actor().starts_with("https://"));
    let there = ann.resolve(&bob.handle()).await;
    ann.follows(&there).await;
    bob.post("over a closed line", "public").await;
    ann.sees("over a closed line").await;
    assert!(!tls::speaks_plainly(&a).await);
    for server in [&alpha, &beta] {
        server.settles().await;
        server.check();
    }
}
