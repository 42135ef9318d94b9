//! The database goes away in the middle of the work and comes back: callers are told, and what was acknowledged is there, once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use kontor_tests::{Backend, Cluster, Database, Person, Setup, holds, wait::within};
use tokio::task::JoinHandle;

/// How often it goes away.
const TIMES: usize = 3;

/// What was acknowledged, and every other answer.
type Told = (Vec<String>, Vec<(u16, String)>);

/// Posts one after another, each again with its key until it is acknowledged.
fn writer(author: &Person, done: &Arc<AtomicUsize>, stop: &Arc<AtomicBool>) -> JoinHandle<Told> {
    let (author, done, stop) = (author.clone(), done.clone(), stop.clone());
    tokio::spawn(async move {
        let (mut acknowledged, mut refused) = (Vec::new(), Vec::new());
        while !stop.load(Ordering::Relaxed) {
            let text = format!("entry {}.", acknowledged.len());
            loop {
                let answer = author.client.send(author.post_once(&text, &text)).await;
                if answer.status == 200 {
                    break;
                }
                refused.push((answer.status, answer.text()));
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            acknowledged.push(text);
            done.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        (acknowledged, refused)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_and_comes_back_loses_nothing() {
    let mut cluster = tokio::task::spawn_blocking(Cluster::start_new)
        .await
        .unwrap();
    let mut alpha = Setup::new("alpha.test", Backend::Sqlite);
    alpha.database = Arc::new(Database::on(&cluster));
    let beta = Setup::new("beta.test", Backend::Sqlite);
    let (a, b) = (alpha.address.clone(), beta.address.clone());
    let (mut alpha, beta) = (
        alpha.knows(&[&b]).start().await,
        beta.knows(&[&a]).start().await,
    );
    let (author, reader) = (alpha.person("author").await, beta.person("reader").await);
    reader
        .follows(&reader.resolve(&author.handle()).await)
        .await;
    let back = author.resolve(&reader.handle()).await;
    author.follows(&back).await;

    let (done, stop) = (Arc::default(), Arc::default());
    let writing = writer(&author, &done, &stop);
    let more = async |wanted: usize| {
        let before = done.load(Ordering::Relaxed);
        holds("posts are taken", || async {
            done.load(Ordering::Relaxed) >= before + wanted
        })
        .await;
    };
    for time in 0..TIMES {
        more(5).await;
        cluster.stop();
        for path in ["/api/v1/timelines/home", "/api/v1/timelines/public"] {
            let answer = author.client.get(path).await;
            assert_eq!(answer.status, 503, "{path}: {}", answer.text());
            let error = answer.json()["error"].as_str().unwrap().to_owned();
            assert!(error.contains("try again later"), "{error}");
        }
        let page = alpha.stranger().get_as("/@author", "text/html").await;
        assert_eq!(page.status, 503, "{}", page.text());
        let document = alpha
            .stranger()
            .get_as(&author.actor(), kontor_tests::ACTIVITY)
            .await;
        assert_eq!(document.status, 503, "{}", document.text());
        // What is sent here meanwhile is not taken, and comes again.
        reader.post(&format!("meanwhile {time}."), "public").await;
        holds("the peer is not answered well", || async {
            beta.database().number("SELECT count(*) AS value FROM deliveries WHERE attempts > 0 AND delivered_at IS NULL") > 0
        })
        .await;
        cluster.start();
    }
    more(5).await;
    stop.store(true, Ordering::Relaxed);
    let (acknowledged, refused) = writing.await.unwrap();
    assert!(refused.len() >= TIMES, "{refused:?}");
    for (status, text) in &refused {
        assert!(
            *status == 503 && text.contains("try again later"),
            "{status}: {text}"
        );
    }
    assert!(alpha.runs(), "it lives through it");

    let mut wanted = acknowledged.clone();
    wanted.reverse();
    let posts = |home: Vec<String>| {
        let entries = home.into_iter().filter(|text| text.starts_with("entry"));
        entries.collect::<Vec<_>>()
    };
    within(
        Duration::from_secs(60),
        "everything has arrived",
        async || (posts(reader.whole_home().await).len() >= wanted.len()).then_some(()),
    )
    .await;
    for number in 0..TIMES {
        author.sees(&format!("meanwhile {number}.")).await;
    }
    for server in [&alpha, &beta] {
        server.settles().await;
        server.check();
    }
    assert_eq!(posts(reader.whole_home().await), wanted);
    assert_eq!(posts(author.whole_home().await), wanted);
    let heard = author.whole_home().await;
    let heard = heard.iter().filter(|text| text.starts_with("meanwhile"));
    assert_eq!(heard.count(), TIMES);
    alpha.terminate().await;
}
