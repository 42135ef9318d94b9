//! Rules about other servers, made by commands while the server runs.

use kontor_tests::{Backend, Client, Setup, holds, until};
use serde_json::json;

use crate::faults::inbox::Stage;

async fn rules(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let alice = server.person("alice").await;
    let say = |arguments: &[&str]| server.run(arguments, "");
    say(&[
        "peer",
        "block",
        "Bad.Test",
        "--reason",
        "spam",
        "--public-reason",
        "sends spam",
    ]);
    say(&[
        "peer",
        "limit",
        "so-so.test",
        "--reject-media",
        "--obfuscate",
    ]);
    say(&["peer", "allow", "good.bad.test"]);
    assert_eq!(
        say(&["peer", "list"]).lines().collect::<Vec<_>>(),
        [
            "block bad.test (sends spam) (spam)",
            "allow good.bad.test",
            "limit so-so.test --reject-media",
        ]
    );
    let stranger = Client::stranger(server.address());
    let shown = stranger
        .get("/api/v1/instance/domain_blocks")
        .await
        .expect(200);
    let shown = shown.json();
    assert_eq!(shown.as_array().unwrap().len(), 2, "{shown}");
    assert_eq!(
        (
            &shown[0]["domain"],
            &shown[0]["severity"],
            &shown[0]["comment"]
        ),
        (&json!("bad.test"), &json!("suspend"), &json!("sends spam"))
    );
    assert_eq!(shown[1]["severity"], "silence");
    let obscured = shown[1]["domain"].as_str().unwrap();
    assert!(
        obscured.contains('*') && !obscured.contains("so-so"),
        "{obscured}"
    );
    assert_eq!(
        shown[0]["digest"],
        "b4e22234a9113e1b657f48d075f41c572c3e4426eb7a199e602ee44e30a858aa"
    );
    let csv = say(&["peer", "export"]);
    assert_eq!(csv.lines().count(), 3, "{csv}");
    say(&["peer", "remove", "bad.test"]);
    assert!(
        !server
            .cli(&["peer", "remove", "bad.test"], "")
            .status
            .success()
    );
    assert!(
        !server
            .cli(&["peer", "block", "alpha.test"], "")
            .status
            .success()
    );
    assert!(
        !server
            .cli(&["peer", "block", "not a domain"], "")
            .status
            .success()
    );
    let read = server.run(&["peer", "import", "-"], &csv);
    assert!(read.contains("2 rules read, 1 new"), "{read}");
    alice.post("still here", "public").await;
}

/// A server that runs hears of what a command did, within a moment.
async fn a_block_from_beside(backend: Backend) {
    let stage = Stage::new(backend).await;
    let domain = stage.peer.address.authority().clone();
    let send = || async {
        let activity = stage.good("hello");
        stage
            .peer
            .send(&stage.mallory, &stage.inbox, &activity)
            .await
            .status
    };
    assert_eq!(send().await, 202);
    stage.server.run(&["peer", "block", &domain], "");
    holds("the peer is refused", || async { send().await == 403 }).await;
    stage.server.run(&["peer", "remove", &domain], "");
    holds("the peer is heard again", || async { send().await == 202 }).await;
    assert_eq!(stage.server.run(&["inbox", "failed"], ""), "");
    assert_eq!(
        stage.server.run(&["inbox", "retry", "all"], "").trim(),
        "0 are tried again"
    );
    assert!(
        !stage
            .server
            .cli(&["inbox", "retry", "17"], "")
            .status
            .success()
    );
    stage.server.check();
}

/// What cannot be acted on is set aside with its reason, and acted on when somebody says so.
async fn poison(backend: Backend) {
    let settings = [
        ("federation.inbox_attempts", "1"),
        ("federation.failure_memory_seconds", "1"),
    ];
    let stage = Stage::with(backend, &settings).await;
    let poisoned = async |words: &str| {
        let note = stage.other.public_note(&stage.oscar, words);
        let id = note["id"].as_str().unwrap().to_owned();
        stage.other.fails(&id, 500);
        let activity = stage.peer.activity(&stage.mallory, "Announce", &json!(id));
        let answer = stage
            .peer
            .send(&stage.mallory, &stage.inbox, &activity)
            .await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let name = activity["id"].as_str().unwrap().to_owned();
        let line = until("it is set aside", || async {
            let listed = stage.server.run(&["inbox", "failed"], "");
            listed
                .lines()
                .find(|line| line.contains(&name))
                .map(str::to_owned)
        })
        .await;
        (note, line)
    };
    let (first, line) = poisoned("out of the first well").await;
    let authority = stage.peer.address.authority();
    let words: Vec<&str> = line.split(' ').collect();
    assert_eq!(words[1], authority, "{line}");
    assert!(
        line.contains("after 1 tries: ") && line.contains("500"),
        "{line}"
    );
    let number = words[0].to_owned();
    let (second, _) = poisoned("out of the second well").await;
    let count = |arguments: &[&str]| stage.server.run(arguments, "").lines().count();
    assert_eq!(count(&["inbox", "failed", "--limit", "1"]), 1);
    assert_eq!(count(&["inbox", "failed", "--host", &authority]), 2);
    assert_eq!(count(&["inbox", "failed", "--host", "nowhere.test"]), 0);

    // Tried again while nothing has changed, it is set aside again.
    let retry = |which: &str| stage.server.run(&["inbox", "retry", which], "");
    assert_eq!(retry(&number).trim(), "1 are tried again");
    holds("it is set aside again", || async {
        let listed = stage.server.run(&["inbox", "failed"], "");
        listed
            .lines()
            .any(|line| line.starts_with(&format!("{number} ")))
    })
    .await;
    stage.other.publish(&first);
    stage.other.publish(&second);
    // What could not be fetched is not asked for again at once.
    let reads = async |which: &str, words: &str| {
        until(&format!("{words} is read"), || async {
            if stage.server.run(&["inbox", "failed"], "").is_empty() {
                return Some(());
            }
            stage.server.cli(&["inbox", "retry", which], "");
            let home = stage.alice.whole_home().await;
            home.iter().any(|text| text == words).then_some(())
        })
        .await;
    };
    reads(&number, "out of the first well").await;
    reads("all", "out of the second well").await;
    for words in ["out of the first well", "out of the second well"] {
        stage.alice.sees(words).await;
    }
    holds("nothing is set aside", || async {
        stage.server.run(&["inbox", "failed"], "").is_empty()
    })
    .await;
    stage.server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_activity_sqlite() {
    poison(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_activity_postgres() {
    poison(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_from_beside_sqlite() {
    a_block_from_beside(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_from_beside_postgres() {
    a_block_from_beside(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_by_commands_sqlite() {
    rules(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_by_commands_postgres() {
    rules(Backend::Postgres).await;
}
