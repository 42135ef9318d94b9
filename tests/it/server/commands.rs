//! The command line beside a server that runs, and beside one that does not.

use kontor_tests::{Backend, Client, Person, Server, Setup, answer::id, browser::Browser};

/// It fails, says why, and prints nothing that a script would take.
fn refused(server: &Server, arguments: &[&str], why: &str) {
    let output = server.cli(arguments, "");
    assert!(!output.status.success(), "{why}");
    assert!(output.stdout.is_empty(), "{why}: {output:?}");
    assert!(
        !output.stderr.is_empty() && !String::from_utf8_lossy(&output.stderr).contains("panicked"),
        "{why}: {output:?}"
    );
}

async fn commands(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let alice = server.person("alice").await;
    // The token alone, so that scripts can take it.
    let printed = server.run(&["token", "create", "alice", "--scopes", "read"], "");
    assert_eq!(printed.lines().count(), 1);
    let reading = Client::stranger(server.address()).with_token(printed.trim());
    reading
        .get("/api/v1/accounts/verify_credentials")
        .await
        .expect(200);
    reading
        .post("/api/v1/statuses", &[("status", "not allowed")])
        .await
        .expect(403);

    for (arguments, why) in [
        (&["account", "create", "alice"][..], "alice exists"),
        (&["account", "create", "not a name"], "no name"),
        (&["account", "create", "dora", "--role", "king"], "no role"),
        (&["token", "create", "nobody"], "nobody has this name"),
        (
            &["token", "create", "alice", "--scopes", "everything"],
            "no scope",
        ),
        (&["frobnicate"], "no command"),
    ] {
        refused(&server, arguments, why);
    }
    let said = server.run(&["account", "two-factor-off", "alice"], "");
    assert_eq!(said.trim(), "there was no second factor");
    server.run(&["db", "migrate"], "");
    server.run(&["db", "check"], "");
    alice.post("still here", "public").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_beside_a_server_sqlite() {
    commands(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_beside_a_server_postgres() {
    commands(Backend::Postgres).await;
}

async fn communities(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let alice = server.person("alice").await;
    let create = ["community", "create", "garden", "--owner", "alice"];
    let made = server.cli(&create, "");
    assert!(made.status.success(), "{made:?}");
    let said = String::from_utf8_lossy(&made.stdout);
    let url = server.address().url("/@garden");
    assert_eq!(said.trim(), format!("@garden is there: {url}"));
    // For people, and not for scripts.
    let warned = String::from_utf8_lossy(&made.stderr);
    assert!(warned.contains("it has one owner"), "{warned}");
    for access in ["public", "unlisted", "restricted", "private", "local"] {
        let name = format!("a_{access}_one");
        let more = ["--title", "Of one kind", "--access", access];
        let create = ["community", "create", &name, "--owner", "alice"];
        server.run(&[&create[..], &more].concat(), "");
    }
    let listed = server.run(&["community", "list"], "");
    let mut listed: Vec<&str> = listed.trim().lines().collect();
    listed.sort_unstable();
    // Its one owner is named, and is a member.
    let line = |name: &str, access: &str| format!("{name}\t{access}\t1 members\talice\tone owner");
    assert_eq!(
        listed,
        [
            line("a_local_one", "local"),
            line("a_private_one", "private"),
            line("a_public_one", "public"),
            line("a_restricted_one", "restricted"),
            line("a_unlisted_one", "unlisted"),
            line("garden", "public"),
        ]
    );
    for (arguments, why) in [
        (
            &["community", "create", "garden", "--owner", "alice"][..],
            "garden exists",
        ),
        (
            &["community", "create", "field", "--owner", "nobody"],
            "nobody has this name",
        ),
        (
            &["community", "create", "not a name", "--owner", "alice"],
            "no name",
        ),
        (&["community", "create", "field"], "no owner"),
        (
            &[
                "community",
                "create",
                "field",
                "--owner",
                "alice",
                "--access",
                "open",
            ],
            "no access",
        ),
    ] {
        refused(&server, arguments, why);
    }
    alice
        .post("@garden what a command made is there", "public")
        .await;
    has_two_owners(&server, &alice).await;
}

/// Whoever else owns one is named beside its first owner, and so is what is archived.
async fn has_two_owners(server: &Server, alice: &Person) {
    let bob = server.person("bob").await;
    let path = "/api/v1/accounts/lookup?acct=garden";
    let garden = id(&alice.client.get(path).await.ok());
    bob.follows(&garden).await;
    let at = |rest: &str| format!("/api/kontor/v1/communities/{garden}/{rest}");
    let member = at(&format!("members/{}", bob.id));
    alice.client.patch(&member, &[("role", "owner")]).await.ok();
    alice.client.post(&at("archive"), &[]).await.ok();
    let listed = server.run(&["community", "list"], "");
    let line = "garden\tpublic\t2 members\talice, bob\tarchived";
    assert!(listed.lines().any(|listed| listed == line), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn communities_by_commands_sqlite() {
    communities(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn communities_by_commands_postgres() {
    communities(Backend::Postgres).await;
}

async fn the_first_administrator(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let log = server.log();
    let start = server.address().url("/setup/");
    let at = log
        .find(&start)
        .unwrap_or_else(|| panic!("no link at the start: {log}"));
    let link = log[at..].split_whitespace().next().unwrap().to_owned();
    let path = link.strip_prefix(&server.address().url("")).unwrap();
    let mut browser = Browser::new(server.address());
    let page = browser.get(path).await.expect(200);
    let form = kontor_tests::browser::forms(&page.text())
        .into_iter()
        .find(|form| form.fields.contains_key("password"));
    let form = form.unwrap_or_else(|| panic!("no form: {}", page.text()));
    let name = ["username", "name", "login"]
        .into_iter()
        .find(|field| form.fields.contains_key(*field))
        .unwrap();
    let password = kontor_tests::server::PASSWORD;
    let mut fields = vec![("password", password), (name, "founder")];
    if form.fields.contains_key("email") {
        fields.push(("email", "founder@alpha.test"));
    }
    for again in ["password_again", "password_repeat", "password_confirmation"] {
        if form.fields.contains_key(again) {
            fields.push((again, password));
        }
    }
    browser.submit(&page, &fields).await.expect(200);
    let founder = server.run(&["token", "create", "founder"], "");
    let client = server.stranger().with_token(founder.trim());
    let me = client.get("/api/v1/accounts/verify_credentials").await.ok();
    assert_eq!(me["username"], "founder");
    assert_eq!(me["role"]["name"], "Admin");
    // The link works once, and there is no second one.
    let again = Browser::new(server.address()).get(path).await;
    assert!(
        (400..500).contains(&again.status),
        "the link works again: {}",
        again.status
    );
    assert!(
        !server.cli(&["setup-link"], "").status.success(),
        "another link is given out"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_comes_by_the_link_sqlite() {
    the_first_administrator(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_comes_by_the_link_postgres() {
    the_first_administrator(Backend::Postgres).await;
}

#[test]
fn a_newer_database_is_refused() {
    for backend in Backend::ALL {
        let server = Setup::new("alpha.test", backend).prepare();
        server.run(&["db", "migrate"], "");
        let insert = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')";
        server.database().execute(insert);
        for command in [
            &["serve"][..],
            &["db", "migrate"],
            &["account", "create", "alice"],
        ] {
            let output = server.cli(command, "");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{command:?} on a newer database");
            assert!(said.contains("newer"), "{command:?}: {said}");
        }
    }
}
