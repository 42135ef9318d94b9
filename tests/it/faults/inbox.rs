//! What must not be taken in: each gets its 4xx, changes nothing, and the process goes on.

use kontor_tests::{
    Actor, Address, Backend, Letter, PUBLIC, Peer, Person, Server, Setup, holds,
    signing::{Key, digest},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A server, a peer whose mallory is followed here, and a second peer.
pub struct Stage {
    pub server: Server,
    pub peer: Peer,
    pub other: Peer,
    pub alice: Person,
    pub mallory: Actor,
    pub trudy: Actor,
    pub oscar: Actor,
    pub inbox: String,
}

impl Stage {
    pub async fn new(backend: Backend) -> Self {
        Self::with(backend, &[]).await
    }

    /// The same with settings of one's own.
    pub async fn with(backend: Backend, settings: &[(&'static str, &str)]) -> Self {
        let (peer, other) = (Address::new("peer.test"), Address::new("other.test"));
        let setup = Setup::new("alpha.test", backend).knows(&[&peer, &other]);
        let server = settings
            .iter()
            .fold(setup, |setup, (key, value)| setup.with(key, *value))
            .start()
            .await;
        let peer = Peer::start(&peer, &["mallory", "trudy"], &[server.address()]).await;
        let other = Peer::start(&other, &["oscar"], &[server.address()]).await;
        let alice = server.person("alice").await;
        let inbox = server.address().url("/inbox");
        let (mallory, trudy, oscar) = (
            peer.actor("mallory"),
            peer.actor("trudy"),
            other.actor("oscar"),
        );
        for actor in [&mallory, &trudy, &oscar] {
            let id = alice.resolve(&actor.id).await;
            alice.follow(&id).await;
            let their = if actor.name == "oscar" { &other } else { &peer };
            their.accept(actor, &alice.actor(), &inbox).await;
            holds("the follow stands", || async {
                alice.relationship(&id).await["following"] == true
            })
            .await;
        }
        Self {
            server,
            peer,
            other,
            alice,
            mallory,
            trudy,
            oscar,
            inbox,
        }
    }

    /// What mallory may say: a post that alice gets.
    pub fn good(&self, content: &str) -> Value {
        let note = self.peer.public_note(&self.mallory, content);
        self.peer.activity(&self.mallory, "Create", &note)
    }

    pub fn letter(&self, activity: &Value) -> Letter {
        Letter::activity(&self.inbox, activity)
    }

    /// The census and what alice sees.
    pub async fn state(&self) -> (Vec<(&'static str, i64)>, Vec<Value>) {
        self.server.settles().await;
        (self.server.database().census(), self.alice.home().await)
    }
}

/// A name, the request, and the answers that are right.
type Case = (&'static str, Letter, &'static [u16]);

/// The signature is not good.
fn signatures(stage: &Stage) -> Vec<Case> {
    let key = &stage.mallory.key;
    let letter = || stage.letter(&stage.good("must not arrive"));
    let other_key = Key::generate(&key.id);
    let mut tampered = letter().signed(key);
    tampered.body = String::from_utf8(tampered.body)
        .unwrap()
        .replace("must not", "must now")
        .into_bytes();
    let redigested = tampered.clone().with("Digest", &digest(&tampered.body));
    let unsigned_digest = {
        let body = stage.good("must not arrive").to_string();
        let signed = Letter::raw(&stage.inbox, body)
            .without("Digest")
            .signed(key);
        let digest = digest(&signed.body);
        signed.with("Digest", &digest)
    };
    let elsewhere = Letter {
        url: stage.server.address().url("/actor/inbox"),
        ..letter()
    }
    .signed(key);
    vec![
        ("wrong signature", letter().signed(&other_key), &[401]),
        ("stale date", letter().dated(-2 * 3600).signed(key), &[401]),
        ("future date", letter().dated(2 * 3600).signed(key), &[401]),
        (
            "date changed after signing",
            letter().signed(key).dated(-60),
            &[401],
        ),
        ("tampered body", tampered, &[401]),
        ("tampered body and digest", redigested, &[401]),
        ("digest not signed", unsigned_digest, &[401]),
        (
            "missing digest",
            letter().without("Digest").signed(key),
            &[400, 401],
        ),
        (
            "missing date",
            letter().without("Date").signed(key),
            &[400, 401],
        ),
        ("missing signature", letter(), &[401]),
        (
            "signed for another inbox",
            Letter {
                url: stage.inbox.clone(),
                ..elsewhere
            },
            &[401],
        ),
        (
            "signature of nonsense",
            letter().with("Signature", "nonsense"),
            &[400, 401],
        ),
        (
            "signature that is no base64",
            letter().with("Signature", &broken(&key.id)),
            &[400, 401],
        ),
        (
            "key of nobody",
            letter().signed(&Key::generate(
                &stage.peer.address.url("/users/nobody#main-key"),
            )),
            &[401],
        ),
        (
            "key that is no address",
            letter().signed(&Key::generate("mallory")),
            &[400, 401],
        ),
        (
            "key of this server",
            letter().signed(&Key::generate(&format!("{}#main-key", stage.alice.actor()))),
            &[401, 403],
        ),
    ]
}

fn broken(key: &str) -> String {
    format!(
        "keyId=\"{key}\",algorithm=\"rsa-sha256\",headers=\"(request-target) host date digest\",signature=\"***\""
    )
}

/// The signature is good, and the activity is not the signer's to send.
fn forgeries(stage: &Stage) -> Vec<Case> {
    let (mallory, trudy, oscar) = (&stage.mallory, &stage.trudy, &stage.oscar);
    let signed = |activity: &Value, by: &Actor| stage.letter(activity).signed(&by.key);
    let with = |key: &str, value: Value| {
        let mut activity = stage.good("must not arrive");
        activity[key] = value;
        activity
    };
    let object = |note: &Value| stage.peer.activity(mallory, "Create", note);
    let foreign = stage.other.public_note(oscar, "must not arrive");
    let mut attributed = stage.peer.public_note(trudy, "must not arrive");
    let of_trudy = object(&attributed);
    attributed["attributedTo"] = json!(oscar.id);
    let of_oscar = object(&attributed);
    let mut update = of_trudy.clone();
    update["type"] = json!("Update");
    vec![
        (
            "actor of the same host, signed by another",
            signed(&stage.good("must not arrive"), trudy),
            &[401, 403],
        ),
        (
            "actor of another host",
            signed(&stage.good("must not arrive"), oscar),
            &[401, 403],
        ),
        (
            "actor of this server",
            signed(&with("actor", json!(stage.alice.actor())), mallory),
            &[401, 403],
        ),
        (
            "id on another host",
            signed(&with("id", json!(stage.other.id("activities"))), mallory),
            &[403],
        ),
        (
            "id on this server",
            signed(
                &with("id", json!(stage.server.address().url("/activities/1"))),
                mallory,
            ),
            &[403],
        ),
        (
            "object of another host",
            signed(&object(&foreign), mallory),
            &[403],
        ),
        (
            "object attributed to another of the host",
            signed(&of_trudy, mallory),
            &[403],
        ),
        (
            "object attributed to another host",
            signed(&of_oscar, mallory),
            &[403],
        ),
        (
            "update of another's object",
            signed(&update, mallory),
            &[403],
        ),
    ]
}

/// The signature is good, and the body is not an activity.
fn bodies(stage: &Stage) -> Vec<Case> {
    let key = &stage.mallory.key;
    let raw = |body: Vec<u8>| Letter::raw(&stage.inbox, body).signed(key);
    let good = stage.good("must not arrive").to_string();
    let deep = |open: &str, close: &str, levels: usize| {
        let value = open.repeat(levels) + "1" + &close.repeat(levels);
        good.replacen('{', &format!("{{\"deep\":{value},"), 1)
            .into_bytes()
    };
    let twice = |key: &str, value: &Value| {
        good.replacen('{', &format!("{{\"{key}\":{value},"), 1)
            .into_bytes()
    };
    let huge = good
        .replace("must not arrive", &"x".repeat(2 * 1024 * 1024))
        .into_bytes();
    let typed = |kind: &str| {
        Letter::raw(&stage.inbox, good.clone())
            .with("Content-Type", kind)
            .signed(key)
    };
    let nameless = |key: &str| {
        let mut activity = stage.good("must not arrive");
        activity.as_object_mut().unwrap().remove(key);
        stage.letter(&activity).signed(&stage.mallory.key)
    };
    vec![
        ("huge body", raw(huge), &[413]),
        ("arrays nested deeply", raw(deep("[", "]", 20_000)), &[400]),
        (
            "objects nested deeply",
            raw(deep("{\"a\":", "}", 20_000)),
            &[400],
        ),
        (
            "nested a little too deeply",
            raw(deep("[", "]", 64)),
            &[400],
        ),
        (
            "actor twice",
            raw(twice("actor", &json!(stage.trudy.id))),
            &[400],
        ),
        (
            "id twice",
            raw(twice("id", &json!(stage.peer.id("activities")))),
            &[400],
        ),
        ("type twice", raw(twice("type", &json!("Delete"))), &[400]),
        ("not JSON", raw(b"I am a teapot".to_vec()), &[400]),
        (
            "JSON with something after it",
            raw(format!("{good}{good}").into_bytes()),
            &[400],
        ),
        (
            "half of JSON",
            raw(good.as_bytes()[..good.len() / 2].to_vec()),
            &[400],
        ),
        (
            "not UTF-8",
            raw(good
                .replace("must", "m\u{fffd}st")
                .into_bytes()
                .into_iter()
                .filter(|b| *b != 0xBF)
                .collect()),
            &[400],
        ),
        ("empty body", raw(Vec::new()), &[400]),
        ("an array", raw(format!("[{good}]").into_bytes()), &[400]),
        ("a text", raw(b"\"Create\"".to_vec()), &[400]),
        ("null", raw(b"null".to_vec()), &[400]),
        ("no type", nameless("type"), &[400]),
        ("no id", nameless("id"), &[400]),
        ("no actor", nameless("actor"), &[400]),
        ("plain text by its type", typed("text/plain"), &[415]),
        ("JSON by its type", typed("application/json"), &[415]),
        (
            "a form by its type",
            typed("application/x-www-form-urlencoded"),
            &[415],
        ),
    ]
}

/// A chunked body without an end. Returns the status that it is stopped with, and how many bytes it took.
async fn endless(stage: &Stage) -> (u16, usize) {
    const CHUNK: usize = 64 * 1024;
    let address = stage.server.address();
    let mut stream = TcpStream::connect(address.socket()).await.unwrap();
    let head = format!(
        "POST /inbox HTTP/1.1\r\nHost: {}\r\nContent-Type: application/activity+json\r\nTransfer-Encoding: chunked\r\n\r\n",
        address.authority()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("{CHUNK:x}\r\n{}\r\n", "[".repeat(CHUNK));
    let mut answer = Vec::new();
    for sent in 0..1024 {
        let written = stream.write_all(chunk.as_bytes()).await;
        let read = stream.read_buf(&mut answer);
        let read = tokio::time::timeout(std::time::Duration::from_millis(5), read).await;
        if written.is_err() || read.is_ok() {
            let line = String::from_utf8_lossy(&answer).into_owned();
            let status = line
                .split(' ')
                .nth(1)
                .and_then(|status| status.parse().ok());
            return (
                status.unwrap_or_else(|| panic!("no answer: {line:?}")),
                sent * CHUNK,
            );
        }
    }
    panic!("64 MiB were read without an answer");
}

async fn nothing_bad_is_taken_in(backend: Backend) {
    let mut stage = Stage::new(backend).await;
    stage.alice.post("mine", "public").await;
    let pid = stage.server.pid();
    let before = stage.state().await;

    let mut wrong = Vec::new();
    let cases = [signatures(&stage), forgeries(&stage), bodies(&stage)].concat();
    for inbox in [
        stage.inbox.clone(),
        format!("{}/inbox", stage.alice.actor()),
    ] {
        for (name, letter, right) in &cases {
            // What is signed is signed for the shared inbox; the personal one must not be more trusting.
            let letter = Letter {
                url: inbox.clone(),
                ..letter.clone()
            };
            match letter.try_send(&stage.peer.http).await {
                Ok(answer) if right.contains(&answer.status) => {}
                Ok(answer) if inbox != stage.inbox && (400..500).contains(&answer.status) => {}
                // The server need not read a body to its end before it refuses it.
                Err(_) if right.contains(&413) => {}
                other => wrong.push(format!("{name}: {other:?}, not one of {right:?}")),
            }
        }
    }
    match endless(&stage).await {
        (413, sent) if sent < 8 * 1024 * 1024 => {}
        (status, sent) => wrong.push(format!("endless body: {status} after {sent} bytes")),
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(stage.state().await, before);

    assert!(stage.server.runs(), "the server is gone");
    assert_eq!(stage.server.pid(), pid);
    // The same sender is heard when it says the same in the right way.
    stage
        .letter(&stage.good("may arrive"))
        .signed(&stage.mallory.key)
        .send(&stage.peer.http)
        .await
        .expect(202);
    stage.alice.sees("may arrive").await;
    stage.server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_bad_is_taken_in_sqlite() {
    nothing_bad_is_taken_in(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_bad_is_taken_in_postgres() {
    nothing_bad_is_taken_in(Backend::Postgres).await;
}

/// A slow sender must not be waited for without end, and must not keep others waiting.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_comes_is_not_waited_for() {
    let stage = Stage::new(Backend::Sqlite).await;
    let address = stage.server.address();
    let mut stream = TcpStream::connect(address.socket()).await.unwrap();
    let head = format!(
        "POST /inbox HTTP/1.1\r\nHost: {}\r\nContent-Type: application/activity+json\r\nContent-Length: 100\r\n\r\n{{",
        address.authority()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stage
        .letter(&stage.good("meanwhile"))
        .signed(&stage.mallory.key)
        .send(&stage.peer.http)
        .await
        .expect(202);
    stage.alice.sees("meanwhile").await;
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(
        std::time::Duration::from_secs(30),
        stream.read_to_end(&mut answer),
    )
    .await;
    assert!(ended.is_ok(), "the connection is still open");
    let line = String::from_utf8_lossy(&answer).into_owned();
    assert!(
        line.is_empty() || line.starts_with("HTTP/1.1 408"),
        "{line}"
    );
}

async fn a_changed_key_is_fetched_once(backend: Backend) {
    let stage = Stage::new(backend).await;
    let before = stage.peer.fetched().len();
    let changed = stage.peer.rotate_key("mallory");
    stage
        .letter(&stage.good("by the new key"))
        .signed(&changed.key)
        .send(&stage.peer.http)
        .await
        .expect(202);
    stage.alice.sees("by the new key").await;
    assert!(stage.peer.fetched().len() > before);
    // The old one is good no longer, and asking for it again and again makes no storm.
    let before = stage.peer.fetched().len();
    for _ in 0..20 {
        stage
            .letter(&stage.good("by the old key"))
            .signed(&stage.mallory.key)
            .send(&stage.peer.http)
            .await
            .expect(401);
    }
    let asked = stage.peer.fetched().len() - before;
    assert!(asked <= 1, "the key was asked for {asked} times");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_key_is_fetched_once_sqlite() {
    a_changed_key_is_fetched_once(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_key_is_fetched_once_postgres() {
    a_changed_key_is_fetched_once(Backend::Postgres).await;
}

async fn the_deletion_of_an_unknown_actor_makes_no_storm(backend: Backend) {
    let stage = Stage::new(backend).await;
    let before = (stage.peer.fetched().len(), stage.state().await);
    let ghost = stage.peer.address.url("/users/ghost");
    let key = Key::generate(&format!("{ghost}#main-key"));
    for _ in 0..20 {
        let delete = json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": stage.peer.id("activities"), "type": "Delete", "actor": ghost, "object": ghost, "to": [PUBLIC],
        });
        stage
            .letter(&delete)
            .signed(&key)
            .send(&stage.peer.http)
            .await
            .expect(202);
    }
    assert_eq!((stage.peer.fetched().len(), stage.state().await), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deletion_of_an_unknown_actor_makes_no_storm_sqlite() {
    the_deletion_of_an_unknown_actor_makes_no_storm(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deletion_of_an_unknown_actor_makes_no_storm_postgres() {
    the_deletion_of_an_unknown_actor_makes_no_storm(Backend::Postgres).await;
}
