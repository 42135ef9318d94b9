//! People with an app: what each kind of request costs the server, how deep pages cost, and how long answers take at half of what it
//! can do.

use std::time::{Duration, Instant};

use kontor_domain::ids::AccountId;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    figures::{cpu, memory, millis, percentile},
    seed::{Seeded, seed},
    server::{Server, Start, Used},
};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Posts in the database.
    #[arg(long, default_value_t = 200_000)]
    posts: usize,
    /// People who wrote them.
    #[arg(long, default_value_t = 2000)]
    authors: usize,
    /// Whom the reader follows.
    #[arg(long, default_value_t = 300)]
    follows: usize,
    /// Requests of each kind.
    #[arg(long, default_value_t = 2000)]
    requests: usize,
    /// Posts that are written.
    #[arg(long, default_value_t = 500)]
    written: usize,
    /// Pages that are read one after the other.
    #[arg(long, default_value_t = 40)]
    pages: usize,
    /// How long it is asked at half of what it can do, in seconds.
    #[arg(long, default_value_t = 20)]
    half: u64,
}

pub async fn run(start: Start, options: Options) {
    let mut server = start.run(&[]).await;
    let (reader, friend) = (server.person("reader"), server.person("friend"));
    let me = server
        .get(&reader, "/api/v1/accounts/verify_credentials")
        .await;
    let id = AccountId(me["id"].as_str().unwrap().parse().unwrap());
    let began = Instant::now();
    let seeded = seed(
        server.database(),
        id,
        options.authors,
        options.posts,
        options.follows,
    )
    .await;
    println!(
        "{} posts by {} people, {} of them followed, in {} ms",
        options.posts,
        options.authors,
        seeded.followed.len(),
        millis(began.elapsed())
    );
    told(&server, &friend).await;
    server.is_known();
    server.rests().await;
    let started = server.start_again().await;
    println!(
        "start on this database, until the first 200: {:.0} ms",
        millis(started)
    );
    server.rests().await;
    println!("{} MiB resident at rest", memory(server.pid()));
    kinds(&server, &reader, &seeded, options.requests).await;
    written(&server, &friend, options.written).await;
    for path in ["/api/v1/timelines/home", "/api/v1/timelines/public"] {
        deep(&server, &reader, path, options.pages).await;
    }
    half(&server, &reader, Duration::from_secs(options.half)).await;
    println!("{} MiB resident afterwards", memory(server.pid()));
}

/// Enough for a page of notifications.
async fn told(server: &Server, friend: &str) {
    for number in 0..60 {
        let body =
            json!({"status": format!("@reader look at this {number}"), "visibility": "public"});
        server.post(friend, "/api/v1/statuses", &body).await;
    }
}

async fn kinds(server: &Server, reader: &str, seeded: &Seeded, requests: usize) {
    let single = format!("/api/v1/statuses/{}", seeded.newest);
    for (what, path) in [
        ("home timeline of 20", "/api/v1/timelines/home?limit=20"),
        ("public timeline of 20", "/api/v1/timelines/public?limit=20"),
        ("one post", single.as_str()),
        ("notifications of 40", "/api/v1/notifications?limit=40"),
        ("notifications in groups", "/api/v2/notifications?limit=40"),
    ] {
        // What a first request brings into memory is there.
        let size = server.get(reader, path).await.to_string().len();
        for _ in 0..20 {
            server.get(reader, path).await;
        }
        let (busy, mut times) = (server.used(), Vec::with_capacity(requests));
        for _ in 0..requests {
            let began = Instant::now();
            server.fetch(reader, path).await;
            times.push(began.elapsed());
        }
        report(what, server, &busy, &mut times);
        println!("    {:.1} KB of JSON", size as f64 / 1000.0);
    }
}

async fn written(server: &Server, author: &str, count: usize) {
    let (busy, mut times) = (server.used(), Vec::with_capacity(count));
    for number in 0..count {
        let body = json!({"status": format!("written {number} #load"), "visibility": "public"});
        let began = Instant::now();
        server.post(author, "/api/v1/statuses", &body).await;
        times.push(began.elapsed());
    }
    // With what follows from it.
    server.rests().await;
    report("a post written", server, &busy, &mut times);
}

fn report(what: &str, server: &Server, before: &Used, times: &mut [Duration]) {
    let busy = server.used_since(before);
    let count = times.len().max(1) as f64;
    println!(
        "{what}: {:.3} ms of processor time each; p50 {:.2} ms, p99 {:.2} ms",
        millis(busy.server) / count,
        millis(percentile(times, 0.5)),
        millis(percentile(times, 0.99))
    );
    busy.print_postgres(count, "each");
}

/// Page after page, each below the one before: those at the end beside those at the beginning.
async fn deep(server: &Server, reader: &str, path: &str, pages: usize) {
    let (mut below, mut costs) = (None::<String>, Vec::with_capacity(pages));
    for _ in 0..pages {
        let page = match &below {
            Some(id) => format!("{path}?limit=20&max_id={id}"),
            None => format!("{path}?limit=20"),
        };
        // Many times, for the kernel counts in hundredths of a second.
        let busy = cpu(server.pid());
        let mut last = Value::Null;
        for _ in 0..20 {
            last = server.get(reader, &page).await;
        }
        costs.push(cpu(server.pid()).saturating_sub(busy) / 20);
        let Some(end) = last.as_array().and_then(|page| page.last()) else {
            break;
        };
        below = Some(end["id"].as_str().unwrap().to_owned());
    }
    let quarter = (costs.len() / 4).max(1);
    let mean = |some: &[Duration]| millis(some.iter().sum::<Duration>()) / some.len().max(1) as f64;
    println!(
        "{path}, {} pages deep: {:.3} ms of processor time on the first quarter of the pages, {:.3} ms on the last",
        costs.len(),
        mean(&costs[..quarter]),
        mean(&costs[costs.len() - quarter..])
    );
}

/// As many as it can, for a while; then half as many, evenly, however long each takes.
async fn half(server: &Server, reader: &str, span: Duration) {
    const PATH: &str = "/api/v1/timelines/home?limit=20";
    let (busy, began, mut done) = (cpu(server.pid()), Instant::now(), 0_u32);
    let mut open: JoinSet<Duration> = JoinSet::new();
    while began.elapsed() < span / 4 {
        while open.len() < 16 {
            let fetching = server.fetching(reader, PATH);
            open.spawn(async move {
                fetching.await;
                Duration::ZERO
            });
        }
        open.join_next().await.unwrap().unwrap();
        done += 1;
    }
    let rate = f64::from(done) / began.elapsed().as_secs_f64();
    let each = millis(cpu(server.pid()).saturating_sub(busy)) / f64::from(done);
    while open.join_next().await.is_some() {}
    server.rests().await;
    let pause = Duration::from_secs_f64(2.0 / rate);
    let (began, mut times) = (Instant::now(), Vec::new());
    let mut due = began;
    while began.elapsed() < span {
        tokio::time::sleep_until(due.into()).await;
        let (at, fetching) = (due, server.fetching(reader, PATH));
        open.spawn(async move {
            fetching.await;
            at.elapsed()
        });
        due += pause;
        while let Some(time) = open.try_join_next() {
            times.push(time.unwrap());
        }
    }
    while let Some(time) = open.join_next().await {
        times.push(time.unwrap());
    }
    println!(
        "home timelines of 20: {rate:.0} a second at most, {each:.3} ms of processor time each; at half of that p50 {:.2} ms, p99 {:.2} ms",
        millis(percentile(&mut times, 0.5)),
        millis(percentile(&mut times, 0.99))
    );
}
