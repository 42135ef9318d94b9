//! A database that has been lived in: written beside the server, as a command of its own does, and not through it.

use kontor_domain::{
    follow::FollowState,
    ids::{AccountId, PostId},
    time::{self, Time},
};
use kontor_store::{
    Opener, Settings, Store,
    accounts::{self, Account},
    follows, home, posts,
    testing::rows,
    users,
};

use crate::server::DOMAIN;

/// Rows of one transaction.
const BATCH: usize = 1000;

/// About what people write: with it a page of 20 has some 40 KB of JSON.
const TEXT: &str = "The harbour was quiet this morning, and the crane that everybody had been talking about for a week stood still at last. \
                    Whoever comes by in the afternoon brings a rope, two lamps and something to eat; we meet at the old gate and go on from there.";

pub struct Seeded {
    /// Whom the reader follows.
    pub followed: Vec<AccountId>,
    pub newest: PostId,
}

/// Posts by authors who live here, over the last ninety days, and a reader who follows some of them.
pub async fn seed(
    url: &str,
    reader: AccountId,
    authors: usize,
    count: usize,
    follows: usize,
) -> Seeded {
    let store = Store::open(&Settings::new(url), Opener::Command).unwrap();
    let now = now();
    let people = people(&store, now, authors).await;
    let followed: Vec<AccountId> = people.iter().take(follows).map(|who| who.id).collect();
    follow(&store, now, reader, followed.clone()).await;
    let start = now - chrono::Duration::days(90);
    let step = time::millis(now).saturating_sub(time::millis(start))
        / i64::try_from(count.max(1)).unwrap();
    let mut newest = PostId(0);
    let mut number = 0;
    while number < count {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH && number < count {
            let at = time::from_millis(time::millis(start) + step * i64::try_from(number).unwrap())
                .unwrap();
            // Not in turn, or every author would be as often on a page as every other.
            let author = &people[(number * 7919) % people.len()];
            let row = rows::post(store.ids().next(at), author);
            newest = row.id;
            batch.push(posts::Post {
                content: format!("<p>{TEXT} {number}</p>"),
                text: format!("{TEXT} {number}"),
                url: format!("http://{DOMAIN}/@{}/{}", author.username, row.id),
                created_at: at,
                ..row
            });
            number += 1;
        }
        store
            .write(move |tx| batch.iter().try_for_each(|post| posts::insert(tx, post)))
            .await
            .unwrap();
    }
    store
        .write(move |tx| home::rebuild(tx, reader))
        .await
        .unwrap();
    Seeded { followed, newest }
}

async fn people(store: &Store, now: Time, count: usize) -> Vec<Account> {
    let mut all = Vec::with_capacity(count);
    for number in 0..count {
        let name = format!("author{number}");
        let row = rows::local_account(store.ids().next(now), &name);
        let uri = format!("http://{DOMAIN}/users/{}", row.id);
        all.push(Account {
            url: format!("http://{DOMAIN}/@{name}"),
            inbox_url: format!("{uri}/inbox"),
            public_key_id: format!("{uri}#main-key"),
            uri,
            ..row
        });
    }
    for some in all.chunks(BATCH) {
        let some = some.to_vec();
        store
            .write(move |tx| {
                some.iter().try_for_each(|account| {
                    accounts::insert(tx, account)?;
                    users::insert(tx, &rows::user(account.id))
                })
            })
            .await
            .unwrap();
    }
    all
}

async fn follow(store: &Store, now: Time, reader: AccountId, targets: Vec<AccountId>) {
    let ids = store.ids().clone();
    store
        .write(move |tx| {
            targets.iter().try_for_each(|target| {
                let row = rows::follow(ids.next(now), reader, *target, FollowState::Accepted);
                follows::insert_if_new(tx, &row).map(drop)
            })
        })
        .await
        .unwrap();
}

fn now() -> Time {
    kontor_store::Clock::default().now()
}
