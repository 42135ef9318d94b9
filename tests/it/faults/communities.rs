//! kill -9 at random moments while people on three servers post, answer, edit, vote, delete, moderate, join and leave in one community,
//! report, show it something, vote it down and hand it over, and while others talk in a private one beside it: in the end all three have
//! the same, and nobody has what is not theirs. Of posts and votes the first server passes on less than there is in a minute, so that some
//! wait while it is killed; and in a third community the owner changes again and again who may post.

mod beside;
mod elsewhere;
mod members;
mod rules;
mod views;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kontor_tests::{
    Address, Backend, Peer, Person, Server, Setup,
    answer::{id, text},
    dice::Dice,
    holds, until, wait,
};
use serde_json::json;
use tokio::task::JoinHandle;

use self::{
    beside::{WHISPER, WHISPERS, comes_and_goes, pins, presides, whispers},
    elsewhere::Wren,
    members::{EDITED, Member, Others, STEADY},
    rules::Yard,
    views::{State, Told, View, difference, differing, sorted},
};

/// Of one arrangement; there are two.
const KILLS: u32 = 20;

/// How long the last of it may take.
const ARRIVAL: Duration = Duration::from_secs(240);

/// What a community passes on in a minute, as that is called in the configuration, while servers are killed; and after that nothing waits.
const BOUNDS: [(&str, &str); 4] = [
    ("communities.votes_a_minute", "20"),
    ("communities.votes_a_minute_by_one", "6"),
    ("communities.posts_a_minute", "40"),
    ("communities.posts_a_minute_by_one", "10"),
];
const UNBOUND: &str = "100000";

/// What waits in the queue of a community for another minute.
const WAITING: &str = "queue = 'relays' AND failed_at IS NULL AND run_at > created_at";

/// Three that reach one another, and a server of another kind.
async fn three(backends: [Backend; 3], elsewhere: &Address) -> [Server; 3] {
    let names = ["home.test", "near.test", "far.test"];
    let setups: Vec<Setup> = names
        .iter()
        .zip(backends)
        .map(|(name, backend)| {
            let setup = Setup::new(name, backend);
            BOUNDS
                .into_iter()
                .fold(setup, |setup, (key, most)| setup.with(key, most))
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
            .chain([elsewhere])
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
    /// Administers the first server.
    chief: Member,
    /// A member on the third server, as the first one has them: owns it for a while, now and then.
    hal: String,
    yard: Yard,
    /// Threads that nobody else touches, by their addresses.
    steady: [String; 3],
    wren: Arc<Wren>,
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
async fn elsewhere_of(place: &Member, who: &Person) -> Member {
    let mention = format!("{}@{}", place.mention, place.who.server.authority());
    Member {
        who: who.clone(),
        community: who.resolve(&mention).await,
        mention,
        others: Others::default(),
    }
}

/// A community on the first server, with a moderator on each, and a private one of the same owner.
async fn stage(servers: &[Server; 3], elsewhere: &Address) -> Stage {
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
        let member = elsewhere_of(&garden, &who).await;
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
    let shed = [shed.clone(), elsewhere_of(&shed, &ben).await];
    is_seen_first(&shed).await;
    let chief = Member {
        who: home.administrator("chief").await,
        ..garden.clone()
    };
    let hal = far.person("hal").await;
    let there = elsewhere_of(&garden, &hal).await;
    hal.follows(&there.community).await;
    let gus = elsewhere_of(&garden, &gus).await;
    let stage = Stage {
        steady: steady(&gus, &members).await,
        members: members.try_into().ok().unwrap(),
        gus,
        shed,
        chief,
        hal: ann.resolve(&hal.handle()).await,
        yard: Yard::new(&ann, &ben, &far.person("ida").await).await,
        wren: wren(&garden, elsewhere, servers).await,
    };
    near.settles().await;
    stage
}

/// Threads of somebody who looks after nothing, which everybody has.
async fn steady(gus: &Member, members: &[Member]) -> [String; 3] {
    let mut threads = Vec::new();
    for number in 0..3 {
        let words = format!("{} thread {number} {STEADY}", gus.mention);
        let thread = text(&gus.who.post(&words, "public").await, "uri");
        for member in members {
            member.has(&thread).await;
        }
        threads.push(thread);
    }
    threads.try_into().ok().unwrap()
}

async fn wren(garden: &Member, elsewhere: &Address, servers: &[Server; 3]) -> Arc<Wren> {
    let addresses: Vec<&Address> = servers.iter().map(Server::address).collect();
    let peer = Peer::start(elsewhere, &["wren"], &addresses).await;
    let inbox = garden.who.server.url("/inbox");
    let group = garden.get(&garden.path("")).await.ok();
    Arc::new(Wren::new(peer, inbox, text(&group, "uri")))
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

    /// Where two servers differ, if they do, or one of them from what must be.
    async fn difference(&self, views: &[View], wanted: &Told) -> Option<String> {
        if let Some(differs) = differing(views, wanted) {
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

/// Everything that is done while servers are killed.
struct Doing {
    stop: Arc<AtomicBool>,
    deeds: Vec<JoinHandle<usize>>,
    beside: Vec<JoinHandle<()>>,
    presides: JoinHandle<String>,
    rules: JoinHandle<Vec<String>>,
    elsewhere: JoinHandle<elsewhere::Said>,
}

impl Doing {
    async fn begin(stage: &Stage, dice: &Dice) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let deeds = stage.members.iter().zip(1..);
        let deeds = deeds.map(|(member, number)| member.acts(number, dice.seed, &stop));
        let deeds: Vec<JoinHandle<usize>> = deeds.collect();
        until("something is posted everywhere", async || {
            for member in &stage.members {
                if member.all().await.len() <= stage.steady.len() {
                    return None;
                }
            }
            Some(())
        })
        .await;
        let mut beside = vec![comes_and_goes(&stage.gus, &stop), whispers(&stage.shed)];
        // In the end the first two are pinned.
        let threads = stage.members.iter().zip(&stage.steady);
        for ((member, thread), stays) in threads.zip([true, true, false]) {
            let thread = member.has(thread).await;
            beside.push(pins(member, &thread, stays, &stop));
        }
        let ann = &stage.members[0];
        Self {
            presides: presides((ann, &stage.chief), &stage.hal, &stop),
            rules: stage.yard.changes(&stop),
            elsewhere: stage.wren.acts(stage.steady.clone(), &stop),
            stop,
            deeds,
            beside,
        }
    }

    /// Returns what all three must say in the end, and what was written in the yard.
    async fn end(self, steady: &[String; 3]) -> (Told, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        let mut done = 0;
        for deed in self.deeds {
            done += deed.await.unwrap();
        }
        assert!(done > 50, "{done} deeds");
        for one in self.beside {
            ends(one).await;
        }
        let said = ends(self.elsewhere).await;
        let told = Told {
            title: ends(self.presides).await,
            pinned: sorted(steady[..2].iter().cloned()),
            shown: sorted(said.shown.into_iter()),
            reports: sorted(said.reports.into_iter()),
        };
        eprintln!("{done} deeds, and {told:?}");
        (told, ends(self.rules).await)
    }
}

async fn ends<T>(one: JoinHandle<T>) -> T {
    let ended = tokio::time::timeout(ARRIVAL, one).await;
    ended.expect("what is done beside ends").unwrap()
}

/// Each in turn: none is spared by chance.
async fn kill(servers: &mut [Server; 3], dice: &mut Dice) {
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
    eprintln!("{killed:?} kills");
    assert!(killed.iter().all(|count| *count > 0));
}

/// The minutes are over in which what is left would have gone out. The server is killed once more: it counts anew from its start.
async fn nothing_waits(home: &mut Server) {
    home.kill();
    let database = home.database();
    let waiting = database.number(&format!(
        "SELECT count(*) AS value FROM jobs WHERE {WAITING}"
    ));
    eprintln!("{waiting} posts and votes waited");
    database.execute(&format!(
        "UPDATE jobs SET run_at = created_at WHERE {WAITING}"
    ));
    home.configure(|setup| {
        for (key, most) in &mut setup.settings {
            if BOUNDS.iter().any(|(bound, _)| *bound == *key) {
                UNBOUND.clone_into(most);
            }
        }
    });
    home.start().await;
}

/// Votes down are shown to nobody: the first thread has one on each server, and the others have none.
async fn are_voted_down(servers: &[Server; 3], steady: &[String; 3]) {
    for (server, (thread, count)) in servers
        .iter()
        .flat_map(|server| steady.iter().zip([1, 0, 0]).map(move |it| (server, it)))
    {
        let query = format!(
            "SELECT count(*) AS value FROM dislikes WHERE post_id IN (SELECT id FROM posts WHERE uri = '{thread}')"
        );
        let what = format!("{} keeps {count} votes down", server.address().host());
        wait::within(ARRIVAL, &what, async || {
            (server.database().number(&query) == count).then_some(())
        })
        .await;
    }
}

async fn all_agree(backends: [Backend; 3]) {
    let mut dice = Dice::fresh();
    eprintln!("the dice of this run: {}", dice.seed);
    let elsewhere = Address::new("peer.test");
    let mut servers = three(backends, &elsewhere).await;
    let stage = stage(&servers, &elsewhere).await;
    let doing = Doing::begin(&stage, &dice).await;
    kill(&mut servers, &mut dice).await;
    let (wanted, written) = doing.end(&stage.steady).await;
    nothing_waits(&mut servers[0]).await;
    let mut last = None;
    let agreed = wait::within(ARRIVAL, "all three agree", async || {
        let mut views = stage.views().await;
        let differs = stage.difference(&views, &wanted).await;
        if differs.is_some() && differs != last {
            eprintln!("not yet: {differs:?}");
            last.clone_from(&differs);
        }
        differs.is_none().then(|| views.remove(0))
    })
    .await;
    are_voted_down(&servers, &stage.steady).await;
    stage.yard.agrees(&written).await;
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
    are_voted_down(&servers, &stage.steady).await;
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
