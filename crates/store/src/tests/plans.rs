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
    ids::{AccountId, DeliveryId, JobId, NotificationId, PostId},
    notification::NotificationKind,
    page::Page,
};

use super::{raw, write};
use crate::{
    Conn, Result, Store, Tx, accounts, activities, blocks, bookmarks, boosts, deliveries,
    favourites, follows, home, idempotency, inbox, jobs, notifications, posts, reactions,
    testing::{Backend, Fresh, rows::at},
    threads,
    timelines::{self, Origin, Selection},
};

/// Tables that grow without end. Statistics make others small enough to be read whole.
const LARGE: [&str; 15] = [
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
];

const PEOPLE: i64 = 2_000;
const POSTS: i64 = 20_000;

/// How many rows, and their insertion, in both dialects: `i` counts the rows from 1, `$now` and `$later` are moments.
fn statements() -> Vec<(i64, String)> {
    let text = |expression: &str| format!("CAST({expression} AS TEXT)");
    let i = text("i");
    let author = format!("(1 + i * 7919 % {PEOPLE})");
    let mut all = vec![
        (PEOPLE, format!(
            "INSERT INTO accounts (id, handle, username, domain, kind, uri, url, inbox_url, outbox_url, followers_url, \
               following_url, public_key_id, public_key_pem, created_at, updated_at) \
             {{}} SELECT i, 'p' || {i}, 'p', CASE WHEN i > 200 THEN 'd' || CAST(i % 50 AS TEXT) || '.test' END, 'Person', \
               'https://x.test/u/' || {i}, 'https://x.test/@' || {i}, 'i', 'o', 'https://x.test/f/' || {i}, 'f', \
               'https://x.test/k/' || {i}, 'k', $now, $now FROM n"
        )),
        (200, "INSERT INTO users (account_id, role, state, default_audience, created_at, last_active_at) \
             {} SELECT i, 'user', 'active', 'public', $now, $now FROM n".to_owned()),
        // One in three answers another; one in ten of the rest an unknown one.
        (POSTS, format!(
            "INSERT INTO posts (id, uri, url, account_id, local, audience, listed, in_reply_to_id, in_reply_to_account_id, \
               in_reply_to_uri, content, created_at) \
             {{}} SELECT i, 'https://x.test/p/' || {i}, 'https://x.test/@/' || {i}, {author}, {author} <= 200, \
               CASE i % 5 WHEN 0 THEN 'followers' WHEN 1 THEN 'unlisted' WHEN 2 THEN 'direct' ELSE 'public' END, \
               i % 5 > 2 AND i % 3 > 0, CASE WHEN i % 3 = 0 THEN i / 2 END, \
               CASE WHEN i % 3 = 0 THEN (1 + i / 2 * 7919 % {PEOPLE}) END, \
               CASE WHEN i % 3 > 0 AND i % 10 = 0 THEN 'https://y.test/' || {i} END, 'text', $now FROM n"
        )),
        (POSTS, format!(
            "INSERT INTO follows (id, uri, follower_id, target_id, state, created_at) \
             {{}} SELECT i, 'https://x.test/w/' || {i}, 1 + i % {PEOPLE}, 1 + (i * 31 + i / {PEOPLE}) % {PEOPLE}, \
               CASE WHEN i % 21 = 0 THEN 'pending' ELSE 'accepted' END, $now FROM n WHERE i > 0 ON CONFLICT DO NOTHING"
        )),
        (POSTS, format!(
            "INSERT INTO mentions (post_id, account_id) {{}} SELECT i, 1 + i * 13 % {PEOPLE} FROM n WHERE i > 0 \
             ON CONFLICT DO NOTHING"
        )),
        (20, format!("INSERT INTO tags (id, name, created_at) {{}} SELECT i, 'tag' || {i}, $now FROM n")),
        (POSTS, "INSERT INTO post_tags (post_id, tag_id) {} SELECT i, 1 + i % 20 FROM n".to_owned()),
        (POSTS, "INSERT INTO home_entries (owner_id, post_id) {} SELECT 1 + i % 25, i FROM n".to_owned()),
        (POSTS, format!(
            "INSERT INTO notifications (id, account_id, from_account_id, kind, post_id, dedupe, created_at) \
             {{}} SELECT i, 1 + i % 200, 1 + i % {PEOPLE}, CASE i % 3 WHEN 0 THEN 'mention' WHEN 1 THEN 'follow' \
               ELSE 'follow_request' END, CASE WHEN i % 3 = 0 THEN i END, {i}, $now FROM n"
        )),
        (POSTS, format!(
            "INSERT INTO inbox (id, activity_uri, actor_uri, host, body, received_at, done_at) \
             {{}} SELECT i, 'https://x.test/a/' || {i}, 'u', 'h', '', $now, $now FROM n"
        )),
        (POSTS, format!(
            "INSERT INTO activities (id, uri, account_id, body, object_uri, post_id, created_at) \
             {{}} SELECT i, 'https://x.test/b/' || {i}, 1 + i % 200, '', 'o' || {i}, i, $now FROM n"
        )),
    ];
    all.extend(waiting(&i));
    all.extend(social(&i));
    all
}

/// Boosts of every tenth post, and what else people do with posts and with one another.
fn social(i: &str) -> Vec<(i64, String)> {
    let by = format!("1 + i * 31 % {PEOPLE}");
    let mut all = vec![(POSTS / 10, format!(
        "INSERT INTO posts (id, uri, url, account_id, local, audience, listed, content, created_at, reblog_of_id, \
           reblog_of_account_id) \
         {{}} SELECT {POSTS} + i, 'https://x.test/b/' || {i}, 'https://x.test/b/' || {i}, {by}, FALSE, 'public', FALSE, '', \
           $now, 10 * i, (1 + 10 * i * 7919 % {PEOPLE}) FROM n"
    ))];
    for table in ["favourites", "dislikes"] {
        all.push((POSTS, format!(
            "INSERT INTO {table} (id, uri, account_id, post_id, created_at) \
             {{}} SELECT i, 'https://x.test/l/' || {i}, {by}, i, $now FROM n"
        )));
    }
    all.extend([
        (POSTS, "INSERT INTO bookmarks (id, account_id, post_id, created_at) \
             {} SELECT i, 1 + i % 200, i, $now FROM n".to_owned()),
        (POSTS, format!(
            "INSERT INTO reactions (id, uri, account_id, post_id, name, created_at) \
             {{}} SELECT i, 'https://x.test/r/' || {i}, {by}, i, 'x', $now FROM n"
        )),
        (2 * PEOPLE, format!(
            "INSERT INTO blocks (id, uri, account_id, target_id, created_at) \
             {{}} SELECT i, 'https://x.test/k/' || {i}, 1 + i % {PEOPLE}, 1 + i * 17 % {PEOPLE}, $now FROM n WHERE i > 0 \
             ON CONFLICT DO NOTHING"
        )),
    ]);
    all
}

/// Jobs and deliveries: most are over or later, one in twenty is due.
fn waiting(i: &str) -> Vec<(i64, String)> {
    vec![
        (POSTS,
            "INSERT INTO jobs (id, queue, lane, payload, run_at, failed_at, created_at) \
             {} SELECT i, 'q' || CAST(i % 2 AS TEXT), CASE WHEN i % 3 > 0 THEN 'lane' || CAST(i % 100 AS TEXT) END, '', \
               CASE WHEN i % 20 = 0 THEN $now ELSE $later END, CASE WHEN i % 2 = 1 THEN $now END, $now FROM n".to_owned()),
        (POSTS, format!(
            "INSERT INTO deliveries (id, activity_id, host, inbox_url, object_uri, priority, next_attempt_at, created_at, \
               delivered_at, failed_at) \
             {{}} SELECT i, i, 'h' || CAST(i % 300 AS TEXT) || '.test', {i}, 'o' || CAST(i % 1000 AS TEXT), i % 2, \
               CASE WHEN i % 20 = 0 THEN $now ELSE $later END, $now, CASE WHEN i % 3 = 1 THEN $now END, \
               CASE WHEN i % 30 = 2 THEN $now END FROM n"
        )),
        (30, format!(
            "INSERT INTO hosts (host, failures, paused_until) \
             {{}} SELECT 'h' || {i} || '.test', 1, $later FROM n"
        )),
    ]
}

async fn fill(store: &Store) {
    write(store, |tx| {
        for (rows, statement) in statements() {
            let numbers =
                format!("WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {rows})");
            let moment = |tx: &mut Tx<'_>, day: &str| each!(tx,
                sqlite |_c| format!("'2026-01-0{day} 00:00:00'"),
                postgres |_c| format!("TIMESTAMP '2026-01-0{day} 00:00:00'"));
            let sql = statement.replacen("{}", &numbers, 1);
            let sql = sql.replace("$now", &moment(tx, "1")).replace("$later", &moment(tx, "2"));
            raw(tx, &sql)?;
        }
        Ok(())
    })
    .await;
}

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

/// Each answers how many rows it found, so that none looks at nothing.
const QUERIES: &[Query] = &[
    ("home", |tx| Ok(timelines::home(tx, ANN, &page())?.len())),
    ("home upward", |tx| {
        Ok(timelines::home(tx, ANN, &upward())?.len())
    }),
    ("public", |tx| {
        Ok(timelines::public(tx, Viewer::Anyone, Origin::Everywhere, &page())?.len())
    }),
    ("public upward", |tx| {
        Ok(timelines::public(tx, Viewer::Anyone, Origin::Everywhere, &upward())?.len())
    }),
    ("public local", |tx| {
        Ok(timelines::public(tx, Viewer::Account(ANN), Origin::Local, &page())?.len())
    }),
    ("public remote", |tx| {
        Ok(timelines::public(tx, Viewer::Account(ANN), Origin::Remote, &page())?.len())
    }),
    ("hashtag", |tx| {
        Ok(timelines::tagged(tx, Viewer::Anyone, "tag5", &page())?.len())
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
        Ok(posts::open_replies_by(tx, AccountId(1578))?.len())
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
        Ok(threads::descendants(tx, PostId(300), 100, 20)?.len())
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
    ("who wants boosts", |tx| {
        follows::wanting_boosts(tx, &[ANN, AccountId(2)], AccountId(34)).map(|_| 1)
    }),
    ("home forgets all", |tx| {
        home::forget_all(tx, ANN, AccountId(720)).map(|()| 1)
    }),
    ("boosted by", |tx| {
        Ok(boosts::of_post(tx, Viewer::Account(ANN), PostId(300), &Page::first(20))?.len())
    }),
    ("a boost", |tx| {
        boosts::of(tx, ANN, PostId(300)).map(|_| 1)
    }),
    ("boosts among", |tx| {
        boosts::among(tx, ANN, &[PostId(300), PostId(310)]).map(|_| 1)
    }),
    ("reached", |tx| {
        boosts::reached(tx, PostId(300)).map(|_| 1)
    }),
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
    ("favourites among", |tx| {
        favourites::among(tx, ANN, &[PostId(300), PostId(310)]).map(|_| 1)
    }),
    ("bookmarks", |tx| {
        Ok(bookmarks::by_account(tx, ANN, &Page::first(20))?.len())
    }),
    ("bookmarks among", |tx| {
        bookmarks::among(tx, ANN, &[PostId(300), PostId(310)]).map(|_| 1)
    }),
    ("reactions", |tx| {
        Ok(reactions::of_posts(tx, Viewer::Account(ANN), &[PostId(300), PostId(301)])?.len())
    }),
    ("blocks around", |tx| {
        blocks::around(tx, ANN, &[AccountId(2), AccountId(34)]).map(|_| 1)
    }),
    ("blocks", |tx| {
        Ok(blocks::by_account(tx, ANN, &Page::first(20))?.len())
    }),
    ("notifications", |tx| {
        let all = notifications::Selection {
            kinds: NotificationKind::ALL.to_vec(),
            from: None,
        };
        Ok(notifications::page(tx, ANN, &all, &page())?.len())
    }),
    ("notifications from one", |tx| {
        let some = notifications::Selection {
            kinds: vec![NotificationKind::Mention],
            from: Some(AccountId(601)),
        };
        Ok(notifications::page(tx, ANN, &some, &Page::first(20))?.len())
    }),
    ("notifications counted", |tx| {
        Ok(usize::try_from(notifications::count_above(
            tx,
            ANN,
            NotificationId(10_000),
            50,
        )?)
        .unwrap())
    }),
    ("followers", |tx| {
        Ok(follows::of_target(tx, AccountId(34), FollowState::Accepted, &Page::first(20))?.len())
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
        follows::local_followers(tx, AccountId(34), at(0, 0)).map(|_| 1)
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
    ("deliveries due", |tx| {
        Ok(deliveries::peek(
            tx,
            at(0, 0),
            &[DeliveryId(60)],
            &["h299.test".to_owned()],
            20,
        )?
        .len())
    }),
    ("deliveries claimed", |tx| {
        Ok(deliveries::claim(
            tx,
            at(0, 0),
            &[],
            &[],
            20,
            std::time::Duration::from_secs(60),
        )?
        .len())
    }),
    ("next delivery", |tx| {
        Ok(deliveries::next_due(tx, &[DeliveryId(60)], &[])?
            .iter()
            .len())
    }),
    ("deliveries of a post", |tx| {
        Ok(deliveries::of_post(tx, PostId(9))?.len())
    }),
    ("bodies", |tx| {
        Ok(deliveries::bodies(tx, &[DeliveryId(9)])?.len())
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
            let aliased = if table == Some("ahead") {
                Some("jobs")
            } else {
                table
            };
            if aliased.is_some_and(|table| LARGE.contains(&table)) {
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
    for (name, query) in QUERIES {
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
