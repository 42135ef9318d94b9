//! There is no room left: nothing more is acknowledged, nothing that was is lost, and all goes on when there is room again.
//!
//! The system's limit for the size of files stands in for a full disk: it works in every container.

use std::{process::Command, sync::Arc, time::Duration};

use kontor_tests::{Backend, Cluster, Database, Server, Setup, dice::Dice, holds, wait::within};

/// On SQLite the limit is the server's, and fails every write to a file, the log's too. A process that is not told otherwise ends by
/// the signal that comes with it.
const THROUGH: &[&str] = &["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

/// On PostgreSQL what a failed write leaves claimed waits until the claim lapses.
const ARRIVAL: Duration = Duration::from_secs(60);

fn room(server: &Server, limit: &str) {
    let told = Command::new("prlimit")
        .args(["--pid", &server.pid().to_string()])
        .arg(format!("--fsize={limit}:unlimited"))
        .status();
    assert!(told.expect("the command prlimit").success());
}

/// What fits into no page that has room yet, in the database or on its way there.
fn long() -> String {
    let mut dice = Dice::fresh();
    let words: Vec<String> = (0..2000)
        .map(|_| format!("{:016x}", dice.next_u64()))
        .collect();
    words.join(" ")
}

/// `room` sets the limit.
async fn a_full_disk_takes_nothing_and_loses_nothing(alpha: Setup, room: impl Fn(&Server, &str)) {
    let beta = Setup::new("beta.test", Backend::Postgres);
    let (a, b) = (alpha.address.clone(), beta.address.clone());
    let (mut alpha, beta) = (
        alpha
            .knows(&[&b])
            .with("limits.post_characters", "50000")
            .start()
            .await,
        beta.knows(&[&a])
            .with("limits.post_characters", "50000")
            .start()
            .await,
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
            let key = format!("refused {round} {number}.");
            let lost = format!("{key} {}", long());
            let answer = author.client.send(author.post_once(&lost, &key)).await;
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
        reader
            .post(&format!("meanwhile {round}. {}", long()), "public")
            .await;
        holds("the peer is not answered well", || async {
            beta.database().number("SELECT count(*) AS value FROM deliveries WHERE attempts > 0 AND delivered_at IS NULL") > 0
        })
        .await;
        assert!(alpha.runs(), "it lives through it");

        room(&alpha, "unlimited");
        let text = format!("after {round}.");
        author.post(&text, "public").await;
        wanted.insert(0, text);
        let meanwhile = format!("meanwhile {round}.");
        within(ARRIVAL, &meanwhile, async || {
            let home = author.whole_home().await;
            home.iter()
                .any(|text| text.starts_with(&meanwhile))
                .then_some(())
        })
        .await;
    }
    let posts = |home: Vec<String>| {
        let own = home
            .into_iter()
            .filter(|text| !text.starts_with("meanwhile"));
        own.collect::<Vec<_>>()
    };
    within(ARRIVAL, "everything has arrived", async || {
        (posts(reader.whole_home().await).len() >= wanted.len()).then_some(())
    })
    .await;
    for server in [&alpha, &beta] {
        server.settles().await;
        server.check();
    }
    assert_eq!(posts(author.whole_home().await), wanted);
    assert_eq!(posts(reader.whole_home().await), wanted);
    // What is in the file is whole, too.
    alpha.kill();
    alpha.start().await;
    alpha.check();
    assert_eq!(posts(author.whole_home().await), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_nothing_and_loses_nothing_sqlite() {
    let mut alpha = Setup::new("alpha.test", Backend::Sqlite);
    alpha.through = THROUGH;
    a_full_disk_takes_nothing_and_loses_nothing(alpha, room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_nothing_and_loses_nothing_postgres() {
    let cluster = tokio::task::spawn_blocking(Cluster::start_limitable)
        .await
        .unwrap();
    let mut alpha =
        Setup::new("alpha.test", Backend::Sqlite).with("federation.delivery_claim_seconds", "3");
    alpha.database = Arc::new(Database::on(&cluster));
    a_full_disk_takes_nothing_and_loses_nothing(alpha, |_, limit| cluster.room(limit)).await;
}
