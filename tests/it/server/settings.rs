//! Settings that are wrong are named, and nothing starts; secrets are never printed.

use kontor_tests::{Backend, Setup};

/// What it says when it is started with this setting, which it must refuse.
fn refusal(key: &'static str, value: &str, command: &[&str]) -> String {
    let mut server = Setup::new("alpha.test", Backend::Sqlite).prepare();
    server.configure(|setup| setup.settings.push((key, value.to_owned())));
    let output = server.cli(command, "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "{key} = {value} is taken: {said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[test]
fn what_is_wrong_is_named() {
    for (key, value, named) in [
        ("instance.moniker", "\"x\"", "instance.moniker"),
        ("institute.name", "\"x\"", "institute"),
        (
            "federation.inbox_workers",
            "\"many\"",
            "federation.inbox_workers",
        ),
        ("federation.allow_http", "\"yes\"", "federation.allow_http"),
        ("server.listen", "4000", "server.listen"),
        ("server.listen", "\"nowhere\"", "server.listen"),
        ("federation.mode", "\"ajar\"", "federation.mode"),
        (
            "federation.allow_private_networks",
            "[\"ten\"]",
            "federation.allow_private_networks",
        ),
        (
            "federation.hosts",
            "{ \"beta.test\" = \"nowhere\" }",
            "federation.hosts",
        ),
        (
            "instance.domain",
            "\"http://alpha.test\"",
            "instance.domain",
        ),
        (
            "instance.registrations",
            "\"perhaps\"",
            "instance.registrations",
        ),
        (
            "database.url",
            "\"mysql://root:hush@localhost/kontor\"",
            "database.url",
        ),
        ("database.url", "\"kontor.db\"", "database.url"),
        ("streaming.buffer", "0", "streaming.buffer"),
        (
            "streaming.heartbeat_seconds",
            "0",
            "streaming.heartbeat_seconds",
        ),
        ("push.retry_first_ms", "\"soon\"", "push.retry_first_ms"),
        (
            "limits.requests_per_5_minutes",
            "-1",
            "limits.requests_per_5_minutes",
        ),
    ] {
        for command in [&["serve"][..], &["config", "check"]] {
            let said = refusal(key, value, command);
            assert!(
                said.contains(named),
                "{command:?} with {key} = {value} does not name {named}: {said}"
            );
            assert!(!said.contains("hush"), "a secret is printed: {said}");
        }
    }
}

#[test]
fn a_missing_file_is_an_error() {
    let server = Setup::new("alpha.test", Backend::Sqlite).prepare();
    std::fs::remove_file(server.config()).unwrap();
    let output = server.cli(&["serve"], "");
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("kontor.toml"),
        "{output:?}"
    );
}

#[test]
fn config_check_prints_what_is_in_force() {
    for backend in Backend::ALL {
        let server = Setup::new("alpha.test", backend)
            .with("instance.title", "\"The Steelyard\"")
            .prepare();
        let said = server.run(&["config", "check"], "");
        assert!(
            said.contains("The Steelyard") && said.contains("requests_per_5_minutes"),
            "{said}"
        );
        if let Some(secret) = server.database().secret() {
            assert!(
                !said.contains(&secret),
                "the password of the database is printed"
            );
        }
    }
}

async fn the_start_line(backend: Backend) {
    let server = Setup::new("alpha.test", backend)
        .with("log.filter", "\"trace\"")
        .start()
        .await;
    let alice = server.person("alice").await;
    alice.post("a body of a post", "direct").await;
    server.settles().await;
    let log = server.log();
    let line = log
        .lines()
        .find(|line| line.contains("listens"))
        .unwrap_or_else(|| panic!("no start line: {log}"));
    assert!(
        line.contains(&server.address().socket().to_string()),
        "where it listens: {line}"
    );
    assert!(
        line.contains(&server.address().authority()),
        "who it is: {line}"
    );
    assert!(line.contains("open"), "which mode: {line}");
    let kind = if backend == Backend::Sqlite {
        "sqlite"
    } else {
        "postgres"
    };
    assert!(line.contains(kind), "which database: {line}");
    for (what, secret) in [
        ("a token", Some(alice.token.clone())),
        (
            "a password",
            Some(kontor_tests::server::PASSWORD.to_owned()),
        ),
        ("the password of the database", server.database().secret()),
        ("the text of a post", Some("a body of a post".to_owned())),
    ] {
        let Some(secret) = secret else { continue };
        let found = log.lines().find(|line| line.contains(&secret));
        assert!(found.is_none(), "{what} is in the log: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_line_says_what_runs_sqlite() {
    the_start_line(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_line_says_what_runs_postgres() {
    the_start_line(Backend::Postgres).await;
}
