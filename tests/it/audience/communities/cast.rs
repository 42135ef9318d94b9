//! Who there is, what each is in a community, and what is written there.

use kontor_tests::{
    Address, Backend, Peer, Person, Server, Setup,
    answer::{id, text},
    browser::Browser,
    push::Service,
    until,
};
use serde_json::{Value, json};

use crate::audience::readers::{self, app_token, browsers};

pub type Reader = readers::Reader<Standing>;
pub type Remote = readers::Remote<Standing>;

/// What somebody is in the community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Says nothing of who they are.
    Visitor,
    /// Has an account, here or elsewhere, and nothing to do with it.
    Outsider,
    Member,
    /// Signs as a server that a member is at.
    MembersServer,
    Moderator,
    /// Was a member.
    Banned,
    Author,
    /// Administers this server, and has nothing to do with the community.
    Operator,
}

/// Where something is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Public,
    Unlisted,
    Restricted,
    Private,
    Local,
    /// A private one of another server, as it is known here.
    Elsewhere,
}

/// Those of this server.
pub const PLACES: [Place; 5] = [
    Place::Public,
    Place::Unlisted,
    Place::Restricted,
    Place::Private,
    Place::Local,
];

/// What has become of what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    Written,
    Edited,
    /// By moderators.
    Removed,
    /// By its author.
    Deleted,
}

impl Round {
    pub fn is_shown(self) -> bool {
        matches!(self, Self::Written | Self::Edited)
    }
}

impl Place {
    pub fn access(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Restricted => "restricted",
            Self::Private | Self::Elsewhere => "private",
            Self::Local => "local",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "open",
            Self::Unlisted => "hushed",
            Self::Restricted => "fenced",
            Self::Private => "closed",
            Self::Local => "inhouse",
            Self::Elsewhere => "den",
        }
    }

    /// Anybody reads what is written there.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Public | Self::Unlisted | Self::Restricted)
    }

    /// In public timelines, and in feeds.
    pub fn is_listed(self) -> bool {
        matches!(self, Self::Public | Self::Restricted)
    }

    /// Who reads what is there are not those of another place.
    pub fn has_a_rule_of_its_own(self) -> bool {
        !matches!(self, Self::Unlisted | Self::Restricted)
    }

    /// The rule itself, said once more.
    pub fn may_read(self, standing: Standing, here: bool, round: Round) -> bool {
        match round {
            Round::Deleted => false,
            Round::Removed => matches!(standing, Standing::Moderator | Standing::Author),
            Round::Written | Round::Edited => match self {
                Self::Public | Self::Unlisted | Self::Restricted => true,
                Self::Private => matches!(
                    standing,
                    Standing::Member
                        | Standing::MembersServer
                        | Standing::Moderator
                        | Standing::Author
                ),
                Self::Local => here && standing != Standing::Visitor,
                // Who belongs to it elsewhere is known to its own server.
                Self::Elsewhere => {
                    let inside = [Standing::Member, Standing::Moderator, Standing::Author];
                    here && inside.contains(&standing)
                }
            },
        }
    }
}

pub struct Community {
    pub place: Place,
    pub id: String,
    /// Its address.
    pub uri: String,
    /// The line of its log about whom it banned.
    pub entry: String,
}

impl Community {
    pub fn at(&self, rest: &str) -> String {
        format!("/api/kontor/v1/communities/{}/{rest}", self.id)
    }

    /// A word that is nowhere but in what it says of this.
    pub fn marker(&self, of: &str) -> String {
        format!("zz{}{of}zz", self.place.name())
    }
}

pub struct Secret {
    pub place: Place,
    /// Words that are nowhere else; what reads one of them reads the post.
    pub markers: Vec<String>,
    pub id: String,
    pub uri: String,
    pub url: String,
    pub community: String,
    pub group: String,
    /// The path of the community's page here.
    pub page: String,
    /// The thread that it answers, or itself.
    pub root: String,
    /// The address of a file of it that holds the marker, without what says for whom it was made.
    pub file: String,
    /// A post of an outsider that quotes it.
    pub quote: Option<String>,
}

impl Secret {
    pub fn is_thread(&self) -> bool {
        self.root == self.id
    }

    pub fn shows_in(&self, text: &str) -> bool {
        self.markers.iter().any(|marker| text.contains(marker))
    }
}

pub struct Cast {
    pub server: Server,
    pub author: Person,
    pub moderator: Person,
    pub member: Person,
    pub outsider: Person,
    pub banned: Person,
    /// Asks to be let in, and is not answered.
    pub waiting: Person,
    pub readers: Vec<Reader>,
    pub browsers: Vec<(&'static str, Standing, Browser)>,
    pub peer: Peer,
    pub strangers: Peer,
    pub remotes: Vec<Remote>,
    pub pushes: Service,
}

fn remotes(peer: &Peer, strangers: &Peer) -> Vec<Remote> {
    let of = Remote::signing;
    vec![
        Remote::unsigned(Standing::Visitor),
        of(
            "a remote stranger",
            Standing::Outsider,
            strangers.actor("nobody"),
        ),
        of(
            "a server without members",
            Standing::Outsider,
            strangers.becomes("server", "Application"),
        ),
        of(
            "a stranger on a member's server",
            Standing::Outsider,
            peer.actor("stranger"),
        ),
        of("a remote member", Standing::Member, peer.actor("fan")),
        of(
            "a member's server",
            Standing::MembersServer,
            peer.becomes("server", "Application"),
        ),
        of(
            "a remote banned person",
            Standing::Banned,
            peer.actor("banned"),
        ),
    ]
}

impl Cast {
    pub async fn new(backend: Backend) -> Self {
        let addresses = ["peer.test", "strangers.test", "push.test"].map(Address::new);
        let [a, b, c] = &addresses;
        let server = Setup::new("alpha.test", backend)
            .knows(&[a, b, c])
            // Those who listen answer no ping while the others look.
            .with("streaming.heartbeat_seconds", "600")
            .start()
            .await;
        let mut people = Vec::new();
        for name in [
            "author",
            "moderator",
            "member",
            "banned",
            "outsider",
            "waiting",
        ] {
            people.push(server.person(name).await);
        }
        let [author, moderator, member, banned, outsider, waiting] =
            <[Person; 6]>::try_from(people).expect("six people");
        let operator = server.administrator("operator").await;
        // Whom one follows lets nobody into a community.
        outsider.follows(&author.id).await;
        banned.follows(&author.id).await;
        let here = server.address();
        let peer = Peer::start(a, &["stranger", "fan", "banned", "server", "den"], &[here]).await;
        let strangers = Peer::start(b, &["nobody", "server"], &[here]).await;
        let stranger = server.stranger();
        let app = app_token(&stranger).await;
        let mut readers = vec![
            Reader::nobody("a visitor", Standing::Visitor, stranger),
            Reader::nobody("an application", Standing::Visitor, app),
        ];
        readers.extend(
            [
                ("an outsider", Standing::Outsider, &outsider),
                ("a member", Standing::Member, &member),
                ("a banned person", Standing::Banned, &banned),
                ("a moderator", Standing::Moderator, &moderator),
                ("the author", Standing::Author, &author),
                ("an operator", Standing::Operator, &operator),
            ]
            .map(|(name, standing, person)| Reader::person(name, standing, person)),
        );
        let at_pages = [
            ("an outsider at the pages", Standing::Outsider, &outsider),
            ("a member at the pages", Standing::Member, &member),
            ("a banned person at the pages", Standing::Banned, &banned),
        ];
        let browsers = browsers(&server, Standing::Visitor, &at_pages).await;
        Self {
            author,
            moderator,
            member,
            outsider,
            banned,
            waiting,
            readers,
            browsers,
            remotes: remotes(&peer, &strangers),
            pushes: Service::start(c).await,
            server,
            peer,
            strangers,
        }
    }

    /// Makes the community, lets everybody in who is to be, and puts those out who are to be.
    pub async fn community(&self, place: Place) -> Community {
        let body = json!({"name": place.name(), "title": "A Place", "access": place.access()});
        let owner = &self.moderator.client;
        let made = owner
            .post_json("/api/kontor/v1/communities", &body)
            .await
            .ok();
        let mut community = Community {
            place,
            id: id(&made),
            uri: text(&made, "uri"),
            entry: String::new(),
        };
        for who in [&self.author, &self.member, &self.banned] {
            who.client.post(&community.at("join"), &[]).await.ok();
        }
        let follows = self.follows(&community).await;
        if place == Place::Private {
            let waiting = until("five wait to be let in", async || {
                let waiting = owner.get(&community.at("requests")).await.list();
                (waiting.len() == 5).then_some(waiting)
            })
            .await;
            for one in waiting {
                let path = community.at(&format!("requests/{}/authorize", id(&one)));
                owner.post(&path, &[]).await.ok();
            }
            let join = community.at("join");
            self.waiting.client.post(&join, &[]).await.ok();
        }
        for follow in follows {
            self.peer
                .gets("an Accept", |activity| {
                    activity["type"] == "Accept" && activity["object"]["id"] == follow
                })
                .await;
        }
        self.bans(&mut community).await;
        community
    }

    /// Those elsewhere ask to belong to it, where they may.
    async fn follows(&self, community: &Community) -> Vec<Value> {
        let mut follows = Vec::new();
        if community.place == Place::Local {
            return follows;
        }
        let inbox = self.server.address().url("/inbox");
        for name in ["fan", "banned"] {
            let actor = self.peer.actor(name);
            let follow = self.peer.activity(&actor, "Follow", &json!(community.uri));
            self.peer.send(&actor, &inbox, &follow).await.expect(202);
            follows.push(follow["id"].clone());
        }
        follows
    }

    /// Whom it concerns here appeals.
    async fn bans(&self, community: &mut Community) {
        let owner = &self.moderator.client;
        let far = self
            .moderator
            .resolve(&format!("@banned@{}", self.peer.address.authority()))
            .await;
        for account_id in [&far, &self.banned.id] {
            let body = json!({"account_id": account_id, "reason": community.marker("ban")});
            owner.post_json(&community.at("bans"), &body).await.ok();
        }
        let log = owner.get(&community.at("log")).await.list();
        let entry = log
            .iter()
            .find(|entry| entry["account"]["id"] == self.banned.id.as_str())
            .unwrap_or_else(|| panic!("no ban in {log:?}"));
        community.entry = id(entry);
        let appeal = community.at(&format!("log/{}/appeal", community.entry));
        let words = json!({"text": community.marker("appeal")});
        let client = &self.banned.client;
        client.post_json(&appeal, &words).await.ok();
    }

    /// The server of the members elsewhere understands groups: it says which it speaks of.
    pub async fn learns(&self, community: &Community) {
        let words = format!("@{} good morning", community.place.name());
        let status = self.author.post(&words, "public").await;
        let fan = self.peer.actor("fan");
        let mut like = self.peer.activity(&fan, "Like", &status["uri"]);
        like["audience"] = json!(community.uri);
        let inbox = self.server.address().url("/inbox");
        self.peer.send(&fan, &inbox, &like).await.expect(202);
        self.server.settles().await;
    }

    /// Everybody puts whom they follow into a list.
    pub async fn lists(&mut self, communities: &[Community]) {
        let author = [self.author.id.as_str()];
        let all: Vec<&str> = communities.iter().map(|one| one.id.as_str()).collect();
        for reader in &mut self.readers {
            let followed = match reader.standing {
                Standing::Outsider | Standing::Banned => &author[..],
                Standing::Member | Standing::Moderator | Standing::Author => &all[..],
                Standing::Visitor | Standing::MembersServer | Standing::Operator => continue,
            };
            let client = &reader.client;
            let list = client
                .post("/api/v1/lists", &[("title", "near to me")])
                .await
                .ok();
            let form: Vec<(&str, &str)> =
                followed.iter().map(|id| ("account_ids[]", *id)).collect();
            let path = format!("/api/v1/lists/{}/accounts", id(&list));
            client.post(&path, &form).await.ok();
            reader.list = Some(id(&list));
        }
    }

    /// As the community is mentioned.
    pub fn handle(&self, place: Place) -> String {
        let name = place.name();
        if place == Place::Elsewhere {
            format!("{name}@{}", self.peer.address.authority())
        } else {
            name.to_owned()
        }
    }

    /// A mention lets nobody in who is not in anyway, here or elsewhere.
    pub fn words(&self, place: Place, marker: &str) -> String {
        format!(
            "@{} {marker} #{marker} #secret @outsider @member @banned @moderator @operator @nobody@{}",
            self.handle(place),
            self.strangers.address.authority()
        )
    }

    pub async fn secrets(&self, community: &Community) -> Vec<Secret> {
        let place = community.place;
        let mut secrets: Vec<Secret> = Vec::new();
        for kind in ["post", "reply"] {
            // What may be read of an answer goes by the place as well.
            if kind == "reply" && !place.has_a_rule_of_its_own() {
                continue;
            }
            let marker = community.marker(kind);
            let file = self
                .author
                .uploads("secret.txt", format!("{marker} in a file").as_bytes(), &[])
                .await;
            let mut body = json!({"status": self.words(place, &marker), "media_ids": [id(&file)]});
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
            assert_eq!(id(&status["community"]), community.id, "{status}");
            let url = text(&status["media_attachments"][0], "url");
            secrets.push(Secret {
                place,
                markers: vec![marker],
                id: id(&status),
                uri: text(&status, "uri"),
                url: text(&status, "url"),
                community: community.id.clone(),
                group: community.uri.clone(),
                page: format!("/@{}", self.handle(place)),
                root: root.unwrap_or_else(|| id(&status)),
                file: url
                    .split_once('?')
                    .map_or(url.as_str(), |(path, _)| path)
                    .to_owned(),
                quote: None,
            });
        }
        let pin = community.at(&format!("posts/{}/pin", secrets[0].id));
        self.moderator.client.post(&pin, &[]).await.ok();
        secrets
    }

    /// A member boosts the thread, an outsider quotes it, and a member reports it: the first two only where anybody reads it.
    pub async fn touched(&self, community: &Community, thread: &mut Secret) -> Vec<String> {
        let mut wrong = Vec::new();
        let reblog = format!("/api/v1/statuses/{}/reblog", thread.id);
        // Not in public lists, where what it quotes would be read with it.
        let quote = json!({
            "status": "look here",
            "visibility": "unlisted",
            "quoted_status_id": thread.id,
        });
        if thread.place.is_open() {
            self.member.client.post(&reblog, &[]).await.ok();
            let client = &self.outsider.client;
            let quoting = client.post_json("/api/v1/statuses", &quote).await.ok();
            thread.quote = Some(id(&quoting));
        } else {
            for who in [&self.member, &self.outsider] {
                let boost = who.client.post(&reblog, &[]).await;
                let quoting = who.client.post_json("/api/v1/statuses", &quote).await;
                for (way, answer) in [("boosts", boost), ("quotes", quoting)] {
                    if answer.status == 200 {
                        wrong.push(format!("LEAK: {} {way} {:?}", who.name, thread.place));
                    }
                }
            }
        }
        let body = json!({
            "account_id": self.author.id,
            "status_ids": [thread.id],
            "comment": community.marker("report"),
        });
        let client = &self.member.client;
        client.post_json("/api/v1/reports", &body).await.ok();
        wrong
    }

    pub async fn moderates(&self, secret: &Secret, verb: &str) {
        let path = format!(
            "/api/kontor/v1/communities/{}/posts/{}/{verb}",
            secret.community, secret.id
        );
        self.moderator.client.post(&path, &[]).await.ok();
        if secret.place == Place::Elsewhere {
            self.decides(&secret.uri, verb).await;
        }
    }

    pub async fn edits(&self, secret: &mut Secret) {
        let kind = if secret.is_thread() { "post" } else { "reply" };
        let marker = format!("zzedited{}{kind}zz", secret.place.name());
        let words = self.words(secret.place, &marker);
        let path = format!("/api/v1/statuses/{}", secret.id);
        let client = &self.author.client;
        client.put(&path, &[("status", &words)]).await.ok();
        secret.markers.push(marker);
    }
}
