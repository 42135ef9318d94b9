//! Every query that grows with the instance finds its rows by an index, on a large database, with and without statistics.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use diesel::{
    Connection, QueryableByName, RunQueryDsl,
    connection::InstrumentationEvent,
    sql_query,
    sql_types::{BigInt, Text},
};
use kontor_domain::{
    audience::Viewer,
    follow::FollowState,
    ids::{AccountId, ActivityId, DeliveryId, JobId, NotificationId, PostId},
    notification::NotificationKind,
    page::Page,
};

use super::{raw, write};
use crate::{
    Conn, Result, Store, Tx, accounts, activities, blocks, bookmarks, boosts, community_posts,
    deliveries, favourites, follows, home, idempotency, inbox, jobs, lanes, notifications, oauth,
    posts, reactions, standings,
    testing::{Backend, Fresh, rows::at},
    threads,
    timelines::{self, Origin, Selection},
};

mod ends;
mod readers;
mod rows;

use rows::fill;

/// Tables that grow without end. Statistics make others small enough to be read whole.
const LARGE: [&str; 20] = [
    "posts",
    "accounts",
    "mentions",
    "post_tags",
    "follows",
    "home_entries",
    "notifications",
    "jobs",
    "inbox",
    "activities",
    "deliveries",
    "favourites",
    "bookmarks",
    "reactions",
    "blocks",
    "list_entries",
    "list_members",
    "tag_days",
    "followed_tags",
    "conversations",
];

const PEOPLE: i64 = 2_000;
const POSTS: i64 = 20_000;

type Query = (&'static str, fn(&mut Tx<'_>) -> Result<usize>);

const ANN: AccountId = AccountId(1);

fn page() -> Page {
    Page {
        max_id: Some(15_000),
        since_id: None,
        min_id: None,
        limit: 20,
    }
}

fn upward() -> Page {
    upward_from(10_000)
}

fn upward_from(id: i64) -> Page {
    Page {
        max_id: None,
        since_id: None,
        min_id: Some(id),
        limit: 20,
    }
}

fn terms() -> lanes::Terms {
    lanes::Terms {
        now: at(0, 0),
        lease: std::time::Duration::from_secs(9),
        failing_from: 3,
        probe: std::time::Duration::from_secs(9),
    }
}

/// Of the first hosts of thirty that are paused, and of some that are not.
fn wishes() -> Vec<lanes::Wish> {
    (25..70)
        .map(|number| lanes::Wish {
            host: format!("h{number}.test"),
            room: 2 + number % 2,
            busy: number % 3,
        })
        .collect()
}

/// Each answers how many rows it found, so that none looks at nothing.
const QUERIES: &[Query] = &[
    ("home", |tx| {
        Ok(timelines::home(tx, ANN, crate::testing::rows::at(0, 0), &page())?.len())
    }),
    ("home upward", |tx| {
        Ok(timelines::home(tx, ANN, crate::testing::rows::at(0, 0), &upward())?.len())
    }),
    ("public", |tx| {
        Ok(timelines::public(
            tx,
            Viewer::Anyone,
            Origin::Everywhere,
            crate::testing::rows::at(0, 0),
            &page(),
        )?
        .len())
    }),
    ("public upward", |tx| {
        Ok(timelines::public(
            tx,
            Viewer::Anyone,
            Origin::Everywhere,
            crate::testing::rows::at(0, 0),
            &upward(),
        )?
        .len())
    }),
    ("public local", |tx| {
        Ok(timelines::public(
            tx,
            Viewer::Account(ANN),
            Origin::Local,
            crate::testing::rows::at(0, 0),
            &page(),
        )?
        .len())
    }),
    ("public remote", |tx| {
        Ok(timelines::public(
            tx,
            Viewer::Account(ANN),
            Origin::Remote,
            crate::testing::rows::at(0, 0),
            &page(),
        )?
        .len())
    }),
    ("hashtag", |tx| {
        Ok(timelines::tagged(
            tx,
            Viewer::Anyone,
            &timelines::Tagged::with("tag5"),
            crate::testing::rows::at(0, 0),
            &page(),
        )?
        .len())
    }),
    ("account", |tx| {
        Ok(timelines::by_account(
            tx,
            Viewer::Account(ANN),
            AccountId(720),
            Selection::All,
            &page(),
        )?
        .len())
    }),
    ("account without replies", |tx| {
        Ok(timelines::by_account(
            tx,
            Viewer::Anyone,
            AccountId(720),
            Selection::WithoutReplies,
            &page(),
        )?
        .len())
    }),
    ("account in the open", |tx| {
        Ok(timelines::by_account(
            tx,
            Viewer::Anyone,
            AccountId(720),
            Selection::Open,
            &upward(),
        )?
        .len())
    }),
    ("posts by id", |tx| {
        Ok(posts::visible(tx, Viewer::Account(ANN), &[PostId(3), PostId(4)])?.len())
    }),
    ("post by address", |tx| {
        Ok(posts::by_uri(tx, Viewer::Anyone, "https://x.test/p/3")?
            .iter()
            .len())
    }),
    ("post by page", |tx| {
        Ok(posts::by_url(tx, Viewer::Anyone, "https://x.test/@/3")?
            .iter()
            .len())
    }),
    ("orphans", |tx| {
        Ok(posts::orphans_of(tx, "https://y.test/100")?.len())
    }),
    ("open replies by", |tx| {
        Ok(posts::counted_replies_by(tx, AccountId(1578))?.len())
    }),
    ("open replies to", |tx| {
        Ok(posts::open_replies(tx, PostId(301), &upward_from(0))?.len())
    }),
    ("open posts counted", |tx| {
        Ok(usize::try_from(posts::count_open(tx, AccountId(720))?).unwrap())
    }),
    ("addresses of posts", |tx| {
        Ok(posts::uris(tx, &[PostId(3), PostId(4)])?.len())
    }),
    ("mentions", |tx| {
        Ok(posts::mentions_of(tx, &[PostId(3), PostId(4)])?.len())
    }),
    ("tags", |tx| {
        Ok(posts::tags_of(tx, &[PostId(3), PostId(4)])?.len())
    }),
    ("ancestors", |tx| {
        Ok(threads::ancestors(tx, PostId(18_432), 50)?.len())
    }),
    ("descendants", |tx| {
        Ok(threads::descendants(tx, Viewer::Account(ANN), PostId(303), 100, 20)?.len())
    }),
    ("branch", |tx| {
        Ok(community_posts::branch(tx, AccountId(7), PostId(303), 100)?.len())
    }),
    ("home rebuilt", |tx| {
        home::rebuild(tx, AccountId(150)).map(|()| 1)
    }),
    ("home remembers", |tx| {
        home::remember(tx, ANN, AccountId(720), 20).map(|()| 1)
    }),
    ("home forgets", |tx| {
        home::forget(tx, ANN, AccountId(720)).map(|()| 1)
    }),
    ("home trimmed", |tx| {
        home::trim(tx, &[ANN, AccountId(2)]).map(|_| 1)
    }),
    ("who wants a reply", |tx| {
        home::wanting_reply(tx, &[ANN, AccountId(2)], AccountId(34)).map(|_| 1)
    }),
    ("who wants a boost", |tx| {
        home::wanting_boost(tx, vec![ANN, AccountId(2)], PostId(300)).map(|_| 1)
    }),
    ("bearer", |tx| oauth::bearer(tx, "a hash").map(|_| 1)),
    ("who wants boosts", |tx| {
        follows::wanting_boosts(tx, &[ANN, AccountId(2)], AccountId(34)).map(|_| 1)
    }),
    ("home forgets all", |tx| {
        home::forget_all(tx, ANN, AccountId(720)).map(|()| 1)
    }),
    ("boosted by", |tx| {
        Ok(boosts::of_post(tx, Viewer::Account(ANN), PostId(300), &Page::first(20))?.len())
    }),
    ("a boost", |tx| boosts::of(tx, ANN, PostId(300)).map(|_| 1)),
    ("reached", |tx| boosts::reached(tx, PostId(300)).map(|_| 1)),
    ("boosts uncounted", |tx| {
        boosts::uncount_of(tx, PostId(300))?;
        boosts::uncount_by(tx, AccountId(720))?;
        favourites::uncount_by(tx, AccountId(720)).map(|()| 1)
    }),
    ("favourites", |tx| {
        Ok(favourites::by_account(tx, AccountId(1302), &Page::first(20))?.len())
    }),
    ("favourited by", |tx| {
        Ok(favourites::of_post(tx, Viewer::Account(ANN), PostId(301), &Page::first(20))?.len())
    }),
    ("standings", |tx| {
        standings::of(tx, ANN, &[PostId(300), PostId(310)]).map(|_| 1)
    }),
    ("bookmarks", |tx| {
        Ok(bookmarks::by_account(tx, ANN, &Page::first(20))?.len())
    }),
    ("reactions", |tx| {
        Ok(reactions::of_posts(tx, Viewer::Account(ANN), &[PostId(300), PostId(301)])?.len())
    }),
    ("blocks around", |tx| {
        blocks::around(tx, ANN, &[AccountId(2), AccountId(34)]).map(|_| 1)
    }),
    ("blocks between", |tx| {
        blocks::between(tx, ANN, AccountId(2)).map(|_| 1)
    }),
    ("blocks", |tx| {
        Ok(blocks::by_account(tx, ANN, &Page::first(20))?.len())
    }),
    ("notifications", |tx| {
        Ok(notifications::page(tx, ANN, &readers::all(), &page())?.len())
    }),
    ("notifications from one", |tx| {
        let some = notifications::Selection {
            kinds: vec![NotificationKind::Mention],
            from: Some(AccountId(601)),
            include_filtered: false,
        };
        Ok(notifications::page(tx, ANN, &some, &Page::first(20))?.len())
    }),
    ("notifications counted", |tx| {
        let above = NotificationId(10_000);
        let counted = notifications::count_above(tx, ANN, &readers::all(), above, 50)?;
        Ok(usize::try_from(counted).unwrap())
    }),
    ("followers", |tx| {
        Ok(follows::of_target(tx, AccountId(34), FollowState::Accepted, &Page::first(20))?.len())
    }),
    ("who waits for an answer", |tx| {
        // Nobody does here: it is what is read that counts.
        Ok(follows::pending_of(tx, &[AccountId(34), AccountId(35)])?.len() + 1)
    }),
    ("following", |tx| {
        Ok(follows::by_follower(tx, ANN, FollowState::Accepted, &Page::first(20))?.len())
    }),
    ("follows around", |tx| {
        Ok(follows::around(tx, ANN, &[AccountId(2), AccountId(34)])?
            .0
            .len()
            + 1)
    }),
    ("follows touching", |tx| {
        Ok(follows::touching(tx, ANN)?.len())
    }),
    ("followers here", |tx| {
        follows::local_followers(tx, AccountId(34), at(0, 0), None).map(|_| 1)
    }),
    ("followers here by language", |tx| {
        follows::local_followers(tx, AccountId(34), at(0, 0), Some("de")).map(|_| 1)
    }),
    ("any follower here", |tx| {
        follows::any_local_follower(tx, AccountId(34)).map(|_| 1)
    }),
    ("inboxes of followers", |tx| {
        Ok(follows::follower_inboxes(tx, AccountId(34))?.len())
    }),
    ("account by handle", |tx| {
        Ok(accounts::by_handle(tx, "p9")?.iter().len())
    }),
    ("account by page", |tx| {
        Ok(accounts::by_url(tx, "https://x.test/@9")?.iter().len())
    }),
    ("account by key", |tx| {
        Ok(accounts::by_key_id(tx, "https://x.test/k/9")?.iter().len())
    }),
    ("account by followers", |tx| {
        Ok(accounts::by_followers_url(tx, "https://x.test/f/9")?
            .iter()
            .len())
    }),
    ("idempotency", |tx| {
        idempotency::find(tx, ANN, "key", at(0, 0)).map(|_| 1)
    }),
    ("received before", |tx| {
        inbox::known(tx, "https://x.test/a/9").map(usize::from)
    }),
    ("activity", |tx| {
        Ok(activities::by_uri(tx, "https://x.test/b/9")?.iter().len())
    }),
    ("jobs due", |tx| {
        Ok(jobs::peek(tx, "q0", at(0, 0), &[JobId(20)], 20)?.len())
    }),
    ("jobs claimed", |tx| {
        Ok(jobs::claim(
            tx,
            "q0",
            at(0, 0),
            &[],
            20,
            std::time::Duration::from_secs(60),
        )?
        .len())
    }),
    ("next job", |tx| {
        Ok(jobs::next_due(tx, "q0", &[JobId(20)])?.iter().len())
    }),
    ("deliveries claimed", |tx| {
        Ok(lanes::claim(tx, &terms(), &wishes(), &[DeliveryId(60)])?
            .rows
            .len())
    }),
    ("deliveries due", |tx| {
        Ok(lanes::peek(tx, &terms(), &wishes(), &[DeliveryId(60)])?
            .rows
            .len())
    }),
    ("hosts that something waits for", |tx| {
        Ok(lanes::waiting(tx, "h1", 20)?.len())
    }),
    ("hosts of an activity", |tx| {
        Ok(lanes::of_activities(tx, &[ActivityId(9), ActivityId(60)])?.len())
    }),
    ("lapsed claims", |tx| lanes::lapsed(tx, at(0, 0)).map(|_| 1)),
    ("what nobody has tried", |tx| {
        lanes::unheard(tx, at(9, 0)).map(|_| 1)
    }),
    ("claims renewed", |tx| {
        lanes::renew(
            tx,
            &[DeliveryId(60)],
            at(0, 0),
            std::time::Duration::from_secs(9),
        )
        .map(|()| 1)
    }),
    ("deliveries settled", |tx| {
        deliveries::delivered(tx, &[DeliveryId(60), DeliveryId(120)], 202, at(0, 0))
    }),
    ("deliveries of a post", |tx| {
        Ok(deliveries::of_post(tx, PostId(9))?.len())
    }),
    ("cargo", |tx| {
        Ok(activities::cargo(tx, &[ActivityId(9)])?.len())
    }),
];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Runs a query and reads how SQLite would run each of its statements.
fn full_scans_on_sqlite(
    tx: &mut Tx<'_>,
    query: fn(&mut Tx<'_>) -> Result<usize>,
) -> Result<(usize, Vec<String>)> {
    let statements = Arc::new(Mutex::new(Vec::new()));
    let heard = statements.clone();
    let Conn::Sqlite(c) = tx.raw() else {
        panic!("on SQLite")
    };
    c.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            heard.lock().unwrap().push(query.to_string());
        }
    });
    let found = query(tx)?;
    let Conn::Sqlite(c) = tx.raw() else {
        panic!("on SQLite")
    };
    c.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let mut scans = Vec::new();
    for statement in statements.lock().unwrap().iter() {
        let sql = statement.split(" -- binds:").next().unwrap();
        if !sql.starts_with(['S', 'U', 'D', 'I', 'W']) || sql.starts_with("SAVEPOINT") {
            continue;
        }
        let plan: Vec<Line> = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(c)?;
        for Line { detail } in plan {
            let table = detail
                .strip_prefix("SCAN ")
                .map(|rest| rest.split(' ').next().unwrap());
            let aliased = match table {
                Some("ahead") => Some("jobs"),
                Some("waiting" | "next" | "d") => Some("deliveries"),
                Some("newer") => Some("notifications"),
                Some("also") => Some("post_tags"),
                Some("another") => Some("posts"),
                _ => table,
            };
            // PostgreSQL reads the few users of these rows whole, and is right to.
            if aliased.is_some_and(|table| table == "users" || LARGE.contains(&table)) {
                scans.push(format!("{detail}: {sql}"));
            }
        }
    }
    Ok((found, scans))
}

#[derive(QueryableByName)]
struct Touched {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    scans: i64,
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// What this transaction did with each table: how often it was read whole, how many rows were fetched.
fn touched(tx: &mut Tx<'_>) -> Result<BTreeMap<String, (i64, i64)>> {
    let Conn::Postgres(c) = tx.raw() else {
        panic!("on PostgreSQL")
    };
    let rows: Vec<Touched> = sql_query(
        "SELECT relname::text AS name, COALESCE(seq_scan, 0) AS scans, \
           COALESCE(seq_tup_read, 0) + COALESCE(idx_tup_fetch, 0) AS rows FROM pg_stat_xact_user_tables",
    )
    .load(c)?;
    Ok(rows
        .into_iter()
        .map(|row| (row.name, (row.scans, row.rows)))
        .collect())
}

/// Runs a query and reads from PostgreSQL's own counters what it did.
fn full_scans_on_postgres(
    tx: &mut Tx<'_>,
    query: fn(&mut Tx<'_>) -> Result<usize>,
) -> Result<(usize, Vec<String>)> {
    // As for those who read: a write goes by indexes whatever they cost.
    raw(tx, "SET LOCAL enable_seqscan = on")?;
    let before = touched(tx)?;
    let found = query(tx)?;
    let mut scans = Vec::new();
    for (table, (scans_after, touched_after)) in touched(tx)? {
        let (scans_before, touched_before) = before.get(&table).copied().unwrap_or_default();
        let rows = touched_after - touched_before;
        // Whole, or by an index and nearly whole.
        if LARGE.contains(&table.as_str()) && (scans_after > scans_before || rows > POSTS / 8) {
            scans.push(format!(
                "{table}: {} times whole, {rows} rows",
                scans_after - scans_before
            ));
        }
    }
    Ok((found, scans))
}

async fn look(store: &Store, state: &'static str) {
    let mut bad = Vec::new();
    for (name, query) in QUERIES.iter().chain(readers::QUERIES).chain(ends::QUERIES) {
        let postgres = store.is_postgres();
        // Undone afterwards, so that each query meets the same database.
        let seen = Arc::new(Mutex::new(None));
        let told = seen.clone();
        let undone: Result<()> = store
            .write(move |tx| {
                let looked = if postgres {
                    full_scans_on_postgres(tx, *query)?
                } else {
                    full_scans_on_sqlite(tx, *query)?
                };
                *told.lock().unwrap() = Some(looked);
                Err(crate::Error::Lost)
            })
            .await;
        let (found, scans) = seen
            .lock()
            .unwrap()
            .take()
            .unwrap_or_else(|| panic!("{name}: {undone:?}"));
        if found == 0 {
            bad.push(format!("{name} {state} found nothing"));
        }
        bad.extend(
            scans
                .into_iter()
                .map(|scan| format!("{name} {state}: {scan}")),
        );
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[tokio::test]
async fn on_sqlite_nothing_large_is_read_whole() {
    let fresh = Fresh::new(Backend::Sqlite);
    let store = fresh.store();
    fill(&store).await;
    look(&store, "without statistics").await;
    write(&store, |tx| raw(tx, "ANALYZE")).await;
    // A connection reads the statistics when it opens.
    drop(store);
    let store = fresh.store();
    look(&store, "with statistics").await;
}

#[tokio::test]
async fn on_postgres_nothing_large_is_read_whole() {
    let fresh = Fresh::new(Backend::Postgres);
    let store = fresh.store();
    fill(&store).await;
    fresh.execute("VACUUM ANALYZE");
    look(&store, "with statistics").await;
    let name = fresh.url().rsplit('/').next().unwrap().to_owned();
    fresh.execute(&format!(
        "ALTER DATABASE {name} SET plan_cache_mode = force_generic_plan"
    ));
    fresh.hang_up();
    look(&store, "by prepared plans").await;
}
