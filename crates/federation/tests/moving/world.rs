//! Our side of a test: a server with a database of its own, and everything that runs beside it.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{HttpServer, web};
use kontor_actions::{
    App, Settings as Rules,
    accounts::{self, Account, NewLocal},
    follows::{self, Follow, Options, Wish},
    posts::{self, Draft, Text},
};
use kontor_domain::{
    audience::{Audience, Viewer},
    follow::FollowState,
    ids::{AccountId, FollowId, PostId},
    site::Site,
};
use kontor_federation::{Federation, delivery, settings::Settings};
use kontor_jobs::{Backoff, Runner, Stop};
use kontor_net::Client;
use kontor_store::{
    Clock, Store,
    accounts::Counter,
    testing::{Backend, Fresh},
};
use serde_json::Value;

use crate::peer::{Letter, Peers, Person};

pub const HERE: &str = "here.test";

/// Names that lead to the peers of the test.
const PEERS: [&str; 17] = [
    "peer.test",
    "other.test",
    "third.test",
    "slow.test",
    "handles.test",
    "evil.test",
    "elephant.test",
    "sloth.test",
    "burrow.test",
    "planet.test",
    "fox.test",
    "www.peer.test",
    "tube.test",
    "events.test",
    "press.test",
    "board.test",
    "pie.test",
];

pub struct World {
    pub app: App,
    pub federation: Federation,
    pub peers: Peers,
    pub net: Client,
    pub here: SocketAddr,
    stop: Stop,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    pub fresh: Option<Fresh>,
}

/// Settings for tests: what takes minutes elsewhere takes a moment.
pub fn settings() -> Settings {
    let moment = Backoff {
        first: Duration::from_millis(40),
        most: Duration::from_millis(400),
    };
    Settings {
        body_timeout: Duration::from_secs(2),
        delivery: delivery::Settings {
            timeout: Duration::from_millis(700),
            backoff: moment,
            pause: moment,
            ..delivery::Settings::default()
        },
        ..Settings::default()
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(settings()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let fresh = Fresh::new(Backend::Sqlite);
        let mut world = Self::on(fresh.store(), settings).await;
        world.fresh = Some(fresh);
        world
    }

    /// With other rules for people here.
    pub async fn with_limits(change: impl FnOnce(&mut kontor_actions::Limits)) -> Self {
        let fresh = Fresh::new(Backend::Sqlite);
        let mut limits = kontor_actions::Limits::default();
        change(&mut limits);
        let mut world = Self::ruled(fresh.store(), settings(), limits).await;
        world.fresh = Some(fresh);
        world
    }

    /// Everything runs but the sending of deliveries and the work of queues: see [`World::run`].
    pub async fn on(store: Store, settings: Settings) -> Self {
        Self::ruled(store, settings, kontor_actions::Limits::default()).await
    }

    pub async fn ruled(store: Store, settings: Settings, limits: kontor_actions::Limits) -> Self {
        let peers = Peers::start();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        let mut hosts: BTreeMap<String, SocketAddr> = PEERS
            .iter()
            .map(|host| (format!("{host}:80"), peers.address.unwrap()))
            .collect();
        hosts.insert(format!("{HERE}:80"), here);
        // Nobody listens there.
        hosts.insert("dead.test:80".to_owned(), "127.0.0.1:9".parse().unwrap());
        let net = kontor_net::Settings {
            allow_http: true,
            hosts,
            ..kontor_net::Settings::default()
        };
        let net = Client::new(net).unwrap();
        let federation = Federation::new(net.clone(), settings);
        let rules = Rules {
            title: "Here".to_owned(),
            description: String::new(),
            contact_email: String::new(),
            rules: Vec::new(),
            languages: vec!["en".to_owned()],
            registrations: kontor_domain::user::Registrations::Open,
            mail: None,
            about: kontor_actions::About::default(),
            limits,
        };
        let site = Site::new("http", HERE).unwrap();
        let app = App::new(
            store,
            Clock::default(),
            site,
            rules,
            Arc::new(federation.clone()),
        );
        accounts::ensure_instance_actor(&app).await.unwrap();
        let (house, spoken) = (
            web::Data::new(app.clone()),
            web::Data::new(federation.clone()),
        );
        let listening = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(house.clone())
                .app_data(spoken.clone())
                .configure(kontor_federation::configure)
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .listen(listener)
        .unwrap();
        tokio::spawn(listening.run());
        Self {
            app,
            federation,
            peers,
            net,
            here,
            stop: Stop::default(),
            tasks: Vec::new(),
            fresh: None,
        }
    }

    /// Asks this server for a document of its own.
    pub async fn get(&self, url: &str) -> (u16, Value) {
        let url = url.parse().unwrap();
        let mut headers = kontor_net::HeaderMap::new();
        headers.insert("accept", "application/activity+json".parse().unwrap());
        let request = kontor_net::Request {
            headers,
            ..kontor_net::Request::get(url)
        };
        let answer = self.net.send(request).await.unwrap();
        (
            answer.status,
            serde_json::from_slice(&answer.body).unwrap_or_default(),
        )
    }

    /// Queues and deliveries run from here on.
    pub fn run(&mut self) {
        self.run_queues();
        self.run_engine();
    }

    pub fn run_queues(&mut self) {
        for queue in self.federation.queues(&self.app) {
            let runner = Runner::new(self.app.store.clone(), self.app.clock.clone(), queue);
            self.tasks.push(tokio::spawn(runner.run(self.stop.clone())));
        }
    }

    pub fn run_engine(&mut self) {
        let engine = delivery::Engine::new(&self.federation, &self.app);
        self.tasks.push(tokio::spawn(engine.run(self.stop.clone())));
    }

    /// Ends what [`World::run`] began, as a shutdown does.
    pub async fn stop(&mut self) {
        self.stop.stop();
        for task in self.tasks.drain(..) {
            task.await.unwrap();
        }
        self.stop = Stop::default();
    }

    pub async fn person(&self, name: &str) -> Account {
        accounts::create_local(&self.app, NewLocal::person(name))
            .await
            .unwrap()
    }

    /// A peer's person who is known here.
    pub async fn known(&self, person: &Person) -> Account {
        person.lives(&self.peers);
        let url = person.uri.parse().unwrap();
        let found = self.app.remote.resolve_url(&self.app, &url).await.unwrap();
        let Some(kontor_actions::Found::Account(id)) = found else {
            panic!("{found:?}")
        };
        accounts::get(&self.app, id).await.unwrap()
    }

    /// Makes a follow that stands, without a word to anybody.
    pub async fn follows(&self, follower: &Account, target: &Account) {
        if follower.is_local() {
            self.asks(follower, target).await;
        } else {
            // The answer would be written with it.
            self.followed(follower, target).await;
        }
        let soon = self.app.now() + chrono::Duration::days(1);
        let forget = move |tx: &mut kontor_store::Tx<'_>| {
            // Of each lane the first is shown.
            loop {
                let queue = kontor_actions::effects::QUEUE;
                let jobs = kontor_store::jobs::peek(tx, queue, soon, &[], 100)?;
                if jobs.is_empty() {
                    return Ok::<_, kontor_store::Error>(());
                }
                for job in jobs {
                    kontor_store::jobs::finish(tx, job.id)?;
                }
            }
        };
        self.app.store.write(forget).await.unwrap();
    }

    async fn asks(&self, follower: &Account, target: &Account) {
        let options = Options {
            show_reblogs: None,
            notify: None,
            languages: None,
        };
        let uri = Some(format!("{}/follows/{}", follower.uri, target.id));
        let wish = Wish {
            follower: follower.id,
            target: target.id,
            uri,
            options,
        };
        if follows::follow(&self.app, wish).await.unwrap() == FollowState::Pending {
            follows::accept(&self.app, target.id, follower.id)
                .await
                .unwrap();
        }
    }

    async fn followed(&self, follower: &Account, target: &Account) {
        let follow = Follow {
            id: FollowId(self.app.id()),
            uri: format!("{}/follows/{}", follower.uri, target.id),
            follower_id: follower.id,
            target_id: target.id,
            state: FollowState::Accepted,
            show_reblogs: true,
            notify: false,
            languages: "[]".to_owned(),
            created_at: self.app.now(),
        };
        let stands = move |tx: &mut kontor_store::Tx<'_>| {
            if kontor_store::follows::insert_if_new(tx, &follow)? {
                kontor_store::accounts::count(tx, follow.target_id, Counter::Followers, 1)?;
                kontor_store::accounts::count(tx, follow.follower_id, Counter::Following, 1)?;
            }
            Ok::<_, kontor_store::Error>(())
        };
        self.app.store.write(stands).await.unwrap();
    }

    pub async fn post(&self, by: AccountId, text: &str, audience: Audience) -> PostId {
        let text = Text {
            text: text.to_owned(),
            ..Text::default()
        };
        let draft = Draft {
            text,
            audience,
            in_reply_to: None,
            idempotency_key: None,
            application: None,
            extras: kontor_actions::posts::Extras::default(),
        };
        posts::publish(&self.app, by, draft).await.unwrap()
    }

    /// Sends an activity to the shared inbox, signed as it should be.
    pub async fn receives(&self, from: &Person, activity: &Value) -> (u16, String) {
        self.letter(from, activity).send(&self.net).await
    }

    pub fn letter(&self, from: &Person, activity: &Value) -> Letter {
        Letter::new(
            from,
            &format!("http://{HERE}/inbox"),
            activity,
            self.app.now().and_utc(),
        )
    }

    pub fn letter_with(
        &self,
        from: &Person,
        activity: &Value,
        more: &[(&'static str, String)],
    ) -> Letter {
        Letter::with(
            from,
            &format!("http://{HERE}/inbox"),
            activity.to_string().into_bytes(),
            more,
            self.app.now().and_utc(),
        )
    }

    pub async fn post_at(&self, uri: &str) -> Option<posts::PostView> {
        let author: Option<AccountId> = {
            let uri = uri.to_owned();
            let stub = self
                .app
                .store
                .read(move |db| kontor_store::posts::stub_by_uri(db, &uri))
                .await
                .unwrap();
            stub.map(|stub| stub.account_id)
        };
        posts::by_uri(&self.app, Viewer::Account(author?), uri.to_owned())
            .await
            .unwrap()
    }

    pub async fn account_at(&self, uri: &str) -> Option<Account> {
        accounts::by_uri(&self.app, uri.to_owned()).await.unwrap()
    }

    /// How an activity that came in has ended.
    pub async fn outcome(&self, activity: &Value) -> String {
        let uri = activity["id"].as_str().unwrap().to_owned();
        self.eventually("the activity is acted on", || {
            let uri = uri.clone();
            async move {
                let row = self
                    .app
                    .store
                    .read(move |db| kontor_store::inbox::by_uri(db, &uri))
                    .await
                    .unwrap();
                row.and_then(|row| row.outcome)
            }
        })
        .await
    }

    /// Was the activity taken in?
    pub async fn has_received(&self, activity: &Value) -> bool {
        let uri = activity["id"].as_str().unwrap().to_owned();
        self.app
            .store
            .read(move |db| kontor_store::inbox::known(db, &uri))
            .await
            .unwrap()
    }

    /// Looks again and again until there is something, but not for ever.
    pub async fn eventually<T, F, Look>(&self, what: &str, look: F) -> T
    where
        F: Fn() -> Look,
        Look: Future<Output = Option<T>>,
    {
        for _ in 0..1000 {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!(
            "{what}: not within ten seconds; arrived: {:#?}",
            self.peers.arrived()
        );
    }

    /// Looks an address up at its server, as somebody does who pastes it.
    pub async fn reads(&self, uri: &str) {
        let url = uri.parse().unwrap();
        let found = self.app.remote.resolve_url(&self.app, &url).await.unwrap();
        assert!(found.is_some(), "{uri}");
    }

    /// Waits until so many activities have arrived at a host, and returns them.
    pub async fn arrivals(&self, host: &str, count: usize) -> Vec<crate::peer::Arrived> {
        self.eventually("activities arrive", || async {
            let arrived = self.peers.arrived_at(host);
            (arrived.len() >= count).then_some(arrived)
        })
        .await
    }

    /// Waits until nothing is left to be sent.
    pub async fn sent(&self) {
        self.eventually("everything is sent", || async {
            // In this order: an event that ends leaves its deliveries, or what a community passes on.
            let events = self
                .app
                .store
                .read(|db| kontor_store::jobs::depth(db, "events"))
                .await
                .unwrap();
            let relays = self
                .app
                .store
                .read(|db| kontor_store::jobs::depth(db, "relays"))
                .await
                .unwrap();
            let counts = self
                .app
                .store
                .read(kontor_store::deliveries::counts)
                .await
                .unwrap();
            (counts.waiting == 0 && events.0 == 0 && relays.0 == 0).then_some(())
        })
        .await;
    }
}

/// Every counter is right.
pub async fn sound(world: &World) {
    let report = world.app.store.read(kontor_store::check::check).await;
    let report = report.unwrap();
    assert!(report.is_sound(), "{report:?}");
}
