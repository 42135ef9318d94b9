//! The database goes away in the middle of the work and comes back: callers are told, and what was acknowledged is there, once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use kontor_tests::{Backend, Cluster, Database, Person, Server, Setup, holds, wait::within};
use tokio::task::JoinHandle;

/// How often it goes away.
const TIMES: usize = 3;

/// What was acknowledged, and every other answer.
type Told = (Vec<String>, Vec<(u16, String)>);

#[derive(Default)]
struct Progress {
    done: AtomicUsize,
    refused: AtomicUsize,
    stop: AtomicBool,
}

/// Posts one after another, each again with its key until it is acknowledged.
fn writer(author: &Person, progress: &Arc<Progress>) -> JoinHandle<Told> {
    let (author, progress) = (author.clone(), progress.clone());
    tokio::spawn(async move {
        let (mut acknowledged, mut refused) = (Vec::new(), Vec::new());
        while !progress.stop.load(Ordering::Relaxed) {
            let text = format!("entry {}.", acknowledged.len());
            loop {
                let answer = author.client.send(author.post_once(&text, &text)).await;
                if answer.status == 200 {
                    break;
                }
                refused.push((answer.status, answer.text()));
                progress.refused.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            acknowledged.push(text);
            progress.done.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        (acknowledged, refused)
    })
}

/// Somebody who writes all the time on the server whose database goes away, and a reader elsewhere; they follow each other.
struct Stage {
    alpha: Server,
    beta: Server,
    author: Person,
    reader: Person,
    progress: Arc<Progress>,
    writing: JoinHandle<Told>,
    heard: usize,
}

impl Stage {
    async fn new(alpha: Setup) -> Self {
        let beta = Setup::new("beta.test", Backend::Sqlite);
        let (a, b) = (alpha.address.clone(), beta.address.clone());
        let (alpha, beta) = (
            alpha.knows(&[&b]).start().await,
            beta.knows(&[&a]).start().await,
        );
        let (author, reader) = (alpha.person("author").await, beta.person("reader").await);
        reader
            .follows(&reader.resolve(&author.handle()).await)
            .await;
        let back = author.resolve(&reader.handle()).await;
        author.follows(&back).await;
        let progress = Arc::default();
        let writing = writer(&author, &progress);
        Self {
            alpha,
            beta,
            author,
            reader,
            progress,
            writing,
            heard: 0,
        }
    }

    async fn takes_more(&self) {
        let before = self.progress.done.load(Ordering::Relaxed);
        holds("posts are taken", || async {
            self.progress.done.load(Ordering::Relaxed) >= before + 5
        })
        .await;
    }

    async fn refuses(&self) {
        let before = self.progress.refused.load(Ordering::Relaxed);
        holds("posts are refused", || async {
            self.progress.refused.load(Ordering::Relaxed) > before
        })
        .await;
    }

    /// What is read is answered with this status by every door.
    async fn answers(&self, status: u16) {
        for path in ["/api/v1/timelines/home", "/api/v1/timelines/public"] {
            let answer = self.author.client.get(path).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.text());
            if status == 503 {
                let error = answer.json()["error"].as_str().unwrap().to_owned();
                assert!(error.contains("try again later"), "{error}");
            }
        }
        let stranger = self.alpha.stranger();
        let page = stranger.get_as("/@author", "text/html").await;
        assert_eq!(page.status, status, "{}", page.text());
        let document = stranger
            .get_as(&self.author.actor(), kontor_tests::ACTIVITY)
            .await;
        assert_eq!(document.status, status, "{}", document.text());
    }

    /// What is sent to it meanwhile is not taken, and comes again.
    async fn is_sent_in_vain(&mut self) {
        let text = format!("meanwhile {}.", self.heard);
        self.reader.post(&text, "public").await;
        self.heard += 1;
        holds("the peer is not answered well", || async {
            self.beta.database().number("SELECT count(*) AS value FROM deliveries WHERE attempts > 0 AND delivered_at IS NULL") > 0
        })
        .await;
    }

    async fn has_lost_nothing(mut self, refusals: usize) {
        self.takes_more().await;
        self.progress.stop.store(true, Ordering::Relaxed);
        let (acknowledged, refused) = self.writing.await.unwrap();
        assert!(refused.len() >= refusals, "{refused:?}");
        for (status, text) in &refused {
            assert!(
                *status == 503 && text.contains("try again later"),
                "{status}: {text}"
            );
        }
        assert!(self.alpha.runs(), "it lives through it");

        let mut wanted = acknowledged;
        wanted.reverse();
        let posts = |home: Vec<String>| {
            let entries = home.into_iter().filter(|text| text.starts_with("entry"));
            entries.collect::<Vec<_>>()
        };
        within(
            Duration::from_secs(60),
            "everything has arrived",
            async || (posts(self.reader.whole_home().await).len() >= wanted.len()).then_some(()),
        )
        .await;
        for number in 0..self.heard {
            self.author.sees(&format!("meanwhile {number}.")).await;
        }
        for server in [&self.alpha, &self.beta] {
            server.settles().await;
            server.check();
        }
        assert_eq!(posts(self.reader.whole_home().await), wanted);
        assert_eq!(posts(self.author.whole_home().await), wanted);
        let heard = self.author.whole_home().await;
        let heard = heard.iter().filter(|text| text.starts_with("meanwhile"));
        assert_eq!(heard.count(), self.heard);
        self.alpha.terminate().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_and_comes_back_loses_nothing_postgres() {
    let mut cluster = tokio::task::spawn_blocking(Cluster::start_new)
        .await
        .unwrap();
    let mut alpha = Setup::new("alpha.test", Backend::Sqlite);
    alpha.database = Arc::new(Database::on(&cluster));
    let mut stage = Stage::new(alpha).await;
    for _ in 0..TIMES {
        stage.takes_more().await;
        cluster.stop();
        stage.answers(503).await;
        stage.is_sent_in_vain().await;
        cluster.start();
    }
    stage.has_lost_nothing(TIMES).await;
}

/// A file does not go away as a server does: what can happen to it is that another program writes and does not end.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_and_comes_back_loses_nothing_sqlite() {
    let alpha = Setup::new("alpha.test", Backend::Sqlite).with("database.busy_timeout_ms", "300");
    let mut stage = Stage::new(alpha).await;
    for _ in 0..TIMES {
        stage.takes_more().await;
        let token = stage.alpha.run(&["token", "create", "author"], "");
        let writing = stage.alpha.database().begin_writing();
        stage.refuses().await;
        // Whoever reads waits for nobody who writes, and is not sent away because their visit cannot be noted.
        stage.answers(200).await;
        let client = stage.alpha.stranger().with_token(token.trim());
        client.get("/api/v1/timelines/home").await.ok();
        stage.is_sent_in_vain().await;
        drop(writing);
    }
    stage.has_lost_nothing(TIMES).await;
}

/// Nor does it matter what the folder is called while it is open.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_moved_away_and_back_loses_nothing_sqlite() {
    let stage = Stage::new(Setup::new("alpha.test", Backend::Sqlite)).await;
    for _ in 0..TIMES {
        stage.takes_more().await;
        let away = stage.alpha.database().move_away();
        stage.takes_more().await;
        stage.answers(200).await;
        stage.alpha.database().move_back(&away);
    }
    stage.has_lost_nothing(0).await;
}
