//! Activities of many people on many peers to the server: how fast they are acknowledged and acted on, and what that costs.

use std::{
    cell::RefCell,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    figures::{memory, millis, percentile},
    key::{Costs, Key},
    peers::{Peers, actor},
    server::{DOMAIN, Server, Start},
};

#[derive(Debug, clap::Args)]
pub struct Options {
    /// People who write.
    #[arg(long, default_value_t = 40)]
    actors: usize,
    /// Where they are.
    #[arg(long, default_value_t = 10)]
    peers: usize,
    /// Activities, signed before anything is measured.
    #[arg(long, default_value_t = 5000)]
    activities: usize,
    /// Requests at a time.
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
}

/// Sends prepared requests over connections that stay open.
#[derive(Clone)]
pub struct Sender {
    http: reqwest::Client,
    inbox: String,
}

/// A signed request.
pub struct Letter {
    headers: Vec<(&'static str, String)>,
    body: bytes::Bytes,
}

impl Sender {
    pub fn new(server: SocketAddr) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .http1_only()
            .timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        Self {
            http,
            inbox: format!("http://{server}/inbox"),
        }
    }

    pub fn letter(key: &Key, key_id: &str, activity: &Value) -> Letter {
        let body = activity.to_string();
        Letter {
            headers: key.headers(key_id, DOMAIN, "/inbox", body.as_bytes()),
            body: body.into(),
        }
    }

    pub async fn send(&self, letter: Letter) -> u16 {
        let mut request = self.http.post(&self.inbox).body(letter.body);
        for (name, value) in letter.headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        answer.bytes().await.unwrap();
        status
    }
}

pub async fn run(start: Start, options: Options) {
    tokio::task::LocalSet::new()
        .run_until(measure(start, options))
        .await;
}

/// The people who write, and the reader here who follows all of them.
struct Readers {
    server: Server,
    token: String,
    /// The ids that they have here.
    ids: Vec<String>,
}

async fn measure(start: Start, options: Options) {
    let key = Key::new();
    let peers = Peers::start(key.public_pem()).await;
    let hosts: Vec<_> = (0..options.peers)
        .map(|number| (format!("p{number}.test"), peers.address))
        .collect();
    let people: Vec<String> = (0..options.actors)
        .map(|number| actor(&hosts[number % hosts.len()].0, number))
        .collect();
    let server = start.run(&hosts).await;
    let token = server.person("reader");
    let ids = follow_all(&server, &token, &key, &peers, &people).await;
    let me = server
        .get(&token, "/api/v1/accounts/verify_credentials")
        .await;
    let me = format!("http://{DOMAIN}/users/{}", me["id"].as_str().unwrap());
    let half = options.activities / 2;
    let mut letters: Vec<Letter> = (0..options.activities + half)
        .map(|number| {
            let by = &people[number % people.len()];
            Sender::letter(&key, &format!("{by}#main-key"), &create(by, number, &me))
        })
        .collect();
    let paced = letters.split_off(options.activities);
    server.rests().await;
    let costs = Costs::measure(&key);
    costs.print();
    println!(
        "{} activities of {} people on {} peers",
        options.activities,
        people.len(),
        hosts.len()
    );
    let readers = Readers { server, token, ids };
    let rate = readers
        .flood(letters, options.concurrency, costs.verify)
        .await;
    readers.paced(paced, options.concurrency, rate / 2.0).await;
}

impl Readers {
    /// As fast as they are taken. Returns how many a second were acted on.
    async fn flood(&self, letters: Vec<Letter>, concurrency: usize, verify: Duration) -> f64 {
        let (server, count) = (&self.server, letters.len());
        let sender = Sender::new(server.address);
        let (before, known) = (server.used(), self.posts().await);
        let began = Instant::now();
        let mut times = send(&sender, letters, concurrency, None).await;
        let accepted = began.elapsed();
        self.have(known + count as u64).await;
        let processed = began.elapsed();
        server.rests().await;
        let since = server.used_since(&before);
        self.lost_nothing(times.len(), known).await;
        let used = since.server.as_secs_f64() / count as f64;
        let rate = |time: Duration| count as f64 / time.as_secs_f64();
        println!(
            "acknowledged {:.0} a second, acted on {:.0} a second",
            rate(accepted),
            rate(processed)
        );
        println!(
            "202 after {:.1} ms (median), {:.1} ms (99 of 100)",
            millis(percentile(&mut times, 0.5)),
            millis(percentile(&mut times, 0.99))
        );
        println!(
            "processor {:.3} ms an activity: {:.1} verifications; memory {} MiB",
            used * 1000.0,
            used / verify.as_secs_f64(),
            memory(server.pid())
        );
        since.print_postgres(count as f64, "an activity");
        rate(processed)
    }

    /// So many a second.
    async fn paced(&self, letters: Vec<Letter>, concurrency: usize, rate: f64) {
        let (count, known) = (letters.len(), self.posts().await);
        let sender = Sender::new(self.server.address);
        let pace = Duration::from_secs_f64(1.0 / rate);
        let mut times = send(&sender, letters, concurrency, Some(pace)).await;
        println!(
            "at {rate:.0} a second: 202 after {:.1} ms (median), {:.1} ms (99 of 100)",
            millis(percentile(&mut times, 0.5)),
            millis(percentile(&mut times, 0.99))
        );
        self.have(known + count as u64).await;
        self.server.rests().await;
        self.lost_nothing(times.len(), known).await;
    }

    /// Until so many posts are here.
    async fn have(&self, wanted: u64) {
        let began = Instant::now();
        loop {
            let here = self.posts().await;
            if here >= wanted {
                return;
            }
            assert!(
                began.elapsed() < Duration::from_secs(600),
                "{here} of {wanted} posts are here\n{}",
                self.server.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What was answered with 202 was acted on, and each once.
    async fn lost_nothing(&self, acknowledged: usize, known: u64) {
        let acted = self.posts().await - known;
        println!("acknowledged {acknowledged}, acted on {acted}");
        assert_eq!(acted, acknowledged as u64, "{}", self.server.log());
    }

    /// How many posts of these people the server counts.
    async fn posts(&self) -> u64 {
        let mut count = 0;
        for ids in self.ids.chunks(40) {
            let query: Vec<String> = ids.iter().map(|id| format!("id[]={id}")).collect();
            let path = format!("/api/v1/accounts?{}", query.join("&"));
            let accounts = self.server.get(&self.token, &path).await;
            count += accounts
                .as_array()
                .unwrap()
                .iter()
                .map(|account| account["statuses_count"].as_u64().unwrap())
                .sum::<u64>();
        }
        count
    }
}

/// A note to the followers of its author; one in five names the reader here, and another one links to a page of its own.
fn create(by: &str, number: usize, reader: &str) -> Value {
    let id = format!("{by}/notes/{number}");
    let end = if number % 5 == 1 {
        format!("with <a href=\"https://far.test/{number}\">a link</a>")
    } else {
        "with a <em>word</em>".to_owned()
    };
    let named = number.is_multiple_of(5);
    let tag = if named {
        json!([{ "type": "Mention", "href": reader, "name": "@reader" }])
    } else {
        json!([])
    };
    let mut cc = vec![format!("{by}/followers")];
    cc.extend(named.then(|| reader.to_owned()));
    let public = "https://www.w3.org/ns/activitystreams#Public";
    json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": format!("{id}/activity"), "type": "Create", "actor": by, "to": [public], "cc": cc,
        "published": "2026-01-01T00:00:00Z",
        "object": {
            "id": id, "type": "Note", "attributedTo": by, "to": [public], "cc": cc, "url": id,
            "content": format!("<p>Number {number}: some words about nothing much, as long as most notes are, {end}.</p>"),
            "published": "2026-01-01T00:00:00Z", "tag": tag, "sensitive": false,
        },
    })
}

/// The reader follows everybody, and everybody says yes. Returns the ids that they have here.
async fn follow_all(
    server: &Server,
    token: &str,
    key: &Key,
    peers: &Peers,
    people: &[String],
) -> Vec<String> {
    let sender = Sender::new(server.address);
    let mut ids = Vec::new();
    for person in people {
        let found = server
            .get(
                token,
                &format!("/api/v2/search?resolve=true&type=accounts&q={person}"),
            )
            .await;
        let id = found["accounts"][0]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{person}: {found}"))
            .to_owned();
        server
            .post(token, &format!("/api/v1/accounts/{id}/follow"), &json!({}))
            .await;
        ids.push(id);
    }
    let mut answered = 0;
    while answered < people.len() {
        let follows: Vec<Value> = peers.seen.follows.borrow_mut().drain(..).collect();
        for follow in follows {
            let by = follow["object"].as_str().unwrap();
            let accept = json!({
                "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{by}/accepts/{answered}"),
                "type": "Accept", "actor": by, "object": follow,
            });
            let letter = Sender::letter(key, &format!("{by}#main-key"), &accept);
            assert_eq!(sender.send(letter).await, 202);
            answered += 1;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.rests().await;
    ids
}

/// Sends all of them, so many at a time; with a pace, one each time that it is over. Returns how long each answer took.
async fn send(
    sender: &Sender,
    letters: Vec<Letter>,
    concurrency: usize,
    pace: Option<Duration>,
) -> Vec<Duration> {
    let began = Instant::now();
    let queue = Rc::new(RefCell::new(letters.into_iter().enumerate()));
    let mut workers = JoinSet::new();
    for _ in 0..concurrency {
        let (queue, sender) = (queue.clone(), sender.clone());
        workers.spawn_local(async move {
            let mut times = Vec::new();
            loop {
                let next = queue.borrow_mut().next();
                let Some((number, letter)) = next else {
                    return times;
                };
                if let Some(pace) = pace {
                    let at = began + pace * number as u32;
                    tokio::time::sleep_until(at.into()).await;
                }
                let sent = Instant::now();
                assert_eq!(sender.send(letter).await, 202);
                times.push(sent.elapsed());
            }
        });
    }
    workers.join_all().await.into_iter().flatten().collect()
}
