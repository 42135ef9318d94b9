//! kill -9 at random moments while people on three servers post, answer, vote, delete and moderate in one community: in the end all three
//! have the same.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kontor_tests::{
    Address, Answer, Backend, Client, Person, Server, Setup,
    answer::{id, text},
    dice::Dice,
    holds,
    person::plain,
    until, wait,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// Of one arrangement; there are two.
const KILLS: u32 = 20;

/// Between two deeds of one person.
const PACE: Duration = Duration::from_millis(120);

/// How long the last of it may take.
const ARRIVAL: Duration = Duration::from_secs(240);

/// What a server says of a post.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    words: String,
    author: String,
    answers: Option<String>,
    favourites: i64,
    replies: i64,
    removed: Option<String>,
}

/// Somebody who belongs to the community and looks after it.
#[derive(Clone)]
struct Member {
    who: Person,
    /// The community as their server has it, and how it is mentioned.
    community: String,
    mention: String,
}

/// Asks until the server is there; whatever it answers then. Who is told that a request took too long to come may send it again.
async fn insist(client: &Client, request: impl Fn() -> reqwest::RequestBuilder) -> Answer {
    loop {
        match client.try_send(request()).await {
            Ok(answer) if answer.status < 500 && answer.status != 408 => return answer,
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

impl Member {
    async fn get(&self, path: &str) -> Answer {
        let client = &self.who.client;
        insist(client, || client.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &Value, key: &str) -> Answer {
        let client = &self.who.client;
        insist(client, || {
            let request = client.request(Method::POST, path).json(body);
            request.header("idempotency-key", key)
        })
        .await
    }

    /// Everything in the community that their server shows them, page by page.
    async fn all(&self) -> Vec<Value> {
        let mut posts = Vec::new();
        let base = format!("/api/v1/timelines/group/{}?limit=40", self.community);
        let mut path = base.clone();
        loop {
            let page = self.get(&path).await.list();
            let Some(last) = page.last() else {
                return posts;
            };
            path = format!("{base}&max_id={}", id(last));
            posts.extend(page);
        }
    }

    /// The same by the addresses of the posts.
    async fn states(&self) -> BTreeMap<String, State> {
        let all = self.all().await;
        let uris: BTreeMap<String, String> = all
            .iter()
            .map(|post| (id(post), text(post, "uri")))
            .collect();
        all.iter()
            .map(|post| {
                let state = State {
                    words: plain(&text(post, "content")),
                    author: text(&post["account"], "uri"),
                    answers: post["in_reply_to_id"]
                        .as_str()
                        .and_then(|id| uris.get(id).cloned()),
                    favourites: post["favourites_count"].as_i64().unwrap(),
                    replies: post["replies_count"].as_i64().unwrap(),
                    removed: post["community"]["removed"].as_str().map(str::to_owned),
                };
                (text(post, "uri"), state)
            })
            .collect()
    }

    /// One thing after another, until told to stop. Returns how many.
    fn acts(&self, number: u64, seed: u64, stop: &Arc<AtomicBool>) -> JoinHandle<usize> {
        let (member, stop) = (self.clone(), stop.clone());
        tokio::spawn(async move {
            let mut dice = Dice::of(seed.wrapping_add(number));
            let mut done = 0;
            while !stop.load(Ordering::Relaxed) {
                member.act(&mut dice, number, done).await;
                done += 1;
                tokio::time::sleep(PACE).await;
            }
            done
        })
    }

    async fn act(&self, dice: &mut Dice, number: u64, count: usize) {
        let path = format!("/api/v1/timelines/group/{}?limit=20", self.community);
        let known = self.get(&path).await.list();
        let key = format!("{number} {count}");
        let words = format!("member {number} deed {count}.");
        let chosen = usize::try_from(dice.below(20))
            .ok()
            .and_then(|at| known.get(at));
        let (Some(post), deed @ 3..) = (chosen, dice.below(10)) else {
            let body = json!({"status": format!("{} {words}", self.mention)});
            self.post("/api/v1/statuses", &body, &key).await;
            return;
        };
        let answers = post["in_reply_to_id"].as_str().is_some();
        let own = post["account"]["id"] == self.who.id.as_str();
        let path = format!("/api/v1/statuses/{}", id(post));
        let moderated = |verb: &str| {
            format!(
                "/api/kontor/v1/communities/{}/posts/{}/{verb}",
                self.community,
                id(post)
            )
        };
        match deed {
            // Answers stand below threads, and threads stay: what answers something that is just being deleted belongs nowhere.
            3 | 4 if !answers => {
                let body = json!({"status": words, "in_reply_to_id": id(post)});
                self.post("/api/v1/statuses", &body, &key).await;
            }
            5 if own && answers => {
                let client = &self.who.client;
                insist(client, || client.request(Method::DELETE, &path)).await;
            }
            6 => {
                self.post(&format!("{path}/unfavourite"), &json!({}), &key)
                    .await;
            }
            7 => {
                let reason = json!({"reason": words});
                self.post(&moderated("remove"), &reason, &key).await;
            }
            8 => {
                self.post(&moderated("restore"), &json!({}), &key).await;
            }
            _ => {
                self.post(&format!("{path}/favourite"), &json!({}), &key)
                    .await;
            }
        }
    }
}

async fn three(backends: [Backend; 3]) -> [Server; 3] {
    let names = ["home.test", "near.test", "far.test"];
    let setups: Vec<Setup> = names
        .iter()
        .zip(backends)
        .map(|(name, backend)| {
            Setup::new(name, backend)
                .with("communities.votes_a_minute", "100000")
                .with("communities.votes_a_minute_by_one", "100000")
                .with("communities.posts_a_minute", "100000")
                .with("communities.posts_a_minute_by_one", "100000")
        })
        .collect();
    let addresses: Vec<Address> = setups.iter().map(|setup| setup.address.clone()).collect();
    let mut servers = Vec::new();
    for (at, setup) in setups.into_iter().enumerate() {
        let others: Vec<&Address> = addresses
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(_, address)| address)
            .collect();
        servers.push(setup.knows(&others).start().await);
    }
    servers.try_into().ok().unwrap()
}

/// A community on the first server, with a moderator on each.
async fn stage(servers: &[Server; 3]) -> [Member; 3] {
    let [home, near, far] = servers;
    let (ann, ben, cleo) = (
        home.person("ann").await,
        near.person("ben").await,
        far.person("cleo").await,
    );
    let body = json!({"name": "garden", "title": "The Garden"});
    let made = ann
        .client
        .post_json("/api/kontor/v1/communities", &body)
        .await
        .ok();
    let own = id(&made);
    let handle = format!("@garden@{}", home.address().authority());
    let mut members = vec![Member {
        who: ann.clone(),
        community: own.clone(),
        mention: "@garden".to_owned(),
    }];
    for who in [ben, cleo] {
        let community = who.resolve(&handle).await;
        who.follows(&community).await;
        let here = ann.resolve(&who.handle()).await;
        let path = format!("/api/kontor/v1/communities/{own}/moderators");
        let body = json!({"account_id": here});
        ann.client.post_json(&path, &body).await.ok();
        let path = format!("/api/kontor/v1/communities/{community}");
        holds("who looks after it is known", async || {
            who.client.get(&path).await.ok()["role"] == "moderator"
        })
        .await;
        members.push(Member {
            who,
            community,
            mention: handle.clone(),
        });
    }
    members.try_into().ok().unwrap()
}

fn difference(states: &[BTreeMap<String, State>]) -> Option<String> {
    let [first, others @ ..] = states else {
        return None;
    };
    for (at, other) in others.iter().enumerate() {
        let uris = first.keys().chain(other.keys());
        for uri in uris {
            if first.get(uri) != other.get(uri) {
                return Some(format!(
                    "server {} has of {uri} {:?}, and the first {:?}",
                    at + 2,
                    other.get(uri),
                    first.get(uri)
                ));
            }
        }
    }
    None
}

async fn all_agree(backends: [Backend; 3]) {
    let mut dice = Dice::fresh();
    eprintln!("the dice of this run: {}", dice.seed);
    let mut servers = three(backends).await;
    let members = stage(&servers).await;
    let stop = Arc::new(AtomicBool::new(false));
    let deeds: Vec<JoinHandle<usize>> = members
        .iter()
        .zip(1..)
        .map(|(member, number)| member.acts(number, dice.seed, &stop))
        .collect();
    until("something is posted everywhere", async || {
        for member in &members {
            if member.all().await.is_empty() {
                return None;
            }
        }
        Some(())
    })
    .await;
    // Each in turn: none is spared by chance.
    let first = dice.below(3);
    let mut killed = [0, 0, 0];
    for number in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(dice.below(500))).await;
        let which = usize::try_from((first + u64::from(number)) % 3).unwrap();
        killed[which] += 1;
        servers[which].kill();
        tokio::time::sleep(Duration::from_millis(dice.below(200))).await;
        servers[which].start().await;
    }
    stop.store(true, Ordering::Relaxed);
    let mut done = 0;
    for deed in deeds {
        done += deed.await.unwrap();
    }
    eprintln!("{done} deeds between {killed:?} kills");
    assert!(done > 50 && killed.iter().all(|count| *count > 0));
    let mut last = None;
    let agreed = wait::within(ARRIVAL, "all three agree", async || {
        let mut states = Vec::new();
        for member in &members {
            states.push(member.states().await);
        }
        let differs = difference(&states);
        if differs.is_some() && differs != last {
            eprintln!("not yet: {differs:?}");
            last.clone_from(&differs);
        }
        differs.is_none().then(|| states.remove(0))
    })
    .await;
    assert!(agreed.values().any(|state| state.favourites > 0));
    assert!(agreed.values().any(|state| state.removed.is_some()));
    assert!(agreed.values().any(|state| state.replies > 0));
    for server in &servers {
        server.settles().await;
        server.check();
    }
    // Nothing came later that should not have.
    for member in &members {
        assert_eq!(member.states().await, agreed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_community_survives_kills_with_its_home_on_sqlite() {
    all_agree([Backend::Sqlite, Backend::Postgres, Backend::Sqlite]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_community_survives_kills_with_its_home_on_postgres() {
    all_agree([Backend::Postgres, Backend::Sqlite, Backend::Postgres]).await;
}
