//! Every way to what is in communities, as each kind of reader goes it.

use kontor_tests::{ACTIVITY, Letter, Peer, browser::Browser, client::query};

use super::cast::{Cast, Reader, Remote, Round, Secret, Standing};
use crate::audience::ways::{HISTORY, HOME, Once, POST, READS, SOURCE, Seen};

/// Reads that only communities have, and what leads to what is in them.
const OWN_READS: [(&str, &str); 10] = [
    ("the community", "/api/kontor/v1/communities/{community}"),
    ("its log", "/api/kontor/v1/communities/{community}/log"),
    (SHOWN, "/api/v1/accounts/{community}/statuses?limit=40"),
    (
        "what it pins",
        "/api/v1/accounts/{community}/statuses?pinned=true",
    ),
    (TIMELINE, "/api/v1/timelines/group/{community}?limit=40"),
    ("the thread", "/api/v1/statuses/{root}/context"),
    (TAG, "/api/v1/timelines/tag/{marker}"),
    (LIST, "/api/v1/timelines/list/{list}?limit=40"),
    (QUOTE, "/api/v1/statuses/{quote}"),
    (BOOSTED, "/api/v1/accounts/{booster}/statuses?limit=40"),
];

const SHOWN: &str = "what it shows";
const TIMELINE: &str = "the timeline of the community";
const TAG: &str = "posts of its tag";
const LIST: &str = "a list";
const QUOTE: &str = "what quotes it";
const BOOSTED: &str = "the posts of whoever boosted it";

/// Where nothing is that is kept out of public lists, whoever looks.
pub const PUBLIC_LISTS: [&str; 9] = [
    "the public timeline",
    "the local timeline",
    "the remote timeline",
    "the timeline of its tag",
    TAG,
    "the public page",
    "the page of its tag",
    RSS,
    ATOM,
];

const RSS: &str = "the community's feed";
const ATOM: &str = "the community's other feed";

/// Looked at once: what became of the post since makes no difference there.
const AT_FIRST: [&str; 4] = [
    "posts by ids",
    "who favourited it",
    "its card",
    "requests to quote",
];

/// Whoever may read the post finds it there.
fn is_certain(way: &str, reader: &Reader, secret: &Secret, round: Round) -> bool {
    let shown = round.is_shown();
    let thread = shown && secret.is_thread();
    match way {
        POST => true,
        TIMELINE => reader.standing != Standing::Visitor,
        HISTORY => shown,
        SOURCE => shown && reader.standing == Standing::Author,
        HOME | LIST => thread && reader.standing == Standing::Member,
        SHOWN => thread,
        QUOTE | BOOSTED => thread && secret.place.is_open(),
        _ => false,
    }
}

pub async fn by_api(
    reader: &Reader,
    cast: &Cast,
    secret: &Secret,
    round: Round,
    once: &mut Once,
) -> Vec<Seen> {
    let client = &reader.client;
    let mut seen = Vec::new();
    for (way, path) in READS.iter().chain(&OWN_READS) {
        let nothing = match *way {
            LIST => reader.list.is_none(),
            QUOTE => secret.quote.is_none(),
            way => round != Round::Written && AT_FIRST.contains(&way),
        };
        if nothing {
            continue;
        }
        let path = path
            .replace("{id}", &secret.id)
            .replace("{author}", &cast.author.id)
            .replace("{parent}", &secret.root)
            .replace("{root}", &secret.root)
            .replace("{marker}", &secret.markers[0])
            .replace("{community}", &secret.community)
            .replace("{list}", reader.list.as_deref().unwrap_or_default())
            .replace("{quote}", secret.quote.as_deref().unwrap_or_default())
            .replace("{booster}", &cast.member.id);
        let answer = once.ask(reader.name, &path, client.get(&path)).await;
        let certain = is_certain(way, reader, secret, round);
        seen.push(Seen::of(*way, &answer, certain));
    }
    let file = client.get(&secret.file).await;
    seen.push(Seen::of("its file", &file, true));
    seen.extend(by_search(reader, secret, round, once).await);
    seen
}

async fn by_search(reader: &Reader, secret: &Secret, round: Round, once: &mut Once) -> Vec<Seen> {
    let client = &reader.client;
    let person = reader.standing != Standing::Visitor;
    // Whoever wrote it, and whoever it mentions, finds it by its words.
    let own = matches!(reader.standing, Standing::Author | Standing::Member);
    let mut seen = Vec::new();
    for words in ["zz", "#zz", "secret", "#secret", "secret in:public"] {
        let path = query("/api/v2/search", &[("q", words), ("limit", "40")]);
        let answer = once.ask(reader.name, &path, client.get(&path)).await;
        seen.push(Seen::of(format!("a search for {words}"), &answer, false));
    }
    let marker = secret.markers.last().expect("a marker");
    let shown = round.is_shown();
    for (what, certain) in [
        (&secret.uri, person && shown),
        (&secret.url, person && shown),
        (marker, own && shown),
    ] {
        let asked: &[&str] = if round == Round::Written {
            &["true", "false"]
        } else {
            &["true"]
        };
        for resolve in asked.iter().copied() {
            let path = query("/api/v2/search", &[("q", what), ("resolve", resolve)]);
            let answer = client.get(&path).await;
            seen.push(Seen::of(format!("a search for {what}"), &answer, certain));
        }
        if round == Round::Written {
            let path = query("/api/oembed", &[("url", what)]);
            let answer = client.get(&path).await;
            seen.push(Seen::of("an embedding", &answer, false));
        }
    }
    seen
}

pub async fn by_page(
    who: &'static str,
    browser: &mut Browser,
    secret: &Secret,
    round: Round,
    once: &mut Once,
) -> Vec<Seen> {
    let page = &secret.page;
    let thread = round.is_shown() && secret.is_thread();
    let fed = thread && secret.place.is_listed();
    let mut seen = Vec::new();
    for (way, path, certain) in [
        ("its page", format!("/@author/{}", secret.id), true),
        ("its address", format!("/posts/{}", secret.id), false),
        ("the profile", "/@author?with=answers".to_owned(), false),
        ("the community's page", page.clone(), thread),
        ("the community's log", format!("{page}/log"), false),
        ("the list of communities", "/communities".to_owned(), false),
        (RSS, format!("{page}.rss"), fed),
        (ATOM, format!("{page}.atom"), fed),
        ("the author's feed", "/@author.rss".to_owned(), false),
        ("the page of its tag", "/tags/secret".to_owned(), false),
        ("the public page", "/public".to_owned(), false),
        ("the first page", "/".to_owned(), false),
    ] {
        let answer = once.ask(who, &path, browser.get(&path)).await;
        seen.push(Seen::of(way, &answer, certain));
    }
    let path = secret.file.split_once("/media/").map(|(_, rest)| rest);
    let path = format!("/media/{}", path.expect("a file of ours"));
    seen.push(Seen::of("its file", &browser.get(&path).await, true));
    seen
}

fn peer_of<'a>(remote: &Remote, cast: &'a Cast) -> &'a Peer {
    if remote.lives_at(&cast.strangers) {
        &cast.strangers
    } else {
        &cast.peer
    }
}

pub async fn by_peer(
    remote: &Remote,
    cast: &Cast,
    secret: &Secret,
    activities: &[String],
    once: &mut Once,
) -> Vec<Seen> {
    let (group, uri) = (&secret.group, &secret.uri);
    let root = uri.replace(&secret.id, &secret.root);
    let context = root.replace("/posts/", "/contexts/");
    let mut ways = vec![
        (uri.clone(), true),
        (secret.file.clone(), true),
        (format!("{uri}/activity"), true),
        (format!("{uri}/replies?page=true"), false),
        (format!("{root}/replies?page=true"), false),
        (format!("{context}?page=true"), false),
        (group.clone(), false),
        (format!("{group}/outbox?page=true"), false),
        (format!("{group}/featured"), false),
        (followers(group), false),
        (format!("{}/outbox?page=true", cast.author.actor()), false),
        (format!("{}/featured", cast.author.actor()), false),
    ];
    ways.extend(activities.iter().map(|url| (url.clone(), false)));
    // What another server says of its community is its own business.
    let here = cast.server.address().url("/");
    ways.retain(|(url, _)| url.starts_with(&here));
    let http = &peer_of(remote, cast).http;
    let mut seen = Vec::new();
    for (url, certain) in ways {
        let letter = remote.sign(Letter::get(&url).with("accept", ACTIVITY));
        let answer = once.ask(remote.name, &url, letter.send(http)).await;
        seen.push(Seen::of(url, &answer, certain));
    }
    seen
}

/// Who belongs to a community, as its server tells others.
pub fn followers(group: &str) -> String {
    format!("{group}/followers?page=true")
}
