//! All peers behind one listener: they are told apart by the `Host` header. Each has people at `/u/N`, and inboxes that behave
//! as they are told. Nothing that comes in is kept but when it came and what it was.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Well,
    /// Answers well, so much later.
    Slow(Duration),
    /// Ends the connection so much later, without an answer.
    Hangs(Duration),
    Fails(u16),
}

#[derive(Default)]
pub struct Seen {
    /// By the mark of a post: which peers have it, and since when.
    pub posts: RefCell<HashMap<u32, HashMap<String, Instant>>>,
    /// Requests to inboxes, whatever they were answered.
    pub requests: Cell<u64>,
    /// Follows that wait for an answer.
    pub follows: RefCell<Vec<Value>>,
    pub accepts: Cell<usize>,
    /// Do their actors say that they understand what groups pass on?
    groups: Cell<bool>,
    manners: RefCell<HashMap<String, Manner>>,
    public_pem: RefCell<String>,
}

pub struct Peers {
    pub address: SocketAddr,
    pub seen: Rc<Seen>,
    serving: JoinHandle<()>,
}

/// What marks a post: `mark-17.`
pub fn mark(number: u32) -> String {
    format!("mark-{number}.")
}

impl Peers {
    /// Needs a `LocalSet` around it.
    pub async fn start(public_pem: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Rc::new(Seen {
            public_pem: RefCell::new(public_pem),
            ..Seen::default()
        });
        let answering = seen.clone();
        let serving = tokio::task::spawn_local(async move {
            // Connections end with the listener.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let _small_answers_at_once = stream.set_nodelay(true);
                connections.spawn_local(connection(stream, answering.clone()));
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            seen,
            serving,
        }
    }

    pub fn understand_groups(&self) {
        self.seen.groups.set(true);
    }

    pub fn behave(&self, host: &str, manner: Manner) {
        self.seen
            .manners
            .borrow_mut()
            .insert(host.to_owned(), manner);
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Request {
    path: String,
    host: String,
    body: Vec<u8>,
}

async fn connection(mut stream: TcpStream, seen: Rc<Seen>) {
    let mut bytes = Vec::with_capacity(8192);
    while let Ok(Some(request)) = read(&mut stream, &mut bytes).await {
        let answered = if request.body.is_empty() {
            document(&seen, &request)
        } else {
            match inbox(&seen, &request) {
                Manner::Well => (202, String::new()),
                Manner::Slow(time) => {
                    tokio::time::sleep(time).await;
                    (202, String::new())
                }
                Manner::Fails(status) => (status, String::new()),
                Manner::Hangs(time) => {
                    tokio::time::sleep(time).await;
                    return;
                }
            }
        };
        let (status, body) = answered;
        let answer = format!(
            "HTTP/1.1 {status} OK\r\nContent-Type: application/activity+json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let header = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    };
    let length: usize = header("content-length").map_or(0, |text| text.parse().unwrap());
    while bytes.len() < end + length {
        if stream.read_buf(bytes).await? == 0 {
            return Ok(None);
        }
    }
    let body = bytes[end..end + length].to_vec();
    bytes.drain(..end + length);
    Ok(Some(Request {
        path,
        host: header("host").unwrap_or_default(),
        body,
    }))
}

pub fn actor(host: &str, number: usize) -> String {
    format!("http://{host}/u/{number}")
}

fn document(seen: &Seen, request: &Request) -> (u16, String) {
    let host = &request.host;
    let body = if let Some(query) = request.path.strip_prefix("/.well-known/webfinger?") {
        let number: usize = digits(query.split("fan").nth(1).unwrap_or(query));
        let links = json!([{ "rel": "self", "type": "application/activity+json", "href": actor(host, number) }]);
        json!({ "subject": format!("acct:fan{number}@{host}"), "links": links })
    } else if let Some(number) = request.path.strip_prefix("/u/") {
        let number: usize = digits(number);
        let id = actor(host, number);
        let implements = if seen.groups.get() {
            json!([{ "href": "https://w3id.org/fep/1b12", "name": "FEP-1b12" }])
        } else {
            json!([])
        };
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": id, "type": "Person", "preferredUsername": format!("fan{number}"), "name": "A fan", "url": id,
            "inbox": format!("{id}/inbox"), "outbox": format!("{id}/outbox"),
            "followers": format!("{id}/followers"), "following": format!("{id}/following"),
            "generator": { "type": "Application", "implements": implements },
            "endpoints": { "sharedInbox": format!("http://{host}/inbox") },
            "publicKey": { "id": format!("{id}#main-key"), "owner": id, "publicKeyPem": *seen.public_pem.borrow() },
        })
    } else {
        return (404, String::new());
    };
    (200, body.to_string())
}

fn digits(text: &str) -> usize {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

fn inbox(seen: &Seen, request: &Request) -> Manner {
    seen.requests.set(seen.requests.get() + 1);
    let manner = seen
        .manners
        .borrow()
        .get(&request.host)
        .copied()
        .unwrap_or(Manner::Well);
    if manner != Manner::Well {
        return manner;
    }
    if let Some(at) = find(&request.body, b"mark-") {
        let number = digits(&String::from_utf8_lossy(
            &request.body[at + 5..(at + 20).min(request.body.len())],
        ));
        let mut posts = seen.posts.borrow_mut();
        let peers = posts.entry(number as u32).or_default();
        peers
            .entry(request.host.clone())
            .or_insert_with(Instant::now);
    } else if find(&request.body, b"\"type\":\"Accept\"").is_some() {
        seen.accepts.set(seen.accepts.get() + 1);
    } else if let Ok(value) = serde_json::from_slice::<Value>(&request.body)
        && value["type"] == "Follow"
    {
        seen.follows.borrow_mut().push(value);
    }
    manner
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}
