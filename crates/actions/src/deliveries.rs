//! How what goes out stands: of one post, and of each peer. Sending itself is the federation's.

use std::collections::BTreeMap;

use kontor_domain::{audience::Viewer, ids::PostId, time::Time, user::Role};
use kontor_store::{
    deliveries::{self, Delivery},
    hosts::{self, Host},
    lanes::{self, Wake},
    posts,
    users::User,
};

use crate::{App, Error, Result};

/// How the deliveries of one post stand at one peer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AtPeer {
    pub host: String,
    pub delivered: i64,
    pub waiting: i64,
    pub failed: i64,
    /// Of all deliveries of the post there.
    pub attempts: i64,
    /// When the first of those that wait is tried next: the end of the peer's pause, if it is left alone until then.
    pub next_attempt_at: Option<Time>,
    pub last_delivered_at: Option<Time>,
    /// Of the latest activity that was tried.
    pub last_status: Option<i32>,
    pub last_error: Option<String>,
}

/// How the deliveries of one post stand, and a page of the peers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfPost {
    pub delivered: i64,
    pub waiting: i64,
    pub failed: i64,
    pub peers: Vec<AtPeer>,
}

/// For the post's author and those who run this place.
pub async fn of_post(
    app: &App,
    by: &User,
    post: PostId,
    after: String,
    most: i64,
) -> Result<OfPost> {
    let (reader, role, now) = (by.account_id, by.role, app.now());
    app.store
        .read(move |db| {
            let author = posts::author(db, post)?.ok_or(Error::NotFound)?;
            if author != reader && role == Role::User {
                let seen = posts::visible(db, Viewer::Account(reader), &[post])?;
                return Err(if seen.is_empty() {
                    Error::NotFound
                } else {
                    Error::Forbidden("This action is not allowed")
                });
            }
            let (all, delivered, failed) = deliveries::counts_of_post(db, post)?;
            let names = deliveries::hosts_of_post(db, post, &after, most)?;
            let rows = deliveries::of_post_at(db, post, &names)?;
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let known = hosts::by_hosts(db, &names)?;
            Ok(OfPost {
                delivered,
                failed,
                waiting: all - delivered - failed,
                peers: by_peer(rows, &known, now),
            })
        })
        .await
}

fn by_peer(rows: Vec<Delivery>, known: &[Host], now: Time) -> Vec<AtPeer> {
    let mut peers: BTreeMap<String, AtPeer> = BTreeMap::new();
    for row in rows {
        let peer = peers.entry(row.host.clone()).or_default();
        peer.attempts += i64::from(row.attempts);
        if row.delivered_at.is_some() {
            peer.delivered += 1;
            peer.last_delivered_at = peer.last_delivered_at.max(row.delivered_at);
        } else if row.failed_at.is_some() {
            peer.failed += 1;
        } else {
            peer.waiting += 1;
            let pause = known
                .iter()
                .find(|host| host.host == row.host)
                .and_then(|host| host.paused_until.filter(|until| *until > now));
            let at = pause.map_or(row.next_attempt_at, |until| until.max(row.next_attempt_at));
            peer.next_attempt_at = Some(peer.next_attempt_at.map_or(at, |known| known.min(at)));
        }
        if row.attempts > 0 {
            peer.last_status = row.last_status;
            peer.last_error = row.last_error;
        }
        peer.host = row.host;
    }
    peers.into_values().collect()
}

/// How a peer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    pub state: Host,
    pub waiting: i64,
    pub oldest: Option<Time>,
}

/// Peers that something waits for or that failed last, by name from `after` on.
pub async fn peers(app: &App, after: String, most: i64) -> Result<Vec<Peer>> {
    app.store
        .read(move |db| {
            let mut names: Vec<String> = lanes::waiting(db, &after, most)?
                .into_iter()
                .map(|next| next.host)
                .collect();
            let failing = hosts::failing(db, &after, most)?;
            names.extend(failing.into_iter().map(|host| host.host));
            names.sort_unstable();
            names.dedup();
            names.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            states(db, &names)
        })
        .await
}

/// `None`: nothing was ever sent there, and nothing waits.
pub async fn peer(app: &App, host: String) -> Result<Option<Peer>> {
    app.store
        .read(move |db| {
            let known = hosts::by_host(db, &host)?.is_some();
            let found = states(db, &[host])?.pop();
            Ok(found.filter(|peer| known || peer.waiting > 0))
        })
        .await
}

fn states(db: &mut kontor_store::Conn, names: &[String]) -> Result<Vec<Peer>> {
    let waiting = deliveries::waiting_at(db, names)?;
    let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut known: BTreeMap<String, Host> = hosts::by_hosts(db, &borrowed)?
        .into_iter()
        .map(|host| (host.host.clone(), host))
        .collect();
    Ok(names
        .iter()
        .map(|name| {
            let (count, oldest) = waiting
                .iter()
                .find(|(host, _, _)| host == name)
                .map_or((0, None), |(_, count, oldest)| (*count, *oldest));
            Peer {
                state: known.remove(name).unwrap_or_else(|| Host::new(name)),
                waiting: count,
                oldest,
            }
        })
        .collect())
}

/// How many rows are changed in one transaction.
const BATCH: i64 = 500;

/// Everything that waits for a peer is tried now, and its pause is over. Returns how much waits there.
pub async fn retry(app: &App, host: String) -> Result<i64> {
    let now = app.now();
    loop {
        let name = host.clone();
        let hurried: Result<usize> = app
            .store
            .write(move |tx| Ok(deliveries::hurry(tx, &name, now, BATCH)?))
            .await;
        if hurried? == 0 {
            break;
        }
    }
    app.store
        .write(move |tx| {
            hosts::end_pause(tx, &host)?;
            Wake::Host(host.clone()).tell(tx);
            let waiting = deliveries::waiting_at(tx, std::slice::from_ref(&host))?;
            Ok(waiting.first().map_or(0, |(_, count, _)| *count))
        })
        .await
}

/// The whole queue, for who watches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// Counted up to [`COUNTED`](crate::queues::COUNTED).
    pub waiting: i64,
    pub oldest: Option<Time>,
    /// Peers that failed last, and those of them that are left alone now.
    pub failing: i64,
    pub paused: i64,
    /// Some of those that failed last, the most failures in a row first.
    pub worst: Vec<Host>,
}

/// With so many of the peers that failed last.
pub async fn backlog(app: &App, most: u32) -> Result<Backlog> {
    let now = app.now();
    app.store
        .read(move |db| {
            let (waiting, oldest) = deliveries::backlog(db, crate::queues::COUNTED)?;
            let (failing, paused) = hosts::troubled(db, now)?;
            let worst = if failing > 0 {
                hosts::failing_most(db, i64::from(most))?
            } else {
                Vec::new()
            };
            Ok(Backlog {
                waiting,
                oldest,
                failing,
                paused,
                worst,
            })
        })
        .await
}
