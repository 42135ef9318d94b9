//! Every way to read: what each kind of reader gets by it.

use std::collections::HashMap;

use kontor_tests::{ACTIVITY, Answer, Client, Letter, browser::Browser, client::query};

use super::readers::{Cast, Reader, Remote, Secret, Standing};

/// Something that was read.
pub struct Seen {
    pub way: String,
    pub text: String,
    pub status: u16,
    /// Whoever may read the post finds it here for certain; otherwise it may also be absent.
    pub certain: bool,
}

impl Seen {
    pub fn of(way: impl Into<String>, answer: &Answer, certain: bool) -> Self {
        Self {
            way: way.into(),
            text: answer.text(),
            status: answer.status,
            certain,
        }
    }
}

/// What each reader got by each address while nothing changed: a list is asked for once and looked through for every post.
#[derive(Default)]
pub struct Once(HashMap<(&'static str, String), Answer>);

impl Once {
    pub async fn ask(
        &mut self,
        who: &'static str,
        what: &str,
        asking: impl Future<Output = Answer>,
    ) -> Answer {
        let key = (who, what.to_owned());
        if let Some(known) = self.0.get(&key) {
            return known.clone();
        }
        let answer = asking.await;
        self.0.insert(key, answer.clone());
        answer
    }
}

/// Reads of the client API. Where `{id}` is the post, `{author}` its author and `{parent}` the public post that replies answer.
pub const READS: [(&str, &str); 31] = [
    (POST, "/api/v1/statuses/{id}"),
    (HISTORY, "/api/v1/statuses/{id}/history"),
    (SOURCE, "/api/v1/statuses/{id}/source"),
    ("its context", "/api/v1/statuses/{id}/context"),
    (PARENT, "/api/v1/statuses/{parent}/context"),
    ("posts by ids", "/api/v1/statuses?id[]={id}"),
    (POSTS, "/api/v1/accounts/{author}/statuses?limit=40"),
    (
        "posts without replies",
        "/api/v1/accounts/{author}/statuses?exclude_replies=true",
    ),
    (
        "posts with a tag",
        "/api/v1/accounts/{author}/statuses?tagged=secret",
    ),
    (
        "pinned posts",
        "/api/v1/accounts/{author}/statuses?pinned=true",
    ),
    (PUBLIC, "/api/v1/timelines/public?limit=40"),
    (LOCAL, "/api/v1/timelines/public?local=true&limit=40"),
    (
        "the remote timeline",
        "/api/v1/timelines/public?remote=true&limit=40",
    ),
    (TAG, "/api/v1/timelines/tag/secret?limit=40"),
    (HOME, "/api/v1/timelines/home?limit=40"),
    (NOTIFICATIONS, "/api/v1/notifications?limit=80"),
    (GROUPS, "/api/v2/notifications?limit=80"),
    ("bookmarks", "/api/v1/bookmarks?limit=40"),
    ("favourites", "/api/v1/favourites?limit=40"),
    ("conversations", "/api/v1/conversations"),
    (
        "the timeline of direct posts",
        "/api/v1/timelines/direct?limit=40",
    ),
    ("who favourited it", "/api/v1/statuses/{id}/favourited_by"),
    ("who boosted it", "/api/v1/statuses/{id}/reblogged_by"),
    ("its card", "/api/v1/statuses/{id}/card"),
    ("the author", "/api/v1/accounts/{author}"),
    ("the author by name", "/api/v1/accounts/lookup?acct=author"),
    ("featured tags", "/api/v1/accounts/{author}/featured_tags"),
    ("trends", "/api/v1/trends/statuses"),
    ("trends of links", "/api/v1/trends/links"),
    ("its quotes", "/api/v1/statuses/{id}/quotes"),
    ("requests to quote", "/api/kontor/v1/quote_requests"),
];

pub const POST: &str = "the post";
pub const HISTORY: &str = "its history";
pub const SOURCE: &str = "its source";
const PARENT: &str = "the context of the post that it answers";
const POSTS: &str = "the author's posts";
pub const HOME: &str = "the home timeline";
const PUBLIC: &str = "the public timeline";
const LOCAL: &str = "the local timeline";
const TAG: &str = "the timeline of its tag";
const NOTIFICATIONS: &str = "notifications";
const GROUPS: &str = "notifications in groups";

/// And of what few have: `{list}` is a list of theirs, `{boost}` a boost of the post, `{page}` what it links to.
const MORE_READS: [(&str, &str); 4] = [
    (LIST, "/api/v1/timelines/list/{list}?limit=40"),
    (BOOST, "/api/v1/statuses/{boost}"),
    (LINKED, "/api/v1/timelines/link?limit=40&url={page}"),
    (REPORTED, "/api/v1/admin/reports?limit=200"),
];

const LIST: &str = "a list";
const BOOST: &str = "a boost of it";
const LINKED: &str = "posts with its link";
const REPORTED: &str = "reports of it";

/// How what is pushed is called, before what it is pushed by.
pub const PUSHED: &str = "what is pushed by";

const FILE: &str = "its file";
const SMALL: &str = "its small picture";
const EMBEDDING: &str = "an embedding";

/// Ways on which no token is looked at: what is open is told by them to whom its author blocks, too.
pub fn is_for_anybody(way: &str) -> bool {
    [FILE, SMALL, EMBEDDING]
        .iter()
        .any(|begin| way.starts_with(begin))
}

/// Where nothing is shown of somebody to whoever mutes them. What is asked for by its name is.
pub fn comes_by_itself(way: &str) -> bool {
    let lists = [
        PUBLIC,
        LOCAL,
        TAG,
        HOME,
        LIST,
        LINKED,
        NOTIFICATIONS,
        GROUPS,
    ];
    lists.contains(&way) || way.starts_with(PUSHED)
}

/// By the client API. `parent` is the public post that replies answer.
pub async fn by_api(
    reader: &Reader,
    cast: &Cast,
    secret: &Secret,
    parent: &str,
    once: &mut Once,
) -> Vec<Seen> {
    let client = &reader.client;
    // Whoever blocks or mutes, or is blocked, is not certain of anything that is not asked for by its name.
    let averse = matches!(reader.standing, Standing::Muter | Standing::Blocked);
    let person = reader.token.is_some() && !averse;
    let mut seen = Vec::new();
    for (way, path) in READS.iter().chain(&MORE_READS).copied() {
        let nothing = match way {
            LIST => reader.list.is_none(),
            BOOST => secret.boost.is_none(),
            REPORTED => reader.name != "an operator",
            _ => false,
        };
        if nothing {
            continue;
        }
        let path = path
            .replace("{id}", &secret.id)
            .replace("{author}", &cast.author.id)
            .replace("{parent}", parent)
            .replace("{list}", reader.list.as_deref().unwrap_or_default())
            .replace("{boost}", secret.boost.as_deref().unwrap_or_default())
            .replace("{page}", &cast.page());
        let answer = once.ask(reader.name, &path, client.get(&path)).await;
        seen.push(Seen::of(way, &answer, is_certain(way, reader, secret)));
    }
    for what in [&secret.uri, &secret.url] {
        let path = query("/api/oembed", &[("url", what)]);
        let way = format!("{EMBEDDING} of {what}");
        seen.push(Seen::of(way, &client.get(&path).await, false));
        for resolve in ["true", "false"] {
            let path = query("/api/v2/search", &[("q", what), ("resolve", resolve)]);
            let way = format!("a search for {what}, resolve={resolve}");
            seen.push(found(way, reader, &client.get(&path).await, person));
        }
    }
    let open = secret.is_open();
    if let Some(file) = &secret.file {
        let way = format!("{FILE} {file}");
        let answer = client.get(file).await;
        let certain = reader.token.is_some() || open;
        seen.push(Seen::of(way, &answer, certain));
    }
    if let Some(small) = &secret.small {
        let answer = client.get(small).await;
        let certain = reader.token.is_some() || open;
        seen.push(secret.pictured(&answer, certain));
    }
    seen.extend(by_words(reader, secret, once).await);
    seen
}

/// Whoever may read the post finds it there.
fn is_certain(way: &str, reader: &Reader, secret: &Secret) -> bool {
    let standing = reader.standing;
    let averse = matches!(standing, Standing::Muter | Standing::Blocked);
    match way {
        POST | HISTORY => true,
        SOURCE | HOME => standing == Standing::Author,
        PARENT => secret.reply && !averse,
        POSTS => secret.audience != "direct" && !averse,
        LIST => standing == Standing::Follower && secret.audience != "direct" && !secret.reply,
        BOOST => matches!(standing, Standing::Author | Standing::Follower),
        LINKED => secret.audience == "public" && !averse,
        REPORTED => secret.is_open(),
        _ => false,
    }
}

/// By words that are in it. The marker is a tag of the post as well; its beginning tells a stranger nothing unless a search completes it.
async fn by_words(reader: &Reader, secret: &Secret, once: &mut Once) -> Vec<Seen> {
    let client = &reader.client;
    let mut seen = Vec::new();
    for words in [
        "zz",
        "#zz",
        "secret",
        "#secret",
        "secret in:library",
        "secret in:public",
        "#secret from:author",
        "-nothing",
    ] {
        let path = query("/api/v2/search", &[("q", words), ("limit", "40")]);
        let answer = once.ask(reader.name, &path, client.get(&path)).await;
        let way = format!("a search for {words}");
        seen.push(found(way, reader, &answer, false));
    }
    // Its own words: its author finds it by them for certain.
    for marker in &secret.markers {
        let own = reader.standing == Standing::Author;
        let certain = own && secret.markers.last() == Some(marker);
        for words in [marker.clone(), format!("#{marker}")] {
            let path = query("/api/v2/search", &[("q", &words)]);
            let way = format!("a search for {words}");
            seen.push(found(way, reader, &client.get(&path).await, certain));
        }
    }
    seen
}

/// What a search found. That there is a hashtag is told to whom its author blocks, as to everybody.
fn found(way: String, reader: &Reader, answer: &Answer, certain: bool) -> Seen {
    let mut seen = Seen::of(way, answer, certain);
    if reader.standing == Standing::Blocked && answer.status == 200 {
        let mut results = answer.json();
        results["hashtags"] = serde_json::json!([]);
        seen.text = results.to_string();
    }
    seen
}

/// What changes something must not tell more than a look does. Whoever mutes leaves no marks: these would come back by themselves.
pub async fn by_touch(reader: &Reader, secret: &Secret) -> Vec<Seen> {
    if reader.token.is_none() || matches!(reader.standing, Standing::Author | Standing::Muter) {
        return Vec::new();
    }
    touches(&reader.client, &secret.id).await
}

/// Somebody who has a token tries to do something with a post.
pub async fn touches(client: &Client, id: &str) -> Vec<Seen> {
    let path = format!("/api/v1/statuses/{id}");
    let mut seen = Vec::new();
    for way in ["favourite", "reblog", "bookmark", "pin"] {
        seen.push(Seen::of(
            way,
            &client.post(&format!("{path}/{way}"), &[]).await,
            false,
        ));
    }
    let quote = [
        ("status", "look here"),
        ("visibility", "private"),
        ("quoted_status_id", id),
    ];
    let quoting = client.post("/api/v1/statuses", &quote).await;
    seen.push(Seen::of("quoting it", &quoting, false));
    seen.push(Seen::of(
        "an edit",
        &client.put(&path, &[("status", "mine now")]).await,
        false,
    ));
    seen.push(Seen::of("a deletion", &client.delete(&path).await, false));
    seen
}

/// By the pages and the feeds.
pub async fn by_page(
    who: &'static str,
    browser: &mut Browser,
    secret: &Secret,
    once: &mut Once,
) -> Vec<Seen> {
    let mut seen = Vec::new();
    for (way, path, certain) in [
        ("its page", format!("/@author/{}", secret.id), true),
        (
            "its page under another name",
            format!("/@other/{}", secret.id),
            false,
        ),
        ("its address", format!("/posts/{}", secret.id), false),
        ("the profile", "/@author".to_owned(), false),
        ("the page of its tag", "/tags/secret".to_owned(), false),
        ("the public page", "/public".to_owned(), false),
        ("the first page", "/".to_owned(), false),
        ("the RSS feed", "/@author.rss".to_owned(), false),
        ("the Atom feed", "/@author.atom".to_owned(), false),
        (
            "the page to answer it from elsewhere",
            query("/authorize_interaction", &[("uri", &secret.uri)]),
            false,
        ),
        (
            "the page to like its page from elsewhere",
            query(
                "/authorize_interaction",
                &[("uri", &secret.url), ("intent", "like")],
            ),
            false,
        ),
    ] {
        let answer = once.ask(who, &path, browser.get(&path)).await;
        seen.push(Seen::of(way, &answer, certain));
    }
    let here = |file: &String| {
        let path = file.split_once("/media/").map(|(_, rest)| rest);
        format!("/media/{}", path.expect("a file of ours"))
    };
    if let Some(file) = &secret.file {
        seen.push(Seen::of(FILE, &browser.get(&here(file)).await, true));
    }
    if let Some(small) = &secret.small {
        seen.push(secret.pictured(&browser.get(&here(small)).await, true));
    }
    seen
}

impl Secret {
    /// A picture has no words in it: whoever has it has seen the post.
    fn pictured(&self, answer: &Answer, certain: bool) -> Seen {
        let text = if answer.status == 200 {
            self.markers.concat()
        } else {
            answer.text()
        };
        Seen {
            text,
            ..Seen::of(SMALL, answer, certain)
        }
    }
}

/// As a peer does, with or without a signature.
pub async fn by_peer(
    remote: &Remote,
    cast: &Cast,
    secret: &Secret,
    parent: &str,
    activities: &[String],
    once: &mut Once,
) -> Vec<Seen> {
    let base = cast.server.address().url("");
    let actor = cast.author.actor();
    let mut ways = vec![
        ("the object", secret.uri.clone(), true),
        (
            "the object by its page",
            format!("{base}/@author/{}", secret.id),
            false,
        ),
        ("its replies", format!("{}/replies", secret.uri), false),
        (
            "the replies of the post that it answers",
            format!("{base}/posts/{parent}/replies"),
            false,
        ),
        (
            "their page",
            format!("{base}/posts/{parent}/replies?page=true"),
            false,
        ),
        (
            "the post that it answers",
            format!("{base}/posts/{parent}"),
            false,
        ),
        ("the actor", actor.clone(), false),
        ("the outbox", format!("{actor}/outbox"), false),
        (
            "a page of the outbox",
            format!("{actor}/outbox?page=true"),
            false,
        ),
        (
            "another page of the outbox",
            format!("{actor}/outbox?max_id={}", i64::MAX),
            false,
        ),
        (
            "the followers",
            format!("{actor}/followers?page=true"),
            false,
        ),
        ("the featured posts", format!("{actor}/featured"), false),
    ];
    ways.extend(secret.file.iter().map(|file| (FILE, file.clone(), true)));
    ways.extend(secret.small.iter().map(|file| (SMALL, file.clone(), true)));
    ways.extend(
        activities
            .iter()
            .map(|activity| ("an activity", activity.clone(), false)),
    );
    let mut seen = Vec::new();
    for (way, url, certain) in ways {
        let letter = remote.sign(Letter::get(&url));
        let http = cast.peer_http(remote);
        let answer = once.ask(remote.name, &url, letter.send(http)).await;
        if way == SMALL {
            seen.push(secret.pictured(&answer, certain));
            continue;
        }
        // Where a list shows addresses alone, the address of a hidden post is a leak as well.
        let mut got = Seen::of(format!("{way} at {url}"), &answer, certain);
        if got.text.contains(&secret.uri) && answer.status == 200 && way != "an activity" {
            got.text.push_str(&secret.markers.concat());
        }
        seen.push(got);
    }
    seen
}

/// The same, without asking for an activity by its media type: as a browser that never signed in.
pub async fn by_other_types(stranger: &Client, secret: &Secret) -> Vec<Seen> {
    let mut seen = Vec::new();
    for accept in [
        "text/html",
        "*/*",
        "application/json",
        ACTIVITY,
        "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
    ] {
        for path in [secret.uri.as_str(), secret.url.as_str()] {
            seen.push(Seen::of(
                format!("{path} as {accept}"),
                &stranger.get_as(path, accept).await,
                false,
            ));
        }
    }
    seen
}

impl Cast {
    fn peer_http(&self, remote: &Remote) -> &reqwest::Client {
        if remote.lives_at(&self.strangers) {
            &self.strangers.http
        } else {
            &self.peer.http
        }
    }
}
