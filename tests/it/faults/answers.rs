//! A peer that answers with everything but what was asked for, to who fetches from it and to who delivers to it: nothing comes of
//! it, nothing hangs or swells, and all else goes on.

use std::{
    io::Write,
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant},
};

use kontor_tests::{
    ACTIVITY, Address, Backend, Server, Setup, client::query, holds, signing::Key, wait::within,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What is asked for by name, each answered in its own bad way.
const DOCUMENTS: [&str; 14] = [
    "endless",
    "bomb",
    "html",
    "mislabelled",
    "text",
    "reset",
    "short",
    "slow",
    "loop",
    "inwards",
    "elsewhere",
    "deep",
    "noise",
    "heads",
];

/// Inboxes that answer so, and what becomes of what is delivered to them.
const INBOXES: [(&str, &str); 7] = [
    ("endless", "delivered"),
    ("bomb", "delivered"),
    ("html", "delivered"),
    ("moved", "waits"),
    ("gone", "the inbox answered 410"),
    ("noise", "waits"),
    ("heads", "waits"),
];

struct Crooked {
    address: Address,
    key: Key,
    /// The first line of every request.
    asked: Mutex<Vec<String>>,
}

fn bomb() -> &'static [u8] {
    static ONE: OnceLock<Vec<u8>> = OnceLock::new();
    ONE.get_or_init(zipped)
}

fn zipped() -> Vec<u8> {
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let piece = vec![b' '; 1 << 20];
    for _ in 0..128 {
        zip.write_all(&piece).unwrap();
    }
    zip.finish().unwrap()
}

fn head(status: &str, kind: &str, more: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\n{more}\r\n")
}

impl Crooked {
    async fn start(address: &Address) -> Arc<Self> {
        let listener = TcpListener::bind(address.socket()).await.unwrap();
        let crooked = Arc::new(Self {
            address: address.clone(),
            key: Key::generate(&address.url("/users/x#main-key")),
            asked: Mutex::default(),
        });
        let all = crooked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let crooked = all.clone();
                tokio::spawn(async move {
                    // Whoever is answered so hangs up at some point.
                    let _end = crooked.converse(stream).await;
                });
            }
        });
        crooked
    }

    /// An actor as it should be, but for its inbox.
    fn actor(&self, name: &str) -> Value {
        let id = self.address.url(&format!("/good/{name}"));
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": id, "type": "Person", "preferredUsername": name,
            "inbox": self.address.url(&format!("/inbox/{name}")),
            "publicKey": {"id": format!("{id}#main-key"), "owner": id, "publicKeyPem": self.key.public_pem()},
        })
    }

    async fn converse(&self, mut stream: TcpStream) -> std::io::Result<()> {
        // All of it is read, for an answer to what is not read is lost.
        let mut request = Vec::new();
        while !is_whole(&request) {
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        let request = String::from_utf8_lossy(&request).into_owned();
        let line = request.lines().next().unwrap_or_default().to_owned();
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        self.asked.lock().unwrap().push(line);
        if let Some(name) = path.strip_prefix("/good/") {
            return whole(&mut stream, ACTIVITY, &self.actor(name)).await;
        }
        if let Some(name) = path.strip_prefix("/.well-known/webfinger?resource=acct%3A") {
            let name = name.split('%').next().unwrap_or_default();
            let links = json!([{"rel": "self", "type": ACTIVITY, "href": self.address.url(&format!("/good/{name}"))}]);
            let subject = format!("acct:{name}@{}", self.address.authority());
            let body = json!({"subject": subject, "links": links});
            return whole(&mut stream, "application/jrd+json", &body).await;
        }
        self.misbehave(&mut stream, &path).await
    }

    async fn misbehave(&self, stream: &mut TcpStream, path: &str) -> std::io::Result<()> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let good = head("200 OK", ACTIVITY, "");
        match name {
            "endless" => {
                stream.write_all(good.as_bytes()).await?;
                let piece = vec![b' '; 1 << 16];
                loop {
                    stream.write_all(&piece).await?;
                }
            }
            "bomb" => {
                let more = format!(
                    "content-encoding: gzip\r\ncontent-length: {}\r\n",
                    bomb().len()
                );
                stream
                    .write_all(head("200 OK", ACTIVITY, &more).as_bytes())
                    .await?;
                stream.write_all(bomb()).await
            }
            "html" => {
                let page =
                    head("200 OK", "text/html", "") + "<!doctype html><title>Sign in</title>";
                stream.write_all(page.as_bytes()).await
            }
            "mislabelled" => whole(stream, "text/html", &self.at(path)).await,
            "text" => whole(stream, "text/plain", &self.at(path)).await,
            "reset" => {
                stream
                    .write_all(format!("{good}{{\"id\": \"").as_bytes())
                    .await?;
                stream.set_zero_linger()
            }
            "short" => {
                let more = "content-length: 100000\r\n";
                let text = head("200 OK", ACTIVITY, more) + &self.at(path).to_string();
                stream.write_all(text.as_bytes()).await
            }
            "slow" => {
                stream.write_all(good.as_bytes()).await?;
                loop {
                    stream.write_all(b" ").await?;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
            "loop" => moved(stream, "302 Found", &self.address.url(path)).await,
            "inwards" => moved(stream, "302 Found", "http://127.0.0.1:1/users/x").await,
            "elsewhere" => moved(stream, "301 Moved", "file:///etc/passwd").await,
            "moved" => {
                let target = self.address.url("/inbox/target");
                moved(stream, "301 Moved Permanently", &target).await
            }
            "gone" => {
                stream
                    .write_all(head("410 Gone", "text/html", "").as_bytes())
                    .await
            }
            "deep" => {
                let text = "[".repeat(200_000);
                stream
                    .write_all((good + "{\"id\":" + &text).as_bytes())
                    .await
            }
            "noise" => stream.write_all(&[0, 255, 13, 10, 7].repeat(100)).await,
            _ => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
                for number in 0.. {
                    let line = format!("x-{number}: {}\r\n", "x".repeat(1000));
                    stream.write_all(line.as_bytes()).await?;
                }
                Ok(())
            }
        }
    }

    /// A document of this address that could be believed.
    fn at(&self, path: &str) -> Value {
        let mut actor = self.actor("x");
        let id = self.address.url(path);
        actor["id"] = json!(id);
        actor["publicKey"]["owner"] = json!(id);
        actor
    }

    fn times(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|line| line.contains(path)).count()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let head = head.to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.trim().parse().unwrap_or(0))
}

async fn whole(stream: &mut TcpStream, kind: &str, body: &Value) -> std::io::Result<()> {
    let text = head("200 OK", kind, "") + &body.to_string();
    stream.write_all(text.as_bytes()).await
}

async fn moved(stream: &mut TcpStream, status: &str, to: &str) -> std::io::Result<()> {
    let text = head(
        status,
        "text/html",
        &format!("location: {to}\r\ncontent-length: 0\r\n"),
    );
    stream.write_all(text.as_bytes()).await
}

/// Resident memory in KiB.
fn memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn nothing_comes_of_crooked_answers(backend: Backend) {
    let address = Address::new("crooked.test");
    let server = Setup::new("alpha.test", backend);
    let names = INBOXES.map(|(name, _)| Address::new(&format!("{name}.test")));
    let mut known: Vec<&Address> = names.iter().collect();
    known.push(&address);
    let server = server
        .knows(&known)
        .with("federation.timeout_seconds", "3")
        .start()
        .await;
    let crooked = Crooked::start(&address).await;
    let mut hosts = Vec::new();
    for name in &names {
        hosts.push(Crooked::start(name).await);
    }
    let alice = server.person("alice").await;
    let before = memory(&server);

    // Made before anybody waits for it.
    assert!(bomb().len() < 1 << 20);
    let began = Instant::now();
    let mut looking = tokio::task::JoinSet::new();
    for name in DOCUMENTS {
        let url = address.url(&format!("/users/{name}"));
        let client = alice.client.clone();
        looking.spawn(async move {
            let path = query("/api/v2/search", &[("q", &url), ("resolve", "true")]);
            (name, client.get(&path).await.ok())
        });
    }
    while let Some(found) = looking.join_next().await {
        let (name, found) = found.unwrap();
        for kind in ["accounts", "statuses"] {
            assert_eq!(found[kind], json!([]), "{name}");
        }
        assert!(
            crooked.times(&format!("/users/{name}")) > 0,
            "{name} was asked for"
        );
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(15), "{took:?}");

    for ((name, _), there) in INBOXES.into_iter().zip(&hosts) {
        let handle = format!("@{name}@{}", there.address.authority());
        let id = alice.resolve(&handle).await;
        alice.follow(&id).await;
    }
    for ((name, end), there) in INBOXES.into_iter().zip(&hosts) {
        let inbox = there.address.url(&format!("/inbox/{name}"));
        let state = "SELECT CASE WHEN delivered_at IS NOT NULL THEN 'delivered' WHEN failed_at IS NOT NULL \
            THEN coalesce(last_error, '') WHEN attempts > 1 THEN 'waits' ELSE 'untried' END AS value FROM deliveries";
        let look = format!("{state} WHERE inbox_url = '{inbox}'");
        within(
            Duration::from_secs(40),
            &format!("{name}: {end}"),
            async || {
                let found = server.database().lines(&look);
                found.first()?.starts_with(end).then_some(())
            },
        )
        .await;
        assert_eq!(
            there.times("/inbox/target"),
            0,
            "no delivery follows a redirect"
        );
        assert!(there.times("/inbox/") > 0 && (name != "gone" || there.times("/inbox/") == 1));
    }
    let grown = memory(&server).saturating_sub(before);
    assert!(grown < 96 * 1024, "{grown} KiB more");
    alice.post("all is well", "public").await;
    holds("all else goes on", || async {
        alice.home().await.len() == 1
    })
    .await;
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_comes_of_crooked_answers_sqlite() {
    nothing_comes_of_crooked_answers(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_comes_of_crooked_answers_postgres() {
    nothing_comes_of_crooked_answers(Backend::Postgres).await;
}
