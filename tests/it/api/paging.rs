//! Lists are walked by their Link headers alone, in both directions, without a gap and without a repetition.

use kontor_tests::{Backend, Client, Setup, answer::text, client::query};

/// The addresses of a Link header by their `rel`.
fn link(answer: &kontor_tests::Answer, rel: &str) -> Option<String> {
    let wanted = format!("rel=\"{rel}\"");
    let part = answer
        .header("link")
        .split(", ")
        .find(|part| part.ends_with(&wanted))?
        .to_owned();
    let (_, rest) = part.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}

/// The ids of every page from this one on, one list a page.
async fn walk(client: &Client, first: &str, rel: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut path = first.to_owned();
    for _ in 0..50 {
        let answer = client.get(&path).await;
        let next = link(&answer, rel);
        let page: Vec<String> = answer
            .list()
            .iter()
            .map(|entry| text(entry, "id"))
            .collect();
        if page.is_empty() {
            assert!(next.is_none(), "an empty page leads on");
            return pages;
        }
        pages.push(page);
        let Some(next) = next else { return pages };
        path = next;
    }
    panic!("{first} has no end");
}

async fn lists_are_walked(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let alice = server.person("alice").await;
    let mut wanted = Vec::new();
    for number in 0..45 {
        wanted.push(text(
            &alice.post(&format!("post {number}"), "public").await,
            "id",
        ));
    }
    wanted.reverse();
    for path in [
        "/api/v1/timelines/home".to_owned(),
        "/api/v1/timelines/public?local=true".to_owned(),
        format!("/api/v1/accounts/{}/statuses", alice.id),
    ] {
        let pages = walk(&alice.client, &path, "next").await;
        let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
        assert_eq!(sizes, [20, 20, 5], "{path}: 20 by default");
        assert_eq!(pages.concat(), wanted, "{path}");
        let join = if path.contains('?') { '&' } else { '?' };
        let seven = walk(&alice.client, &format!("{path}{join}limit=7"), "next").await;
        assert_eq!(seven.concat(), wanted, "{path} by sevens");
        assert!(
            seven.iter().rev().skip(1).all(|page| page.len() == 7),
            "{path}: the limit goes on"
        );
        // Backwards from the oldest: pages next to each other, each newest first.
        let oldest = wanted.last().unwrap();
        let mut back = walk(
            &alice.client,
            &format!("{path}{join}limit=10&min_id={oldest}"),
            "prev",
        )
        .await;
        back.reverse();
        assert_eq!(back.concat(), wanted[..44], "{path} backwards");
        // The newest page above an id, and not the next one above it.
        let since = alice
            .client
            .get(&format!("{path}{join}limit=5&since_id={oldest}"))
            .await
            .list();
        let since: Vec<String> = since.iter().map(|status| text(status, "id")).collect();
        assert_eq!(since, wanted[..5], "{path} since");
        let between = format!("{path}{join}max_id={}&min_id={}", wanted[10], wanted[20]);
        let between: Vec<String> = alice
            .client
            .get(&between)
            .await
            .list()
            .iter()
            .map(|status| text(status, "id"))
            .collect();
        assert_eq!(between, wanted[11..20], "{path} between");
        let many = alice
            .client
            .get(&format!("{path}{join}limit=1000"))
            .await
            .list();
        assert_eq!(many.len(), 40, "{path}: no more than 40");
    }
    // The addresses keep what was asked, and are whole addresses on the public name.
    let answer = alice
        .client
        .get(&query(
            "/api/v1/timelines/public",
            &[("local", "true"), ("limit", "3")],
        ))
        .await;
    let next = link(&answer, "next").unwrap();
    assert!(
        next.starts_with(&server.address().url("/api/v1/timelines/public?")),
        "{next}"
    );
    assert!(
        next.contains("local=true") && next.contains("limit=3"),
        "{next}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_walked_sqlite() {
    lists_are_walked(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_walked_postgres() {
    lists_are_walked(Backend::Postgres).await;
}

/// Followers are paged by the rows of the follows, which only the Link header knows.
#[tokio::test(flavor = "multi_thread")]
async fn followers_are_walked() {
    let server = Setup::new("alpha.test", Backend::Sqlite).start().await;
    let alice = server.person("alice").await;
    let mut wanted = Vec::new();
    for number in 0..7 {
        let fan = server.person(&format!("fan{number}")).await;
        fan.follows(&alice.id).await;
        wanted.push(fan.id);
    }
    wanted.reverse();
    let path = format!("/api/v1/accounts/{}/followers?limit=3", alice.id);
    assert_eq!(
        walk(&server.stranger(), &path, "next").await.concat(),
        wanted
    );
}
