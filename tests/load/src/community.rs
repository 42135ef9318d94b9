//! A community with members on many servers: what a join, a post and votes cost, and when the last server has them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    figures::{cpu, memory, millis, percentile},
    inbound::Sender,
    key::{Key, costs},
    peers::{Peers, actor, mark},
    server::{Server, Start},
};

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
    /// Votes, as fast as they are taken.
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
    let (sign, _) = costs(&place.key);
    println!(
        "{} members on {} hosts; one signature {:.3} ms",
        options.members,
        options.hosts,
        millis(sign)
    );
    place.joins(options.members).await;
    place.posts(options.posts).await;
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
        let (before, began) = (cpu(self.server.pid()), Instant::now());
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
        let used = cpu(self.server.pid()).saturating_sub(before);
        println!(
            "{members} joins, each answered: {:.1} s, processor {:.3} ms a join; memory {} MiB",
            began.elapsed().as_secs_f64(),
            millis(used) / members as f64,
            memory(self.server.pid())
        );
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
        let before = (cpu(self.server.pid()), self.peers.seen.requests.get());
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
        let used = cpu(self.server.pid()).saturating_sub(before.0);
        let sent = self.peers.seen.requests.get() - before.1;
        println!(
            "a post: taken in {:.1} ms, at the last of {} hosts after {:.0} ms (medians of {posts}); processor {:.1} ms a post, {:.3} ms a delivery",
            millis(percentile(&mut taken, 0.5)),
            self.names.len(),
            millis(percentile(&mut last, 0.5)),
            millis(used) / f64::from(posts),
            millis(used) / sent as f64
        );
    }

    async fn votes(&self, options: &Options) {
        let (host, _) = self.author(0);
        let thread = format!("{host}/pages/0");
        // One alone, marked so that it is seen to arrive.
        let number = options.posts;
        let (_, voter) = self.author(1);
        let mut like = json!({"id": format!("{voter}/likes/{}", mark(number)), "type": "Like", "object": thread, "audience": self.group});
        let before = cpu(self.server.pid());
        let began = Instant::now();
        self.says(1, &mut like).await;
        self.is_everywhere(number).await;
        let took = began.elapsed();
        self.server.rests().await;
        println!(
            "a vote: at the last host after {:.0} ms, processor {:.1} ms",
            millis(took),
            millis(cpu(self.server.pid()).saturating_sub(before))
        );
        let most = options.votes.min(options.members.saturating_sub(2));
        let (before, began) = (cpu(self.server.pid()), Instant::now());
        let requests = self.peers.seen.requests.get();
        for member in 2..most + 2 {
            let (_, voter) = self.author(member);
            let mut like = json!({"id": format!("{voter}/likes/1"), "type": "Like", "object": thread, "audience": self.group});
            self.says(member, &mut like).await;
        }
        let took = began.elapsed();
        self.server.rests().await;
        let used = cpu(self.server.pid()).saturating_sub(before);
        let sent = self.peers.seen.requests.get() - requests;
        println!(
            "{most} votes in {:.1} s: processor {:.3} ms a vote, {sent} requests went out ({} votes passed on); memory {} MiB",
            took.as_secs_f64(),
            millis(used) / most as f64,
            sent as usize / self.names.len().max(1),
            memory(self.server.pid())
        );
    }
}
