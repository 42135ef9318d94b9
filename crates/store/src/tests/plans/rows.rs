//! A large database, made by the database itself.

use super::{
    super::{raw, write},
    PEOPLE, POSTS,
};
use crate::{Store, Tx};

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
        // One in three answers another, in a community; one in ten of the rest an unknown one.
        (POSTS, format!(
            "INSERT INTO posts (id, uri, url, account_id, local, audience, listed, in_reply_to_id, in_reply_to_account_id, \
               in_reply_to_uri, community_id, content, created_at) \
             {{}} SELECT i, 'https://x.test/p/' || {i}, 'https://x.test/@/' || {i}, {author}, {author} <= 200, \
               CASE i % 5 WHEN 0 THEN 'followers' WHEN 1 THEN 'unlisted' WHEN 2 THEN 'direct' ELSE 'public' END, \
               i % 5 > 2 AND i % 3 > 0, CASE WHEN i % 3 = 0 THEN i / 2 END, \
               CASE WHEN i % 3 = 0 THEN (1 + i / 2 * 7919 % {PEOPLE}) END, \
               CASE WHEN i % 3 > 0 AND i % 10 = 0 THEN 'https://y.test/' || {i} END, CASE WHEN i % 3 = 0 THEN 7 END, 'text', $now FROM n"
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
    all.extend(readers());
    all.extend(waiting(&i));
    all.extend(social(&i));
    all
}

/// Lists, hashtags, mutes and conversations. List 1 is Ann's.
fn readers() -> Vec<(i64, String)> {
    let all = [
        (
            400,
            "INSERT INTO lists (id, account_id, title, replies_policy, exclusive, created_at) \
             {} SELECT i, 1 + (i - 1) % 200, 't', 'list', i % 2 = 1, $now FROM n",
        ),
        (
            2 * PEOPLE,
            "INSERT INTO list_members (id, list_id, account_id) \
             {} SELECT i, 1 + i % 400, 1 + (i * 7 + i / 400) % 2000 FROM n WHERE i > 0 ON CONFLICT DO NOTHING",
        ),
        (
            20 * PEOPLE,
            "INSERT INTO list_entries (list_id, post_id) \
             {} SELECT 1 + i % 50, 1 + i * 3 % 20000 FROM n WHERE i > 0 ON CONFLICT DO NOTHING",
        ),
        (
            4 * PEOPLE,
            "INSERT INTO mutes (id, account_id, target_id, hide_notifications, created_at) \
             {} SELECT i, 1 + i % 200, 1 + i * 11 % 2000, i % 2 = 1, $now FROM n WHERE i > 0 ON CONFLICT DO NOTHING",
        ),
        (
            400,
            "INSERT INTO domain_blocks (id, account_id, domain, created_at) \
             {} SELECT i, 1 + i % 200, 'x' || CAST(i AS TEXT) || '.test', $now FROM n",
        ),
        (
            4 * PEOPLE,
            "INSERT INTO tag_days (tag_id, day, uses, accounts) \
             {} SELECT 1 + i % 20, i / 20, 3, 2 FROM n",
        ),
        (
            4 * PEOPLE,
            "INSERT INTO followed_tags (id, account_id, tag_id) \
             {} SELECT i, 1 + i % 200, 1 + i / 200 % 20 FROM n WHERE i > 0 ON CONFLICT DO NOTHING",
        ),
        (
            POSTS,
            "INSERT INTO conversations (id, account_id, thread_id, circle, participants, last_post_id, unread) \
             {} SELECT i, 1 + i % 200, i, 1, '[]', i, i % 2 = 1 FROM n",
        ),
    ];
    all.into_iter()
        .map(|(rows, sql)| (rows, sql.to_owned()))
        .collect()
}

/// Boosts of every tenth post, and what else people do with posts and with one another.
fn social(i: &str) -> Vec<(i64, String)> {
    let by = format!("1 + i * 31 % {PEOPLE}");
    let mut all = vec![(
        POSTS / 10,
        format!(
            "INSERT INTO posts (id, uri, url, account_id, local, audience, listed, content, created_at, reblog_of_id, \
           reblog_of_account_id) \
         {{}} SELECT {POSTS} + i, 'https://x.test/b/' || {i}, 'https://x.test/b/' || {i}, {by}, FALSE, 'public', FALSE, '', \
           $now, 10 * i, (1 + 10 * i * 7919 % {PEOPLE}) FROM n"
        ),
    )];
    for table in ["favourites", "dislikes"] {
        all.push((
            POSTS,
            format!(
                "INSERT INTO {table} (id, uri, account_id, post_id, created_at) \
             {{}} SELECT i, 'https://x.test/l/' || {i}, {by}, i, $now FROM n"
            ),
        ));
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
             {{}} SELECT i, 'https://x.test/k/' || {i}, 1 + i % {PEOPLE}, 1 + (i * 17 + 5) % {PEOPLE}, $now FROM n WHERE i > 0 \
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

pub(super) async fn fill(store: &Store) {
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
