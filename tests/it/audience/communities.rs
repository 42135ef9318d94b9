//! The matrix of what is in communities: private ones, those for people here, and what moderators took away, for every kind of reader.

use kontor_tests::{
    ACTIVITY, Actor, Address, Answer, Backend, Client, Letter, Peer, Person, Server, Setup,
    answer::{id, text},
    browser::Browser,
    client::query,
    holds, until,
};
use serde_json::{Value, json};

use super::{readers::app_token, ways::READS};

/// What somebody is in the community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Says nothing of who they are.
    Visitor,
    /// Has an account, here or elsewhere, and nothing to do with it.
    Outsider,
    Member,
    Moderator,
    /// Was a member.
    Banned,
    Author,
}

/// What is to be read, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Private,
    Local,
    /// In a public one, and taken away.
    Removed,
    /// In a private one, and taken away.
    RemovedInPrivate,
}

const PLACES: [Place; 4] = [
    Place::Private,
    Place::Local,
    Place::Removed,
    Place::RemovedInPrivate,
];

impl Place {
    fn access(self) -> &'static str {
        match self {
            Self::Private | Self::RemovedInPrivate => "private",
            Self::Local => "local",
            Self::Removed => "public",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Private => "closed",
            Self::Local => "inhouse",
            Self::Removed => "open",
            Self::RemovedInPrivate => "shut",
        }
    }

    fn is_removed(self) -> bool {
        matches!(self, Self::Removed | Self::RemovedInPrivate)
    }

    /// The rule itself, said once more.
    fn may_read(self, standing: Standing, here: bool) -> bool {
        match self {
            Self::Private => matches!(
                standing,
                Standing::Member | Standing::Moderator | Standing::Author
            ),
            Self::Local => here && standing != Standing::Visitor,
            Self::Removed | Self::RemovedInPrivate => {
                matches!(standing, Standing::Moderator | Standing::Author)
            }
        }
    }
}

struct Reader {
    name: &'static str,
    standing: Standing,
    client: Client,
}

struct Remote {
    name: &'static str,
    standing: Standing,
    actor: Option<Actor>,
}

struct Secret {
    place: Place,
    marker: String,
    id: String,
    uri: String,
    url: String,
    community: String,
    group: String,
    /// The thread that it answers, or itself.
    root: String,
    /// The address of a file of it that holds the marker, without what says for whom it was made.
    file: String,
}

struct Cast {
    server: Server,
    author: Person,
    moderator: Person,
    readers: Vec<Reader>,
    browsers: Vec<(&'static str, Standing, Browser)>,
    peer: Peer,
    strangers: Peer,
    remotes: Vec<Remote>,
    members: [Person; 2],
    banned: Person,
}

impl Cast {
    async fn new(backend: Backend) -> Self {
        let addresses = ["peer.test", "strangers.test"].map(Address::new);
        let [a, b] = &addresses;
        let server = Setup::new("alpha.test", backend)
            .knows(&[a, b])
            .start()
            .await;
        let (author, moderator, member, banned, outsider) = (
            server.person("author").await,
            server.person("moderator").await,
            server.person("member").await,
            server.person("banned").await,
            server.person("outsider").await,
        );
        // Whom one follows lets nobody into a community.
        outsider.follows(&author.id).await;
        banned.follows(&author.id).await;
        let here = server.address();
        let peer = Peer::start(a, &["stranger", "fan", "banned", "server"], &[here]).await;
        let strangers = Peer::start(b, &["nobody"], &[here]).await;
        let stranger = server.stranger();
        let app = app_token(&stranger).await;
        let reader = |name, standing, client: &Client| Reader {
            name,
            standing,
            client: client.clone(),
        };
        let readers = vec![
            reader("a visitor", Standing::Visitor, &stranger),
            reader("an application", Standing::Visitor, &app),
            reader("an outsider", Standing::Outsider, &outsider.client),
            reader("a member", Standing::Member, &member.client),
            reader("a banned person", Standing::Banned, &banned.client),
            reader("a moderator", Standing::Moderator, &moderator.client),
            reader("the author", Standing::Author, &author.client),
        ];
        let mut browsers = vec![("a visitor", Standing::Visitor, Browser::new(here))];
        for (name, person, standing) in [
            ("an outsider at the pages", &outsider, Standing::Outsider),
            ("a member at the pages", &member, Standing::Member),
            ("a banned person at the pages", &banned, Standing::Banned),
        ] {
            let mut browser = Browser::new(here);
            browser.sign_in(&person.name).await;
            browsers.push((name, standing, browser));
        }
        let remote = |name, standing, actor| Remote {
            name,
            standing,
            actor,
        };
        let remotes = vec![
            remote("a peer without a signature", Standing::Visitor, None),
            remote(
                "a remote stranger",
                Standing::Outsider,
                Some(strangers.actor("nobody")),
            ),
            remote(
                "a stranger on a member's server",
                Standing::Outsider,
                Some(peer.actor("stranger")),
            ),
            remote("a remote member", Standing::Member, Some(peer.actor("fan"))),
            remote(
                "a remote banned person",
                Standing::Banned,
                Some(peer.actor("banned")),
            ),
        ];
        Self {
            server,
            author,
            moderator,
            readers,
            browsers,
            peer,
            strangers,
            remotes,
            members: [member, outsider],
            banned,
        }
    }

    /// Makes the community, lets everybody in who is to be, and puts those out who are to be.
    async fn community(&self, place: Place) -> (String, String) {
        let body = json!({"name": place.name(), "title": "A Place", "access": place.access()});
        let owner = &self.moderator.client;
        let made = owner
            .post_json("/api/kontor/v1/communities", &body)
            .await
            .ok();
        let (community, group) = (id(&made), text(&made, "uri"));
        let at = |rest: &str| format!("/api/kontor/v1/communities/{community}/{rest}");
        for who in [&self.author, &self.members[0], &self.banned] {
            who.client.post(&at("join"), &[]).await.ok();
        }
        let inbox = self.server.address().url("/inbox");
        let mut follows = Vec::new();
        if place != Place::Local {
            for name in ["fan", "banned"] {
                let actor = self.peer.actor(name);
                let follow = self.peer.activity(&actor, "Follow", &json!(group));
                self.peer.send(&actor, &inbox, &follow).await.expect(202);
                follows.push(follow["id"].clone());
            }
        }
        if place.access() == "private" {
            let waiting = until("five wait to be let in", async || {
                let waiting = owner.get(&at("requests")).await.list();
                (waiting.len() == 5).then_some(waiting)
            })
            .await;
            for one in waiting {
                let path = at(&format!("requests/{}/authorize", id(&one)));
                owner.post(&path, &[]).await.ok();
            }
        }
        for follow in follows {
            self.peer
                .gets("an Accept", |activity| {
                    activity["type"] == "Accept" && activity["object"]["id"] == follow
                })
                .await;
        }
        let far = self
            .moderator
            .resolve(&format!("@banned@{}", self.peer.address.authority()))
            .await;
        for account_id in [&self.banned.id, &far] {
            let body = json!({"account_id": account_id, "reason": "rude"});
            owner.post_json(&at("bans"), &body).await.ok();
        }
        (community, group)
    }

    async fn secrets(&self, place: Place) -> Vec<Secret> {
        let (community, group) = self.community(place).await;
        let name = place.name();
        let mut secrets: Vec<Secret> = Vec::new();
        for reply in [false, true] {
            let marker = format!("zz{name}{}zz", if reply { "reply" } else { "post" });
            let file = self
                .author
                .uploads("secret.txt", format!("{marker} in a file").as_bytes(), &[])
                .await;
            let text_of = format!("@{name} {marker} #{marker} #secret");
            let mut body = json!({"status": text_of, "media_ids": [id(&file)]});
            let root = secrets.first().map(|thread| thread.id.clone());
            if let Some(root) = &root {
                body["in_reply_to_id"] = json!(root);
            }
            let status = self
                .author
                .client
                .post_json("/api/v1/statuses", &body)
                .await
                .ok();
            assert_eq!(id(&status["community"]), community, "{status}");
            secrets.push(Secret {
                place,
                marker,
                id: id(&status),
                uri: text(&status, "uri"),
                url: text(&status, "url"),
                community: community.clone(),
                group: group.clone(),
                root: root.unwrap_or_else(|| id(&status)),
                file: without_pass(&text(&status["media_attachments"][0], "url")),
            });
        }
        let at = |secret: &Secret, verb: &str| {
            format!(
                "/api/kontor/v1/communities/{community}/posts/{}/{verb}",
                secret.id
            )
        };
        let owner = &self.moderator.client;
        if place.is_removed() {
            for secret in &secrets {
                owner.post(&at(secret, "remove"), &[]).await.ok();
            }
        } else {
            owner.post(&at(&secrets[0], "pin"), &[]).await.ok();
        }
        secrets
    }
}

fn without_pass(url: &str) -> String {
    url.split_once('?').map_or(url, |(path, _)| path).to_owned()
}

/// Reads that only communities have.
const OWN_READS: [(&str, &str); 7] = [
    ("the community", "/api/kontor/v1/communities/{community}"),
    ("its log", "/api/kontor/v1/communities/{community}/log"),
    (
        "what it shows",
        "/api/v1/accounts/{community}/statuses?limit=40",
    ),
    (
        "what it pins",
        "/api/v1/accounts/{community}/statuses?pinned=true",
    ),
    (TIMELINE, "/api/v1/timelines/group/{community}?limit=40"),
    ("the thread", "/api/v1/statuses/{root}/context"),
    ("posts of its tag", "/api/v1/timelines/tag/{marker}"),
];

const TIMELINE: &str = "the timeline of the community";

/// `true`: whoever may read the post finds it here.
async fn by_api(reader: &Reader, cast: &Cast, secret: &Secret) -> Vec<(String, Answer, bool)> {
    let mut seen = Vec::new();
    for (way, path) in READS.iter().chain(&OWN_READS) {
        let person = reader.standing != Standing::Visitor;
        let certain = matches!(*way, "the post") || (*way == TIMELINE && person);
        let path = path
            .replace("{id}", &secret.id)
            .replace("{author}", &cast.author.id)
            .replace("{parent}", &secret.root)
            .replace("{root}", &secret.root)
            .replace("{marker}", &secret.marker)
            .replace("{community}", &secret.community);
        seen.push(((*way).to_owned(), reader.client.get(&path).await, certain));
    }
    let file = reader.client.get(&secret.file).await;
    seen.push(("its file".to_owned(), file, true));
    for what in [&secret.uri, &secret.url, &secret.marker] {
        for resolve in ["true", "false"] {
            let path = query("/api/v2/search", &[("q", what), ("resolve", resolve)]);
            seen.push((
                format!("a search for {what}"),
                reader.client.get(&path).await,
                false,
            ));
        }
        let path = query("/api/oembed", &[("url", what)]);
        seen.push((
            "an embedding".to_owned(),
            reader.client.get(&path).await,
            false,
        ));
    }
    seen
}

async fn by_page(browser: &mut Browser, secret: &Secret) -> Vec<(String, Answer, bool)> {
    let name = secret.place.name();
    let mut seen = Vec::new();
    for (way, path, certain) in [
        ("its page", format!("/@author/{}", secret.id), true),
        ("its address", format!("/posts/{}", secret.id), false),
        ("the profile", "/@author?with=answers".to_owned(), false),
        ("the community's page", format!("/@{name}"), false),
        ("the community's log", format!("/@{name}/log"), false),
        ("the list of communities", "/communities".to_owned(), false),
        ("the community's feed", format!("/@{name}.rss"), false),
        (
            "the community's other feed",
            format!("/@{name}.atom"),
            false,
        ),
        ("the author's feed", "/@author.rss".to_owned(), false),
        ("the page of its tag", "/tags/secret".to_owned(), false),
        ("the public page", "/public".to_owned(), false),
        ("the first page", "/".to_owned(), false),
    ] {
        seen.push((way.to_owned(), browser.get(&path).await, certain));
    }
    let path = secret.file.split_once("/media/").map(|(_, rest)| rest);
    let path = format!("/media/{}", path.expect("a file of ours"));
    seen.push(("its file".to_owned(), browser.get(&path).await, true));
    seen
}

async fn by_peer(
    remote: &Remote,
    cast: &Cast,
    secret: &Secret,
    activities: &[String],
) -> Vec<(String, Answer, bool)> {
    let (group, uri) = (&secret.group, &secret.uri);
    let root = uri.replace(&secret.id, &secret.root);
    let mut ways = vec![
        (uri.clone(), true),
        (secret.file.clone(), true),
        (format!("{uri}/activity"), true),
        (format!("{uri}/replies?page=true"), false),
        (format!("{root}/replies?page=true"), false),
        (
            format!("{}?page=true", root.replace("/posts/", "/contexts/")),
            false,
        ),
        (group.clone(), false),
        (format!("{group}/outbox?page=true"), false),
        (format!("{group}/featured"), false),
        (format!("{group}/followers?page=true"), false),
        (format!("{}/outbox?page=true", cast.author.actor()), false),
        (format!("{}/featured", cast.author.actor()), false),
    ];
    ways.extend(activities.iter().map(|url| (url.clone(), false)));
    let elsewhere = remote
        .actor
        .as_ref()
        .is_some_and(|actor| actor.id.starts_with(&cast.strangers.address.url("/")));
    let http = if elsewhere {
        &cast.strangers.http
    } else {
        &cast.peer.http
    };
    let mut seen = Vec::new();
    for (url, certain) in ways {
        let letter = Letter::get(&url).with("accept", ACTIVITY);
        let letter = match &remote.actor {
            Some(actor) => letter.signed(&actor.key),
            None => letter,
        };
        seen.push((url, letter.send(http).await, certain));
    }
    seen
}

#[derive(Default)]
struct Findings {
    wrong: Vec<String>,
    looks: usize,
}

impl Findings {
    fn judge(
        &mut self,
        who: &str,
        (standing, here): (Standing, bool),
        secret: &Secret,
        seen: Vec<(String, Answer, bool)>,
    ) {
        let may = secret.place.may_read(standing, here);
        for (way, answer, certain) in seen {
            self.looks += 1;
            let shows = answer.text().contains(&secret.marker);
            let case = format!("{who}, {:?}, {way} ({})", secret.place, answer.status);
            if shows && !may {
                self.wrong.push(format!("LEAK: {case}"));
            }
            if !shows && may && certain {
                self.wrong.push(format!("cannot be read: {case}"));
            }
            if answer.status >= 500 {
                self.wrong.push(format!("broken: {case}"));
            }
        }
    }
}

/// The ids of activities about a post that reached a server.
fn about(peer: &Peer, uri: &str) -> Vec<String> {
    let is_about = |value: &Value| {
        value["object"] == uri
            || value["object"]["id"] == uri
            || value["object"]["object"]["id"] == uri
            || value["object"]["object"] == uri
    };
    peer.activities()
        .iter()
        .filter(|activity| is_about(activity))
        .filter_map(|activity| Some(activity["id"].as_str()?.to_owned()))
        .collect()
}

async fn nothing_leaks(backend: Backend) {
    let mut cast = Cast::new(backend).await;
    let mut secrets = Vec::new();
    for place in PLACES {
        secrets.extend(cast.secrets(place).await);
    }
    cast.server.settles().await;
    let mut findings = Findings::default();
    let mut browsers = std::mem::take(&mut cast.browsers);
    for secret in &secrets {
        for reader in &cast.readers {
            let seen = by_api(reader, &cast, secret).await;
            let standing = if reader.name == "an application" {
                Standing::Visitor
            } else {
                reader.standing
            };
            findings.judge(reader.name, (standing, true), secret, seen);
        }
        for (name, standing, browser) in &mut browsers {
            let seen = by_page(browser, secret).await;
            findings.judge(name, (*standing, true), secret, seen);
        }
        let activities = about(&cast.peer, &secret.uri);
        for remote in &cast.remotes {
            let seen = by_peer(remote, &cast, secret, &activities).await;
            findings.judge(remote.name, (remote.standing, false), secret, seen);
        }
    }
    // What went out by itself went to members alone, and of what stays here nothing.
    for secret in &secrets {
        let sent = [&cast.peer, &cast.strangers].map(|peer| {
            let told = peer.activities();
            told.iter()
                .filter(|activity| activity.to_string().contains(&secret.marker))
                .count()
        });
        if sent[1] > 0 || (secret.place == Place::Local && sent[0] > 0) {
            findings
                .wrong
                .push(format!("LEAK: {:?} was sent {sent:?}", secret.place));
        }
    }
    eprintln!("{} looks", findings.looks);
    findings.wrong.sort();
    findings.wrong.dedup();
    assert!(
        findings.wrong.is_empty(),
        "{} of {} looks are wrong:\n{}",
        findings.wrong.len(),
        findings.looks,
        findings.wrong.join("\n")
    );
    leaving(&cast, &secrets).await;
    cast.server.check();
}

/// Whoever leaves a private community reads no more of it, here and elsewhere.
async fn leaving(cast: &Cast, secrets: &[Secret]) {
    let secret = secrets
        .iter()
        .find(|secret| secret.place == Place::Private)
        .unwrap();
    let path = format!("/api/v1/statuses/{}", secret.id);
    let member = &cast.members[0];
    member.client.get(&path).await.expect(200);
    let leave = format!("/api/kontor/v1/communities/{}/leave", secret.community);
    member.client.post(&leave, &[]).await.ok();
    member.client.get(&path).await.expect(404);
    let home = member.client.get("/api/v1/timelines/home").await;
    assert!(!home.text().contains(&secret.marker));
    let fan = cast.peer.actor("fan");
    cast.peer.fetch(&fan, &secret.uri).await.expect(200);
    let follow = cast
        .peer
        .gets("the Accept of its own Follow", |activity| {
            activity["type"] == "Accept"
                && activity["object"]["actor"] == fan.id.as_str()
                && activity["object"]["object"] == secret.group
        })
        .await["object"]
        .clone();
    let undo = cast.peer.activity(&fan, "Undo", &follow);
    let inbox = cast.server.address().url("/inbox");
    cast.peer.send(&fan, &inbox, &undo).await.expect(202);
    holds("the remote member has left", async || {
        cast.peer.fetch(&fan, &secret.uri).await.status == 404
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_community_leaks_sqlite() {
    nothing_leaks(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_community_leaks_postgres() {
    nothing_leaks(Backend::Postgres).await;
}
