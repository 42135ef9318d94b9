//! Posts of the server to many peers: when the last of the healthy ones has it, and what it cost.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    figures::{memory, millis, percentile},
    inbound::Sender,
    key::{Costs, Key},
    peers::{Manner, Peers, actor, mark},
    server::{DOMAIN, Server, Start},
};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Peers, each with an inbox that its people share.
    #[arg(long, default_value_t = 200)]
    peers: usize,
    /// Followers, spread evenly over the peers; otherwise one on each.
    #[arg(long)]
    followers: Option<usize>,
    /// Posts, each after the one before has arrived everywhere.
    #[arg(long, default_value_t = 20)]
    posts: u32,
    /// Posts all at once, afterwards.
    #[arg(long, default_value_t = 50)]
    burst: u32,
    /// Of a hundred peers, so many refuse connections.
    #[arg(long, default_value_t = 0)]
    dead: usize,
    /// Of a hundred peers, so many do not answer for ten seconds.
    #[arg(long, default_value_t = 0)]
    hanging: usize,
    /// Of a hundred peers, so many answer 500.
    #[arg(long, default_value_t = 0)]
    failing: usize,
    /// Of a hundred peers, so many answer well, but late.
    #[arg(long, default_value_t = 0)]
    slow: usize,
    /// How late that is, in seconds.
    #[arg(long, default_value_t = 2)]
    slow_seconds: u64,
}

pub async fn run(start: Start, options: Options) {
    tokio::task::LocalSet::new()
        .run_until(measure(start, options))
        .await;
}

/// Which of a hundred peers is how.
fn manner(options: &Options, number: usize) -> Option<Manner> {
    let place = number % 100;
    let (dead, hanging) = (options.dead, options.dead + options.hanging);
    let failing = hanging + options.failing;
    match place {
        0 => Some(Manner::Well),
        _ if place <= dead => None,
        _ if place <= hanging => Some(Manner::Hangs(Duration::from_secs(10))),
        _ if place <= failing => Some(Manner::Fails(500)),
        _ if place <= failing + options.slow => {
            Some(Manner::Slow(Duration::from_secs(options.slow_seconds)))
        }
        _ => Some(Manner::Well),
    }
}

async fn measure(start: Start, options: Options) {
    let key = Key::new();
    let (peers, doomed) = (
        Peers::start(key.public_pem()).await,
        Peers::start(key.public_pem()).await,
    );
    let names: Vec<String> = (0..options.peers)
        .map(|number| format!("p{number}.test"))
        .collect();
    let hosts: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let dies = manner(&options, number).is_none();
            (
                name.clone(),
                if dies { doomed.address } else { peers.address },
            )
        })
        .collect();
    let followers = options.followers.unwrap_or(names.len());
    assert!(
        followers >= names.len(),
        "--followers: at least one on each of the {} peers",
        names.len()
    );
    let server = start.run(&hosts).await;
    let token = server.person("author");
    follow(
        &server,
        &token,
        &key,
        (names.as_slice(), followers),
        [&peers, &doomed],
    )
    .await;
    let well = behave(&options, &peers, &names);
    drop(doomed);
    server.rests().await;
    let costs = Costs::measure(&key);
    costs.print();
    println!(
        "{followers} followers on {} peers, {well} of them well",
        names.len()
    );

    one_by_one(&options, &server, &token, &peers, well).await;
    burst(&options, &server, &token, &peers, well, costs.sign).await;
}

/// From now on each peer is as it is to be; how many are well?
fn behave(options: &Options, peers: &Peers, names: &[String]) -> usize {
    let mut well = 0;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, name) in names.iter().enumerate() {
        let manner = manner(options, number);
        let kind = match manner {
            Some(Manner::Well) => {
                well += 1;
                continue;
            }
            Some(Manner::Slow(_)) => "slow",
            Some(Manner::Hangs(_)) => "hanging",
            Some(Manner::Fails(_)) => "failing",
            None => "dead",
        };
        *kinds.entry(kind).or_default() += 1;
        if let Some(manner) = manner {
            peers.behave(name, manner);
        }
    }
    for (kind, count) in kinds {
        println!("{count} peers are {kind}");
    }
    well
}

/// So many people follow, on each of the peers in turn.
async fn follow(
    server: &Server,
    token: &str,
    key: &Key,
    (names, followers): (&[String], usize),
    peers: [&Peers; 2],
) {
    let me = server
        .get(token, "/api/v1/accounts/verify_credentials")
        .await;
    let target = format!("http://{DOMAIN}/users/{}", me["id"].as_str().unwrap());
    let sender = Sender::new(server.address);
    for number in 0..followers {
        let id = actor(&names[number % names.len()], number / names.len() + 1);
        let follow = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{id}/follows/{number}"),
            "type": "Follow", "actor": id, "object": target,
        });
        let letter = Sender::letter(key, &format!("{id}#main-key"), &follow);
        let status = sender.send(letter).await;
        assert_eq!(status, 202, "{}", server.log());
    }
    let accepts = || {
        peers
            .iter()
            .map(|peers| peers.seen.accepts.get())
            .sum::<usize>()
    };
    while accepts() < followers {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn publish(server: &Server, token: &str, number: u32) {
    let status = format!("{} for @fan1@p0.test and everybody", mark(number));
    server
        .post(token, "/api/v1/statuses", &json!({ "status": status }))
        .await;
}

fn arrived(peers: &Peers, number: u32) -> usize {
    peers
        .seen
        .posts
        .borrow()
        .get(&number)
        .map_or(0, std::collections::HashMap::len)
}

async fn one_by_one(options: &Options, server: &Server, token: &str, peers: &Peers, well: usize) {
    let (mut direct, mut middle, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..options.posts {
        let began = Instant::now();
        publish(server, token, number).await;
        while arrived(peers, number) < well {
            tokio::time::sleep(Duration::from_millis(2)).await;
            assert!(
                began.elapsed() < Duration::from_secs(120),
                "{}",
                server.log()
            );
        }
        let posts = peers.seen.posts.borrow();
        let mut times: Vec<Duration> = posts[&number].values().map(|at| *at - began).collect();
        direct.push(posts[&number]["p0.test"] - began);
        middle.push(percentile(&mut times, 0.5));
        last.push(percentile(&mut times, 1.0));
    }
    for (name, times) in [
        ("addressed by name", &mut direct),
        ("half of the peers", &mut middle),
        ("all that are well", &mut last),
    ] {
        println!(
            "{name:<20} after {:7.1} ms (median of {} posts), {:7.1} ms (worst)",
            millis(percentile(times, 0.5)),
            options.posts,
            millis(percentile(times, 1.0))
        );
    }
}

/// Resident memory of the server while deliveries arrive, in MiB.
struct Watched {
    before: u64,
    most: u64,
    /// When a quarter of them had arrived, two, three and all.
    quarters: Vec<u64>,
}

impl Watched {
    fn begin(server: &Server) -> Self {
        let before = memory(server.pid());
        Self {
            before,
            most: before,
            quarters: Vec::with_capacity(4),
        }
    }

    fn look(&mut self, server: &Server, arrivals: usize, all: usize) {
        let now = memory(server.pid());
        self.most = self.most.max(now);
        // More than one may have gone by since the last look.
        while self.quarters.len() < 4 && arrivals * 4 >= all * (self.quarters.len() + 1) {
            self.quarters.push(now);
        }
    }
}

async fn burst(
    options: &Options,
    server: &Server,
    token: &str,
    peers: &Peers,
    well: usize,
    sign: Duration,
) {
    let (before, requests, mut watched) = (
        server.used(),
        peers.seen.requests.get(),
        Watched::begin(server),
    );
    let began = Instant::now();
    let numbers = options.posts..options.posts + options.burst;
    let all = well * options.burst as usize;
    let arrivals = || -> usize { numbers.clone().map(|number| arrived(peers, number)).sum() };
    for number in numbers.clone() {
        publish(server, token, number).await;
        watched.look(server, arrivals(), all);
    }
    let published = began.elapsed();
    while arrivals() < all {
        tokio::time::sleep(Duration::from_millis(20)).await;
        watched.look(server, arrivals(), all);
        assert!(
            began.elapsed() < Duration::from_secs(1200),
            "{}",
            server.log()
        );
    }
    let took = began.elapsed();
    watched.look(server, all, all);
    server.rests().await;
    let sent = (peers.seen.requests.get() - requests) as f64;
    let since = server.used_since(&before);
    let used = since.server.as_secs_f64();
    println!(
        "{} posts published in {:.2} s; {all} deliveries after {:.2} s, {:.0} a second",
        options.burst,
        published.as_secs_f64(),
        took.as_secs_f64(),
        all as f64 / took.as_secs_f64()
    );
    println!(
        "processor {:.2} s, {:.3} ms a request: {:.2} signatures",
        used,
        used / sent * 1000.0,
        used / sent / sign.as_secs_f64()
    );
    println!(
        "memory in MiB: {} before, {:?} when each quarter had arrived, {} at most, {} after",
        watched.before,
        watched.quarters,
        watched.most,
        memory(server.pid())
    );
    since.print_postgres(sent, "a request");
}
