//! Every way to read: what each kind of reader gets by it.

use kontor_tests::{ACTIVITY, Answer, Client, Letter, browser::Browser, client::query};

use super::readers::{Cast, Reader, Remote, Secret};

/// Something that was read.
pub struct Seen {
    pub way: String,
    pub text: String,
    pub status: u16,
    /// Whoever may read the post finds it here for certain; otherwise it may also be absent.
    pub certain: bool,
}

impl Seen {
    fn of(way: impl Into<String>, answer: &Answer, certain: bool) -> Self {
        Self { way: way.into(), text: answer.text(), status: answer.status, certain }
    }
}

/// By the client API. `parent` is the public post that replies answer.
pub async fn by_api(reader: &Reader, cast: &Cast, secret: &Secret, parent: &str) -> Vec<Seen> {
    let Reader { client, person, .. } = reader;
    let (id, author) = (&secret.id, &cast.author.id);
    let is_author = reader.standing == super::readers::Standing::Author;
    let mut seen = Vec::new();
    for (way, path, certain) in [
        ("the post", format!("/api/v1/statuses/{id}"), true),
        ("its history", format!("/api/v1/statuses/{id}/history"), true),
        ("its source", format!("/api/v1/statuses/{id}/source"), is_author),
        ("its context", format!("/api/v1/statuses/{id}/context"), false),
        ("the context of the post that it answers", format!("/api/v1/statuses/{parent}/context"), secret.reply),
        ("posts by ids", query("/api/v1/statuses", &[("id[]", id)]), false),
        ("the author's posts", format!("/api/v1/accounts/{author}/statuses?limit=40"), secret.audience != "direct"),
        ("the author's posts without replies", format!("/api/v1/accounts/{author}/statuses?exclude_replies=true"), false),
        ("the author's posts with a tag", format!("/api/v1/accounts/{author}/statuses?tagged=secret"), false),
        ("the author's pinned posts", format!("/api/v1/accounts/{author}/statuses?pinned=true"), false),
        ("the public timeline", "/api/v1/timelines/public?limit=40".to_owned(), false),
        ("the local timeline", "/api/v1/timelines/public?local=true&limit=40".to_owned(), false),
        ("the remote timeline", "/api/v1/timelines/public?remote=true&limit=40".to_owned(), false),
        ("the timeline of its tag", "/api/v1/timelines/tag/secret?limit=40".to_owned(), false),
        ("the home timeline", "/api/v1/timelines/home?limit=40".to_owned(), is_author),
        ("notifications", "/api/v1/notifications?limit=80".to_owned(), false),
        ("conversations", "/api/v1/conversations".to_owned(), false),
        ("who favourited it", format!("/api/v1/statuses/{id}/favourited_by"), false),
        ("who boosted it", format!("/api/v1/statuses/{id}/reblogged_by"), false),
        ("its card", format!("/api/v1/statuses/{id}/card"), false),
        ("the author", format!("/api/v1/accounts/{author}"), false),
        ("the author by name", "/api/v1/accounts/lookup?acct=author".to_owned(), false),
        ("the author's featured tags", format!("/api/v1/accounts/{author}/featured_tags"), false),
        ("trends", "/api/v1/trends/statuses".to_owned(), false),
    ] {
        seen.push(Seen::of(way, &client.get(&path).await, certain));
    }
    for what in [&secret.uri, &secret.url] {
        for resolve in ["true", "false"] {
            let path = query("/api/v2/search", &[("q", what), ("resolve", resolve)]);
            seen.push(Seen::of(format!("a search for {what}, resolve={resolve}"), &client.get(&path).await, *person));
        }
    }
    for words in [secret.markers[0].as_str(), "#secret", "secret"] {
        let path = query("/api/v2/search", &[("q", words), ("limit", "40")]);
        let mut found = Seen::of(format!("a search for {words}"), &client.get(&path).await, false);
        // A search may say again what it was asked for.
        found.text = statuses_of(&found.text);
        seen.push(found);
    }
    // A favourite, a boost or a bookmark must not tell more than a look does.
    for way in ["favourite", "reblog", "bookmark", "pin"] {
        if *person && !is_author {
            seen.push(Seen::of(way, &client.post(&format!("/api/v1/statuses/{id}/{way}"), &[]).await, false));
        }
    }
    if *person && !is_author {
        seen.push(Seen::of("an edit", &client.put(&format!("/api/v1/statuses/{id}"), &[("status", "mine now")]).await, false));
        seen.push(Seen::of("a deletion", &client.delete(&format!("/api/v1/statuses/{id}")).await, false));
    }
    seen
}

fn statuses_of(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    value["statuses"].to_string() + &value["accounts"].to_string()
}

/// By the pages and the feeds.
pub async fn by_page(browser: &mut Browser, secret: &Secret) -> Vec<Seen> {
    let mut seen = Vec::new();
    for (way, path, certain) in [
        ("its page", format!("/@author/{}", secret.id), true),
        ("its page under another name", format!("/@other/{}", secret.id), false),
        ("its address", format!("/posts/{}", secret.id), false),
        ("the profile", "/@author".to_owned(), false),
        ("the page of its tag", "/tags/secret".to_owned(), false),
        ("the public page", "/public".to_owned(), false),
        ("the first page", "/".to_owned(), false),
        ("the RSS feed", "/@author.rss".to_owned(), false),
        ("the Atom feed", "/@author.atom".to_owned(), false),
    ] {
        seen.push(Seen::of(way, &browser.get(&path).await, certain));
    }
    seen
}

/// As a peer does, with or without a signature.
pub async fn by_peer(remote: &Remote, cast: &Cast, secret: &Secret, parent: &str, activities: &[String]) -> Vec<Seen> {
    let base = cast.server.address().url("");
    let actor = cast.author.actor();
    let mut ways = vec![
        ("the object", secret.uri.clone(), true),
        ("the object by its page", format!("{base}/@author/{}", secret.id), false),
        ("its replies", format!("{}/replies", secret.uri), false),
        ("the replies of the post that it answers", format!("{base}/posts/{parent}/replies"), false),
        ("their page", format!("{base}/posts/{parent}/replies?page=true"), false),
        ("the post that it answers", format!("{base}/posts/{parent}"), false),
        ("the actor", actor.clone(), false),
        ("the outbox", format!("{actor}/outbox"), false),
        ("a page of the outbox", format!("{actor}/outbox?page=true"), false),
        ("another page of the outbox", format!("{actor}/outbox?max_id={}", i64::MAX), false),
        ("the followers", format!("{actor}/followers?page=true"), false),
        ("the featured posts", format!("{actor}/featured"), false),
    ];
    ways.extend(activities.iter().map(|activity| ("an activity", activity.clone(), false)));
    let mut seen = Vec::new();
    for (way, url, certain) in ways {
        let letter = Letter::get(&url);
        let letter = match &remote.actor {
            Some(actor) => letter.signed(&actor.key),
            None => letter,
        };
        let answer = letter.send(&cast.peer_http(remote)).await;
        // Where a list shows addresses alone, the address of a hidden post is a leak as well.
        let mut one = Seen::of(format!("{way} at {url}"), &answer, certain);
        if one.text.contains(&secret.uri) && answer.status == 200 && way != "an activity" {
            one.text.push_str(&secret.markers.concat());
        }
        seen.push(one);
    }
    seen
}

/// The same, without asking for an activity by its media type: as a browser that never signed in.
pub async fn by_other_types(stranger: &Client, secret: &Secret) -> Vec<Seen> {
    let mut seen = Vec::new();
    for accept in ["text/html", "*/*", "application/json", ACTIVITY, "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\""] {
        let page = format!("/@author/{}", secret.id);
        for path in [secret.uri.as_str(), secret.url.as_str(), page.as_str()] {
            seen.push(Seen::of(format!("{path} as {accept}"), &stranger.get_as(path, accept).await, false));
        }
    }
    seen
}

impl Cast {
    fn peer_http(&self, remote: &Remote) -> reqwest::Client {
        let elsewhere = remote.actor.as_ref().is_some_and(|actor| actor.id.starts_with(&self.strangers.address.url("/")));
        if elsewhere { self.strangers.http.clone() } else { self.peer.http.clone() }
    }
}
