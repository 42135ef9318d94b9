//! Who of those who listen sees a post, and how: those who see the same are shown it as one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, ListId, PostId},
    page::Page,
    time::Time,
};
use kontor_store::{
    Conn, list_entries,
    streams::{self, Facts},
};

use super::{Hub, News, Origin, Part, Stream, What};
use crate::{
    Result,
    posts::{self, PostView},
};

/// Somebody, by a stream of theirs.
pub(super) type Reading = BTreeMap<Stream, BTreeSet<AccountId>>;

/// A page that holds this post, or nothing.
fn only(post: PostId) -> Page {
    Page {
        max_id: Some(post.0.saturating_add(1)),
        since_id: Some(post.0.saturating_sub(1)),
        min_id: None,
        limit: 1,
    }
}

fn origins(local: bool) -> [Origin; 2] {
    [
        Origin::Everywhere,
        if local { Origin::Local } else { Origin::Remote },
    ]
}

/// The public streams in which a post is, whoever reads it.
pub(super) fn open_streams(facts: &Facts) -> Vec<Stream> {
    let mut found = Vec::new();
    for origin in origins(facts.local) {
        if facts.listed {
            for only_media in [false, true] {
                if facts.media || !only_media {
                    found.push(Stream::Public(Part { origin, only_media }));
                }
            }
        }
        if facts.public {
            for tag in &facts.tags {
                found.push(Stream::Hashtag(tag.clone(), origin));
            }
        }
    }
    found
}

/// Who is shown a post, by each of the streams that are listened to. `showings`: what it is shown by at home and in lists.
pub(super) fn readers(
    db: &mut Conn,
    hub: &Hub,
    facts: &Facts,
    showings: &[PostId],
    now: Time,
) -> Result<Reading> {
    let mut reading = Reading::new();
    let homes = hub.listening(&Stream::User);
    if !homes.is_empty() {
        reading.insert(Stream::User, streams::at_home(db, showings, &homes, now)?);
    }
    lists(db, hub, showings, now, &mut reading)?;
    let mut anywhere: BTreeMap<Stream, HashSet<AccountId>> = BTreeMap::new();
    for stream in open_streams(facts) {
        let listening = hub.listening(&stream);
        if !listening.is_empty() {
            anywhere.insert(stream, listening);
        }
    }
    if !anywhere.is_empty() {
        let all: BTreeSet<AccountId> = anywhere.values().flatten().copied().collect();
        let all: Vec<AccountId> = all.into_iter().collect();
        let shown = streams::come_upon(db, facts.post, &all, now)?;
        for (stream, listening) in anywhere {
            let shown = shown.iter().filter(|viewer| listening.contains(viewer));
            reading.insert(stream, shown.copied().collect());
        }
    }
    reading.retain(|_, viewers| !viewers.is_empty());
    Ok(reading)
}

/// A query for each list that is listened to and has the post.
fn lists(
    db: &mut Conn,
    hub: &Hub,
    showings: &[PostId],
    now: Time,
    reading: &mut Reading,
) -> Result<()> {
    let listened: HashSet<ListId> = hub
        .everywhere()
        .into_iter()
        .filter_map(|stream| match stream {
            Stream::List(id) => Some(id),
            _ => None,
        })
        .collect();
    if listened.is_empty() {
        return Ok(());
    }
    for (id, post) in streams::lists_with(db, showings)? {
        if !listened.contains(&id) {
            continue;
        }
        let stream = Stream::List(id);
        for owner in hub.listening(&stream) {
            let Some(list) = kontor_store::lists::of(db, owner, id)? else {
                continue;
            };
            if !list_entries::page(db, &list, now, &only(post))?.is_empty() {
                reading.entry(stream.clone()).or_default().insert(owner);
            }
        }
    }
    Ok(())
}

/// The post as each of these people sees it: loaded once for all who see the same, and by itself for whoever does not.
pub(super) fn shown(
    db: &mut Conn,
    facts: &Facts,
    reading: &Reading,
    now: Time,
    say: impl Fn(Box<PostView>, Viewer) -> What,
) -> Result<HashMap<AccountId, Arc<News>>> {
    let viewers: BTreeSet<AccountId> = reading.values().flatten().copied().collect();
    let viewers: Vec<AccountId> = viewers.into_iter().collect();
    let mut found = HashMap::with_capacity(viewers.len());
    for alike in alike(db, facts, &viewers)? {
        let Some(one) = alike.first() else { continue };
        let viewer = Viewer::Account(*one);
        let Some(view) = posts::load(db, viewer, &[facts.post], now)?.pop() else {
            continue;
        };
        if is_addressed(&view) {
            for one in alike {
                let said = say(Box::new(view.clone()), Viewer::Account(one));
                found.insert(one, News::new(said));
            }
        } else {
            let news = News::new(say(Box::new(view), viewer));
            found.extend(alike.into_iter().map(|one| (one, news.clone())));
        }
    }
    Ok(found)
}

/// Has it files that not everybody may have? Their addresses are made for one reader.
fn is_addressed(view: &PostView) -> bool {
    let quoted = view
        .parts
        .quote
        .as_ref()
        .and_then(|quote| quote.quoted.as_deref());
    let closed = view.parts.closed.is_some() && !view.parts.attachments.is_empty();
    closed || view.boosted.as_deref().is_some_and(is_addressed) || quoted.is_some_and(is_addressed)
}

/// Those who see the same are one group.
fn alike(db: &mut Conn, facts: &Facts, viewers: &[AccountId]) -> Result<Vec<Vec<AccountId>>> {
    if viewers.len() < 2 {
        return Ok(viewers.iter().map(|one| vec![*one]).collect());
    }
    let (mut of, mut people) = (vec![facts.post], vec![facts.author]);
    if let Some((post, author)) = facts.boosts {
        of.push(post);
        people.push(author);
    }
    for (post, author) in streams::quoted_by(db, &of)? {
        of.push(post);
        people.push(author);
    }
    let apart = streams::apart(db, viewers, &of, &people)?;
    let mut ties = streams::ties(db, viewers, &people)?;
    let mut groups: BTreeMap<BTreeSet<AccountId>, Vec<AccountId>> = BTreeMap::new();
    let mut alone = Vec::new();
    for viewer in viewers {
        if apart.contains(viewer) {
            alone.push(vec![*viewer]);
        } else {
            let follows = ties.remove(viewer).unwrap_or_default();
            groups.entry(follows).or_default().push(*viewer);
        }
    }
    Ok(groups.into_values().chain(alone).collect())
}
