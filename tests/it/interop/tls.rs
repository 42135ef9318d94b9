//! The path of production: TLS by a private authority, and none of the switches of development.

use kontor_tests::{Backend, Server, Setup, tls};

async fn a_post_crosses(as_it_is: impl Fn(Setup) -> Setup) -> [Server; 2] {
    let (alpha, beta) = (
        as_it_is(Setup::new("alpha.test", Backend::Sqlite)),
        as_it_is(Setup::new("beta.test", Backend::Postgres)),
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
    [alpha, beta]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_crosses_over_tls() {
    for server in a_post_crosses(Setup::over_tls).await {
        assert!(server.heard_over_http2().is_empty());
    }
}

/// Both offer HTTP/2, and everything that they say to each other goes by it.
#[tokio::test(flavor = "multi_thread")]
async fn a_post_crosses_over_http2() {
    let servers = a_post_crosses(Setup::over_http2).await;
    // A Follow to the one, its Accept and the post to the other, and what each looked up before it believed them.
    for (server, least) in servers.iter().zip([2, 1]) {
        let heard = server.heard_over_http2();
        let of = |method: &str| heard.iter().filter(|one| one.method == method).count();
        assert!(of("POST") >= least && of("GET") >= 1, "{heard:?}");
        for one in &heard {
            assert!(one.agent.starts_with("Kontor/"), "{one:?}");
            let to_an_inbox = one.path.ends_with("/inbox");
            assert_eq!(one.method == "POST", to_an_inbox, "{one:?}");
        }
    }
}
