//! Coming, signing in and going.

use kontor_tests::{
    Backend, Setup,
    browser::{Browser, forms},
    server::PASSWORD,
};

async fn a_person_registers(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let mut browser = Browser::new(server.address());
    let page = browser.get("/register").await.expect(200);
    let form = forms(&page.text())
        .into_iter()
        .find(|form| form.fields.contains_key("password"));
    let form = form.unwrap_or_else(|| panic!("no form: {}", page.text()));
    let name = ["username", "name", "login"]
        .into_iter()
        .find(|field| form.fields.contains_key(*field))
        .unwrap();
    let with = |chosen: &'static str| {
        let mut fields = vec![("password", PASSWORD), (name, chosen)];
        if form.fields.contains_key("password_again") {
            fields.push(("password_again", PASSWORD));
        }
        if form.fields.contains_key("email") {
            fields.push(("email", "newcomer@example.org"));
        }
        fields
    };
    let refused = browser.submit(&page, &with("no name!")).await;
    assert!((400..500).contains(&refused.status), "{}", refused.status);
    let page = browser.get("/register").await.expect(200);
    browser.submit(&page, &with("newcomer")).await.expect(200);
    server
        .get("/api/v1/accounts/lookup?acct=newcomer")
        .await
        .expect(200);
    server.get("/@newcomer").await.expect(200);
    // The name is taken now.
    let mut other = Browser::new(server.address());
    let page = other.get("/register").await.expect(200);
    let refused = other.submit(&page, &with("newcomer")).await;
    assert!((400..500).contains(&refused.status), "{}", refused.status);
    // A new browser signs in with what was chosen.
    Browser::new(server.address()).sign_in("newcomer").await;
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_registers_sqlite() {
    a_person_registers(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_registers_postgres() {
    a_person_registers(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn registration_is_as_it_is_set() {
    for (setting, status) in [("\"closed\"", 403), ("\"invite\"", 403)] {
        let server = Setup::new("alpha.test", Backend::Sqlite)
            .with("instance.registrations", setting)
            .start()
            .await;
        let page = server.get("/register").await;
        assert!(
            page.status == status
                || !forms(&page.text())
                    .iter()
                    .any(|form| form.fields.contains_key("password")),
            "{setting}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_limited() {
    let server = Setup::new("alpha.test", Backend::Sqlite)
        .with("limits.sign_in_attempts", "3")
        .start()
        .await;
    server.person("alice").await;
    let mut browser = Browser::new(server.address());
    let mut seen = Vec::new();
    for guess in 0..5 {
        let page = browser.get("/sign-in").await.expect(200);
        let guess = format!("guess number {guess}");
        seen.push(
            browser
                .submit(&page, &[("login", "alice"), ("password", &guess)])
                .await
                .status,
        );
    }
    assert!(seen[..3].iter().all(|status| *status == 422), "{seen:?}");
    assert!(seen[3..].iter().all(|status| *status == 429), "{seen:?}");
    // Even the right one must wait now.
    let page = browser.get("/sign-in").await.expect(200);
    assert_eq!(
        browser
            .submit(&page, &[("login", "alice"), ("password", PASSWORD)])
            .await
            .status,
        429
    );
}
