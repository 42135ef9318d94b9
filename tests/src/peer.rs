//! A scripted ActivityPub peer: serves its actors and documents, signs what it sends, keeps what it gets, fails when told to.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    ACTIVITY, Address, Answer, Letter, PUBLIC, clock,
    http::{self, Reply, Request},
    signing::Key,
    until,
};

/// How the inboxes of a peer are today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    Accept,
    Fail(u16),
    Hang,
    Reset,
}

pub struct Peer {
    pub address: Address,
    /// Reaches the peer's correspondents.
    pub http: reqwest::Client,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
    counter: AtomicU64,
}

struct Shared {
    actors: Mutex<HashMap<String, Actor>>,
    /// By path.
    documents: Mutex<HashMap<String, (u16, Value)>>,
    behaviour: Mutex<Behaviour>,
    /// What was posted here, refused or not.
    received: Mutex<Vec<Request>>,
    /// What was asked for here.
    fetched: Mutex<Vec<Request>>,
}

#[derive(Clone)]
pub struct Actor {
    pub name: String,
    pub id: String,
    pub key: Key,
    document: Value,
}

impl Actor {
    fn new(address: &Address, name: &str) -> Self {
        let id = address.url(&format!("/users/{name}"));
        let key = Key::generate(&format!("{id}#main-key"));
        let mut actor = Self {
            name: name.to_owned(),
            id,
            key,
            document: Value::Null,
        };
        actor.document = actor.describe(address);
        actor
    }

    fn describe(&self, address: &Address) -> Value {
        let id = &self.id;
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": id,
            "type": "Person",
            "preferredUsername": self.name,
            "name": format!("{} of {}", self.name, address.host()),
            "summary": "<p>Somebody elsewhere</p>",
            "url": address.url(&format!("/@{}", self.name)),
            "inbox": format!("{id}/inbox"),
            "outbox": format!("{id}/outbox"),
            "followers": format!("{id}/followers"),
            "following": format!("{id}/following"),
            "endpoints": { "sharedInbox": address.url("/inbox") },
            "publicKey": { "id": self.key.id, "owner": id, "publicKeyPem": self.key.public_pem() },
        })
    }

    pub fn followers(&self) -> String {
        format!("{}/followers", self.id)
    }
}

impl Peer {
    /// `correspondents` are the servers that it writes to.
    pub async fn start(address: &Address, names: &[&str], correspondents: &[&Address]) -> Self {
        let listener = TcpListener::bind(address.socket())
            .await
            .expect("the peer's port is free");
        let actors = names
            .iter()
            .map(|name| ((*name).to_owned(), Actor::new(address, name)))
            .collect();
        let shared = Arc::new(Shared {
            actors: Mutex::new(actors),
            documents: Mutex::default(),
            behaviour: Mutex::new(Behaviour::Accept),
            received: Mutex::default(),
            fetched: Mutex::default(),
        });
        let answering = shared.clone();
        let authority = address.authority();
        let serving = http::serve(listener, move |request| {
            answering.answer(request, &authority)
        });
        Self {
            address: address.clone(),
            http: crate::client::plain(correspondents),
            shared,
            serving,
            counter: AtomicU64::new(1),
        }
    }

    /// # Panics
    /// When it has no such actor.
    pub fn actor(&self, name: &str) -> Actor {
        self.shared
            .actors
            .lock()
            .unwrap()
            .get(name)
            .unwrap_or_else(|| panic!("no actor {name}"))
            .clone()
    }

    /// Gives an actor a new key; the document says so from now on.
    pub fn rotate_key(&self, name: &str) -> Actor {
        let mut actors = self.shared.actors.lock().unwrap();
        let actor = actors.get_mut(name).expect("an actor of this peer");
        actor.key = Key::generate(&actor.key.id);
        actor.document = actor.describe(&self.address);
        actor.clone()
    }

    /// The actor is something else than a person: its document says so from now on.
    pub fn becomes(&self, name: &str, kind: &str) -> Actor {
        let mut actors = self.shared.actors.lock().unwrap();
        let actor = actors.get_mut(name).expect("an actor of this peer");
        actor.document["type"] = json!(kind);
        actor.clone()
    }

    /// The actor's document says this too from now on.
    pub fn says(&self, name: &str, more: &Value) -> Actor {
        let mut actors = self.shared.actors.lock().unwrap();
        let actor = actors.get_mut(name).expect("an actor of this peer");
        for (field, value) in more.as_object().into_iter().flatten() {
            actor.document[field.as_str()] = value.clone();
        }
        actor.clone()
    }

    /// The actor is gone: 410 from now on.
    pub fn remove_actor(&self, name: &str) {
        let gone = self
            .shared
            .actors
            .lock()
            .unwrap()
            .remove(name)
            .expect("an actor of this peer");
        let path = gone.id.trim_start_matches(&self.address.url("")).to_owned();
        self.shared
            .documents
            .lock()
            .unwrap()
            .insert(path, (410, json!({})));
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.shared.behaviour.lock().unwrap() = behaviour;
    }

    /// Publishes a document under its own id.
    pub fn publish(&self, document: &Value) {
        let id = document["id"].as_str().expect("an id");
        self.shows(id, 200, document.clone());
    }

    /// Answers for this address with an error.
    pub fn fails(&self, url: &str, status: u16) {
        self.shows(url, status, json!({}));
    }

    fn shows(&self, url: &str, status: u16, document: Value) {
        let path = url
            .strip_prefix(&self.address.url(""))
            .expect("an address of this peer")
            .to_owned();
        let mut documents = self.shared.documents.lock().unwrap();
        documents.insert(path, (status, document));
    }

    /// What came to the inboxes, in its order.
    pub fn received(&self) -> Vec<Request> {
        self.shared.received.lock().unwrap().clone()
    }

    /// The activities among it, in the order that they came in.
    pub fn activities(&self) -> Vec<Value> {
        self.received()
            .iter()
            .filter_map(|request| serde_json::from_slice(&request.body).ok())
            .collect()
    }

    /// What was asked for here.
    pub fn fetched(&self) -> Vec<Request> {
        self.shared.fetched.lock().unwrap().clone()
    }

    /// Waits for an activity.
    pub async fn gets(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        until(&format!("{} gets {what}", self.address.host()), || {
            let found = self
                .activities()
                .into_iter()
                .find(|activity| wanted(activity));
            async move { found }
        })
        .await
    }

    /// A new id of this peer.
    pub fn id(&self, kind: &str) -> String {
        self.address.url(&format!(
            "/{kind}/{}",
            self.counter.fetch_add(1, Ordering::Relaxed)
        ))
    }

    /// A note, not published anywhere.
    pub fn note(&self, by: &Actor, content: &str, to: &[&str], cc: &[&str]) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.id("notes"),
            "type": "Note",
            "attributedTo": by.id,
            "content": format!("<p>{content}</p>"),
            "published": clock::rfc3339(clock::now()),
            "to": to,
            "cc": cc,
        })
    }

    pub fn public_note(&self, by: &Actor, content: &str) -> Value {
        self.note(by, content, &[PUBLIC], &[&by.followers()])
    }

    /// An activity with the addressees of its object.
    pub fn activity(&self, by: &Actor, kind: &str, object: &Value) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.id("activities"),
            "type": kind,
            "actor": by.id,
            "to": object.get("to").cloned().unwrap_or_else(|| json!([])),
            "cc": object.get("cc").cloned().unwrap_or_else(|| json!([])),
            "object": object,
        })
    }

    /// Sends a signed activity to an inbox.
    pub async fn send(&self, by: &Actor, inbox: &str, activity: &Value) -> Answer {
        Letter::activity(inbox, activity)
            .signed(&by.key)
            .send(&self.http)
            .await
    }

    /// Follows a local account of that server and waits for the Accept.
    pub async fn follow(&self, by: &Actor, target: &str, inbox: &str) {
        let follow = self.activity(by, "Follow", &json!(target));
        self.send(by, inbox, &follow).await.expect(202);
        let id = follow["id"].clone();
        self.gets("an Accept of its Follow", |activity| {
            activity["type"] == "Accept"
                && (activity["object"] == id || activity["object"]["id"] == id)
        })
        .await;
    }

    /// Waits until somebody asks to follow this actor, and lets them in.
    pub async fn accept(&self, by: &Actor, follower: &str, inbox: &str) {
        let follow = self
            .gets("a Follow", |activity| {
                activity["type"] == "Follow"
                    && activity["object"] == by.id.as_str()
                    && activity["actor"] == follower
            })
            .await;
        self.send(by, inbox, &self.activity(by, "Accept", &follow))
            .await
            .expect(202);
    }

    /// A signed request for a document.
    pub async fn fetch(&self, by: &Actor, url: &str) -> Answer {
        Letter::get(url).signed(&by.key).send(&self.http).await
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn answer(&self, request: Request, authority: &str) -> Reply {
        if request.method == "POST" {
            let behaviour = *self.behaviour.lock().unwrap();
            self.received.lock().unwrap().push(request);
            return match behaviour {
                Behaviour::Accept => reply(202, ACTIVITY, &Value::Null),
                Behaviour::Fail(status) => {
                    reply(status, "application/json", &json!({ "error": "as told" }))
                }
                Behaviour::Hang => Reply::Hang,
                Behaviour::Reset => Reply::Reset,
            };
        }
        self.fetched.lock().unwrap().push(request.clone());
        let (status, content_type, body) = self.find(&request.path, authority);
        reply(status, content_type, &body)
    }

    fn find(&self, path: &str, authority: &str) -> (u16, &'static str, Value) {
        if let Some((status, document)) = self.documents.lock().unwrap().get(path) {
            return (*status, ACTIVITY, document.clone());
        }
        let actors = self.actors.lock().unwrap();
        if let Some(query) = path.strip_prefix("/.well-known/webfinger?") {
            let resource =
                url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "resource");
            let resource = resource
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default();
            let actor = actors.values().find(|actor| {
                resource == format!("acct:{}@{authority}", actor.name) || resource == actor.id
            });
            return match actor {
                Some(actor) => (200, "application/jrd+json", jrd(actor, authority)),
                None => (404, "application/json", json!({})),
            };
        }
        match path
            .strip_prefix("/users/")
            .and_then(|name| actors.get(name))
        {
            Some(actor) => (200, ACTIVITY, actor.document.clone()),
            None => (404, "application/json", json!({})),
        }
    }
}

fn jrd(actor: &Actor, authority: &str) -> Value {
    json!({
        "subject": format!("acct:{}@{authority}", actor.name),
        "links": [{ "rel": "self", "type": ACTIVITY, "href": actor.id }],
    })
}

fn reply(status: u16, content_type: &'static str, body: &Value) -> Reply {
    Reply::Answer {
        status,
        content_type,
        body: body.to_string().into_bytes(),
    }
}
