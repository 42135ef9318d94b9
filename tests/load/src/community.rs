//! A community with members on many servers: what a join, a post and votes cost, and when the last server has them.

use std::time::{Duration, Instant};

use kontor_store::{Error, Opener, Settings, Store, deliveries, jobs};
use serde_json::{Value, json};

use crate::{
    figures::{memory, millis, percentile},
    inbound::Sender,
    key::{Costs, Key},
    peers::{Peers, actor, mark},
    server::{Server, Start, Used},
};

/// What a vote goes through until it is passed on; in the last it waits for a minute that has room for it.
const QUEUES: [&str; 3] = ["inbox", "events", "relays"];

const MINUTE: Duration = Duration::from_secs(60);

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Members, each on one of the hosts in turn.
    #[arg(long, default_value_t = 10_000)]
    members: usize,
    /// Servers that understand what groups pass on.
    #[arg(long, default_value_t = 500)]
    hosts: usize,
    /// Posts, each after the one before has arrived everywhere.
    #[arg(long, default_value_t = 10)]
    posts: u32,
    /// Votes, as fast as they are taken. How many are passed on in a minute is the server's `communities.votes_a_minute`.
    #[arg(long, default_value_t = 1000)]
    votes: usize,
}

pub async fn run(start: Start, options: Options) {
    tokio::task::LocalSet::new()
        .run_until(measure(start, options))
        .await;
}

struct Place {
    server: Server,
    peers: Peers,
    key: Key,
    sender: Sender,
    names: Vec<String>,
    group: String,
}

async fn measure(start: Start, options: Options) {
    let key = Key::new();
    let peers = Peers::start(key.public_pem()).await;
    peers.understand_groups();
    let names: Vec<String> = (0..options.hosts)
        .map(|number| format!("p{number}.test"))
        .collect();
    let hosts: Vec<_> = names
        .iter()
        .map(|name| (name.clone(), peers.address))
        .collect();
    let server = start.run(&hosts).await;
    let token = server.person("owner");
    let body = json!({"name": "garden", "title": "The Garden"});
    let made = server
        .post(&token, "/api/kontor/v1/communities", &body)
        .await;
    let place = Place {
        group: made["uri"].as_str().unwrap().to_owned(),
        sender: Sender::new(server.address),
        server,
        peers,
        key,
        names,
    };
    Costs::measure(&place.key).print();
    println!("{} members on {} hosts", options.members, options.hosts);
    place.joins(options.members).await;
    place.posts(options.posts).await;
    place.vote(&options).await;
    place.votes(&options).await;
}

impl Place {
    /// Sends an activity of a member's; returns when it was answered.
    async fn says(&self, member: usize, activity: &mut Value) -> Duration {
        let host = &self.names[member % self.names.len()];
        let id = actor(host, member / self.names.len() + 1);
        activity["@context"] = json!("https://www.w3.org/ns/activitystreams");
        activity["actor"] = json!(id);
        let letter = Sender::letter(&self.key, &format!("{id}#main-key"), activity);
        let began = Instant::now();
        let status = self.sender.send(letter).await;
        assert_eq!(status, 202, "{}", self.server.log());
        began.elapsed()
    }

    fn author(&self, member: usize) -> (String, String) {
        let host = &self.names[member % self.names.len()];
        (
            format!("http://{host}"),
            actor(host, member / self.names.len() + 1),
        )
    }

    async fn joins(&self, members: usize) {
        let (before, began) = (self.server.used(), Instant::now());
        for member in 0..members {
            let (_, id) = self.author(member);
            let mut follow =
                json!({"id": format!("{id}/follows/1"), "type": "Follow", "object": self.group});
            self.says(member, &mut follow).await;
        }
        while self.peers.seen.accepts.get() < members {
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert!(
                began.elapsed() < Duration::from_secs(3600),
                "{}",
                self.server.log()
            );
        }
        self.server.rests().await;
        let used = self.server.used_since(&before);
        println!(
            "{members} joins, each answered: {:.1} s, processor {:.3} ms a join; memory {} MiB",
            began.elapsed().as_secs_f64(),
            millis(used.server) / members as f64,
            memory(self.server.pid())
        );
        used.print_postgres(members as f64, "a join");
    }

    fn arrived(&self, number: u32) -> usize {
        let posts = self.peers.seen.posts.borrow();
        posts.get(&number).map_or(0, std::collections::HashMap::len)
    }

    async fn is_everywhere(&self, number: u32) {
        let began = Instant::now();
        while self.arrived(number) < self.names.len() {
            tokio::time::sleep(Duration::from_millis(2)).await;
            assert!(
                began.elapsed() < Duration::from_secs(300),
                "{}",
                self.server.log()
            );
        }
    }

    async fn posts(&self, posts: u32) {
        let (mut taken, mut last) = (Vec::new(), Vec::new());
        let before = (self.server.used(), self.peers.seen.requests.get());
        for number in 0..posts {
            let (host, author) = self.author(number as usize);
            let note = json!({
                "id": format!("{host}/pages/{number}"), "type": "Page", "name": "Of the garden",
                "attributedTo": author, "to": [self.group, PUBLIC], "cc": [], "audience": self.group,
                "content": format!("<p>{} for everybody</p>", mark(number)),
            });
            let mut create = json!({
                "id": format!("{host}/creates/{number}"), "type": "Create", "object": note,
                "to": [self.group, PUBLIC], "audience": self.group,
            });
            let began = Instant::now();
            taken.push(self.says(number as usize, &mut create).await);
            self.is_everywhere(number).await;
            last.push(began.elapsed());
        }
        self.server.rests().await;
        let used = self.server.used_since(&before.0);
        let sent = self.peers.seen.requests.get() - before.1;
        println!(
            "a post: taken in {:.1} ms, at the last of {} hosts after {:.0} ms (medians of {posts}); processor {:.1} ms a post, {:.3} ms a delivery",
            millis(percentile(&mut taken, 0.5)),
            self.names.len(),
            millis(percentile(&mut last, 0.5)),
            millis(used.server) / f64::from(posts),
            millis(used.server) / sent as f64
        );
        used.print_postgres(f64::from(posts), "a post");
    }

    /// The address of the first post.
    fn thread(&self) -> String {
        let (host, _) = self.author(0);
        format!("{host}/pages/0")
    }

    async fn likes(&self, member: usize, id: &str) {
        let (_, voter) = self.author(member);
        let mut like = json!({
            "id": format!("{voter}/likes/{id}"), "type": "Like", "object": self.thread(), "audience": self.group,
        });
        self.says(member, &mut like).await;
    }

    /// One alone, marked so that it is seen to arrive.
    async fn vote(&self, options: &Options) {
        let (before, began) = (self.server.used(), Instant::now());
        self.likes(1, &mark(options.posts)).await;
        self.is_everywhere(options.posts).await;
        let took = began.elapsed();
        self.server.rests().await;
        let used = self.server.used_since(&before);
        println!(
            "a vote: at the last host after {:.0} ms, processor {:.1} ms",
            millis(took),
            millis(used.server)
        );
        used.print_postgres(1.0, "a vote");
    }

    /// Many at once, until the last that waits has been passed on.
    async fn votes(&self, options: &Options) {
        let most = options.votes.min(options.members.saturating_sub(2));
        let (before, began) = (self.server.used(), Instant::now());
        let requests = self.peers.seen.requests.get();
        for member in 2..most + 2 {
            self.likes(member, "1").await;
        }
        println!(
            "{most} votes taken in {:.1} s",
            began.elapsed().as_secs_f64()
        );
        self.are_passed_on(began, requests).await;
        let used = self.server.used_since(&before);
        println!(
            "{} of {most} votes passed on in {:.1} s: processor {:.3} ms a vote; memory {} MiB",
            self.passed_on(requests),
            began.elapsed().as_secs_f64(),
            millis(used.server) / most as f64,
            memory(self.server.pid())
        );
        used.print_postgres(most as f64, "a vote");
    }

    /// How many votes went to every host, by the requests since then.
    fn passed_on(&self, requests: u64) -> usize {
        let sent = self.peers.seen.requests.get() - requests;
        sent as usize / self.names.len().max(1)
    }

    /// Votes that wait are quiet, so the queues are asked and not the processor. Prints what each minute cost.
    async fn are_passed_on(&self, began: Instant, requests: u64) {
        let store = Store::open(&Settings::new(self.server.database()), Opener::Command).unwrap();
        let mut minute: (u32, Used, usize) = (1, self.server.used(), self.passed_on(requests));
        loop {
            let waiting = waiting(&store).await;
            if waiting == 0 {
                break;
            }
            if began.elapsed() >= MINUTE * minute.0 {
                let (used, told) = (self.server.used_since(&minute.1), self.passed_on(requests));
                println!(
                    "to the end of minute {}: {} votes passed on, {:.2} s of processor time; {waiting} wait",
                    minute.0,
                    told - minute.2,
                    used.server.as_secs_f64()
                );
                minute = (minute.0 + 1, self.server.used(), told);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.server.rests().await;
        let counts = store.read(deliveries::counts).await.unwrap();
        assert_eq!(counts.failed, 0, "deliveries were given up");
    }
}

/// How many jobs wait, and one more if anything is on its way to a host.
async fn waiting(store: &Store) -> i64 {
    let (waiting, aside) = store
        .read(|db| {
            let (mut waiting, mut aside) = (deliveries::backlog(db, 1)?.0, 0);
            for queue in QUEUES {
                let (more, failed) = jobs::depth(db, queue)?;
                waiting += more;
                aside += failed;
            }
            Ok::<_, Error>((waiting, aside))
        })
        .await
        .unwrap();
    assert_eq!(aside, 0, "jobs were set aside");
    waiting
}
