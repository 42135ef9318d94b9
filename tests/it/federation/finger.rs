//! Discovery: WebFinger (RFC 7033), host-meta, NodeInfo, and that web pages elsewhere may ask.

use kontor_tests::{ACTIVITY, Backend, Server, Setup, answer::text, client::query};
use serde_json::{Value, json};

async fn finger(server: &Server, resource: &str) -> kontor_tests::Answer {
    server
        .get(&query("/.well-known/webfinger", &[("resource", resource)]))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn webfinger_finds_people_by_every_name() {
    let server = Setup::new("alpha.test", Backend::Sqlite).start().await;
    let alice = server.person("alice").await;
    let authority = server.address().authority();
    let host = server.address().host().to_owned();
    for resource in [
        format!("acct:alice@{authority}"),
        format!("acct:alice@{host}"),
        format!("acct:ALICE@{authority}"),
        format!("alice@{authority}"),
        alice.actor(),
        server.address().url("/@alice"),
    ] {
        let answer = finger(&server, &resource).await.expect(200);
        assert!(
            answer
                .header("content-type")
                .starts_with("application/jrd+json"),
            "{resource}"
        );
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "*",
            "{resource}"
        );
        let jrd = answer.json();
        assert_eq!(
            jrd["subject"],
            format!("acct:alice@{authority}"),
            "{resource}"
        );
        let links = jrd["links"].as_array().unwrap().clone();
        let own: Vec<&Value> = links.iter().filter(|link| link["rel"] == "self").collect();
        assert_eq!(own.len(), 1, "{resource}");
        assert_eq!(
            (&own[0]["type"], &own[0]["href"]),
            (&json!(ACTIVITY), &json!(alice.actor())),
            "{resource}"
        );
        assert!(
            links
                .iter()
                .any(|link| link["rel"] == "http://webfinger.net/rel/profile-page"),
            "{resource}"
        );
    }
    // The instance has a name as well.
    let instance = finger(&server, &format!("acct:{host}@{authority}")).await;
    assert_eq!(
        instance.ok()["links"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|link| link["rel"] == "self")
            .count(),
        1
    );
    for nobody in [
        format!("acct:nobody@{authority}"),
        "acct:alice@elsewhere.test".to_owned(),
        format!("acct:alice@{host}:1"),
        server.address().url("/users/1"),
        "http://elsewhere.test/@alice".to_owned(),
    ] {
        let answer = finger(&server, &nobody).await.expect(404);
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "*",
            "{nobody}"
        );
    }
    server.get("/.well-known/webfinger").await.expect(400);
    for nonsense in ["", "alice", "acct:", "acct:@", "mailto:alice@alpha.test"] {
        let status = finger(&server, nonsense).await.status;
        assert!(matches!(status, 400 | 404), "{nonsense:?}: {status}");
    }
}

async fn the_counts_are_honest(backend: Backend) {
    // Counted each time: whether it has started is asked by the counts, too.
    let setup = Setup::new("alpha.test", backend).with("limits.counts_seconds", "0");
    let server = setup.start().await;
    for name in ["alice", "bob"] {
        server
            .person(name)
            .await
            .post(&format!("{name} was here"), "public")
            .await;
    }
    let meta = server.get("/.well-known/host-meta").await.expect(200);
    assert!(
        meta.header("content-type")
            .starts_with("application/xrd+xml"),
        "{}",
        meta.header("content-type")
    );
    assert!(
        meta.text().contains(
            &server
                .address()
                .url("/.well-known/webfinger?resource={uri}")
        ),
        "{}",
        meta.text()
    );

    let index = server.get("/.well-known/nodeinfo").await;
    assert_eq!(index.header("access-control-allow-origin"), "*");
    let links = index.ok()["links"].as_array().unwrap().clone();
    for version in ["2.0", "2.1"] {
        let rel = format!("http://nodeinfo.diaspora.software/ns/schema/{version}");
        let link = links
            .iter()
            .find(|link| link["rel"] == rel.as_str())
            .unwrap_or_else(|| panic!("no {version}"));
        let info = server.get(&text(link, "href")).await.ok();
        assert_eq!(info["version"], version);
        assert_eq!(info["software"]["name"], "kontor");
        assert_eq!(info["protocols"], json!(["activitypub"]));
        assert_eq!(info["openRegistrations"], true);
        assert_eq!(info["usage"]["users"]["total"], 2, "{info}");
        assert_eq!(info["usage"]["localPosts"], 2, "{info}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counts_are_honest_sqlite() {
    the_counts_are_honest(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counts_are_honest_postgres() {
    the_counts_are_honest(Backend::Postgres).await;
}
