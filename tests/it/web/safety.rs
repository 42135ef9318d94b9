//! What protects the people at the pages: the policy of each page, and forms that only their own page can send.

use kontor_tests::{Backend, Setup, browser::Browser};

#[tokio::test(flavor = "multi_thread")]
async fn pages_load_nothing_from_outside() {
    let server = Setup::new("alpha.test", Backend::Sqlite).start().await;
    let alice = server.person("alice").await;
    let status = alice
        .post(
            "<script>alert(1)</script> & \"quotes\" #tag https://elsewhere.example/x",
            "public",
        )
        .await;
    let id = status["id"].as_str().unwrap();
    for path in [
        "/",
        "/about",
        "/public",
        "/sign-in",
        "/register",
        "/@alice",
        "/tags/tag",
        &format!("/@alice/{id}"),
        "/nothing/here",
    ] {
        let page = server.stranger().get_as(path, "text/html").await;
        let policy = page.header("content-security-policy").to_owned();
        assert!(
            policy.contains("default-src 'none'") || policy.contains("default-src 'self'"),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe-inline")
                && !policy.contains("unsafe-eval")
                && !policy.contains('*'),
            "{path}: {policy}"
        );
        assert!(policy.contains("frame-ancestors"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        let html = page.text();
        assert!(
            !html.contains("<script>alert"),
            "{path}: markup of a person's is in the page"
        );
        for attribute in ["src=\"", "<link rel=\"stylesheet\" href=\""] {
            for part in html.split(attribute).skip(1) {
                let target = part.split('"').next().unwrap();
                let own = target.starts_with('/') || target.starts_with(&server.address().url("/"));
                assert!(own && !target.starts_with("//"), "{path} loads {target}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_sent_by_its_own_page_alone() {
    let server = Setup::new("alpha.test", Backend::Sqlite).start().await;
    server.person("alice").await;
    let client = server.stranger();
    let password = kontor_tests::server::PASSWORD;
    let forged = client
        .post("/sign-in", &[("login", "alice"), ("password", password)])
        .await;
    assert!(
        matches!(forged.status, 400 | 403 | 422),
        "{}",
        forged.status
    );
    assert!(
        !forged
            .headers
            .get_all("set-cookie")
            .iter()
            .any(|cookie| cookie.to_str().unwrap().contains("session"))
    );
    // The token of one browser is no good in another.
    let mut one = Browser::new(server.address());
    let page = one.get("/sign-in").await.expect(200);
    let mut other = Browser::new(server.address());
    other.get("/sign-in").await.expect(200);
    let crossed = other
        .submit(&page, &[("login", "alice"), ("password", password)])
        .await;
    assert!(
        matches!(crossed.status, 400 | 403 | 422),
        "{}",
        crossed.status
    );
    one.sign_in("alice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_on_stays_here() {
    let server = Setup::new("alpha.test", Backend::Sqlite).start().await;
    server.person("alice").await;
    for next in [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "/%5Cevil.test",
    ] {
        let mut browser = Browser::new(server.address());
        let page = browser
            .get(&kontor_tests::client::query("/sign-in", &[("next", next)]))
            .await
            .expect(200);
        let after = browser
            .submit(
                &page,
                &[
                    ("login", "alice"),
                    ("password", kontor_tests::server::PASSWORD),
                ],
            )
            .await;
        assert!(
            after.asked.contains(&server.address().authority()),
            "{next} leads to {}",
            after.asked
        );
        assert!(
            !after.header("location").contains("evil.test")
                || after.header("location").starts_with("/%5C"),
            "{next}"
        );
    }
}
