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
pub const READS: [(&str, &str); 28] = [
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
    ("the public timeline", "/api/v1/timelines/public?limit=40"),
    (
        "the local timeline",
        "/api/v1/timelines/public?local=true&limit=40",
    ),
    (
        "the remote timeline",
        "/api/v1/timelines/public?remote=true&limit=40",
    ),
    (
        "the timeline of its tag",
        "/api/v1/timelines/tag/secret?limit=40",
    ),
    (HOME, "/api/v1/timelines/home?limit=40"),
    ("notifications", "/api/v1/notifications?limit=80"),
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

/// By the client API. `parent` is the public post that replies answer.
pub async fn by_api(
    reader: &Reader,
    cast: &Cast,
    secret: &Secret,
    parent: &str,
    once: &mut Once,
) -> Vec<Seen> {
    let client = &reader.client;
    let is_author = reader.standing == Standing::Author;
    let person = reader.token.is_some();
    let mut seen = Vec::new();
    for (way, path) in READS {
        let certain = match way {
            POST | HISTORY => true,
            SOURCE | HOME => is_author,
            PARENT => secret.reply,
            POSTS => secret.audience != "direct",
            _ => false,
        };
        let path = path
            .replace("{id}", &secret.id)
            .replace("{author}", &cast.author.id)
            .replace("{parent}", parent);
        let answer = once.ask(reader.name, &path, client.get(&path)).await;
        seen.push(Seen::of(way, &answer, certain));
    }
    for what in [&secret.uri, &secret.url] {
        let path = query("/api/oembed", &[("url", what)]);
        let way = format!("an embedding of {what}");
        seen.push(Seen::of(way, &client.get(&path).await, false));
        for resolve in ["true", "false"] {
            let path = query("/api/v2/search", &[("q", what), ("resolve", resolve)]);
            let way = format!("a search for {what}, resolve={resolve}");
            seen.push(Seen::of(way, &client.get(&path).await, person));
        }
    }
    // The marker is a tag of the post as well; its beginning tells a stranger nothing unless a search completes it.
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
        seen.push(Seen::of(format!("a search for {words}"), &answer, false));
    }
    if let Some(file) = &secret.file {
        seen.push(Seen::of(
            format!("its file {file}"),
            &client.get(file).await,
            person || secret.is_open(),
        ));
    }
    // Its own words: its author finds it by them for certain.
    for marker in &secret.markers {
        let certain = is_author && secret.markers.last() == Some(marker);
        for words in [marker.clone(), format!("#{marker}")] {
            let path = query("/api/v2/search", &[("q", &words)]);
            seen.push(Seen::of(
                format!("a search for {words}"),
                &client.get(&path).await,
                certain,
            ));
        }
    }
    seen
}

/// What changes something must not tell more than a look does.
pub async fn by_touch(reader: &Reader, secret: &Secret) -> Vec<Seen> {
    if reader.token.is_none() || reader.standing == Standing::Author {
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
    if let Some(file) = &secret.file {
        let path = file.split_once("/media/").map(|(_, rest)| rest);
        let path = format!("/media/{}", path.expect("a file of ours"));
        seen.push(Seen::of("its file", &browser.get(&path).await, true));
    }
    seen
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
    ways.extend(
        secret
            .file
            .iter()
            .map(|file| ("its file", file.clone(), true)),
    );
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
