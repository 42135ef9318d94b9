//! Tests of every query, on both databases: a file for each noun, and files for what the store itself promises.

mod accounts;
mod activities;
mod aftermath;
mod announcements;
mod attachments;
mod audience;
mod aversions;
mod blocks;
mod bookmarks;
mod boosts;
mod check;
mod collections;
mod commits;
mod communities;
mod compiled;
mod contexts;
mod counts;
mod custom_emojis;
mod deliveries;
mod dislikes;
mod endorsements;
mod favourites;
mod followed_tags;
mod follows;
mod home;
mod hosts;
mod idempotency;
mod inbox;
mod invites;
mod jobs;
mod lanes;
mod lists;
mod mail_links;
mod markers;
mod migrations;
mod moderation;
mod notices;
mod notifications;
mod oauth;
mod peers;
mod pins;
mod plans;
mod polls;
mod posts;
mod prepared;
mod prune;
mod pushes;
mod quotes;
mod races;
mod reactions;
mod readers;
mod remote_files;
mod reports;
mod schema;
mod search;
mod second_factors;
mod sessions;
mod severances;
mod skew;
mod streams;
mod tags;
mod threads;
mod timelines;
mod tombstones;
mod unfinished_uploads;
mod users;
mod warnings;

use kontor_domain::{ids::PostId, page::Page};

use crate::{Conn, Result, Store, Tx, timelines::Seen};

async fn write<T: Send + 'static>(
    store: &Store,
    body: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> T {
    store.write(body).await.unwrap()
}

/// As what is claimed is claimed.
async fn take<T: Send + 'static>(
    store: &Store,
    body: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
) -> T {
    store.take(body).await.unwrap()
}

async fn read<T: Send + 'static>(
    store: &Store,
    body: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
) -> T {
    store.read(body).await.unwrap()
}

/// Holds every page of a list against what the bounds mean. `all` is the whole list, newest first.
fn hold_pages_against(
    db: &mut Conn,
    all: &[i64],
    list: impl Fn(&mut Conn, &Page) -> Result<Vec<i64>>,
) -> Result<()> {
    assert!(all.len() >= 5 && all.is_sorted_by(|a, b| a > b), "{all:?}");
    assert_eq!(list(db, &Page::first(1000))?, all);
    let bounds = [
        None,
        Some(all[all.len() - 1] - 1),
        Some(all[all.len() - 2]),
        Some(all[1]),
        Some(all[0] + 1),
    ];
    for max_id in bounds {
        for since_id in bounds {
            for min_id in bounds {
                for limit in [1, 2, 1000] {
                    let page = Page {
                        max_id,
                        since_id,
                        min_id,
                        limit,
                    };
                    let mut wanted: Vec<i64> = all
                        .iter()
                        .copied()
                        .filter(|id| max_id.is_none_or(|max| *id < max))
                        .filter(|id| since_id.is_none_or(|since| *id > since))
                        .filter(|id| min_id.is_none_or(|min| *id > min))
                        .collect();
                    let limit = usize::try_from(limit).unwrap();
                    if min_id.is_some() {
                        wanted.drain(..wanted.len().saturating_sub(limit));
                    } else {
                        wanted.truncate(limit);
                    }
                    assert_eq!(list(db, &page)?, wanted, "{page:?}");
                }
            }
        }
    }
    Ok(())
}

/// The posts of a page, of whatever version.
fn ids_of(seen: Vec<Seen>) -> Vec<PostId> {
    seen.into_iter().map(|(id, _)| id).collect()
}

/// Runs a statement that no query of ours is.
fn raw(db: &mut Conn, sql: &str) -> Result<()> {
    use diesel::connection::SimpleConnection;
    Ok(each!(db, |c| c.batch_execute(sql))?)
}
