//! There is no room left: nothing more is acknowledged, nothing that was is lost, and all goes on when there is room again.

use std::process::Command;

use kontor_tests::{Backend, Server, Setup, holds};

/// The system's limit for the size of files stands in for a full disk: it works in every container, and it fails every write to
/// a file, the log's too. A process that is not told otherwise ends by the signal that comes with it.
const THROUGH: &[&str] = &["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

fn room(server: &Server, limit: &str) {
    let told = Command::new("prlimit")
        .args(["--pid", &server.pid().to_string()])
        .arg(format!("--fsize={limit}:unlimited"))
        .status();
    assert!(told.expect("the command prlimit").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_nothing_and_loses_nothing() {
    let mut alpha = Setup::new("alpha.test", Backend::Sqlite);
    alpha.through = THROUGH;
    let beta = Setup::new("beta.test", Backend::Postgres);
    let (a, b) = (alpha.address.clone(), beta.address.clone());
    let (mut alpha, beta) = (
        alpha.knows(&[&b]).start().await,
        beta.knows(&[&a]).start().await,
    );
    let (author, reader) = (alpha.person("author").await, beta.person("reader").await);
    reader
        .follows(&reader.resolve(&author.handle()).await)
        .await;
    author
        .follows(&author.resolve(&reader.handle()).await)
        .await;
    let mut wanted = Vec::new();
    for round in 0..3 {
        let text = format!("before {round}.");
        author.post(&text, "public").await;
        wanted.insert(0, text);

        room(&alpha, "0");
        for number in 0..5 {
            let lost = format!("refused {round} {number}.");
            let answer = author.client.send(author.post_once(&lost, &lost)).await;
            assert_eq!(answer.status, 503, "{}", answer.text());
            assert!(
                answer.text().contains("try again later"),
                "{}",
                answer.text()
            );
        }
        // Reading needs no room.
        let home = author.whole_home().await;
        assert!(home.contains(&wanted[0]), "{home:?}");
        reader.post(&format!("meanwhile {round}."), "public").await;
        holds("the peer is not answered well", || async {
            beta.database().number("SELECT count(*) AS value FROM deliveries WHERE attempts > 0 AND delivered_at IS NULL") > 0
        })
        .await;
        assert!(alpha.runs(), "it lives through it");

        room(&alpha, "unlimited");
        let text = format!("after {round}.");
        author.post(&text, "public").await;
        wanted.insert(0, text);
        author.sees(&format!("meanwhile {round}.")).await;
    }
    reader.sees("after 2.").await;
    for server in [&alpha, &beta] {
        server.settles().await;
        server.check();
    }
    let posts = |home: Vec<String>| {
        let own = home
            .into_iter()
            .filter(|text| !text.starts_with("meanwhile"));
        own.collect::<Vec<_>>()
    };
    assert_eq!(posts(author.whole_home().await), wanted);
    assert_eq!(posts(reader.whole_home().await), wanted);
    // What is in the file is whole, too.
    alpha.kill();
    alpha.start().await;
    alpha.check();
    assert_eq!(posts(author.whole_home().await), wanted);
}
