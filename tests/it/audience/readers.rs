//! Readers of every kind, here and elsewhere, and the cast of the matrix.

use kontor_tests::{
    Actor, Address, Backend, Client, Letter, Peer, Person, Server, Setup,
    answer::id,
    browser::Browser,
    http::{Reply, serve},
    push::Service,
};
use serde_json::{Value, json};

/// Who may read what the author wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody in particular, or somebody who has nothing to do with the author.
    Outsider,
    Follower,
    /// A follower who wants to hear nothing of the author.
    Muter,
    Mentioned,
    /// Who followed the author and is mentioned, and whom the author blocks.
    Blocked,
    Author,
}

pub const AUDIENCES: [&str; 4] = ["public", "unlisted", "private", "direct"];

/// The rule itself, said once more.
pub fn may_read(audience: &str, standing: Standing) -> bool {
    match audience {
        "public" | "unlisted" => standing != Standing::Blocked,
        "private" => !matches!(standing, Standing::Outsider | Standing::Blocked),
        "direct" => matches!(standing, Standing::Mentioned | Standing::Author),
        other => panic!("{other}"),
    }
}

/// A reader by the client API, and what they are to whoever wrote.
pub struct Reader<S = Standing> {
    pub name: &'static str,
    pub standing: S,
    pub client: Client,
    /// Of a person.
    pub token: Option<String>,
    /// A list of theirs, if they made one.
    pub list: Option<String>,
}

impl<S> Reader<S> {
    /// Without a token, or with that of an application.
    pub fn nobody(name: &'static str, standing: S, client: Client) -> Self {
        Self {
            name,
            standing,
            client,
            token: None,
            list: None,
        }
    }

    pub fn person(name: &'static str, standing: S, person: &Person) -> Self {
        Self {
            token: Some(person.token.clone()),
            ..Self::nobody(name, standing, person.client.clone())
        }
    }
}

/// A reader elsewhere, who signs; `None` does not.
pub struct Remote<S = Standing> {
    pub name: &'static str,
    pub standing: S,
    pub actor: Option<Actor>,
}

impl<S> Remote<S> {
    pub fn unsigned(standing: S) -> Self {
        Self {
            name: "a peer without a signature",
            standing,
            actor: None,
        }
    }

    pub fn signing(name: &'static str, standing: S, actor: Actor) -> Self {
        Self {
            name,
            standing,
            actor: Some(actor),
        }
    }

    pub fn sign(&self, letter: Letter) -> Letter {
        match &self.actor {
            Some(actor) => letter.signed(&actor.key),
            None => letter,
        }
    }

    pub fn lives_at(&self, peer: &Peer) -> bool {
        let actor = self.actor.as_ref();
        actor.is_some_and(|actor| actor.id.starts_with(&peer.address.url("/")))
    }
}

/// At the pages: without a session, and people with one.
pub async fn browsers<S: Copy>(
    server: &Server,
    visitor: S,
    people: &[(&'static str, S, &Person)],
) -> Vec<(&'static str, S, Browser)> {
    let address = server.address();
    let mut browsers = vec![("a visitor", visitor, Browser::new(address))];
    for (name, standing, person) in people {
        let mut browser = Browser::new(address);
        browser.sign_in(&person.name).await;
        browsers.push((*name, *standing, browser));
    }
    browsers
}

pub struct Cast {
    pub server: Server,
    pub author: Person,
    /// Administers the server, and reads by the rule of everybody. What they cry is heard by all.
    pub operator: Person,
    pub readers: Vec<Reader>,
    /// At the pages: without a session, and with one.
    pub browsers: Vec<(&'static str, Standing, Browser)>,
    pub peer: Peer,
    pub remotes: Vec<Remote>,
    /// A server with a follower, and nobody who is mentioned.
    pub fans: Peer,
    /// A server with nobody who has to do with the author, but of whom a local account is a friend.
    pub strangers: Peer,
    pub pushes: Service,
    site: Site,
}

/// A list with the author in it.
async fn list(owner: &Person, author: &Person) -> String {
    let client = &owner.client;
    let made = client
        .post("/api/v1/lists", &[("title", "theirs")])
        .await
        .ok();
    let path = format!("/api/v1/lists/{}/accounts", id(&made));
    let members = json!({"account_ids": [author.id]});
    client.post_json(&path, &members).await.ok();
    id(&made)
}

/// Who administers the server, with every scope that there is for it.
async fn operator(server: &Server) -> Person {
    server.administrator("operator").await;
    let scopes = "read write follow push admin:read admin:write";
    let token = server.run(&["token", "create", "operator", "--scopes", scopes], "");
    Person::with_token(server.address(), "operator", token.trim()).await
}

/// Everybody here by the client API, with lists of those who follow the author.
async fn readers(server: &Server, author: &Person, people: [&Person; 6]) -> Vec<Reader> {
    let [other, follower, mentioned, muter, blocked, operator] = people;
    follower.follows(&author.id).await;
    muter.follows(&author.id).await;
    blocked.follows(&author.id).await;
    // Whom the other one follows must not matter.
    other.follows(&follower.id).await;
    let lists = (list(follower, author).await, list(muter, author).await);
    let mute = format!("/api/v1/accounts/{}/mute", author.id);
    muter.client.post(&mute, &[]).await.ok();
    let block = format!("/api/v1/accounts/{}/block", blocked.id);
    author.client.post(&block, &[]).await.ok();
    let stranger = server.stranger();
    let app = app_token(&stranger).await;
    let with_list = |reader: Reader, list| Reader {
        list: Some(list),
        ..reader
    };
    let person = Reader::person;
    vec![
        Reader::nobody("a stranger", Standing::Outsider, stranger),
        Reader::nobody("an application", Standing::Outsider, app),
        person("another local person", Standing::Outsider, other),
        person("an operator", Standing::Outsider, operator),
        person("a blocked person", Standing::Blocked, blocked),
        person("a mentioned person", Standing::Mentioned, mentioned),
        person("the author", Standing::Author, author),
        with_list(person("a follower", Standing::Follower, follower), lists.0),
        with_list(
            person("a follower who mutes", Standing::Muter, muter),
            lists.1,
        ),
    ]
}

/// A site with one page.
pub struct Site {
    page: String,
    _server: tokio::task::JoinHandle<()>,
}

impl Site {
    async fn start(address: &Address) -> Self {
        let listener = tokio::net::TcpListener::bind(address.socket())
            .await
            .unwrap();
        let server = serve(listener, |_| Reply::Answer {
            status: 200,
            content_type: "text/html; charset=utf-8",
            body: b"<title>A page</title>".to_vec(),
        });
        Self {
            page: address.url("/page"),
            _server: server,
        }
    }
}

impl Cast {
    pub async fn new(backend: Backend) -> Self {
        let names = [
            "peer.test",
            "fans.test",
            "strangers.test",
            "push.test",
            "site.test",
        ];
        let addresses = names.map(Address::new);
        let [peer, fans, strangers, push, at_site] = &addresses;
        let site = Site::start(at_site).await;
        let server = Setup::new("alpha.test", backend)
            .knows(&[peer, fans, strangers, push, at_site])
            // Those who listen answer no ping while the others look.
            .with("streaming.heartbeat_seconds", "600")
            .with("cards.enabled", "true")
            .start()
            .await;
        let (author, other) = (server.person("author").await, server.person("other").await);
        let (follower, mentioned) = (
            server.person("follower").await,
            server.person("mentioned").await,
        );
        let (muter, blocked) = (server.person("muter").await, server.person("blocked").await);
        let operator = operator(&server).await;
        let people = [&other, &follower, &mentioned, &muter, &blocked, &operator];
        let readers = readers(&server, &author, people).await;
        let inbox = server.address().url("/inbox");
        let peer = Peer::start(peer, &["stranger", "fan", "friend"], &[server.address()]).await;
        let fans = Peer::start(fans, &["fan"], &[server.address()]).await;
        let strangers = Peer::start(strangers, &["nobody"], &[server.address()]).await;
        peer.follow(&peer.actor("fan"), &author.actor(), &inbox)
            .await;
        fans.follow(&fans.actor("fan"), &author.actor(), &inbox)
            .await;
        strangers
            .follow(&strangers.actor("nobody"), &other.actor(), &inbox)
            .await;
        let at_pages = [
            ("another person at the pages", Standing::Outsider, &other),
            ("a follower at the pages", Standing::Follower, &follower),
            (
                "a mentioned person at the pages",
                Standing::Mentioned,
                &mentioned,
            ),
        ];
        let browsers = browsers(&server, Standing::Outsider, &at_pages).await;
        let remotes = [
            ("a remote stranger", Standing::Outsider, &peer, "stranger"),
            (
                "a remote stranger elsewhere",
                Standing::Outsider,
                &strangers,
                "nobody",
            ),
            ("a remote follower", Standing::Follower, &peer, "fan"),
            (
                "a remote mentioned person",
                Standing::Mentioned,
                &peer,
                "friend",
            ),
        ];
        let remotes = std::iter::once(Remote::unsigned(Standing::Outsider))
            .chain(remotes.map(|(name, standing, peer, actor)| {
                Remote::signing(name, standing, peer.actor(actor))
            }))
            .collect();
        Self {
            server,
            author,
            operator,
            readers,
            browsers,
            peer,
            remotes,
            fans,
            strangers,
            pushes: Service::start(push).await,
            site,
        }
    }

    /// Whom each post mentions.
    pub fn addressees(&self) -> String {
        format!(
            "@mentioned @blocked @friend@{}",
            self.peer.address.authority()
        )
    }

    /// A page that posts link to.
    pub fn page(&self) -> String {
        self.site.page.clone()
    }
}

/// A token that belongs to an application and to no person.
pub async fn app_token(stranger: &Client) -> Client {
    let form = [
        ("client_name", "Reader"),
        ("redirect_uris", "urn:ietf:wg:oauth:2.0:oob"),
        ("scopes", "read"),
    ];
    let app = stranger.post("/api/v1/apps", &form).await.ok();
    let text = |key: &str| app[key].as_str().unwrap().to_owned();
    let (client_id, client_secret) = (text("client_id"), text("client_secret"));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id.as_str()),
        ("client_secret", client_secret.as_str()),
        ("scope", "read"),
    ];
    let token = stranger.post("/oauth/token", &form).await.ok();
    stranger.with_token(token["access_token"].as_str().unwrap())
}

/// A post of the author's, and what it is told by.
#[derive(Debug, Clone)]
pub struct Secret {
    pub audience: &'static str,
    pub id: String,
    pub uri: String,
    pub url: String,
    /// Words that are nowhere else. What reads one of them reads the post.
    pub markers: Vec<String>,
    /// It answers the public post.
    pub reply: bool,
    /// The address of a file of it that holds the first marker, without what says for whom it was made.
    pub file: Option<String>,
    /// The same of the small form of a picture of it.
    pub small: Option<String>,
    /// A boost of it by its author.
    pub boost: Option<String>,
}

impl Secret {
    pub fn new(audience: &'static str, status: &Value, marker: &str, reply: bool) -> Self {
        let text = |key: &str| status[key].as_str().unwrap().to_owned();
        let lies = |at: usize, key: &str| {
            let url = status["media_attachments"][at][key].as_str()?;
            Some(url.split_once('?').map_or(url, |(path, _)| path).to_owned())
        };
        Self {
            audience,
            id: id(status),
            uri: text("uri"),
            url: text("url"),
            markers: vec![marker.to_owned()],
            reply,
            file: lies(0, "url"),
            small: lies(1, "preview_url"),
            boost: None,
        }
    }

    pub fn is_open(&self) -> bool {
        matches!(self.audience, "public" | "unlisted")
    }

    pub fn shows_in(&self, text: &str) -> bool {
        self.markers.iter().any(|marker| text.contains(marker))
    }
}
