//! kill -9 at random moments while people on three servers post, answer, edit, vote, delete, moderate, join and leave in one community, and
//! in a private one beside it: in the end all three have the same, and nobody has what is not theirs.

use std::{
    collections::{BTreeMap, BTreeSet},
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

/// The end of what is edited.
const EDITED: &str = "So it is.";

/// What is said in the private community, and how often by each of two.
const WHISPER: &str = "kept inside";
const WHISPERS: usize = 4;

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
    locked: bool,
}

/// What a server says of the community.
#[derive(Debug, Clone, PartialEq, Eq)]
struct View {
    /// By their addresses.
    posts: BTreeMap<String, State>,
    /// Who, and why.
    banned: BTreeSet<String>,
    moderators: BTreeSet<String>,
}

/// Somebody who belongs to the community and looks after it.
#[derive(Clone)]
struct Member {
    who: Person,
    /// The community as their server has it, and how it is mentioned.
    community: String,
    mention: String,
    others: Others,
}

/// People as a member's server has them: one whom moderators ban and let in again, and one whom the owner makes a moderator and dismisses.
#[derive(Clone, Default)]
struct Others {
    eve: String,
    /// The owner alone knows.
    finn: Option<String>,
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
                    locked: post["community"]["locked"] == true,
                };
                (text(post, "uri"), state)
            })
            .collect()
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/kontor/v1/communities/{}{rest}", self.community)
    }

    async fn view(&self) -> View {
        let uri = |entity: &Value| text(&entity["account"], "uri");
        let bans = self.get(&self.path("/bans")).await.list();
        let shown = self.get(&self.path("")).await.ok();
        let moderators = shown["moderators"].as_array().unwrap();
        View {
            posts: self.states().await,
            banned: bans
                .iter()
                .map(|ban| format!("{}: {}", uri(ban), text(ban, "reason")))
                .collect(),
            moderators: moderators.iter().map(uri).collect(),
        }
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
        let (Some(post), deed @ 3..) = (chosen, dice.below(18)) else {
            let body = json!({"status": format!("{} {words}", self.mention)});
            self.post("/api/v1/statuses", &body, &key).await;
            return;
        };
        let answers = post["in_reply_to_id"].as_str().is_some();
        let is_own = |post: &Value| post["account"]["id"] == self.who.id.as_str();
        let path = format!("/api/v1/statuses/{}", id(post));
        match deed {
            // Answers stand below threads, and threads stay: what answers something that is just being deleted belongs nowhere.
            3 | 4 if !answers => {
                let body = json!({"status": words, "in_reply_to_id": id(post)});
                self.post("/api/v1/statuses", &body, &key).await;
            }
            5 if is_own(post) && answers => self.ask(Method::DELETE, &path, &json!({})).await,
            6 => {
                self.post(&format!("{path}/unfavourite"), &json!({}), &key)
                    .await;
            }
            7 | 8 => {
                if let Some(own) = known.iter().find(|post| is_own(post)) {
                    self.edit(own, &words).await;
                }
            }
            9..17 => self.moderate(deed, post, &words, &key).await,
            _ => {
                self.post(&format!("{path}/favourite"), &json!({}), &key)
                    .await;
            }
        }
    }

    /// What may be asked twice.
    async fn ask(&self, method: Method, path: &str, body: &Value) {
        let client = &self.who.client;
        insist(client, || client.request(method.clone(), path).json(body)).await;
    }

    async fn edit(&self, post: &Value, words: &str) {
        let before = if post["in_reply_to_id"].is_string() {
            String::new()
        } else {
            format!("{} ", self.mention)
        };
        let path = format!("/api/v1/statuses/{}", id(post));
        let body = json!({"status": format!("{before}{words} {EDITED}")});
        self.ask(Method::PUT, &path, &body).await;
    }

    async fn moderate(&self, deed: u64, post: &Value, words: &str, key: &str) {
        let verb = |verb: &str| self.path(&format!("/posts/{}/{verb}", id(post)));
        let reason = json!({"reason": words});
        let Others { eve, finn } = &self.others;
        match (deed, finn) {
            (9, _) => drop(self.post(&verb("remove"), &reason, key).await),
            (10, _) => drop(self.post(&verb("restore"), &json!({}), key).await),
            (11, _) => drop(self.post(&verb("lock"), &reason, key).await),
            (12, _) => drop(self.post(&verb("unlock"), &json!({}), key).await),
            (13, _) => {
                let body = json!({"account_id": eve, "reason": words});
                self.post(&self.path("/bans"), &body, key).await;
            }
            (15, Some(finn)) => {
                let body = json!({"account_id": finn});
                self.post(&self.path("/moderators"), &body, key).await;
            }
            (16, Some(finn)) => {
                let path = self.path(&format!("/moderators/{finn}"));
                self.ask(Method::DELETE, &path, &json!({})).await;
            }
            _ => {
                let path = self.path(&format!("/bans/{eve}"));
                self.ask(Method::DELETE, &path, &json!({})).await;
            }
        }
    }
}

/// Somebody joins and leaves, over and over, until told to stop.
fn comes_and_goes(gus: &Member, stop: &Arc<AtomicBool>) -> JoinHandle<()> {
    let (gus, stop) = (gus.clone(), stop.clone());
    tokio::spawn(async move {
        for verb in ["follow", "unfollow"].iter().cycle() {
            let path = format!("/api/v1/accounts/{}/{verb}", gus.community);
            gus.ask(Method::POST, &path, &json!({})).await;
            tokio::time::sleep(PACE * 4).await;
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
    })
}

/// A private community: somebody from another server asks to join, is let in, and both post.
fn whispers(shed: &[Member; 2]) -> JoinHandle<()> {
    let [ann, ben] = shed.clone();
    tokio::spawn(async move {
        let follow = format!("/api/v1/accounts/{}/follow", ben.community);
        ben.ask(Method::POST, &follow, &json!({})).await;
        let asker = loop {
            if let Some(one) = ann.get(&ann.path("/requests")).await.list().pop() {
                break id(&one);
            }
            tokio::time::sleep(PACE).await;
        };
        let authorize = ann.path(&format!("/requests/{asker}/authorize"));
        ann.post(&authorize, &json!({}), "authorize").await;
        while ben.get(&ben.path("")).await.ok()["membership"] != "member" {
            tokio::time::sleep(PACE).await;
        }
        for number in 0..WHISPERS {
            for (name, member) in [("ann", &ann), ("ben", &ben)] {
                let words = format!("{} {WHISPER} {number} of {name}.", member.mention);
                let key = format!("whisper {name} {number}");
                let body = json!({"status": words});
                member.post("/api/v1/statuses", &body, &key).await;
                tokio::time::sleep(PACE).await;
            }
        }
    })
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

struct Stage {
    /// In the community, one on each server. Each moderates there.
    members: [Member; 3],
    /// On the second server; comes and goes.
    gus: Member,
    /// In the private one: its owner on the first server, and somebody of the second, who may join it.
    shed: [Member; 2],
}

async fn community(owner: &Person, name: &str, access: &str) -> Member {
    let body = json!({"name": name, "title": "A Place", "access": access});
    let path = "/api/kontor/v1/communities";
    let made = owner.client.post_json(path, &body).await.ok();
    Member {
        who: owner.clone(),
        community: id(&made),
        mention: format!("@{name}"),
        others: Others::default(),
    }
}

/// The same place as somebody on another server has it.
async fn elsewhere(place: &Member, who: &Person) -> Member {
    let mention = format!("{}@{}", place.mention, place.who.server.authority());
    Member {
        who: who.clone(),
        community: who.resolve(&mention).await,
        mention,
        others: Others::default(),
    }
}

/// A community on the first server, with a moderator on each, and a private one of the same owner.
async fn stage(servers: &[Server; 3]) -> Stage {
    let [home, near, far] = servers;
    let (ann, ben, cleo) = (
        home.person("ann").await,
        near.person("ben").await,
        far.person("cleo").await,
    );
    let (eve, finn, gus) = (
        far.person("eve").await,
        near.person("finn").await,
        near.person("gus").await,
    );
    let garden = community(&ann, "garden", "public").await;
    let mut members = vec![garden.clone()];
    for who in [ben.clone(), cleo] {
        let member = elsewhere(&garden, &who).await;
        who.follows(&member.community).await;
        let body = json!({"account_id": ann.resolve(&who.handle()).await});
        let path = garden.path("/moderators");
        ann.client.post_json(&path, &body).await.ok();
        holds("who looks after it is known", async || {
            who.client.get(&member.path("")).await.ok()["role"] == "moderator"
        })
        .await;
        members.push(member);
    }
    for member in &mut members {
        member.others.eve = member.who.resolve(&eve.handle()).await;
    }
    members[0].others.finn = Some(ann.resolve(&finn.handle()).await);
    let shed = community(&ann, "shed", "private").await;
    let shed = [shed.clone(), elsewhere(&shed, &ben).await];
    is_seen_first(&shed).await;
    near.settles().await;
    Stage {
        members: members.try_into().ok().unwrap(),
        gus: elsewhere(&garden, &gus).await,
        shed,
    }
}

/// Somebody asks to join, and thinks better of it: what is read of a community at first sight has been read then, and is tried again after
/// a minute if its server is not there.
async fn is_seen_first(shed: &[Member; 2]) {
    let [ann, ben] = shed;
    for (count, wish) in [(1, true), (0, false)] {
        if wish {
            ben.who.follow(&ben.community).await;
        } else {
            ben.who.unfollow(&ben.community).await;
        }
        holds(&format!("{count} ask to join"), async || {
            ann.get(&ann.path("/requests")).await.list().len() == count
        })
        .await;
    }
}

impl Stage {
    async fn views(&self) -> Vec<View> {
        let mut views = Vec::new();
        for member in &self.members {
            views.push(member.view().await);
        }
        views
    }

    /// Where two servers differ, if they do.
    async fn difference(&self, views: &[View]) -> Option<String> {
        let (ours, theirs) = (&views[0], &views[1..]);
        for (at, their) in theirs.iter().enumerate() {
            let people = |view: &View| (view.banned.clone(), view.moderators.clone());
            if people(ours) != people(their) {
                let (one, two) = (people(ours), people(their));
                return Some(format!(
                    "server {} has {two:?}, and the first {one:?}",
                    at + 2
                ));
            }
        }
        let posts: Vec<_> = views.iter().map(|view| &view.posts).collect();
        if let Some(differs) = difference(&posts) {
            return Some(differs);
        }
        let [ann, ben] = &self.shed;
        let inside = [ann.states().await, ben.states().await];
        if let Some(differs) = difference(&[&inside[0], &inside[1]]) {
            return Some(format!("in the private one {differs}"));
        }
        let gus = self.gus.who.relationship(&self.gus.community).await;
        let members = self.members[0].path("/members?limit=80");
        let members = self.members[0].get(&members).await.list();
        let listed = members
            .iter()
            .any(|member| text(member, "uri") == self.gus.who.actor());
        let asks = gus["requested"] == true;
        (asks || listed != (gus["following"] == true))
            .then(|| format!("gus is a member: {listed}, and at home: {gus}"))
    }

    /// What is said in the private community is on two servers, for its members.
    async fn stays_inside(&self, servers: &[Server; 3]) {
        let [ann, ben] = &self.shed;
        let inside = ann.all().await;
        assert_eq!(inside.len(), 2 * WHISPERS);
        let query = format!("SELECT count(*) AS value FROM posts WHERE content LIKE '%{WHISPER}%'");
        assert_eq!(servers[2].database().number(&query), 0);
        let uris: Vec<String> = inside.iter().map(|post| text(post, "uri")).collect();
        let (first, last) = (uris.first().unwrap(), uris.last().unwrap());
        for uri in [first, last] {
            assert!(ben.who.find_post(uri).await.is_some(), "{uri}");
            // On a server without a member, and beside one.
            assert_eq!(self.members[2].who.find_post(uri).await, None, "{uri}");
            assert_eq!(self.gus.who.find_post(uri).await, None, "{uri}");
        }
        for post in ben.all().await {
            let path = format!("/api/v1/statuses/{}", id(&post));
            self.gus.who.client.get(&path).await.expect(404);
        }
    }
}

fn difference(states: &[&BTreeMap<String, State>]) -> Option<String> {
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
    let stage = stage(&servers).await;
    let stop = Arc::new(AtomicBool::new(false));
    let deeds: Vec<JoinHandle<usize>> = stage
        .members
        .iter()
        .zip(1..)
        .map(|(member, number)| member.acts(number, dice.seed, &stop))
        .collect();
    until("something is posted everywhere", async || {
        for member in &stage.members {
            if member.all().await.is_empty() {
                return None;
            }
        }
        Some(())
    })
    .await;
    let beside = [comes_and_goes(&stage.gus, &stop), whispers(&stage.shed)];
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
    for one in beside {
        let ended = tokio::time::timeout(ARRIVAL, one).await;
        ended.expect("what is done beside ends").unwrap();
    }
    eprintln!("{done} deeds between {killed:?} kills");
    assert!(done > 50 && killed.iter().all(|count| *count > 0));
    let mut last = None;
    let agreed = wait::within(ARRIVAL, "all three agree", async || {
        let mut views = stage.views().await;
        let differs = stage.difference(&views).await;
        if differs.is_some() && differs != last {
            eprintln!("not yet: {differs:?}");
            last.clone_from(&differs);
        }
        differs.is_none().then(|| views.remove(0))
    })
    .await;
    assert!(agreed.posts.values().any(|state| state.favourites > 0));
    assert!(agreed.posts.values().any(|state| state.removed.is_some()));
    assert!(agreed.posts.values().any(|state| state.replies > 0));
    assert!(agreed.posts.values().any(|state| state.locked));
    let edited = |state: &State| state.words.ends_with(EDITED);
    assert!(agreed.posts.values().any(edited));
    for server in &servers {
        server.settles().await;
        server.check();
    }
    // Nothing came later that should not have.
    for view in stage.views().await {
        assert_eq!(view, agreed);
    }
    stage.stays_inside(&servers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_community_survives_kills_with_its_home_on_sqlite() {
    all_agree([Backend::Sqlite, Backend::Postgres, Backend::Sqlite]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_community_survives_kills_with_its_home_on_postgres() {
    all_agree([Backend::Postgres, Backend::Sqlite, Backend::Postgres]).await;
}
