//! Mail by a real mail server: registering, a forgotten password, and what happens while the server is away.

use kontor_tests::{
    Answer, Backend, Mailbox, Server, Setup,
    browser::{Browser, forms},
    holds,
    server::PASSWORD,
};

fn with_mail(backend: Backend, mailbox: &Mailbox) -> Setup {
    mailbox
        .settings()
        .into_iter()
        .fold(Setup::new("alpha.test", backend), |setup, (key, value)| {
            setup.with(key, value)
        })
}

async fn register(server: &Server, name: &str) -> Answer {
    let mut browser = Browser::new(server.address());
    let page = browser.get("/register").await.expect(200);
    let email = format!("{name}@mail.test");
    let fields = [
        ("username", name),
        ("email", &email),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ];
    browser.submit(&page, &fields).await.expect(200)
}

/// Opens the page of a link and sends the form on it, with these fields.
async fn follow(server: &Server, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut browser = Browser::new(server.address());
    let page = browser.get(path).await.expect(200);
    let form = forms(&page.text())
        .into_iter()
        .find(|form| form.action == path)
        .unwrap_or_else(|| panic!("no form: {}", page.text()));
    let mut all = vec![("form_token", form.fields["form_token"].as_str())];
    all.extend_from_slice(fields);
    browser.submit(&page, &all).await
}

async fn signs_in(server: &Server, name: &str, password: &str) -> u16 {
    let mut browser = Browser::new(server.address());
    let page = browser.get("/sign-in").await.expect(200);
    let fields = [("login", name), ("password", password)];
    browser.submit(&page, &fields).await.status
}

async fn a_newcomer_confirms_and_later_forgets(backend: Backend) {
    let mut mailbox = Mailbox::away();
    mailbox.start();
    let server = with_mail(backend, &mailbox).start().await;
    register(&server, "newcomer").await;
    let mail = mailbox.gets(0).await;
    assert_eq!(mail.header("Envelope-To"), "newcomer@mail.test");
    assert_eq!(mail.header("From"), "The house <desk@alpha.test>");
    assert!(
        mail.header("Message-ID").starts_with("<mail."),
        "{}",
        mail.head
    );
    assert!(mail.header("Content-Type").starts_with("text/plain"));
    assert_eq!(signs_in(&server, "newcomer", PASSWORD).await, 403);
    server
        .get("/api/v1/accounts/lookup?acct=newcomer")
        .await
        .expect(404);
    follow(&server, &mail.path(), &[]).await.expect(200);
    server.get(&mail.path()).await.expect(410);
    Browser::new(server.address()).sign_in("newcomer").await;

    let mut browser = Browser::new(server.address());
    let page = browser.get("/password/forgotten").await.expect(200);
    let told = browser
        .submit(&page, &[("email", "newcomer@mail.test")])
        .await
        .expect(200);
    let page = browser.get("/password/forgotten").await.expect(200);
    let told_nothing = browser
        .submit(&page, &[("email", "nobody@mail.test")])
        .await
        .expect(200);
    assert_eq!(told.text(), told_nothing.text());
    let mail = mailbox.gets(1).await;
    assert_eq!(mail.header("Envelope-To"), "newcomer@mail.test");
    let fields = [
        ("password", "quite another"),
        ("password_again", "quite another"),
    ];
    follow(&server, &mail.path(), &fields).await.expect(200);
    assert_eq!(signs_in(&server, "newcomer", PASSWORD).await, 422);
    assert_eq!(signs_in(&server, "newcomer", "quite another").await, 200);
    let mail = mailbox.gets(2).await;
    assert!(
        mail.header("Subject").contains("was changed"),
        "{}",
        mail.head
    );
    server.settles().await;
    assert_eq!(mailbox.mails().len(), 3);
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_confirms_and_later_forgets_sqlite() {
    a_newcomer_confirms_and_later_forgets(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_confirms_and_later_forgets_postgres() {
    a_newcomer_confirms_and_later_forgets(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_waits_for_its_server_and_is_sent_once() {
    let mut mailbox = Mailbox::away();
    let server = with_mail(Backend::Sqlite, &mailbox).start().await;
    let refused = server.cli(&["mail", "test", "desk@mail.test"], "");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("cannot be sent now"),
        "{said}"
    );
    register(&server, "newcomer").await;
    holds("it was tried twice", async || {
        let tried = "SELECT count(*) AS value FROM jobs WHERE queue = 'mail' AND attempts >= 2";
        server.database().number(tried) == 1
    })
    .await;
    mailbox.start();
    let mail = mailbox.gets(0).await;
    server.settles().await;
    assert_eq!(mailbox.mails().len(), 1);
    follow(&server, &mail.path(), &[]).await.expect(200);
    Browser::new(server.address()).sign_in("newcomer").await;
    server.run(&["mail", "test", "desk@mail.test"], "");
    assert_eq!(
        mailbox.gets(1).await.header("Envelope-To"),
        "desk@mail.test"
    );
    server.check();
}
